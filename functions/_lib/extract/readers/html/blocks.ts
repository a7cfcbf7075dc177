/** The elements of a page as headings, text and tables, in the order of the page. */
import { collapseSpace } from '../../../text/mod.ts'
import { tooDeep } from '../../errors.ts'
import type { Block } from '../../output/blocks.ts'
import { type AnyNode, blockTags, type Element, isInvisible, maxDepth, textOf } from './dom.ts'
import { readTable } from './table.ts'

/** Leaves out what is invisible, and elements for which `skip` is true. */
export function readBlocks(nodes: readonly AnyNode[], skip: (element: Element) => boolean): Block[] {
  const reader = new BlockReader(skip)
  reader.visit(nodes, 0)
  reader.flush()
  return reader.blocks
}

class BlockReader {
  readonly blocks: Block[] = []
  readonly #skip: (element: Element) => boolean
  #line = ''
  /** Where text goes while a list is open: its items stay together. */
  #list: string[] | null = null

  constructor(skip: (element: Element) => boolean) {
    this.#skip = skip
  }

  visit(children: readonly AnyNode[], depth: number): void {
    if (depth > maxDepth) throw tooDeep()
    for (const node of children) {
      if (node.type === 'text') this.#line += node.data.replace(/[\n\r\t\f]+/g, ' ')
      else if (node.type === 'root') this.visit(node.children, depth + 1)
      else if (node.type === 'tag' && !isInvisible(node) && !this.#skip(node)) this.#onElement(node, depth)
    }
  }

  /** Ends the line of text that is open. */
  flush(): void {
    const text = this.#line.split('\n').map((part) => part.replace(/[ \t\r\f\v]+/g, ' ').trim()).join('\n')
      .replace(/\n{3,}/g, '\n\n').trim()
    this.#line = ''
    if (text) this.#addText(text)
  }

  #addText(text: string): void {
    if (this.#list) this.#list.push(text)
    else this.blocks.push({ kind: 'text', text })
  }

  #onElement(node: Element, depth: number): void {
    const { name } = node
    const level = /^h([1-6])$/.exec(name)?.[1]
    if (name === 'br') {
      this.#line += '\n'
      return
    }
    if (level === undefined && !blockTags.has(name)) {
      this.visit(node.children, depth + 1)
      return
    }
    this.flush()
    if (level !== undefined) this.#onHeading(Number(level), collapseSpace(textOf(node, depth)))
    else if (name === 'pre') {
      const text = textOf(node, depth).replace(/\r\n?/g, '\n').replace(/^\n|\s+$/g, '')
      if (text.trim()) this.#addText(text)
    } else if (name === 'ul' || name === 'ol' || name === 'menu') this.#onList(node, depth)
    else {
      const table = name === 'table' && !this.#list ? readTable(node, depth) : null
      if (table) this.blocks.push(table)
      else this.visit(node.children, depth + 1)
      this.flush()
    }
  }

  #onHeading(level: number, text: string): void {
    if (this.#list) this.#list.push(text)
    else if (text) this.blocks.push({ kind: 'heading', level, text })
  }

  #onList(element: Element, depth: number): void {
    const outer = this.#list
    const lines: string[] = []
    let number = Number(element.attribs['start'] ?? 1) || 1
    for (const child of element.children) {
      if (child.type !== 'tag') continue
      const items: string[] = this.#list = []
      this.visit(child.name === 'li' ? child.children : [child], depth + 1)
      this.flush()
      this.#list = outer
      if (items.length === 0) continue
      const mark = element.name === 'ol' ? `${number++}.` : '-'
      const [first = '', ...rest] = items
      lines.push(`${mark} ${first}`, ...rest.flatMap((item) => item.split('\n')).map((item) => `  ${item}`))
    }
    if (lines.length === 0) return
    if (outer) outer.push(...lines)
    else this.blocks.push({ kind: 'text', text: lines.join('\n') })
  }
}
