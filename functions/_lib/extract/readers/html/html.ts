/** HTML: the main content of a page. */
import { cleanText, truncate } from '../../../text/mod.ts'
import { asExtractionError } from '../../errors.ts'
import type { SourceFile } from '../../file.ts'
import { type Block, writeBlocks } from '../../output/blocks.ts'
import { cleanJson } from '../../output/clean_json.ts'
import type { JsonObject, RawPart } from '../../parts.ts'
import { readBlocks } from './blocks.ts'
import { type AnyNode, type Element, isInvisible } from './dom.ts'
import { readHead } from './head.ts'
import { parseHtml } from './parse.ts'

/** The document, its sections and tables. */
export async function* readHtml(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const label = file.charset ?? charsetOf(new TextDecoder('latin1').decode(await source.peek(2048)))
  const html = await source.readText(limits.htmlBytes, 'The HTML file', label)
  let nodes: readonly AnyNode[]
  try {
    nodes = await parseHtml(html, file.signal)
  } catch (cause) {
    throw asExtractionError(cause, 'damaged_file', 'The HTML cannot be parsed.')
  }
  const { title, language, meta, canonical, body } = readHead(nodes)
  yield {
    kind: 'document',
    title: truncate(cleanText(title), 500) || file.title,
    type: 'html',
    media_type: 'text/html',
    language,
    page_count: null,
    metadata: cleanJson({
      encoding: source.encoding,
      description: meta('description') ?? meta('og:description'),
      author: meta('author'),
      published: meta('article:published_time'),
      canonical,
    }) as JsonObject,
  }
  let blocks: Block[]
  try {
    blocks = mainContent(body ? [body] : nodes)
  } catch (cause) {
    throw asExtractionError(cause, 'damaged_file', 'The HTML cannot be parsed.')
  }
  yield* writeBlocks(blocks, limits)
}

function charsetOf(head: string): string | undefined {
  return /<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{1,40})/i.exec(head)?.[1]
}

/** The `main` or `article` element, if it holds a fair share of the text; else the body without navigation and the like. */
function mainContent(nodes: readonly AnyNode[]): Block[] {
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
  // A page of navigation or a form alone is better than nothing.
  return blocks.length ? blocks : readBlocks(nodes, () => false)
}

/** Counts visible characters; `onElement` is called for every visible element. */
function measure(nodes: readonly AnyNode[], onElement?: (element: Element) => void): number {
  let length = 0
  const pending = nodes.slice()
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

const furnitureTags = new Set(['nav', 'header', 'footer', 'aside', 'form'])
const furnitureRoles = new Set(['navigation', 'banner', 'contentinfo', 'search', 'complementary', 'dialog'])

function isFurniture({ name, attribs }: Element): boolean {
  return furnitureTags.has(name) || furnitureRoles.has(attribs['role'] ?? '')
}

function isAside({ name, attribs }: Element): boolean {
  return name === 'nav' || name === 'aside' || name === 'form' || attribs['role'] === 'navigation'
}
