/** SQL cut into tokens, with how deep each one is nested: enough to find the parts of a condition, no more. */

export type Token = {
  /** Keywords and names in lower case. */
  text: string
  start: number
  end: number
  /** Parentheses, brackets and `case` around it. A parenthesis itself is as deep as what is around it. */
  depth: number
}

const pattern =
  /[eE]'(?:[^'\\]|''|\\[^])*'|'(?:[^']|'')*'|\$(\w*)\$[^]*?\$\1\$|"(?:[^"]|"")*"|--[^\n]*|\/\*[^]*?\*\/|[A-Za-z_][\w$]*|\d[\w.]*|\s+|::|[^]/g

export function tokenize(sql: string): Token[] {
  const found = [...sql.matchAll(pattern)]
    .map(([text], index, all) => ({ text, start: all[index]?.index ?? 0 }))
    .filter(({ text }) => !/^(\s|--|\/\*)/.test(text))
  const open: string[] = []
  return found.map(({ text, start }, index) => {
    const word = /^[A-Za-z_]/.test(text) && !text.endsWith("'") ? text.toLowerCase() : text
    const closes = word === ')' || word === ']' ||
      word === 'end' && open.at(-1) === 'case' && !/^(if|loop)$/i.test(found[index + 1]?.text ?? '')
    if (closes) open.pop()
    const depth = open.length
    const opens = word === '(' || word === '[' ||
      word === 'case' && found[index - 1]?.text.toLowerCase() !== 'end'
    if (opens) open.push(word)
    return { text: word, start, end: start + text.length, depth }
  })
}
