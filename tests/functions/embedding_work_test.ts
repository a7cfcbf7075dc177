/** The worker's decisions, on a queue in memory; and what it says to the database, over real HTTP. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { EmbeddingProvider } from '../../functions/_shared/embeddings/provider.ts'
import { lexical } from '../../functions/_shared/embeddings/lexical.ts'
import { selectModels } from '../../functions/_shared/embeddings/select.ts'
import {
  type EmbeddingJob,
  type EmbeddingQueue,
  type EmbeddingResult,
  work,
  type WorkOptions,
} from '../../functions/_shared/embeddings/work.ts'
import { startFunctions } from '../../stack/functions/host.ts'
import { EmbedWorkReport } from '../../types/api.ts'
import { type AppError, appError, AppFailure } from '../../types/errors.ts'

const root = join(import.meta.dirname ?? '.', '..', '..')

/** A queue that remembers who was told what. Jobs that are neither finished nor failed stay claimed. */
class MemoryQueue implements EmbeddingQueue {
  readonly stored = new Map<number, { model: string; vector: Float32Array }>()
  readonly failed = new Map<number, AppError>()
  readonly claims: { batch: number; leaseSeconds: number }[] = []
  /** The sizes of what was stored at once. */
  readonly finishes: number[] = []
  readonly #waiting: EmbeddingJob[]

  constructor(texts: readonly (string | EmbeddingJob)[]) {
    this.#waiting = texts.map((text, index) =>
      typeof text === 'string' ? { id: index + 1, text, model: null } : text
    )
  }

  get waiting(): number {
    return this.#waiting.length
  }

  claim(batch: number, leaseSeconds: number): Promise<EmbeddingJob[]> {
    this.claims.push({ batch, leaseSeconds })
    return Promise.resolve(this.#waiting.splice(0, batch))
  }

  finish(model: string, results: readonly EmbeddingResult[]): Promise<void> {
    this.finishes.push(results.length)
    for (const { id, vector } of results) this.stored.set(id, { model, vector })
    return Promise.resolve()
  }

  fail(job: EmbeddingJob, error: AppError): Promise<void> {
    this.failed.set(job.id, error)
    return Promise.resolve()
  }
}

type Embed = EmbeddingProvider['embed']

/** A model whose texts can be poison, and which can be slow or away. */
function modelWith(embed: Embed, name = 'm'): EmbeddingProvider {
  return { model: name, dimensions: 2, semantic: true, maxTokens: 10, embed }
}
const one = Float32Array.of(1, 0)
const easy: Embed = (texts) => Promise.resolve(texts.map(() => one))
const refuses = (poison: string): Embed => (texts, signal) =>
  texts.includes(poison)
    ? Promise.reject(
      new AppFailure(appError('validation', { code: 'embedding_refused', message: 'Too long.' })),
    )
    : easy(texts, signal)
const slow = (ms: number): Embed => async (texts, signal) => {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
  return await easy(texts, signal)
}

async function run(
  queue: EmbeddingQueue,
  embed: Embed | readonly EmbeddingProvider[],
  options: Partial<WorkOptions> = {},
): Promise<EmbedWorkReport> {
  const providers = typeof embed === 'function' ? [modelWith(embed)] : embed
  const find = (name?: string | null): EmbeddingProvider => {
    const found = name ? providers.find(({ model }) => model === name) : providers[0]
    if (!found) throw new AppFailure(appError('not_found', { code: 'model_not_found', message: 'None.' }))
    return found
  }
  const warn = console.warn
  const lines: string[] = []
  console.warn = (line: string) => lines.push(line)
  try {
    return await work(queue, { find }, {
      batch: 4,
      leaseSeconds: 60,
      budget: 10_000,
      signal: new AbortController().signal,
      ...options,
    })
  } finally {
    console.warn = warn
    assert.ok(!lines.join().includes('private'), 'no text is logged')
  }
}
const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => `private ${index}`)

Deno.test('a queue is worked through in bounded batches, until nothing is left', async () => {
  const queue = new MemoryQueue(texts(10))
  const report = await run(queue, easy)
  assert.deepEqual(report, { claimed: 10, stored: 10, failed: 0, unfinished: 0, more: false })
  assert.deepEqual(queue.finishes, [4, 4, 2])
  assert.deepEqual(queue.claims, Array(3).fill({ batch: 4, leaseSeconds: 60 }))
  assert.deepEqual(queue.stored.get(7), { model: 'm', vector: one })
})

Deno.test('an empty queue is asked once', async () => {
  const queue = new MemoryQueue([])
  assert.deepEqual(await run(queue, easy), { claimed: 0, stored: 0, failed: 0, unfinished: 0, more: false })
  assert.equal(queue.claims.length, 1)
})

Deno.test('after its time it claims no more, and says that there is more', async () => {
  const queue = new MemoryQueue(texts(100))
  const report = await run(queue, slow(30), { budget: 50 })
  assert.deepEqual([report.claimed, report.stored, report.more], [8, 8, true])
  assert.equal(queue.waiting, 92)
})

Deno.test('a text that cannot be embedded is reported alone; its neighbours are stored', async () => {
  const queue = new MemoryQueue(['a', 'b', 'poison', 'd', 'e', 'f'])
  const report = await run(queue, refuses('poison'))
  assert.deepEqual(report, { claimed: 6, stored: 5, failed: 1, unfinished: 0, more: false })
  assert.deepEqual([...queue.failed.keys()], [3])
  assert.equal(queue.failed.get(3)?.code, 'embedding_refused')
  assert.ok(![...queue.stored.keys()].includes(3))
})

Deno.test('a text of nothing, and a defect, are poison as well', async () => {
  const queue = new MemoryQueue(['words', ' ', 'more words'])
  assert.deepEqual(await run(queue, [lexical]), {
    claimed: 3,
    stored: 2,
    failed: 1,
    unfinished: 0,
    more: false,
  })
  assert.equal(queue.failed.get(2)?.code, 'empty_text')
  const broken = new MemoryQueue(['a', 'b'])
  await run(
    broken,
    (list, signal) => list.includes('b') ? Promise.reject(new TypeError('x')) : easy(list, signal),
  )
  assert.deepEqual([broken.failed.get(2)?.code, broken.stored.size], ['internal', 1])
})

Deno.test('when the model is away, the batch is reported and nothing more is claimed', async () => {
  const queue = new MemoryQueue(texts(10))
  let asked = 0
  const busy: Embed = () => {
    asked++
    return Promise.reject(
      new AppFailure(appError('rate_limit', { code: 'embedding_busy', message: 'Busy.', retryAfter: 30 })),
    )
  }
  const report = await run(queue, busy)
  assert.deepEqual(report, { claimed: 4, stored: 0, failed: 4, unfinished: 0, more: true })
  assert.equal(asked, 1)
  const error = queue.failed.get(1)
  assert.ok(error?.kind === 'rate_limit' && error.retryAfter === 30)
})

Deno.test('when the model goes away while texts are tried one by one, the rest is given back', async () => {
  const queue = new MemoryQueue(['a', 'poison', 'away', 'd'])
  const report = await run(queue, (list, signal) => {
    if (list.length === 1 && list[0] === 'away') {
      return Promise.reject(
        new AppFailure(appError('unavailable', { code: 'embedding_failed', message: 'm' })),
      )
    }
    return refuses('poison')(list, signal)
  })
  assert.deepEqual(report, { claimed: 4, stored: 1, failed: 2, unfinished: 1, more: true })
  assert.deepEqual([2, 3, 4].map((id) => queue.failed.get(id)?.code), [
    'embedding_refused',
    'embedding_failed',
    'aborted',
  ])
})

Deno.test('a deployment that is not set up keeps its jobs, and says so', async () => {
  const queue = new MemoryQueue(texts(2))
  const embed: Embed = () =>
    Promise.reject(
      new AppFailure(
        appError('unavailable', { code: 'embeddings_not_set_up', message: 'No weights.', retryable: false }),
      ),
    )
  await assert.rejects(run(queue, embed), { message: 'No weights.' })
  assert.deepEqual([...queue.failed.values()].map(({ code }) => code), ['aborted', 'aborted'])
})

Deno.test('each job is embedded by the model it names, and one that is missing is reported', async () => {
  const queue = new MemoryQueue([
    { id: 1, text: 'a', model: null },
    { id: 2, text: 'b', model: 'other' },
    { id: 3, text: 'c', model: 'gone' },
    { id: 4, text: 'd', model: 'm' },
  ])
  const report = await run(queue, [modelWith(easy), modelWith(easy, 'other')])
  assert.deepEqual([report.stored, report.failed], [3, 1])
  assert.deepEqual([1, 2, 4].map((id) => queue.stored.get(id)?.model), ['m', 'other', 'm'])
  assert.equal(queue.failed.get(3)?.code, 'model_not_found')
})

Deno.test('nothing is stored or reported once the lease may have run out', async () => {
  const queue = new MemoryQueue(texts(10))
  const report = await run(queue, slow(5_000), { leaseSeconds: 0.1 })
  assert.deepEqual(report, { claimed: 4, stored: 0, failed: 0, unfinished: 4, more: true })
  assert.deepEqual([queue.stored.size, queue.failed.size], [0, 0])
  // Neither does a model store that does not heed its signal and comes back too late.
  const deaf = new MemoryQueue(texts(2))
  await run(deaf, async (list) => {
    await new Promise((resolve) => setTimeout(resolve, 150))
    return list.map(() => one)
  }, { leaseSeconds: 0.1 })
  assert.deepEqual([deaf.stored.size, deaf.failed.size], [0, 0])
})

Deno.test('at the end of the process the batch is given back at once, and nothing more is claimed', async () => {
  const queue = new MemoryQueue(texts(10))
  const process = new AbortController()
  setTimeout(() => process.abort(), 30)
  const started = performance.now()
  const report = await run(queue, slow(5_000), { signal: process.signal })
  assert.ok(performance.now() - started < 1_000)
  assert.deepEqual(report, { claimed: 4, stored: 0, failed: 0, unfinished: 4, more: true })
  assert.deepEqual([...queue.failed.values()].map(({ code }) => code), Array(4).fill('aborted'))
  assert.equal(queue.waiting, 6)
})

Deno.test('a vector that the database refuses does not keep its neighbours from being stored', async () => {
  class Picky extends MemoryQueue {
    override finish(model: string, results: readonly EmbeddingResult[]): Promise<void> {
      if (results.some(({ id }) => id === 2)) {
        return Promise.reject(
          new AppFailure(appError('validation', { code: '22000', message: 'expected 384 dimensions' })),
        )
      }
      return super.finish(model, results)
    }
  }
  const queue = new Picky(texts(3))
  const report = await run(queue, easy)
  assert.deepEqual([report.stored, report.failed], [2, 1])
  assert.equal(queue.failed.get(2)?.code, '22000')
})

Deno.test('a database that is away ends the work with its error', async () => {
  const away = new AppFailure(appError('unavailable', { code: 'unreachable', message: 'Away.' }))
  class Away extends MemoryQueue {
    override claim(): Promise<EmbeddingJob[]> {
      return Promise.reject(away)
    }
  }
  await assert.rejects(run(new Away([]), easy), away)
})

type Call = { name: string; args: Record<string, unknown>; key: string | null }

/** A database that answers the three functions of the queue, and the function that works through it. */
async function withDatabase(
  answer: (call: Call, number: number) => Response,
  use: (
    work: (body: unknown, key?: string) => Promise<Response>,
    calls: Call[],
    log: string[],
  ) => Promise<void>,
): Promise<void> {
  const calls: Call[] = []
  const database = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, async (request) => {
    const call = {
      name: new URL(request.url).pathname,
      args: await request.json(),
      key: request.headers.get('apikey'),
    }
    calls.push(call)
    return answer(call, calls.length)
  })
  const log: string[] = []
  const functions = await startFunctions({
    root,
    env: {
      SUPABASE_URL: `http://127.0.0.1:${database.addr.port}`,
      SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_x"}',
      SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
      SUPABASE_JWKS: '{"keys":[]}',
    },
    onLog: (line) => log.push(line),
  })
  try {
    await use(
      (body, key = 'sb_secret_x') =>
        functions.fetch(
          new Request('http://127.0.0.1/functions/v1/embed-work', {
            method: 'POST',
            headers: { 'content-type': 'application/json', apikey: key },
            body: JSON.stringify(body),
          }),
        ),
      calls,
      log,
    )
  } finally {
    await functions.stop()
    await database.shutdown()
  }
}

Deno.test('the database is asked for jobs, given vectors, and told of failures', async () => {
  const jobs = [
    { job_id: 11, target: 'search_chunks', text: 'private words', model: null, attempts: 1 },
    { job_id: 12, target: 'search_chunks', text: 'other words', model: 'lexical-hash-384', attempts: 1 },
    { job_id: 13, target: 'search_chunks', text: 'words', model: 'no-such-model', attempts: 2 },
  ]
  const answer = ({ name }: Call): Response =>
    name.endsWith('claim_embedding_jobs') ? Response.json(jobs) : new Response(null, { status: 204 })
  await withDatabase(answer, async (work, calls, log) => {
    const answered = await work({ batch: 5, lease_seconds: 30 })
    assert.equal(answered.status, 200)
    assert.deepEqual(EmbedWorkReport.parse(await answered.json()), {
      claimed: 3,
      stored: 2,
      failed: 1,
      unfinished: 0,
      more: false,
    })
    const [claim, first, second, failure] = calls
    assert.deepEqual(claim, {
      name: '/rest/v1/rpc/claim_embedding_jobs',
      args: { batch: 5, lease_seconds: 30 },
      key: 'sb_secret_x',
    })
    const [vector] = await lexical.embed(['private words'], new AbortController().signal)
    const [result] = first?.args['results'] as { job_id: number; embedding: number[] }[]
    assert.deepEqual([first?.name, first?.args['model'], result?.job_id], [
      '/rest/v1/rpc/finish_embedding_jobs',
      'lexical-hash-384',
      11,
    ])
    assert.deepEqual(Float32Array.from(result?.embedding ?? []), vector)
    assert.equal((second?.args['results'] as { job_id: number }[])[0]?.job_id, 12)
    assert.deepEqual([failure?.name, failure?.args], ['/rest/v1/rpc/fail_embedding_job', {
      job_id: 13,
      code: 'model_not_found',
      message: 'There is no embedding model "no-such-model" here.',
      retryable: false,
      retry_after_seconds: null,
    }])
    assert.ok(!log.join('\n').includes('words'), 'no text is logged')
  })
})

Deno.test('storing is repeated when the database was away for a moment; claiming is not', async () => {
  const job = { job_id: 1, target: 't', text: 'words', model: null, attempts: 1 }
  let finishes = 0
  const answer = ({ name }: Call): Response => {
    if (name.endsWith('claim_embedding_jobs')) return Response.json([job])
    const away = { code: '57P03', message: 'the database system is starting up' }
    return ++finishes === 1 ? Response.json(away, { status: 503 }) : new Response(null, { status: 204 })
  }
  await withDatabase(answer, async (work) => {
    const { stored, failed } = await (await work({})).json()
    assert.deepEqual([stored, failed, finishes], [1, 0, 2])
  })
})

Deno.test('only a secret key may work, and a database without the queue says so', async () => {
  const unknown = { code: 'PGRST202', message: 'Could not find the function' }
  await withDatabase(() => Response.json(unknown, { status: 404 }), async (work, calls) => {
    for (const key of ['sb_publishable_x', 'sb_secret_y', '']) assert.equal((await work({}, key)).status, 401)
    assert.equal(calls.length, 0)
    const answered = await work({})
    assert.deepEqual([answered.status, (await answered.json()).code], [404, 'PGRST202'])
    const wrong = await work({ batch: 5_000 })
    assert.deepEqual([wrong.status, (await wrong.json()).field], [400, 'batch'])
  })
})

Deno.test('the models that are chosen can be worked with', async () => {
  const queue = new MemoryQueue(['words'])
  const models = await selectModels(() => undefined)
  const { signal } = new AbortController()
  await work(queue, models, { batch: 1, leaseSeconds: 60, budget: 0, signal })
  assert.equal(queue.stored.get(1)?.vector.length, 384)
})
