/**
 * The messages of a socket, in the two versions of the Phoenix protocol that supabase-js speaks: 1.0.0, JSON objects;
 * 2.0.0, JSON arrays, and binary frames for broadcasts.
 */
import { z } from 'zod'

export type Version = '1.0.0' | '2.0.0'

/** A message of a client. */
export type Incoming = {
  joinRef: string | null
  ref: string | null
  topic: string
  event: string
  payload: unknown
}

/** A message to all members of a topic. */
export type Broadcast =
  /** From a client of version 1.0.0, or over HTTP: the whole payload, with `type` and `event`. */
  | { kind: 'json'; payload: Record<string, unknown> }
  /** The sender's payload, separate from its event. */
  | {
    kind: 'user'
    event: string
    encoding: 'json' | 'binary'
    body: Uint8Array
    meta?: Record<string, unknown>
  }

/** A broadcast as a client of version 2.0.0 pushes it. */
export class UserPush {
  constructor(
    readonly event: string,
    readonly encoding: 'json' | 'binary',
    readonly body: Uint8Array,
  ) {}
}

export type Frame = string | Uint8Array<ArrayBuffer>

const decoder = new TextDecoder('utf-8', { fatal: true })
const encoder = new TextEncoder()

const userBroadcastPush = 3
const userBroadcast = 4
/** A field of a binary frame stores its length in one byte. */
const maxFieldBytes = 255

const Ref = z.union([z.string(), z.number().transform(String)]).nullish().transform((ref) => ref ?? null)
const First = z.object({
  topic: z.string(),
  event: z.string(),
  ref: Ref,
  join_ref: Ref,
  payload: z.unknown(),
}).transform(({ join_ref, ...message }): Incoming => ({
  ...message,
  joinRef: join_ref,
  payload: message.payload,
}))
const Second = z.tuple([Ref, Ref, z.string(), z.string(), z.unknown()]).rest(z.unknown())
  .transform(([joinRef, ref, topic, event, payload]): Incoming => ({ joinRef, ref, topic, event, payload }))

/** The message in a frame, or null for a frame that is not valid, which the platform ignores too. */
export function decode(version: Version, frame: string | ArrayBuffer): Incoming | null {
  try {
    if (typeof frame !== 'string') return version === '2.0.0' ? decodePush(new Uint8Array(frame)) : null
    const shape = version === '1.0.0' ? First : Second
    return shape.safeParse(JSON.parse(frame)).data ?? null
  } catch {
    return null
  }
}

/**
 * A pushed broadcast: kind, five lengths (join ref, ref, topic, event, metadata), the encoding of the payload
 * (0 binary, 1 JSON), then these fields and the payload.
 */
function decodePush(bytes: Uint8Array): Incoming | null {
  const [kind, joinRefLength = 0, refLength = 0, topicLength = 0, eventLength = 0, metaLength = 0, encoding] =
    bytes
  if (kind !== userBroadcastPush || encoding === undefined) return null
  let at = 7
  const text = (length: number): string => decoder.decode(bytes.subarray(at, at += length))
  const joinRef = text(joinRefLength)
  const ref = text(refLength)
  const topic = text(topicLength)
  const event = text(eventLength)
  at += metaLength
  if (at > bytes.length) return null
  const payload = new UserPush(event, encoding === 0 ? 'binary' : 'json', bytes.slice(at))
  return { joinRef: joinRef || null, ref: ref || null, topic, event: 'broadcast', payload }
}

/** Encodes a message of the server. Its payload is JSON already. */
export function encodeText(
  version: Version,
  { joinRef = null, ref = null, topic, event, payload }: {
    joinRef?: string | null
    ref?: string | null
    topic: string
    event: string
    payload: string
  },
): string {
  const [first, second, third, fourth] = [joinRef, ref, topic, event].map((part) => JSON.stringify(part))
  return version === '2.0.0'
    ? `[${first},${second},${third},${fourth},${payload}]`
    : `{"topic":${third},"event":${fourth},"payload":${payload},"ref":${second}}`
}

/** Encodes a broadcast for a client, or null where the client's version of the protocol cannot express it. */
export function encodeBroadcast(version: Version, topic: string, broadcast: Broadcast): Frame | null {
  if (broadcast.kind === 'json') {
    return encodeText(version, { topic, event: 'broadcast', payload: JSON.stringify(broadcast.payload) })
  }
  const { event, encoding, body, meta } = broadcast
  const fields = [topic, event, meta ? JSON.stringify(meta) : ''].map((field) => encoder.encode(field))
  if (version === '2.0.0' && fields.every((field) => field.length <= maxFieldBytes)) {
    const length = 5 + fields.reduce((sum, field) => sum + field.length, 0) + body.length
    const frame = new Uint8Array(length)
    frame.set([userBroadcast, ...fields.map((field) => field.length), encoding === 'json' ? 1 : 0])
    let at = 5
    for (const field of [...fields, body]) {
      frame.set(field, at)
      at += field.length
    }
    return frame
  }
  if (encoding === 'binary') return null
  const end = meta ? `,"meta":${JSON.stringify(meta)}}` : '}'
  const payload = `{"type":"broadcast","event":${JSON.stringify(event)},"payload":${
    decoder.decode(body)
  }${end}`
  return encodeText(version, { topic, event: 'broadcast', payload })
}
