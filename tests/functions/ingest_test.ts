/** Files on the platform, from the upload to the search, and their removal. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { partId } from '../../functions/_shared/ingest/file_rows.ts'
import { fileLimits, FilesAnswer, FilesWorkReport } from '../../types/api.ts'
import { fromStorage } from '../../types/errors.ts'
import { env, type Person, service, signUp } from '../support/clients.ts'
import { end, type Instance, start } from '../support/instance.ts'
import { docx, paragraph } from '../../functions/_lib/extract/testing/archives.ts'
import { lines, pdf } from '../../functions/_lib/extract/testing/pdfs.ts'
import { sleep, until } from '../support/wait.ts'

const bucket = 'apex-files'

type Artifact = {
  id: string
  status: string
  last_error: string | null
  filepath: string
  report_week: string | null
}

/** As curl sends it. */
async function upload(
  person: { token: string },
  form: FormData,
  query = '',
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${env('SUPABASE_URL')}/functions/v1/files${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${person.token}`, apikey: env('SUPABASE_PUBLISHABLE_KEY') },
    body: form,
  })
  return { status: response.status, body: await response.json() }
}

function formOf(
  files: Record<string, string | Uint8Array<ArrayBuffer>>,
  fields: Record<string, string> = {},
): FormData {
  const form = new FormData()
  for (const [name, data] of Object.entries(files)) form.append('files[]', new File([data], name))
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return form
}

async function work(
  { SUPABASE_URL: url = env('SUPABASE_URL'), SUPABASE_SECRET_KEY: key = env('SUPABASE_SECRET_KEY') }: Record<
    string,
    string
  > = {},
  options: Record<string, number> = {},
): Promise<FilesWorkReport> {
  const response = await fetch(`${url}/functions/v1/files-work`, {
    method: 'POST',
    headers: { apikey: key, 'content-type': 'application/json' },
    body: JSON.stringify(options),
  })
  const body = await response.json()
  assert.equal(response.status, 200, JSON.stringify(body))
  return FilesWorkReport.parse(body)
}

/** Processes the queue until the files are searchable or have failed. */
async function settled(
  read: () => Promise<Artifact[]>,
  workOnce: () => Promise<unknown> = work,
  // Thousands of vectors take a while in the embedded database, beside other tests.
  timeoutMs = 600_000,
): Promise<Artifact[]> {
  const deadline = Date.now() + timeoutMs
  let rows = await read()
  while (!rows.every(({ status }) => status === 'searchable' || status === 'failed')) {
    assert.ok(Date.now() < deadline, `waited in vain: ${JSON.stringify(rows)}`)
    await workOnce()
    await sleep(100)
    rows = await read()
  }
  return rows
}

function reader(client: SupabaseClient, ids: readonly (string | null)[]): () => Promise<Artifact[]> {
  return async () => {
    const { data } = await client.from('artifacts').select('id, status, last_error, filepath, report_week')
      .in('id', ids).throwOnError()
    return data as Artifact[]
  }
}

/** Uploads, processes, and returns the rows in the order of the files. */
async function ingest(person: Person, form: FormData, query = ''): Promise<Artifact[]> {
  const { status, body } = await upload(person, form, query)
  assert.equal(status, 200, JSON.stringify(body))
  const { results } = FilesAnswer.parse(body)
  assert.deepEqual(results.map(({ error }) => error), results.map(() => null))
  const ids = results.map(({ artifact_id }) => artifact_id)
  const rows = await settled(reader(person.client as unknown as SupabaseClient, ids))
  return ids.map((id) => rows.find((row) => row.id === id) as Artifact)
}

async function search(person: Person, query: string): Promise<Record<string, unknown>[]> {
  const client = person.client as unknown as SupabaseClient
  const { data } = await client.rpc('search', { query }).throwOnError()
  return data
}

function csv(rows: number, word = 'dehumidifier'): string {
  const text = ['id,room,moisture,notes']
  for (let row = 0; row < rows; row++) {
    text.push(`${row},room ${row % 7},${row % 100},${word} ${row} was placed`)
  }
  return `${text.join('\n')}\n`
}

Deno.test('a PDF, a Word file, an API description and a page become searchable, each passage with its location', async () => {
  const ann = await signUp('ann')
  const api = JSON.stringify({
    openapi: '3.0.0',
    info: { title: 'Pumps', version: '1' },
    paths: { '/pumps/{id}/drain': { post: { operationId: 'drainPump', summary: 'Drains a basement pump' } } },
  })
  const [report, letter, pumps, page] = await ingest(
    ann,
    formOf({
      'report.pdf': await pdf([
        lines(['Moisture report', 'The kitchen is dry.']),
        lines(['Second page', 'The conservatory smells of mildew.']),
      ]),
      'letter.docx': await docx(
        paragraph('Roof', 'Heading1') + paragraph('The chimney flashing came loose.'),
      ),
      'pumps.json': api,
      'notes.md': '# Cellar\n\nThe cellar door is swollen.\n',
    }, { report_week: '2026-W01' }),
  )
  for (const row of [report, letter, pumps, page]) {
    assert.deepEqual([row?.status, row?.last_error, row?.report_week], ['searchable', null, '2026-W01'])
  }
  const [mildew] = await search(ann, 'mildew in the conservatory')
  assert.deepEqual([mildew?.artifact_id, mildew?.filename, mildew?.page], [report?.id, 'report.pdf', 2])
  const { deeplink } = mildew?.meta as { deeplink: Record<string, unknown> }
  assert.deepEqual([deeplink.panel, deeplink.artifact_id, deeplink.page], ['workspace', report?.id, 2])
  const [flashing] = await search(ann, 'chimney flashing')
  assert.deepEqual([flashing?.artifact_id, flashing?.heading, flashing?.document_type], [
    letter?.id,
    'Roof',
    'docx',
  ])
  const [drain] = await search(ann, 'drain a basement pump')
  const link = (drain?.meta as { deeplink: Record<string, unknown> }).deeplink
  assert.equal(link.panel, 'apis')
  const client = ann.client as unknown as SupabaseClient
  const { data: endpoint } = await client.from('api_endpoints').select('id, method, path, document_id')
    .eq('id', link.api_id).single().throwOnError()
  assert.deepEqual(endpoint, {
    id: partId(pumps?.id ?? '', 'api_endpoint', 0),
    method: 'POST',
    path: '/pumps/{id}/drain',
    document_id: pumps?.id,
  })
  const eve = await signUp('eve')
  assert.deepEqual(await search(eve, 'mildew'), [], 'another user finds nothing')
})

Deno.test('each passage is read in its language, and codes are found in any spelling', async () => {
  const ann = await signUp('ann')
  const [file] = await ingest(
    ann,
    formOf({
      'terms.md': [
        '# A\n\nThe warehouses are closed on public holidays and open in the mornings on Saturdays.\n',
        '# B\n\nDie Kündigungsfristen betragen drei Monate zum Ende des Quartals, sofern nichts anderes vereinbart ist.\n',
        '# C\n\n由于道路封闭,备件的交货推迟到下周。退款政策:客户可以在三十天内申请退款。\n',
        '# D\n\nPPR\u20119087\n',
      ].join('\n'),
    }),
  )
  assert.equal(file?.status, 'searchable', file?.last_error ?? '')
  const client = ann.client as unknown as SupabaseClient
  const { data: passages } = await client.from('search_chunks').select('heading, language').eq(
    'document_id',
    file?.id,
  )
    .order('chunk_index').eq('source_type', 'markdown').throwOnError()
  assert.deepEqual(
    passages,
    [['A', 'en'], ['B', 'de'], ['C', 'zh'], ['D', 'und']].map(([heading, language]) => ({
      heading,
      language,
    })),
  )
  for (
    const [question, found] of [
      ['is a warehouse closed on a holiday', /warehouses are closed/],
      ['Welche Frist hat eine Kuendigung?', /Kündigungsfristen/],
      ['什么时候可以退款', /可以在三十天内申请退款/],
      ['ppr9087', /PPR\u20119087/],
      ['9087', /PPR\u20119087/],
    ] as const
  ) {
    const { data } = await client.rpc('search', { query: question, max_results: 1 }).throwOnError()
    assert.match(`${data?.[0]?.text}`, found, question)
  }
})

Deno.test('a table of many pieces becomes searchable', async () => {
  const ann = await signUp('ann')
  const [table] = await ingest(ann, formOf({ 'rooms.csv': csv(5_000) }), '?report_week=2026-W02')
  assert.deepEqual([table?.status, table?.report_week], ['searchable', '2026-W02'])
  const [found] = await search(ann, 'dehumidifier 4999')
  assert.equal(found?.artifact_id, table?.id)
  assert.match(String(found?.text), /4999/)
})

Deno.test('a file that cannot be read fails with the reason; the others are read', async () => {
  const ann = await signUp('ann')
  const [broken, old, good] = await ingest(
    ann,
    formOf({
      'broken.pdf': '%PDF-1.7\nbroken',
      'old.doc': Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0, 0, 0]),
      'good.txt': 'Sandbags lie in the garage.',
    }),
  )
  assert.deepEqual([broken?.status, broken?.last_error?.split(':')[0]], ['failed', 'damaged_file'])
  assert.deepEqual([old?.status, old?.last_error?.split(':')[0]], ['failed', 'legacy_format'])
  assert.equal(good?.status, 'searchable')
  assert.equal((await search(ann, 'sandbags'))[0]?.artifact_id, good?.id)
})

Deno.test('reading a file again writes the same rows', async () => {
  const ann = await signUp('ann')
  const [note] = await ingest(ann, formOf({ 'note.txt': 'The sump pump hums at night.' }))
  const client = ann.client as unknown as SupabaseClient
  const chunks = async (): Promise<unknown> =>
    (await client.from('search_chunks').select('id, text, embedding').eq('document_id', note?.id).order('id')
      .throwOnError()).data
  const before = await chunks()
  await client.rpc('reprocess_artifact', { artifact_id: note?.id }).throwOnError()
  const [after] = await settled(reader(client, [note?.id ?? '']))
  assert.equal(after?.status, 'searchable')
  assert.deepEqual(await chunks(), before)
})

Deno.test('a deleted file leaves no trace', async () => {
  const ann = await signUp('ann')
  const marker = `zorble${crypto.randomUUID().slice(0, 8)}`
  const [file] = await ingest(ann, formOf({ 'trace.csv': csv(200, marker) }))
  const sql = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })
  try {
    const traces = async (): Promise<string[]> => {
      const tables = await sql<{ name: string }[]>`
        select c.oid::regclass::text as name from pg_catalog.pg_class as c
        where c.relkind = 'r' and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace,
          'dashboard'::regnamespace, 'business'::regnamespace, 'storage'::regnamespace)`
      const found: string[] = []
      for (const { name } of tables) {
        const [row] = await sql.unsafe(
          `select count(*)::integer as count from ${name} as t where t::text ~ '${marker}|${file?.id}'`,
        )
        if (row?.count > 0) found.push(name)
      }
      return found.sort()
    }
    const before = await traces()
    for (const name of ['artifacts', 'documents', 'document_tables', 'evidence', 'facts', 'search_chunks']) {
      assert.ok(before.some((table) => table.endsWith(name)), name)
    }
    const client = ann.client as unknown as SupabaseClient
    await client.from('artifacts').delete().eq('id', file?.id).throwOnError()
    await work()
    assert.deepEqual(await traces(), [])
    assert.deepEqual(await search(ann, marker), [])
    const { data } = await client.storage.from(bucket).list(file?.filepath.split('/').slice(0, -1).join('/'))
    assert.deepEqual(data, [])
  } finally {
    await sql.end()
  }
})

Deno.test('users cannot store files in workspaces or jobs of others', async () => {
  const ann = await signUp('ann')
  const eve = await signUp('eve')
  const client = ann.client as unknown as SupabaseClient
  const { data: workspace } = await client.from('workspaces').select('id').eq('personal_of', ann.id).single()
    .throwOnError()
  const { data: job } = await client.schema('business').from('jobs').insert({ workspace_id: workspace?.id })
    .select('id').single()
    .throwOnError()
  const targets = [
    [{ workspace_id: String(workspace?.id) }, 'PT403'],
    [{ job_id: `${job?.id}` }, '42501'],
    [{ job_id: '987654321987' }, '42501'],
  ] as const
  for (const [target, code] of targets) {
    const { status, body } = await upload(eve, formOf({ 'x.txt': 'x' }, target))
    const [result] = FilesAnswer.parse(body).results
    assert.deepEqual([status, result?.status, result?.error?.kind, result?.error?.code], [
      200,
      'error',
      'authorization',
      code,
    ])
  }
  const { data: mine } = await client.from('artifacts').select('id').throwOnError()
  assert.deepEqual(mine, [])
})

Deno.test('with too many files that are not read yet, an upload is refused for now', async () => {
  const ann = await signUp('ann')
  await service().schema('studio').from('limits')
    .insert({ name: 'pending_files', user_id: ann.id, value: 0 }).throwOnError()
  const answer = await fetch(`${env('SUPABASE_URL')}/functions/v1/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ann.token}`, apikey: env('SUPABASE_PUBLISHABLE_KEY') },
    body: formOf({ 'x.txt': 'x', 'empty.txt': '' }),
  })
  const { results } = FilesAnswer.parse(await answer.json())
  assert.deepEqual(
    [
      answer.status,
      answer.headers.get('retry-after'),
      results.map(({ error }) => [error?.code, error?.retry_after]),
    ],
    [200, '60', [['PT429', 60], ['empty_file', null]]],
  )
  const { status } = await upload(ann, formOf({ 'x.txt': 'x' }))
  assert.equal(status, 429)

  const client = ann.client as unknown as SupabaseClient
  const { data: workspace } = await client.rpc('current_workspace').throwOnError()
  const path = `files/workspace_${workspace}/${crypto.randomUUID()}.txt`
  const direct = await fetch(`${env('SUPABASE_URL')}/storage/v1/object/${bucket}/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ann.token}`, apikey: env('SUPABASE_PUBLISHABLE_KEY') },
    body: 'x',
  })
  assert.deepEqual([direct.status, direct.headers.get('retry-after'), (await direct.json()).code], [
    429,
    '60',
    'PT429',
  ])
  const { error } = await client.storage.from(bucket).upload(path, new Blob(['x']))
  assert.ok(error)
  const refusal = fromStorage(error)
  assert.ok(refusal.kind === 'rate_limit')
  assert.deepEqual([refusal.code, refusal.status, refusal.retryAfter, refusal.retryable], [
    'PT429',
    429,
    60,
    true,
  ])
  assert.equal((await client.from('artifacts').select('id').throwOnError()).data?.length, 0)

  await service().schema('studio').from('limits').update({ value: 1 }).eq('user_id', ann.id).throwOnError()
  assert.equal((await ingest(ann, formOf({ 'x.txt': 'x' })))[0]?.status, 'searchable')
})

Deno.test('URLs inside of the network are disallowed', async () => {
  const ann = await signUp('ann')
  const urls = [
    'http://169.254.169.254/latest/meta-data',
    'http://localhost:54321/',
    'http://[::1]/',
    'file:///etc/passwd',
  ]
  const { data, error } = await ann.client.functions.invoke('files', { body: { urls } })
  assert.equal(error, null)
  const { results } = FilesAnswer.parse(data)
  assert.deepEqual(results.map((result) => [result.filename, result.status, result.error?.code]), [
    [urls[0], 'error', 'disallowed_url'],
    [urls[1], 'error', 'disallowed_url'],
    [urls[2], 'error', 'disallowed_url'],
    [urls[3], 'error', 'invalid_url'],
  ])
  assert.match(results[0]?.error?.message ?? '', /disallowed/)
})

Deno.test('an invalid upload is refused as a whole', async () => {
  const ann = await signUp('ann')
  const cases: [FormData, string, string][] = [
    [formOf({}), 'invalid_request', 'no files'],
    [formOf({ 'x.txt': 'x' }, { job_id: 'x' }), 'invalid_request', 'job_id is not a number'],
    [formOf({ 'x.txt': 'x' }, { folder: 'secrets' }), 'invalid_request', 'an unknown folder'],
    [formOf({ 'x.txt': 'x' }, { folder: 'receipts' }), 'invalid_request', 'a folder without its job'],
    [formOf({ 'x.txt': 'x' }, { colour: 'red' }), 'invalid_request', 'an unknown field'],
    [
      formOf(Object.fromEntries(Array.from({ length: fileLimits.files + 1 }, (_, n) => [`${n}.txt`, 'x']))),
      'invalid_request',
      'too many files',
    ],
  ]
  for (const [form, code, told] of cases) {
    const { status, body } = await upload(ann, form)
    assert.deepEqual([status, (body as { code: string }).code], [400, code], told)
  }
  const empty = FilesAnswer.parse((await upload(ann, formOf({ 'empty.txt': '' }))).body).results[0]
  assert.deepEqual([empty?.status, empty?.error?.code, empty?.error?.status], ['error', 'empty_file', 422])
  const send = (headers: Record<string, string>, body: string): Promise<Response> =>
    fetch(`${env('SUPABASE_URL')}/functions/v1/files`, { method: 'POST', headers, body })
  const bearer = { authorization: `Bearer ${ann.token}` }
  const answers: [Response, number, string][] = [
    [await send({ ...bearer, 'content-type': 'text/plain' }, 'x'), 415, 'unsupported_media_type'],
    [await send({ ...bearer, 'content-type': 'multipart/form-data; boundary=x' }, 'x'), 400, 'invalid_form'],
    [await send({ ...bearer, 'content-type': 'application/json' }, '{"work": true}'), 400, 'invalid_request'],
  ]
  for (const [response, status, code] of answers) {
    const body = await response.json()
    assert.deepEqual([response.status, body.code], [status, code])
  }
  const anonymous = await send({ 'content-type': 'application/json' }, '{"url": "https://example.com/"}')
  assert.equal(anonymous.status, 401)
  await anonymous.body?.cancel()
  const large = new Uint8Array(fileLimits.bytes)
  const refused = await upload(ann, formOf({ 'large.txt': large }))
  assert.deepEqual([refused.status, (refused.body as { code: string }).code], [413, 'body_too_large'])
})

Deno.test('only a secret key may have files read, within limits', async () => {
  const ann = await signUp('ann')
  const send = async (headers: Record<string, string>, body: unknown): Promise<[number, string]> => {
    const response = await fetch(`${env('SUPABASE_URL')}/functions/v1/files-work`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return [response.status, (await response.json()).kind]
  }
  assert.deepEqual(await send({}, {}), [401, 'authentication'])
  assert.deepEqual(await send({ authorization: `Bearer ${ann.token}` }, {}), [401, 'authentication'])
  assert.deepEqual(await send({ apikey: env('SUPABASE_PUBLISHABLE_KEY') }, {}), [401, 'authentication'])
  const secret = { apikey: env('SUPABASE_SECRET_KEY') }
  for (const limits of [{ lease_seconds: 1 }, { budget_seconds: 301 }, { work: true }]) {
    assert.deepEqual(await send(secret, limits), [400, 'validation'])
  }
})

Deno.test('kill -9 during reading and during embedding does not change the result', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-ingest-'))
  const text = csv(8_000)
  let instance: Instance | null = null
  try {
    instance = await start(['--data', folder, '--no-seed'])
    const connect = ({ env }: Instance): SupabaseClient =>
      createClient(env.SUPABASE_URL ?? '', env.SUPABASE_SECRET_KEY ?? '', {
        auth: { persistSession: false, autoRefreshToken: false },
      })
    const signedUp = await connect(instance).auth.signUp({
      email: 'durable@example.com',
      password: 'a-long-password',
    })
    assert.equal(signedUp.error, null)
    const user = signedUp.data.user?.id
    const sqlOf = ({ env }: Instance): postgres.Sql =>
      postgres(env.DATABASE_URL ?? '', { max: 1, onnotice: () => {} })
    let sql = sqlOf(instance)
    await sql.unsafe(`
      create table private.embedded_log (chunk_id uuid);
      create function private.log_embedded() returns trigger language plpgsql as $$
      begin insert into private.embedded_log values (new.id); return null; end $$;
      create trigger search_chunks_log_embedded after update of embedding on public.search_chunks
        for each row when (new.embedding is not null) execute function private.log_embedded();`)
    const store = async (name: string, bytes: string): Promise<string> => {
      const path = `chat/user_${user}/${name}`
      const { error } = await connect(instance as Instance).storage.from(bucket).upload(path, bytes, {
        contentType: 'text/csv',
      })
      assert.equal(error, null)
      const [row] = await sql`select id from public.artifacts where filepath = ${path}`
      assert.ok(row)
      return row.id
    }
    const count = async (what: 'chunks' | 'embedded'): Promise<number> => {
      const [row] = await sql`select count(*)::integer as chunks, count(embedding)::integer as embedded
        from public.search_chunks`
      return row?.[what]
    }
    const crash = async (when: () => Promise<boolean>): Promise<void> => {
      const running = instance as Instance
      const working = work(running.env, { lease_seconds: 5, budget_seconds: 60 }).catch(() => {})
      await until(when, 'the worker got that far').catch((cause) => {
        throw new Error(running.output().slice(-1500), { cause })
      })
      await end(running, 'SIGKILL')
      await working
      await sql.end({ timeout: 0 }).catch(() => {})
      instance = await start(['--data', folder, '--no-seed'])
      sql = sqlOf(instance)
    }
    const first = await store('first.csv', text)
    await crash(async () => await count('chunks') > 0)
    const [halfway] = await sql`select status from public.artifacts where id = ${first}`
    assert.equal(halfway?.status, 'processing', 'it was being read')
    const partial = await count('chunks')
    assert.ok(partial > 0, 'stored batches are kept')
    // Claims of a dead worker return when their lease expires; the test does not wait for that.
    await sql`update private.ingestion_jobs set available_at = now()`
    // Two deaths without progress would fail the file, as one that kills its reader.
    await crash(async () => await count('embedded') > 0 && await count('chunks') > partial)

    const embeddedBefore = await count('embedded')
    assert.ok(embeddedBefore > 0)
    await sql`update private.embedding_jobs set available_at = now()`
    const state = async (): Promise<Artifact[]> =>
      await sql<Artifact[]>`select id, status, last_error, filepath, report_week from public.artifacts`
    const again = (): Promise<FilesWorkReport> => work(instance?.env, { lease_seconds: 5 })
    assert.deepEqual((await settled(state, again)).map(({ status }) => status), ['searchable'])
    const [log] = await sql`select count(*)::integer as stored, count(distinct chunk_id)::integer as passages
      from private.embedded_log`
    assert.deepEqual([log?.stored, log?.passages], [await count('chunks'), await count('chunks')])

    // An empty line makes it another file: the same bytes would share the passages of the first.
    const second = await store('second.csv', `${text}\n`)
    await settled(state, again)
    const contents = async (id: string): Promise<unknown> => [
      ...await sql`select chunk_index, text, heading, meta - 'deeplink' as meta, embedding::text
        from public.search_chunks where document_id = ${id} order by chunk_index, text`,
      ...await sql`select "order", json from public.document_tables where document_id = ${id}
        order by "order", (json ->> 'row_start')::integer`,
      ...await sql`select content_type, preview from public.evidence where artifact_id = ${id} order by 1, 2`,
      ...await sql`select entity, metrics from public.facts where artifact_id = ${id} order by 1, 2`,
    ]
    assert.deepEqual(await contents(first), await contents(second), 'the same rows as without a crash')
    await sql.end()
  } finally {
    if (instance) await end(instance)
    await rm(folder, { recursive: true, force: true })
  }
})
