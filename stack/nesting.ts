/** Text that nests too deep for the embedded database, which has a small stack and does not survive its end. */

/** Some thousand levels are too many. */
export const maxNesting = 1000

/** Whether brackets lie too deep in each other. Those in the strings of JSON are text. */
export function nestsTooDeep(text: string): boolean {
  const isJson = /^\s*[[{]/.test(text)
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (isJson && character === '"') at = endOfString(text, at)
    else if ('[{('.includes(character)) depth++
    else if (']})'.includes(character)) depth--
    if (depth > maxNesting) return true
  }
  return false
}

/** Where the string of JSON that begins at `start` is closed. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}
