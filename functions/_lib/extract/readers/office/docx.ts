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
import type { JsonObject, RawPart } from '../../parts.ts'
import { BodyReader } from './docx_body.ts'
import { readNotes, readNumbering, readStyles } from './docx_styles.ts'
import { readProperties, relationships } from './opc.ts'

/** In how many blocks a heading is searched for that may be the title. */
const titleWithin = 40

/** `part` is the path of the main part. */
export async function* readDocx(file: SourceFile, zip: Zip, part: string): AsyncGenerator<RawPart> {
  const { properties, title, language } = await readProperties(zip)
  const writer = new BlockWriter(file.limits)
  const batches = readBody(file, zip, part)
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
async function* readBody(file: SourceFile, zip: Zip, part: string): AsyncGenerator<Block[], void> {
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
  const reader = new BodyReader(styles, numbering, notes, limits)
  const sax = new Sax(reader, { depth: limits.depth })
  for await (const text of xmlText(zip, part, limits.docxPartBytes)) {
    signal?.throwIfAborted()
    sax.write(text)
    yield reader.blocks.splice(0)
  }
  sax.end()
  yield reader.blocks.splice(0)
}
