/**
 * The bytes of a file as they arrive: peeked at without being consumed, counted against a limit, read as a whole or as
 * text. Reading is driven by the consumer, so nothing is buffered beyond need, and an abort cancels the stream.
 */
import { TimeSlice } from '../../async/mod.ts'
import { tooLarge } from '../errors.ts'
import {
  declaredEncoding,
  encodingHead,
  encodingOf,
  endOfAscii,
  PieceDecoder,
  provenEncoding,
  Utf8Evidence,
} from './decode.ts'

/** How much ASCII is held back, so that the encoding is known before the first text of most files. */
const maxAsciiBytes = 256 * 1024
/** How much is held back to decide about the encoding, and how many bytes beyond ASCII are enough for it. */
const maxHeldBytes = 4 * 1024 * 1024
const maxHighBytes = 4096

/** The stream of a file. Throws an ExtractionError beyond `maxBytes`. */
export class ByteSource {
  readonly #slice = new TimeSlice()
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #maxBytes: number
  readonly #size: number
  readonly #signal: AbortSignal | undefined
  #ahead: Uint8Array[] = []
  #aheadBytes = 0
  #ended = false
  /** Bytes that came so far. */
  bytes = 0

  /** `size` is the declared size, where one is known. */
  constructor(stream: ReadableStream<Uint8Array>, maxBytes: number, signal?: AbortSignal, size = 0) {
    this.#reader = stream.getReader()
    this.#maxBytes = maxBytes
    this.#signal = signal
    this.#size = size
    signal?.throwIfAborted()
    signal?.addEventListener('abort', this.#abort, { once: true })
  }

  #abort = (): void => {
    this.#reader.cancel(this.#signal?.reason).catch(() => {})
  }

  async #pull(): Promise<Uint8Array | null> {
    while (!this.#ended) {
      if (this.#slice.isOver) await this.#slice.renew()
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
      if (this.bytes > this.#maxBytes) throw tooLarge('The file', this.#maxBytes)
      return value
    }
    return null
  }

  /** Up to `length` bytes from the start of what has not been read; fewer only where the file ends. */
  async peek(length: number): Promise<Uint8Array> {
    this.#checkSize(this.#maxBytes, 'The file')
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
  #checkSize(maxBytes: number, what: string): void {
    if (this.#size > maxBytes) throw tooLarge(what, maxBytes)
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    for (let chunk = this.#ahead.shift(); chunk; chunk = this.#ahead.shift()) {
      this.#aheadBytes -= chunk.byteLength
      yield chunk
    }
    for (let chunk = await this.#pull(); chunk; chunk = await this.#pull()) yield chunk
  }

  /** All bytes, `maxBytes` at most; `what` is the subject of the error, such as `The PDF`. */
  async readAll(maxBytes: number, what: string): Promise<Uint8Array<ArrayBuffer>> {
    this.#checkSize(maxBytes, what)
    const parts: Uint8Array[] = []
    let size = 0
    for await (const chunk of this.chunks()) {
      size += chunk.byteLength
      if (size > maxBytes) throw tooLarge(what, maxBytes)
      parts.push(chunk)
    }
    return concat(parts.splice(0), size)
  }

  /** All of the text, under the same limit. */
  async readText(maxBytes: number, what: string, label?: string): Promise<string> {
    this.#checkSize(maxBytes, what)
    let text = ''
    let size = 0
    for await (const piece of this.text(label)) {
      size += piece.length
      // Every character has at least one byte, so this refuses nothing that `readAll` would accept.
      if (size > maxBytes || this.bytes > maxBytes) throw tooLarge(what, maxBytes)
      text += piece
    }
    return text
  }

  /** Encoding of the text; known once the first piece was read, where the first `asciiBytes` have more than ASCII. */
  encoding = 'utf-8'
  /** Whether only the bytes speak for the encoding. */
  guessed = false
  /** How many characters could not be decoded. */
  replaced = 0

  /** The text in pieces, decoded as `encodingOf` describes; `label` is the declared charset. */
  async *text(label?: string): AsyncGenerator<string> {
    const proven = provenEncoding(await this.peek(encodingHead))
    const chunks = this.chunks()
    const { encoding, guessed, held } = proven === null
      ? yield* this.#untilDecided(chunks, declaredEncoding(label))
      : { encoding: proven, guessed: false, held: [] }
    this.encoding = encoding
    this.guessed = guessed
    const decoder = new PieceDecoder(encoding)
    for (const chunk of held) yield* decoder.decode(chunk)
    for await (const chunk of chunks) yield* decoder.decode(chunk)
    yield* decoder.decode()
    this.replaced = decoder.replaced
  }

  /** Holds bytes back until their encoding is decided. ASCII is the same in every one, so long runs of it are passed on. */
  async *#untilDecided(
    chunks: AsyncGenerator<Uint8Array>,
    declared: string | null,
  ): AsyncGenerator<string, { encoding: string; guessed: boolean; held: Uint8Array[] }> {
    const evidence = new Utf8Evidence()
    const held: Uint8Array[] = []
    let heldBytes = 0
    let isAscii = true
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      held.push(next.value)
      heldBytes += next.value.byteLength
      isAscii &&= endOfAscii(next.value) < 0
      if (!isAscii) {
        evidence.add(next.value)
        if (evidence.isProven || evidence.high >= maxHighBytes || heldBytes >= maxHeldBytes) break
      } else if (heldBytes >= maxAsciiBytes) {
        for (const chunk of held.splice(0)) yield new TextDecoder().decode(chunk)
        heldBytes = maxAsciiBytes
      }
    }
    return { ...await encodingOf(concat(held, heldBytes), evidence, declared), held }
  }

  /** Releases the stream, and cancels it where it has not ended. */
  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#ahead = []
    this.#aheadBytes = 0
    if (!this.#ended) await this.#reader.cancel().catch(() => {})
    this.#ended = true
    this.#reader.releaseLock()
  }
}

/** The bytes of all chunks, `size` at most. */
function concat(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    const piece = chunk.subarray(0, size - offset)
    all.set(piece, offset)
    offset += piece.byteLength
  }
  return all.subarray(0, offset)
}
