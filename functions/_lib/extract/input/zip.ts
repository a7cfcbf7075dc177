/**
 * Reads single parts of a zip archive that may be hostile. Sizes in the directory are not trusted: the bytes of a part
 * are counted while it inflates, in small steps, and a part is inflated only when it is requested by name.
 */
import { encrypted, ExtractionError, inflatesTooMuch, tooMany } from '../errors.ts'
import type { Limits } from '../limits.ts'

interface Entry {
  readonly method: number
  readonly encrypted: boolean
  readonly packed: number
  readonly offset: number
}

/** Deflate expands up to 1032 times, so a step of this size inflates to 8 MiB at most. */
const stepBytes = 8 * 1024

/** A zip archive in memory. Throws an ExtractionError where it is damaged. */
export class Zip {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #entries = new Map<string, Entry>()

  constructor(bytes: Uint8Array, limits: Limits) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    try {
      this.#readDirectory(limits)
    } catch (cause) {
      if (cause instanceof RangeError) throw damaged(cause)
      throw cause
    }
  }

  has(name: string): boolean {
    return this.#entries.has(keyOf(name))
  }

  #readDirectory(limits: Limits): void {
    const view = this.#view
    const lowest = Math.max(0, view.byteLength - 22 - 0xffff)
    let end = view.byteLength - 22
    while (end >= lowest && view.getUint32(end, true) !== 0x06054b50) end--
    if (end < lowest) throw damaged()
    let count = view.getUint16(end + 10, true)
    let offset = view.getUint32(end + 16, true)
    if (end >= 20 && view.getUint32(end - 20, true) === 0x07064b50) {
      const record = Number(view.getBigUint64(end - 20 + 8, true))
      if (view.getUint32(record, true) !== 0x06064b50) throw damaged()
      count = Number(view.getBigUint64(record + 32, true))
      offset = Number(view.getBigUint64(record + 48, true))
    }
    if (count > limits.zipEntries) {
      throw tooMany('The zip archive', limits.zipEntries, 'entries')
    }
    const decoder = new TextDecoder()
    for (let index = 0; index < count; index++) {
      if (view.getUint32(offset, true) !== 0x02014b50) throw damaged()
      const nameLength = view.getUint16(offset + 28, true)
      const extraLength = view.getUint16(offset + 30, true)
      const name = decoder.decode(this.#slice(offset + 46, nameLength))
      let packed = view.getUint32(offset + 20, true)
      let local = view.getUint32(offset + 42, true)
      const wide = [view.getUint32(offset + 24, true), packed, local].map((value) => value === 0xffffffff)
      if (wide.includes(true)) {
        const sizes = this.#wideSizes(offset + 46 + nameLength, extraLength)
        if (wide[0]) sizes.shift()
        if (wide[1]) packed = sizes.shift() ?? packed
        if (wide[2]) local = sizes.shift() ?? local
      }
      const key = keyOf(name)
      // A second part of the same name would be read by one program and not by another.
      if (!this.#entries.has(key)) {
        this.#entries.set(key, {
          method: view.getUint16(offset + 10, true),
          encrypted: (view.getUint16(offset + 8, true) & 1) === 1,
          packed,
          offset: local,
        })
      }
      offset += 46 + nameLength + extraLength + view.getUint16(offset + 32, true)
    }
  }

  #wideSizes(start: number, length: number): number[] {
    for (let at = start; at + 4 <= start + length;) {
      const size = this.#view.getUint16(at + 2, true)
      if (this.#view.getUint16(at, true) === 1) {
        const sizes: number[] = []
        for (let field = at + 4; field + 8 <= at + 4 + size; field += 8) {
          sizes.push(Number(this.#view.getBigUint64(field, true)))
        }
        return sizes
      }
      at += 4 + size
    }
    return []
  }

  #slice(start: number, length: number): Uint8Array {
    if (start < 0 || length < 0 || start + length > this.#bytes.length) throw damaged()
    return this.#bytes.subarray(start, start + length)
  }

  /** The bytes of a part as it inflates; fails beyond `maxBytes`. */
  async *chunks(name: string, maxBytes: number): AsyncGenerator<Uint8Array> {
    const entry = this.#entries.get(keyOf(name))
    if (!entry) {
      throw new ExtractionError('damaged_file', `The part ${name} is missing from the file.`)
    }
    if (entry.encrypted) throw encrypted()
    let packed: Uint8Array
    try {
      if (this.#view.getUint32(entry.offset, true) !== 0x04034b50) throw damaged()
      const skip = this.#view.getUint16(entry.offset + 26, true) +
        this.#view.getUint16(entry.offset + 28, true)
      packed = this.#slice(entry.offset + 30 + skip, entry.packed)
    } catch (cause) {
      throw cause instanceof RangeError ? damaged(cause) : cause
    }
    if (entry.method === 0) {
      if (packed.length > maxBytes) throw inflatesTooMuch(`The part ${name}`, maxBytes)
      yield packed
      return
    }
    if (entry.method !== 8) {
      throw new ExtractionError('damaged_file', 'The zip archive uses an unsupported compression method.')
    }
    yield* inflate(packed, 'deflate-raw', maxBytes, () => inflatesTooMuch(`The part ${name}`, maxBytes))
  }
}

/** Inflates in steps, so that no single one can fill the memory; throws `refusal()` beyond `maxBytes`. */
export async function* inflate(
  packed: Uint8Array,
  format: CompressionFormat,
  maxBytes: number,
  refusal: () => unknown,
): AsyncGenerator<Uint8Array> {
  let at = 0
  const source = new ReadableStream<BufferSource>({
    pull(controller): void {
      if (at >= packed.length) return controller.close()
      controller.enqueue(packed.slice(at, at + stepBytes))
      at += stepBytes
    },
  }, { highWaterMark: 0 })
  const reader = source.pipeThrough(new DecompressionStream(format)).getReader()
  let size = 0
  try {
    while (true) {
      const { done, value } = await reader.read()
      if (done) return
      size += value.byteLength
      if (size > maxBytes) throw refusal()
      yield value
    }
  } catch (cause) {
    throw cause instanceof TypeError ? damaged(cause) : cause
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/** XML of a part, as it inflates and in small pieces: UTF-8, or UTF-16 by its byte order mark. */
export async function* xmlText(zip: Zip, name: string, maxBytes: number): AsyncGenerator<string> {
  const piece = 64 * 1024
  let decoder: TextDecoder | null = null
  for await (const chunk of zip.chunks(name, maxBytes)) {
    decoder ??= new TextDecoder(chunk[0] === 0xff ? 'utf-16le' : chunk[0] === 0xfe ? 'utf-16be' : 'utf-8')
    // One step may inflate a thousandfold.
    for (let at = 0; at < chunk.length; at += piece) {
      yield decoder.decode(chunk.subarray(at, at + piece), { stream: true })
    }
  }
  if (decoder) yield decoder.decode()
}

/** Names are compared without case and with either slash, as office programs do. */
function keyOf(name: string): string {
  return name.replaceAll('\\', '/').replace(/^\/+/, '').toLowerCase()
}

function damaged(cause?: unknown): ExtractionError {
  return new ExtractionError('damaged_file', 'The zip archive is damaged.', null, { cause })
}
