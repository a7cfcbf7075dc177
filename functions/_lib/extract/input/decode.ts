/** Text from bytes that do not say for certain how they are encoded. */

interface StreamDecoder {
  /** What the bytes so far are decoded as; may change while a file that seemed to be UTF-8 is read. */
  readonly encoding: string
  /** The text of the next bytes; without bytes, what was held back at the end. */
  decode(chunk?: Uint8Array): string
}

/** How many of the first bytes decide about the encoding. */
export const encodingHead = 4096

/**
 * Decodes by the byte order mark; else as UTF-16 where every other byte is zero; else by `label`, the declared charset;
 * else as UTF-8. Bytes that are not valid UTF-8 are read as Windows-1252, as long as no character before them had more
 * than one byte; after that, single invalid bytes become U+FFFD.
 */
export function decoderFor(head: Uint8Array, label?: string): StreamDecoder {
  const encoding = markOf(head) ?? zerosOf(head) ?? declared(label) ?? 'utf-8'
  if (encoding === 'utf-8') return new Utf8OrLatin()
  const decoder = new TextDecoder(encoding)
  return {
    encoding,
    decode: (chunk) => chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode(),
  }
}

/** By the byte order mark. */
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

/** By the declared charset. */
function declared(label: string | undefined): string | null {
  if (!label) return null
  try {
    const { encoding } = new TextDecoder(label.trim())
    // UTF-8 is tried first anyway, and given up where the bytes are not UTF-8.
    return encoding === 'utf-8' ? null : encoding
  } catch {
    return null
  }
}

/** UTF-8 until proven otherwise. */
class Utf8OrLatin implements StreamDecoder {
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
