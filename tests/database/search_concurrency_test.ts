/** Passages are added, rewritten, deleted and counted at the same time: no transaction waits for another. */
import { deepStrictEqual } from 'node:assert/strict'
import postgres from 'postgres'

const url = Deno.env.get('DATABASE_URL')!

/** The embedded database has one session: a second transaction waits until the first one ends. */
const isEmbedded = await embedded()

async function embedded(): Promise<boolean> {
  const sql = postgres(url, { max: 1, fetch_types: false })
  const [server] = await sql<{ embedded: boolean }[]>`select version() like '%PGlite%' as embedded`
  await sql.end()
  return server?.embedded ?? false
}

Deno.test({
  name:
    'twenty writers of one workspace record their changes without waiting, and a count waits for none of them',
  ignore: isEmbedded,
  fn: async () => {
    const sql = postgres(url, { max: 22, fetch_types: false, onnotice: () => {} })
    const workspace = crypto.randomUUID()
    const numbers = Array.from({ length: 20 }, (_, number) => number)
    try {
      await sql`insert into public.workspaces (id, name) values (${workspace}, 'Shared')`
      await sql`insert into public.search_chunks (workspace_id, source_type, chunk_index, text)
        select ${workspace}, 'pdf', n, 'before ' || n from generate_series(0, 599) as n`
      await sql`select private.count_corpora()`
      const written = Promise.withResolvers<void>()
      const counted = Promise.withResolvers<void>()
      let waiting = numbers.length
      // Each keeps its transaction open until all have written, and a count has run: a lock that they share would never be free.
      const writers = Promise.all(numbers.map((number) =>
        sql.begin(async (sql) => {
          await sql`set local lock_timeout = '60s'`
          await sql`insert into public.search_chunks (workspace_id, source_type, text)
            select ${workspace}, 'pdf', 'added ' || n from generate_series(1, 10) as n`
          await sql`update public.search_chunks set text = 'rewritten'
            where workspace_id = ${workspace} and chunk_index = ${number}`
          await sql`delete from public.search_chunks where workspace_id = ${workspace} and chunk_index = ${
            number + 100
          }`
          if (--waiting === 0) written.resolve()
          await counted.promise
        })
      ))
      await Promise.race([written.promise, writers])
      try {
        await sql.begin(async (sql) => {
          await sql`set local lock_timeout = '60s'`
          await sql`select private.count_corpora()`
        })
      } finally {
        counted.resolve()
      }
      await writers
      const [recorded] = await sql<{ passages: number }[]>`
        select sum(passages)::integer as passages from private.search_changes where workspace_id = ${workspace}`
      deepStrictEqual(recorded, { passages: 240 })
      await sql`select private.count_corpora()`
      const [corpus] = await sql<{ passages: number }[]>`
        select passages from private.search_corpora where workspace_id = ${workspace}`
      deepStrictEqual(corpus, { passages: 780 })
    } finally {
      await sql`delete from public.workspaces where id = ${workspace}`
      await sql.end()
    }
  },
})
