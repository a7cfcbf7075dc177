/** Endpoints with OpenAI's protocol, correct and faulty ones, over real HTTP. */
import assert from 'node:assert/strict'
import {
  type EndpointSettings,
  openAiCompatible,
} from '../../functions/_shared/embeddings/openai_compatible.ts'
import type { EmbeddingProvider } from '../../functions/_shared/embeddings/provider.ts'
import { type AppError, AppFailure } from '../../types/errors.ts'
import { sleep } from '../support/wait.ts'

const { signal } = new AbortController()

type Asked = { path: string; headers: Headers; body: Record<string, unknown>; at: number }
type Behaviour = (asked: Asked, number: number) => Response | Promise<Response>

/** A vector that identifies its text. */
const vectorOf = (text: string): number[] => [text.length, 4, 0]

function inputOf({ body }: Asked): string[] {
  return body['input'] as string[]
}

/** A correct response; in reverse, since `index` has the order. */
const well: Behaviour = (asked) => {
  const data = inputOf(asked).map((text, index) => ({
    object: 'embedding',
    index,
    embedding: vectorOf(text),
  })).reverse()
  return Response.json({ object: 'list', data, model: 'm', usage: { prompt_tokens: 7, total_tokens: 7 } })
}

async function withEndpoint(
  behave: Behaviour,
  use: (provider: EmbeddingProvider, asked: Asked[]) => Promise<void>,
  settings: Partial<EndpointSettings> = {},
): Promise<void> {
  const asked: Asked[] = []
  const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, async (request) => {
    const entry = {
      path: new URL(request.url).pathname,
      headers: request.headers,
      body: await request.json(),
      at: performance.now(),
    }
    asked.push(entry)
    return await behave(entry, asked.length)
  })
  const provider = openAiCompatible({
    url: `http://127.0.0.1:${server.addr.port}/v1/`,
    model: 'm',
    dimensions: 3,
    key: 'sk-private',
    shorten: false,
    maxTokens: 100,
    batch: 2,
    pauseMs: 5,
    ...settings,
  })
  try {
    await use(provider, asked)
  } finally {
    await server.shutdown()
  }
}

async function failure(work: Promise<unknown>): Promise<AppError> {
  const cause = await work.then(() => assert.fail('expected a failure'), (cause: unknown) => cause)
  assert.ok(cause instanceof AppFailure, String(cause))
  return cause.error
}

Deno.test('texts are sent in batches with the key, and the vectors come back in order, of length 1', async () => {
  await withEndpoint(well, async (provider, asked) => {
    const usage = { tokens: 0 }
    const vectors = await provider.embed(['a', 'bb', 'ccc'], signal, usage)
    assert.deepEqual(
      vectors.map((vector) => [...vector]),
      [1, 2, 3].map((
        length,
      ) => [...Float32Array.from([length, 4, 0], (value) => value / Math.hypot(length, 4))]),
    )
    assert.deepEqual(asked.map(inputOf), [['a', 'bb'], ['ccc']])
    assert.equal(usage.tokens, 14)
    const [first] = asked
    assert.deepEqual([first?.path, first?.headers.get('authorization')], [
      '/v1/embeddings',
      'Bearer sk-private',
    ])
    assert.deepEqual(first?.body, { model: 'm', input: ['a', 'bb'], encoding_format: 'float' })
  })
})

Deno.test('shorter vectors are requested only where the settings say so', async () => {
  await withEndpoint(well, async (provider, asked) => {
    await provider.embed(['a'], signal)
    assert.equal(asked[0]?.body['dimensions'], 3)
  }, { shorten: true })
})

Deno.test('without a key no authorization is sent, and missing token counts are estimated', async () => {
  const untold: Behaviour = (asked) =>
    Response.json({ data: inputOf(asked).map((text, index) => ({ index, embedding: vectorOf(text) })) })
  await withEndpoint(untold, async (provider, asked) => {
    const usage = { tokens: 0 }
    await provider.embed(['x'.repeat(8), 'y'.repeat(1_000)], signal, usage)
    assert.equal(asked[0]?.headers.has('authorization'), false)
    assert.equal(usage.tokens, 2 + 100)
  }, { key: undefined })
})

Deno.test('a busy endpoint gets a second request after its Retry-After', async () => {
  const busyOnce: Behaviour = (asked, number) =>
    number === 1 ? new Response('', { status: 429, headers: { 'retry-after': '0.3' } }) : well(asked, number)
  await withEndpoint(busyOnce, async (provider, asked) => {
    assert.equal((await provider.embed(['a'], signal)).length, 1)
    assert.equal(asked.length, 2)
    assert.ok((asked[1]?.at ?? 0) - (asked[0]?.at ?? 0) >= 295)
  })
})

Deno.test('an endpoint that stays busy is a rate limit; one with a long Retry-After gets no second request', async () => {
  const busy = (seconds: string): Behaviour => () =>
    new Response('', { status: 429, headers: { 'retry-after': seconds } })
  await withEndpoint(busy('0'), async (provider, asked) => {
    const error = await failure(provider.embed(['a'], signal))
    assert.deepEqual([error.kind, error.code, error.retryable, asked.length], [
      'rate_limit',
      'embedding_busy',
      true,
      2,
    ])
  })
  await withEndpoint(busy('3600'), async (provider, asked) => {
    const error = await failure(provider.embed(['a'], signal))
    assert.ok(error.kind === 'rate_limit' && error.retryAfter === 3600)
    assert.equal(asked.length, 1)
  })
})

Deno.test('a failing endpoint gets a second request, and is then unavailable', async () => {
  for (const status of [500, 502, 503, 504]) {
    await withEndpoint(() => new Response('a secret of the service', { status }), async (provider, asked) => {
      const error = await failure(provider.embed(['a'], signal))
      assert.deepEqual([error.code, error.status, error.retryable, asked.length], [
        'embedding_failed',
        503,
        true,
        2,
      ])
      assert.ok(!JSON.stringify(error).includes('secret'))
    })
  }
})

Deno.test('a refused text is distinguished from a refused key, model or URL', async () => {
  const cases: [number, string, number][] = [
    [400, 'embedding_refused', 422],
    [413, 'embedding_refused', 422],
    [422, 'embedding_refused', 422],
    [401, 'embeddings_not_set_up', 503],
    [403, 'embeddings_not_set_up', 503],
    [404, 'embeddings_not_set_up', 503],
  ]
  for (const [status, code, answered] of cases) {
    await withEndpoint(() => new Response('', { status }), async (provider, asked) => {
      const error = await failure(provider.embed(['a'], signal))
      assert.deepEqual([error.code, error.status, error.retryable, asked.length], [code, answered, false, 1])
    })
  }
})

Deno.test('a redirect is not followed, so that texts go to no other host', async () => {
  let reached = false
  const elsewhere = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, () => {
    reached = true
    return new Response()
  })
  const location = `http://127.0.0.1:${elsewhere.addr.port}/v1/embeddings`
  await withEndpoint(() => new Response(null, { status: 307, headers: { location } }), async (provider) => {
    assert.equal((await failure(provider.embed(['a'], signal))).code, 'embeddings_not_set_up')
  })
  await elsewhere.shutdown()
  assert.equal(reached, false)
})

Deno.test('a malformed response is refused, and not requested again', async () => {
  const data = (...entries: unknown[]): Behaviour => () => Response.json({ data: entries })
  const good = { index: 0, embedding: [1, 2, 3] }
  const cases: [string, Behaviour, RegExp][] = [
    ['no JSON', () => new Response('<html>'), /JSON/],
    ['no list', () => Response.json({ error: 'x' }), /list of vectors/],
    ['null instead of numbers', data({ index: 0, embedding: [null, 1, 2] }), /list of vectors/],
    ['too few vectors', data(), /exactly one vector per text/],
    ['too many vectors', data(good, { ...good, index: 1 }), /exactly one vector per text/],
    ['a wrong index', data({ ...good, index: 5 }), /exactly one vector per text/],
    ['too few dimensions', data({ ...good, embedding: [1, 2] }), /returned 2 dimensions; expected 3/],
    ['too many dimensions', data({ ...good, embedding: [1, 2, 3, 4] }), /returned 4 dimensions; expected 3/],
    ['a zero vector', data({ ...good, embedding: [0, 0, 0] }), /invalid vector/],
    ['an infinite vector', data({ ...good, embedding: [1e200, 1e200, 0] }), /invalid vector/],
  ]
  for (const [name, behave, message] of cases) {
    await withEndpoint(behave, async (provider, asked) => {
      const error = await failure(provider.embed(['a'], signal))
      assert.deepEqual([error.code, error.retryable, asked.length], ['embedding_malformed', false, 1], name)
      assert.match(error.message, message, name)
    })
  }
  const twice = data(good, good)
  await withEndpoint(twice, async (provider) => {
    assert.match((await failure(provider.embed(['a', 'b'], signal))).message, /exactly one vector per text/)
  })
})

Deno.test('a slow endpoint times out and gets a second request', async () => {
  const slowOnce: Behaviour = async (asked, number) => {
    if (number === 1) await sleep(400)
    return well(asked, number)
  }
  await withEndpoint(slowOnce, async (provider, asked) => {
    assert.equal((await provider.embed(['a'], signal)).length, 1)
    assert.equal(asked.length, 2)
  }, { timeoutMs: 100 })
  const slow: Behaviour = async (asked, number) => {
    await sleep(300)
    return well(asked, number)
  }
  await withEndpoint(slow, async (provider) => {
    const usage = { tokens: 0 }
    const error = await failure(provider.embed(['eight...'], signal, usage))
    assert.deepEqual([error.code, error.retryable], ['timeout', true])
    assert.equal(usage.tokens, 2 + 2, 'the endpoint may have read the text both times')
  }, { timeoutMs: 50 })
})

Deno.test('a response that stops half way times out', async () => {
  const stuck: Behaviour = () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('{"data":[')),
      }),
    )
  await withEndpoint(stuck, async (provider) => {
    assert.equal((await failure(provider.embed(['a'], signal))).code, 'timeout')
  }, { timeoutMs: 50 })
})

Deno.test('a missing endpoint is unreachable', async () => {
  const listener = Deno.listen({ port: 0, hostname: '127.0.0.1' })
  const url = `http://127.0.0.1:${listener.addr.port}`
  listener.close()
  await withEndpoint(well, async (provider) => {
    const error = await failure(provider.embed(['a'], signal))
    assert.deepEqual([error.code, error.retryable], ['unreachable', true])
  }, { url })
})

Deno.test('an abort by the caller cancels the request without a second one', async () => {
  const asking = Promise.withResolvers<void>()
  const leaving = Promise.withResolvers<void>()
  const patient: Behaviour = async (asked, number) => {
    asking.resolve()
    await leaving.promise
    return well(asked, number)
  }
  await withEndpoint(patient, async (provider, asked) => {
    const caller = new AbortController()
    const embedding = provider.embed(['a'], caller.signal)
    await asking.promise
    caller.abort(new Error('left'))
    await assert.rejects(embedding)
    assert.equal(asked.length, 1)
    leaving.resolve()
  })
})

Deno.test('blank texts are not sent, and lone surrogates are replaced', async () => {
  await withEndpoint(well, async (provider, asked) => {
    assert.equal((await failure(provider.embed(['a', ' '], signal))).code, 'empty_text')
    assert.equal(asked.length, 0)
    await provider.embed(['a\ud83d'], signal)
    assert.deepEqual(asked.map(inputOf), [['a\ufffd']])
  })
})
