/** Markdown with the tables of GitHub, and front matter. */
import { Parser } from 'htmlparser2'
import { Lexer, type Token, type Tokens } from 'marked'
import { TimeSlice } from '../../async/mod.ts'
import { cleanText, truncate } from '../../text/mod.ts'
import { asExtractionError, tooDeep, tooMany } from '../errors.ts'
import type { SourceFile } from '../file.ts'
import { type Block, writeBlocks } from '../output/blocks.ts'
import { cleanJson } from '../output/clean_json.ts'
import { isObject, type JsonObject, type RawPart } from '../parts.ts'
import { piecesOf } from './markdown_pieces.ts'
import { parseYaml } from './yaml.ts'

/** The document, its sections and tables. */
export async function* readMarkdown(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const whole = (await source.readText(limits.markdownBytes, 'The Markdown file', file.charset)).replace(
    /\r\n?/g,
    '\n',
  )
  const { matter, body } = splitFrontMatter(whole)
  let blocks: Block[]
  try {
    guardNesting(body, limits.depth)
    guardDelimiterRows(body)
    blocks = blocksOf(await lex(body, file.signal), 0, limits.depth)
  } catch (cause) {
    throw asExtractionError(cause, 'damaged_file', 'The Markdown cannot be parsed.')
  }
  const named = typeof matter['title'] === 'string' ? matter['title'].trim() : ''
  const heading = blocks.find((block) => block.kind === 'heading' && block.level === 1)
  const language = matter['lang'] ?? matter['language']
  yield {
    kind: 'document',
    title: truncate(cleanText(named || (heading?.kind === 'heading' ? heading.text : '')), 500) || file.title,
    type: 'markdown',
    media_type: 'text/markdown',
    language: typeof language === 'string' ? language : null,
    page_count: null,
    metadata: { encoding: source.encoding, ...(Object.keys(matter).length ? { front_matter: matter } : {}) },
  }
  yield* writeBlocks(blocks, limits)
}

/** More delimiter rows of tables than any paragraph of a real text has. */
const maxDelimiterRows = 500

/** From each line on, the lexer searches its paragraph for a delimiter row: quadratic, where there are many. */
function guardDelimiterRows(text: string): void {
  for (const paragraph of text.split(/\n[ \t]*\n/)) {
    const lines = paragraph.match(/^[ \t:|-]+$/gm) ?? []
    if (lines.filter((line) => line.includes('|') && line.includes('-')).length <= maxDelimiterRows) continue
    throw tooMany('A paragraph', maxDelimiterRows, 'delimiter rows of tables')
  }
}

/** Inline elements are parsed in pieces: the time that takes grows with the square of their length. */
const inlineChars = 2_000

async function lex(text: string, signal: AbortSignal | undefined): Promise<Token[]> {
  const slice = new TimeSlice()
  const lexer = new Lexer({ gfm: true })
  for (const { kind, text: piece } of piecesOf(text)) {
    if (slice.isOver) await slice.renew()
    signal?.throwIfAborted()
    if (kind === 'blocks') lexer.blockTokens(piece, lexer.tokens)
    else if (kind === 'code') lexer.tokens.push({ type: 'code', raw: piece, text: piece })
    else {
      const paragraph: Tokens.Paragraph = { type: 'paragraph', raw: piece, text: piece, tokens: [] }
      lexer.tokens.push(paragraph)
      lexer.inlineQueue.push({ src: piece, tokens: paragraph.tokens })
    }
  }
  for (const { src, tokens } of lexer.inlineQueue) {
    for (let start = 0; start < src.length;) {
      if (slice.isOver) await slice.renew()
      signal?.throwIfAborted()
      const end = endOfPiece(src, start)
      lexer.state.inRawBlock = false
      lexer.inlineTokens(src.slice(start, end), tokens)
      start = end
    }
  }
  return lexer.tokens
}

/** At the end of a line or a word where there is one. */
function endOfPiece(text: string, start: number): number {
  const latest = start + inlineChars
  if (latest >= text.length) return text.length
  const piece = text.slice(start, latest)
  for (const mark of ['\n', ' ']) {
    const at = piece.lastIndexOf(mark)
    if (at > 0) return start + at + 1
  }
  return latest
}

/** Front matter that is not a YAML object is read as text. */
function splitFrontMatter(text: string): { matter: JsonObject; body: string } {
  const match = /^---\n([^]{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(text)
  if (!match) return { matter: {}, body: text }
  try {
    const matter = cleanJson(parseYaml(match[1] ?? '', 10))
    if (isObject(matter)) return { matter, body: text.slice(match[0].length) }
  } catch {
    // Read as text below.
  }
  return { matter: {}, body: text }
}

/** The lexer recurses into nested quotes and lists. */
function guardNesting(text: string, maxDepth: number): void {
  for (const match of text.matchAll(/^(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)])){20,}/gm)) {
    if ((match[0].match(/>|[-*+]|\d[.)]/g)?.length ?? 0) > maxDepth) throw tooDeep()
  }
}

function blocksOf(tokens: readonly Token[], depth: number, maxDepth: number): Block[] {
  if (depth > maxDepth) throw tooDeep()
  return tokens.flatMap((token): Block[] => {
    switch (token.type) {
      case 'heading':
        return [{ kind: 'heading', level: token['depth'], text: inline(token.tokens ?? [], depth) }]
      case 'paragraph':
        return [{ kind: 'text', text: inline(token.tokens ?? [], depth) }]
      case 'code':
        return [{ kind: 'text', text: token['text'] }]
      case 'blockquote':
        return blocksOf(token.tokens ?? [], depth + 1, maxDepth)
      case 'list':
        return listBlocks(token as Tokens.List, depth, maxDepth)
      case 'table':
        return [tableBlock(token as Tokens.Table, depth)]
      case 'html':
        return [{ kind: 'text', text: plain(token.raw).replace(/\n{3,}/g, '\n\n').trim() }]
      case 'text':
        return [{ kind: 'text', text: token.tokens ? inline(token.tokens, depth) : token['text'] }]
      case 'space':
      case 'hr':
      case 'def':
      case 'checkbox':
        return []
      default:
        return [{ kind: 'text', text: token.raw }]
    }
  })
}

/** A list is one block of text; tables inside of it follow it. */
function listBlocks(list: Tokens.List, depth: number, maxDepth: number): Block[] {
  const lines: string[] = []
  const others: Block[] = []
  let number = typeof list.start === 'number' ? list.start : 1
  for (const item of list.items) {
    const inside = blocksOf(item.tokens, depth + 1, maxDepth)
    const texts = inside.flatMap((block) => block.kind === 'table' ? [] : [block.text]).filter(Boolean)
    others.push(...inside.filter((block) => block.kind === 'table'))
    const mark = `${list.ordered ? `${number++}.` : '-'}${item.task ? item.checked ? ' [x]' : ' [ ]' : ''}`
    const [first = '', ...rest] = texts.flatMap((text) => text.split('\n'))
    lines.push(`${mark} ${first}`.trimEnd(), ...rest.map((line) => `  ${line}`))
  }
  return [{ kind: 'text', text: lines.join('\n') }, ...others]
}

function tableBlock(table: Tokens.Table, depth: number): Block {
  const cell = ({ tokens }: { tokens: Token[] }): string => inline(tokens, depth).replaceAll('\n', ' ').trim()
  return {
    kind: 'table',
    caption: null,
    headerRows: 1,
    rows: [table.header.map(cell), ...table.rows.map((row) => row.map(cell))],
  }
}

const maxInlineDepth = 500

/** The text without its markup: links become their words. */
function inline(tokens: readonly Token[], depth: number): string {
  if (depth > maxInlineDepth) throw tooDeep()
  return tokens.map((token): string => {
    switch (token.type) {
      case 'br':
        return '\n'
      case 'checkbox':
        return ''
      case 'html':
        return /^<br\s*\/?>/i.test(token.raw) ? '\n' : ''
      case 'image':
        return token['text'] ?? ''
      case 'escape':
      case 'codespan':
        return token['text']
      default:
        return 'tokens' in token && token.tokens
          ? inline(token.tokens, depth + 1)
          : 'text' in token
          ? unescape(String(token['text']))
          : token.raw
    }
  }).join('')
}

/** Text without entities; what looks like a tag in it is text. */
function unescape(text: string): string {
  return text.includes('&') ? text.split('<').map(plain).join('<') : text
}

/** The text of markup. */
function plain(html: string): string {
  const pieces: string[] = []
  let skipped = 0
  const parser = new Parser({
    onopentag: (name): void => {
      if (isSkipped(name)) skipped++
    },
    onclosetag: (name): void => {
      if (isSkipped(name)) skipped--
    },
    ontext: (text): void => {
      if (skipped === 0) pieces.push(text)
    },
  }, { decodeEntities: true })
  parser.end(html)
  return pieces.join('')
}

function isSkipped(name: string): boolean {
  return name === 'script' || name === 'style'
}
