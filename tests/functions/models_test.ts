/** Models of providers over HTTP: streams, timeouts, retries and fallbacks. */
import assert from 'node:assert/strict'
import { generateText, streamText } from 'ai'
import { ModelCall } from '../../functions/_shared/model/model_call.ts'
import {
  configuredProviders,
  languageModel,
  type ModelOptions,
  toOpenAiBody,
} from '../../functions/_shared/model/providers.ts'
import type { ModelRow } from '../../functions/_shared/model/types.ts'
import { AppFailure } from '../../types/errors.ts'
import { type Play, type Providers, type Script, startProviders } from './providers.ts'
import { until } from '../support/wait.ts'

const claude: ModelRow = { id: 'claude', provider: 'anthropic', provider_model: 'claude-sonnet-5-5' }
const smaller: ModelRow = { id: 'smaller', provider: 'anthropic', provider_model: 'claude-haiku-4-5' }
const gpt: ModelRow = { id: 'gpt', provider: 'openai', provider_model: 'gpt-4.1' }
const both = [claude, gpt]
const deltas = ['Grüße, ', 'the “estimate”', ' is\n\n', '📄 12,4', '00.', ' ']
const text = deltas.join('')
const timeouts = { firstTokenMs: 2_000, nextTokenMs: 2_000, totalMs: 2_000, retryPauseMs: 5 }

const secrets = ['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL', 'OPENAI_API_KEY', 'OPENAI_BASE_URL'] as const

async function withSettings(
  settings: Partial<Record<string, string>>,
  use: () => Promise<void> | void,
): Promise<void> {
  const former = secrets.map((name) => [name, Deno.env.get(name)] as const)
  for (const name of secrets) {
    const value = settings[name]
    if (value === undefined) Deno.env.delete(name)
    else Deno.env.set(name, value)
  }
  try {
    await use()
  } finally {
    for (const [name, value] of former) {
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value)
    }
  }
}

async function withProviders(script: Script, use: (providers: Providers) => Promise<void>): Promise<void> {
  await using providers = startProviders(script)
  await withSettings(providers.env, () => use(providers))
}

interface Heard {
  text: string
  error: unknown
  finishReason: string | undefined
  plinth: Record<string, unknown> | undefined
  usage: { inputTokens: number | undefined; outputTokens: number | undefined; cached: number | undefined }
  tools: unknown[]
}

async function hear(row: ModelRow, options?: ModelOptions, signal?: AbortSignal): Promise<Heard> {
  const heard: Heard = {
    text: '',
    error: undefined,
    finishReason: undefined,
    plinth: undefined,
    usage: { inputTokens: undefined, outputTokens: undefined, cached: undefined },
    tools: [],
  }
  const result = streamText({
    model: languageModel(row, { timeouts, ...options }),
    maxRetries: 0,
    prompt: 'How much is the estimate?',
    onError: () => {},
    ...(signal ? { abortSignal: signal } : {}),
  })
  for await (const part of result.fullStream) {
    if (part.type === 'text-delta') heard.text += part.text
    if (part.type === 'error') heard.error = part.error
    if (part.type === 'abort') heard.finishReason = 'abort'
    if (part.type === 'tool-call') heard.tools.push({ name: part.toolName, input: part.input })
    if (part.type === 'finish-step') {
      heard.finishReason = part.finishReason
      heard.plinth = part.providerMetadata?.['plinth']
      heard.usage = {
        inputTokens: part.usage.inputTokens,
        outputTokens: part.usage.outputTokens,
        cached: part.usage.inputTokenDetails.cacheReadTokens,
      }
    }
  }
  return heard
}

function codeOf(error: unknown): string {
  assert.ok(error instanceof AppFailure, `${error}`)
  return error.error.code
}

for (const row of both) {
  Deno.test(`${row.provider}: a stream arrives whole and in order, with its usage`, async () => {
    await withProviders(
      { deltas, usage: { input: 40, output: 9, cached: 15 }, pause: 1 },
      async ({ asked }) => {
        const heard = await hear(row)
        assert.equal(heard.text, text)
        assert.equal(heard.finishReason, 'stop')
        assert.deepEqual(heard.usage, { inputTokens: 40, outputTokens: 9, cached: 15 })
        assert.deepEqual(heard.plinth, {
          model_id: row.id,
          fallback: false,
          attempts: [{ model_id: row.id, outcome: 'answered' }],
        })
        assert.deepEqual(asked.map(({ model, stream, question }) => [model, stream, question]), [
          [row.provider_model, true, 'How much is the estimate?'],
        ])
      },
    )
  })

  Deno.test(`${row.provider}: an answer that is not streamed`, async () => {
    await withProviders({ deltas, usage: { input: 40, output: 9 } }, async ({ asked }) => {
      const result = await generateText({
        model: languageModel(row, { timeouts }),
        prompt: 'Say it.',
        maxRetries: 0,
      })
      assert.equal(result.text, text)
      assert.deepEqual([result.usage.inputTokens, result.usage.outputTokens], [40, 9])
      assert.equal(result.providerMetadata?.['plinth']?.['model_id'], row.id)
      assert.equal(asked[0]?.stream, false)
    })
  })

  Deno.test(`${row.provider}: tool calls, with and without text before them`, async () => {
    for (const words of [[], ['I look. ']]) {
      const toolCalls = [{ id: 'call_1', name: 'look_up', input: { job: 'HRB-1', deep: [1, 2] } }, {
        id: 'call_2',
        name: 'look_up',
        input: {},
      }]
      await withProviders({ deltas: words, toolCalls }, async () => {
        const heard = await hear(row)
        assert.equal(heard.text, words.join(''))
        assert.equal(heard.finishReason, 'tool-calls')
        assert.deepEqual(heard.tools, toolCalls.map(({ name, input }) => ({ name, input })))
      })
    }
  })

  Deno.test(`${row.provider}: an answer that is cut by its limit has the finish reason length`, async () => {
    await withProviders({ deltas, cutOff: true }, async () => {
      assert.equal((await hear(row)).finishReason, 'length')
    })
  })

  for (const status of [429, 503, 529]) {
    Deno.test(`${row.provider}: after ${status} the model is called once more`, async () => {
      await withProviders((_, number): Play => number === 1 ? { status } : { deltas }, async ({ asked }) => {
        const heard = await hear(row)
        assert.equal(heard.text, text)
        assert.equal(asked.length, 2)
        const outcome = status === 429 ? 'model_busy' : 'model_overloaded'
        assert.deepEqual(heard.plinth, {
          model_id: row.id,
          fallback: false,
          attempts: [{ model_id: row.id, outcome }, { model_id: row.id, outcome: 'answered' }],
        })
      })
    })
  }

  Deno.test(`${row.provider}: an overloaded model is called twice, then the fallback answers, and the metadata says so`, async () => {
    const told: unknown[] = []
    await withProviders(
      ({ model }): Play => model === row.provider_model ? { status: 529 } : { deltas },
      async ({ asked }) => {
        const heard = await hear(row, { fallback: smaller, onAttempt: (attempt) => told.push(attempt) })
        assert.equal(heard.text, text)
        assert.deepEqual(asked.map(({ model }) => model), [
          row.provider_model,
          row.provider_model,
          'claude-haiku-4-5',
        ])
        const attempts = [
          { model_id: row.id, outcome: 'model_overloaded' },
          { model_id: row.id, outcome: 'model_overloaded' },
          { model_id: 'smaller', outcome: 'answered' },
        ]
        assert.deepEqual(heard.plinth, { model_id: 'smaller', fallback: true, attempts })
        assert.deepEqual(told, attempts)
      },
    )
  })

  Deno.test(`${row.provider}: a surrogate pair that is cut in two arrives whole`, async () => {
    const cut = ['wall \ud83e', '\uddba dry \ud83d', '\ude00', '\ud83c', ' end']
    await withProviders({ deltas: cut }, async () => {
      const result = streamText({
        model: languageModel(row, { timeouts }),
        maxRetries: 0,
        prompt: 'How dry?',
      })
      const heard = await Array.fromAsync(result.textStream)
      assert.deepEqual(heard.filter((piece) => !piece.isWellFormed()), ['\ud83c end'])
      assert.equal(heard.join(''), cut.join(''))
    })
  })

  Deno.test(`${row.provider}: the fallback gets its own limit of tokens`, async () => {
    await withProviders(
      ({ model }): Play => model === row.provider_model ? { status: 529 } : { deltas },
      async ({ asked }) => {
        const result = streamText({
          model: languageModel({ ...row, max_output_tokens: 90 }, {
            timeouts,
            fallback: { ...smaller, max_output_tokens: 40 },
          }),
          maxRetries: 0,
          maxOutputTokens: 70,
          prompt: 'How much is the estimate?',
        })
        assert.equal(await result.text, text)
        assert.deepEqual(
          asked.map(({ body }) => body['max_tokens'] ?? body['max_completion_tokens']),
          [70, 70, 40],
        )
      },
    )
  })

  Deno.test(`${row.provider}: without a fallback the failure has the time to wait`, async () => {
    await withProviders({ status: 429, headers: { 'retry-after': '30' } }, async ({ asked }) => {
      const heard = await hear(row)
      assert.equal(codeOf(heard.error), 'model_busy')
      assert.ok(heard.error instanceof AppFailure && heard.error.error.kind === 'rate_limit')
      assert.equal(heard.error.error.retryAfter, 30)
      assert.equal(asked.length, 1, 'a provider that asks for half a minute is not called again')
    })
  })

  Deno.test(`${row.provider}: a refused request is not repeated, and keys are removed from its message`, async () => {
    await withProviders(
      { status: 400, message: 'prompt is too long, sk-ant-secret-1234' },
      async ({ asked }) => {
        const heard = await hear(row, { fallback: smaller })
        assert.ok(heard.error instanceof AppFailure)
        assert.equal(heard.error.error.code, 'model_refused')
        assert.equal(heard.error.message, 'The model rejected the request: prompt is too long, ***')
        assert.equal(asked.length, 1)
      },
    )
  })

  Deno.test(`${row.provider}: a wrong key is a failure of the installation`, async () => {
    await withProviders({ deltas }, async ({ env }) => {
      await withSettings(
        { ...env, ANTHROPIC_API_KEY: 'sk-ant-wrong', OPENAI_API_KEY: 'sk-wrong' },
        async () => {
          const { error } = await hear(row)
          assert.ok(error instanceof AppFailure)
          assert.equal(error.error.code, 'model_not_set_up')
          assert.equal(error.error.retryable, false)
          assert.doesNotMatch(JSON.stringify(error.error), /wrong/)
        },
      )
    })
  })

  Deno.test(`${row.provider}: an error in the stream before the first token is a failed attempt`, async () => {
    await withProviders(
      (_, number): Play => number === 1 ? { deltas, errorAfter: 0 } : { deltas },
      async ({ asked }) => {
        const heard = await hear(row)
        assert.equal(heard.text, text)
        assert.equal(asked.length, 2)
      },
    )
  })

  Deno.test(`${row.provider}: after the first token nothing is repeated: the partial text stays, and the stream ends with the failure`, async () => {
    for (const broken of [{ errorAfter: 2 }, { breakAfter: 2 }, { resetAfter: 2 }]) {
      await withProviders({ deltas, ...broken, pause: 30 }, async ({ asked }) => {
        const heard = await hear(row, { fallback: smaller })
        assert.equal(heard.text, deltas.slice(0, 2).join(''))
        assert.ok(
          ['model_overloaded', 'model_failed', 'model_broke_off'].includes(
            codeOf(heard.error),
          ),
          codeOf(heard.error),
        )
        assert.equal(asked.length, 1)
      })
    }
  })

  Deno.test(`${row.provider}: a model that is silent before the first token is given up for the fallback`, async () => {
    await withProviders(
      ({ model }): Play => model === row.provider_model ? { deltas, hangAfter: 0 } : { deltas },
      async ({ asked }) => {
        const heard = await hear(row, { fallback: smaller, timeouts: { ...timeouts, firstTokenMs: 120 } })
        assert.equal(heard.text, text)
        assert.deepEqual(heard.plinth?.['attempts'], [
          { model_id: row.id, outcome: 'model_timeout' },
          { model_id: 'smaller', outcome: 'answered' },
        ])
        await until(() => asked[0]?.left, 'its request is aborted')
      },
    )
  })

  Deno.test(`${row.provider}: a model that falls silent within its answer is given up, and the partial text stays`, async () => {
    await withProviders({ deltas, hangAfter: 3 }, async ({ asked }) => {
      const heard = await hear(row, { timeouts: { ...timeouts, nextTokenMs: 120 } })
      assert.equal(heard.text, deltas.slice(0, 3).join(''))
      assert.equal(codeOf(heard.error), 'model_timeout')
      await until(() => asked[0]?.left, 'its request is aborted')
    })
  })

  Deno.test(`${row.provider}: a slow stream may take longer than the limit between two tokens`, async () => {
    await withProviders({ deltas, pause: 60 }, async () => {
      const heard = await hear(row, { timeouts: { ...timeouts, firstTokenMs: 200, nextTokenMs: 200 } })
      assert.equal(heard.text, text)
      assert.equal(heard.error, undefined)
    })
  })

  Deno.test(`${row.provider}: an abort by the caller stops the provider`, async () => {
    await withProviders({ deltas, hangAfter: 2 }, async ({ asked }) => {
      const controller = new AbortController()
      setTimeout(() => controller.abort(), 80)
      const heard = await hear(row, { fallback: smaller }, controller.signal)
      assert.equal(heard.finishReason, 'abort')
      assert.equal(asked.length, 1)
      await until(() => asked[0]?.left, 'its request is aborted')
    })
  })

  Deno.test(`${row.provider}: the first token is passed on at once`, async () => {
    const gate = Promise.withResolvers<void>()
    await withProviders(
      { deltas, gate: (index) => index === 0 ? Promise.resolve() : gate.promise },
      async () => {
        const { textStream } = streamText({
          model: languageModel(row, { timeouts }),
          prompt: 'x',
          maxRetries: 0,
        })
        const reader = textStream[Symbol.asyncIterator]()
        assert.equal(
          (await reader.next()).value,
          deltas[0],
          'before the provider sends the second',
        )
        gate.resolve()
        while (!(await reader.next()).done);
      },
    )
  })
}

/** Reads one call to its end, or until `stop` says so; resolves with what it recorded. */
async function meter(
  row: ModelRow,
  { fallback = null, stop = () => false }: { fallback?: ModelRow | null; stop?: (text: string) => boolean } =
    {},
): Promise<ModelCall<ModelRow>> {
  const call = new ModelCall({ model: row, fallback })
  const controller = new AbortController()
  const { stream } = streamText({
    model: call.model,
    maxRetries: 0,
    prompt: 'How much is the estimate?',
    onError: () => {},
    abortSignal: controller.signal,
  })
  let heard = ''
  if (stop('')) setTimeout(() => controller.abort(), 80)
  for await (const part of stream) {
    if (part.type === 'text-delta') heard += part.text
    if (heard !== '' && stop(heard)) controller.abort()
  }
  return call
}

for (const row of both) {
  Deno.test(`${row.provider}: a call has the usage that the provider counts`, async () => {
    await withProviders({ deltas, usage: { input: 40, output: 9, cached: 15 } }, async () => {
      const { usage, isEstimated, answeredBy, failedAttempts } = await meter(row)
      assert.deepEqual(usage, { input_tokens: 40, output_tokens: 9, cached_input_tokens: 15 })
      assert.deepEqual([isEstimated, answeredBy, failedAttempts], [false, row, []])
    })
  })

  Deno.test(`${row.provider}: a call that is refused has no usage`, async () => {
    await withProviders({ status: 400, message: 'too long' }, async () => {
      const { usage, isEstimated, failedAttempts } = await meter(row)
      assert.deepEqual(usage, { input_tokens: 0, output_tokens: 0, cached_input_tokens: 0 })
      assert.equal(isEstimated, false)
      assert.deepEqual(failedAttempts, [{ model_id: row.id, outcome: 'model_refused' }])
    })
  })

  Deno.test(`${row.provider}: a call that breaks off is charged once, by estimate, for its input and partial text`, async () => {
    for (const broken of [{ errorAfter: 2 }, { breakAfter: 2 }]) {
      await withProviders({ deltas, ...broken, usage: { input: 4_000, output: 900 } }, async () => {
        const { usage, isEstimated } = await meter(row)
        assert.deepEqual(usage, {
          input_tokens: Math.ceil('How much is the estimate?'.length / 4),
          output_tokens: Math.ceil(deltas.slice(0, 2).join('').length / 4),
          cached_input_tokens: 0,
        })
        assert.equal(isEstimated, true)
      })
    }
  })

  Deno.test(`${row.provider}: a call that is aborted is charged for its input before the first token, and for its text after it`, async () => {
    await withProviders({ deltas, hangAfter: 0 }, async () => {
      const { usage, isEstimated } = await meter(row, { stop: () => true })
      assert.deepEqual([usage.input_tokens > 0, usage.output_tokens, isEstimated], [true, 0, true])
    })
    await withProviders({ deltas, hangAfter: 3 }, async () => {
      const { usage, isEstimated } = await meter(row, { stop: (heard) => heard.length > 20 })
      assert.deepEqual([usage.input_tokens > 0, usage.output_tokens > 0, isEstimated], [true, true, true])
    })
  })

  Deno.test(`${row.provider}: a call has the model that answered, and the attempts before it`, async () => {
    await withProviders(
      ({ model }): Play => model === row.provider_model ? { status: 400 } : { deltas },
      async () => assert.equal((await meter(row, { fallback: smaller })).answeredBy, row),
    )
    await withProviders(
      ({ model }): Play =>
        model === row.provider_model ? { status: 529, headers: { 'retry-after': '30' } } : { deltas },
      async () => {
        const { answeredBy, failedAttempts } = await meter(row, { fallback: smaller })
        assert.equal(answeredBy, smaller)
        assert.ok(failedAttempts.length > 0)
        assert.ok(failedAttempts.every(({ outcome }) => outcome === 'model_overloaded'))
      },
    )
  })
}

Deno.test('a provider that counts no tokens is charged by estimate', async () => {
  await using server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, () =>
    new Response(
      'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hello there"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
      { headers: { 'content-type': 'text/event-stream' } },
    ))
  await withSettings({ OPENAI_BASE_URL: `http://127.0.0.1:${server.addr.port}/v1/` }, async () => {
    const { usage, isEstimated } = await meter(gpt)
    assert.deepEqual([usage.input_tokens > 0, usage.output_tokens, isEstimated], [true, 3, true])
  })
})

Deno.test('when a provider cannot be reached the fallback answers, and without one the failure says so', async () => {
  await withProviders({ deltas }, async ({ env }) => {
    const nowhere = { ...env, OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' }
    await withSettings(nowhere, async () => {
      assert.equal(codeOf((await hear(gpt)).error), 'model_unreachable')
      assert.equal((await hear(gpt, { fallback: smaller })).text, text)
    })
  })
})

Deno.test('redirects of a provider are not followed', async () => {
  const elsewhere: string[] = []
  await using server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, (request) => {
    elsewhere.push(new URL(request.url).pathname)
    return request.url.endsWith('/elsewhere')
      ? Response.json({})
      : new Response(null, { status: 307, headers: { location: '/elsewhere' } })
  })
  const url = `http://127.0.0.1:${server.addr.port}/v1`
  await withSettings({ OPENAI_API_KEY: 'sk-secret', OPENAI_BASE_URL: url }, async () => {
    assert.equal(codeOf((await hear(gpt)).error), 'model_unreachable')
    assert.ok(!elsewhere.includes('/elsewhere'))
  })
})

Deno.test('secrets decide which providers are configured, and the built-in one is always last', async () => {
  const cases: [Record<string, string>, string[]][] = [
    [{}, ['builtin']],
    [{ ANTHROPIC_API_KEY: 'x' }, ['anthropic', 'builtin']],
    [{ OPENAI_API_KEY: 'x' }, ['openai', 'builtin']],
    [{ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' }, ['openai', 'builtin']],
    [{ ANTHROPIC_API_KEY: 'x', OPENAI_API_KEY: 'x' }, ['anthropic', 'openai', 'builtin']],
    [{ ANTHROPIC_BASE_URL: 'http://127.0.0.1:1', ANTHROPIC_API_KEY: ' ' }, ['builtin']],
  ]
  for (const [settings, expected] of cases) {
    await withSettings(settings, () => assert.deepEqual(configuredProviders(), expected))
  }
  await withSettings({}, async () => assert.equal(codeOf((await hear(claude)).error), 'model_not_set_up'))
})

Deno.test('a self-hosted server needs no key and is sent none', async () => {
  const headers: (string | null)[] = []
  await using server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, (request) => {
    headers.push(request.headers.get('authorization'))
    return new Response(
      'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
      { headers: { 'content-type': 'text/event-stream' } },
    )
  })
  await withSettings({ OPENAI_BASE_URL: `http://127.0.0.1:${server.addr.port}/v1/` }, async () => {
    assert.equal((await hear(gpt)).text, 'Hi')
    assert.deepEqual(headers, [null])
  })
})

Deno.test('newer models of OpenAI get the limit under the name that they accept, and nothing is left out', () => {
  const limits = { max_tokens: 5, temperature: 0.3 }
  assert.deepEqual(toOpenAiBody({ model: 'gpt-4.1', ...limits }), { model: 'gpt-4.1', ...limits })
  assert.deepEqual(toOpenAiBody({ model: 'gpt-5-mini', ...limits }), {
    model: 'gpt-5-mini',
    max_completion_tokens: 5,
    temperature: 0.3,
  })
  assert.deepEqual(toOpenAiBody({ model: 'gpt-5' }), { model: 'gpt-5' })
})
