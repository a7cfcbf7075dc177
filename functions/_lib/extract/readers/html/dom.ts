/** The tree of an HTML page: which elements are visible, which begin a line, and the text in them. */
import type { parseDocument } from 'htmlparser2'
import { tooDeep } from '../../errors.ts'

/** Any node of the tree. */
export type AnyNode = ReturnType<typeof parseDocument>['children'][number]
/** A node with attributes. */
export type Element = Extract<AnyNode, { attribs: unknown }>

/** Browsers nest no deeper. */
export const maxDepth = 512

/** Elements that begin and end a line. */
export const blockTags: ReadonlySet<string> = new Set(
  ('address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form header hr html ' +
    'legend li main menu nav ol p pre section summary table tbody td tfoot th thead tr ul')
    .split(' '),
)
const skippedTags = new Set(
  'script style noscript template svg iframe object embed canvas select input textarea button head title meta link'
    .split(' '),
)

/** Whether a browser would not show the element. */
export function isInvisible({ name, attribs }: Element): boolean {
  return skippedTags.has(name) || attribs['hidden'] !== undefined || attribs['aria-hidden'] === 'true' ||
    (attribs['style'] !== undefined && /display\s*:\s*none/i.test(attribs['style']))
}

/** Visible text, with line breaks around blocks. */
export function textOf(node: AnyNode, depth: number): string {
  const pieces: string[] = []
  collect(node, depth, pieces)
  return pieces.join('')
}

/** Adds to one list: joining at every level would copy the text as often as it is nested. */
function collect(node: AnyNode, depth: number, pieces: string[]): void {
  if (depth > maxDepth) throw tooDeep()
  if (node.type === 'text') pieces.push(node.data)
  if (node.type !== 'tag' || isInvisible(node)) return
  if (node.name === 'br') {
    pieces.push('\n')
    return
  }
  const isBlock = blockTags.has(node.name)
  if (isBlock) pieces.push('\n')
  for (const child of node.children) collect(child, depth + 1, pieces)
  if (isBlock) pieces.push('\n')
}

/** All text, visible or not. */
export function contentOf(element: Element): string {
  const pieces: string[] = []
  const pending: AnyNode[] = [element]
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (node.type === 'text') pieces.push(node.data)
    else if ('children' in node) { for (const child of node.children.toReversed()) pending.push(child) }
  }
  return pieces.join('')
}
