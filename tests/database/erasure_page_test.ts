/** The page about deletions says what the foreign keys do. */
import { strict as assert } from 'node:assert'
import { readFile } from 'node:fs/promises'
import postgres from 'postgres'
import { erasureFile, renderErasure } from '../../tools/generate_erasure.ts'

Deno.test('docs/reference/erasure.md is what the foreign keys do', async () => {
  const sql = postgres(Deno.env.get('DATABASE_URL') ?? '', { max: 1, onnotice: () => {} })
  try {
    assert.equal(await readFile(erasureFile, 'utf8'), await renderErasure(sql), 'run npm run types')
  } finally {
    await sql.end()
  }
})
