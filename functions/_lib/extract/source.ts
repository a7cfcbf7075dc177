/**
 * The bytes of a file as they come: looked at without being consumed, counted against a limit, read as a whole or as
 * text. Reading follows the consumer, so nothing piles up, and an abort reaches the other end.
 */
import { tooLarge } from './errors.ts'

/** Lets others run: work that only ever waits for what is already there would keep timers, and aborts, from coming. */
export class Breath {
  #last = performance.now()

  /** A promise where it is time to pause; null in between, so that the many calls cost nothing. */
  due(): Promise<void> | null {
    if (performance.now() - this.#last < 30) return null
    return new Promise((resolve) =>
      setTimeout(() => {
        this.#last = performance.now()
        resolve()
      })
    )
  }
}

export class ByteSource {
  readonly #breath = new Breath()
  #reader: ReadableStreamDefaultReader<Uint8Array>
  #ahead: Uint8Array[] = []
  #aheadBytes = 0
  #ended = false
  #signal: AbortSignal | undefined
  #limit: number
  /** Bytes that came so far. */
  bytes = 0

  readonly #size: number
  constructor(stream: ReadableStream<Uint8Array>, limit: number, signal?: AbortSignal, size = 0) {
    this.#size = size
    this.#reader = stream.getReader()
    this.#limit = limit
    this.#signal = signal
    signal?.throwIfAborted()
    signal?.addEventListener('abort', this.#abort, { once: true })
  }

  #abort = (): void => {
    this.#reader.cancel(this.#signal?.reason).catch(() => {})
  }

  async #pull(): Promise<Uint8Array | null> {
    while (!this.#ended) {
      const pause = this.#breath.due()
      if (pause) await pause
      this.#signal?.throwIfAborted()
      const { done, value } = await this.#reader.read()
      // A cancelled stream ends as if it were complete.
      this.#signal?.throwIfAborted()
      if (done) {
        this.#ended = true
        break
      }
      if (value.byteLength === 0) continue
      this.bytes += value.byteLength
      if (this.bytes > this.#limit) throw tooLarge('A file', this.#limit)
      return value
    }
    return null
  }

  /** Up to `length` bytes from the start of what has not been read; fewer only where the file ends. */
  async peek(length: number): Promise<Uint8Array> {
    this.#checkSize(this.#limit, 'A file')
    while (this.#aheadBytes < length) {
      const chunk = await this.#pull()
      if (!chunk) break
      this.#ahead.push(chunk)
      this.#aheadBytes += chunk.byteLength
    }
    const head = new Uint8Array(Math.min(length, this.#aheadBytes))
    let offset = 0
    for (const chunk of this.#ahead) {
      if (offset >= head.length) break
      const piece = chunk.subarray(0, head.length - offset)
      head.set(piece, offset)
      offset += piece.length
    }
    return head
  }

  /** Refuses a declared size before anything is read. */
  #checkSize(limit: number, what: string): void {
    if (this.#size > limit) throw tooLarge(what, limit)
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    for (let chunk = this.#ahead.shift(); chunk; chunk = this.#ahead.shift()) {
      this.#aheadBytes -= chunk.byteLength
      yield chunk
    }
    for (let chunk = await this.#pull(); chunk; chunk = await this.#pull()) yield chunk
  }

  /** The whole file, when it is no larger than `limit`; `what` names the format in the refusal. */
  async readAll(limit: number, what: string): Promise<Uint8Array<ArrayBuffer>> {
    this.#checkSize(limit, what)
    const parts: Uint8Array[] = []
    let size = 0
    for await (const chunk of this.chunks()) {
      size += chunk.byteLength
      if (size > limit) throw tooLarge(what, limit)
      parts.push(chunk)
    }
    const all = new Uint8Array(size)
    let offset = 0
    for (let part = parts.shift(); part; part = parts.shift()) {
      all.set(part, offset)
      offset += part.byteLength
    }
    return all
  }

  async readText(limit: number, what: string, label?: string): Promise<string> {
    this.#checkSize(limit, what)
    let text = ''
    let size = 0
    for await (const piece of this.text(label)) {
      size += piece.length
      // A character has one byte at least, so this cannot refuse what `readAll` would take.
      if (size > limit || this.bytes > limit) throw tooLarge(what, limit)
      text += piece
    }
    return text
  }

  /** Encoding of the text; known once the first piece was read. */
  encoding = 'utf-8'

  /**
   * Decodes by the byte order mark; else by what the zeros of UTF-16 look like; else by `label`, the charset that was
   * declared; else as UTF-8. UTF-8 that turns out to be none becomes Windows-1252, as long as nothing before had more
   * than one byte; after that, single bytes that cannot be read become U+FFFD.
   */
  async *text(label?: string): AsyncGenerator<string> {
    const head = await this.peek(4096)
    this.encoding = markOf(head) ?? zerosOf(head) ?? declared(label) ?? 'utf-8'
    const decoder = this.encoding === 'utf-8' ? new Utf8OrLatin() : new TextDecoder(this.encoding)
    const decode = (chunk?: Uint8Array): string =>
      decoder instanceof Utf8OrLatin
        ? decoder.decode(chunk)
        : chunk
        ? decoder.decode(chunk, { stream: true })
        : decoder.decode()
    for await (const chunk of this.chunks()) {
      const text = decode(chunk)
      if (decoder instanceof Utf8OrLatin) this.encoding = decoder.encoding
      if (text) yield text
    }
    const rest = decode()
    if (decoder instanceof Utf8OrLatin) this.encoding = decoder.encoding
    if (rest) yield rest
  }

  /** Lets go of the stream, read or not. */
  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#ahead = []
    this.#aheadBytes = 0
    if (!this.#ended) await this.#reader.cancel().catch(() => {})
    this.#ended = true
    this.#reader.releaseLock()
  }
}

function markOf(head: Uint8Array): string | null {
  const [a, b, c] = head
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8'
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  return null
}

/** Text of UTF-16 without a mark: of Latin letters every other byte is zero. */
function zerosOf(head: Uint8Array): string | null {
  const pairs = Math.floor(head.length / 2)
  if (pairs < 2) return null
  let even = 0
  let odd = 0
  for (let index = 0; index < pairs * 2; index += 2) {
    if (head[index] === 0) even++
    if (head[index + 1] === 0) odd++
  }
  if (odd > pairs * 0.4 && even < pairs * 0.05) return 'utf-16le'
  if (even > pairs * 0.4 && odd < pairs * 0.05) return 'utf-16be'
  return null
}

function declared(label: string | undefined): string | null {
  if (!label) return null
  try {
    const { encoding } = new TextDecoder(label.trim())
    // A single-byte charset is declared for UTF-16 by mistake only, and UTF-8 is tried with care anyway.
    return encoding === 'utf-8' ? null : encoding
  } catch {
    return null
  }
}

/** UTF-8 until proven otherwise. */
class Utf8OrLatin {
  #strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #carry = new Uint8Array(0)
  #first = true
  #multibyte = false
  #fallback: TextDecoder | null = null
  encoding = 'utf-8'

  decode(chunk?: Uint8Array): string {
    if (this.#fallback) return this.#fallback.decode(chunk, { stream: chunk !== undefined })
    let bytes = chunk ?? new Uint8Array(0)
    if (this.#carry.length) {
      const joined = new Uint8Array(this.#carry.length + bytes.length)
      joined.set(this.#carry)
      joined.set(bytes, this.#carry.length)
      bytes = joined
      this.#carry = new Uint8Array(0)
    }
    if (this.#first && bytes.length >= 3 && markOf(bytes) === 'utf-8') {
      this.#first = false
      bytes = bytes.subarray(3)
    }
    const cut = chunk ? bytes.length - incompleteTail(bytes) : bytes.length
    if (cut > 0) this.#first = false
    const whole = bytes.subarray(0, cut)
    try {
      const text = this.#strict.decode(whole)
      this.#multibyte ||= text.length !== whole.length
      this.#carry = bytes.slice(cut)
      return text
    } catch {
      this.encoding = this.#multibyte || startsWithMultibyte(bytes) ? 'utf-8' : 'windows-1252'
      this.#fallback = new TextDecoder(this.encoding, { ignoreBOM: true })
      return this.#fallback.decode(bytes, { stream: chunk !== undefined })
    }
  }
}

/** Bytes at the end that begin a character and do not finish it. */
function incompleteTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
  }
  return 0
}

/** Whether the first byte beyond ASCII begins a character of UTF-8 that is whole. */
function startsWithMultibyte(bytes: Uint8Array): boolean {
  const start = bytes.findIndex((byte) => byte >= 0x80)
  const lead = bytes[start] ?? 0
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0
  if (length === 0) return false
  for (let index = 1; index < length; index++) {
    if (((bytes[start + index] ?? 0) & 0xc0) !== 0x80) return false
  }
  return true
}

export interface Line {
  readonly text: string
  /** Whether the end of the line is missing. */
  readonly cut: boolean
}

/** Lines in groups, as they come; `\n`, `\r\n` and `\r` end one. A line longer than `limit` is cut, its rest skipped. */
export async function* lines(text: AsyncIterable<string>, limit: number): AsyncGenerator<Line[]> {
  let rest = ''
  let skipping = false
  /** A line break at the end of a piece that may go on with `\n`. */
  let afterReturn = false
  for await (let piece of text) {
    if (afterReturn && piece.startsWith('\n')) piece = piece.slice(1)
    afterReturn = piece.endsWith('\r')
    const group: Line[] = []
    const pattern = /\r\n|\n|\r/g
    let start = 0
    for (let match = pattern.exec(piece); match; match = pattern.exec(piece)) {
      if (skipping) skipping = false
      else {
        const line = rest + piece.slice(start, match.index)
        group.push({ text: line.length > limit ? line.slice(0, limit) : line, cut: line.length > limit })
      }
      rest = ''
      start = match.index + match[0].length
    }
    if (!skipping) rest += piece.slice(start)
    if (rest.length > limit) {
      group.push({ text: rest.slice(0, limit), cut: true })
      rest = ''
      skipping = true
    }
    if (group.length) yield group
  }
  if (rest) yield [{ text: rest, cut: false }]
}

/** A stream of bytes from what is at hand, for tests and for callers that have the whole. */
export function streamOf(...parts: readonly (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const pending = [...parts]
  return new ReadableStream({
    pull(controller): void {
      const part = pending.shift()
      if (part === undefined) controller.close()
      else controller.enqueue(typeof part === 'string' ? encoder.encode(part) : part)
    },
  })
}
