/** Text from bytes that do not say for certain how they are encoded. */
import type { GuessedEncoding } from './guess_encoding.ts'

/** How many of the first bytes show whether a text is UTF-16 or UTF-32. */
export const encodingHead = 4096

/** The encoding that the first bytes prove: by a byte order mark, or as UTF-16 without one; else null. */
export function provenEncoding(head: Uint8Array): string | null {
  return markOf(head) ?? wideOf(head)
}

function markOf(head: Uint8Array): string | null {
  const [a, b, c, d] = head
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8'
  if (a === 0xff && b === 0xfe) return head.length >= 4 && c === 0 && d === 0 ? 'utf-32le' : 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'utf-32be'
  return null
}

/** Text of UTF-16 without a mark: one byte of each Latin letter, space and line break is zero, never the other one. */
function wideOf(head: Uint8Array): string | null {
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
  if (even > 0 === odd > 0 || even + odd < pairs * 0.02) return null
  const encoding = odd > 0 ? 'utf-16le' : 'utf-16be'
  return isProse(head.subarray(0, pairs * 2), encoding) ? encoding : null
}

/** Whether bytes are letters and what stands between them, and nothing else. */
function isProse(bytes: Uint8Array, encoding: string): boolean {
  const text = new TextDecoder(encoding).decode(bytes)
  const usual = text.match(/[\p{L}\p{M}\p{N}\p{P}\p{Sc}\s]/gu)?.length ?? 0
  return usual >= text.length * 0.95
}

/** The name under which the platform decodes a declared charset; null where it knows none, or only UTF-8. */
export function declaredEncoding(label: string | undefined): string | null {
  if (!label) return null
  try {
    const { encoding } = new TextDecoder(label.trim())
    return encoding === 'utf-8' ? null : encoding
  } catch {
    return null
  }
}

/** Where bytes begin to be something else than ASCII: beyond it, or an escape of ISO 2022; -1 where all are. */
export function endOfAscii(bytes: Uint8Array): number {
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0
    if (byte >= 0x80 || (byte === 0x1b && isEscape(bytes, index))) return index
  }
  return -1
}

/** `ESC $ @`, `ESC $ B` and `ESC ( J` switch to Japanese. */
function isEscape(bytes: Uint8Array, at: number): boolean {
  const [, group, set] = bytes.subarray(at, at + 3)
  return (group === 0x24 && (set === 0x40 || set === 0x42)) || (group === 0x28 && set === 0x4a)
}

/** Counts what speaks for UTF-8 and what against it, over pieces. */
export class Utf8Evidence {
  /** Characters of several bytes that are whole. */
  whole = 0
  /** Bytes that belong to no character. */
  broken = 0
  /** Bytes beyond ASCII. */
  high = 0
  #missing = 0
  #least = 0x80
  #most = 0xbf

  add(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte >= 0x80) this.high++
      if (this.#missing > 0) {
        if (byte >= this.#least && byte <= this.#most) {
          this.#least = 0x80
          this.#most = 0xbf
          if (--this.#missing === 0) this.whole++
          continue
        }
        this.#missing = 0
        this.broken++
      }
      if (byte < 0x80) continue
      this.#least = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80
      this.#most = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf
      if (byte >= 0xc2 && byte <= 0xdf) this.#missing = 1
      else if (byte >= 0xe0 && byte <= 0xef) this.#missing = 2
      else if (byte >= 0xf0 && byte <= 0xf4) this.#missing = 3
      else this.broken++
    }
  }

  /** Whether enough was seen that no other encoding would look like it. */
  get isProven(): boolean {
    return this.broken === 0 && this.whole >= 16
  }

  /** Some broken bytes among many characters are damage; the reverse is another encoding. */
  get isUtf8(): boolean {
    return this.broken === 0 || this.whole >= this.broken * 8
  }
}

/**
 * The encoding of bytes that no mark proves: UTF-8 where they are UTF-8, whatever is declared; else the declared one,
 * unless it cannot be; else a guess.
 */
export async function encodingOf(
  bytes: Uint8Array,
  evidence: Utf8Evidence,
  declared: string | null,
): Promise<GuessedEncoding> {
  if (evidence.high === 0 && endOfAscii(bytes) >= 0) return { encoding: 'iso-2022-jp', guessed: false }
  if (evidence.isUtf8) return { encoding: 'utf-8', guessed: false }
  if (declared !== null && fits(bytes, declared)) return { encoding: declared, guessed: false }
  const { guessEncoding } = await import('./guess_encoding.ts')
  return { encoding: guessEncoding(bytes), guessed: true }
}

function fits(bytes: Uint8Array, encoding: string): boolean {
  const text = new TextDecoder(encoding).decode(bytes, { stream: true })
  // Some damage is better than another encoding than the one that is declared.
  return (text.match(/[\ufffd\x80-\x9f]/g)?.length ?? 0) <= text.length / 1_000
}

/** Decodes in pieces, and counts what it had to replace. */
export class PieceDecoder {
  readonly #decoder: { decode(bytes?: Uint8Array, options?: { stream: boolean }): string }
  /** How many characters were replaced. */
  replaced = 0

  constructor(encoding: string) {
    this.#decoder = encoding.startsWith('utf-32') ? new Utf32(encoding) : new TextDecoder(encoding)
  }

  /** The text of the next bytes, if there is any; without bytes, what was held back at the end. */
  *decode(bytes?: Uint8Array): Generator<string> {
    const text = bytes ? this.#decoder.decode(bytes, { stream: true }) : this.#decoder.decode()
    if (text.includes('\ufffd')) {
      const written = bytes ? countReplacements(bytes) : 0
      this.replaced += Math.max(0, (text.match(/\ufffd/g)?.length ?? 0) - written)
    }
    if (text) yield text
  }
}

/** U+FFFD as a file in UTF-8 has it. */
function countReplacements(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(0xef); at >= 0; at = bytes.indexOf(0xef, at + 1)) {
    if (bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd) count++
  }
  return count
}

/** UTF-32, which the platform does not decode. */
class Utf32 {
  readonly #little: boolean
  #rest = new Uint8Array(0)
  #first = true

  constructor(encoding: string) {
    this.#little = encoding === 'utf-32le'
  }

  decode(bytes: Uint8Array = new Uint8Array(0)): string {
    const all = new Uint8Array(this.#rest.length + bytes.length)
    all.set(this.#rest)
    all.set(bytes, this.#rest.length)
    const view = new DataView(all.buffer)
    const end = all.length - all.length % 4
    const parts: string[] = []
    for (let at = 0; at < end; at += 4) {
      const code = view.getUint32(at, this.#little)
      if (this.#first && code === 0xfeff) this.#first = false
      else parts.push(isCharacter(code) ? String.fromCodePoint(code) : '\ufffd')
    }
    this.#rest = all.slice(end)
    return parts.join('')
  }
}

function isCharacter(code: number): boolean {
  return code <= 0x10ffff && (code < 0xd800 || code >= 0xe000)
}
