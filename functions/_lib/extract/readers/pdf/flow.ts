/** The text of a page: rows joined to headings and paragraphs. */
import { leftOf, type Row, textOf } from './rows.ts'
import type { PageElement, PdfTable } from './tables.ts'
import { headingLevel, type Typography } from './typography.ts'

/** What a page says, in the order in which it is read. */
type Flow =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'table'; readonly table: PdfTable }

/** Joins rows into headings and paragraphs: lines of one paragraph, words that were hyphenated, headings of two lines. */
export function flowOf(elements: readonly PageElement[], type: Typography): Flow[] {
  const flow: Flow[] = []
  let paragraph = ''
  let heading: { level: number; text: string } | null = null
  let above: Row | null = null

  const endParagraph = (): void => {
    if (paragraph.trim()) flow.push({ kind: 'text', text: paragraph })
    paragraph = ''
  }
  const endHeading = (): void => {
    if (heading) flow.push({ kind: 'heading', level: heading.level, text: heading.text })
    heading = null
  }
  for (const element of elements) {
    if (element.kind === 'table') {
      endParagraph()
      endHeading()
      flow.push(element)
      above = null
      continue
    }
    const { row } = element
    const gap: number = above ? above.y - row.y : Infinity
    const level = headingLevel(row, type, gap < 0 || gap > row.size * 1.45)
    const text = textOf(row)
    if (level > 0) {
      endParagraph()
      if (heading && heading.level === level && gap > 0 && gap < row.size * 1.6) {
        heading = { level, text: `${heading.text} ${text}` }
      } else {
        endHeading()
        heading = { level, text }
      }
    } else {
      endHeading()
      paragraph = above && paragraph ? joinLines(paragraph, text, above, row, gap, endParagraph) : text
    }
    above = row
  }
  endParagraph()
  endHeading()
  return flow
}

const listItem = /^(?:[•◦▪‣·–—-]\s|\(?\d{1,3}[.)]\s|\(?[a-z][.)]\s)/

function joinLines(
  paragraph: string,
  text: string,
  above: Row,
  row: Row,
  gap: number,
  end: () => void,
): string {
  const jump = gap <= 0 || gap > 8 * row.size
  const finished = /[.!?:]["”’)]?$/.test(paragraph)
  // A sentence continues at the top of the next column, unless it was finished.
  const apart = jump ? finished || /^\p{Lu}/u.test(text) : gap > row.size * 1.75
  const indented = finished && leftOf(row) > leftOf(above) + row.size * 0.8
  if (apart || indented || Math.abs(row.size - above.size) > above.size * 0.25) {
    end()
    return text
  }
  // Asian letters are all of one width; they are no code.
  if (row.mono && above.mono && !ideographs.test(text)) return `${paragraph}\n${text}`
  if (listItem.test(text)) return `${paragraph}\n${text}`
  return joinWords(paragraph, text)
}

const brokenWord = /\p{L}[-\u00ad\u2010]$/u
const ideographs = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}]/u

/** A line and the next one: a word that was broken is whole again, and scripts without spaces get none. */
export function joinWords(line: string, next: string): string {
  if (brokenWord.test(line) && /^\p{L}/u.test(next)) {
    const soft = line.endsWith('\u00ad')
    if (soft || /^\p{Ll}/u.test(next)) return `${line.slice(0, -1)}${next}`
  }
  if (ideographs.test(line.slice(-1)) && ideographs.test(next.slice(0, 1))) return line + next
  return `${line} ${next}`
}
