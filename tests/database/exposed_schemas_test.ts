/** The rules of the schema are about the schemas that the API exposes, all of them and no others. */
import { strict as assert } from 'node:assert'
import postgres from 'postgres'
import { readConfig } from '../../stack/gateway/config.ts'
import { load } from './helpers.ts'

const url = Deno.env.get('DATABASE_URL') ?? ''

Deno.test('the configuration exposes the schemas that the rules hold', async () => {
  await load(url)
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const held = await sql<{ name: string }[]>`select exposed_schemas as name from tests.exposed_schemas()`
    const { schemas } = (await readConfig()).api
    assert.deepEqual(held.map(({ name }) => name).sort(), [...schemas].sort())
  } finally {
    await sql.end()
  }
})
