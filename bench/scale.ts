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
import { ask, type Cost, type Person, policyCondition } from './scale/measure.ts'
import { type Catalogue, readCatalogue, type Request, statement } from './scale/postgrest.ts'
import { requests } from './scale/requests/all.ts'
import { type Tenant, tenants } from './scale/tenants.ts'

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
const limits = { ms: 100, ratio: 1.2, allowance: 100 }

interface Row {
  readonly request: string
  readonly tenant: string
  readonly medianMs: number
  readonly p95Ms: number
  readonly buffers: number
  readonly ownerBuffers: number
  readonly faults: readonly string[]
  readonly misses: readonly string[]
}

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
      const row = await measure(server.sql, catalogue, request, tenant)
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

/** Nothing for a request about a row that the tenant does not have. */
async function measure(
  sql: postgres.Sql,
  catalogue: Catalogue,
  request: Request,
  tenant: Tenant,
): Promise<Row | undefined> {
  const given = tenant.give(request)
  if (!given) return undefined
  const person: Person = tenant
  const [table = ''] = (given.get ?? '').replace(/^\//, '').split('?')
  const condition = given.get ? await policyCondition(sql, given.schema, table, person) : ''
  const member = statement(given, catalogue)
  const owner = statement(given, catalogue, condition)
  const costs: Cost[] = []
  let base: Cost | undefined
  for (let round = 0; round <= rounds; round++) {
    const cost = await ask(sql, person, 'authenticated', given.schema, member)
    if (round > 0) costs.push(cost)
    if (round < 2) base = await ask(sql, person, 'owner', given.schema, owner)
    // One that is far beyond its limit need not be asked twenty times.
    if (round > 2 && cost.ms > 20 * limits.ms) break
  }
  const times = costs.map((cost) => cost.ms).sort((a, b) => a - b)
  const at = (share: number): number =>
    times[Math.min(Math.ceil(times.length * share), times.length) - 1] ?? 0
  const last = costs.at(-1)
  if (!last || !base) throw new Error('Nothing was measured.')
  const row = {
    request: request.name,
    tenant: tenant.share,
    medianMs: at(0.5),
    p95Ms: at(0.95),
    buffers: last.buffers,
    ownerBuffers: base.buffers,
    faults: last.faults,
  }
  const misses = [
    ...(!values['no-times'] && row.p95Ms >= limits.ms ? ['time'] : []),
    ...(row.buffers > row.ownerBuffers * limits.ratio + limits.allowance ? ['buffers'] : []),
  ]
  return { ...row, misses }
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
