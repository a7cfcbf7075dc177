/**
 * Fetches a page that a user named, from the public internet and from nowhere else: an address inside of the network
 * that this code runs in would let users read what only its neighbours may.
 *
 * Why not `fetch`: between asking where a name points and connecting to it, the name may come to point elsewhere (DNS
 * rebinding), and `fetch` asks a second time. Here the name is resolved once, every address it has is checked, and the
 * connection is made to one of these addresses and no other: `lookup` answers what was checked, TLS still proves the
 * name, and the address of the socket is compared once more, so that a runtime that ignores `lookup` fails instead of
 * connecting anywhere. Each redirect goes the same way again. What is left: a public address whose owner forwards into
 * a private network, which nobody can see from here.
 */
import { lookup } from 'node:dns/promises'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { Readable } from 'node:stream'
import ipaddr from 'ipaddr.js'
import { appError, AppFailure } from '../../../types/errors.ts'
import { decodeName } from './decode_name.ts'
import { version } from './version.ts'

export interface FetchPublicOptions {
  /** Of the body, after it was unpacked. */
  readonly maxBytes?: number | undefined
  /** Until the head of the answer is there, over all redirects, in ms. */
  readonly patience?: number | undefined
  /** Until the whole body is there, in ms. */
  readonly timeout?: number | undefined
  readonly maxRedirects?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Ports that may be asked. */
  readonly ports?: readonly number[] | undefined
  /** All addresses of a name. Tests bring their own. */
  readonly resolve?: ((hostname: string) => Promise<readonly string[]>) | undefined
  /** Which addresses may be asked. Tests allow their own server; nothing else has a reason to say more than the default. */
  readonly isAllowed?: ((address: string) => boolean) | undefined
}

export interface PublicFile {
  /** Where it was found, after redirects. */
  readonly url: string
  /** From the answer or the address; never with a folder. */
  readonly filename: string
  /** As declared, with its charset. */
  readonly mediaType: string
  /** As declared; null where nothing was, or where it says nothing about the unpacked body. */
  readonly size: number | null
  /** Fails where the body is too large or too slow. Cancelling it ends the connection. */
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
}

const MiB = 1024 * 1024

/** Throws an AppFailure; only what the other side may do better next time is retryable. */
export async function fetchPublic(address: string, options: FetchPublicOptions = {}): Promise<PublicFile> {
  const { maxBytes = 48 * MiB, patience = 15_000, timeout = 60_000, maxRedirects = 5, signal } = options
  const late = new AbortController()
  const timers = [
    setTimeout(() => late.abort(tooLate()), patience),
    setTimeout(() => late.abort(tooLate()), timeout),
  ]
  const stop = (): void => timers.forEach(clearTimeout)
  const end = signal ? AbortSignal.any([signal, late.signal]) : late.signal
  try {
    let url = parse(address)
    for (let redirects = 0;; redirects++) {
      const answer = await request(url, options, end)
      const status = answer.statusCode ?? 0
      const location = answer.headers.location
      if ([301, 302, 303, 307, 308].includes(status) && location !== undefined) {
        answer.destroy()
        if (redirects >= maxRedirects) {
          throw refuse('too_many_redirects', `The address redirects more than ${maxRedirects} times.`)
        }
        url = parse(location, url)
        continue
      }
      if (status < 200 || status > 299) {
        answer.destroy()
        throw new AppFailure(appError(status >= 500 || status === 429 ? 'unavailable' : 'validation', {
          code: 'fetch_refused',
          message: `The address answered ${status}.`,
          field: 'url',
        }))
      }
      clearTimeout(timers[0])
      return fileOf(url, answer, maxBytes, end, stop)
    }
  } catch (cause) {
    stop()
    throw describe(cause, end)
  }
}

function parse(address: string, base?: URL): URL {
  let url: URL
  try {
    url = new URL(address.trim(), base)
  } catch {
    throw refuse('invalid_url', 'The address is no URL.')
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refuse('invalid_url', 'Only http and https addresses can be read.')
  }
  // They would be stored with the address, and shown.
  if (url.username || url.password) throw refuse('invalid_url', 'The address may not contain a password.')
  url.hash = ''
  return url
}

/** Names that are never public, whatever they resolve to. */
const privateNames = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|home\.arpa|onion)$/i
const usualPorts = [80, 443, 8080, 8443]

async function addressesOf(url: URL, options: FetchPublicOptions): Promise<string[]> {
  const { ports = usualPorts, resolve = resolveAll, isAllowed = isPublicAddress } = options
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  if (!ports.includes(port)) throw disallowed('The port of the address is disallowed.')
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  const literal = ipaddr.isValid(host)
  if (!literal && (privateNames.test(host) || !host.includes('.'))) throw disallowed()
  const addresses = literal ? [host] : await resolve(host).catch((cause) => {
    throw new AppFailure(unreachable(), { cause })
  })
  if (addresses.length === 0) throw new AppFailure(unreachable())
  // One private address among public ones is an attempt, or a mistake that should be seen.
  if (!addresses.every(isAllowed)) throw disallowed()
  return [...addresses]
}

async function resolveAll(hostname: string): Promise<string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address)
}

/** Addresses that anyone on the internet can reach; no private, loopback, link-local, shared, mapped or reserved ones. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  // What is given out of IPv6 so far; older private ranges lie outside of it, and are no range of their own.
  return parsed.kind() === 'ipv4' || (parsed.toByteArray()[0] ?? 0) >> 5 === 1
}

export interface PublicRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | undefined
}

/** One request to an address that was checked, whatever comes of it; redirects are answers like others. */
export async function request(
  url: URL,
  options: FetchPublicOptions,
  signal: AbortSignal,
  { method = 'GET', headers = {}, body }: PublicRequest = {},
): Promise<IncomingMessage> {
  signal.throwIfAborted()
  const addresses = await race(addressesOf(url, options), signal)
  const checked = addresses.map((address) => ({
    address,
    family: ipaddr.parse(address).kind() === 'ipv4' ? 4 : 6,
  }))
  const { request: start } = url.protocol === 'https:' ? https : http
  return await new Promise((resolve, reject) => {
    const asked = start(url, {
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
    }, (answer) => {
      if (!isSame(answer.socket.remoteAddress, addresses)) {
        asked.destroy()
        reject(disallowed())
      } else resolve(answer)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

function isSame(remote: string | undefined, addresses: readonly string[]): boolean {
  if (remote === undefined || !ipaddr.isValid(remote)) return false
  const normal = ipaddr.process(remote).toString()
  return addresses.some((address) => ipaddr.process(address).toString() === normal)
}

function fileOf(
  url: URL,
  answer: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
  stop: () => void,
): PublicFile {
  const { headers } = answer
  const encoding = headers['content-encoding']?.trim().toLowerCase() || 'identity'
  const packed = encoding === 'gzip' || encoding === 'x-gzip'
  const declared = Number(headers['content-length'] ?? NaN)
  if (!packed && encoding !== 'identity') {
    answer.destroy()
    throw refuse('fetch_refused', 'The answer is packed in a way that was not asked for.')
  }
  if (declared > maxBytes) {
    answer.destroy()
    throw tooLarge(maxBytes)
  }
  return {
    url: url.href,
    filename: filenameOf(headers['content-disposition'], url),
    mediaType: headers['content-type'] ?? 'application/octet-stream',
    size: packed || Number.isNaN(declared) ? null : declared,
    stream: limited(answer, packed, maxBytes, signal, stop),
  }
}

/** Gzip may grow a thousandfold: it is unpacked in steps that cannot fill the memory. */
const step = 8 * 1024

async function* slices(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += step) yield Uint8Array.from(chunk.subarray(at, at + step))
  }
}

function limited(
  answer: IncomingMessage,
  packed: boolean,
  maxBytes: number,
  signal: AbortSignal,
  stop: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const body = Readable.from(answer) as AsyncIterable<Uint8Array>
  const plain = ReadableStream.from(slices(body))
  const reader = (packed ? plain.pipeThrough(new DecompressionStream('gzip')) : plain).getReader()
  let size = 0
  const close = (): void => {
    stop()
    signal.removeEventListener('abort', abort)
    answer.destroy()
  }
  const abort = (): void => {
    answer.destroy()
    reader.cancel().catch(() => {})
  }
  signal.addEventListener('abort', abort, { once: true })
  return new ReadableStream({
    async pull(controller): Promise<void> {
      try {
        const { done, value } = await reader.read()
        signal.throwIfAborted()
        // A connection that breaks off ends like one that is done.
        if (done && !answer.complete) throw new AppFailure(unreachable())
        if (done) {
          close()
          controller.close()
          return
        }
        size += value.byteLength
        if (size > maxBytes) throw tooLarge(maxBytes)
        controller.enqueue(value as Uint8Array<ArrayBuffer>)
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
  return name.split(/[/\\]/).at(-1)?.replace(/[\x00-\x1f\x7f]/g, '').slice(0, 200) || url.hostname
}

function decode(text = ''): string {
  return decodeName(text) ?? text
}

/** Gives up when told to, also where what is waited for does not listen. */
function race<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function describe(cause: unknown, signal: AbortSignal): unknown {
  if (cause instanceof AppFailure) return cause
  if (signal.aborted) return signal.reason
  return new AppFailure(unreachable(), { cause })
}

function unreachable(): ReturnType<typeof appError> {
  return appError('unavailable', { code: 'fetch_failed', message: 'The address cannot be reached.' })
}

function tooLate(): AppFailure {
  return new AppFailure(
    appError('unavailable', { code: 'fetch_timeout', message: 'The address took too long.' }),
  )
}

function tooLarge(limit: number): AppFailure {
  return refuse('file_too_large', `A page may have ${Math.floor(limit / MiB)} MiB.`, 413)
}

function disallowed(message = 'The host of the address is disallowed.'): AppFailure {
  return refuse('disallowed_url', message)
}

function refuse(code: string, message: string, status?: number): AppFailure {
  return new AppFailure(appError('validation', { code, message, status, field: 'url' }))
}
