/** Comma-separated values (RFC 4180). */

/** The fields of each line, or null where a quote is not closed. Empty lines at the end are none. */
export function readCsv(text: string): string[][] | null {
  const lines: string[][] = [[]]
  let rest = text.replace(/^\uFEFF/, '').replace(/(\r?\n)+$/, '')
  for (;;) {
    const field = /^"((?:[^"]|"")*)"(?=,|\r?\n|$)|^([^",\r\n]*)(?=,|\r?\n|$)/.exec(rest)
    if (!field) return null
    lines.at(-1)?.push(field[1]?.replaceAll('""', '"') ?? field[2] ?? '')
    rest = rest.slice(field[0].length)
    if (rest === '') return lines
    if (rest.startsWith(',')) rest = rest.slice(1)
    else {
      rest = rest.replace(/^\r?\n/, '')
      lines.push([])
    }
  }
}
