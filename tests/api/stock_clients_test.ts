/** What clients that were written for the published interfaces send, and what they read of the answers. */
import { strict as assert } from 'node:assert'
import { createWorkspace, type Person, request, service, signUp } from '../support/clients.ts'
import { until } from '../support/wait.ts'

const vector = Array.from({ length: 384 }, (_, place) => (place + 1) / 1000)

async function admin(name: string): Promise<Person & { workspace: string }> {
  const person = await signUp(name)
  return Object.assign(person, { workspace: await createWorkspace(person, name) })
}

Deno.test('the answer to the upload of one file has its id, path, size, type and a link that works', async () => {
  const ann = await admin('ann')
  const form = new FormData()
  form.set('file', new File(['room,moisture\nKitchen,28\n'], 'rooms.csv', { type: 'text/csv' }))
  const { data, error } = await ann.client.functions.invoke('files', { body: form })
  assert.equal(error, null)
  const { id, path, url, size, mime_type, results } = data
  assert.deepEqual({ size, mime_type }, { size: 25, mime_type: 'text/csv' })
  assert.match(`${path}`, new RegExp(`^files/workspace_${ann.workspace}/${id}\\.csv$`))
  assert.equal(await (await fetch(`${url}`)).text(), 'room,moisture\nKitchen,28\n')
  assert.deepEqual(results, [{ ...results[0], artifact_id: id, id, path, url, size, mime_type }])
  const { data: row } = await ann.client.from('artifacts').select('filepath').eq('id', `${id}`).single()
    .throwOnError()
  assert.equal(row.filepath, path)
})

Deno.test('a document with the id of its file belongs to the file, and to its workspace', async () => {
  const bob = await admin('bob')
  const { data: file } = await bob.client.from('artifacts').insert({ filename: 'a.pdf' }).select('id')
    .single()
    .throwOnError()
  const db = service()
  for (const title of ['First', 'Second']) {
    // As an upsert of a server, which knows nothing of workspaces.
    const { data } = await db.from('documents').upsert({ id: file.id, path: 'a.pdf', type: 'pdf', title })
      .select('artifact_id, workspace_id, title').single().throwOnError()
    assert.deepEqual(data, { artifact_id: file.id, workspace_id: bob.workspace, title })
  }
  const { data: other } = await bob.client.from('documents').insert({ type: 'text' }).select('artifact_id')
    .single().throwOnError()
  assert.equal(other.artifact_id, null)
})

Deno.test('paths that a function does not have are 404, with and without a user', async () => {
  const { token } = await signUp('lost')
  for (const path of ['health/x', 'files/x', 'search/x', 'embed/x', 'openai/x']) {
    for (const caller of [{}, { token }]) {
      const { status } = await request(`/functions/v1/${path}`, { ...caller, key: '' })
      assert.equal(status, 404, path)
    }
  }
})

Deno.test('a vector is inserted as a passage of its document', async () => {
  const cat = await admin('cat')
  const { data: document } = await cat.client.from('documents').insert({ type: 'pdf', title: 'Drying' })
    .select('id').single().throwOnError()
  const chunks = [{ chunk_index: 0, meta: { page: 3 } }, {
    chunk_index: 1,
    meta: { type: 'api', text: 'Fans' },
  }]
  for (const db of [service(), cat.client]) {
    const rows = chunks.map((chunk) => ({ ...chunk, document_id: document.id, embedding: vector }))
    const { data } = await db.from('search_chunks')
      // The generated type of a vector is a string, though lists of numbers are accepted.
      .insert(rows as unknown as { document_id: string; embedding: string }[])
      .select('workspace_id, chunk_index, source_type, text, meta, embedding_model, embedding').throwOnError()
    assert.deepEqual(
      data.map(({ embedding: _, ...row }) => row),
      [
        { ...chunks[0], source_type: 'pdf', text: 'Drying' },
        { ...chunks[1], source_type: 'api', text: 'Fans' },
      ].map((row) => ({ ...row, workspace_id: cat.workspace, embedding_model: 'all-MiniLM-L6-v2' })),
    )
    assert.equal(JSON.parse(`${data[0]?.embedding}`).length, 384)
  }
})

Deno.test('a rebuild that is asked for without a body ends without waiting for the schedule', async () => {
  const dan = await admin('dan')
  const { data: document } = await dan.client.from('documents').insert({ type: 'text', title: 'Fans' })
    .select('id').single().throwOnError()
  await dan.client.from('document_sections').insert({
    document_id: document.id,
    order: 0,
    text: 'Fans stay until two readings are below the goal.',
  }).throwOnError()
  const db = service()
  const { data, error } = await dan.client.functions.invoke('search/rebuild', { method: 'POST' })
  assert.equal(error, null)
  assert.equal(data.status, 'ok')
  await until(async () => {
    const { data: row } = await db.from('search_rebuilds').select('status, passages, passages_embedded')
      .eq('id', data.rebuild_id).single().throwOnError()
    return row.status === 'finished' && row.passages === 1 && row.passages_embedded === 1
  }, 'the rebuild has finished')
})

Deno.test('the usage of a chat has the time that it took', async () => {
  const eve = await admin('eve')
  const { status } = await request('/functions/v1/chat', {
    method: 'POST',
    token: eve.token,
    body: JSON.stringify({
      id: crypto.randomUUID(),
      messages: [{ id: '1', role: 'user', parts: [{ type: 'text', text: 'How dry is the kitchen?' }] }],
    }),
  })
  assert.equal(status, 200)
  await until(async () => {
    const { data } = await service().schema('studio').from('api_usage').select('endpoint, duration_ms')
      .eq('user_id', eve.id).throwOnError()
    return data.length === 1 && data[0]?.endpoint === 'chat' && (data[0].duration_ms ?? 0) > 0
  }, 'the usage is recorded')
})

Deno.test('a server registers a skill for all workspaces, and lists it', async () => {
  const name = `web_search ${crypto.randomUUID()}`
  const db = service()
  const { data: id } = await db.rpc('register_skill', { name, description: 'Searches the web' })
    .throwOnError()
  const fay = await signUp('fay')
  for (const reader of [db, fay.client]) {
    const { data } = await reader.rpc('list_skills').eq('name', name).throwOnError()
    assert.deepEqual(data.map(({ id, workspace_id, version }) => ({ id, workspace_id, version })), [
      { id, workspace_id: null, version: 1 },
    ])
  }
  // A user's is of the workspace, where it replaces the global one.
  await fay.client.rpc('register_skill', { name, description: 'Mine' }).throwOnError()
  const { data: mine } = await fay.client.rpc('list_skills').eq('name', name).single().throwOnError()
  assert.equal(mine.description, 'Mine')
  assert.equal((await db.rpc('list_skills').eq('name', name)).data?.length, 1)
})

Deno.test('a server keeps memories and preferences of the users that it names; users only their own', async () => {
  const [gus, hal] = [await signUp('gus'), await signUp('hal')]
  const db = service()
  const user_id = gus.id
  await db.rpc('memory_set', { field: 'identity', value: { name: 'Gus' }, user_id }).throwOnError()
  await db.rpc('memory_merge', { field: 'identity', patch: { city: 'Provo' }, user_id }).throwOnError()
  await db.rpc('memory_append', { field: 'rewards', element: 1, user_id }).throwOnError()
  await db.rpc('set_user_pref', { key: 'default_model', value: 'small', user_id }).throwOnError()
  const { data: memory_id } = await db.rpc('remember', { content: 'dark mode', category: 'insight', user_id })
    .throwOnError()
  const identity = { name: 'Gus', city: 'Provo' }
  for (const reader of [{ db, user_id }, { db: gus.client, user_id }, { db: gus.client }]) {
    const { db, ...of } = reader
    assert.deepEqual((await db.rpc('memory_get', { field: 'identity', ...of })).data, identity)
    assert.deepEqual((await db.rpc('recall', { query: 'dark mode', ...of })).data?.map(({ id }) => id), [
      memory_id,
    ])
  }
  const { data: prefs } = await gus.client.from('user_prefs').select('preferences').single().throwOnError()
  assert.deepEqual(prefs.preferences, { default_model: 'small' })

  const codes = async (caller: { user_id?: string }, by: typeof db): Promise<(string | undefined)[]> =>
    (await Promise.all([
      by.rpc('memory_get', { field: 'identity', ...caller }),
      by.rpc('memory_set', { field: 'identity', value: {}, ...caller }),
      by.rpc('remember', { content: 'x', ...caller }),
      by.rpc('recall', { ...caller }),
      by.rpc('forget', { memory_id, ...caller }),
      by.rpc('set_user_pref', { key: 'a', value: 1, ...caller }),
    ])).map(({ error }) => error?.code)
  assert.deepEqual(await codes({ user_id }, hal.client), Array(6).fill('42501'))
  assert.deepEqual(await codes({}, db), Array(6).fill('22023'))
  assert.equal((await db.rpc('forget', { memory_id, user_id })).data, 1)
})
