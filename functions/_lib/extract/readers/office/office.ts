/** Documents in zip archives: which format one is. */
import { encrypted, ExtractionError, tooLarge, unsupported } from '../../errors.ts'
import type { SourceFile } from '../../file.ts'
import { Zip } from '../../input/zip.ts'
import type { Limits } from '../../limits.ts'
import type { RawPart } from '../../parts.ts'
import { readDocx } from './docx.ts'
import { readEpub } from './epub.ts'
import { odfType, readOdf } from './odf.ts'
import { relationships } from './opc.ts'
import { readPptx } from './pptx.ts'
import { readXlsx } from './xlsx.ts'

type Name = 'The Word document' | 'The workbook' | 'The presentation' | 'The document' | 'The book'

/** The limit of each format, in bytes. */
function limitOf(limits: Limits): Readonly<Record<Name, number>> {
  return {
    'The Word document': limits.docxBytes,
    'The workbook': limits.xlsxBytes,
    'The presentation': limits.pptxBytes,
    'The document': limits.odfBytes,
    'The book': limits.epubBytes,
  }
}

/** By the end of the file name: a file that is too large for its format is refused before it is read. */
const named: readonly (readonly [RegExp, Name])[] = [
  [/\.doc[xm]$/i, 'The Word document'],
  [/\.ppt[xm]$/i, 'The presentation'],
  [/\.od[tsp]$/i, 'The document'],
  [/\.epub$/i, 'The book'],
]

/** The parts of a document. */
export async function* readOffice(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const max = limitOf(limits)
  const name = named.find(([pattern]) => pattern.test(file.filename))?.[1]
  const bytes = await source.readAll(
    name ? max[name] : Math.max(...Object.values(max)),
    name ?? 'The workbook',
  )
  const zip = new Zip(bytes, limits)
  const check = (what: Name): void => {
    if (bytes.length > max[what]) throw tooLarge(what, max[what])
  }
  const declared = await declaredType(zip)
  const open = odfType(declared)
  if (open) {
    check('The document')
    return yield* readOdf(file, zip, open)
  }
  if (
    declared === 'application/epub+zip' ||
    (zip.has('META-INF/container.xml') && !zip.has('[Content_Types].xml'))
  ) {
    check('The book')
    return yield* readEpub(file, zip)
  }
  const root = await relationships(zip, '', limits)
  const main = root.find(({ type }) => type.endsWith('/officeDocument'))?.target ?? ''
  const partIn = (folder: string, usual: string): string | undefined =>
    [main, usual].find((part) => part.startsWith(folder) && /\.xml$/i.test(part) && zip.has(part))
  const word = partIn('word/', 'word/document.xml')
  const slides = partIn('ppt/', 'ppt/presentation.xml')
  if (word !== undefined) {
    check('The Word document')
    yield* readDocx(file, zip, word)
  } else if (slides !== undefined) {
    check('The presentation')
    yield* readPptx(file, zip, slides)
  } else if (zip.has('xl/workbook.xml')) {
    check('The workbook')
    yield* readXlsx(file, zip)
  } else throw refusalOf(zip)
}

/** The type that formats other than those of Microsoft declare in a part of its own. */
async function declaredType(zip: Zip): Promise<string> {
  let text = ''
  if (!zip.has('mimetype')) return text
  const decoder = new TextDecoder()
  for await (const chunk of zip.chunks('mimetype', 1024)) text += decoder.decode(chunk, { stream: true })
  return text.trim()
}

function refusalOf(zip: Zip): ExtractionError {
  if (zip.has('xl/workbook.bin')) {
    const message = 'Binary workbooks (.xlsb) are not supported.'
    return new ExtractionError('legacy_format', message, 'Save the file as .xlsx.')
  }
  if (zip.has('EncryptedPackage') || zip.has('META-INF/encryption.xml')) return encrypted()
  return unsupported('zip archive')
}
