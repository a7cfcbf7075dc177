import { truncate } from '../../text/mod.ts'
/** Lines of a text that arrives in pieces. */

interface Line {
  readonly text: string
  /** Whether the line was longer than the limit. */
  readonly cut: boolean
}

/** Lines in groups, as they arrive; `\n`, `\r\n` and `\r` end one. Longer lines are cut at `maxChars`. */
export async function* lines(text: AsyncIterable<string>, maxChars: number): AsyncGenerator<Line[]> {
  let rest = ''
  let skipping = false
  /** The last piece ended with a return, which a `\n` at the start of the next one completes. */
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
        group.push({ text: truncate(line, maxChars), cut: line.length > maxChars })
      }
      rest = ''
      start = match.index + match[0].length
    }
    if (!skipping) rest += piece.slice(start)
    if (rest.length > maxChars) {
      group.push({ text: truncate(rest, maxChars), cut: true })
      rest = ''
      skipping = true
    }
    if (group.length) yield group
  }
  if (rest) yield [{ text: rest, cut: false }]
}
