/** Builds the zip containers that tests read: real DOCX and XLSX files, and broken or hostile ones. */

const encoder = new TextEncoder()

interface ZipEntry {
  readonly name: string
  readonly data: string | Uint8Array
  /** Kept as it is instead of deflated. */
  readonly stored?: boolean
  /** The inflated size in the directory; by default the actual one. */
  readonly claimedSize?: number
  /** Bits of the general purpose flag: 1 is encrypted. */
  readonly flags?: number
}

/** A zip archive with these entries. */
export async function zip(entries: readonly ZipEntry[]): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const entry of entries) {
    const name = encoder.encode(entry.name)
    const data = typeof entry.data === 'string' ? encoder.encode(entry.data) : entry.data
    const body = entry.stored ? data : await deflate(data)
    const fields = [20, entry.flags ?? 0, entry.stored ? 0 : 8, 0, 0x21] as const
    const sizes = [crc32(data), body.length, entry.claimedSize ?? data.length] as const
    const local = record(0x04034b50, fields, sizes, [name.length, 0])
    directory.push(
      record(0x02014b50, [20, ...fields], sizes, [name.length, 0, 0, 0, 0, 0, 0], offset),
      name,
    )
    parts.push(local, name, body)
    offset += local.length + name.length + body.length
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0)
  const end = new DataView(new ArrayBuffer(22))
  end.setUint32(0, 0x06054b50, true)
  end.setUint16(8, entries.length, true)
  end.setUint16(10, entries.length, true)
  end.setUint32(12, size, true)
  end.setUint32(16, offset, true)
  return concat([...parts, ...directory, new Uint8Array(end.buffer)])
}

/** Signature, 16-bit fields, three 32-bit sizes, 16-bit lengths, and the offset that only the directory has. */
function record(
  signature: number,
  fields: readonly number[],
  sizes: readonly number[],
  lengths: readonly number[],
  offset?: number,
): Uint8Array {
  const view = new DataView(
    new ArrayBuffer(4 + 2 * fields.length + 12 + 2 * lengths.length + (offset === undefined ? 0 : 4)),
  )
  let at = 0
  view.setUint32(at, signature, true)
  at += 4
  for (const field of fields) at = (view.setUint16(at, field, true), at + 2)
  for (const size of sizes) at = (view.setUint32(at, size, true), at + 4)
  for (const length of lengths) at = (view.setUint16(at, length, true), at + 2)
  if (offset !== undefined) view.setUint32(at, offset, true)
  return new Uint8Array(view.buffer)
}

/** Compressed bytes. */
export async function deflate(
  data: Uint8Array,
  format: CompressionFormat = 'deflate-raw',
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([data as Uint8Array<ArrayBuffer>]).stream().pipeThrough(
    new CompressionStream(format),
  )
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

/** All bytes in one array. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    all.set(part, offset)
    offset += part.length
  }
  return all
}

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value
})

function crc32(data: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of data) crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

const xmlHead = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
const office = 'http://schemas.openxmlformats.org'
const main = `${office}/spreadsheetml/2006/main`
const relation = `${office}/officeDocument/2006/relationships`

interface DocxOptions {
  readonly numbering?: string
  readonly footnotes?: string
  readonly core?: string
  readonly styles?: string
  /** Parts such as `header1` or `comments`, with their XML. */
  readonly asides?: Readonly<Record<string, string>>
  readonly extra?: readonly ZipEntry[]
}

/** A Word document of the given body, in WordprocessingML. */
export async function docx(body: string, options: DocxOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const styles = [1, 2, 3].map((level) =>
    `<w:style w:type="paragraph" w:styleId="Heading${level}"><w:name w:val="heading ${level}"/></w:style>`
  ).join('')
  return await zip([
    {
      name: '[Content_Types].xml',
      data: `${xmlHead}<Types xmlns="${office}/package/2006/content-types">` +
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
        '<Default Extension="xml" ContentType="application/xml"/>' +
        '<Override PartName="/word/document.xml" ' +
        'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
    },
    {
      name: '_rels/.rels',
      data: `${xmlHead}<Relationships xmlns="${office}/package/2006/relationships">` +
        `<Relationship Id="r1" Type="${office}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>` +
        '</Relationships>',
    },
    {
      name: 'word/styles.xml',
      data: `${xmlHead}<w:styles xmlns:w="${office}/wordprocessingml/2006/main">${styles}${
        options.styles ?? ''
      }</w:styles>`,
    },
    {
      name: 'word/_rels/document.xml.rels',
      data: `${xmlHead}<Relationships xmlns="${office}/package/2006/relationships">${
        ['styles', 'numbering', 'footnotes', ...Object.keys(options.asides ?? {})].map((part) =>
          `<Relationship Id="${part}" Type="${relation}/${part.replace(/\d+$/, '')}" Target="${part}.xml"/>`
        ).join('')
      }</Relationships>`,
    },
    ...(['numbering', 'footnotes'] as const).flatMap((part) =>
      options[part] === undefined ? [] : [{
        name: `word/${part}.xml`,
        data: `${xmlHead}<w:${part} xmlns:w="${office}/wordprocessingml/2006/main">${
          options[part]
        }</w:${part}>`,
      }]
    ),
    {
      name: 'word/document.xml',
      data:
        `${xmlHead}<w:document xmlns:w="${office}/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`,
    },
    ...(options.core === undefined ? [] : [{
      name: 'docProps/core.xml',
      data:
        `${xmlHead}<cp:coreProperties xmlns:cp="${office}/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">${options.core}</cp:coreProperties>`,
    }]),
    ...Object.entries(options.asides ?? {}).map(([part, data]) => ({ name: `word/${part}.xml`, data })),
    ...(options.extra ?? []),
  ])
}

/** A paragraph in WordprocessingML. */
export function paragraph(text: string, style = ''): string {
  const properties = style ? `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>` : ''
  return `<w:p>${properties}<w:r><w:t xml:space="preserve">${escapeXml(text)}</w:t></w:r></w:p>`
}

/** A table in WordprocessingML. */
export function wordTable(rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[]): string =>
    row.map((cell) => `<w:tc>${paragraph(cell)}</w:tc>`).join('')
  return `<w:tbl>${rows.map((row) => `<w:tr>${cells(row)}</w:tr>`).join('')}</w:tbl>`
}

interface SheetSpec {
  readonly name: string
  /** The `row` elements. */
  readonly rows: string
  readonly state?: 'hidden' | 'veryHidden'
  readonly merges?: readonly string[]
}

interface XlsxOptions {
  readonly sharedStrings?: readonly string[]
  /** Number formats of the cell styles, in order; numbers are built in, text is a format code. */
  readonly formats?: readonly (number | string)[]
  readonly date1904?: boolean
  readonly extra?: readonly ZipEntry[]
}

/** A workbook with these sheets. */
export async function xlsx(
  sheets: readonly SheetSpec[],
  options: XlsxOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { sharedStrings, formats = [0], extra = [] } = options
  return await zip([
    {
      name: '[Content_Types].xml',
      data: `${xmlHead}<Types xmlns="${office}/package/2006/content-types">` +
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
        '<Default Extension="xml" ContentType="application/xml"/>' +
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>' +
        '</Types>',
    },
    {
      name: '_rels/.rels',
      data: `${xmlHead}<Relationships xmlns="${office}/package/2006/relationships">` +
        `<Relationship Id="r1" Type="${relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    },
    { name: 'xl/workbook.xml', data: workbookXml(sheets, options.date1904 === true) },
    {
      name: 'xl/_rels/workbook.xml.rels',
      data: workbookRelations(sheets.length, sharedStrings !== undefined),
    },
    { name: 'xl/styles.xml', data: stylesXml(formats) },
    ...(sharedStrings ? [{ name: 'xl/sharedStrings.xml', data: stringsXml(sharedStrings) }] : []),
    ...sheets.map((sheet, index) => ({
      name: `xl/worksheets/sheet${index + 1}.xml`,
      data: sheetXml(sheet),
    })),
    ...extra,
  ])
}

function workbookXml(sheets: readonly SheetSpec[], date1904: boolean): string {
  const elements = sheets.map(({ name, state }, index) => {
    const id = index + 1
    return `<sheet name="${escapeXml(name)}" sheetId="${id}" r:id="rId${id}"${
      state ? ` state="${state}"` : ''
    }/>`
  })
  const properties = `<workbookPr${date1904 ? ' date1904="1"' : ''}/>`
  return `${xmlHead}<workbook xmlns="${main}" xmlns:r="${relation}">${properties}<sheets>${
    elements.join('')
  }</sheets></workbook>`
}

function workbookRelations(sheets: number, sharedStrings: boolean): string {
  const one = (id: number, type: string, target: string): string =>
    `<Relationship Id="rId${id}" Type="${relation}/${type}" Target="${target}"/>`
  const all = Array.from(
    { length: sheets },
    (_, index) => one(index + 1, 'worksheet', `worksheets/sheet${index + 1}.xml`),
  )
  all.push(one(900, 'styles', 'styles.xml'))
  if (sharedStrings) all.push(one(901, 'sharedStrings', '/xl/sharedStrings.xml'))
  return `${xmlHead}<Relationships xmlns="${office}/package/2006/relationships">${
    all.join('')
  }</Relationships>`
}

function stylesXml(formats: readonly (number | string)[]): string {
  const ids = formats.map((format, index) => typeof format === 'string' ? 200 + index : format)
  const custom = formats.flatMap((format, index) =>
    typeof format === 'string' ? [`<numFmt numFmtId="${ids[index]}" formatCode="${escapeXml(format)}"/>`] : []
  ).join('')
  const styles = ids.map((id) => `<xf numFmtId="${id}" xfId="0" applyNumberFormat="1"/>`).join('')
  return `${xmlHead}<styleSheet xmlns="${main}">${
    custom ? `<numFmts>${custom}</numFmts>` : ''
  }<cellXfs>${styles}</cellXfs></styleSheet>`
}

function stringsXml(texts: readonly string[]): string {
  const items = texts.map((text) => `<si>${text.startsWith('<') ? text : `<t>${escapeXml(text)}</t>`}</si>`)
  return `${xmlHead}<sst xmlns="${main}">${items.join('')}</sst>`
}

function sheetXml({ rows, merges }: SheetSpec): string {
  const merged = merges?.map((range) => `<mergeCell ref="${range}"/>`).join('')
  return `${xmlHead}<worksheet xmlns="${main}"><sheetData>${rows}</sheetData>${
    merged ? `<mergeCells>${merged}</mergeCells>` : ''
  }</worksheet>`
}

/** One row of inline cells: text, numbers, booleans, and `null` for a cell that is not there. */
export function sheetRow(index: number, cells: readonly (string | number | boolean | null)[]): string {
  return `<row r="${index}">${
    cells.map((cell, column) => {
      const reference = `${columnName(column)}${index}`
      if (cell === null) return ''
      if (typeof cell === 'number') return `<c r="${reference}"><v>${cell}</v></c>`
      if (typeof cell === 'boolean') return `<c r="${reference}" t="b"><v>${cell ? 1 : 0}</v></c>`
      return `<c r="${reference}" t="inlineStr"><is><t>${escapeXml(cell)}</t></is></c>`
    }).join('')
  }</row>`
}

function columnName(index: number): string {
  let name = ''
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + (rest - 1) % 26) + name
  }
  return name
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(
    '"',
    '&quot;',
  )
}

/** A presentation: the shapes of each slide in DrawingML, and its notes. */
export async function pptx(
  slides: readonly { readonly shapes: string; readonly notes?: string; readonly hidden?: boolean }[],
): Promise<Uint8Array<ArrayBuffer>> {
  const drawing =
    `xmlns:a="${office}/drawingml/2006/main" xmlns:p="${office}/presentationml/2006/main" xmlns:r="${relation}"`
  const relations = (items: readonly string[]): string =>
    `${xmlHead}<Relationships xmlns="${office}/package/2006/relationships">${items.join('')}</Relationships>`
  const one = (id: string, type: string, target: string): string =>
    `<Relationship Id="${id}" Type="${relation}/${type}" Target="${target}"/>`
  const tree = (shapes: string): string => `<p:cSld><p:spTree>${shapes}</p:spTree></p:cSld>`
  return await zip([
    { name: '[Content_Types].xml', data: `${xmlHead}<Types xmlns="${office}/package/2006/content-types"/>` },
    { name: '_rels/.rels', data: relations([one('r1', 'officeDocument', 'ppt/presentation.xml')]) },
    {
      name: 'ppt/presentation.xml',
      data: `${xmlHead}<p:presentation ${drawing}><p:sldIdLst>${
        slides.map((_, index) => `<p:sldId id="${256 + index}" r:id="s${index}"/>`).join('')
      }</p:sldIdLst></p:presentation>`,
    },
    {
      name: 'ppt/_rels/presentation.xml.rels',
      data: relations(slides.map((_, index) => one(`s${index}`, 'slide', `slides/slide${index}.xml`))),
    },
    ...slides.flatMap(({ shapes, notes, hidden }, index) => [
      {
        name: `ppt/slides/slide${index}.xml`,
        data: `${xmlHead}<p:sld ${drawing}${hidden ? ' show="0"' : ''}>${tree(shapes)}</p:sld>`,
      },
      ...(notes === undefined ? [] : [
        {
          name: `ppt/slides/_rels/slide${index}.xml.rels`,
          data: relations([one('n', 'notesSlide', `../notesSlides/notes${index}.xml`)]),
        },
        {
          name: `ppt/notesSlides/notes${index}.xml`,
          data: `${xmlHead}<p:notes ${drawing}>${
            tree(slideShape([notes], 'body') + slideShape(['7'], 'sldNum'))
          }</p:notes>`,
        },
      ]),
    ]),
  ])
}

/** A shape of a slide with lines of text. */
export function slideShape(lines: readonly string[], placeholder?: string): string {
  const role = placeholder === undefined ? '' : `<p:nvPr><p:ph type="${placeholder}"/></p:nvPr>`
  const paragraphs = lines.map((line) => `<a:p><a:r><a:t>${escapeXml(line)}</a:t></a:r></a:p>`).join('')
  return `<p:sp><p:nvSpPr>${role}</p:nvSpPr><p:txBody>${paragraphs}</p:txBody></p:sp>`
}

/** An OpenDocument file with this content of `office:body`. */
export async function odf(
  type: 'text' | 'spreadsheet' | 'presentation',
  body: string,
  extra: readonly ZipEntry[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  const names = ['office', 'text', 'table', 'draw', 'presentation', 'style', 'meta'].map((name) =>
    `xmlns:${name}="urn:oasis:names:tc:opendocument:xmlns:${name}:1.0"`
  ).join(' ')
  return await zip([
    { name: 'mimetype', data: `application/vnd.oasis.opendocument.${type}` },
    {
      name: 'content.xml',
      data:
        `${xmlHead}<office:document-content ${names} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:body><office:${type}>${body}</office:${type}></office:body></office:document-content>`,
    },
    ...extra,
  ])
}

/** A book with a chapter for each page of XHTML. */
export async function epub(chapters: readonly string[], metadata = ''): Promise<Uint8Array<ArrayBuffer>> {
  return await zip([
    { name: 'mimetype', data: 'application/epub+zip' },
    {
      name: 'META-INF/container.xml',
      data:
        `${xmlHead}<container><rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`,
    },
    {
      name: 'OEBPS/book.opf',
      data:
        `${xmlHead}<package><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">${metadata}</metadata><manifest>${
          chapters.map((_, index) =>
            `<item id="c${index}" href="text%20${index}.xhtml" media-type="application/xhtml+xml"/>`
          ).join('')
        }</manifest><spine>${
          chapters.map((_, index) => `<itemref idref="c${index}"/>`).join('')
        }</spine></package>`,
    },
    ...chapters.map((data, index) => ({ name: `OEBPS/text ${index}.xhtml`, data })),
  ])
}
