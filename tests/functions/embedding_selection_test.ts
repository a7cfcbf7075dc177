/** Which model the settings select, and the two models that need no local weights. */
import assert from 'node:assert/strict'
import { lexical } from '../../functions/_shared/embeddings/lexical.ts'
import { type EmbeddingModels, selectModels } from '../../functions/_shared/embeddings/select_models.ts'
import { type SessionClass, supabaseAi } from '../../functions/_shared/embeddings/supabase_ai.ts'
import { type AppError, AppFailure } from '../../types/errors.ts'
import { cosine, modelPath, weighed } from './embedding_weights.ts'

const { signal } = new AbortController()

async function failure(work: () => unknown): Promise<AppError> {
  try {
    await work()
  } catch (cause) {
    assert.ok(cause instanceof AppFailure, String(cause))
    return cause.error
  }
  assert.fail('expected a failure')
}

/** A session of the platform's runtime, played by the test. */
function sessions(run: (text: string) => unknown): { Session: SessionClass; made: string[] } {
  const made: string[] = []
  return {
    made,
    Session: class {
      constructor(model: string) {
        made.push(model)
      }
      run(text: string, options: unknown): Promise<unknown> {
        assert.deepEqual(options, { mean_pool: true, normalize: true })
        return Promise.resolve().then(() => run(text))
      }
    },
  }
}
const hosted = sessions(() => Array(384).fill(0.5)).Session

async function select(settings: Record<string, string>, Session?: SessionClass): Promise<EmbeddingModels> {
  return await selectModels((name) => settings[name], Session)
}
const names = (
  { standard, all }: EmbeddingModels,
): string[] => [standard.model, ...all.map(({ model }) => model)]

const endpoint = {
  EMBEDDING_URL: 'https://api.example.com/v1',
  EMBEDDING_MODEL: 'big',
  EMBEDDING_DIMENSIONS: '1024',
}

Deno.test('without settings the model is gte-small on the platform, and lexical elsewhere', async () => {
  assert.deepEqual(names(await select({}, hosted)), ['gte-small', 'gte-small', 'lexical-hash-384'])
  assert.deepEqual(names(await select({})), ['lexical-hash-384', 'lexical-hash-384'])
  assert.equal((await select({})).standard.semantic, false)
  // An empty line of a .env file counts as missing.
  assert.equal((await select({ EMBEDDING_URL: ' ', EMBEDDING_MODEL: '' })).standard, lexical)
})

Deno.test('an endpoint precedes the model of the runtime, which stays available by name', async () => {
  const models = await select(endpoint, hosted)
  assert.deepEqual(names(models), ['big', 'big', 'gte-small', 'lexical-hash-384'])
  assert.deepEqual([models.standard.dimensions, models.standard.semantic], [1024, true])
  assert.equal(models.find('gte-small').model, 'gte-small')
  assert.equal(models.find(), models.standard)
  assert.equal(models.find(null), models.standard)
})

Deno.test('a built-in model can be chosen by its name', async () => {
  assert.equal((await select({ EMBEDDING_MODEL: 'lexical-hash-384' }, hosted)).standard, lexical)
})

weighed('a folder of models precedes the model of the runtime', async () => {
  const models = await select({ EMBEDDING_MODEL_PATH: modelPath }, hosted)
  assert.deepEqual(names(models), ['all-MiniLM-L6-v2', 'all-MiniLM-L6-v2', 'gte-small', 'lexical-hash-384'])
  const small = await select({ EMBEDDING_MODEL_PATH: modelPath, EMBEDDING_DTYPE: 'q8' })
  assert.equal(small.standard.model, 'all-MiniLM-L6-v2@q8')
})

Deno.test('the error for an unavailable model names the available ones', async () => {
  const models = await select(endpoint, hosted)
  const error = await failure(() => models.find('text-embedding-3-small'))
  assert.deepEqual([error.kind, error.code, error.message, error.hint], [
    'not_found',
    'model_not_found',
    'The embedding model "text-embedding-3-small" is not available.',
    'Available models: big, gte-small, lexical-hash-384.',
  ])
  const loud = await failure(() => models.find('x'.repeat(5_000)))
  assert.ok(loud.message.length < 200)
})

Deno.test('inconsistent settings are an error, and never select another model', async () => {
  const { EMBEDDING_URL, EMBEDDING_MODEL, EMBEDDING_DIMENSIONS } = endpoint
  const cases: [Record<string, string>, RegExp][] = [
    [{ ...endpoint, EMBEDDING_MODEL_PATH: '/models' }, /must not both be set/],
    [{ EMBEDDING_URL, EMBEDDING_MODEL }, /requires EMBEDDING_MODEL and EMBEDDING_DIMENSIONS/],
    [{ EMBEDDING_URL, EMBEDDING_DIMENSIONS }, /requires EMBEDDING_MODEL and EMBEDDING_DIMENSIONS/],
    [{ EMBEDDING_MODEL: 'big' }, /must be one of the built-in models: lexical-hash-384/],
    [{ EMBEDDING_MODEL: 'gte-small' }, /must be one of the built-in models: lexical-hash-384/],
    [
      { EMBEDDING_MODEL_PATH: '/no/such/folder' },
      /config\.json of the model all-MiniLM-L6-v2 cannot be read/,
    ],
    [{ EMBEDDING_MODEL_PATH: '/models', EMBEDDING_MODEL: '../../etc' }, /name of a folder/],
    [{ EMBEDDING_MODEL_PATH: '/models', EMBEDDING_MODEL: 'a/b/c' }, /name of a folder/],
    [{ EMBEDDING_MODEL_PATH: '/models', EMBEDDING_DTYPE: 'fp64' }, /EMBEDDING_DTYPE must be one of fp32/],
    [{ ...endpoint, EMBEDDING_URL: 'api.example.com' }, /EMBEDDING_URL must be an http or https URL/],
    [{ ...endpoint, EMBEDDING_URL: 'file:///etc/passwd' }, /EMBEDDING_URL must be an http or https URL/],
    [{ ...endpoint, EMBEDDING_DIMENSIONS: 'many' }, /EMBEDDING_DIMENSIONS must be an integer/],
    [{ ...endpoint, EMBEDDING_DIMENSIONS: '0' }, /EMBEDDING_DIMENSIONS must be between 1 and 16000/],
    [{ ...endpoint, EMBEDDING_BATCH: '-1' }, /EMBEDDING_BATCH must be an integer/],
    [{ ...endpoint, EMBEDDING_SHORTEN: 'maybe' }, /EMBEDDING_SHORTEN must be true or false/],
  ]
  for (const [settings, message] of cases) {
    const error = await failure(() => select(settings))
    assert.deepEqual([error.code, error.status, error.retryable], ['embeddings_not_set_up', 503, false])
    assert.match(error.message, message)
  }
})

Deno.test('gte-small embeds one text at a time, in one session', async () => {
  const asked: string[] = []
  const { Session, made } = sessions((text) => {
    asked.push(text)
    return Float32Array.from({ length: 384 }, (_, index) => index === text.length ? 2 : 0)
  })
  const provider = supabaseAi(Session)
  assert.deepEqual(made, [])
  const usage = { tokens: 0 }
  const vectors = await provider.embed(['a', 'bb\ud83d'], signal, usage)
  assert.deepEqual([asked, made], [['a', 'bb\ufffd'], ['gte-small']])
  assert.deepEqual(vectors.map((vector) => vector.indexOf(1)), [1, 3])
  assert.equal(usage.tokens, 2)
  assert.deepEqual([provider.dimensions, provider.semantic, provider.maxTokens], [384, true, 512])
})

Deno.test('a failed session of gte-small is replaced, and the error is retryable', async () => {
  let failing = true
  const { Session, made } = sessions(() => {
    if (failing) throw new Error('private words')
    return Array(384).fill(1)
  })
  const provider = supabaseAi(Session)
  const error = await failure(() => provider.embed(['a'], signal))
  assert.deepEqual([error.code, error.retryable], ['embedding_failed', true])
  assert.ok(!JSON.stringify(error).includes('private'))
  failing = false
  assert.equal((await provider.embed(['a'], signal)).length, 1)
  assert.equal(made.length, 2)
  for (const odd of [null, [1, 2], Array(384).fill('x')]) {
    const strange = await failure(() => supabaseAi(sessions(() => odd).Session).embed(['a'], signal))
    assert.equal(strange.code, 'embedding_malformed')
  }
  assert.equal((await failure(() => provider.embed([' '], signal))).code, 'empty_text')
  await assert.rejects(provider.embed(['a'], AbortSignal.abort()), { name: 'AbortError' })
})

async function words(...texts: string[]): Promise<Float32Array[]> {
  return await lexical.embed(texts, signal)
}

Deno.test('the lexical fallback declares that it is not semantic', () => {
  assert.deepEqual([lexical.model, lexical.dimensions, lexical.semantic], ['lexical-hash-384', 384, false])
})

Deno.test('lexical vectors are the same on every machine and in every release', async () => {
  const [vector] = await words('Moisture readings in the basement fell from 28% to 11%.')
  const digest = new Uint8Array(
    await crypto.subtle.digest('SHA-256', (vector ?? assert.fail()).buffer as ArrayBuffer),
  )
  // Other values mean that stored vectors are no longer comparable: the model then needs a new name.
  assert.equal(digest.toHex().slice(0, 16), '758fc531fc126054')
})

Deno.test('lexical vectors have length 1 for every text, and do not depend on other texts', async () => {
  const texts = [
    'The adjuster approved the second estimate.',
    '数据库迁移没有丢失任何一行。',
    'naïve café — “quotes”, 🚧',
    '!!!',
    '🚧',
    '\u0000',
    'a',
    '\ud83d',
    'x'.repeat(100_000),
    'word '.repeat(20_000),
  ]
  const together = await words(...texts)
  for (const [index, text] of texts.entries()) {
    const [vector] = await words(text)
    assert.deepEqual(together[index], vector)
    assert.ok(Math.abs(Math.hypot(...vector ?? []) - 1) < 1e-6, text.slice(0, 20))
  }
  assert.equal(await failure(() => words('good', ' ')).then(({ code }) => code), 'empty_text')
})

Deno.test('lexical similarity is common words and parts of words', async () => {
  const [text, inflected, spelled, meaning, other] = await words(
    'The adjuster approved the estimate for the water damage',
    'Adjusters approve estimates for water damages',
    'THE ADJUSTER APPROVED THE ESTIMATE FOR THE WATER DAMAGE!',
    'Insurance signed off on the revised quote',
    'Boundary layer transition on a flat plate',
  )
  assert.ok(text && inflected && spelled && meaning && other)
  assert.deepEqual(spelled, text)
  assert.ok(cosine(text, inflected) > 0.4, `${cosine(text, inflected)}`)
  assert.ok(Math.abs(cosine(text, meaning)) < 0.25, `${cosine(text, meaning)}`)
  assert.ok(Math.abs(cosine(text, other)) < 0.25, `${cosine(text, other)}`)
  const [twice, once] = await words('water water water damage', 'water damage')
  assert.ok(twice && once && cosine(twice, once) < 0.95, 'the frequency of a word counts')
})

Deno.test('an abort by the caller ends lexical embedding', async () => {
  const caller = new AbortController()
  setTimeout(() => caller.abort(), 5)
  const texts = Array.from({ length: 2_000 }, () => 'many different words '.repeat(200))
  await assert.rejects(lexical.embed(texts, caller.signal), { name: 'AbortError' })
})
