/** `fetch` for libraries that talk to servers which users named: guarded as fetchPublic is, with any method. */
import { Readable } from 'node:stream'
import { type FetchPublicOptions, request } from './guarded_fetch.ts'

/** Answers without a body, which `Response` refuses to have one. */
const bodiless = [101, 204, 205, 304]

/** Redirects are not followed: they are answers. */
export function publicFetch(options: FetchPublicOptions): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init)
    const headers = { 'accept-encoding': 'identity', ...Object.fromEntries(asked.headers) }
    const body = asked.body ? await asked.bytes() : undefined
    const signal = init?.signal ?? asked.signal
    const answer = await request(new URL(asked.url), options, signal, { method: asked.method, headers, body })
    const status = answer.statusCode ?? 502
    const told = new Headers()
    for (const [name, value] of Object.entries(answer.headers)) {
      for (const one of Array.isArray(value) ? value : [value ?? '']) told.append(name, one)
    }
    if (bodiless.includes(status)) {
      answer.destroy()
      return new Response(null, { status, headers: told })
    }
    const stream = Readable.toWeb(answer) as unknown as ReadableStream<Uint8Array<ArrayBuffer>>
    return new Response(stream, { status, headers: told })
  }
}
