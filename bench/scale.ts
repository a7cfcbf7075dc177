/**
 * Every published request at a size that is meant to be the largest: a million tasks, messages, entries of the activity log
 * and requests to models, 100 000 jobs, 600 000 labor entries, 300 000 passages, 200 000 notes, of two hundred workspaces and
 * some twelve hundred people. Asked in the SQL that PostgREST sends, as a member and as the owner of the tables, for tenants
 * of 0.1, 1, 10 and 40 % and for a newcomer. Prints a table (docs/performance.md), writes JSON with --json, and ends with 1
 * where a request takes 100 ms or more at the 95th percentile, or a member needs more than 1.2 times the owner's buffers
 * and 100 more.
 *
 * deno run -A bench/scale.ts [--size full|small|<factor>] [--rounds 20] [--no-times] [--only <word>] [--json <file>] [--keep]
 *
 * --no-times judges buffers alone, for a busy machine. --keep leaves the database running until Ctrl-C, and DATABASE_URL
 * with SCALE_FILLED=1 asks one that is filled already.
 */
import { parseArgs } from 'node:util'
import { writeFile } from 'node:fs/promises'
import postgres from 'postgres'
import { fill } from './scale/fill.ts'
import { startMeasured } from './scale/database.ts'
import { compare, type Row } from './scale/compare.ts'
import { readCatalogue } from './scale/postgrest.ts'
import { requests } from './scale/requests/all.ts'
import { tenants } from './scale/tenants.ts'

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: 'full' },
    rounds: { type: 'string', default: '20' },
    'no-times': { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})
const factor = values.size === 'full' ? 1 : values.size === 'small' ? 0.1 : Number(values.size)
const rounds = values['no-times'] ? 1 : Number(values.rounds)

const filled = Deno.env.get('SCALE_FILLED') ? Deno.env.get('DATABASE_URL') : undefined
const server = filled
  ? { url: filled, sql: postgres(filled, { max: 1, onnotice: () => {}, prepare: false }), stop: () => {} }
  : await startMeasured()
try {
  if (!filled) await fill(server.sql, factor)
  const catalogue = await readCatalogue(server.sql)
  const rows: Row[] = []
  for (const tenant of await tenants(server.sql)) {
    for (const request of requests) {
      if (values.only && !request.name.includes(values.only)) continue
      const row = await compare(server.sql, catalogue, request, tenant, rounds, !values['no-times'])
      if (row) rows.push(row)
    }
  }
  print(rows)
  if (values.json) await writeFile(values.json, JSON.stringify({ size: factor, rounds, rows }, null, 1))
  if (rows.some((row) => row.misses.length > 0)) Deno.exitCode = 1
  if (values.keep) {
    console.error(`The database is ${server.url}; Ctrl-C removes it.`)
    await new Promise<void>((resolve) => Deno.addSignalListener('SIGINT', () => resolve()))
  }
} finally {
  if (filled) await server.sql.end()
  await server.stop()
}

/** Markdown, the requests in their order and the tenants side by side: median / 95th percentile ms, buffers, ratio. */
function print(rows: readonly Row[]): void {
  const shares = [...new Set(rows.map((row) => row.tenant))]
  console.log(`| request | ${shares.join(' | ')} | plan |`)
  console.log(`|---|${shares.map(() => '---').join('|')}|---|`)
  for (const name of new Set(rows.map((row) => row.request))) {
    const of = rows.filter((row) => row.request === name)
    const cells = shares.map((share) => {
      const row = of.find((row) => row.tenant === share)
      if (!row) return '–'
      const time = values['no-times'] ? '' : `${row.medianMs.toFixed(1)} / ${row.p95Ms.toFixed(1)} ms, `
      const text = `${time}${row.buffers} (${(row.buffers / Math.max(row.ownerBuffers, 1)).toFixed(1)}×)`
      return row.misses.length > 0 ? `**${text}**` : text
    })
    const faults = [
      ...new Set(of.flatMap((row) => row.faults.map((fault) => fault.replace(/\d+ rows/, 'rows')))),
    ]
    console.log(`| ${name} | ${cells.join(' | ')} | ${faults.join(', ')} |`)
  }
}
