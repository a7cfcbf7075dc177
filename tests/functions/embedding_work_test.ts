/** The decisions of the embedding worker, on a queue in memory; and its calls of the database, over real HTTP. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import postgres from 'postgres'
import type { EmbeddingProvider } from '../../functions/_shared/embeddings/provider.ts'
import { lexical } from '../../functions/_shared/embeddings/lexical.ts'
import type {
  EmbeddingJob,
  EmbeddingQueue,
  EmbeddingResult,
  QueueUsage,
} from '../../functions/_shared/embeddings/embedding_queue.ts'
import {
  processEmbeddings,
  type ProcessingOptions,
} from '../../functions/_shared/embeddings/process_embeddings.ts'
import { startFunctions } from '../../stack/functions/host.ts'
import { EmbedAnswer, EmbedWorkReport } from '../../types/api.ts'
import { type AppError, appError, AppFailure } from '../../types/errors.ts'
import { env, signUp } from '../support/clients.ts'
import { ProcessEnds } from '../../functions/_shared/http/lifecycle.ts'
import { sleep } from '../support/wait.ts'

const root = join(import.meta.dirname ?? '.', '..', '..')

type Waiting = EmbeddingJob & { readonly model: string }

/** A queue that records every call. Jobs that are neither finished nor failed stay claimed. */
class MemoryQueue implements EmbeddingQueue {
  readonly storedDimensions = [2, 384]
  readonly stored = new Map<number, { model: string; vector: Float32Array }>()
  readonly failed = new Map<number, AppError>()
  readonly claims: { model: string; batch: number; leaseSeconds: number }[] = []
  /** The number of vectors of each call. */
  readonly finishes: number[] = []
  readonly recorded: QueueUsage[] = []
  readonly #waiting: Waiting[]

  constructor(texts: readonly string[], models: readonly string[] = []) {
    this.#waiting = texts.map((text, index) => ({
      id: index + 1,
      revision: 1,
      text,
      attempts: 1,
      account_id: `account of ${text}`,
      workspace_id: 'workspace',
      model: models[index] ?? 'm',
    }))
  }

  get waiting(): number {
    return this.#waiting.length
  }

  claim({ model }: { model: string }, batch: number, leaseSeconds: number): Promise<EmbeddingJob[]> {
    this.claims.push({ model, batch, leaseSeconds })
    const claimed = this.#waiting.filter((job) => job.model === model).slice(0, batch)
    for (const job of claimed) this.#waiting.splice(this.#waiting.indexOf(job), 1)
    return Promise.resolve(claimed)
  }

  finish(model: string, results: readonly EmbeddingResult[]): Promise<number> {
    this.finishes.push(results.length)
    for (const { job, vector } of results) this.stored.set(job.id, { model, vector })
    return Promise.resolve(results.length)
  }

  record(_model: string, usage: readonly QueueUsage[]): Promise<void> {
    this.recorded.push(...usage)
    return Promise.resolve()
  }

  fail(job: EmbeddingJob, error: AppError): Promise<void> {
    this.failed.set(job.id, error)
    return Promise.resolve()
  }
}

type Embed = EmbeddingProvider['embed']

/** A model that may refuse texts, be slow or be unavailable. */
function modelWith(embed: Embed, name = 'm', dimensions = 2): EmbeddingProvider {
  return { model: name, dimensions, semantic: true, maxTokens: 10, embed }
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
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
  return await easy(texts, signal)
}

async function run(
  queue: EmbeddingQueue,
  embed: Embed | readonly EmbeddingProvider[],
  options: Partial<ProcessingOptions> = {},
): Promise<EmbedWorkReport> {
  const [standard, ...others] = typeof embed === 'function' ? [modelWith(embed)] : embed
  assert.ok(standard)
  const warn = console.warn
  const lines: string[] = []
  console.warn = (line: string) => lines.push(line)
  try {
    return await processEmbeddings(queue, { standard, all: [standard, ...others] }, {
      batch: 4,
      leaseSeconds: 60,
      budgetMs: 10_000,
      signal: new AbortController().signal,
      ...options,
    })
  } finally {
    console.warn = warn
    assert.ok(!lines.join().includes('private'), 'no text is logged')
  }
}
const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => `private ${index}`)

Deno.test('what texts use at an endpoint is recorded for their workspaces, also where it fails', async () => {
  const counting = (embed: Embed): EmbeddingProvider => ({
    ...modelWith((texts, signal, usage) => {
      if (usage) usage.tokens += 90
      return embed(texts, signal)
    }),
    isEndpoint: true,
  })
  const queue = new MemoryQueue(['one', 'others'])
  await run(queue, [counting(easy)])
  const shares = [
    { account_id: 'account of one', workspace_id: 'workspace', tokens: 30 },
    { account_id: 'account of others', workspace_id: 'workspace', tokens: 60 },
  ]
  assert.deepEqual([queue.recorded, queue.stored.size], [shares, 2])
  const failing = new MemoryQueue(['one', 'others'])
  await run(failing, [
    counting(() => Promise.reject(new AppFailure(appError('unavailable', { code: 'away', message: 'x' })))),
  ])
  assert.deepEqual([failing.recorded, failing.stored.size], [shares, 0])
  const local = new MemoryQueue(['one'])
  await run(local, [modelWith(easy)])
  assert.deepEqual([local.recorded, local.stored.size], [[], 1])
})

Deno.test('a queue is processed in bounded batches until it is empty', async () => {
  const queue = new MemoryQueue(texts(10))
  const report = await run(queue, easy)
  assert.deepEqual(report, { claimed: 10, stored: 10, outdated: 0, failed: 0, unfinished: 0, more: false })
  assert.ok(Math.max(...queue.finishes) <= 4, 'no more than a batch is stored at once')
  assert.equal(queue.finishes.reduce((sum, count) => sum + count), 10)
  assert.deepEqual(queue.claims, Array(3).fill({ model: 'm', batch: 4, leaseSeconds: 60 }))
  assert.deepEqual(queue.stored.get(7), { model: 'm', vector: one })
})

Deno.test('an empty queue gets one claim', async () => {
  const queue = new MemoryQueue([])
  assert.deepEqual(await run(queue, easy), {
    claimed: 0,
    stored: 0,
    outdated: 0,
    failed: 0,
    unfinished: 0,
    more: false,
  })
  assert.equal(queue.claims.length, 1)
})

Deno.test('after its budget it claims no more, and reports that there is more', async () => {
  const queue = new MemoryQueue(texts(100))
  const report = await run(queue, slow(200), { budgetMs: 300 })
  assert.deepEqual([report.claimed, report.stored, report.more], [8, 8, true])
  assert.equal(queue.waiting, 92)
})

Deno.test('a text that cannot be embedded fails alone; the others are stored', async () => {
  const queue = new MemoryQueue(['a', 'b', 'poison', 'd', 'e', 'f'])
  const report = await run(queue, refuses('poison'))
  assert.deepEqual(report, { claimed: 6, stored: 5, outdated: 0, failed: 1, unfinished: 0, more: false })
  assert.deepEqual([...queue.failed.keys()], [3])
  assert.equal(queue.failed.get(3)?.code, 'embedding_refused')
  assert.ok(![...queue.stored.keys()].includes(3))
})

Deno.test('blank texts and defects also fail alone', async () => {
  const queue = new MemoryQueue(['words', ' ', 'more words'], Array(3).fill(lexical.model))
  assert.deepEqual(await run(queue, [lexical]), {
    claimed: 3,
    stored: 2,
    outdated: 0,
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

Deno.test('while the model is unavailable, the batch fails and nothing more is claimed', async () => {
  const queue = new MemoryQueue(texts(10))
  let asked = 0
  const busy: Embed = () => {
    asked++
    return Promise.reject(
      new AppFailure(appError('rate_limit', { code: 'embedding_busy', message: 'Busy.', retryAfter: 30 })),
    )
  }
  const report = await run(queue, busy)
  assert.deepEqual(report, { claimed: 4, stored: 0, outdated: 0, failed: 4, unfinished: 0, more: true })
  assert.equal(asked, 1)
  const error = queue.failed.get(1)
  assert.ok(error?.kind === 'rate_limit' && error.retryAfter === 30)
})

Deno.test('when the model becomes unavailable while texts are tried one by one, the rest returns to the queue', async () => {
  const queue = new MemoryQueue(['a', 'poison', 'away', 'd'])
  const report = await run(queue, (list, signal) => {
    if (list.length === 1 && list[0] === 'away') {
      return Promise.reject(
        new AppFailure(appError('unavailable', { code: 'embedding_failed', message: 'm' })),
      )
    }
    return refuses('poison')(list, signal)
  })
  assert.deepEqual(report, { claimed: 4, stored: 1, outdated: 0, failed: 2, unfinished: 1, more: true })
  assert.deepEqual([2, 3, 4].map((id) => queue.failed.get(id)?.code), [
    'embedding_refused',
    'embedding_failed',
    'aborted',
  ])
})

Deno.test('a deployment that is not set up returns its jobs to the queue, and fails', async () => {
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

Deno.test('each model embeds its own texts, the standard model first', async () => {
  const queue = new MemoryQueue(texts(4), ['other', 'm', 'gone', 'other'])
  const all = [modelWith(easy), modelWith(easy, 'other'), modelWith(easy, 'huge', 4096)]
  const report = await run(queue, all)
  assert.deepEqual([report.stored, report.more, queue.waiting], [3, false, 1])
  assert.deepEqual([...queue.stored].map(([id, { model }]) => [id, model]), [[2, 'm'], [1, 'other'], [
    4,
    'other',
  ]])
  // Nothing is claimed for a model whose vectors cannot be stored.
  assert.deepEqual(queue.claims.map(({ model }) => model), ['m', 'other'])
})

Deno.test('an unavailable model does not stop the others', async () => {
  const queue = new MemoryQueue(texts(4), ['m', 'other', 'm', 'other'])
  const away: Embed = () =>
    Promise.reject(new AppFailure(appError('unavailable', { code: 'embedding_failed', message: 'Away.' })))
  const report = await run(queue, [modelWith(away), modelWith(easy, 'other')])
  assert.deepEqual([report.stored, report.failed, report.more], [2, 2, true])
})

Deno.test('a standard model whose vectors cannot be stored is a deployment that is not set up', async () => {
  const queue = new MemoryQueue(texts(1), ['big'])
  await assert.rejects(run(queue, [modelWith(easy, 'big', 1536)]), {
    message: 'Stored vectors must have 2 or 384 dimensions; big has 1536.',
  })
  assert.deepEqual(queue.claims, [])
})

Deno.test('a text that changed meanwhile counts as outdated', async () => {
  class Changing extends MemoryQueue {
    override async finish(model: string, results: readonly EmbeddingResult[]): Promise<number> {
      return await super.finish(model, results) - 1
    }
  }
  const report = await run(new Changing(texts(2)), easy)
  assert.deepEqual([report.claimed, report.stored, report.outdated], [2, 1, 1])
})

Deno.test('nothing is stored or reported once the lease may have expired', async () => {
  const queue = new MemoryQueue(texts(10))
  const report = await run(queue, slow(5_000), { leaseSeconds: 0.1 })
  assert.deepEqual(report, { claimed: 4, stored: 0, outdated: 0, failed: 0, unfinished: 4, more: true })
  assert.deepEqual([queue.stored.size, queue.failed.size], [0, 0])
  // The same for a model that ignores its signal and returns too late.
  const deaf = new MemoryQueue(texts(2))
  await run(deaf, async (list) => {
    await sleep(150)
    return list.map(() => one)
  }, { leaseSeconds: 0.1 })
  assert.deepEqual([deaf.stored.size, deaf.failed.size], [0, 0])
})

Deno.test('at shutdown the batch returns to the queue at once, and nothing more is claimed', async () => {
  const queue = new MemoryQueue(texts(10))
  const process = new AbortController()
  setTimeout(() => process.abort(), 30)
  const report = await run(queue, slow(600_000), { signal: process.signal })
  assert.deepEqual(report, { claimed: 4, stored: 0, outdated: 0, failed: 0, unfinished: 4, more: true })
  assert.deepEqual([...queue.failed.values()].map(({ code }) => code), Array(4).fill('aborted'))
  assert.equal(queue.waiting, 6)
})

Deno.test('texts whose process used up its time are not given back, and the next process embeds them one by one', async () => {
  class Tried extends MemoryQueue {
    override async claim(model: { model: string }, batch: number, lease: number): Promise<EmbeddingJob[]> {
      return (await super.claim(model, batch, lease)).map((job) => ({ ...job, attempts: 2 }))
    }
  }
  const first = new MemoryQueue(texts(4))
  const process = new AbortController()
  setTimeout(() => process.abort(new ProcessEnds(true)), 30)
  const report = await run(first, slow(5_000), { signal: process.signal })
  assert.deepEqual([report.stored, report.unfinished, first.failed.size], [0, 4, 0])

  const second = new Tried(texts(4))
  const next = new AbortController()
  let embedded = 0
  const costly: Embed = async (list) => {
    if (++embedded === 3) next.abort(new ProcessEnds(true))
    await sleep(1)
    return list.map(() => one)
  }
  assert.deepEqual((await run(second, costly, { signal: next.signal })).stored, 2)
  // The third is left to its lease, and the fourth was not begun.
  assert.deepEqual([...second.failed].map(([id, { code }]) => [id, code]), [[4, 'aborted']])
})

Deno.test('a vector that the database refuses fails alone; the others are stored', async () => {
  class Picky extends MemoryQueue {
    override finish(model: string, results: readonly EmbeddingResult[]): Promise<number> {
      if (results.some(({ job }) => job.id === 2)) {
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

Deno.test('an unavailable database ends the work with its error', async () => {
  const away = new AppFailure(appError('unavailable', { code: 'unreachable', message: 'Away.' }))
  class Away extends MemoryQueue {
    override claim(): Promise<EmbeddingJob[]> {
      return Promise.reject(away)
    }
  }
  await assert.rejects(run(new Away([]), easy), away)
})

type Call = { name: string; args: Record<string, unknown>; key: string | null }

/** A database that answers the three functions of the queue, and the function embed-work. */
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

const owner = { account_id: 'account', workspace_id: 'workspace' }

/** Queued texts by model. */
const claimed = (jobs: Record<string, unknown[]>, { args }: Call): Response =>
  Response.json(jobs[String(args['model'])] ?? [])

Deno.test('jobs are claimed, finished and failed through the database', async () => {
  const jobs = {
    [lexical.model]: [
      { job_id: 11, revision: 3, content: 'private words', attempts: 1, ...owner },
      { job_id: 12, revision: 1, content: ' ', attempts: 2, ...owner },
    ],
  }
  const answer = (call: Call): Response => {
    if (call.name.endsWith('claim_embedding_jobs')) return claimed(jobs, call)
    return call.name.endsWith('finish_embedding_jobs')
      ? Response.json(1)
      : new Response(null, { status: 204 })
  }
  await withDatabase(answer, async (work, calls, log) => {
    const answered = await work({ batch: 5, lease_seconds: 30 })
    assert.equal(answered.status, 200)
    assert.deepEqual(EmbedWorkReport.parse(await answered.json()), {
      claimed: 2,
      stored: 1,
      outdated: 0,
      failed: 1,
      unfinished: 0,
      more: false,
    })
    const [claim, finish, failure] = calls
    assert.deepEqual(claim, {
      name: '/rest/v1/rpc/claim_embedding_jobs',
      args: {
        model: lexical.model,
        dimensions: 384,
        batch: 5,
        lease_seconds: 30,
        adopt: true,
        is_endpoint: false,
      },
      key: 'sb_secret_x',
    })
    const [vector] = await lexical.embed(['private words'], new AbortController().signal)
    const [result] = finish?.args['results'] as { job_id: number; revision: number; embedding: number[] }[]
    assert.deepEqual([finish?.name, finish?.args['model'], result?.job_id, result?.revision], [
      '/rest/v1/rpc/finish_embedding_jobs',
      lexical.model,
      11,
      3,
    ])
    assert.deepEqual(Float32Array.from(result?.embedding ?? []), vector)
    assert.deepEqual([failure?.name, failure?.args], ['/rest/v1/rpc/fail_embedding_job', {
      job_id: 12,
      revision: 1,
      reason: 'empty_text: A text to embed must not be blank.',
      outcome: 'refused',
    }])
    assert.ok(!log.join('\n').includes('words'), 'no text is logged')
  })
})

Deno.test('storing is retried after a short failure of the database', async () => {
  const jobs = { [lexical.model]: [{ job_id: 1, revision: 1, content: 'words', attempts: 1, ...owner }] }
  let finishes = 0
  const answer = (call: Call): Response => {
    if (call.name.endsWith('claim_embedding_jobs')) return claimed(jobs, call)
    const away = { code: '57P03', message: 'the database system is starting up' }
    return ++finishes === 1 ? Response.json(away, { status: 503 }) : Response.json(1)
  }
  await withDatabase(answer, async (work) => {
    const { stored, failed } = await (await work({})).json()
    assert.deepEqual([stored, failed, finishes], [1, 0, 2])
  })
})

Deno.test('only a secret key may start the work, and a database without the queue is an error', async () => {
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

/** A new passage of a new user, and its state. */
async function newPassage(
  text: string,
): Promise<() => Promise<{ embedding: string | null; model: string | null }>> {
  const sql = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })
  try {
    const { id } = await signUp('dora')
    const [row] = await sql<{ id: string }[]>`
      insert into public.search_chunks (workspace_id, source_type, text)
      select w.id, 'text', ${text} from public.workspaces as w where w.personal_of = ${id} returning id`
    const chunk = row?.id ?? assert.fail('the passage is there')
    return async () => {
      const again = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })
      const [found] = await again<{ embedding: string | null; model: string | null }[]>`
        select c.embedding, c.embedding_model as model from public.search_chunks as c where c.id = ${chunk}`
      await again.end()
      return found ?? assert.fail('the passage is there')
    }
  } finally {
    await sql.end()
  }
}

Deno.test('on the platform a queued passage gets its vector', async () => {
  const passage = await newPassage('water in the basement')
  const headers = { apikey: env('SUPABASE_SECRET_KEY'), 'content-type': 'application/json' }
  const address = `${env('SUPABASE_URL')}/functions/v1`
  const deadline = Date.now() + 30_000
  // The schedule, which calls the function every minute, may have claimed it first.
  while ((await passage()).embedding === null && Date.now() < deadline) {
    const answer = await fetch(`${address}/embed-work`, { method: 'POST', headers, body: '{}' })
    assert.equal(answer.status, 200)
    EmbedWorkReport.parse(await answer.json())
  }
  const { embedding, model } = await passage()
  const asked = await fetch(`${address}/embed`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ texts: ['water in the basement'] }),
  })
  const answer = EmbedAnswer.parse(await asked.json())
  assert.equal(model, answer.model)
  assert.deepEqual(
    Float32Array.from(JSON.parse(embedding ?? 'null')),
    Float32Array.from(answer.vectors[0] as number[]),
  )
})

Deno.test('vectors are stored in pieces, and a failure in between repeats none of them', async () => {
  class Refusing extends MemoryQueue {
    override finish(model: string, results: readonly EmbeddingResult[]): Promise<number> {
      if (results.some(({ job }) => job.id === 20)) {
        return Promise.reject(
          new AppFailure(appError('validation', { code: '22000', message: 'expected 384 dimensions' })),
        )
      }
      return super.finish(model, results)
    }
  }
  const queue = new Refusing(texts(32))
  const report = await run(queue, easy, { batch: 32 })
  assert.deepEqual([report.claimed, report.stored, report.failed], [32, 31, 1])
  assert.equal(queue.finishes[0], 8, 'a quarter of the batch')
  assert.equal(queue.finishes.reduce((sum, count) => sum + count), 31, 'each is stored once')
})
