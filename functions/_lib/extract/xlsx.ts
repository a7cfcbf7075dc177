/**
 * XLSX: every sheet a table, read as a stream, so that a sheet of a million rows needs no more memory than one of a
 * hundred. Only the shared strings are held, within a limit. (Libraries hold the whole workbook: bench/extract.ts.)
 */
import { ExtractionError } from './errors.ts'
import type { SourceFile } from './file.ts'
import type { Limits } from './limits.ts'
import { readProperties, relationships, scan } from './office.ts'
import { cleanText, collapse } from './clean.ts'
import { type Json, type RawPart, warning } from './parts.ts'
import { localName, Sax } from './sax.ts'
import { columnNames, EmptyCells, looksLikeHeader, TableBatches } from './tables.ts'
import { xmlText, type Zip } from './zip.ts'

/** Rows that decide where the header is and how wide the table. */
const sampleRows = 100

interface Sheet {
  readonly name: string
  readonly part: string
  readonly hidden: boolean
}

type DateKind = 'date' | 'time' | 'datetime' | 'elapsed'

interface Workbook {
  readonly sheets: readonly Sheet[]
  readonly date1904: boolean
  /** By the number of a cell's style; null for what is no date. */
  readonly dates: readonly (DateKind | null)[]
  readonly strings: readonly string[]
}

export async function* readXlsx(file: SourceFile, zip: Zip): AsyncGenerator<RawPart> {
  const { limits } = file
  const { properties, title, language } = await readProperties(zip)
  const book = await readWorkbook(zip, limits)
  yield {
    kind: 'document',
    title: title ?? file.title,
    type: 'xlsx',
    media_type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    language,
    page_count: null,
    metadata: { ...properties, sheets: book.sheets.map(({ name, hidden }) => ({ name, hidden })) },
  }
  const unvalued = { count: 0 }
  let order = 0
  for (const sheet of book.sheets) {
    let any = false
    for await (const part of readSheet(zip, sheet, book, order, limits, unvalued)) {
      file.signal?.throwIfAborted()
      any = true
      yield part
    }
    if (any) order++
  }
  if (unvalued.count) {
    yield warning('formulas_without_value', 'Formulas that were never calculated are empty.', unvalued.count)
  }
}

async function readWorkbook(zip: Zip, limits: Limits): Promise<Workbook> {
  const related = await relationships(zip, 'xl/workbook.xml', limits)
  const sheets: Sheet[] = []
  let date1904 = false
  await scan(zip, 'xl/workbook.xml', limits, (name, attributes) => {
    if (name === 'workbookPr') date1904 = /^(1|true)$/.test(attributes['date1904'] ?? '')
    if (name !== 'sheet') return
    const id = Object.entries(attributes).find(([key]) => localName(key) === 'id')?.[1] ?? ''
    const relation = related.find((candidate) => candidate.id === id)
    // Charts and macros are sheets as well.
    if (!relation || !/worksheet/i.test(relation.type) || !zip.has(relation.target)) return
    const part = relation.target
    const hidden = /^(hidden|veryHidden)$/.test(attributes['state'] ?? '')
    sheets.push({ name: cleanText(attributes['name'] ?? `Sheet ${sheets.length + 1}`), part, hidden })
  })
  if (sheets.length > limits.sheets) {
    throw new ExtractionError('too_many_parts', `A workbook may have ${limits.sheets} sheets.`)
  }
  const partOf = (kind: string, usual: string): string | null => {
    const named = related.find(({ type }) => type.endsWith(`/${kind}`))?.target ?? usual
    return zip.has(named) ? named : null
  }
  return {
    sheets,
    date1904,
    dates: await readStyles(zip, partOf('styles', 'xl/styles.xml'), limits),
    strings: await readStrings(zip, partOf('sharedStrings', 'xl/sharedStrings.xml'), limits),
  }
}

/** Formats that the file format defines by number. */
function builtIn(id: number): DateKind | null {
  if (
    (id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id === 36 || (id >= 50 && id <= 54) || id === 57 ||
    id === 58
  ) {
    return 'date'
  }
  if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id === 45 || id === 47 || id === 55 || id === 56) {
    return 'time'
  }
  return id === 22 ? 'datetime' : id === 46 ? 'elapsed' : null
}

/** What a format code shows: `yyyy-mm-dd`, `[h]:mm`, `d.m.yyyy hh:mm`. Text in quotes, colours and escapes say nothing. */
export function dateKind(code: string): DateKind | null {
  const bare = code.split(';')[0]?.replace(/"[^"]*"|\\.|_.|\*./g, '') ?? ''
  if (/\[(h+|m+|s+)\]/i.test(bare)) return 'elapsed'
  const letters = bare.replace(/\[[^\]]*\]/g, '').replace(/general|am\/pm|a\/p/gi, '')
  const date = /[yd]/i.test(letters) ||
    (/m/i.test(letters) && !/[hs]/i.test(letters) && !/[0#?]/.test(letters))
  const time = /[hs]/i.test(letters)
  return date ? time ? 'datetime' : 'date' : time ? 'time' : null
}

async function readStyles(zip: Zip, part: string | null, limits: Limits): Promise<(DateKind | null)[]> {
  const dates: (DateKind | null)[] = []
  if (part === null) return dates
  const custom = new Map<number, DateKind | null>()
  let inCells = false
  const sax = new Sax({
    open(name, attributes): void {
      const local = localName(name)
      if (local === 'cellXfs') inCells = true
      else if (local === 'numFmt') {
        custom.set(Number(attributes['numFmtId']), dateKind(attributes['formatCode'] ?? ''))
      } else if (local === 'xf' && inCells) {
        const id = Number(attributes['numFmtId'] ?? 0)
        dates.push(custom.get(id) ?? builtIn(id))
      }
    },
    close(name): void {
      if (localName(name) === 'cellXfs') inCells = false
    },
    text(): void {},
  }, { depth: limits.depth })
  for await (const text of xmlText(zip, part, limits.sharedStringsBytes)) sax.write(text)
  sax.end()
  return dates
}

async function readStrings(zip: Zip, part: string | null, limits: Limits): Promise<string[]> {
  const strings: string[] = []
  if (part === null) return strings
  let current = ''
  let inText = false
  let phonetic = 0
  const sax = new Sax({
    open(name): void {
      const local = localName(name)
      if (local === 'si') current = ''
      else if (local === 'rPh') phonetic++
      else if (local === 't') inText = phonetic === 0
    },
    close(name): void {
      const local = localName(name)
      if (local === 'si') strings.push(unescape(current))
      else if (local === 'rPh') phonetic--
      else if (local === 't') inText = false
    },
    text(text): void {
      if (inText && current.length <= limits.cellChars) current += text
    },
  }, { depth: limits.depth })
  for await (const text of xmlText(zip, part, limits.sharedStringsBytes)) sax.write(text)
  sax.end()
  return strings
}

async function* readSheet(
  zip: Zip,
  sheet: Sheet,
  book: Workbook,
  order: number,
  limits: Limits,
  unvalued: { count: number },
): AsyncGenerator<RawPart> {
  const rows: Json[][] = []
  const empty = new EmptyCells(limits)
  let row: Json[] = []
  let filled = 0
  let column = 0
  let beyond = 0
  let cell = { type: '', style: -1, value: '', inline: '', formula: false }
  let reading: 'value' | 'inline' | null = null
  let phonetic = 0
  const sax = new Sax({
    open(name, attributes): void {
      switch (localName(name)) {
        case 'row':
          row = []
          filled = 0
          column = 0
          break
        case 'c': {
          const reference = attributes['r']
          if (reference !== undefined) column = columnOf(reference) ?? column
          cell = {
            type: attributes['t'] ?? 'n',
            style: Number(attributes['s'] ?? -1),
            value: '',
            inline: '',
            formula: false,
          }
          break
        }
        case 'v':
          reading = 'value'
          break
        case 't':
          reading = phonetic === 0 ? 'inline' : null
          break
        case 'rPh':
          phonetic++
          break
        case 'f':
          cell.formula = true
          break
      }
    },
    close(name): void {
      switch (localName(name)) {
        case 'row':
          if (filled > 0) {
            empty.add(row.length - filled)
            rows.push(Array.from(row, (value) => value ?? null))
          }
          break
        case 'c': {
          const value = typed(cell, book)
          if (value === null && cell.formula) unvalued.count++
          if (column >= limits.columns) beyond++
          else if (value !== null) {
            row[column] = value
            filled++
          }
          column++
          break
        }
        case 'rPh':
          phonetic--
          break
        case 'v':
        case 't':
          reading = null
          break
      }
    },
    text(text): void {
      // One more than is kept, so that the cut is seen and told.
      if (reading !== null) cell[reading] = (cell[reading] + text).slice(0, limits.cellChars + 1)
    },
  }, { depth: limits.depth })

  const sample: Json[][] = []
  let batches: TableBatches | null = null
  let shift = 0
  const open = function* (): Generator<RawPart> {
    const { first, header, caption, left, width } = layoutOf(sample)
    shift = left
    batches = new TableBatches({
      order,
      caption,
      sheet: sheet.name,
      columns: columnNames(header ? sample[first]?.slice(left) ?? [] : [], width),
      header_detected: header,
    }, limits)
    for (const cells of sample.slice(header ? first + 1 : first)) yield* batches.add(cells.slice(left))
    sample.length = 0
  }
  for await (const text of xmlText(zip, sheet.part, limits.sheetBytes)) {
    sax.write(text)
    for (const cells of rows.splice(0)) {
      if (batches) yield* (batches as TableBatches).add(cells.slice(shift))
      else {
        sample.push(cells)
        if (sample.length >= sampleRows) yield* open()
      }
    }
  }
  sax.end()
  if (!batches && sample.length) yield* open()
  if (batches) yield* (batches as TableBatches).end()
  if (beyond) yield warning('columns_dropped', 'Cells beyond the last column were dropped.', beyond)
}

/**
 * Where the table begins: lines above it that fill a cell or two are its caption, empty columns on the left are none of
 * it. The header is the first row that is about as wide as the table.
 */
function layoutOf(
  sample: readonly Json[][],
): { first: number; header: boolean; caption: string | null; left: number; width: number } {
  const filled = sample.map((row) => row.filter((cell) => cell !== null && cell !== '').length)
  const widest = Math.max(...filled)
  let first = filled.findIndex((count) => count >= Math.max(2, widest * 0.6))
  if (first < 0 || widest < 2) first = 0
  const body = sample.slice(first)
  const left = Math.min(
    ...body.map((row) => {
      const start = row.findIndex((cell) => cell !== null && cell !== '')
      return start < 0 ? Infinity : start
    }),
  )
  const caption = collapse(sample.slice(0, first).flat().filter((cell) => cell !== null).join(' '))
  return {
    first,
    header: looksLikeHeader(body.map((row) => row.slice(left))),
    caption: caption || null,
    left,
    width: body.reduce((most, row) => Math.max(most, row.length), 0) - left,
  }
}

function columnOf(reference: string): number | null {
  const letters = /^([A-Za-z]{1,6})\d*$/.exec(reference)?.[1]?.toUpperCase()
  if (letters === undefined) return null
  let index = 0
  for (const letter of letters) index = index * 26 + letter.charCodeAt(0) - 64
  return index - 1
}

function typed(
  cell: { type: string; style: number; value: string; inline: string },
  { strings, dates, date1904 }: Workbook,
): Json {
  switch (cell.type) {
    case 's':
      return strings[Number(cell.value)] || null
    case 'inlineStr':
      return unescape(cell.inline) || null
    case 'str':
      return unescape(cell.value) || null
    case 'e':
      return cell.value || null
    case 'b':
      return cell.value === '' ? null : cell.value === '1' || cell.value === 'true'
    case 'd':
      return cell.value.replace(/T00:00:00(\.0+)?Z?$/, '') || null
    default: {
      if (cell.value === '') return cell.inline || null
      const number = Number(cell.value)
      if (!Number.isFinite(number)) return cell.value
      const kind = dates[cell.style] ?? null
      return kind === null ? number : toIsoDate(number, kind, date1904) ?? number
    }
  }
}

/** Characters that XML does not take are written `_x000D_`. */
function unescape(text: string): string {
  if (!text.includes('_x')) return text
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code) => String.fromCharCode(parseInt(code, 16)))
}

/** A serial number as ISO 8601 without a zone, which a workbook does not know; null where it is no date. */
export function toIsoDate(serial: number, kind: DateKind, date1904 = false): string | null {
  if (serial < 0 || serial > 2_958_466) return null
  const seconds = Math.round(serial * 86_400)
  const clock = (total: number): string =>
    [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
      .map((part) => `${part}`.padStart(2, '0')).join(':')
  if (kind === 'elapsed') return clock(seconds)
  if (kind === 'time' && serial < 1) return clock(seconds)
  // The year 1900 has a 29th of February in Excel; days before it are one off.
  const epoch = date1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, serial < 60 ? 31 : 30)
  const iso = new Date(epoch + seconds * 1000).toISOString().slice(0, 19)
  return kind === 'date' && iso.endsWith('T00:00:00') ? iso.slice(0, 10) : iso
}
