/** Finds the prose of a file: what the checks of terms and links read. Code is left out. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'

/** A run of prose, with the line it begins on, counted from 1. */
export interface Prose {
  readonly line: number
  readonly text: string
  /** Part of a string, not of a comment or a page. */
  readonly isLiteral?: true
}

/** Folders that are generated or not part of the repository. */
const skippedFolders = new Set(['.git', '.plinth', 'node_modules', 'generated', '.temp', '.branches'])

/** Every file with one of the extensions below the paths, relative to `root`, in order. */
export async function listFiles(
  root: string,
  paths: readonly string[],
  extensions: readonly string[],
): Promise<string[]> {
  const files: string[] = []
  const visit = async (path: string): Promise<void> => {
    if (!(await stat(join(root, path))).isDirectory()) {
      if (extensions.includes(extname(path))) files.push(path)
      return
    }
    for (const entry of await readdir(join(root, path), { withFileTypes: true })) {
      if (entry.isSymbolicLink() || skippedFolders.has(entry.name)) continue
      await visit(path === '.' ? entry.name : `${path}/${entry.name}`)
    }
  }
  for (const path of paths) await visit(path.replace(/\/+$/, '') || '.')
  return [...new Set(files)].sort()
}

/** The prose of a file, by its extension: Markdown without code; comments and strings of TypeScript and SQL. */
export async function readProse(file: string): Promise<Prose[]> {
  const source = await readFile(file, 'utf8')
  switch (extname(file)) {
    case '.md':
      return proseOfMarkdown(source)
    case '.sql':
      return proseOfSql(source)
    default:
      return proseOfTypeScript(source)
  }
}

/** Lines outside of fenced code, with inline code blanked. */
export function proseOfMarkdown(source: string): Prose[] {
  let fence: string | null = null
  return source.split('\n').flatMap((text, index) => {
    const marker = /^\s*(```+|~~~+)/.exec(text)?.[1]
    if (marker) {
      if (fence === null) fence = marker
      else if (marker.startsWith(fence)) fence = null
      return []
    }
    return fence === null ? [{ line: index + 1, text: withoutInlineCode(text) }] : []
  })
}

/** Inline code replaced by blanks of the same length. */
function withoutInlineCode(text: string): string {
  return text.replaceAll(/(`+)(?!`).*?(?<!`)\1(?!`)/g, (code) => ' '.repeat(code.length))
}

/** Comments, and strings of more than one word. */
export function proseOfTypeScript(source: string): Prose[] {
  return collect(source, (scan) => scanTypeScript(scan, 0, null))
}

/** Comments, strings and quoted names of more than one word, also inside function bodies. */
export function proseOfSql(source: string): Prose[] {
  return collect(source, (scan) => scanSql(scan, 0, source.length))
}

interface Scan {
  readonly source: string
  comment(from: number, to: number): void
  literal(from: number, to: number): void
}

function collect(source: string, run: (scan: Scan) => void): Prose[] {
  const found: Prose[] = []
  const add = (from: number, to: number, kind: { isLiteral?: true }): void => {
    const line = source.slice(0, from).split('\n').length
    for (const [index, text] of source.slice(from, to).split('\n').entries()) {
      found.push({ line: line + index, text: withoutInlineCode(text), ...kind })
    }
  }
  run({
    source,
    comment: (from, to) => add(from, to, {}),
    literal: (from, to) => {
      if (/\S\s+\S/.test(source.slice(from, to))) add(from, to, { isLiteral: true })
    },
  })
  return found
}

/** Where a token of TypeScript can hold prose, or hide a quote. A division has blanks around it, as deno fmt writes it. */
const typeScriptToken =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`|[{}]|\/(?![*/\s])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g

/** Reads code from an offset up to the brace that closes a template expression, or to the end. */
function scanTypeScript(scan: Scan, from: number, closing: '}' | null): number {
  const { source } = scan
  const token = new RegExp(typeScriptToken)
  let depth = 0
  token.lastIndex = from
  for (let match = token.exec(source); match; match = token.exec(source)) {
    const [text] = match
    const end = match.index + text.length
    if (text.startsWith('//') || text.startsWith('/*')) scan.comment(match.index, end)
    else if (text === '`') token.lastIndex = scanTemplate(scan, end)
    else if (text === '{') depth++
    else if (text === '}') {
      if (depth === 0 && closing) return end
      depth--
    } else if (/^['"]/.test(text)) scan.literal(match.index + 1, end - 1)
  }
  return source.length
}

/** Reads a template string from after its opening backtick; the result is the offset after the closing one. */
function scanTemplate(scan: Scan, from: number): number {
  const { source } = scan
  let start = from
  for (let at = from; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === '`') {
      scan.literal(start, at)
      return at + 1
    } else if (source.startsWith('${', at)) {
      scan.literal(start, at)
      start = scanTypeScript(scan, at + 2, '}')
      at = start - 1
    }
  }
  return source.length
}

const sqlToken = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$/g

function scanSql(scan: Scan, from: number, to: number): void {
  const token = new RegExp(sqlToken)
  token.lastIndex = from
  for (let match = token.exec(scan.source); match && match.index < to; match = token.exec(scan.source)) {
    const [text, tag] = match
    const end = match.index + text.length
    if (text.startsWith('--') || text.startsWith('/*')) scan.comment(match.index, end)
    else if (tag === undefined) scan.literal(match.index + 1, end - 1)
    else scanSql(scan, match.index + tag.length + 2, end - tag.length - 2)
  }
}
