/**
 * The local platform has what a fresh hosted project has, name by name: the running stack's catalogue against the
 * recorded one in platform_parity.json. Where the two differ on purpose, the file says so and why; an entry that no
 * longer describes a difference fails too.
 */
import { deepStrictEqual } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import postgres from 'postgres'
import { z } from 'zod'
import { compare, readCatalogue } from '../../tools/platform_catalogue.ts'

const Fixture = z.object({
  hosted: z.record(z.string(), z.record(z.string(), z.string())),
  exceptions: z.array(z.object({
    items: z.array(z.string()),
    is: z.string(),
    reason: z.string(),
    /** Absent: everywhere. */
    where: z.enum(['embedded', 'before 16', 'superuser postgres']).optional(),
  })),
})

Deno.test('the local platform is what a fresh hosted project is, but for the declared exceptions', async () => {
  const file = await readFile(new URL('platform_parity.json', import.meta.url), 'utf8')
  const fixture = Fixture.parse(JSON.parse(file))
  const sql = postgres(Deno.env.get('DATABASE_URL') ?? '', { max: 1, onnotice: () => {} })
  try {
    const [server] = await sql<{ embedded: boolean; version: number; superuser: boolean }[]>`
      select version() ~ 'emcc|wasm' as embedded, current_setting('server_version_num')::integer as version,
        (select rolsuper from pg_roles where rolname = 'postgres') as superuser`
    const applies = {
      embedded: server?.embedded ?? false,
      'before 16': (server?.version ?? 0) < 160000,
      'superuser postgres': server?.superuser ?? false,
    }
    const declared = fixture.exceptions
      .filter(({ where }) => where === undefined || applies[where])
      .flatMap(({ items, is }) => items.map((item) => `${item}: ${is}`))
    const found = [...compare(fixture.hosted, await readCatalogue(sql))].map(([item, is]) => `${item}: ${is}`)
    deepStrictEqual(
      {
        undeclared: found.filter((difference) => !declared.includes(difference)),
        stale: declared.filter((difference) => !found.includes(difference)),
      },
      { undeclared: [], stale: [] },
    )
  } finally {
    await sql.end()
  }
})
