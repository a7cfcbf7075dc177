/** XML that is not a log: text of leaves, a line each, under the element of the second level that contains it. */
import { collapseSpace } from '../../../text/mod.ts'
import type { SourceFile } from '../../file.ts'
import { localName, Sax, type SaxHandler } from '../../input/sax.ts'
import { Sections } from '../../output/sections.ts'
import type { RawPart } from '../../parts.ts'
import { eventsOf, xmlDocument } from './events.ts'

/** How much text goes into one paragraph. */
const blockChars = 4_000

type Event =
  | { readonly kind: 'root'; readonly name: string; readonly language: string | null }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'line'; readonly text: string }

/** The document and its sections. */
export async function* readXml(file: SourceFile): AsyncGenerator<RawPart> {
  const handler = new ElementReader(file.limits.sectionChars)
  const sax = new Sax(handler, { depth: file.limits.depth })
  const sections = new Sections(file.limits)
  let opened = false
  let previous = ''
  let block = ''
  for await (const event of eventsOf(file, sax, handler.events)) {
    if (event.kind === 'root') {
      opened = true
      yield xmlDocument(file, { root: event.name }, event.language)
    } else if (event.kind === 'heading') {
      yield* sections.text(block)
      block = ''
      // Records of the same kind follow each other under one heading.
      if (event.text !== previous) yield* sections.heading(1, event.text)
      previous = event.text
    } else {
      block += `${block ? '\n' : ''}${event.text.trim()}`
      if (block.length > blockChars) {
        yield* sections.text(block)
        block = ''
      }
    }
  }
  if (!opened) yield xmlDocument(file, {})
  yield* sections.text(block)
  yield* sections.flush()
}

class ElementReader implements SaxHandler {
  readonly events: Event[] = []
  readonly #maxChars: number
  readonly #path: { readonly name: string; text: string }[] = []

  constructor(maxChars: number) {
    this.#maxChars = maxChars
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#emitText()
    if (this.#path.length === 0) {
      this.events.push({ kind: 'root', name, language: attributes['xml:lang'] ?? null })
    }
    this.#path.push({ name, text: '' })
    if (this.#path.length === 2) this.events.push({ kind: 'heading', text: localName(name) })
    for (const [key, value] of Object.entries(attributes)) {
      if (/^xmlns\b|^xsi:|^xml:/.test(key) || !value.trim()) continue
      this.events.push({ kind: 'line', text: `${this.#label()} ${key}: ${value.trim()}` })
    }
  }

  close(): void {
    this.#emitText()
    this.#path.pop()
  }

  text(text: string): void {
    const element = this.#path.at(-1)
    if (!element) return
    element.text += text
    if (element.text.length > this.#maxChars) this.#emitText()
  }

  /** Names below the second level, which is the heading. */
  #label(): string {
    return this.#path.slice(2).map(({ name }) => localName(name)).join(' ')
  }

  #emitText(): void {
    const element = this.#path.at(-1)
    if (!element) return
    const text = collapseSpace(element.text)
    element.text = ''
    if (text) this.events.push({ kind: 'line', text: [this.#label(), text].filter(Boolean).join(': ') })
  }
}
