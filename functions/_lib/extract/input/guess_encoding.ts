/** Guesses the encoding of text that is neither UTF-8 nor says what it is. */
import { Buffer } from 'node:buffer'
import { analyse } from 'chardet'

/** An encoding, and whether nothing but the bytes speaks for it. */
export interface GuessedEncoding {
  readonly encoding: string
  readonly guessed: boolean
}

/** How many bytes the model sees, chosen from all places that have something else than ASCII. */
const sampleBytes = 32 * 1024

/** How the platform calls what the model finds without the letters that Windows added. */
const supersets: Readonly<Record<string, string>> = {
  'iso-8859-1': 'windows-1252',
  'iso-8859-9': 'windows-1254',
}

/** What the detector knows and the platform decodes. */
const encodings = new Set([
  'big5',
  'euc-jp',
  'euc-kr',
  'gb18030',
  'iso-8859-2',
  'iso-8859-5',
  'iso-8859-7',
  'iso-8859-8',
  'koi8-r',
  'shift_jis',
  'windows-1250',
  'windows-1251',
  'windows-1252',
  'windows-1253',
  'windows-1254',
  'windows-1255',
  'windows-1256',
  'windows-1257',
  'windows-1258',
  'windows-874',
])

/** Encodings of Latin letters: one byte for each. */
const latin = /^(windows-125[02478]|iso-8859-(2|3|4|10|13|14|15|16))$/
/** Encodings of two bytes and more for a character. */
const wide = /^(big5|shift_jis|euc-kr|euc-jp|gb18030)$/

/**
 * The likeliest encoding. The model rates the statistics of the bytes; what would read them as nonsense is left out: with
 * control characters, or with letters of two alphabets in one word. A few accented letters say too little, so these are
 * Windows-1252 unless something else is clearly likelier.
 */
export function guessEncoding(bytes: Uint8Array): string {
  const sample = sampleOf(bytes)
  if (isThai(sample)) return 'windows-874'
  const { count, pairs } = highBytes(sample)
  const candidates = analyse(sample)
    .flatMap(({ name: given, confidence }) => {
      const name = supersets[given.toLowerCase()] ?? given.toLowerCase()
      if (!encodings.has(name) || isNonsense(sample, name)) return []
      // Of two characters in a row, at least two bytes beyond ASCII stand together; single letters do not.
      return wide.test(name) && pairs === 0 ? [] : [{ name, confidence }]
    })
  const [best] = candidates
  const western = candidates.find(({ name }) => name === 'windows-1252')
  if (!best) return 'windows-1252'
  if (!western || !latin.test(best.name)) return best.name
  const isLikelier = count >= 4 && best.confidence > Math.max(4, western.confidence * 1.15)
  return isLikelier ? best.name : western.name
}

/** How many bytes lie beyond ASCII, and how often two of them stand together. */
function highBytes(bytes: Uint8Array): { count: number; pairs: number } {
  let count = 0
  let pairs = 0
  for (let index = 0; index < bytes.length; index++) {
    if ((bytes[index] ?? 0) < 0x80) continue
    count++
    if ((bytes[index + 1] ?? 0) >= 0x80) pairs++
  }
  return { count, pairs }
}

function isNonsense(sample: Uint8Array, encoding: string): boolean {
  const text = new TextDecoder(encoding).decode(sample)
  const letters = text.match(/[\u0080-\u{10ffff}]/gu)?.length ?? 0
  const wrong = text.match(/[\ufffd\x80-\x9f\ue000-\uf8ff]/g)?.length ?? 0
  const mixed = text.match(mixedWords)?.length ?? 0
  const symbols = text.match(/[¤•‰†‡ˆ˛˙¨¸´¯¬¦¶‚„]/g)?.length ?? 0
  const halfWidth = text.match(/[\uff61-\uff9f]/g)?.length ?? 0
  return wrong > letters / 200 || mixed > letters / 20 || symbols > letters / 4 || halfWidth > letters / 2
}

/** The model takes Thai for Chinese or Japanese. Thai vowel signs and tones stand above or below a consonant, never alone. */
function isThai(sample: Uint8Array): boolean {
  const text = new TextDecoder('windows-874').decode(sample)
  const letters = text.match(/[\u0080-\u{10ffff}]/gu)?.length ?? 0
  const thai = text.match(/[\u0e01-\u0e5b]/g)?.length ?? 0
  const signs = text.match(/[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]/g)?.length ?? 0
  const alone =
    text.match(/(?<![\u0e01-\u0e2e\u0e31-\u0e3a\u0e47-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]/g)?.length ??
      0
  return thai >= 8 && thai > letters * 0.95 && signs > thai / 10 && alone <= signs / 50
}

const other = String
  .raw`[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Thai}\p{Script=Katakana}]`
const mixedWords = new RegExp(String.raw`\p{Script=Latin}${other}|${other}\p{Script=Latin}`, 'gu')

/** Lines that have something else than ASCII, evenly from all of the bytes. */
function sampleOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= sampleBytes) return bytes
  const maxLine = 1024
  const pieces: Uint8Array[] = []
  let size = 0
  for (let start = 0; start < bytes.length;) {
    const feed = bytes.indexOf(0x0a, start)
    const end = feed < 0 ? bytes.length : feed + 1
    for (let at = start; at < end; at += maxLine) {
      const piece = bytes.subarray(at, Math.min(end, at + maxLine))
      if (!piece.some((byte) => byte >= 0x80)) continue
      pieces.push(piece)
      size += piece.length
    }
    start = end
  }
  const step = Math.max(1, size / sampleBytes)
  const chosen = Array.from(
    { length: Math.floor(pieces.length / step) },
    (_, index) => pieces[Math.floor(index * step)] ?? new Uint8Array(0),
  )
  return Buffer.concat(chosen)
}
