/** Files are read when they are stored, not when the schedule comes round, and small ones not behind large ones. */
import assert from 'node:assert/strict'
import { type SupabaseClient } from '@supabase/supabase-js'
import { type Person, signUp } from '../support/clients.ts'
import { until } from '../support/wait.ts'

const bucket = 'apex-files'

async function workspaceOf({ client }: Person): Promise<string> {
  const { data } = await (client as unknown as SupabaseClient).rpc('current_workspace').throwOnError()
  return data
}

/** With the client of Storage, as an application stores a file. */
async function store(person: Person, name: string, content: string): Promise<string> {
  const path = `files/workspace_${await workspaceOf(person)}/${name}`
  const { error } = await person.client.storage.from(bucket).upload(
    path,
    new Blob([content], { type: 'text/plain' }),
  )
  assert.equal(error, null)
  return path
}

async function statusOf(person: Person, path: string): Promise<string> {
  const client = person.client as unknown as SupabaseClient
  const { data } = await client.from('artifacts').select('status').eq('filepath', path).single()
    .throwOnError()
  return data.status
}

Deno.test('a page is found while a large file of another account is being read', async () => {
  const large = await signUp('large')
  const small = await signUp('small')
  const rows = Array.from({ length: 100_000 }, (_, row) => `${row},room ${row % 7},${row % 100},placed`).join(
    '\n',
  )
  const table = await store(large, 'table.csv', `id,room,moisture,notes\n${rows}\n`)
  await until(async () => await statusOf(large, table) === 'processing', 'the large file is being read')
  const page = await store(small, 'page.txt', 'The quibbler hangs beside the northern gate.\n'.repeat(40))
  const client = small.client as unknown as SupabaseClient
  await until(async () => {
    const { data } = await client.rpc('search', { query: 'quibbler at the northern gate' }).throwOnError()
    return data.length > 0
  }, 'the page is found')
  assert.equal(await statusOf(large, table), 'processing', 'the large file is not read yet')
  assert.ok(['processing', 'processed', 'searchable'].includes(await statusOf(small, page)))
  // Ends the reading, too.
  await large.client.storage.from(bucket).remove([table])
})
