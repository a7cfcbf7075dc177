/** What DOCX and XLSX share, as packages of XML parts (OPC): relationships, properties, reading a part. */
import { collapseSpace, truncate } from '../../../text/mod.ts'
import { localName, Sax, type SaxHandler } from '../../input/sax.ts'
import { xmlText, type Zip } from '../../input/zip.ts'
import type { Limits } from '../../limits.ts'
import type { Json } from '../../parts.ts'

/** For parts that list and describe others. */
export const maxSmallPartBytes = 4 * 1024 * 1024

/** Passes a part of the package through `handler`. */
export async function parsePart(
  zip: Zip,
  part: string,
  handler: SaxHandler,
  { depth, maxBytes, lenient = false }: { depth: number; maxBytes: number; lenient?: boolean },
): Promise<void> {
  const sax = new Sax(handler, { depth, lenient })
  for await (const text of xmlText(zip, part, maxBytes)) sax.write(text)
  sax.end()
}

/** The value of an attribute, whatever its prefix. */
export function attributeOf(attributes: Readonly<Record<string, string>>, name: string): string | null {
  for (const [key, value] of Object.entries(attributes)) if (localName(key) === name) return value
  return null
}

/** A reference of one part to another. */
export interface Relationship {
  readonly id: string
  readonly type: string
  /** The path inside of the zip. */
  readonly target: string
}

/** What a part refers to inside of the package; '' is the package itself. */
export async function relationships(zip: Zip, part: string, limits: Limits): Promise<Relationship[]> {
  const slash = part.lastIndexOf('/')
  const folder = part.slice(0, slash + 1)
  const name = `${folder}_rels/${part.slice(slash + 1)}.rels`
  const found: Relationship[] = []
  if (!zip.has(name)) return found
  const open: SaxHandler['open'] = (element, { Id, Target, Type, TargetMode }) => {
    if (localName(element) !== 'Relationship' || TargetMode === 'External') return
    if (Id === undefined || Target === undefined) return
    const path = Target.startsWith('/') ? Target.slice(1) : `${folder}${Target}`
    found.push({ id: Id, type: Type ?? '', target: withoutDots(path) })
  }
  await parsePart(zip, name, { open }, { depth: limits.depth, maxBytes: maxSmallPartBytes })
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

/** Which elements of docProps are kept, and under which name. */
const propertyNames: Readonly<Record<string, string>> = {
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

/** What a document says about itself. */
interface Properties {
  readonly properties: Readonly<Record<string, Json>>
  readonly title: string | null
  readonly language: string | null
}

/** Reads docProps, which may be missing or damaged. */
export async function readProperties(zip: Zip): Promise<Properties> {
  const found = new Map<string, string>()
  for (const name of ['docProps/core.xml', 'docProps/app.xml']) {
    if (!zip.has(name)) continue
    const path: string[] = []
    const handler: SaxHandler = {
      open: (element) => void path.push(localName(element)),
      close: () => void path.pop(),
      text: (text) => {
        const element = path.at(-1) ?? ''
        if (path.length === 2) found.set(element, (found.get(element) ?? '') + text)
      },
    }
    await parsePart(zip, name, handler, { depth: 20, maxBytes: maxSmallPartBytes, lenient: true })
  }
  const properties: Record<string, Json> = {}
  for (const [element, name] of Object.entries(propertyNames)) {
    const value = truncate(collapseSpace(found.get(element) ?? ''), 2_000)
    if (value) properties[name] = name === 'pages' || name === 'words' ? Number(value) || null : value
  }
  return {
    properties,
    title: truncate(collapseSpace(found.get('title') ?? ''), 500) || null,
    language: truncate(collapseSpace(found.get('language') ?? ''), 35) || null,
  }
}
