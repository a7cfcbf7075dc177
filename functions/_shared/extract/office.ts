/** The files of Office since 2007: which one a zip is, and what it says about itself. */
import { ExtractionError } from './errors.ts'
import type { SourceFile } from './file.ts'
import { readDocx } from './docx.ts'
import { collapse } from './clean.ts'
import { unsupported } from './detect.ts'
import type { Json, RawPart } from './parts.ts'
import { localName, Sax } from './sax.ts'
import { readXlsx } from './xlsx.ts'
import { Zip } from './zip.ts'

export async function* readOffice(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const what = /\.doc[xm]$/i.test(file.filename) ? 'A Word document' : 'A workbook'
  const limit = Math.max(limits.docxBytes, limits.xlsxBytes)
  const bytes = await source.readAll(what === 'A Word document' ? limits.docxBytes : limit, what)
  const zip = new Zip(bytes, limits)
  if (zip.has('word/document.xml') || zip.names.some((name) => /^\/?word\/document\d*\.xml$/i.test(name))) {
    if (bytes.length > limits.docxBytes) {
      throw new ExtractionError('file_too_large', 'The Word document is too large.', 'Split the document.')
    }
    yield* readDocx(file, zip)
  } else if (zip.has('xl/workbook.xml')) yield* readXlsx(file, zip)
  else if (zip.has('xl/workbook.bin')) {
    throw new ExtractionError(
      'legacy_format',
      'Binary workbooks (.xlsb) cannot be read.',
      'Save the file as .xlsx.',
    )
  } else if (zip.has('ppt/presentation.xml')) throw unsupported('A presentation')
  else if (zip.has('EncryptedPackage') || zip.has('META-INF/encryption.xml')) {
    throw new ExtractionError('encrypted_file', 'The file is encrypted.', 'Save it without a password.')
  } else throw unsupported('This zip file')
}

const propertyBytes = 1024 * 1024
const kept: Readonly<Record<string, string>> = {
  creator: 'author',
  lastModifiedBy: 'last_modified_by',
  created: 'created',
  modified: 'modified',
  subject: 'subject',
  keywords: 'keywords',
  description: 'description',
  category: 'category',
  Application: 'application',
  Company: 'company',
  Pages: 'pages',
  Words: 'words',
}

/** Of docProps; a file without them, or with damaged ones, says nothing. */
export async function readProperties(
  zip: Zip,
): Promise<{ properties: Record<string, Json>; title: string | null; language: string | null }> {
  const found = new Map<string, string>()
  for (const name of ['docProps/core.xml', 'docProps/app.xml']) {
    if (!zip.has(name)) continue
    const path: string[] = []
    const sax = new Sax({
      open: (element) => path.push(localName(element)),
      close: () => path.pop(),
      text: (text) => {
        const element = path.at(-1) ?? ''
        if (path.length === 2) found.set(element, (found.get(element) ?? '') + text)
      },
    }, { depth: 20, lenient: true })
    sax.write(await zip.text(name, propertyBytes))
    sax.end()
  }
  const properties: Record<string, Json> = {}
  for (const [element, name] of Object.entries(kept)) {
    const value = collapse(found.get(element) ?? '').slice(0, 2_000)
    if (value) properties[name] = name === 'pages' || name === 'words' ? Number(value) || null : value
  }
  return {
    properties,
    title: collapse(found.get('title') ?? '').slice(0, 500) || null,
    language: collapse(found.get('language') ?? '').slice(0, 35) || null,
  }
}
