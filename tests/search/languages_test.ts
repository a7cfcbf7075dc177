/**
 * Words in many languages: questions as people who speak a language ask them, with other forms of the words than in the
 * passage, other word order and without accents. All passages are in one workspace, and a question has found its passage if
 * it is among the first three by words alone. The languages of the passages are guessed, as for rows that clients write.
 * Prints the table of docs/guide/search.md.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { env } from '../support/clients.ts'

type Collection = Record<string, [passage: string, question: string][]>

/** Languages for which Postgres has no stemmer, or whose compounds and scripts need more than one. */
const least: Record<string, number> = {}

Deno.test('at least eight of ten questions find their passage by words alone, in each language', async () => {
  const collection: Collection = JSON.parse(
    await readFile(join(import.meta.dirname ?? '.', 'data', 'languages.json'), 'utf8'),
  )
  const sql = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })
  const workspace = crypto.randomUUID()
  try {
    await sql`insert into public.workspaces (id, name) values (${workspace}, 'Languages')`
    const passages = Object.entries(collection).flatMap(([language, pairs]) =>
      pairs.map(([text, question], index) => ({ key: `${language}${index}`, language, text, question }))
    )
    await sql`insert into public.search_chunks (workspace_id, source_type, meta, text)
      select ${workspace}, 'text', jsonb_build_object('key', p.key), p.text
      from jsonb_to_recordset(${sql.json(passages)}) as p (key text, text text)`
    const found = new Map<string, number>()
    const missed: string[] = []
    for (const { key, language, question } of passages) {
      const hits = await sql`
        select c.meta ->> 'key' as key
        from private.search_workspace(${workspace}, ${question}, null, null, null, null, null, null, null, null, 3, 0, null) as s
        join public.search_chunks as c on c.id = s.chunk_id order by s.score desc, s.chunk_id`
      const keys = hits.map((hit) => hit['key'])
      if (keys.includes(key)) found.set(language, (found.get(language) ?? 0) + 1)
      else missed.push(`${key}: ${question} (${keys.join(', ')})`)
    }
    const rows = Object.entries(collection).map(([language, pairs]) => ({
      language,
      share: (found.get(language) ?? 0) / pairs.length,
    }))
    console.log(rows.map(({ language, share }) => `| ${language} | ${share * 10} of 10 |`).join('\n'))
    const weak = rows.filter(({ language, share }) => share < (least[language] ?? 0.8))
    if (Deno.env.get('SHOW_MISSED') || weak.length > 0) console.log(missed.join('\n'))
    assert.deepEqual(weak, [])
  } finally {
    await sql`delete from public.workspaces where id = ${workspace}`
    await sql.end()
  }
})
