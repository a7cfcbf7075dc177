/**
 * XLSX: every sheet is a table, read as a stream, so that a sheet of a million rows needs no more memory than one of a
 * hundred. Only the shared strings are held, within a limit. (Libraries hold the whole workbook: bench/extract.ts.)
 */
import { cleanText } from '../../../text/mod.ts'
import { tooMany } from '../../errors.ts'
import type { SourceFile } from '../../file.ts'
import { localName, type SaxHandler } from '../../input/sax.ts'
import type { Zip } from '../../input/zip.ts'
import type { Limits } from '../../limits.ts'
import { type RawPart, warning } from '../../parts.ts'
import { attributeOf, maxSmallPartBytes, parsePart, readProperties, relationships } from './opc.ts'
import { type NumberFormat, numberFormat } from './xlsx_formats.ts'
import { readSheet, type Sheet } from './xlsx_sheet.ts'
import { unescapeText, type Workbook } from './xlsx_values.ts'

/** The document, and a table for each sheet. */
export async function* readXlsx(file: SourceFile, zip: Zip): AsyncGenerator<RawPart> {
  const { limits } = file
  const { properties, title, language } = await readProperties(zip)
  const { sheets, workbook } = await readWorkbook(zip, limits)
  yield {
    kind: 'document',
    title: title ?? file.title,
    type: 'xlsx',
    media_type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    language,
    page_count: null,
    metadata: { ...properties, sheets: sheets.map(({ name, hidden }) => ({ name, hidden })) },
  }
  const uncalculated = { count: 0 }
  let order = 0
  for (const sheet of sheets) {
    let empty = true
    for await (const part of readSheet(zip, sheet, workbook, order, limits, uncalculated)) {
      file.signal?.throwIfAborted()
      empty = false
      yield part
    }
    if (!empty) order++
  }
  const hidden = sheets.filter((sheet) => sheet.hidden).length
  if (hidden) yield warning('hidden_sheets', 'Hidden sheets were read, and are marked as such.', hidden)
  if (uncalculated.count) {
    yield warning('formulas_without_value', 'Formulas without a cached value are empty.', uncalculated.count)
  }
}

async function readWorkbook(zip: Zip, limits: Limits): Promise<{ sheets: Sheet[]; workbook: Workbook }> {
  const part = 'xl/workbook.xml'
  const related = await relationships(zip, part, limits)
  const byId = new Map(related.toReversed().map((relation) => [relation.id, relation]))
  const sheets: Sheet[] = []
  let date1904 = false
  const open: SaxHandler['open'] = (element, attributes) => {
    const name = localName(element)
    if (name === 'workbookPr') date1904 = /^(1|true)$/.test(attributes['date1904'] ?? '')
    if (name !== 'sheet') return
    const id = attributeOf(attributes, 'id') ?? ''
    const relation = byId.get(id)
    // Charts and macros are sheets as well.
    if (!relation || !/worksheet/i.test(relation.type) || !zip.has(relation.target)) return
    const hidden = /^(hidden|veryHidden)$/.test(attributes['state'] ?? '')
    const sheetName = cleanText(attributes['name'] ?? `Sheet ${sheets.length + 1}`)
    sheets.push({ name: sheetName, part: relation.target, hidden })
  }
  await parsePart(zip, part, { open }, { depth: limits.depth, maxBytes: maxSmallPartBytes })
  if (sheets.length > limits.sheets) throw tooMany('The workbook', limits.sheets, 'sheets')
  const partOf = (kind: string, usual: string): string | null => {
    const named = related.find(({ type }) => type.endsWith(`/${kind}`))?.target ?? usual
    return zip.has(named) ? named : null
  }
  const formats = await readStyles(zip, partOf('styles', 'xl/styles.xml'), limits)
  const strings = await readStrings(zip, partOf('sharedStrings', 'xl/sharedStrings.xml'), limits)
  return { sheets, workbook: { date1904, formats, strings } }
}

async function readStyles(zip: Zip, part: string | null, limits: Limits): Promise<NumberFormat[]> {
  const formats: NumberFormat[] = []
  if (part === null) return formats
  const custom = new Map<number, string>()
  let inCells = false
  const handler: SaxHandler = {
    open(name, attributes): void {
      const local = localName(name)
      if (local === 'cellXfs') inCells = true
      else if (local === 'numFmt') {
        custom.set(Number(attributes['numFmtId']), attributes['formatCode'] ?? '')
      } else if (local === 'xf' && inCells) {
        const id = Number(attributes['numFmtId'] ?? 0)
        formats.push(numberFormat(id, custom.get(id)))
      }
    },
    close(name): void {
      if (localName(name) === 'cellXfs') inCells = false
    },
  }
  await parsePart(zip, part, handler, { depth: limits.depth, maxBytes: limits.sharedStringsBytes })
  return formats
}

async function readStrings(zip: Zip, part: string | null, limits: Limits): Promise<string[]> {
  const strings: string[] = []
  if (part === null) return strings
  let current = ''
  let inText = false
  let phonetic = 0
  const handler: SaxHandler = {
    open(name): void {
      const local = localName(name)
      if (local === 'si') current = ''
      else if (local === 'rPh') phonetic++
      else if (local === 't') inText = phonetic === 0
    },
    close(name): void {
      const local = localName(name)
      if (local === 'si') strings.push(unescapeText(current))
      else if (local === 'rPh') phonetic--
      else if (local === 't') inText = false
    },
    text(text): void {
      if (inText && current.length <= limits.cellChars) current += text
    },
  }
  await parsePart(zip, part, handler, { depth: limits.depth, maxBytes: limits.sharedStringsBytes })
  return strings
}
