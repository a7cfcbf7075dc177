/** A request works in one workspace, chosen by a header or by the session, through every service and client. */
import { strict as assert } from 'node:assert'
import { createClient } from '@supabase/supabase-js'
import type { Database } from '../../types/generated/database.ts'
import {
  type Client,
  createWorkspace,
  env,
  password,
  type Person,
  request,
  signUp,
  workIn,
} from '../support/clients.ts'
import { until } from '../support/wait.ts'

/** A person with two workspaces, each with a job; the session works in the second. */
async function twoWorkspaces(): Promise<{ ann: Person; harbor: string; lakeside: string; jobs: number[] }> {
  const ann = await signUp('ann')
  const [harbor, lakeside] = [await createWorkspace(ann, 'Harbor'), await createWorkspace(ann, 'Lakeside')]
  const jobs: number[] = []
  for (const id of [harbor, lakeside]) {
    const { data } = await (await clientIn(ann, id)).schema('business').from('jobs')
      .insert({ city: id === harbor ? 'Rockport' : 'Salem' }).select('id, workspace_id').single()
      .throwOnError()
    assert.equal(data.workspace_id, id)
    jobs.push(data.id)
  }
  return { ann, harbor, lakeside, jobs }
}

/** The client of the guide: one workspace, by the header of every request. */
async function clientIn(person: Person, workspaceId: string): Promise<Client> {
  const client = createClient<Database>(env('SUPABASE_URL'), env('SUPABASE_PUBLISHABLE_KEY'), {
    auth: { persistSession: false, autoRefreshToken: false },
    global: { headers: { 'x-workspace-id': workspaceId } },
  })
  const { error } = await client.auth.signInWithPassword({ email: person.email, password })
  assert.equal(error, null)
  return client
}

Deno.test('the header decides which rows a client reads, writes and counts', async () => {
  const { ann, harbor, jobs: [ofHarbor, ofLakeside] } = await twoWorkspaces()
  const inHarbor = (await clientIn(ann, harbor)).schema('business')
  const cities = async (client: Client): Promise<unknown> =>
    (await client.schema('business').from('jobs').select('city')).data
  assert.deepEqual(await cities(ann.client), [{ city: 'Salem' }], 'the session works in the newest workspace')
  assert.deepEqual(await cities(await clientIn(ann, harbor)), [{ city: 'Rockport' }])
  const { data: board } = await inHarbor.rpc('pipeline_board').throwOnError()
  assert.equal(board.reduce((sum, { job_count }) => sum + job_count, 0), 1)

  const foreign = await inHarbor.from('jobs').update({ city: 'Moved' }).eq('id', ofLakeside ?? 0).select()
  assert.deepEqual([foreign.error, foreign.data], [null, []])
  const gone = await inHarbor.from('jobs').delete().eq('id', ofLakeside ?? 0).select()
  assert.deepEqual([gone.error, gone.data], [null, []])
  const id = crypto.randomUUID()
  const documents = (await clientIn(ann, harbor)).from('documents')
  assert.equal((await documents.upsert({ id, type: 'markdown', title: 'Ours' })).error, null)
  const taken = await ann.client.from('documents').upsert({ id, type: 'markdown', title: 'Taken' })
  assert.deepEqual([taken.status, taken.error?.code], [403, '42501'])
  assert.deepEqual((await documents.select('title').throwOnError()).data, [{ title: 'Ours' }])
  assert.ok(ofHarbor)
})

Deno.test('a header that names a workspace of others is refused, and so is one that is no UUID', async () => {
  const { harbor } = await twoWorkspaces()
  const eve = await signUp('eve')
  const cases = [[harbor, 403, 'PT403'], [crypto.randomUUID(), 403, 'PT403'], [
    'harbor',
    400,
    '22023',
  ]] as const
  for (const [id, status, code] of cases) {
    const headers = { 'x-workspace-id': id, 'content-profile': 'business' }
    const rest = await request('/rest/v1/rpc/pipeline_board', {
      method: 'POST',
      headers,
      body: '{}',
      token: eve.token,
    })
    assert.deepEqual([rest.status, (rest.body as { code: string }).code], [status, code], id)
    const searched = await request('/functions/v1/search', {
      method: 'POST',
      headers: { 'x-workspace-id': id },
      body: JSON.stringify({ q: 'x' }),
      token: eve.token,
    })
    assert.deepEqual([searched.status, (searched.body as { code: string }).code], [status, code], id)
  }
})

Deno.test('the workspace of the body of a function must not differ from the header', async () => {
  const { ann, harbor, lakeside } = await twoWorkspaces()
  const search = (inHeader: string, inBody: string): ReturnType<typeof request> =>
    request('/functions/v1/search', {
      method: 'POST',
      headers: { 'x-workspace-id': inHeader },
      body: JSON.stringify({ q: 'x', workspace_id: inBody }),
      token: ann.token,
    })
  assert.equal((await search(harbor, harbor.toUpperCase())).status, 200)
  const refused = await search(harbor, lakeside)
  assert.deepEqual([refused.status, (refused.body as { field: string }).field], [400, 'workspace_id'])
})

Deno.test('Storage reads the header: files of another workspace of the same person are not reached', async () => {
  const { ann, harbor, lakeside } = await twoWorkspaces()
  const bucket = (await clientIn(ann, harbor)).storage.from('apex-files')
  const path = `files/workspace_${harbor}/report.txt`
  assert.equal((await bucket.upload(path, 'wet')).error, null)
  assert.equal(await (await bucket.download(path)).data?.text(), 'wet')
  const elsewhere = (await clientIn(ann, lakeside)).storage.from('apex-files')
  assert.notEqual((await elsewhere.download(path)).error, null)
  assert.notEqual((await elsewhere.upload(`files/workspace_${harbor}/other.txt`, 'x')).error, null)
  assert.deepEqual((await elsewhere.list(`files/workspace_${harbor}`)).data, [])
  await bucket.remove([path])
})

Deno.test('changes of rows follow the workspace of the session, after it is switched and refreshed', async () => {
  const { ann, harbor, lakeside } = await twoWorkspaces()
  const heard: unknown[] = []
  const channel = ann.client.channel('jobs').on(
    'postgres_changes',
    { event: 'INSERT', schema: 'business', table: 'jobs' },
    ({ new: job }) => heard.push(job['city']),
  )
  await new Promise<void>((resolve, reject) =>
    channel.on('system', {}, ({ status }) => status === 'ok' ? resolve() : reject(new Error(status)))
      .subscribe()
  )
  const open = async (id: string, city: string): Promise<void> => {
    await (await clientIn(ann, id)).schema('business').from('jobs').insert({ city }).throwOnError()
  }
  await open(harbor, 'Unheard')
  await open(lakeside, 'Lynn')
  await until(() => heard.length === 1, 'the job of the session came')
  await workIn(ann, harbor)
  await ann.client.realtime.setAuth()
  await until(async () => {
    await open(harbor, 'Rockport')
    return heard.includes('Rockport')
  }, 'jobs of the other workspace come')
  const before = heard.length
  await open(lakeside, 'Salem')
  await open(harbor, 'Gloucester')
  await until(() => heard.includes('Gloucester'), 'the last job came')
  assert.deepEqual([heard[0], heard.slice(before).includes('Salem'), heard.includes('Unheard')], [
    'Lynn',
    false,
    false,
  ])
  await ann.client.removeAllChannels()
  await ann.client.realtime.disconnect()
})

Deno.test('the token of a deleted account is refused as such, whatever it asks', async () => {
  const ann = await signUp('leaver')
  await ann.client.rpc('delete_account').throwOnError()
  for (const path of ['/rest/v1/profiles', '/rest/v1/feature_flags', '/rest/v1/workspaces?select=name']) {
    const { status, body } = await request(path, { token: ann.token })
    assert.deepEqual([status, (body as { code: string }).code], [401, 'PT401'], path)
  }
  const inserted = await request('/rest/v1/tasks', {
    method: 'POST',
    headers: { 'content-profile': 'dashboard' },
    body: JSON.stringify({ title: 'Left behind' }),
    token: ann.token,
  })
  assert.deepEqual([inserted.status, (inserted.body as { code: string }).code], [401, 'PT401'])
})

Deno.test('a header that names a workspace of others is refused also where there is no row to read', async () => {
  const { harbor } = await twoWorkspaces()
  const eve = await signUp('eve')
  for (const path of ['/rest/v1/jobs?id=eq.987654321987', '/rest/v1/jobs', '/rest/v1/payments']) {
    const { status, body } = await request(path, {
      headers: { 'x-workspace-id': harbor, 'accept-profile': 'business' },
      token: eve.token,
    })
    assert.deepEqual([status, (body as { code: string }).code], [403, 'PT403'], path)
  }
})

Deno.test('counts of the planner, which know rows of all workspaces, are refused', async () => {
  const { ann } = await twoWorkspaces()
  for (const count of ['planned', 'estimated'] as const) {
    const { error, status } = await ann.client.schema('business').from('jobs').select('id', { count })
    assert.deepEqual([status, error?.code], [400, '22023'], count)
  }
  const { count } = await ann.client.schema('business').from('jobs').select('id', {
    count: 'exact',
    head: true,
  })
  assert.equal(count, 1)
})
