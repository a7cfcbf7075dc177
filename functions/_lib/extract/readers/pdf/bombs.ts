/** Streams of a PDF that would fill the memory when they are inflated, or keep pdf.js busy without end. */
import { Buffer } from 'node:buffer'
import { ExtractionError, inflatesTooMuch, tooDeep } from '../../errors.ts'
import { inflate } from '../../input/zip.ts'
import type { Limits } from '../../limits.ts'

/**
 * pdf.js inflates without a limit, so streams are tried before it sees them: what begins like zlib is inflated once,
 * counted and discarded. Graphics states that are saved and not restored make every further operator slower in pdf.js.
 */
export async function refuseBombs(bytes: Uint8Array, limits: Limits): Promise<void> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const states = new SavedStates()
  for (let at = buffer.indexOf('stream'); at >= 0; at = buffer.indexOf('stream', at + 6)) {
    if (buffer.toString('latin1', Math.max(0, at - 3), at) === 'end') continue
    const dictionary = dictionaryBefore(buffer, at)
    // One filter upon another expands twice.
    if ((dictionary.match(/\/(?:FlateDecode|Fl|LZWDecode|LZW)\b/g)?.length ?? 0) > 1) {
      throw refusal(limits.pdfStreamBytes)
    }
    let start = at + 6
    if (bytes[start] === 0x0d) start++
    if (bytes[start] === 0x0a) start++
    const found = buffer.indexOf('endstream', start)
    const end = found < 0 ? bytes.length : found
    const [first = 0, second = 0] = [bytes[start], bytes[start + 1]]
    const data = bytes.subarray(start, end)
    if ((first & 0x0f) === 8 && (first * 256 + second) % 31 === 0) {
      const isImage = /\/Subtype\s*\/Image/.test(dictionary)
      await tryInflating(data, limits.pdfStreamBytes * (isImage ? 4 : 1), states)
    } else states.add(data)
    states.endStream()
    at = end - 6
  }
}

/** How deep graphics states may be saved inside one another in one stream, and how many a file may leave open. */
const maxSavedStates = 1_000
const maxOpenStates = 5_000

/** Bytes that end an operator. */
const separators = Uint8Array.from(
  { length: 256 },
  (_, byte) => byte <= 0x20 || '()<>[]{}/%'.includes(String.fromCharCode(byte)) ? 1 : 0,
)

/** Counts the operators `q` and `Q` of streams that may be the content of pages. */
class SavedStates {
  #depth = 0
  #open = 0
  /** The byte before; a space at the start. */
  #before = 0x20
  #operator = 0

  add(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (separators[byte]) {
        if (this.#operator === 0x71) {
          if (++this.#depth > maxSavedStates) throw tooDeep()
        } else if (this.#operator === 0x51) this.#depth = Math.max(0, this.#depth - 1)
        this.#operator = 0
      } else this.#operator = separators[this.#before] && (byte === 0x71 || byte === 0x51) ? byte : 0
      this.#before = byte
    }
  }

  endStream(): void {
    this.#open += this.#depth
    if (this.#open > maxOpenStates) throw tooDeep()
    this.#depth = 0
    this.#operator = 0
    this.#before = 0x20
  }
}

/** What stands before a stream, with its escapes resolved. */
function dictionaryBefore(buffer: Buffer, at: number): string {
  const before = buffer.toString('latin1', Math.max(0, at - 1_000), at).split('endstream').at(-1) ?? ''
  return before.replace(/#([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
}

/** A stream that is damaged is left to pdf.js. */
async function tryInflating(packed: Uint8Array, maxBytes: number, states: SavedStates): Promise<void> {
  try {
    const chunks = inflate(packed, 'deflate', maxBytes, () => refusal(maxBytes))
    for await (const chunk of chunks) states.add(chunk)
  } catch (cause) {
    if (cause instanceof ExtractionError && cause.code !== 'damaged_file') throw cause
  }
}

function refusal(maxBytes: number): ExtractionError {
  return inflatesTooMuch('A stream of the PDF', maxBytes)
}
