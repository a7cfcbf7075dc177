/** Comma-separated values (RFC 4180). */

/** The fields of each line, or null where a quote is not closed. Empty lines at the end are none. */
export function readCsv(text: string): string[][] | null {
  const lines: string[][] = [[]]
  const body = withoutLastBreaks(text.replace(/^\uFEFF/, ''))
  for (let at = 0;;) {
    const end = body[at] === '"' ? endOfQuoted(body, at) : endOfPlain(body, at)
    if (end === null || !/^(,|\r?\n|$)/.test(body.slice(end, end + 2))) return null
    const field = body.slice(at, end)
    lines.at(-1)?.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field)
    if (end === body.length) return lines
    if (body[end] !== ',') lines.push([])
    at = end + (body.startsWith('\r\n', end) ? 2 : 1)
  }
}

/** Where the next character after the closing quote is; null where there is none. */
function endOfQuoted(text: string, start: number): number | null {
  for (let at = start + 1;; at += 2) {
    at = text.indexOf('"', at)
    if (at < 0) return null
    if (text[at + 1] !== '"') return at + 1
  }
}

function endOfPlain(text: string, start: number): number {
  const plain = /[^",\r\n]*/y
  plain.lastIndex = start
  return start + (plain.exec(text)?.[0].length ?? 0)
}

/** By hand: an expression for line ends at the end of a text would try each of those within it. */
function withoutLastBreaks(text: string): string {
  let end = text.length
  while (text[end - 1] === '\n') end -= text[end - 2] === '\r' ? 2 : 1
  return text.slice(0, end)
}
