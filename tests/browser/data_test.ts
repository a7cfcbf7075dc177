/** Rows, files and edge functions in a page of another origin: what it may do, and what it can read of each answer. */
import { strict as assert } from 'node:assert'
import type { FunctionRegion } from '@supabase/supabase-js'
import { browserTest, signUpIn } from './browser.ts'

browserTest('a page reads and writes rows of several schemas and calls their functions', async ({ open }) => {
  const page = await open()
  await signUpIn(page)
  const planning = await page.evaluate(async () => {
    const dashboard = app.supabase.schema('dashboard')
    const added = await dashboard.from('tasks').insert([{ title: 'One' }, { title: 'Two' }]).select(
      'id, title',
    )
    const [first] = added.data ?? []
    const edited = await dashboard.from('tasks').update({ title: 'First' }).eq('id', first?.id ?? 0).select(
      'title',
    )
    const counted = await dashboard.from('tasks').select('title', { count: 'exact' }).order('title').range(
      0,
      0,
    )
    const deleted = await dashboard.from('tasks').delete({ count: 'exact' }).eq('id', first?.id ?? 0)
    const review = await dashboard.rpc('weekly_review')
    return {
      added: [added.status, added.data?.length],
      edited: edited.data,
      counted: [counted.status, counted.data, counted.count],
      deleted: [deleted.status, deleted.count],
      review: [review.status, review.error?.message ?? null],
    }
  })
  assert.deepEqual(planning, {
    added: [201, 2],
    edited: [{ title: 'First' }],
    counted: [206, [{ title: 'First' }], 2],
    deleted: [204, 1],
    review: [200, null],
  })

  const business = await page.evaluate(async () => {
    const business = app.supabase.schema('business')
    const created = await business.rpc('create_job', { job: { city: 'Rockport' } }).select('id, city, status')
      .single()
    const job = created.data
    const note = await business.from('notes').insert({ job_id: job?.id ?? 0, content: 'Wet' }).select(
      'content',
    ).single()
    const board = await business.rpc('pipeline_board')
    const read = await business.from('jobs').select('city, notes(content)')
    return [
      created.error,
      note.data,
      board.data?.reduce((sum, { job_count }) => sum + job_count, 0),
      read.data,
    ]
  })
  assert.deepEqual(business, [null, { content: 'Wet' }, 1, [{
    city: 'Rockport',
    notes: [{ content: 'Wet' }],
  }]])
})

browserTest('a client of one workspace sends its header from a page', async ({ open }) => {
  const page = await open()
  await signUpIn(page)
  const result = await page.evaluate(async () => {
    const { data: made } = await app.supabase.rpc('create_workspace', { name: 'Second' }).single()
    const { data: own } = await app.supabase.from('workspaces').select('id').neq('id', made?.id ?? '')
      .single()
    const [first, second] = [app.inWorkspace(own?.id ?? ''), app.inWorkspace(made?.id ?? '')]
    await first.schema('business').from('jobs').insert({ city: 'Salem' })
    await second.schema('business').from('jobs').insert({ city: 'Rockport' })
    const foreign = await app.inWorkspace(crypto.randomUUID()).schema('business').from('jobs').select('city')
    return {
      first: (await first.schema('business').from('jobs').select('city')).data,
      second: (await second.schema('business').from('jobs').select('city')).data,
      foreign: [foreign.status, foreign.error?.code],
      searched: (await second.functions.invoke('search', { body: { q: 'roof' } })).error?.message ?? null,
    }
  })
  assert.deepEqual(result, {
    first: [{ city: 'Salem' }],
    second: [{ city: 'Rockport' }],
    foreign: [403, 'PT403'],
    searched: null,
  })
})

browserTest('a page can read the status and the JSON of errors of every service', async ({ open }) => {
  const page = await open()
  await signUpIn(page)
  const rest = await page.evaluate(async () => {
    const business = app.supabase.schema('business')
    const { data: job } = await business.from('jobs').insert({ status: 'complete' }).select('id').single()
    const errors = [
      await business.from('jobs').update({ status: 'active' }).eq('id', job?.id ?? 0),
      await business.from('jobs').insert({ job_type: 'unknown' }),
      await app.supabase.from('nowhere' as 'profiles').select(),
    ]
    return errors.map(({ status, error }) => [status, error?.code])
  })
  assert.deepEqual(rest, [[409, 'PT409'], [400, '23514'], [404, 'PGRST205']])

  const answers = await page.evaluate(async () => {
    const { data: { session } } = await app.supabase.auth.getSession()
    const user = { apikey: app.key, authorization: `Bearer ${session?.access_token}` }
    const json = { ...user, 'content-type': 'application/json' }
    const requests: [string, RequestInit][] = [
      ['/nowhere', {}],
      ['/functions/v1/nowhere', { headers: user }],
      ['/functions/v1/nowhere', { headers: { apikey: app.key } }],
      ['/functions/v1/search', { headers: { ...user, 'x-workspace-id': 'x' } }],
      ['/functions/v1/search/nowhere', { headers: user }],
      ['/functions/v1/search', { method: 'POST', headers: json, body: 'x'.repeat(20_000_000) }],
      ['/functions/v1/search', { method: 'POST', headers: { apikey: app.key }, body: '{}' }],
      ['/auth/v1/token', { method: 'DELETE', headers: user }],
      ['/storage/v1/object/apex-files/none.txt', { headers: user }],
      ['/realtime/v1/nowhere', { headers: user }],
    ]
    return await Promise.all(requests.map(async ([path, init]) => {
      const answer = await fetch(`${app.url}${path}`, init)
      const text = await answer.text()
      return [path, answer.status, text === '' ? null : typeof JSON.parse(text)]
    }))
  })
  assert.deepEqual(answers, [
    ['/nowhere', 404, 'object'],
    ['/functions/v1/nowhere', 404, 'object'],
    ['/functions/v1/nowhere', 401, 'object'],
    ['/functions/v1/search', 405, 'object'],
    ['/functions/v1/search/nowhere', 404, 'object'],
    ['/functions/v1/search', 413, 'object'],
    ['/functions/v1/search', 401, 'object'],
    ['/auth/v1/token', 405, 'object'],
    ['/storage/v1/object/apex-files/none.txt', 400, 'object'],
    ['/realtime/v1/nowhere', 404, 'object'],
  ])
})

browserTest('a page uploads a file with progress, and downloads and removes it', async ({ open }) => {
  const page = await open()
  await signUpIn(page)
  const result = await page.evaluate(async () => {
    const { data: { session } } = await app.supabase.auth.getSession()
    const { data: workspace } = await app.supabase.from('workspaces').select('id').single()
    const path = `files/workspace_${workspace?.id}/Plan (1).txt`
    const bytes = new Uint8Array(3_000_000).fill(97)
    const loaded: number[] = []
    const sent = await app.upload({
      url: `${app.url}/storage/v1/object/apex-files/${encodeURI(path)}`,
      headers: {
        apikey: app.key,
        authorization: `Bearer ${session?.access_token}`,
        'x-upsert': 'false',
        'content-type': 'text/plain',
      },
      body: bytes,
      onProgress: (bytes) => loaded.push(bytes),
    })
    const files = app.supabase.storage.from('apex-files')
    const small = path.replace('(1)', 'small')
    const form = await files.upload(small, new File(['the roof leaks'], 'small.txt', { type: 'text/plain' }))
    const signed = await files.createSignedUrl(small, 60)
    return {
      status: sent,
      progress: [loaded.length > 0, loaded.at(-1)],
      size: (await files.download(path)).data?.size,
      form: form.error,
      text: await (await fetch(signed.data?.signedUrl ?? '')).text(),
      removed: (await files.remove([path, small])).data?.length,
    }
  })
  assert.deepEqual(result, {
    status: 200,
    progress: [true, 3_000_000],
    size: 3_000_000,
    form: null,
    text: 'the roof leaks',
    removed: 2,
  })
})

browserTest('a page reads the id of a request, and of an error of a function', async ({ open }) => {
  const page = await open()
  await signUpIn(page)
  const seen = await page.evaluate(async () => {
    const found = await app.supabase.functions.invoke('search', {
      body: { q: 'roof' },
      headers: { 'x-request-id': 'from-the-page' },
      region: 'us-east-1' as FunctionRegion,
    })
    const refused = await app.supabase.functions.invoke('search', { body: { q: 5 } })
    const body = await refused.response?.json()
    return {
      error: found.error,
      found: found.response?.headers.get('x-request-id'),
      status: refused.response?.status,
      kind: body?.kind,
      sameId: body?.request_id === refused.response?.headers.get('x-request-id'),
    }
  })
  assert.deepEqual(seen, {
    error: null,
    found: 'from-the-page',
    status: 400,
    kind: 'validation',
    sameId: true,
  })
})

browserTest(
  'a page from elsewhere may use the services, and only functions that allow its origin',
  async ({ open, originOf }) => {
    const page = await open(originOf('app.example'))
    await signUpIn(page)
    const result = await page.evaluate(async () => {
      const rows = await app.supabase.from('profiles').select('id')
      const search = await app.supabase.functions.invoke('search', { body: { q: 'roof' } })
      return [rows.status, search.error?.name]
    })
    assert.deepEqual(result, [200, 'FunctionsFetchError'])
  },
)
