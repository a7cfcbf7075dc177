/** Notes, links, search, inbox and notifications through stock supabase-js, each for its owner alone. */
import { strict as assert } from 'node:assert'
import { fromPostgrest } from '../../types/errors.ts'
import { client, service, signUp } from '../support/clients.ts'

Deno.test('notes link to each other and are read with their tags, links and back-links in one request', async () => {
  const ann = await signUp('writer')
  const db = ann.client.schema('dashboard')
  const { data: notes } = await db.from('notes').insert([
    { title: 'Kitchen', content: '' },
    { title: 'Journal', content: 'Measured the [[kitchen|galley]] and the [[Attic]].' },
  ]).select('id, title, word_count, user_id')
  assert.deepEqual(notes?.map((note) => [note.title, note.word_count, note.user_id]), [
    ['Kitchen', 0, ann.id],
    ['Journal', 6, ann.id],
  ])
  const tag = await db.from('tags').insert({ name: 'water' }).select('id').single()
  await db.from('note_tags').insert({ note_id: notes?.[1]?.id ?? 0, tag_id: tag.data?.id ?? 0 })

  const read = await db.from('notes')
    .select(
      'title, tags(name), note_links(target_title, target_note(title)), backlinks(snippet, notes(title))',
    )
    .order('title')
  assert.equal(read.error, null)
  assert.deepEqual(read.data as unknown, [
    {
      title: 'Journal',
      tags: [{ name: 'water' }],
      note_links: [{ target_title: 'Attic', target_note: null }, {
        target_title: 'kitchen',
        target_note: { title: 'Kitchen' },
      }],
      backlinks: [],
    },
    {
      title: 'Kitchen',
      tags: [],
      note_links: [],
      backlinks: [{
        snippet: 'Measured the [[kitchen|galley]] and the [[Attic]].',
        notes: { title: 'Journal' },
      }],
    },
  ])
  const open = await db.from('note_links').select('target_title').is('target_note_id', null)
  assert.deepEqual(open.data, [{ target_title: 'Attic' }], 'links that lead nowhere yet')

  await db.from('notes').update({ title: 'Galley' }).eq('title', 'Kitchen')
  const journal = await db.from('notes').select('content').eq('title', 'Journal').single()
  assert.equal(journal.data?.content, 'Measured the [[Galley|galley]] and the [[Attic]].')
})

Deno.test('notes name jobs and projects, those of others excepted', async () => {
  const ann = await signUp('writer')
  const eve = await signUp('stranger')
  const db = ann.client.schema('dashboard')
  const job = await ann.client.schema('business').from('jobs').insert({ job_number: 'ANN-7' }).select('id')
    .single()
  await eve.client.schema('business').from('jobs').insert({ job_number: 'EVE-7' })
  const project = await db.from('projects').insert({ name: 'House' }).select('id').single()
  const made = await db.from('notes').insert({
    title: 'Plan',
    content: '[[job:ann-7|the job]] [[job:EVE-7]]',
    job_id: job.data?.id ?? 0,
    project_id: project.data?.id ?? 0,
  })
  assert.equal(made.error, null)
  const { data, error } = await db.from('notes')
    .select(
      'title, project:projects(name), job:jobs!job_id(job_number), note_links(target_title, target_job(job_number))',
    )
  assert.equal(error, null)
  assert.deepEqual(data as unknown, [{
    title: 'Plan',
    project: { name: 'House' },
    job: { job_number: 'ANN-7' },
    note_links: [{ target_title: 'ann-7', target_job: { job_number: 'ANN-7' } }, {
      target_title: 'EVE-7',
      target_job: null,
    }],
  }])
  const foreign = await eve.client.schema('dashboard').from('notes').insert({
    title: 'Spy',
    job_id: job.data?.id ?? 0,
  })
  const missing = await eve.client.schema('dashboard').from('notes').insert({
    title: 'Spy',
    job_id: 999_999_999,
  })
  assert.equal(foreign.error?.code, '23503')
  assert.deepEqual([foreign.status, foreign.error?.message], [missing.status, missing.error?.message])
})

Deno.test('search finds, filters, pages and marks, for its caller alone', async () => {
  const ann = await signUp('finder')
  const eve = await signUp('stranger')
  const db = ann.client.schema('dashboard')
  await db.from('notes').insert([
    { title: 'Dehumidifiers', content: 'two are lent out' },
    { title: 'Pier Street', content: 'A dehumidifier <b>hums</b> & drips', type: 'journal' },
    { title: 'Old', content: 'dehumidifier', archived: true },
  ], { defaultToNull: false })
  const found = await db.rpc('search_notes', { query: 'dehumidifier' })
  assert.equal(found.error, null)
  assert.deepEqual(found.data?.map((hit) => [hit.title, hit.total, hit.fuzzy]), [
    ['Dehumidifiers', 2, false],
    ['Pier Street', 2, false],
  ])
  assert.equal(
    found.data?.[1]?.excerpt_html,
    'A <mark>dehumidifier</mark> &lt;b&gt;hums&lt;/b&gt; &amp; drips',
  )
  const filtered = await db.rpc('search_notes', { query: 'dehumidifier -lent', type: 'journal' }).select(
    'title',
  )
  assert.deepEqual(filtered.data, [{ title: 'Pier Street' }])
  const typo = await db.rpc('search_notes', { query: 'dehumidifyers' }).select('title, fuzzy')
  assert.deepEqual(typo.data, [{ title: 'Dehumidifiers', fuzzy: true }])
  const page = await db.rpc('search_notes', { query: 'dehumidifier', max_results: 1, skip: 1 }).select(
    'title',
  )
  assert.deepEqual(page.data, [{ title: 'Pier Street' }])
  assert.deepEqual(
    (await eve.client.schema('dashboard').rpc('search_notes', { query: 'dehumidifier' })).data,
    [],
  )
  const anon = await client().schema('dashboard').rpc('search_notes', { query: 'dehumidifier' })
  assert.deepEqual([anon.error?.code, anon.status], ['42501', 401])
})

Deno.test('a capture that is retried is stored once', async () => {
  const ann = await signUp('catcher')
  const db = ann.client.schema('dashboard')
  const [first, second] = await Promise.all(
    [1, 2].map(() =>
      db.rpc('capture', { content: 'Roof leaks', source: 'voice', capture_key: 'b7e1' }).select('id, source')
    ),
  )
  assert.equal(first?.error, null)
  assert.deepEqual(first?.data, second?.data)
  await db.from('inbox_items').upsert({ content: 'Roof leaks', capture_key: 'b7e1' }, {
    onConflict: 'user_id,capture_key',
    ignoreDuplicates: true,
  })
  const { count } = await db.from('inbox_items').select('*', { count: 'exact', head: true })
  assert.equal(count, 1)
})

Deno.test('an inbox item becomes a task or a note in one call, and back', async () => {
  const ann = await signUp('sorter')
  const eve = await signUp('stranger')
  const db = ann.client.schema('dashboard')
  const list = await db.from('task_lists').insert({ name: 'Calls' }).select('id').single()
  const { data: items } = await db.from('inbox_items').insert([
    { content: 'Call Kim\nabout the roof' },
    { content: 'Roof types', source: 'chrome_extension', source_url: 'https://example.com/roofs' },
  ], { defaultToNull: false }).select('id')
  const [call, clip] = items?.map((item) => item.id) ?? []

  const made = await db.rpc('convert_inbox_item', {
    item_id: call ?? 0,
    target: 'task',
    overrides: { list_id: list.data?.id ?? 0, due_date: '2026-03-02', context: ['@phone'] },
  }).select('processed, converted_to_type, converted_to_id')
  assert.equal(made.error, null)
  await db.rpc('convert_inbox_item', { item_id: clip ?? 0, target: 'note' })
  const sorted = await db.from('inbox_items')
    .select(
      'content, task:tasks(title, description, due_date, context, list:task_lists(name)), note:notes(title, type, source_url)',
    )
    .order('id')
  assert.equal(sorted.error, null)
  assert.deepEqual(sorted.data as unknown, [
    {
      content: 'Call Kim\nabout the roof',
      task: {
        title: 'Call Kim',
        description: 'Call Kim\nabout the roof',
        due_date: '2026-03-02',
        context: ['@phone'],
        list: { name: 'Calls' },
      },
      note: null,
    },
    {
      content: 'Roof types',
      task: null,
      note: { title: 'Roof types', type: 'web_clip', source_url: 'https://example.com/roofs' },
    },
  ])

  const again = await db.rpc('convert_inbox_item', { item_id: call ?? 0, target: 'task' })
  assert.deepEqual([again.status, again.error?.code], [409, 'PT409'])
  assert.equal(again.error && fromPostgrest(again.error, again.status).kind, 'conflict')
  const wrong = await db.rpc('convert_inbox_item', { item_id: call ?? 0, target: 'song' })
  assert.deepEqual([wrong.status, wrong.error?.code], [400, '22023'])
  for (const item_id of [call ?? 0, 999_999_999]) {
    const foreign = await eve.client.schema('dashboard').rpc('convert_inbox_item', {
      item_id,
      target: 'task',
    })
    assert.deepEqual([foreign.status, foreign.error?.message], [404, 'The inbox item does not exist.'])
  }

  const undone = await db.rpc('undo_inbox_conversion', { item_id: call ?? 0 }).select(
    'processed, converted_to_id',
  )
  assert.deepEqual(undone.data as unknown, { processed: false, converted_to_id: null })
  assert.deepEqual((await db.from('tasks').select('title')).data, [])

  await db.from('notes').update({ is_favorite: true }).eq('title', 'Roof types')
  const kept = await db.rpc('undo_inbox_conversion', { item_id: clip ?? 0 })
  assert.deepEqual([kept.status, kept.error?.message], [409, 'The note was changed after the conversion.'])
  const dismissed = await db.rpc('dismiss_inbox_item', { item_id: call ?? 0 }).select('processed')
  assert.deepEqual(dismissed.data as unknown, { processed: true })
  assert.deepEqual((await db.from('inbox_items').select('id').eq('processed', false)).data, [])
})

Deno.test('notifications are read, marked and deleted, and sent by nobody', async () => {
  const ann = await signUp('reader')
  const eve = await signUp('stranger')
  const admin = service().schema('dashboard')
  await admin.from('notifications').insert([
    { user_id: ann.id, type: 'system', title: 'Welcome', link: '/notes' },
    { user_id: ann.id, type: 'mention', title: 'Kim mentioned you' },
    { user_id: eve.id, type: 'system', title: 'For Eve' },
  ])
  const db = ann.client.schema('dashboard')
  const forged = await db.from('notifications').insert({
    user_id: eve.id,
    type: 'mention',
    title: 'Click here',
  })
  assert.deepEqual([forged.status, forged.error?.code], [403, '42501'])
  const unsafe = await admin.from('notifications').insert({
    user_id: ann.id,
    type: 'system',
    title: 'Click here',
    link: '//evil.example',
  })
  assert.deepEqual([unsafe.status, unsafe.error?.code], [400, '23514'])

  const unread = await db.from('notifications').select('*', { count: 'exact', head: true }).eq(
    'is_read',
    false,
  )
  assert.equal(unread.count, 2)
  await db.from('notifications').update({ is_read: true }).eq('title', 'Welcome')
  assert.equal((await db.rpc('mark_notifications_read')).data, 1)
  const read = await db.from('notifications').select('title, is_read, read_at').order('title')
  assert.ok(read.data?.every((one) => one.is_read && one.read_at))
  await db.from('notifications').delete().eq('title', 'Welcome')
  assert.deepEqual((await db.from('notifications').select('title')).data, [{ title: 'Kim mentioned you' }])
  assert.equal((await eve.client.schema('dashboard').from('notifications').select()).data?.length, 1)
})

Deno.test('anon is refused by every table of notes', async () => {
  for (const table of ['notes', 'note_tags', 'note_links', 'inbox_items', 'notifications'] as const) {
    const { error, status } = await client().schema('dashboard').from(table).select()
    assert.deepEqual([error?.code, status], ['42501', 401], table)
  }
})
