/** Documents, facts, evidence and memories, by the requests that published clients send. */
import { strict as assert } from 'node:assert'
import { env, type Person, request, service, signUp } from '../support/clients.ts'

type Row = Record<string, unknown>

interface Api {
  get(path: string): Promise<Row[]>
  post(path: string, body: unknown, prefer?: string): Promise<Row[]>
  patch(path: string, body: unknown): Promise<Row[]>
  remove(path: string): Promise<Row[]>
}

function api({ token, key }: { token?: string; key?: string }): Api {
  const access = { ...(token ? { token } : {}), ...(key ? { key } : {}) }
  const call = async (method: string, path: string, body?: unknown, prefer = 'return=representation') => {
    const answer = await request(`/rest/v1/${path}`, {
      method,
      ...access,
      headers: { prefer },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body as Row[]
  }
  return {
    get: (path) => call('GET', path),
    post: (path, body, prefer) => call('POST', path, body, prefer),
    patch: (path, body) => call('PATCH', path, body),
    remove: (path) => call('DELETE', path),
  }
}

const upsert = 'return=representation,resolution=merge-duplicates'
const names = (rows: Row[]): unknown[] => rows.map(({ filename }) => filename)

/** A user with two files. Their extraction is written with the secret key. */
async function library(): Promise<
  { ann: Person; mine: Api; file: string; other: string; workspace_id: unknown }
> {
  const ann = await signUp('ann')
  const mine = api(ann)
  const [file, other] = [crypto.randomUUID(), crypto.randomUUID()]
  const [row] = await mine.post('artifacts', { id: file, filename: 'report.pdf', report_week: '2026-W01' })
  await mine.post('artifacts', { id: other, filename: 'rooms.csv' })
  return { ann, mine, file, other, workspace_id: row?.['workspace_id'] }
}

Deno.test('files are added with client-generated ids, read by page, changed and removed', async () => {
  const { ann, mine, file, other } = await library()
  assert.deepEqual(names(await mine.get('artifacts?order=filename')), ['report.pdf', 'rooms.csv'])
  assert.deepEqual(names(await mine.get(`artifacts?id=eq.${file}`)), ['report.pdf'])
  assert.deepEqual(names(await mine.get('artifacts?limit=1&offset=1&order=filename')), ['rooms.csv'])
  assert.deepEqual(await mine.get(`artifacts?select=id,filename,status&id=eq.${file}`), [
    { id: file, filename: 'report.pdf', status: 'uploaded' },
  ])
  assert.equal((await mine.get('artifacts?order=created_at.desc')).length, 2)
  assert.deepEqual(await mine.get(`artifacts?select=extras&id=eq.${file}`), [{ extras: {} }])
  for (
    const [filter, found] of [
      ['filename=like.*pdf', ['report.pdf']],
      ['filename=ilike.*ROOMS*', ['rooms.csv']],
      ['status=neq.deleted&order=filename', ['report.pdf', 'rooms.csv']],
      ['file_size=is.null&filename=in.(report.pdf)', ['report.pdf']],
      ['created_at=lt.2024-01-01', []],
      ['created_at=gte.2024-01-01&filename=eq.rooms.csv', ['rooms.csv']],
    ] as const
  ) assert.deepEqual(names(await mine.get(`artifacts?${filter}`)), found, filter)

  await mine.post('artifacts?on_conflict=id', { id: other, filename: 'rooms 2.csv' }, upsert)
  assert.deepEqual(names(await mine.get(`artifacts?id=eq.${other}`)), ['rooms 2.csv'])
  assert.deepEqual(names(await mine.remove(`artifacts?id=eq.${other}`)), ['rooms 2.csv'])

  const eve = await signUp('eve')
  const theirs = api(eve)
  assert.deepEqual(await theirs.get(`artifacts?id=eq.${file}`), [])
  assert.deepEqual(await theirs.patch(`artifacts?id=eq.${file}`, { report_week: 'x' }), [])
  assert.deepEqual(await theirs.remove(`artifacts?id=eq.${file}`), [])
  assert.deepEqual(
    names((await ann.client.from('artifacts').select().eq('id', file).throwOnError()).data),
    ['report.pdf'],
  )
})

Deno.test('only the secret key changes the status of a file', async () => {
  const { file } = await library()
  const secret = api({ key: env('SUPABASE_SECRET_KEY') })
  assert.deepEqual(
    (await secret.patch(`artifacts?id=eq.${file}`, { status: 'processed' }))[0]?.['status'],
    'processed',
  )
})

Deno.test('facts are found by file, week and full text, with their file and evidence; all are deleted with the file', async () => {
  const { mine, file } = await library()
  const reader = api({ key: env('SUPABASE_SECRET_KEY') })
  const evidence = crypto.randomUUID()
  await reader.post('evidence?on_conflict=id&columns=id,artifact_id,preview,content_type', [
    { id: evidence, artifact_id: file, preview: 'Revenue | 1200', content_type: 'table' },
    { id: crypto.randomUUID(), artifact_id: file, preview: 'a chart', content_type: 'chart' },
  ], upsert)
  const fact = { id: crypto.randomUUID(), artifact_id: file, report_week: '2026-W01', evidence_id: evidence }
  await reader.post('facts?on_conflict=id', { ...fact, entity: 'Harbor', metrics: { revenue: 1200 } }, upsert)
  await mine.post('facts', { artifact_id: file, entity: 'Harbor', metrics: { losses: 3 } })

  assert.equal((await mine.get(`facts?artifact_id=eq.${file}`)).length, 2)
  assert.deepEqual((await mine.get('facts?content=fts.revenue')).map(({ id }) => id), [fact.id])
  assert.deepEqual(await mine.get('facts?content=fts.profits'), [])
  assert.deepEqual(await mine.get(`facts?select=id,artifact:artifacts(filename)&id=eq.${fact.id}`), [
    { id: fact.id, artifact: { filename: 'report.pdf' } },
  ])
  assert.equal((await mine.get('facts?select=*&report_week=eq.2026-W01')).length, 1)
  assert.deepEqual(await mine.get('evidence?select=id,preview,content_type&content_type=eq.table'), [
    { id: evidence, preview: 'Revenue | 1200', content_type: 'table' },
  ])
  const [counts] = await mine.get(`artifacts?select=table_evidence,chart_evidence&id=eq.${file}`)
  assert.deepEqual(counts, { table_evidence: 1, chart_evidence: 1 })

  await mine.remove(`artifacts?id=eq.${file}`)
  assert.deepEqual(await mine.get('facts'), [])
  assert.deepEqual(await mine.get('evidence'), [])
})

Deno.test('the extraction of a document is upserted, filtered and cleared', async () => {
  const { mine, file, workspace_id } = await library()
  const reader = api({ key: env('SUPABASE_SECRET_KEY') })
  const document_id = file
  await reader.post(
    'documents?on_conflict=id',
    { id: file, artifact_id: file, type: 'pdf', title: 'Report' },
    upsert,
  )
  const rows: [string, Row, string][] = [
    ['document_sections', { document_id, order: 0, text: 'Water.' }, `document_id=eq.${file}`],
    [
      'document_tables',
      { document_id, order: 0, json: { columns: ['a'], rows: [['1']] } },
      `document_id=eq.${file}`,
    ],
    ['api_endpoints', { document_id, name: 'Jobs', method: 'GET', path: '/jobs' }, 'method=eq.GET'],
    [
      'log_entries',
      { document_id, level: 'ERROR', code: 'E1', message: 'down' },
      `level=eq.ERROR&code=eq.E1&document_id=eq.${file}`,
    ],
    ['tags', { document_id, tag: 'moisture', score: 0.5 }, `document_id=eq.${file}`],
    [
      'summaries',
      { workspace_id, scope: 'workspace', scope_key: 'K', style: 'bullet', summary_text: 'Wet.' },
      'scope_key=eq.K&style=eq.bullet&order=created_at.desc&limit=1',
    ],
    [
      'search_chunks',
      { document_id, source_type: 'pdf', text: 'Water in the basement.' },
      `document_id=eq.${file}`,
    ],
  ]
  for (const [table, row, filter] of rows) {
    const keyed = { id: crypto.randomUUID(), ...row }
    for (let turn = 0; turn < 2; turn++) await reader.post(`${table}?on_conflict=id`, keyed, upsert)
    assert.deepEqual(await mine.get(`${table}?select=id&${filter}`), [{ id: keyed.id }], table)
  }
  for (let turn = 0; turn < 2; turn++) {
    await reader.post(
      'document_structure?on_conflict=document_id',
      { document_id, hierarchy: { turn } },
      upsert,
    )
  }
  assert.deepEqual(await mine.get(`document_structure?select=hierarchy&document_id=eq.${file}`), [{
    hierarchy: { turn: 1 },
  }])
  await mine.post('document_entities', { document_id, label: 'ORG', text: 'Harbor' })
  await mine.post('document_metric_hits', { document_id, type: 'revenue', value: '1200' })
  await mine.post('tag_prompts', { document_id, prompt_text: 'Which tags?' })
  // The published client sends unknown values like this.
  await reader.post('tag_prompts', {
    id: crypto.randomUUID(),
    document_id,
    prompt_text: 'And which not?',
    examples: null,
    created_at: '2024-05-01T10:00:00Z',
    author: null,
  })
  const [{ created_at }] = await mine.get(`documents?select=created_at&id=eq.${file}`) as [Row]
  for (const id of [file, crypto.randomUUID()]) {
    const document = { id, workspace_id, artifact_id: file, path: 'a.pdf', type: 'pdf', title: 'Report' }
    await reader.post(
      'documents?on_conflict=id',
      { ...document, source: 'watch|upload', created_at: null },
      upsert,
    )
    const [stored] = await mine.get(`documents?select=created_at&id=eq.${id}`) as [Row]
    if (id === file) assert.equal(stored['created_at'], created_at)
    else await reader.remove(`documents?id=eq.${id}`)
  }
  assert.deepEqual(await mine.get(`documents?select=title&type=eq.pdf`), [{ title: 'Report' }])
  assert.equal((await mine.get(`log_entries?select=message&document_id=eq.${file}`))[0]?.['message'], 'down')
  assert.equal((await mine.get(`document_entities?select=*&document_id=eq.${file}&label=eq.ORG`)).length, 1)
  assert.equal(
    (await mine.get(`document_metric_hits?select=*&document_id=eq.${file}&type=eq.revenue`)).length,
    1,
  )
  const prompts = `tag_prompts?select=*&document_id=eq.${file}&order=created_at.desc&limit=5`
  assert.deepEqual((await mine.get(prompts)).map(({ prompt_text }) => prompt_text), [
    'Which tags?',
    'And which not?',
  ])
  for (const table of ['document_entities', 'document_structure', 'document_metric_hits']) {
    assert.equal((await mine.remove(`${table}?document_id=eq.${file}`)).length, 1, table)
  }
})

Deno.test('memories are stored and read by category, by their owner and with the secret key', async () => {
  const ann = await signUp('ann')
  const mine = api(ann)
  const secret = api({ key: env('SUPABASE_SECRET_KEY') })
  const content = { text: 'Prefers text messages' }
  await secret.post('cipher_memory', {
    user_id: ann.id,
    category: 'insight',
    content,
    context: { source: 'chat' },
  })
  await mine.post('cipher_memory', { category: 'conversation', content: { text: 'Asked about drying' } })
  assert.deepEqual(
    await mine.get(
      `cipher_memory?select=content&category=eq.insight&user_id=eq.${ann.id}&order=created_at.desc&limit=5`,
    ),
    [{ content }],
  )
  assert.equal((await secret.get(`cipher_memory?user_id=eq.${ann.id}`)).length, 2)
  const eve = api(await signUp('eve'))
  assert.deepEqual(await eve.get('cipher_memory'), [])
  for (let turn = 0; turn < 2; turn++) await mine.post('user_prefs', { preferences: { turn } }, upsert)
  assert.deepEqual(await mine.get(`user_prefs?select=preferences&user_id=eq.${ann.id}`), [{
    preferences: { turn: 1 },
  }])
})

Deno.test('skills are filtered by whether they are enabled', async () => {
  const ann = await signUp('ann')
  const mine = api(ann)
  const { data: workspace } = await service().from('workspaces').select('id').eq('personal_of', ann.id)
    .single()
    .throwOnError()
  const [skill] = await mine.post('skills_registry', { name: 'Drying', workspace_id: workspace.id })
  assert.equal((await mine.get(`skills_registry?select=*&enabled=eq.True&id=eq.${skill?.['id']}`)).length, 1)
  assert.equal((await mine.patch(`skills_registry?id=eq.${skill?.['id']}`, { enabled: false })).length, 1)
  assert.equal((await mine.get(`skills_registry?select=*&enabled=eq.True&id=eq.${skill?.['id']}`)).length, 0)
})
