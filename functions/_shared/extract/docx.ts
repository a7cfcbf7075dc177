/** DOCX through mammoth, which is handed single parts of the zip: bounded, and none of the pictures. */
import { load } from 'cheerio'
import mammoth from 'mammoth'
import { asExtractionError } from './errors.ts'
import type { SourceFile } from './file.ts'
import { partsOf, readBlocks } from './html.ts'
import { readProperties } from './office.ts'
import { cleanJson } from './clean.ts'
import type { JsonObject, RawPart } from './parts.ts'
import { Sax } from './sax.ts'
import { decodeXml, type Zip } from './zip.ts'

/** What mammoth's own reader of files offers. */
interface MammothFile {
  exists(name: string): boolean
  read(name: string, encoding?: string): Promise<string | Uint8Array>
}

export async function* readDocx(file: SourceFile, zip: Zip): AsyncGenerator<RawPart> {
  const { limits, signal } = file
  const { properties, title, language } = await readProperties(zip)
  const input: MammothFile = {
    exists: (name) => zip.has(name),
    read: async (name, encoding) => {
      signal?.throwIfAborted()
      const bytes = await zip.bytes(name, limits.docxPartBytes)
      if (encoding === undefined) return bytes
      if (encoding === 'base64') return ''
      const xml = decodeXml(bytes)
      // Nested or unsafe parts are refused before a parser builds their tree.
      if (/\.(xml|rels)$/i.test(name)) inspect(xml, limits.depth)
      return xml
    },
  }
  let html: string
  try {
    const result = await mammoth.convertToHtml(
      { file: input } as unknown as Parameters<typeof mammoth.convertToHtml>[0],
      {
        styleMap: ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => p:fresh"],
        convertImage: mammoth.images.imgElement(() => Promise.resolve({ src: '' })),
        idPrefix: 'p',
      },
    )
    html = result.value
  } catch (cause) {
    signal?.throwIfAborted()
    throw asExtractionError(cause, 'damaged_file', 'The Word document is damaged.')
  }
  const $ = load(html, null, false)
  // Marks of footnotes, and the arrows that lead back to them.
  $('a[href^="#pfootnote-ref"], a[href^="#pendnote-ref"], sup').remove()
  const blocks = readBlocks($.root().get(), limits)
  const heading = blocks.find((block) => block.kind === 'heading' && block.level === 1)
  yield {
    kind: 'document',
    title: title ?? (heading?.kind === 'heading' ? heading.text.slice(0, 500) : file.title),
    type: 'docx',
    media_type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    language,
    page_count: typeof properties['pages'] === 'number' ? properties['pages'] : null,
    metadata: cleanJson(properties) as JsonObject,
  }
  yield* partsOf(blocks, limits)
}

function inspect(xml: string, depth: number): void {
  const sax = new Sax({ open(): void {}, close(): void {}, text(): void {} }, { depth })
  sax.write(xml)
  sax.end()
}
