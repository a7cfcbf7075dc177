/** /functions/v1/embed of the platform, and of separate hosts with other models. */
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { join } from 'node:path'
import type { z } from 'zod'
import embedFunction from '../../functions/embed/index.ts'
import { startFunctions } from '../../stack/functions/host.ts'
import { jwks } from '../../stack/keys/tokens.ts'
import { EmbedAnswer, EmbeddingModelList, OpenAiEmbeddingsAnswer } from '../../types/api.ts'
import { env, service, signUp } from '../support/clients.ts'
import { until } from '../support/wait.ts'
import { cosine, modelPath, readReferences, weighed } from './embedding_weights.ts'

const root = join(import.meta.dirname ?? '.', '..', '..')
/** Available on every deployment. */
const model = 'lexical-hash-384'

type Send = (
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
  signal?: AbortSignal,
) => Promise<Response>

/** POST with a body, GET without; with the secret key unless other headers identify the caller. */
const sendTo =
  (fetch: (request: Request) => Promise<Response>, base: string): Send => (path, body, headers, signal) =>
    fetch(
      new Request(`${base}/functions/v1/embed${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'content-type': 'application/json', ...headers ?? { apikey: env('SUPABASE_SECRET_KEY') } },
        ...(signal ? { signal } : {}),
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    )
const send: Send = (...args) => sendTo(fetch, env('SUPABASE_URL'))(...args)

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

async function read<T>(answer: Response, schema: z.ZodType<T>): Promise<T> {
  const body = await answer.json()
  assert.equal(answer.status, 200, JSON.stringify(body))
  return schema.parse(body)
}

function decode(base64: unknown): Float32Array {
  const bytes = Buffer.from(String(base64), 'base64')
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
}

Deno.test('a signed-in user gets one vector per text', async () => {
  const ann = await signUp('ann')
  const { data, error } = await ann.client.functions.invoke('embed', {
    body: { texts: ['water damage', 'Water damage!', 'flat plate'], model },
  })
  assert.equal(error, null)
  const answer = EmbedAnswer.parse(data)
  assert.deepEqual([answer.model, answer.dimensions, answer.semantic], [model, 384, false])
  assert.deepEqual(answer.vectors.map((vector) => vector.length), [384, 384, 384])
  assert.deepEqual(answer.vectors[0], answer.vectors[1])
  assert.notDeepEqual(answer.vectors[0], answer.vectors[2])
  assert.ok(answer.tokens > 0)
})

Deno.test('the texts of a user count against the limits of their account and workspace', async () => {
  const ann = await signUp('ann')
  const asked = () => send('', { texts: ['water damage'], model }, bearer(ann.token))
  assert.equal((await asked()).status, 200)
  const { data: usage } = await ann.client.schema('studio').from('api_usage').select(
    'endpoint, model_id, input_tokens',
  )
    .throwOnError()
  assert.deepEqual(usage.map(({ endpoint, model_id }) => [endpoint, model_id]), [['embeddings', model]])
  assert.ok((usage[0]?.input_tokens ?? 0) > 0)
  await service().schema('studio').from('limits')
    .insert({ name: 'account_requests_per_day', user_id: ann.id, value: 1 }).throwOnError()
  for (
    const [path, body] of [['', { texts: ['x'], model }], ['/v1/embeddings', { input: 'x', model }]] as const
  ) {
    const refused = await send(path, body, bearer(ann.token))
    assert.equal(refused.status, 429, path)
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
    await refused.body?.cancel()
  }
})

Deno.test('a server calls with its secret key, and may name its texts as OpenAI does', async () => {
  const named = await read(await send('', { texts: ['water damage'], model }), EmbedAnswer)
  for (const input of ['water damage', ['water damage']]) {
    const same = await read(await send('', { input, model }), EmbedAnswer)
    assert.deepEqual(same.vectors, named.vectors)
  }
})

Deno.test('other callers are refused', async () => {
  const cases: [Record<string, string>, string][] = [
    [{}, 'nobody'],
    [{ apikey: env('SUPABASE_PUBLISHABLE_KEY') }, 'the publishable key'],
    [{ apikey: 'sb_secret_wrong' }, 'a wrong key'],
    [bearer('not.a.token'), 'a wrong token'],
    [bearer(env('SUPABASE_ANON_KEY')), 'the legacy key of nobody'],
    [bearer('sb_secret_wrong'), 'a wrong key as a bearer token'],
  ]
  for (const [headers, who] of cases) {
    const ours = await send('', { texts: ['x'] }, headers)
    assert.deepEqual([ours.status, (await ours.json()).kind], [401, 'authentication'], who)
    const theirs = await send('/v1/embeddings', { input: 'x', model }, headers)
    const { error } = await theirs.json()
    assert.deepEqual([theirs.status, error.type, error.code], [
      401,
      'invalid_request_error',
      'invalid_api_key',
    ], who)
  }
})

Deno.test('callers can list the available models', async () => {
  const { standard, models } = await read(await send(''), EmbeddingModelList)
  assert.ok(models.some((entry) => entry.model === standard))
  assert.deepEqual(models.find((entry) => entry.model === model), {
    model,
    dimensions: 384,
    semantic: false,
    max_tokens: 8192,
  })
})

Deno.test('the OpenAI path works with the SDK, for users and servers', async () => {
  const bob = await signUp('bob')
  // The SDK sends any key as a bearer token.
  for (const key of [bob.token, env('SUPABASE_SECRET_KEY')]) {
    const answer = await send('/v1/embeddings', { input: ['water', 'damage'], model }, bearer(key))
    assert.match(answer.headers.get('x-request-id') ?? '', /./)
    const { object, data, model: used, usage } = await read(answer, OpenAiEmbeddingsAnswer)
    assert.deepEqual([object, used, data.map(({ index }) => index)], ['list', model, [0, 1]])
    assert.deepEqual(usage, { prompt_tokens: 2, total_tokens: 2 })
    assert.equal(data[0]?.embedding.length, 384)
  }
})

Deno.test('vectors as numbers and as base64 are bitwise equal', async () => {
  // The SDK requests base64 by default.
  const ask = { input: 'water damage', model, user: 'someone', dimensions: 384 }
  const [float, base64] = await Promise.all(['float', 'base64'].map(async (encoding_format) => {
    const answer = await send('/v1/embeddings', { ...ask, encoding_format })
    return (await read(answer, OpenAiEmbeddingsAnswer)).data[0]?.embedding
  }))
  assert.deepEqual(Float32Array.from(float as number[]), decode(base64))
  const ours = await read(
    await send('', { texts: ['water damage'], model, encoding_format: 'base64' }),
    EmbedAnswer,
  )
  assert.deepEqual(ours.vectors, [base64])
})

Deno.test('an unavailable model or number of dimensions is refused, and the hint names what is available', async () => {
  const unknown = await send('', { texts: ['x'], model: 'text-embedding-3-small' })
  const body = await unknown.json()
  assert.deepEqual([unknown.status, body.kind, body.code], [404, 'not_found', 'model_not_found'])
  assert.ok(body.hint.includes(model))
  const theirs = await send('/v1/embeddings', { input: 'x', model: 'text-embedding-3-small' })
  const { error } = await theirs.json()
  assert.deepEqual([theirs.status, error.code, theirs.headers.get('x-should-retry')], [
    404,
    'model_not_found',
    'false',
  ])
  assert.ok(error.message.includes(model))
  const size = await send('/v1/embeddings', { input: 'x', model, dimensions: 256 })
  const refused = (await size.json()).error
  assert.deepEqual([size.status, refused.code, refused.param], [
    400,
    'dimensions_not_available',
    'dimensions',
  ])
})

Deno.test('too many, too long and blank texts are refused before any work', async () => {
  const long = 'x'.repeat(32_001)
  const cases: [unknown, RegExp][] = [
    [{}, /exactly one of texts and input/],
    [{ texts: ['x'], input: 'x' }, /exactly one of texts and input/],
    [{ texts: [] }, /at least one text/],
    [{ texts: ['good', ' \n\t'] }, /texts\.1: must not be blank/],
    [{ texts: Array(513).fill('x') }, /at most 512 texts/],
    [{ texts: [long] }, /at most 32000 characters/],
    [{ texts: Array(32).fill(long.slice(1)) }, /at most 1000000 characters in total/],
    [{ texts: ['x'], encoding_format: 'hex' }, /encoding_format/],
    [{ texts: ['x'], table: 'users' }, /table/],
    [{ input: [1, 2, 3] }, /tokens are not supported/],
    [{ input: [[1, 2, 3]] }, /tokens are not supported/],
    [{ input: '' }, /must not be blank/],
  ]
  for (const [body, message] of cases) {
    const answer = await send('', body)
    const refused = await answer.json()
    assert.deepEqual(
      [answer.status, refused.code],
      [400, 'invalid_request'],
      JSON.stringify(body).slice(0, 80),
    )
    assert.match(refused.message, message)
  }
  const theirs = await send('/v1/embeddings', { input: [1, 2, 3], model })
  assert.match((await theirs.json()).error.message, /tokens are not supported/)
  const nameless = await send('/v1/embeddings', { input: 'x' })
  assert.deepEqual([nameless.status, (await nameless.json()).error.param], [400, 'model'])
  const large = await send('', `"${'x'.repeat(7 * 1024 * 1024)}"`)
  assert.deepEqual([large.status, (await large.json()).code], [413, 'body_too_large'])
  const full = await send('', { texts: Array(512).fill('many words'), model })
  assert.equal((await read(full, EmbedAnswer)).vectors.length, 512)
})

Deno.test('unknown paths are errors in the protocol of the path', async () => {
  const ours = await send('/other', {})
  assert.deepEqual([ours.status, (await ours.json()).code], [404, 'unknown_path'])
  const theirs = await send('/v1/chat/completions', {})
  assert.deepEqual([theirs.status, (await theirs.json()).error.code], [404, 'unknown_path'])
  const broken = await send('/v1/embeddings', '{')
  assert.deepEqual([broken.status, (await broken.json()).error.code], [400, 'invalid_json'])
})

Deno.test('CORS allows the headers of the OpenAI SDK', async () => {
  const answer = await fetch(`${env('SUPABASE_URL')}/functions/v1/embed/v1/embeddings`, {
    method: 'OPTIONS',
    headers: { origin: 'http://localhost:5173', 'access-control-request-method': 'POST' },
  })
  await answer.body?.cancel()
  const allowed = (answer.headers.get('access-control-allow-headers') ?? '').split(', ')
  for (
    const name of ['authorization', 'x-stainless-lang', 'x-stainless-retry-count', 'x-stainless-timeout']
  ) {
    assert.ok(allowed.includes(name), name)
  }
})

/** The function in a separate host with other settings, for users of the platform. */
async function withHost(
  settings: Record<string, string>,
  use: (send: Send, log: string[]) => Promise<void>,
): Promise<void> {
  const log: string[] = []
  const functions = await startFunctions({
    root,
    env: {
      SUPABASE_URL: env('SUPABASE_URL'),
      SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: env('SUPABASE_PUBLISHABLE_KEY') }),
      SUPABASE_SECRET_KEYS: JSON.stringify({ default: env('SUPABASE_SECRET_KEY') }),
      SUPABASE_JWKS: JSON.stringify(jwks(env('SUPABASE_JWT_SECRET'))),
      ...settings,
    },
    onLog: (line) => log.push(line),
  })
  try {
    await use(sendTo((request) => functions.fetch(request), 'http://127.0.0.1'), log)
  } finally {
    await functions.stop()
  }
}

weighed('with local weights the vectors are those of the model, and no text is logged', async () => {
  await withHost({ EMBEDDING_MODEL_PATH: modelPath }, async (send, log) => {
    const references = (await readReferences()).slice(0, 3)
    const texts = references.map(({ text }) => text)
    const answer = await read(await send('', { texts }), EmbedAnswer)
    assert.deepEqual([answer.model, answer.semantic], ['all-MiniLM-L6-v2', true])
    assert.equal(answer.tokens, references.reduce((sum, { tokens }) => sum + tokens, 0))
    for (const [index, { reference }] of references.entries()) {
      assert.ok(cosine(answer.vectors[index] as number[], reference) >= 0.9999)
    }
    const carol = await signUp('carol')
    const asked = { input: texts[2], model: 'all-MiniLM-L6-v2', encoding_format: 'base64' }
    const theirs = await read(
      await send('/v1/embeddings', asked, bearer(carol.token)),
      OpenAiEmbeddingsAnswer,
    )
    assert.deepEqual(decode(theirs.data[0]?.embedding), Float32Array.from(answer.vectors[2] as number[]))
    const written = log.join('\n')
    assert.ok(written.includes(carol.id) && texts.every((text) => !written.includes(text.slice(0, 20))))
  })
})

Deno.test('a busy or refusing endpoint is reported as such, in both protocols', async () => {
  let status = 429
  const endpoint = Deno.serve(
    { port: 0, hostname: '127.0.0.1', onListen: () => {} },
    () => new Response('private', { status, headers: { 'retry-after': '120' } }),
  )
  const settings = {
    EMBEDDING_URL: `http://127.0.0.1:${endpoint.addr.port}/v1`,
    EMBEDDING_MODEL: 'big',
    EMBEDDING_DIMENSIONS: '1024',
  }
  await withHost(settings, async (send, log) => {
    const busy = await send('', { texts: ['private words'] })
    assert.deepEqual([busy.status, busy.headers.get('retry-after'), (await busy.json()).code], [
      429,
      '120',
      'embedding_busy',
    ])
    const theirs = await send('/v1/embeddings', { input: 'private words', model: 'big' })
    assert.deepEqual([theirs.status, theirs.headers.get('retry-after'), (await theirs.json()).error.type], [
      429,
      '120',
      'rate_limit_error',
    ])
    status = 401
    const key = await send('/v1/embeddings', { input: 'private words', model: 'big' })
    const { error } = await key.json()
    // The key of the caller is valid; the key of the endpoint is not.
    assert.deepEqual([key.status, error.code, key.headers.get('x-should-retry')], [
      503,
      'embeddings_not_set_up',
      'false',
    ])
    assert.equal((await send('', { texts: ['x'], model })).status, 200)
    assert.ok(!log.join('\n').includes('private'))
  })
  await endpoint.shutdown()
})

Deno.test('a model of an endpoint is for accounts that may use models with a price; a request whose client leaves is recorded', async () => {
  let asked = 0
  const arrived = Promise.withResolvers<void>()
  const endpoint = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, async ({ signal }) => {
    asked++
    arrived.resolve()
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    return new Response(null, { status: 500 })
  })
  const settings = {
    EMBEDDING_URL: `http://127.0.0.1:${endpoint.addr.port}/v1`,
    EMBEDDING_MODEL: 'big',
    EMBEDDING_DIMENSIONS: '1024',
  }
  const ann = await signUp('ann')
  const limits = service().schema('studio').from('limits')
  await limits.insert({ name: 'paid_models', user_id: ann.id, value: 0 }).throwOnError()
  await withHost(settings, async (send) => {
    const ours = await send('', { texts: ['x'] }, bearer(ann.token))
    assert.deepEqual([ours.status, (await ours.json()).code], [402, 'PT402'])
    const theirs = await send('/v1/embeddings', { input: 'x', model: 'big' }, bearer(ann.token))
    assert.equal(theirs.status, 402)
    await theirs.body?.cancel()
    assert.equal((await send('', { texts: ['x'], model }, bearer(ann.token))).status, 200)
    assert.equal(asked, 0)

    await limits.update({ value: 1 }).eq('user_id', ann.id).throwOnError()
    const client = new AbortController()
    const left = send('', { texts: ['eight characters'] }, bearer(ann.token), client.signal)
    await arrived.promise
    client.abort()
    await assert.rejects(left)
    const usage = () =>
      ann.client.schema('studio').from('api_usage').select('model_id, status, input_tokens').eq(
        'model_id',
        'big',
      ).throwOnError()
    await until(async () => (await usage()).data.length === 1, 'the request is recorded')
    assert.deepEqual((await usage()).data, [{ model_id: 'big', status: 'cancelled', input_tokens: 4 }])
  })
  await endpoint.shutdown()
})

Deno.test('inconsistent settings return 503 with the reason', async () => {
  await withHost({ EMBEDDING_MODEL: 'no-such-model' }, async (send) => {
    const answer = await send('', { texts: ['x'] })
    const body = await answer.json()
    assert.deepEqual([answer.status, body.code, body.retryable], [503, 'embeddings_not_set_up', false])
    assert.match(body.message, /EMBEDDING_MODEL must be one of the built-in models: lexical-hash-384/)
  })
})

Deno.test('on the hosted platform paths begin with the name of the function', async () => {
  const settings = {
    SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
    SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_x"}',
    SUPABASE_JWKS: '{"keys":[]}',
  }
  const before = Object.keys(settings).map((name) => [name, Deno.env.get(name)] as const)
  for (const [name, value] of Object.entries(settings)) Deno.env.set(name, value)
  const info = console.info
  console.info = () => {}
  try {
    for (
      const [path, body] of [['/embed', { texts: ['x'], model }], ['/embed/v1/embeddings', {
        input: 'x',
        model,
      }]]
    ) {
      const answer = await embedFunction.fetch(
        new Request(`https://project.functions.example${path}`, {
          method: 'POST',
          headers: { authorization: 'Bearer sb_secret_x', 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      )
      await answer.body?.cancel()
      assert.equal(answer.status, 200)
    }
  } finally {
    console.info = info
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name)
      else Deno.env.set(name, value)
    }
  }
})
