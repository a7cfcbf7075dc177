/**
 * Estimates tokens. A tokenizer of GPT-4 has a table of 27 MB, more than a hosted function may be, and takes a tenth of the
 * CPU time of a request to load. The estimate is near its count for prose, and above it for text that tokenizers of the
 * models that embed cut into smaller pieces: numbers, identifiers, and scripts other than Latin.
 */

/** How many tokens a text has. */
export type TokenCount = (text: string) => number

/** In pattern order: a word of ASCII, other letters, digits, line breaks and longer white space, any other character. */
const pieces = /([A-Za-z][A-Za-z0-9]*)|([\p{L}\p{M}]+)|(\p{N}+)|(\s*[\r\n]\s*|\s{2,})|([^\s])/gu

/** Scripts of which a token has several letters. */
const alphabets = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{M}]+$/u
/** What is no word of a sentence: names in capital letters, identifiers, encoded bytes. */
const capitals = /[A-Z].*[A-Z]|\d/

/** About how many tokens a text has. Longer text does not have fewer. */
export function estimateChunkTokens(text: string): number {
  let tokens = 0
  for (const [piece, ascii, letters, digits, space] of text.matchAll(pieces)) {
    const { length } = piece
    if (ascii) {
      tokens += Math.max(1, capitals.test(piece) ? length / (length > 20 ? 1.6 : 3) : 1 + (length - 7) / 4)
    } else if (letters) tokens += alphabets.test(piece) ? Math.max(1, length / 2.3) : length * 1.2
    else if (digits) tokens += length / 3 + 0.4
    else if (space) tokens += 1
    else tokens += (piece.codePointAt(0) ?? 0) < 0x2000 ? 0.9 : 2.6
  }
  return Math.ceil(tokens)
}
