/** The files of Office since 2007: which one a zip is, and what it says about itself. */
import { ExtractionError, tooLarge } from './errors.ts'
import type { SourceFile } from './file.ts'
import { readDocx } from './docx.ts'
import { collapse } from './clean.ts'
import { unsupported } from './detect.ts'
import type { Limits } from './limits.ts'
import type { Json, RawPart } from './parts.ts'
import { localName, Sax } from './sax.ts'
import { readXlsx } from './xlsx.ts'
import { xmlText, Zip } from './zip.ts'

export async function* readOffice(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const what = /\.doc[xm]$/i.test(file.filename) ? 'A Word document' : 'A workbook'
  const limit = Math.max(limits.docxBytes, limits.xlsxBytes)
  const bytes = await source.readAll(what === 'A Word document' ? limits.docxBytes : limit, what)
  const zip = new Zip(bytes, limits)
  const root = await relationships(zip, '', limits)
  const main = root.find(({ type }) => type.endsWith('/officeDocument'))?.target ?? ''
  const word = [main, 'word/document.xml'].find((part) => /^word\/.*\.xml$/i.test(part) && zip.has(part))
  if (word !== undefined) {
    if (bytes.length > limits.docxBytes) throw tooLarge('A Word document', limits.docxBytes)
    yield* readDocx(file, zip, word)
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

/** Parts that list and describe others. */
const smallPart = 4 * 1024 * 1024
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
    for await (const text of xmlText(zip, name, smallPart)) sax.write(text)
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

export interface Relationship {
  readonly id: string
  readonly type: string
  /** The path inside of the zip. */
  readonly target: string
}

/** What a part refers to inside of its zip; '' is the zip itself. */
export async function relationships(zip: Zip, part: string, limits: Limits): Promise<Relationship[]> {
  const slash = part.lastIndexOf('/')
  const folder = part.slice(0, slash + 1)
  const name = `${folder}_rels/${part.slice(slash + 1)}.rels`
  const found: Relationship[] = []
  if (!zip.has(name)) return found
  await scan(zip, name, limits, (element, { Id, Target, Type, TargetMode }) => {
    if (element !== 'Relationship' || Id === undefined || Target === undefined || TargetMode === 'External') {
      return
    }
    const path = Target.startsWith('/') ? Target.slice(1) : `${folder}${Target}`
    found.push({ id: Id, type: Type ?? '', target: withoutDots(path) })
  })
  return found
}

function withoutDots(path: string): string {
  const steps: string[] = []
  for (const step of path.split('/')) {
    if (step === '..') steps.pop()
    else if (step !== '.') steps.push(step)
  }
  return steps.join('/')
}

/** Attributes of every element of a small part. */
export async function scan(
  zip: Zip,
  part: string,
  limits: Limits,
  onElement: (name: string, attributes: Readonly<Record<string, string>>) => void,
): Promise<void> {
  const sax = new Sax({
    open: (name, attributes) => onElement(localName(name), attributes),
    close(): void {},
    text(): void {},
  }, { depth: limits.depth })
  for await (const text of xmlText(zip, part, smallPart)) sax.write(text)
  sax.end()
}
