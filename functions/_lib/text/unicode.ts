/** Text that Postgres and browsers can take: whole characters, no NUL. */

const nul = /\0/g
const beyondAscii = /[^\0-\x7f]/

/** Without NUL and lone surrogates, in Unicode NFC: neither `text` nor `jsonb` of Postgres takes them. */
export function cleanText(text: string): string {
  let clean = text.includes('\0') ? text.replace(nul, '') : text
  if (!beyondAscii.test(clean)) return clean
  if (!clean.isWellFormed()) {
    clean = clean.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '')
  }
  return clean.normalize('NFC')
}

/** At most the first `maxLength` UTF-16 units, without a part of what people see as one character. */
export function truncate(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : text.slice(0, boundaryBefore(text, maxLength))
}

/** What stands from one index to another, with both moved before a character that they are within. */
export function excerpt(text: string, start: number, end: number): string {
  return text.slice(boundaryBefore(text, start), boundaryBefore(text, end))
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
/** In UTF-16 units. A longer character is cut all the same, between its code points: it is no text but a heap of marks. */
const maxGrapheme = 64

function boundaryBefore(text: string, index: number): number {
  if (index <= 0) return 0
  if (index >= text.length) return text.length
  const from = Math.max(0, index - maxGrapheme)
  const around = graphemes.segment(text.slice(from, index + maxGrapheme))
  const start = around.containing(index - from)?.index ?? 0
  if (start > 0) return from + start
  return /[\ud800-\udbff]/.test(text.charAt(index - 1)) ? index - 1 : index
}

/** White space, line breaks included, as single spaces; none at the ends. */
export function collapseSpace(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
