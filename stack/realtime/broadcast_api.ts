/** Broadcasts over HTTP: a batch of messages, or a single one whose topic and event are in the path. */
import { Hono } from 'hono'
import { z } from 'zod'
import { authorize } from './authorize.ts'
import type { Hub } from './hub.ts'
import { limits } from './limits.ts'
import type { Claims } from './tokens.ts'
import { topicKey } from './topics.ts'

type Env = { Variables: { claims: Claims } }
/** The claims of a request's token, or of its key; null for a request without a valid one. */
type Identify = (request: Request) => Promise<Claims | null>

const required = {
  error: (issue: { input?: unknown }): string => blank(issue.input) ? "can't be blank" : 'is invalid',
}
const text = z.string(required).trim().min(1, "can't be blank")
const Message = z.object({
  topic: text,
  event: text,
  payload: z.record(z.string(), z.unknown(), required)
    .refine(
      (payload) => JSON.stringify(payload).length <= limits.payloadBytes,
      'Payload size exceeds tenant limit',
    ),
  private: z.boolean('is invalid').default(false),
})

function blank(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

export function broadcastApi(hub: Hub, identify: Identify): Hono<Env> {
  return new Hono<Env>()
    .get('/ping', (c) => c.json({ message: 'Success' }))
    .use('/broadcast/*', async (c, next) => {
      const isSingle = !c.req.path.endsWith('/broadcast')
      if (isSingle && !singleTypes.has(mediaType(c.req.raw))) {
        return c.json(
          { error: 'Unsupported Media Type. Use application/json or application/octet-stream' },
          415,
        )
      }
      const claims = await identify(c.req.raw)
      if (!claims) return c.json({ message: 'Unauthorized' }, 401)
      c.set('claims', claims)
      return await next()
    })
    .post('/broadcast', async (c) => await broadcastBatch(hub, c.var.claims, c.req.raw))
    .post('/broadcast/:topic/events/:event', async (c) => {
      const { topic, event } = c.req.param()
      const address = { topic, event, isPrivate: c.req.query('private') === 'true' }
      return await broadcastOne(hub, c.var.claims, address, c.req.raw)
    })
}

/** Media types of a single message; undefined is a request without one. */
const singleTypes = new Set([undefined, 'application/json', 'application/octet-stream'])

function mediaType(request: Request): string | undefined {
  return request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
}

async function broadcastBatch(hub: Hub, claims: Claims, request: Request): Promise<Response> {
  const body: unknown = await request.json().catch(() => null)
  const given = typeof body === 'object' && body !== null && 'messages' in body ? body.messages : undefined
  if (!Array.isArray(given)) {
    return unprocessable({ messages: [blank(given) ? "can't be blank" : 'is invalid'] })
  }
  const messages = given.map((message) => Message.safeParse(message))
  if (messages.some(({ success }) => !success)) {
    return unprocessable({ messages: messages.map(({ error }) => errorsOf(error)) })
  }
  const allowed = new Map<string, boolean>()
  for (const { data } of messages) {
    if (!data) continue
    const { topic, event, payload } = data
    if (data.private && !allowed.has(topic)) allowed.set(topic, await mayWrite(hub, claims, topic, request))
    // As on the platform, messages to topics that the caller may not write to are dropped without an error.
    if (data.private && !allowed.get(topic)) continue
    hub.topics.broadcast(topicKey(topic, data.private), {
      kind: 'json',
      payload: { type: 'broadcast', event, payload },
    })
  }
  return accepted()
}

async function broadcastOne(
  hub: Hub,
  claims: Claims,
  { topic, event, isPrivate }: { topic: string; event: string; isPrivate: boolean },
  request: Request,
): Promise<Response> {
  const isBinary = mediaType(request) === 'application/octet-stream'
  const body = new Uint8Array(await request.arrayBuffer())
  if (!isBinary && !isJson(body)) return unprocessable({ payload: ["can't be blank"] })
  if (body.length > limits.payloadBytes) {
    return unprocessable({ payload: ['Payload size exceeds tenant limit'] })
  }
  if (isPrivate && !(await mayWrite(hub, claims, topic, request))) {
    return Response.json({ message: 'Unauthorized' }, { status: 403 })
  }
  const encoding = isBinary ? 'binary' : 'json'
  hub.topics.broadcast(topicKey(topic, isPrivate), { kind: 'user', event, encoding, body })
  return accepted()
}

function accepted(): Response {
  return new Response(null, { status: 202 })
}

function unprocessable(errors: Record<string, unknown>): Response {
  return Response.json({ errors }, { status: 422 })
}

async function mayWrite(hub: Hub, claims: Claims, topic: string, request: Request): Promise<boolean> {
  const headers = Object.fromEntries([...request.headers].filter(([name]) => name.startsWith('x-')))
  const allowed = await authorize(hub.database, { topic, claims, headers }, 'write', ['broadcast']).catch(
    (cause) => {
      hub.onLog(`realtime: RlsPolicyError: ${cause instanceof Error ? cause.message : cause}`)
      return { broadcast: false }
    },
  )
  return allowed.broadcast === true
}

/** `{ field: ["reason"] }`, empty for a valid message. */
function errorsOf(error: z.ZodError | undefined): Record<string, string[]> {
  const errors: Record<string, string[]> = {}
  for (const { path, message } of error?.issues ?? []) (errors[String(path[0])] ??= []).push(message)
  return errors
}

function isJson(body: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    return true
  } catch {
    return false
  }
}
