/**
 * Runs the plan tests: each file of the folder plans in a savepoint of one transaction, which holds the rows that all of
 * them ask about. Filling a database is slow, so it is done once, and undone at the end.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from './helpers.ts'
import { connect, report, runScript, tapFiles } from './tap.ts'

const folder = join(import.meta.dirname ?? '.', 'plans')
const url = new URL(Deno.env.get('DATABASE_URL') ?? '')
// Only a superuser can fill tables without their triggers and foreign keys.
url.username = 'supabase_admin'
/** How long a statement may take that fills a table on a busy machine, in ms. */
const timeoutMs = 300_000

const files = await tapFiles(folder)
Deno.test({
  name: 'plans',
  ignore: files.length === 0,
  fn: async (t) => {
    await load(Deno.env.get('DATABASE_URL') ?? '')
    const sql = connect(url.href, timeoutMs)
    try {
      await sql.unsafe('begin').simple()
      await sql.unsafe(await readFile(join(folder, 'universe.sql'), 'utf8')).simple()
      await sql.unsafe('set local session authorization postgres').simple()
      for (const file of files) {
        await t.step(file, async (t) => {
          await sql.unsafe('savepoint universe').simple()
          const printed = await runScript(sql, await readFile(join(folder, file), 'utf8'))
          await report((step) => t.step(step), printed)
          await sql.unsafe('rollback to savepoint universe').simple()
        })
      }
    } finally {
      await sql.unsafe('rollback').simple().catch(() => {})
      await sql.end({ timeout: 5 })
    }
  },
})
