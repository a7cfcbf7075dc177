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

Deno.test('attachments of a message are files of their own, linked to it and deleted with it', async () => {
  const ann = await signUp('ann')
  const client = ann.client as unknown as SupabaseClient
  const message = [
    'From: Ann <ann@example.com>',
    'To: bob@example.com',
    'Date: Fri, 05 Jan 2024 10:00:00 +0100',
    'Subject: Pump',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'The quotation is attached.',
    '--b',
    'Content-Type: text/csv; name="quote; of \\"Ä\\".csv"',
    'Content-Disposition: attachment',
    '',
    'item,price',
    'flangewhistle,12',
    '--b--',
  ].join('\r\n')
  const path = await store(ann, 'mail.eml', message)
  await until(
    async () => {
      const { data } = await client.rpc('search', { query: 'flangewhistle' }).throwOnError()
      return data.length > 0
    },
    'the attachment is found',
    120_000,
  )
  const { data: mail } = await client.from('artifacts').select('id').eq('filepath', path).single()
    .throwOnError()
  const { data: files } = await client.from('artifacts').select('filename, attached_to, user_id').eq(
    'attached_to',
    mail.id,
  ).throwOnError()
  assert.deepEqual(files, [{ filename: 'quote; of "Ä".csv', attached_to: mail.id, user_id: ann.id }])
  await client.from('artifacts').delete().eq('id', mail.id).throwOnError()
  const { data: left } = await client.from('artifacts').select('id').throwOnError()
  assert.deepEqual(left, [])
})

Deno.test('the same bytes under two names are found once, and still after one of the files is deleted', async () => {
  const ann = await signUp('ann')
  const client = ann.client as unknown as SupabaseClient
  const content = 'The warranty of the flangelamp lasts eleven years.\n'
  const paths = [await store(ann, 'one.txt', content), await store(ann, 'two.txt', content)]
  const isRead = async (path: string): Promise<boolean> =>
    /processed|searchable/.test(await statusOf(ann, path))
  for (const path of paths) await until(() => isRead(path), `${path} is read`, 120_000)
  const hits = async (): Promise<{ artifact_id: string }[]> =>
    (await client.rpc('search', { query: 'warranty of the flangelamp' }).throwOnError()).data
  const [hit, ...others] = await hits()
  assert.deepEqual(others, [])
  const { data: files } = await client.from('artifacts').select('id, same_as, content_sha256').throwOnError()
  assert.equal(files.length, 2)
  assert.equal(files[0]?.content_sha256, files[1]?.content_sha256)
  assert.deepEqual(files.filter(({ same_as }) => same_as !== null).map(({ same_as }) => same_as), [
    hit?.artifact_id,
  ])
  await client.from('artifacts').delete().eq('id', hit?.artifact_id).throwOnError()
  await until(async () => (await hits()).length === 1, 'the other file is found', 120_000)
})
