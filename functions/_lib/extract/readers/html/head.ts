/** What a page says about itself. */
import { collapseSpace } from '../../../text/mod.ts'
import { type AnyNode, contentOf, type Element } from './dom.ts'

/** What is found in one walk of the tree. */
interface Head {
  /** Empty where the page has neither a title nor a heading. */
  readonly title: string
  readonly language: string | null
  readonly canonical: string | null
  readonly body: Element | null
  /** The content of a `meta` element by its name or property. */
  readonly meta: (name: string) => string | null
}

/** The first element of each kind counts, wherever it stands. */
export function readHead(nodes: readonly AnyNode[]): Head {
  const first = new Map<string, Element>()
  const metas = new Map<string, string>()
  const keep = (key: string, element: Element): void => {
    if (!first.has(key)) first.set(key, element)
  }
  const pending = nodes.toReversed()
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (!('children' in node)) continue
    for (let index = node.children.length - 1; index >= 0; index--) {
      const child = node.children[index]
      if (child) pending.push(child)
    }
    if (!('attribs' in node)) continue
    const { name, attribs } = node
    if (name === 'html' || name === 'body' || name === 'title' || name === 'h1') keep(name, node)
    else if (name === 'link' && attribs['rel'] === 'canonical') keep('canonical', node)
    else if (name === 'meta') {
      for (const key of [attribs['name'], attribs['property']]) {
        if (key !== undefined && !metas.has(key)) metas.set(key, attribs['content'] ?? '')
      }
    }
  }
  const meta = (name: string): string | null => collapseSpace(metas.get(name) ?? '') || null
  const textOfFirst = (name: string): string => {
    const element = first.get(name)
    return element ? collapseSpace(contentOf(element)) : ''
  }
  return {
    title: textOfFirst('title') || meta('og:title') || textOfFirst('h1'),
    language: first.get('html')?.attribs['lang']?.trim() || null,
    canonical: first.get('canonical')?.attribs['href'] ?? null,
    body: first.get('body') ?? null,
    meta,
  }
}
