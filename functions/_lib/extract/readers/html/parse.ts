/** Parses HTML to a tree whose depth is bounded, since both the parser and what walks the tree slow down with it. */
import { DomHandler, Parser } from 'htmlparser2'
import { TimeSlice } from '../../../async/mod.ts'
import { tooDeep } from '../../errors.ts'
import { type AnyNode, maxDepth } from './dom.ts'

/** How much is parsed before other work may run. */
const stepChars = 64 * 1024

/**
 * The nodes of the outermost level. The parser of the HTML standard takes three times the memory, for repairs that make
 * no difference to text.
 */
export async function parseHtml(html: string, signal: AbortSignal | undefined): Promise<AnyNode[]> {
  const slice = new TimeSlice()
  const handler = new BoundedTree()
  const parser = new Parser(handler, { xmlMode: false, decodeEntities: true })
  for (let at = 0; at < html.length; at += stepChars) {
    if (slice.isOver) await slice.renew()
    signal?.throwIfAborted()
    parser.write(html.slice(at, at + stepChars))
  }
  parser.end()
  return handler.dom as AnyNode[]
}

class BoundedTree extends DomHandler {
  #depth = 0

  /** `html` and `body` are not counted among the levels of the content. */
  override onopentag(name: string, attributes: Record<string, string>): void {
    if (++this.#depth > maxDepth + 2) throw tooDeep()
    super.onopentag(name, attributes)
  }

  override onclosetag(): void {
    this.#depth--
    super.onclosetag()
  }
}
