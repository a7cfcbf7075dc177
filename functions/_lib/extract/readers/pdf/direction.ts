/** Lines in the order in which they are seen, and in the order in which they are read. */
import { rightToLeft } from './glyphs.ts'

const anyRightToLeft = new RegExp(rightToLeft, 'g')
const mirrored = new Map(['()', '[]', '{}', '<>', '«»', '‹›'].flatMap((pair) => {
  const [left = '', right = ''] = pair
  return [[left, right], [right, left]] as const
}))

/** Whether a line is read from right to left: most of its letters are. */
export function readsFromRight(text: string): boolean {
  const right = text.match(anyRightToLeft)?.length ?? 0
  if (right === 0) return false
  return right * 2 >= (text.match(/\p{L}/gu)?.length ?? 0)
}

/** What is read from left to right also in a line of the other direction: Latin, digits, and signs of numbers. */
const fromLeft = /^[\p{L}\p{N}%$€£¥₪°#@]/u
const letter = /\p{L}/u
const clusters = /\P{M}\p{M}*|\p{M}+/gu

/**
 * The text of a line as it is read, from the text as it is seen from left to right. Numbers and Latin words keep their
 * own order within a line of Hebrew or Arabic; Hebrew or Arabic words are turned round within a line of Latin.
 */
export function readingOrder(line: string, fromRight: boolean): string {
  if (!rightToLeft.test(line)) return line
  const pieces = piecesOf(line.match(clusters) ?? [])
  const ordered = fromRight ? pieces.reverse() : turnedRound(pieces)
  return ordered.map(({ text, right }) => right ? backwards(text) : text.join('')).join('')
}

interface Piece {
  readonly text: string[]
  /** Whether it is read from right to left. */
  readonly right: boolean
}

/** Runs of characters of one direction; what has none belongs to a run from left to right only inside it. */
function piecesOf(characters: readonly string[]): Piece[] {
  const pieces: Piece[] = []
  /** Characters without a direction since the last one that has one. */
  let open: string[] = []
  for (const character of characters) {
    const right = rightToLeft.test(character)
    if (!right && !fromLeft.test(character)) {
      open.push(character)
      continue
    }
    const last = pieces.at(-1)
    // Numbers with a space between them follow each other as the line does.
    const numbers = !right && open.includes(' ') && !letter.test(character) &&
      !last?.text.some((other) => letter.test(other))
    if (last && last.right === right && !numbers) {
      last.text.push(...open, character)
    } else {
      if (open.length) pieces.push({ text: open, right: true })
      pieces.push({ text: [character], right })
    }
    open = []
  }
  if (open.length) pieces.push({ text: open, right: true })
  return pieces
}

/** In a line of Latin, words that are read from the right change places as one. */
function turnedRound(pieces: readonly Piece[]): Piece[] {
  return pieces.map((piece) =>
    piece.right && !rightToLeft.test(piece.text.join('')) ? { text: piece.text, right: false } : piece
  )
}

function backwards(text: readonly string[]): string {
  return [...text].reverse().map((character) => mirrored.get(character) ?? character).join('')
}
