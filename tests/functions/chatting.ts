/** Support for tests of the chat: functions in a process of their own with providers that replay, and clients. */
import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { Chat } from '@ai-sdk/react'
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithApprovalResponses, type UIMessage } from 'ai'
import { type Functions, startFunctions } from '../../stack/functions/host.ts'
import { jwks } from '../../stack/keys/tokens.ts'
import type { SocketEvent, SocketRequest } from '../../types/api.ts'
import { env, type Person, raiseLimits, service } from '../support/clients.ts'
import { sleep, until } from '../support/wait.ts'
import { type Play, type Providers, type Script, startProviders } from './providers.ts'

const root = join(import.meta.dirname ?? '.', '..', '..')

/** The environment of functions of the platform under test. */
export function platformEnv(): Record<string, string> {
  return {
    SUPABASE_URL: env('SUPABASE_URL'),
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: env('SUPABASE_PUBLISHABLE_KEY') }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: env('SUPABASE_SECRET_KEY') }),
    SUPABASE_JWKS: JSON.stringify(jwks(env('SUPABASE_JWT_SECRET'))),
    EMBEDDING_MODEL: 'lexical-hash-384',
  }
}

export interface Stage extends AsyncDisposable {
  readonly url: string
  readonly providers: Providers
  readonly functions: Functions
  readonly log: string[]
}

/** The functions of this repository over HTTP, with a key for every provider. */
export async function openStage(script?: Script, settings: Record<string, string> = {}): Promise<Stage> {
  await raiseLimits()
  const providers = startProviders(script)
  const log: string[] = []
  const functions = await startFunctions({
    root,
    env: { ...platformEnv(), ...providers.env, ...settings },
    onLog: (line) => log.push(line),
  })
  const server = Deno.serve(
    { port: 0, hostname: '127.0.0.1', onListen: () => {} },
    (request) => functions.fetch(request),
  )
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    providers,
    functions,
    log,
    [Symbol.asyncDispose]: async () => {
      await functions.stop()
      await Promise.race([server.shutdown(), sleep(2_000)])
      await providers.close()
    },
  }
}

export function headersOf({ token }: Person): Record<string, string> {
  return { authorization: `Bearer ${token}`, apikey: env('SUPABASE_PUBLISHABLE_KEY') }
}

/** A model that the replaying providers answer for. */
export const model = 'claude-haiku-4-5'

export function chatOf(
  { url }: { url: string },
  person: Person,
  { id = `session-${crypto.randomUUID()}`, body = {}, messages, onData }: {
    id?: string
    body?: Record<string, unknown>
    messages?: UIMessage[]
    onData?: (part: { type: string; data: unknown }) => void
  } = {},
): Chat<UIMessage> {
  return new Chat<UIMessage>({
    id,
    // As clients that ask for approvals are set up: the answer continues once every tool call is decided.
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
    ...(messages ? { messages } : {}),
    ...(onData ? { onData } : {}),
    onError: () => {},
    transport: new DefaultChatTransport({
      api: `${url}/functions/v1/chat`,
      headers: headersOf(person),
      body: { model_id: model, ...body },
    }),
  })
}

export function textOf(message: UIMessage | undefined): string {
  return message?.parts.map((part) => part.type === 'text' ? part.text : '').join('') ?? ''
}

/** One question in plain HTTP. */
export async function ask(
  { url }: { url: string },
  person: Person,
  body: Record<string, unknown>,
  init: RequestInit = {},
): Promise<Response> {
  return await fetch(`${url}/functions/v1/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headersOf(person) },
    body: JSON.stringify({ model_id: model, ...body }),
    ...init,
  })
}

/** A request body with one question. */
export function question(text: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: `session-${crypto.randomUUID()}`,
    messages: [{ id: crypto.randomUUID(), role: 'user', parts: [{ type: 'text', text }] }],
    ...more,
  }
}

// deno-lint-ignore no-explicit-any
export type Loose = any

/** The chunks of a stream, as they come. */
export async function* chunksOf(answer: Response): AsyncGenerator<Loose> {
  let rest = ''
  for await (
    const text of (answer.body ?? assert.fail('it has a body')).pipeThrough(new TextDecoderStream())
  ) {
    const events = (rest + text).split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events) {
      if (event.startsWith(':')) continue
      assert.match(event, /^data: [^\n]+$/)
      const data = event.slice('data: '.length)
      if (data !== '[DONE]') yield JSON.parse(data)
    }
  }
}

export async function allChunks(answer: Response): Promise<Loose[]> {
  return await Array.fromAsync(chunksOf(answer))
}

/** Messages of a conversation as their owner reads them. */
export async function messagesOf(person: Person, conversationId: number): Promise<Loose[]> {
  const { data, error } = await person.client.schema('dashboard').from('messages').select()
    .eq('conversation_id', conversationId).order('created_at').order('id')
  assert.equal(error, null)
  return data ?? []
}

export async function messageOf(person: Person, id: number): Promise<Loose> {
  const { data } = await person.client.schema('dashboard').from('messages').select().eq('id', id)
    .maybeSingle()
  return data
}

export async function conversationOf(person: Person, session: string): Promise<Loose> {
  const { data } = await person.client.schema('dashboard').from('conversations').select().eq(
    'session_id',
    session,
  )
    .maybeSingle()
  return data
}

/** Holds a replay back until it is opened. */
export class Gate {
  #open = Promise.withResolvers<void>()

  constructor(private readonly at: number) {}

  readonly wait = async (index: number): Promise<void> => {
    if (index >= this.at) await this.#open.promise
  }

  open(): void {
    this.#open.resolve()
  }
}

/** A client of the WebSocket, and the events that it received. */
export class Socket {
  readonly events: SocketEvent[] = []
  readonly closed: Promise<CloseEvent>
  readonly #socket: WebSocket

  constructor(url: string) {
    this.#socket = new WebSocket(url)
    this.#socket.onmessage = ({ data }) => this.events.push(JSON.parse(data))
    this.closed = new Promise((resolve) => this.#socket.onclose = resolve)
  }

  send(request: SocketRequest | Record<string, unknown>): void {
    this.#socket.send(JSON.stringify(request))
  }

  types(): string[] {
    return this.events.map(({ type }) => type)
  }

  async heard<T extends SocketEvent['type']>(type: T, times = 1): Promise<Extract<SocketEvent, { type: T }>> {
    await until(
      () => this.types().filter((one) => one === type).length >= times,
      `${type} is heard; heard was ${JSON.stringify(this.events).slice(0, 500)}`,
    )
    return this.events.filter((event) => event.type === type)[times - 1] as Extract<SocketEvent, { type: T }>
  }

  async close(): Promise<void> {
    this.#socket.close()
    await this.closed
  }
}

export function socketOf({ url }: { url: string }, person: Person, session: string, query = ''): Socket {
  const token = encodeURIComponent(person.token)
  return new Socket(`${url.replace(/^http/, 'ws')}/functions/v1/chat/${session}?token=${token}${query}`)
}

export async function workspaceOf(person: Person): Promise<string> {
  const { data } = await person.client.rpc('current_workspace')
  return data ?? ''
}

/** A passage of a new document in the workspace of a person. */
export async function addPassage(
  person: Person,
  title: string,
  text: string,
): Promise<{ document: string; chunk: string }> {
  const workspace_id = await workspaceOf(person)
  const document = await service().from('documents').insert({ workspace_id, type: 'markdown', title }).select(
    'id',
  ).single()
  const chunk = await service().from('search_chunks').insert({
    workspace_id,
    document_id: document.data?.id ?? '',
    source_type: 'markdown',
    chunk_index: 0,
    heading: 'Goals',
    text,
    page: 3,
  }).select('id').single()
  assert.equal(chunk.error, null)
  return { document: document.data?.id ?? '', chunk: chunk.data?.id ?? '' }
}

/** Whether a request to a provider is for a title. */
export const isTitle = (body: Loose): boolean =>
  JSON.stringify(body.system ?? '').includes('You name conversations')

/** One answer after the other, and a title for requests for titles. */
export function plays(title: string, ...answers: Play[]): (asked: { body: Loose }) => Play {
  let next = 0
  return ({ body }) =>
    isTitle(body)
      ? { deltas: [title] }
      : answers[Math.min(next++, answers.length - 1)] ?? assert.fail('a play is there')
}
