/** Plain text, as a stream. The only headings are underlined lines. */
import type { SourceFile } from '../file.ts'
import { Sections } from '../output/sections.ts'
import type { RawPart, SectionPart } from '../parts.ts'

/** The document and its sections. */
export async function* readText(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const sections = new Sections(limits)
  let opened = false
  const open = function* (): Generator<RawPart> {
    if (opened) return
    opened = true
    yield {
      kind: 'document',
      title: file.title,
      type: 'text',
      media_type: 'text/plain',
      language: null,
      page_count: null,
      metadata: { encoding: source.encoding },
    }
  }
  let rest = ''
  for await (const piece of source.text(file.charset)) {
    yield* open()
    // A return at the end of a piece may be the first half of a line break.
    const joined = rest + piece
    const end = joined.endsWith('\r') ? joined.length - 1 : joined.length
    const text = joined.slice(0, end).replace(/\r\n?/g, '\n').replaceAll('\f', '\n\n')
    rest = joined.slice(end)
    const paragraphs = text.split(/\n[ \t]*\n\s*?(?=\S|$)/)
    rest = (paragraphs.pop() ?? '') + rest
    for (const paragraph of paragraphs) yield* readParagraph(sections, paragraph)
    if (rest.length > limits.sectionChars) {
      const break_ = Math.max(rest.lastIndexOf('\n'), rest.lastIndexOf(' '))
      const cut = break_ > limits.sectionChars / 2 ? break_ + 1 : rest.length - 2
      yield* readParagraph(sections, rest.slice(0, cut))
      rest = rest.slice(cut)
    }
  }
  yield* open()
  yield* readParagraph(sections, rest)
  yield* sections.flush()
}

function* readParagraph(sections: Sections, paragraph: string): Generator<SectionPart> {
  const lines = paragraph.split('\n')
  const plain: string[] = []
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? ''
    const below = lines[index + 1] ?? ''
    const level = /^={3,}\s*$/.test(below) ? 1 : /^-{3,}\s*$/.test(below) ? 2 : 0
    // A long rule under a short line is a divider; a heading is a single line with words.
    if (
      level > 0 && line.length <= 120 && below.trim().length <= line.length + 3 && /\p{L}/u.test(line) &&
      !plain.length
    ) {
      yield* sections.heading(level, line)
      index++
    } else plain.push(line)
  }
  yield* sections.text(plain.join('\n'))
}
