/** The tree of headings of a document, with shortened paragraphs. */
import { collapseSpace, truncate } from '../../text/mod.ts'
import type { SectionPart, StructureNode } from '../parts.ts'

const maxHeadings = 2_000
const maxChars = 200_000
const maxParagraphChars = 300

/** Keeps headings longer than paragraphs where a document exceeds the bounds. */
export class Structure {
  readonly nodes: StructureNode[] = []
  #stack: { level: number; subsections: StructureNode[]; content: string[] }[] = []
  #headings = 0
  #chars = 0

  add(section: SectionPart): void {
    if (section.level > 0 && !section.continued) {
      if (this.#headings++ >= maxHeadings) return
      const node = {
        level: section.level,
        title: section.heading ?? '',
        content: [] as string[],
        subsections: [] as StructureNode[],
      }
      while ((this.#stack.at(-1)?.level ?? 0) >= node.level) this.#stack.pop()
      const parent = this.#stack.at(-1)
      if (parent) parent.subsections.push(node)
      else this.nodes.push(node)
      this.#stack.push(node)
    }
    for (const paragraph of section.text.split('\n\n')) {
      if (!paragraph || this.#chars > maxChars) break
      const short = truncate(collapseSpace(paragraph), maxParagraphChars)
      this.#stack.at(-1)?.content.push(short)
      this.#chars += short.length
    }
  }
}
