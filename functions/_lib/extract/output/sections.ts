/** Collects headings and text, in the order of the file, into sections with the path of their headings. */
import { cleanText, collapseSpace } from '../../text/mod.ts'
import { tooMany } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { SectionPart } from '../parts.ts'

/** Longer headings are prose that was styled as a heading. */
const maxHeadingChars = 300

/** The sections of one document. */
export class Sections {
  readonly #limits: Limits
  #path: { level: number; text: string }[] = []
  #order = 0
  #paragraphs: string[] = []
  #chars = 0
  #page: number | null = null
  /** Whether a section of the current heading was yielded, with or without text. */
  #yielded = true

  constructor(limits: Limits) {
    this.#limits = limits
  }

  get path(): string[] {
    return this.#path.map((heading) => heading.text)
  }

  *heading(level: number, text: string, page: number | null = null): Generator<SectionPart> {
    const heading = collapseSpace(cleanText(text))
    if (!heading) return
    if (heading.length > maxHeadingChars) {
      yield* this.text(heading, page)
      return
    }
    yield* this.flush()
    while ((this.#path.at(-1)?.level ?? 0) >= level) this.#path.pop()
    this.#path.push({ level, text: heading })
    this.#page = page
    this.#yielded = false
  }

  /** A paragraph, a list or a block of code. */
  *text(text: string, page: number | null = null): Generator<SectionPart> {
    let rest = cleanText(text).replace(/^\s*\n/, '').trimEnd()
    if (!rest.trim()) return
    if (this.#page !== page && this.#paragraphs.length) yield* this.flush()
    const { sectionChars } = this.#limits
    while (rest) {
      if (this.#chars > 0 && this.#chars + rest.length > sectionChars) yield* this.flush()
      if (this.#paragraphs.length === 0 && (this.#yielded || this.#page === null)) this.#page = page
      if (rest.length <= sectionChars) {
        this.#paragraphs.push(rest)
        this.#chars += rest.length + 2
        return
      }
      const end = cutBefore(rest, sectionChars)
      this.#paragraphs.push(rest.slice(0, end).trimEnd())
      this.#chars = sectionChars
      rest = rest.slice(end).trimStart()
    }
  }

  /** Ends the open section: before a table, at the end of a page or of the file. */
  *flush(): Generator<SectionPart> {
    if (this.#yielded && this.#paragraphs.length === 0) return
    if (this.#order >= this.#limits.sections) {
      throw tooMany('The document', this.#limits.sections, 'sections')
    }
    const heading = this.#path.at(-1)
    yield {
      kind: 'section',
      order: this.#order++,
      level: heading?.level ?? 0,
      heading: heading?.text ?? null,
      heading_path: this.path,
      text: this.#paragraphs.join('\n\n'),
      page: this.#page,
      continued: this.#yielded && this.#order > 1,
    }
    this.#yielded = true
    this.#paragraphs = []
    this.#chars = 0
  }
}

/** Where to cut: after a line, a sentence or a word in the second half, else at `limit`, never inside a character. */
function cutBefore(text: string, limit: number): number {
  const half = limit >> 1
  for (const pattern of ['\n', '. ', ' ']) {
    const at = text.lastIndexOf(pattern, limit - pattern.length)
    if (at >= half) return at + pattern.length
  }
  return /[\ud800-\udbff]/.test(text.charAt(limit - 1)) ? limit - 1 : limit
}
