/**
 * DOCX, read as a stream of its XML: headings by their styles, lists, tables and notes. (mammoth, the usual library,
 * needs `__proto__`, which Deno does not have, and the whole document in memory.)
 */
import { truncate } from '../../../text/mod.ts'
import type { SourceFile } from '../../file.ts'
import { Sax } from '../../input/sax.ts'
import { xmlText, type Zip } from '../../input/zip.ts'
import { type Block, BlockWriter } from '../../output/blocks.ts'
import { cleanJson } from '../../output/clean_json.ts'
import { type JsonObject, type RawPart, warning } from '../../parts.ts'
import { BodyReader } from './docx_body.ts'
import { readComments, readNotes, readNumbering, readStyles } from './docx_styles.ts'
import { parsePart, readProperties, type Relationship, relationships } from './opc.ts'

/** In how many blocks a heading is searched for that may be the title. */
const titleWithin = 40

/** `part` is the path of the main part. */
export async function* readDocx(file: SourceFile, zip: Zip, part: string): AsyncGenerator<RawPart> {
  const { properties, title, language } = await readProperties(zip)
  const writer = new BlockWriter(file.limits)
  const changes = { removed: 0 }
  const batches = readBody(file, zip, part, changes)
  try {
    const first = await untilTitle(batches)
    const heading = first.slice(0, titleWithin).find((block) => block.kind === 'heading' && block.level === 1)
    yield {
      kind: 'document',
      title: title ?? (heading?.kind === 'heading' ? truncate(heading.text, 500) : file.title),
      type: 'docx',
      media_type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      language,
      page_count: typeof properties['pages'] === 'number' ? properties['pages'] : null,
      metadata: cleanJson(properties) as JsonObject,
    }
    for (const block of first) yield* writer.add(block)
    for await (const blocks of batches) for (const block of blocks) yield* writer.add(block)
    yield* writer.end()
    if (changes.removed) {
      const message = 'The document has tracked changes: it was read as if they were accepted.'
      yield warning('tracked_changes', message, changes.removed)
    }
  } finally {
    await batches.return()
  }
}

/** The first batches, up to the one with a heading of the highest level. */
async function untilTitle(batches: AsyncGenerator<Block[], void>): Promise<Block[]> {
  const first: Block[] = []
  while (first.length < titleWithin) {
    const { done, value } = await batches.next()
    if (done) break
    first.push(...value)
    if (value.some((block) => block.kind === 'heading' && block.level === 1)) break
  }
  return first
}

/** In batches, since a step of an asynchronous generator costs more than a block. */
async function* readBody(
  file: SourceFile,
  zip: Zip,
  part: string,
  changes: { removed: number },
): AsyncGenerator<Block[], void> {
  const { limits, signal } = file
  const related = await relationships(zip, part, limits)
  const partOf = (kind: string): string | null =>
    related.find(({ type }) => type.endsWith(`/${kind}`))?.target ?? null
  const styles = await readStyles(zip, partOf('styles'), limits)
  const numbering = await readNumbering(zip, partOf('numbering'), limits)
  const notes = {
    footnote: await readNotes(zip, partOf('footnotes'), limits),
    endnote: await readNotes(zip, partOf('endnotes'), limits),
  }
  const readAside = async (target: string): Promise<Block[]> => {
    const aside = new BodyReader(styles, numbering, notes, limits)
    await parsePart(zip, target, aside, { depth: limits.depth, maxBytes: maxAsideBytes })
    return aside.blocks
  }
  const reader = new BodyReader(styles, numbering, notes, limits)
  const sax = new Sax(reader, { depth: limits.depth })
  for await (const text of xmlText(zip, part, limits.docxPartBytes)) {
    signal?.throwIfAborted()
    sax.write(text)
    yield reader.blocks.splice(0)
  }
  sax.end()
  yield reader.blocks.splice(0)
  const asides: Block[] = []
  for (const target of partsOf(related, zip, ['header', 'footer']).slice(0, maxAsides)) {
    signal?.throwIfAborted()
    asides.push(...await readAside(target))
  }
  yield underHeading('Headers and footers', withoutRepeats(asides))
  const comments = await readComments(zip, partOf('comments'), limits)
  yield underHeading('Comments', comments.map((text) => ({ kind: 'text', text })))
  if (reader.removed) changes.removed += reader.removed
}

/** Headers and footers are short; every section of a document may have six of them. */
const maxAsideBytes = 4 * 1024 * 1024
const maxAsides = 500

function partsOf(related: readonly Relationship[], zip: Zip, kinds: readonly string[]): string[] {
  const found = related.filter(({ type, target }) =>
    kinds.some((kind) => type.endsWith(`/${kind}`)) && zip.has(target)
  )
  return [...new Set(found.map(({ target }) => target))]
}

/** Nothing where there are no blocks. */
export function underHeading(text: string, blocks: Block[]): Block[] {
  return blocks.length === 0 ? [] : [{ kind: 'heading', level: 1, text }, ...blocks]
}

/** The same header stands on the first page, on even pages, in every section. */
export function withoutRepeats(blocks: readonly Block[]): Block[] {
  const seen = new Set<string>()
  return blocks.flatMap((block): Block[] => {
    // Headings of a header are no headings of the document.
    const plain: Block = block.kind === 'heading' ? { kind: 'text', text: block.text } : block
    const key = JSON.stringify(plain)
    if (seen.has(key)) return []
    seen.add(key)
    return [plain]
  })
}
