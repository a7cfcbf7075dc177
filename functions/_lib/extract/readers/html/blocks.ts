/** The elements of a page as headings, text and tables, in the order of the page. */
import { collapseSpace } from '../../../text/mod.ts'
import { tooDeep } from '../../errors.ts'
import type { Block } from '../../output/blocks.ts'
import { type AnyNode, blockTags, type Element, isInvisible, maxDepth, textOf } from './dom.ts'
import { readTable, Spans } from './table.ts'

/** Leaves out what is invisible, and elements for which `skip` is true. */
export function readBlocks(nodes: readonly AnyNode[], skip: (element: Element) => boolean): Block[] {
  const reader = new BlockReader(skip)
  reader.visit(nodes, 0)
  reader.flush()
  return reader.blocks
}

/** Deeper items of lists are indented no further: a line would otherwise be longer for each list around it. */
const maxIndent = 40

class BlockReader {
  readonly blocks: Block[] = []
  readonly #skip: (element: Element) => boolean
  readonly #spans = new Spans()
  #line = ''
  /** The lines of the list that is open, in which all of its items stay together. */
  #list: string[] = []
  /** How many items of lists are open. */
  #items = 0
  /** What stands before the first text of an item, with the level that it is indented to. */
  #mark: { readonly text: string; readonly level: number } | null = null

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
    if (this.#items === 0) {
      this.blocks.push({ kind: 'text', text })
      return
    }
    const level = this.#mark?.level ?? this.#items
    const indent = '  '.repeat(Math.min(level, maxIndent))
    for (const line of `${this.#mark?.text ?? ''}${text}`.split('\n')) this.#list.push(indent + line)
    this.#mark = null
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
      const text = textOf(node, depth).replace(/\r\n?/g, '\n').replace(/^\n/, '').trimEnd()
      if (text.trim()) this.#addText(text)
    } else if (name === 'ul' || name === 'ol' || name === 'menu') this.#onList(node, depth)
    else {
      const table = name === 'table' && this.#items === 0 ? readTable(node, depth, this.#spans) : null
      if (table) this.blocks.push(table)
      else this.visit(node.children, depth + 1)
      this.flush()
    }
  }

  #onHeading(level: number, text: string): void {
    if (this.#items > 0) this.#addText(text)
    else if (text) this.blocks.push({ kind: 'heading', level, text })
  }

  #onList(element: Element, depth: number): void {
    let number = Number(element.attribs['start'] ?? 1) || 1
    for (const child of element.children) {
      if (child.type !== 'tag') continue
      const before = this.#mark
      const lines = this.#list.length
      const mark = element.name === 'ol' ? `${number}. ` : '- '
      // A list that begins an item shares its line: `- 1. text`.
      this.#mark = { text: `${before?.text ?? ''}${mark}`, level: before?.level ?? this.#items }
      this.#items++
      this.visit(child.name === 'li' ? child.children : [child], depth + 1)
      this.flush()
      this.#items--
      if (this.#list.length > lines) number++
      else this.#mark = before
    }
    if (this.#items > 0 || this.#list.length === 0) return
    this.blocks.push({ kind: 'text', text: this.#list.join('\n') })
    this.#list = []
  }
}
