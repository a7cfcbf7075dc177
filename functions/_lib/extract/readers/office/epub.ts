/** EPUB: the chapters of a book, in the order in which they are read. */
import { collapseSpace, truncate } from '../../../text/mod.ts'
import { ExtractionError, inflatesTooMuch, tooMany } from '../../errors.ts'
import type { SourceFile } from '../../file.ts'
import { localName, type SaxHandler } from '../../input/sax.ts'
import { xmlText, type Zip } from '../../input/zip.ts'
import { BlockWriter } from '../../output/blocks.ts'
import { cleanJson } from '../../output/clean_json.ts'
import type { JsonObject, RawPart } from '../../parts.ts'
import { readBlocks } from '../html/blocks.ts'
import { parseHtml } from '../html/parse.ts'
import { maxSmallPartBytes, parsePart } from './opc.ts'

/** All chapters of a book when they are inflated. */
const maxBookBytes = 64 * 1024 * 1024

/** The document and its chapters. */
export async function* readEpub(file: SourceFile, zip: Zip): AsyncGenerator<RawPart> {
  const { limits, signal } = file
  const { metadata, chapters } = await readPackage(zip, limits.depth)
  if (chapters.length > limits.slides) throw tooMany('The book', limits.slides, 'chapters')
  const { title, language, ...rest } = metadata
  yield {
    kind: 'document',
    title: truncate(title ?? '', 500) || file.title,
    type: 'epub',
    media_type: 'application/epub+zip',
    language: language ?? null,
    page_count: null,
    metadata: cleanJson(rest) as JsonObject,
  }
  const writer = new BlockWriter(limits)
  let size = 0
  for (const chapter of chapters) {
    signal?.throwIfAborted()
    let html = ''
    for await (const text of xmlText(zip, chapter, limits.htmlBytes)) html += text
    size += html.length
    if (size > maxBookBytes) throw inflatesTooMuch('The book', maxBookBytes)
    const blocks = readBlocks(await parseHtml(html, signal), ({ name }) => name === 'nav' || name === 'head')
    for (const block of blocks) yield* writer.add(block)
  }
  yield* writer.end()
}

const wanted = new Set([
  'title',
  'language',
  'creator',
  'publisher',
  'date',
  'subject',
  'description',
  'identifier',
])

async function readPackage(
  zip: Zip,
  depth: number,
): Promise<{ metadata: Record<string, string>; chapters: string[] }> {
  let root: string | undefined
  const container: SaxHandler = {
    open(name, attributes): void {
      if (localName(name) === 'rootfile') root ??= attributes['full-path']
    },
  }
  const options = { depth, maxBytes: maxSmallPartBytes }
  await parsePart(zip, 'META-INF/container.xml', container, options)
  if (root === undefined || !zip.has(root)) {
    throw new ExtractionError('damaged_file', 'The book has no list of its parts.')
  }
  const folder = root.slice(0, root.lastIndexOf('/') + 1)
  const parts = new Map<string, string>()
  const order: string[] = []
  const metadata: Record<string, string> = {}
  let field = ''
  const handler: SaxHandler = {
    open(name, { id = '', href = '', idref = '', 'media-type': type = '' }): void {
      const local = localName(name)
      field = wanted.has(local) && metadata[local] === undefined ? local : ''
      if (local === 'item' && /xhtml|html/i.test(type)) parts.set(id, pathOf(folder, href))
      else if (local === 'itemref') order.push(idref)
    },
    close(): void {
      field = ''
    },
    text(text): void {
      if (field) metadata[field] = truncate(collapseSpace(`${metadata[field] ?? ''}${text}`), 2_000)
    },
  }
  await parsePart(zip, root, handler, options)
  const chapters = order.flatMap((id) => {
    const path = parts.get(id)
    return path !== undefined && zip.has(path) ? [path] : []
  })
  return { metadata, chapters: [...new Set(chapters)] }
}

function pathOf(folder: string, href: string): string {
  const bare = href.split('#')[0] ?? ''
  let path = bare
  try {
    path = decodeURIComponent(bare)
  } catch {
    // Not encoded.
  }
  const steps: string[] = []
  for (const step of `${folder}${path}`.split('/')) {
    if (step === '..') steps.pop()
    else if (step !== '.') steps.push(step)
  }
  return steps.join('/')
}
