/** /functions/v1/search of the platform, called by users over HTTP. */
import assert from 'node:assert/strict'
import { lexical } from '../../functions/_shared/embeddings/lexical.ts'
import { toNumbers } from '../../functions/_shared/embeddings/vectors.ts'
import { RebuildSearchAnswer, SearchAnswer } from '../../types/api.ts'
import { env, type Person, request, signUp } from '../support/clients.ts'

const { signal } = new AbortController()

async function search(person: Person, body: unknown, path = ''): Promise<{ status: number; body: unknown }> {
  return await request(`/functions/v1/search${path}`, {
    method: 'POST',
    token: person.token,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

async function find(person: Person, body: Record<string, unknown>): Promise<SearchAnswer> {
  const answer = await search(person, body)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return SearchAnswer.parse(answer.body)
}

const texts = async (person: Person, body: Record<string, unknown>): Promise<string[]> =>
  (await find(person, body)).results.map(({ text }) => text)

type Passage = { text: string; source_type: string; page?: number; meta?: Record<string, string | number> }

/** A user with two documents in the personal workspace, whose passages have vectors of the model, if any. */
async function owner(
  name: string,
  model: string | null = lexical.model,
): Promise<Person & { documents: [string, string] }> {
  const person = await signUp(name)
  const db = person.client
  // A workspace keeps the model it is first embedded with.
  if (model) await db.rpc('reembed', { model, dimensions: 384 }).throwOnError()
  const documents: [string, string] = [crypto.randomUUID(), crypto.randomUUID()]
  await db.from('documents').insert([
    { id: documents[0], type: 'pdf', title: 'Roof report' },
    { id: documents[1], type: 'openapi', title: 'Interface' },
  ]).throwOnError()
  await db.from('tags').insert({ document_id: documents[1], tag: 'Interfaces' }).throwOnError()
  const passages: Passage[] = [
    { text: 'The shingles of the roof are broken.', source_type: 'pdf', page: 3 },
    { text: 'Water ran down behind the shingles.', source_type: 'pdf' },
    { text: 'GET /shingles lists all shingles', source_type: 'api', meta: { id: 'endpoint-1', lang: 'en' } },
    { text: 'No shingles left', source_type: 'log', meta: { code: 'E7' } },
    { text: 'shingles', source_type: 'tag', meta: { tag: 'Shingles' } },
  ]
  const vectors = await lexical.embed(passages.map(({ text }) => text), signal)
  await db.from('search_chunks').insert(passages.map(({ text, source_type, page, meta }, index) => ({
    document_id: documents[source_type === 'pdf' ? 0 : 1],
    source_type,
    chunk_index: index,
    text,
    page: page ?? null,
    meta: meta ?? {},
    ...(model
      ? {
        embedding: JSON.stringify(toNumbers(vectors[index] ?? new Float32Array())),
        embedding_model: lexical.model,
      }
      : {}),
  }))).throwOnError()
  return { ...person, documents }
}

Deno.test('a search returns the published shape', async () => {
  const ann = await owner('ann')
  const { status, body } = await search(ann, { q: 'broken shingles roof' })
  assert.equal(status, 200)
  const raw = body as Record<string, unknown>
  assert.deepEqual(Object.keys(raw), ['took_ms', 'count', 'results'])
  const { took_ms, count, results } = SearchAnswer.parse(raw)
  assert.ok(took_ms >= 0)
  assert.equal(count, results.length)
  const [first] = results
  assert.ok(first)
  assert.deepEqual(Object.keys(first), ['score', 'text', 'meta'])
  assert.deepEqual([first.text, first.score, first.meta.type], [
    'The shingles of the roof are broken.',
    1,
    'pdf',
  ])
  assert.deepEqual(first.meta.deeplink, {
    panel: 'workspace',
    artifact_id: ann.documents[0],
    chunk: 0,
    page: 3,
  })
  assert.deepEqual([first.meta['document_id'], first.meta['title']], [ann.documents[0], 'Roof report'])
  assert.match(String(first.meta['highlight']), /<mark>shingles<\/mark>/)
  const { words, meaning } = first.meta['ranks'] as Record<string, number>
  assert.deepEqual([words, meaning], [1, 1])
  assert.ok(results.every(({ score }, index) => score <= (results[index - 1]?.score ?? 1) && score > 0))
})

Deno.test('every type has its deep link', async () => {
  const ann = await owner('ann')
  const { results } = await find(ann, { q: 'shingles' })
  const links = Object.fromEntries(results.map(({ text, meta }) => [text, meta.deeplink]))
  const [report, document_id] = ann.documents
  assert.deepEqual(links, {
    'The shingles of the roof are broken.': {
      panel: 'workspace',
      artifact_id: report,
      chunk: 0,
      page: 3,
    },
    'Water ran down behind the shingles.': { panel: 'workspace', artifact_id: report, chunk: 1 },
    'GET /shingles lists all shingles': { panel: 'apis', api_id: 'endpoint-1' },
    'No shingles left': { panel: 'logs', document_id, code: 'E7' },
    'shingles': { panel: 'tags', document_id, q: 'Shingles' },
  })
})

Deno.test('a question is a sentence; operators apply where a client asks for them, or say that nothing meets them', async () => {
  const ann = await owner('ann')
  const document_ids = [ann.documents[0]]
  const both = ['The shingles of the roof are broken.', 'Water ran down behind the shingles.']
  const sorted = async (q: string, syntax?: string): Promise<string[]> =>
    (await texts(ann, { q, document_ids, ...(syntax ? { syntax } : {}) })).toSorted()
  assert.deepEqual(await sorted('Which "shingles leak" -water?'), both)
  assert.deepEqual(await sorted('shingles -water', 'operators'), both.slice(0, 1))
  const { results, notice } = await find(ann, { q: '"shingles leak"', document_ids, syntax: 'operators' })
  assert.deepEqual(results.map(({ text }) => text).toSorted(), both)
  assert.match(notice ?? '', /^No passage has all that the query requires/)
})

Deno.test('types, tags, documents, metadata, dates and pages filter', async () => {
  const ann = await owner('ann')
  const ask = (more: Record<string, unknown>): Promise<string[]> => texts(ann, { q: 'shingles', ...more })
  assert.equal((await ask({ types: [] })).length, 5)
  assert.equal((await ask({ types: ['PDF'] })).length, 2)
  assert.deepEqual(await ask({ types: ['unknown'] }), [])
  assert.deepEqual(await ask({ tags: ['interfaces'], types: ['log'] }), ['No shingles left'])
  assert.equal((await ask({ document_ids: [ann.documents[0]] })).length, 2)
  assert.deepEqual(await ask({ metadata: { lang: 'en' } }), ['GET /shingles lists all shingles'])
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString()
  assert.deepEqual(await ask({ created_after: tomorrow }), [])
  assert.equal((await ask({ created_before: tomorrow })).length, 5)
  const all = await ask({})
  assert.deepEqual([
    ...await ask({ k: 2 }),
    ...await ask({ k: 2, offset: 2 }),
    ...await ask({ k: 2, offset: 4 }),
  ], all)
  assert.equal((await ask({ k: 1_000 })).length, 5)
})

Deno.test('the query of user interface tests is answered without a search', async () => {
  const nobody = await signUp('nobody')
  const found = {
    score: 1,
    text: 'UI Test Result',
    meta: { type: 'api', deeplink: { panel: 'apis' } },
  }
  for (const types of [undefined, [], ['API'], ['pdf', 'api']]) {
    assert.deepEqual((await find(nobody, { q: '__ui_test__', ...(types ? { types } : {}) })).results, [found])
  }
  assert.deepEqual((await find(nobody, { q: '__ui_test__', types: ['pdf'] })).results, [])
})

Deno.test('a blank query finds nothing', async () => {
  const ann = await owner('ann')
  for (const q of ['', '   ', 'the of']) {
    const { count, notice } = await find(ann, { q, types: ['log'] })
    // A query without words still has a vector, unless it is blank.
    assert.ok(count <= (q === 'the of' ? 1 : 0), q)
    assert.equal(notice, undefined)
  }
})

Deno.test('where the model is unavailable the search goes by words, and the notice says so', async () => {
  const bob = await owner('bob', 'a-model-of-others')
  const { results, notice } = await find(bob, { q: 'broken shingles' })
  assert.match(
    notice ?? '',
    /^Ranked by words alone: the embedding model a-model-of-others is currently unavailable/,
  )
  assert.ok(results.length === 5)
  assert.deepEqual(
    results.map(({ meta }) => (meta['ranks'] as { meaning: unknown }).meaning),
    Array(5).fill(null),
  )
  assert.equal(results[0]?.score, 1)
})

Deno.test('passages that are not embedded yet are found by words', async () => {
  const cal = await owner('cal', null)
  const { results, notice } = await find(cal, { q: 'water' })
  assert.deepEqual(results.map(({ text }) => text), ['Water ran down behind the shingles.'])
  assert.equal(notice, undefined)
})

Deno.test('users do not find passages of other users', async () => {
  const [ann, stranger] = await Promise.all([owner('ann'), signUp('stranger')])
  assert.deepEqual((await find(stranger, { q: 'shingles' })).results, [])
  assert.deepEqual((await find(stranger, { q: 'shingles', document_ids: ann.documents })).results, [])
  const { data: workspace_id } = await ann.client.rpc('current_workspace').throwOnError()
  for (const workspace of [workspace_id, crypto.randomUUID()]) {
    const { status, body } = await search(stranger, { q: 'shingles', workspace_id: workspace })
    const { code, message } = body as Record<string, unknown>
    assert.deepEqual([status, code, message], [
      403,
      'PT403',
      'You do not belong to the workspace of the header x-workspace-id.',
    ])
  }
  assert.equal((await find(ann, { q: 'shingles', workspace_id })).count, 5)
})

Deno.test('only users with a valid token may search', async () => {
  const cases: [Record<string, string>, string][] = [
    [{}, 'nobody'],
    [{ apikey: env('SUPABASE_PUBLISHABLE_KEY') }, 'the publishable key'],
    [{ apikey: env('SUPABASE_SECRET_KEY') }, 'the secret key, which is nobody'],
    [{ authorization: 'Bearer not.a.token' }, 'a wrong token'],
  ]
  for (const path of ['', '/rebuild']) {
    for (const [headers, who] of cases) {
      const answer = await fetch(`${env('SUPABASE_URL')}/functions/v1/search${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"q": "x"}',
      })
      assert.deepEqual([answer.status, (await answer.json()).kind], [401, 'authentication'], who)
    }
  }
})

Deno.test('an invalid request is refused before the search', async () => {
  const ann = await signUp('ann')
  const cases: [unknown, string][] = [
    ['{', 'invalid_json'],
    [{}, 'invalid_request'],
    [{ q: 1 }, 'invalid_request'],
    [{ q: 'x', k: 0 }, 'invalid_request'],
    [{ q: 'x', k: 1.5 }, 'invalid_request'],
    [{ q: 'x', query: 'x' }, 'invalid_request'],
    [{ q: 'x', document_ids: ['doc-1'] }, 'invalid_request'],
    [{ q: 'x', created_after: 'yesterday' }, 'invalid_request'],
    [{ q: 'x'.repeat(5_001) }, 'invalid_request'],
  ]
  for (const [body, expected] of cases) {
    const { status, body: answer } = await search(ann, body)
    assert.deepEqual(
      [status, (answer as Record<string, unknown>)['code']],
      [400, expected],
      JSON.stringify(body).slice(0, 60),
    )
  }
  const { status, body } = await search(ann, { q: 'x' }, '/elsewhere')
  assert.deepEqual([status, (body as Record<string, unknown>)['code']], [404, 'unknown_path'])
})

Deno.test('an admin starts a rebuild, and every member sees its progress', async () => {
  const ann = await owner('ann')
  const { status, body } = await search(ann, {}, '/rebuild')
  assert.equal(status, 202, JSON.stringify(body))
  const { rebuild_id, ...answer } = RebuildSearchAnswer.parse(body)
  assert.deepEqual(answer, {
    status: 'ok',
    items: 5,
    backend: 'pgvector',
    embedding_provider: lexical.model,
  })
  const { data } = await ann.client.from('search_rebuilds').select('status, documents').eq('id', rebuild_id)
    .single().throwOnError()
  assert.deepEqual(data, { status: 'running', documents: 2 })
  const again = await search(ann, { document_ids: [ann.documents[0]] }, '/rebuild')
  assert.equal(RebuildSearchAnswer.parse(again.body).rebuild_id, rebuild_id)
  const stranger = await signUp('stranger')
  const refused = await search(stranger, { document_ids: ann.documents }, '/rebuild')
  assert.deepEqual([refused.status, (refused.body as Record<string, unknown>)['message']], [
    404,
    'No such document.',
  ])
  const { data: hidden } = await stranger.client.from('search_rebuilds').select('id').throwOnError()
  assert.deepEqual(hidden, [])
})

Deno.test('supabase-js calls the RPC with its own vector', async () => {
  const ann = await owner('ann')
  const [vector] = await lexical.embed(['water behind'], signal)
  const { data } = await ann.client.rpc('search', {
    query: 'shingles -roof',
    syntax: 'operators',
    query_embedding: JSON.stringify(toNumbers(vector ?? new Float32Array())),
    embedding_model: lexical.model,
    types: ['pdf'],
  }).throwOnError()
  assert.deepEqual(data.map(({ text, text_rank, vector_rank }) => ({ text, text_rank, vector_rank })), [
    { text: 'Water ran down behind the shingles.', text_rank: 1, vector_rank: 1 },
  ])
  const { data: like } = await ann.client.rpc('more_like_this', { like_document_id: ann.documents[0] })
    .throwOnError()
  assert.deepEqual([...new Set(like.map(({ document_id }) => document_id))], [ann.documents[1]])
})
