/**
 * A server that speaks the published protocols of Anthropic and OpenAI: fixed streams, with the pauses, failures and
 * tool calls that a test defines. It checks requests too: a wrong key, path or body is refused.
 */
import { Buffer } from 'node:buffer'
import { sleep } from '../support/wait.ts'

export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly input: unknown
}

/** The response to one request. */
export interface Play {
  /** The answer, with one event for each delta. */
  readonly deltas?: readonly string[]
  readonly toolCalls?: readonly ToolCall[]
  /** Before the first delta, in ms. */
  readonly firstPause?: number
  /** Before every further delta, in ms; a function gets its index. */
  readonly pause?: number | ((index: number) => number)
  /** Awaited before every delta, so that a test can release them one by one. */
  readonly gate?: (index: number) => Promise<void>
  readonly usage?: { readonly input: number; readonly output: number; readonly cached?: number }
  /** A refusal instead of an answer. */
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly message?: string
  /** After so many deltas: an error event in the stream. */
  readonly errorAfter?: number
  /** After so many deltas: the stream ends without an end of the answer. */
  readonly breakAfter?: number
  /** After so many deltas: the connection breaks. */
  readonly resetAfter?: number
  /** After so many deltas: silence, until the caller closes the connection. */
  readonly hangAfter?: number
  /** Cut off by the limit of tokens. */
  readonly cutOff?: boolean
}

export interface Asked {
  readonly protocol: 'anthropic' | 'openai'
  readonly model: string
  readonly stream: boolean
  readonly headers: Headers
  // deno-lint-ignore no-explicit-any
  readonly body: Record<string, any>
  /** Text of the last message of the user. */
  readonly question: string
  /** When each delta was sent, as performance.now() + performance.timeOrigin. */
  readonly sentAt: number[]
  /** Whether the caller closed the connection before the end. */
  left: boolean
}

export type Script = Play | ((asked: Asked, number: number) => Play | Promise<Play>)

export interface Providers extends AsyncDisposable {
  readonly url: string
  /** Secrets with which functions use this server. */
  readonly env: {
    readonly ANTHROPIC_API_KEY: string
    readonly ANTHROPIC_BASE_URL: string
    readonly OPENAI_API_KEY: string
    readonly OPENAI_BASE_URL: string
  }
  readonly asked: Asked[]
  /** The script of the requests that follow. */
  play(script: Script): void
  close(): Promise<void>
}

const keys = { anthropic: 'sk-ant-replay', openai: 'sk-replay' } as const
const encoder = new TextEncoder()

export function startProviders(script: Script = { deltas: ['Hello', ', ', 'world', '.'] }): Providers {
  let current = script
  const asked: Asked[] = []
  const leaving = new AbortController()
  const server = Deno.serve(
    { port: 0, hostname: '127.0.0.1', onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url)
      const protocol = pathname === '/v1/messages'
        ? 'anthropic'
        : pathname === '/v1/chat/completions'
        ? 'openai'
        : null
      if (!protocol || request.method !== 'POST') return refuse('openai', 404, 'There is nothing here.')
      const shown = protocol === 'anthropic'
        ? request.headers.get('x-api-key')
        : request.headers.get('authorization')?.replace(/^Bearer /, '')
      if (shown !== keys[protocol]) return refuse(protocol, 401, `Incorrect API key provided: ${shown}.`)
      if (protocol === 'anthropic' && !request.headers.get('anthropic-version')) {
        return refuse(protocol, 400, 'anthropic-version: header is required')
      }
      const body = await request.json()
      const wrong = faultOf(protocol, body)
      if (wrong) return refuse(protocol, 400, wrong)
      const entry: Asked = {
        protocol,
        model: body.model,
        stream: body.stream === true,
        headers: request.headers,
        body,
        question: questionOf(body),
        sentAt: [],
        left: false,
      }
      asked.push(entry)
      const play = typeof current === 'function' ? await current(entry, asked.length) : current
      if (play.status) {
        if (play.firstPause) await sleep(play.firstPause, undefined, { signal: request.signal })
        return refuse(protocol, play.status, play.message ?? 'Refused.', play.headers)
      }
      return await answer(entry, play, AbortSignal.any([request.signal, leaving.signal]))
    },
  )
  const url = `http://127.0.0.1:${server.addr.port}`
  const close = async (): Promise<void> => {
    leaving.abort()
    await server.shutdown()
  }
  return {
    url,
    env: {
      ANTHROPIC_API_KEY: keys.anthropic,
      ANTHROPIC_BASE_URL: url,
      OPENAI_API_KEY: keys.openai,
      OPENAI_BASE_URL: `${url}/v1`,
    },
    asked,
    play: (next) => {
      current = next
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

// deno-lint-ignore no-explicit-any
function faultOf(protocol: Asked['protocol'], body: any): string | null {
  if (typeof body?.model !== 'string' || !Array.isArray(body.messages) || body.messages.length === 0) {
    return 'model and messages are required'
  }
  if (protocol === 'anthropic') {
    if (!Number.isInteger(body.max_tokens)) return 'max_tokens: Field required'
    if (body.messages[0].role !== 'user') return 'messages: first message must use the "user" role'
    // deno-lint-ignore no-explicit-any
    if (body.messages.some((message: any) => message.role === 'system')) {
      return 'messages: Unexpected role "system"'
    }
  }
  return null
}

// deno-lint-ignore no-explicit-any
function questionOf(body: any): string {
  // deno-lint-ignore no-explicit-any
  const { content } = body.messages.findLast((message: any) => message.role === 'user') ?? { content: '' }
  if (typeof content === 'string') return content
  // deno-lint-ignore no-explicit-any
  return content.map((part: any) => part.type === 'text' ? part.text : '').join('\n')
}

const anthropicErrors: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
}

function refuse(
  protocol: Asked['protocol'],
  status: number,
  message: string,
  headers: Record<string, string> = {},
): Response {
  const body = protocol === 'anthropic'
    ? { type: 'error', error: { type: anthropicErrors[status] ?? 'api_error', message } }
    : {
      error: {
        message,
        type: status < 500 ? 'invalid_request_error' : 'server_error',
        param: null,
        code: null,
      },
    }
  return Response.json(body, { status, headers })
}

async function answer(asked: Asked, play: Play, signal: AbortSignal): Promise<Response> {
  const protocol = asked.protocol === 'anthropic' ? anthropic(asked, play) : openAi(asked, play)
  if (!asked.stream) {
    if (play.firstPause) await sleep(play.firstPause, undefined, { signal })
    return Response.json(protocol.whole())
  }
  const stream = new ReadableStream<Uint8Array>({
    start: async (controller) => {
      const write = (text: string): void => controller.enqueue(encoder.encode(text))
      try {
        write(protocol.open())
        for (const [index, piece] of protocol.pieces().entries()) {
          const pause = index === 0
            ? play.firstPause ?? 0
            : typeof play.pause === 'function'
            ? play.pause(index)
            : play.pause ?? 0
          if (pause > 0) await sleep(pause, undefined, { signal })
          await play.gate?.(index)
          signal.throwIfAborted()
          if (index === play.hangAfter) return await sleep(10 * 60_000, undefined, { signal })
          if (index === play.breakAfter) return controller.close()
          if (index === play.resetAfter) {
            return controller.error(new Error('the line broke, as a test wants it'))
          }
          if (index === play.errorAfter) {
            write(protocol.error(play.message ?? 'Overloaded'))
            return controller.close()
          }
          asked.sentAt.push(performance.timeOrigin + performance.now())
          write(piece)
        }
        write(protocol.close())
        controller.close()
      } catch {
        asked.left = true
        try {
          controller.close()
        } catch {
          // The caller has closed it.
        }
      }
    },
    cancel: () => {
      asked.left = true
    },
  })
  return new Response(stream, {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
  })
}

interface Protocol {
  open(): string
  /** One event, or a few, for each piece. */
  pieces(): string[]
  close(): string
  error(message: string): string
  whole(): unknown
}

function usageOf(asked: Asked, play: Play): { input: number; output: number; cached: number } {
  return {
    input: play.usage?.input ?? Math.ceil(Buffer.byteLength(JSON.stringify(asked.body.messages)) / 4),
    output: play.usage?.output ?? (play.deltas?.length ?? 0),
    cached: play.usage?.cached ?? 0,
  }
}

function anthropic(asked: Asked, play: Play): Protocol {
  const { input, output, cached } = usageOf(asked, play)
  const { deltas = [], toolCalls = [] } = play
  const id = `msg_${crypto.randomUUID().replaceAll('-', '')}`
  // Anthropic counts what came from its cache apart from the rest.
  const inputUsage = {
    input_tokens: input - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
  }
  const event = (data: { type: string; [more: string]: unknown }): string =>
    `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
  const stopReason = play.cutOff ? 'max_tokens' : toolCalls.length > 0 ? 'tool_use' : 'end_turn'
  const firstTool = deltas.length > 0 ? 1 : 0
  return {
    open: () =>
      event({
        type: 'message_start',
        message: {
          id,
          type: 'message',
          role: 'assistant',
          model: asked.model,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { ...inputUsage, output_tokens: 1 },
        },
      }) +
      (deltas.length > 0
        ? event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } })
        : '') +
      event({ type: 'ping' }),
    pieces: () => [
      ...deltas.map((text) =>
        event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
      ),
      ...toolCalls.map(({ id, name, input }, at) => {
        const index = firstTool + at
        const json = JSON.stringify(input)
        const half = Math.ceil(json.length / 2)
        return (index > 0 ? event({ type: 'content_block_stop', index: index - 1 }) : '') +
          event({
            type: 'content_block_start',
            index,
            content_block: { type: 'tool_use', id, name, input: {} },
          }) +
          [json.slice(0, half), json.slice(half)].map((partial_json) =>
            event({ type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json } })
          ).join('')
      }),
    ],
    close: () =>
      (firstTool + toolCalls.length > 0
        ? event({ type: 'content_block_stop', index: firstTool + toolCalls.length - 1 })
        : '') +
      event({
        type: 'message_delta',
        delta: { stop_reason: stopReason, stop_sequence: null },
        usage: { output_tokens: output },
      }) + event({ type: 'message_stop' }),
    error: (message) => event({ type: 'error', error: { type: 'overloaded_error', message } }),
    whole: () => ({
      id,
      type: 'message',
      role: 'assistant',
      model: asked.model,
      content: [
        ...(deltas.length > 0 ? [{ type: 'text', text: deltas.join('') }] : []),
        ...toolCalls.map(({ id, name, input }) => ({ type: 'tool_use', id, name, input })),
      ],
      stop_reason: stopReason,
      stop_sequence: null,
      usage: { ...inputUsage, output_tokens: output },
    }),
  }
}

function openAi(asked: Asked, play: Play): Protocol {
  const { input, output, cached } = usageOf(asked, play)
  const { deltas = [], toolCalls = [] } = play
  const common = {
    id: `chatcmpl-${crypto.randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model: asked.model,
    system_fingerprint: 'fp_replay',
  }
  const usage = {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
  }
  const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`
  const chunk = (delta: unknown, finish_reason: string | null = null): string =>
    data({
      ...common,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    })
  const finishReason = play.cutOff ? 'length' : toolCalls.length > 0 ? 'tool_calls' : 'stop'
  return {
    open: () => chunk({ role: 'assistant', content: '' }),
    pieces: () => [
      ...deltas.map((content) => chunk({ content })),
      ...toolCalls.map(({ id, name, input }, index) => {
        const json = JSON.stringify(input)
        const half = Math.ceil(json.length / 2)
        return chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }) +
          [json.slice(0, half), json.slice(half)].map((part) =>
            chunk({ tool_calls: [{ index, function: { arguments: part } }] })
          ).join('')
      }),
    ],
    close: () =>
      chunk({}, finishReason) +
      (asked.body.stream_options?.include_usage
        ? data({ ...common, object: 'chat.completion.chunk', choices: [], usage })
        : '') +
      'data: [DONE]\n\n',
    error: (message) => data({ error: { message, type: 'server_error', param: null, code: null } }),
    whole: () => ({
      ...common,
      object: 'chat.completion',
      choices: [{
        index: 0,
        message: {
          role: 'assistant',
          content: deltas.length > 0 ? deltas.join('') : null,
          ...(toolCalls.length > 0
            ? {
              tool_calls: toolCalls.map(({ id, name, input }) => ({
                id,
                type: 'function',
                function: { name, arguments: JSON.stringify(input) },
              })),
            }
            : {}),
        },
        logprobs: null,
        finish_reason: finishReason,
      }],
      usage,
    }),
  }
}
