/** The first slice through stock supabase-js: rows, embeds, filters, pages and counts, each for its owner alone. */
import { strict as assert } from 'node:assert'
import { client, createWorkspace, env, signUp } from '../support/clients.ts'

Deno.test('a user makes a list and tasks, tags them, and reads them back in one request', async () => {
  const ann = await signUp('maker')
  const db = ann.client.schema('dashboard')
  const list = await db.from('task_lists').insert({ name: 'Kitchen job' }).select('id').single()
  const listId = list.data?.id ?? 0
  const task = await db.from('tasks').insert({ title: 'Order cabinets', list_id: listId, priority: 'high' })
    .select('id').single()
  const taskId = task.data?.id ?? 0
  await db.from('tasks').insert([
    { title: 'Measure', parent_id: taskId },
    { title: 'Call supplier', parent_id: taskId },
  ])
  const tag = await db.from('tags').insert({ name: 'supplier' }).select('id').single()
  assert.equal(
    (await db.from('task_tags').insert({ task_id: taskId, tag_id: tag.data?.id ?? 0 })).error,
    null,
  )

  const { data, error } = await db.from('tasks')
    .select('title, list:task_lists(name), tags(name), subtasks(title)')
    .is('parent_id', null)
    .order('title', { referencedTable: 'subtasks' })
  assert.equal(error, null)
  assert.deepEqual(data, [{
    title: 'Order cabinets',
    list: { name: 'Kitchen job' },
    tags: [{ name: 'supplier' }],
    subtasks: [{ title: 'Call supplier' }, { title: 'Measure' }],
  }])
})

Deno.test('tasks can be filtered, paged and counted', async () => {
  const ann = await signUp('pager')
  const db = ann.client.schema('dashboard')
  await db.from('tasks').insert(Array.from({ length: 25 }, (_, index) => ({
    title: `Task ${String(index).padStart(2, '0')}`,
    is_important: index % 5 === 0,
  })))
  const page = await db.from('tasks').select('title', { count: 'exact' }).order('title').range(10, 14)
  assert.equal(page.count, 25)
  assert.deepEqual(page.data?.map((task) => task.title), [
    'Task 10',
    'Task 11',
    'Task 12',
    'Task 13',
    'Task 14',
  ])
  const important = await db.from('tasks').select('*', { count: 'exact', head: true }).eq(
    'is_important',
    true,
  )
  assert.equal(important.count, 5)
  const found = await db.from('tasks').select('title').ilike('title', '%2_').order('title')
  assert.deepEqual(found.data?.map((task) => task.title), [
    'Task 20',
    'Task 21',
    'Task 22',
    'Task 23',
    'Task 24',
  ])
})

Deno.test('completing a repeating task brings the next one', async () => {
  const ann = await signUp('repeater')
  const db = ann.client.schema('dashboard')
  const task = await db.from('tasks').insert({
    title: 'Water plants',
    due_date: '2026-03-02',
    recurrence_rule: 'weekly',
  })
    .select('id').single()
  await db.from('tasks').update({ status: 'completed' }).eq('id', task.data?.id ?? 0)
  const { data } = await db.from('tasks').select('status, due_date').order('due_date')
  assert.deepEqual(data, [{ status: 'completed', due_date: '2026-03-02' }, {
    status: 'open',
    due_date: '2026-03-09',
  }])
})

Deno.test('a stranger sees and changes nothing, and cannot link to it', async () => {
  const ann = await signUp('owner')
  const eve = await signUp('stranger')
  const task = await ann.client.schema('dashboard').from('tasks').insert({ title: 'private' }).select('id')
    .single()
  const id = task.data?.id ?? 0
  const db = eve.client.schema('dashboard')
  assert.deepEqual((await db.from('tasks').select().eq('id', id)).data, [])
  assert.equal((await db.from('tasks').select('*', { count: 'exact', head: true })).count, 0)
  assert.deepEqual((await db.from('tasks').update({ title: 'mine' }).eq('id', id).select()).data, [])
  assert.deepEqual((await db.from('tasks').delete().eq('id', id).select()).data, [])
  const foreign = await db.from('tasks').insert({ title: 'step', parent_id: id })
  const missing = await db.from('tasks').insert({ title: 'step', parent_id: 999_999_999 })
  assert.equal(foreign.error?.code, '23503')
  assert.deepEqual([foreign.status, foreign.error?.message], [missing.status, missing.error?.message])
  const { data } = await ann.client.schema('dashboard').from('tasks').select('title').eq('id', id)
  assert.deepEqual(data, [{ title: 'private' }])
})

Deno.test('anon is refused, rather than shown an empty list', async () => {
  for (
    const table of ['profiles', 'workspaces', 'workspace_members', 'user_prefs', 'feature_flags'] as const
  ) {
    const { error, status } = await client().from(table).select()
    assert.deepEqual([error?.code, status], ['42501', 401], table)
  }
  for (const table of ['task_lists', 'tasks', 'tags', 'task_tags'] as const) {
    const { error, status } = await client().schema('dashboard').from(table).select()
    assert.deepEqual([error?.code, status], ['42501', 401], table)
  }
})

Deno.test('colleagues see each other as members, not each other’s profiles or tasks', async () => {
  const ann = await signUp('admin')
  const bob = await signUp('colleague')
  await createWorkspace(ann, 'Shared')
  const invited = await ann.client.rpc('invite_member', { email: bob.email, role: 'employee' })
  const joined = await bob.client.rpc('accept_invitation', { token: invited.data?.[0]?.token ?? '' })
  assert.equal(joined.error, null)
  const members = await bob.client.from('workspace_members').select('display_name, role')
    .eq('workspace_id', joined.data ?? '').order('role')
  assert.deepEqual(members.data, [{ display_name: 'colleague', role: 'employee' }, {
    display_name: 'admin',
    role: 'admin',
  }])
  assert.deepEqual((await bob.client.from('profiles').select('display_name')).data, [{
    display_name: 'colleague',
  }])
  await ann.client.schema('dashboard').from('tasks').insert({ title: 'personal' })
  assert.deepEqual((await bob.client.schema('dashboard').from('tasks').select()).data, [])
})

Deno.test('times are answered in ISO 8601', async () => {
  const ann = await signUp('clock')
  const { data } = await ann.client.from('profiles').select('created_at').single()
  assert.match(data?.created_at ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/)
})

Deno.test('fifty clients at once work without an error', async () => {
  const people = await Promise.all(Array.from({ length: 50 }, (_, index) => signUp(`crowd${index}`)))
  await Promise.all(people.map(async ({ client: each }) => {
    for (let round = 0; round < 4; round++) {
      const { error } = await each.schema('dashboard').from('tasks').insert({ title: `round ${round}` })
      assert.equal(error, null)
    }
    const { data, error } = await each.schema('dashboard').from('tasks').select('title').order('title')
    assert.equal(error, null)
    assert.deepEqual(data?.map((task) => task.title), ['round 0', 'round 1', 'round 2', 'round 3'])
  }))
})

Deno.test('JSON arguments of a function arrive as they were sent', async () => {
  const ann = await signUp('settings')
  await ann.client.rpc('set_user_pref', { key: 'editor', value: { wrap: true, columns: [80, 110] } })
  await ann.client.rpc('set_user_pref', { key: 'language', value: 'de' })
  await ann.client.rpc('set_user_pref', { key: 'beta', value: true })
  const { data } = await ann.client.from('user_prefs').select('preferences').single()
  assert.deepEqual(data?.preferences, {
    editor: { wrap: true, columns: [80, 110] },
    language: 'de',
    beta: true,
  })
})

Deno.test('an update or a deletion without a filter is refused, as on hosted projects', async () => {
  const ann = await signUp('unfiltered')
  const tasks = () => ann.client.schema('dashboard').from('tasks')
  await tasks().insert({ title: 'Kept' })
  for (
    const [answer, message] of [
      [await tasks().update({ title: 'Lost' }), 'UPDATE requires a WHERE clause'],
      [await tasks().update({ title: 'Lost' }).select('id').order('id'), 'UPDATE requires a WHERE clause'],
      [await tasks().delete(), 'DELETE requires a WHERE clause'],
    ] as const
  ) {
    assert.deepEqual([answer.status, answer.error?.code, answer.error?.message], [400, '21000', message])
  }
  // Neither is a filter of embedded rows one of the table, nor a method in small letters another one.
  const { data: { session } } = await ann.client.auth.getSession()
  const headers = {
    apikey: env('SUPABASE_PUBLISHABLE_KEY'),
    authorization: `Bearer ${session?.access_token}`,
    'content-profile': 'dashboard',
    'content-type': 'application/json',
  }
  for (
    const [method, query] of [
      ['delete', ''],
      ['patch', ''],
      ['DELETE', '?select=id,task_tags(task_id)&task_tags.task_id=eq.0'],
      ['PATCH', '?select=id,task_tags(task_id)&task_tags.task_id=eq.0&task_tags.limit=1'],
    ] as const
  ) {
    const body = /patch/i.test(method) ? '{"title":"Lost"}' : null
    const refused = await fetch(`${env('SUPABASE_URL')}/rest/v1/tasks${query}`, { method, headers, body })
    await refused.body?.cancel()
    assert.equal(refused.status, 400, `${method} ${query}`)
  }
  const { data } = await tasks().update({ title: 'Renamed' }).eq('title', 'Kept').select('title')
  assert.deepEqual(data, [{ title: 'Renamed' }])
})

Deno.test('memory and profile are upserted by their user, the first time and later', async () => {
  const ann = await signUp('upserting')
  for (const mood of ['calm', 'glad']) {
    const { data, error } = await ann.client.from('memories')
      .upsert({ user_id: ann.id, identity: { mood } }).select('identity')
    assert.deepEqual([error, data], [null, [{ identity: { mood } }]])
    const named = await ann.client.from('profiles').upsert({ id: ann.id, display_name: mood }).select(
      'display_name',
    )
    assert.deepEqual([named.error, named.data], [null, [{ display_name: mood }]])
  }
})
