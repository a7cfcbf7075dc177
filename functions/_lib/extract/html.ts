/** HTML: the main content of a page as headings, text and tables. DOCX and Markdown give the same kinds of blocks. */
import { type CheerioAPI, load } from 'cheerio'
import type { parseDocument } from 'htmlparser2'
import { cleanJson, cleanText, collapse } from './clean.ts'
import { asExtractionError, tooDeep } from './errors.ts'
import type { SourceFile } from './file.ts'
import type { Limits } from './limits.ts'
import type { JsonObject, RawPart } from './parts.ts'
import { Sections } from './sections.ts'
import { columnNames, looksLikeHeader, TableBatches } from './tables.ts'

type AnyNode = ReturnType<typeof parseDocument>['children'][number]
type Element = Extract<AnyNode, { attribs: unknown }>

export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | {
    readonly kind: 'table'
    readonly caption: string | null
    /** Rows that are marked as heads; they come first in `rows`. */
    readonly heads: number
    readonly rows: readonly (readonly string[])[]
  }

/** What browsers nest at most. */
const deepest = 512
/** A cell may reach over this many others. */
const widestSpan = 1_000

export async function* readHtml(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const label = file.charset ?? charsetOf(new TextDecoder('latin1').decode(await source.peek(2048)))
  const html = await source.readText(limits.htmlBytes, 'An HTML file', label)
  // The parser of browsers takes three times the memory, and mends what makes no difference to text.
  const $ = load(html, { xml: { xmlMode: false, decodeEntities: true } })
  const meta = (name: string): string | null =>
    collapse($(`meta[name="${name}"], meta[property="${name}"]`).first().attr('content') ?? '') || null
  const title = collapse($('title').first().text()) || meta('og:title') ||
    collapse($('h1').first().text())
  yield {
    kind: 'document',
    title: cleanText(title).slice(0, 500) || file.title,
    type: 'html',
    media_type: 'text/html',
    language: $('html').attr('lang')?.trim() || null,
    page_count: null,
    metadata: cleanJson({
      encoding: source.encoding,
      description: meta('description') ?? meta('og:description'),
      author: meta('author'),
      published: meta('article:published_time'),
      canonical: $('link[rel="canonical"]').first().attr('href') ?? null,
    }) as JsonObject,
  }
  let blocks: Block[]
  try {
    blocks = mainContent($)
  } catch (cause) {
    throw asExtractionError(cause, 'damaged_file', 'The page cannot be read.')
  }
  yield* partsOf(blocks, limits)
}

function charsetOf(head: string): string | undefined {
  return /<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{1,40})/i.exec(head)?.[1]
}

type Test = (element: Element) => boolean

/** The element that says it is the content, when it holds a fair share of the text; else the body without furniture. */
function mainContent($: CheerioAPI): Block[] {
  const body = $('body').get(0)
  const nodes = body ? [body] : $.root().get()
  const found = { main: [] as Element[], article: [] as Element[] }
  const whole = measure(nodes, (element) => {
    if (element.name === 'main' || element.attribs['role'] === 'main') found.main.push(element)
    if (element.name === 'article') found.article.push(element)
  })
  for (const candidates of [found.main, found.article]) {
    const [element] = candidates
    if (!element || candidates.length > 1) continue
    const length = measure([element])
    if (length >= 200 || length >= whole * 0.25) return readBlocks([element], isAside)
  }
  const blocks = readBlocks(nodes, isFurniture)
  // A page that is furniture alone, such as a form, is better than nothing.
  return blocks.length ? blocks : readBlocks(nodes, () => false)
}

/** Characters that can be seen; `onElement` sees every element around them. */
function measure(nodes: readonly AnyNode[], onElement?: (element: Element) => void): number {
  let length = 0
  const pending = [...nodes]
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (node.type === 'text') length += node.data.trim().length
    else if ('children' in node) {
      if (node.type === 'tag') {
        if (isInvisible(node)) continue
        onElement?.(node)
      }
      for (const child of node.children) pending.push(child)
    }
  }
  return length
}

function isInvisible({ name, attribs }: Element): boolean {
  return skippedTags.has(name) || attribs['hidden'] !== undefined || attribs['aria-hidden'] === 'true' ||
    (attribs['style'] !== undefined && /display\s*:\s*none/i.test(attribs['style']))
}

const furnitureTags = new Set(['nav', 'header', 'footer', 'aside', 'form'])
const furnitureRoles = new Set(['navigation', 'banner', 'contentinfo', 'search', 'complementary', 'dialog'])

const isFurniture: Test = ({ name, attribs }) =>
  furnitureTags.has(name) || furnitureRoles.has(attribs['role'] ?? '')

const isAside: Test = ({ name, attribs }) =>
  name === 'nav' || name === 'aside' || name === 'form' || attribs['role'] === 'navigation'

const blockTags = new Set(
  ('address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form header hr html ' +
    'legend li main menu nav ol p pre section summary table tbody td tfoot th thead tr ul')
    .split(' '),
)
const skippedTags = new Set(
  'script style noscript template svg iframe object embed canvas select input textarea button head title meta link'
    .split(' '),
)

/** In the order of the page, without what is skipped or cannot be seen. */
function readBlocks(nodes: readonly AnyNode[], skip: Test): Block[] {
  const blocks: Block[] = []
  let line = ''
  /** Where text goes while a list is open: its items stay together. */
  let list: string[] | null = null

  const flush = (): void => {
    const text = line.split('\n').map((part) => part.replace(/[ \t\r\f\v]+/g, ' ').trim()).join('\n')
      .replace(/\n{3,}/g, '\n\n').trim()
    line = ''
    if (!text) return
    if (list) list.push(text)
    else blocks.push({ kind: 'text', text })
  }

  const readList = (element: Element, depth: number, indent: number): void => {
    flush()
    const outer = list
    const lines: string[] = []
    let number = Number(element.attribs['start'] ?? 1) || 1
    for (const child of element.children) {
      if (child.type !== 'tag') continue
      const items: string[] = list = []
      visit(child.name === 'li' ? child.children : [child], depth + 1, indent + 1)
      flush()
      list = outer
      if (items.length === 0) continue
      const mark = element.name === 'ol' ? `${number++}.` : '-'
      const [first = '', ...rest] = items
      lines.push(`${mark} ${first}`, ...rest.flatMap((item) => item.split('\n')).map((item) => `  ${item}`))
    }
    if (lines.length === 0) return
    if (outer) outer.push(...lines)
    else blocks.push({ kind: 'text', text: lines.join('\n') })
  }

  const visit = (children: readonly AnyNode[], depth: number, indent = 0): void => {
    if (depth > deepest) throw tooDeep()
    for (const node of children) {
      if (node.type === 'text') {
        line += node.data.replace(/[\n\r\t\f]+/g, ' ')
        continue
      }
      if (node.type === 'root') visit(node.children, depth + 1, indent)
      if (node.type !== 'tag' || isInvisible(node) || skip(node)) continue
      const heading = /^h([1-6])$/.exec(node.name)
      if (heading) {
        flush()
        const text = collapse(textOf(node, depth))
        if (list) list.push(text)
        else if (text) blocks.push({ kind: 'heading', level: Number(heading[1]), text })
      } else if (node.name === 'br') line += '\n'
      else if (node.name === 'pre') {
        flush()
        const text = textOf(node, depth).replace(/\r\n?/g, '\n').replace(/^\n|\s+$/g, '')
        if (!text.trim()) continue
        if (list) list.push(text)
        else blocks.push({ kind: 'text', text })
      } else if (node.name === 'ul' || node.name === 'ol' || node.name === 'menu') {
        readList(node, depth, indent)
      } else if (node.name === 'table') {
        flush()
        const table = list ? null : readTable(node, depth)
        if (table) blocks.push(table)
        else visit(node.children, depth + 1, indent)
        flush()
      } else if (blockTags.has(node.name)) {
        flush()
        visit(node.children, depth + 1, indent)
        flush()
      } else visit(node.children, depth + 1, indent)
    }
  }
  visit(nodes, 0)
  flush()
  return blocks
}

function textOf(node: AnyNode, depth: number): string {
  if (depth > deepest) throw tooDeep()
  if (node.type === 'text') return node.data
  if (node.type !== 'tag' || isInvisible(node)) return ''
  if (node.name === 'br') return '\n'
  const text = node.children.map((child) => textOf(child, depth + 1)).join('')
  return blockTags.has(node.name) ? `\n${text}\n` : text
}

/** The rows of a table of data; null for a table that arranges a page. */
function readTable(table: Element, depth: number): Block | null {
  if (['presentation', 'none'].includes(table.attribs['role'] ?? '')) return null
  const rows: { cells: Element[]; head: boolean }[] = []
  let caption = ''
  let nested = false
  const collect = (children: readonly AnyNode[], head: boolean, level: number): void => {
    if (level > deepest) throw tooDeep()
    for (const child of children) {
      if (child.type !== 'tag') continue
      if (child.name === 'caption') caption = collapse(textOf(child, level))
      else if (child.name === 'tr') {
        const cells = child.children.filter((cell): cell is Element =>
          cell.type === 'tag' && (cell.name === 'td' || cell.name === 'th')
        )
        nested ||= cells.some((cell) => containsTable(cell, level))
        rows.push({ cells, head: head || (cells.length > 0 && cells.every((cell) => cell.name === 'th')) })
      } else if (child.name === 'thead' || child.name === 'tbody' || child.name === 'tfoot') {
        collect(child.children, child.name === 'thead', level + 1)
      }
    }
  }
  collect(table.children, false, depth)
  const filled = rows.filter((row) => row.cells.length)
  const marked = filled.some((row) => row.head || row.cells.some((cell) => cell.name === 'th'))
  const widest = filled.reduce((most, row) => Math.max(most, row.cells.length), 0)
  if (nested || (!marked && !caption && (filled.length < 2 || widest < 2))) return null

  const grid: string[][] = []
  /** Cells of rows above that reach down into this one. */
  const reaching = new Map<number, { text: string; left: number }>()
  for (const { cells } of filled) {
    const row: string[] = []
    let column = 0
    const fillReaching = (): void => {
      for (let above = reaching.get(column); above; above = reaching.get(column)) {
        row[column] = above.text
        if (--above.left === 0) reaching.delete(column)
        column++
      }
    }
    for (const cell of cells) {
      fillReaching()
      const text = collapse(textOf(cell, depth))
      const width = spanOf(cell.attribs['colspan'])
      const height = spanOf(cell.attribs['rowspan'])
      for (let step = 0; step < width && column < 4 * widestSpan; step++, column++) {
        // A heading over several columns names each of them; a value stands in the first alone.
        row[column] = step === 0 || cell.name === 'th' ? text : ''
        if (height > 1) reaching.set(column, { text: row[column] ?? '', left: height - 1 })
      }
    }
    fillReaching()
    grid.push(Array.from(row, (cell) => cell ?? ''))
  }
  let heads = 0
  while (heads < filled.length - 1 && filled[heads]?.head) heads++
  return { kind: 'table', caption: caption || null, heads, rows: grid }
}

function containsTable(node: Element, depth: number): boolean {
  if (depth > deepest) throw tooDeep()
  return node.children.some((child) =>
    child.type === 'tag' && (child.name === 'table' || containsTable(child, depth + 1))
  )
}

function spanOf(value: string | undefined): number {
  const span = Number(value ?? 1)
  return Number.isInteger(span) && span > 1 ? Math.min(span, widestSpan) : 1
}

/** Sections and tables of blocks, in order. */
export class BlockWriter {
  readonly #limits: Limits
  readonly #sections: Sections
  #tables = 0

  constructor(limits: Limits) {
    this.#limits = limits
    this.#sections = new Sections(limits)
  }

  *add(block: Block): Generator<RawPart> {
    if (block.kind === 'heading') yield* this.#sections.heading(block.level, block.text)
    else if (block.kind === 'text') yield* this.#sections.text(block.text)
    else {
      yield* this.#sections.flush()
      yield* tableOf(block, this.#sections.path, this.#tables++, this.#limits)
    }
  }

  *end(): Generator<RawPart> {
    yield* this.#sections.flush()
  }
}

export function* partsOf(blocks: Iterable<Block>, limits: Limits): Generator<RawPart> {
  const writer = new BlockWriter(limits)
  for (const block of blocks) yield* writer.add(block)
  yield* writer.end()
}

function* tableOf(
  { rows, heads, caption }: Extract<Block, { kind: 'table' }>,
  path: readonly string[],
  order: number,
  limits: Limits,
): Generator<RawPart> {
  const first = heads > 0 ? heads : looksLikeHeader(rows.slice(0, 50)) ? 1 : 0
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0)
  // Heads above one another read from the top down; the same words twice say nothing more.
  const names = Array.from({ length: first > 0 ? width : 0 }, (_, column) => {
    const parts = rows.slice(0, first).map((row) => row[column] ?? '').filter(Boolean)
    return parts.filter((part, index) => part !== parts[index - 1]).join(' ')
  })
  const batches = new TableBatches({
    order,
    caption,
    heading_path: path,
    columns: columnNames(names, width),
    header_detected: first > 0,
  }, limits)
  for (const row of rows.slice(first)) {
    yield* batches.add(row.map((cell) => cell === '' ? null : cell))
  }
  yield* batches.end()
}
