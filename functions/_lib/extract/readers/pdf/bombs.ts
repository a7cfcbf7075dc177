/** Streams of a PDF that would fill the memory when they are inflated. */
import { Buffer } from 'node:buffer'
import { ExtractionError, inflatesTooMuch } from '../../errors.ts'
import { inflate } from '../../input/zip.ts'
import type { Limits } from '../../limits.ts'

/** Deflate expands no further. */
const maxRatio = 1032

/**
 * pdf.js inflates without a limit, so streams are tried before it sees them: what begins like zlib and is long enough to
 * exceed the limit is inflated once, counted and discarded.
 */
export async function refuseBombs(bytes: Uint8Array, limits: Limits): Promise<void> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
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
    const [first = 0, second = 0] = [bytes[start], bytes[start + 1]]
    if ((first & 0x0f) !== 8 || (first * 256 + second) % 31 !== 0) continue
    const found = buffer.indexOf('endstream', start)
    const end = found < 0 ? bytes.length : found
    const maxBytes = /\/Subtype\s*\/Image/.test(dictionary)
      ? limits.pdfStreamBytes * 4
      : limits.pdfStreamBytes
    if ((end - start) * maxRatio <= maxBytes) continue
    await tryInflating(bytes.subarray(start, end), maxBytes)
    at = end - 6
  }
}

/** What stands before a stream, with its escapes resolved. */
function dictionaryBefore(buffer: Buffer, at: number): string {
  const before = buffer.toString('latin1', Math.max(0, at - 1_000), at).split('endstream').at(-1) ?? ''
  return before.replace(/#([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
}

/** A stream that is damaged is left to pdf.js. */
async function tryInflating(packed: Uint8Array, maxBytes: number): Promise<void> {
  try {
    const chunks = inflate(packed, 'deflate', maxBytes, () => refusal(maxBytes))
    while (!(await chunks.next()).done);
  } catch (cause) {
    if (cause instanceof ExtractionError && cause.code === 'inflates_too_much') throw cause
  }
}

function refusal(maxBytes: number): ExtractionError {
  return inflatesTooMuch('A stream of the PDF', maxBytes)
}
