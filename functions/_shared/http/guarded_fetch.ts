/**
 * Requests to URLs that users name, to the public internet only: a URL inside of the network that this code runs in
 * would let users read what only that network may.
 *
 * Why not `fetch`: it resolves the name of the host a second time, after the check, and the name may then point
 * elsewhere (DNS rebinding). Here the name is resolved once, every address is checked, and the connection goes to one of
 * these addresses: `lookup` returns what was checked, TLS still verifies the name, and the address of the socket is
 * compared once more, so that a runtime that ignores `lookup` fails instead of connecting elsewhere. Each redirect is
 * checked in the same way. What remains possible: a public host that forwards into a private network.
 */
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { Readable } from 'node:stream'
import { appError, AppFailure } from '../../../types/errors.ts'
import { truncate } from '../../_lib/text/mod.ts'
import { abortable, limitBytes } from '../../_lib/async/mod.ts'
import { formatBytes } from './body.ts'
import { decodeName } from './decode_name.ts'
import {
  type AddressRules,
  disallowed,
  familyOf,
  isSameAddress,
  parsePublicUrl,
  resolvePublic,
  unreachable,
} from './public_addresses.ts'
import { version } from './version.ts'

/** Limits of a download. */
export interface DownloadOptions extends AddressRules {
  /** Of the body, after decompression. */
  readonly maxBytes?: number | undefined
  /** Until the headers have arrived, over all redirects. */
  readonly headersTimeoutMs?: number | undefined
  /** Until the whole body has arrived. */
  readonly timeoutMs?: number | undefined
  readonly maxRedirects?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A file whose headers have arrived. */
interface PublicFile {
  /** Where it was found, after redirects. */
  readonly url: string
  /** From the headers or the URL; never with a folder. */
  readonly filename: string
  /** As declared, with its charset. */
  readonly mediaType: string
  /** As declared; null without a declaration, or where it counts compressed bytes. */
  readonly size: number | null
  /** Fails where the body is too large or too slow. Cancelling it closes the connection. */
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
}

const MiB = 1024 * 1024
const redirects: readonly unknown[] = [301, 302, 303, 307, 308]

/** Downloads a file, following redirects. Throws an AppFailure, retryable only where the host may recover. */
export async function downloadPublic(address: string, options: DownloadOptions = {}): Promise<PublicFile> {
  const { maxBytes = 48 * MiB, headersTimeoutMs = 15_000, timeoutMs = 60_000, maxRedirects = 5, signal } =
    options
  const timeout = new AbortController()
  const [headersTimer, ...timers] = [headersTimeoutMs, timeoutMs].map((ms) =>
    setTimeout(() => timeout.abort(timedOut()), ms)
  )
  const stopTimers = (): void => [headersTimer, ...timers].forEach(clearTimeout)
  const end = signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal
  try {
    let url = parsePublicUrl(address)
    for (let followed = 0;; followed++) {
      const response = await request(url, options, end)
      const { statusCode = 0, headers: { location } } = response
      if (redirects.includes(statusCode) && location !== undefined) {
        response.destroy()
        if (followed >= maxRedirects) {
          throw refuse('too_many_redirects', `The URL redirects more than ${maxRedirects} times.`)
        }
        url = parsePublicUrl(location, url)
        continue
      }
      if (statusCode < 200 || statusCode > 299) {
        response.destroy()
        throw refusedBy(statusCode)
      }
      clearTimeout(headersTimer)
      return fileOf(url, response, maxBytes, end, stopTimers)
    }
  } catch (cause) {
    stopTimers()
    throw describe(cause, end)
  }
}

/** Responses whose body `Response` does not accept. */
const statusesWithoutBody: readonly unknown[] = [101, 204, 205, 304]

/** `fetch` with the same rules for libraries that take one. Redirects are not followed: the caller gets them. */
export function publicFetch(rules: AddressRules): typeof fetch {
  return async (input, init) => {
    const wanted = new Request(input, init)
    const response = await request(new URL(wanted.url), rules, init?.signal ?? wanted.signal, {
      method: wanted.method,
      headers: { 'accept-encoding': 'identity', ...Object.fromEntries(wanted.headers) },
      body: wanted.body ? await wanted.bytes() : undefined,
    })
    const status = response.statusCode ?? 502
    const headers = new Headers()
    for (const [name, value] of Object.entries(response.headers)) {
      for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one)
    }
    if (statusesWithoutBody.includes(status)) {
      response.destroy()
      return new Response(null, { status, headers })
    }
    const stream = Readable.toWeb(response) as unknown as ReadableStream<Uint8Array<ArrayBuffer>>
    return new Response(stream, { status, headers })
  }
}

interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | undefined
}

/** One request to a checked address. Any status resolves, redirects included. */
async function request(
  url: URL,
  rules: AddressRules,
  signal: AbortSignal,
  { method = 'GET', headers = {}, body }: RequestOptions = {},
): Promise<IncomingMessage> {
  const addresses = await abortable(resolvePublic(url, rules), signal)
  const checked = addresses.map((address) => ({ address, family: familyOf(address) }))
  const { request: send } = url.protocol === 'https:' ? https : http
  return await new Promise((resolve, reject) => {
    const sent = send(url, {
      agent: false,
      signal,
      method,
      headers: {
        accept: '*/*',
        'accept-encoding': 'gzip',
        'user-agent': `Plinth/${version}`,
        ...headers,
        connection: 'close',
      },
      lookup: (_hostname, wanted, callback) => {
        const [first] = checked
        if (wanted.all) callback(null, checked)
        else callback(null, first?.address ?? '', first?.family ?? 4)
      },
    }, (response) => {
      const remote = response.socket.remoteAddress
      if (remote !== undefined && addresses.some((address) => isSameAddress(remote, address))) {
        resolve(response)
      } else {
        sent.destroy()
        reject(disallowed())
      }
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function fileOf(
  url: URL,
  response: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
  stopTimers: () => void,
): PublicFile {
  const { headers } = response
  const encoding = headers['content-encoding']?.trim().toLowerCase() || 'identity'
  const gzipped = encoding === 'gzip' || encoding === 'x-gzip'
  const declared = Number(headers['content-length'] ?? NaN)
  if (!gzipped && encoding !== 'identity') {
    response.destroy()
    throw refuse('fetch_refused', 'The URL returned a content encoding that was not requested.')
  }
  if (declared > maxBytes) {
    response.destroy()
    throw tooLarge(maxBytes)
  }
  return {
    url: url.href,
    filename: filenameOf(headers['content-disposition'], url),
    mediaType: headers['content-type'] ?? 'application/octet-stream',
    size: gzipped || Number.isNaN(declared) ? null : declared,
    stream: bodyOf(response, { gzipped, maxBytes, signal, stopTimers }),
  }
}

/** Gzip may expand a thousandfold: it is decompressed in slices too small to fill the memory. */
const sliceBytes = 8 * 1024

async function* slices(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += sliceBytes) {
      yield Uint8Array.from(chunk.subarray(at, at + sliceBytes))
    }
  }
}

interface BodyOptions {
  readonly gzipped: boolean
  readonly maxBytes: number
  readonly signal: AbortSignal
  readonly stopTimers: () => void
}

/** The body, read only as fast as it is consumed. */
function bodyOf(
  response: IncomingMessage,
  { gzipped, maxBytes, signal, stopTimers }: BodyOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const sliced = ReadableStream.from(slices(Readable.from(response) as AsyncIterable<Uint8Array>))
  const reader = (gzipped ? sliced.pipeThrough(new DecompressionStream('gzip')) : sliced)
    .pipeThrough(limitBytes(maxBytes, () => tooLarge(maxBytes))).getReader()
  const close = (): void => {
    stopTimers()
    signal.removeEventListener('abort', abort)
    response.destroy()
  }
  const abort = (): void => {
    response.destroy()
    reader.cancel().catch(() => {})
  }
  signal.addEventListener('abort', abort, { once: true })
  return new ReadableStream({
    async pull(controller): Promise<void> {
      try {
        const { done, value } = await reader.read()
        signal.throwIfAborted()
        // A broken connection ends the stream as a complete one does.
        if (done && !response.complete) throw new AppFailure(unreachable())
        if (done) {
          close()
          controller.close()
        } else controller.enqueue(value)
      } catch (cause) {
        reader.cancel().catch(() => {})
        close()
        controller.error(describe(cause, signal))
      }
    },
    cancel(): void {
      reader.cancel().catch(() => {})
      close()
    },
  }, { highWaterMark: 0 })
}

function filenameOf(disposition: string | undefined, url: URL): string {
  const encoded = /filename\*\s*=\s*utf-8''([^;]{1,500})/i.exec(disposition ?? '')?.[1]
  const plain = /filename\s*=\s*(?:"([^"]{1,500})"|([^;\s]{1,500}))/i.exec(disposition ?? '')
  const last = url.pathname.split('/').at(-1) ?? ''
  const name = decode(encoded) || plain?.[1] || plain?.[2] || decode(last) || url.hostname
  // deno-lint-ignore no-control-regex
  return truncate(name.split(/[/\\]/).at(-1)?.replace(/[\x00-\x1f\x7f]/g, '') ?? '', 200) || url.hostname
}

function decode(text = ''): string {
  return decodeName(text) ?? text
}

function describe(cause: unknown, signal: AbortSignal): unknown {
  if (cause instanceof AppFailure) return cause
  if (signal.aborted) return signal.reason
  return new AppFailure(unreachable(), { cause })
}

function timedOut(): AppFailure {
  return new AppFailure(appError('unavailable', { code: 'fetch_timeout', message: 'The URL timed out.' }))
}

function tooLarge(maxBytes: number): AppFailure {
  return refuse('file_too_large', `The file at the URL exceeds ${formatBytes(maxBytes)}.`, 413)
}

function refusedBy(status: number): AppFailure {
  return new AppFailure(appError(status >= 500 || status === 429 ? 'unavailable' : 'validation', {
    code: 'fetch_refused',
    message: `The URL returned status ${status}.`,
    field: 'url',
  }))
}

function refuse(code: string, message: string, status?: number): AppFailure {
  return new AppFailure(appError('validation', { code, message, status, field: 'url' }))
}
