/** DOCX and XLSX, built here part by part; and zip files that are damaged, encrypted or bombs. */
import assert from 'node:assert/strict'
import { chunk } from '../../../chunk/mod.ts'
import { concat, docx, paragraph, sheetRow, wordTable, xlsx, zip } from '../../testing/archives.ts'
import { documentOf, only, outline, partsOf, refusedAs, table } from '../../testing/extracting.ts'
import { dateKind, toIsoDate } from './xlsx_dates.ts'

const listNumbering = '<w:abstractNum w:abstractNumId="1">' +
  '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/></w:lvl></w:abstractNum>' +
  '<w:abstractNum w:abstractNumId="2"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>' +
  '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num>'

function item(text: string, list: number, level = 0): string {
  return `<w:p><w:pPr><w:numPr><w:ilvl w:val="${level}"/><w:numId w:val="${list}"/></w:numPr></w:pPr><w:r><w:t>${text}</w:t></w:r></w:p>`
}

Deno.test('a Word document is its headings, text, lists and tables', async () => {
  const data = await docx(
    paragraph('The Title', 'Title') + paragraph('Intro', 'Heading1') + paragraph('Hello & welcome.') +
      paragraph('Second paragraph.') + item('one', 1) + item('inner', 1, 1) + item('inner too', 1, 1) +
      item('two', 1) +
      item('dot', 2) + paragraph('styled item', 'Dots') + paragraph('Derived', 'MyHeading') +
      wordTable([['Name', 'Spend'], ['A', '10'], ['B', '20']]) +
      paragraph('After.'),
    {
      core:
        '<dc:title>Report</dc:title><dc:creator>Ann</dc:creator><dc:language>en-GB</dc:language><dcterms:created>2024-01-02T03:04:05Z</dcterms:created>',
      numbering: listNumbering,
      styles: '<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style>' +
        '<w:style w:type="paragraph" w:styleId="MyHeading"><w:name w:val="Mine"/><w:basedOn w:val="Heading2"/></w:style>' +
        '<w:style w:type="paragraph" w:styleId="Dots"><w:name w:val="List Bullet"/><w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style>',
    },
  )
  const parts = await partsOf('report.docx', data)
  const document = documentOf(parts)
  assert.deepEqual([document.type, document.title, document.language], ['docx', 'Report', 'en-GB'])
  assert.deepEqual(document.metadata, { author: 'Ann', created: '2024-01-02T03:04:05Z' })
  assert.deepEqual(outline(parts), [
    [1, 'The Title', ''],
    [
      1,
      'Intro',
      'Hello & welcome.\n\nSecond paragraph.\n\n1. one\n  1. inner\n  2. inner too\n2. two\n- dot\n- styled item',
    ],
    [2, 'Intro > Derived', ''],
    [2, 'Intro > Derived', 'After.'],
  ])
  const { columns, rows, batches } = table(parts)
  assert.deepEqual([columns, rows], [['Name', 'Spend'], [['A', '10'], ['B', '20']]])
  assert.deepEqual(batches[0]?.heading_path, ['Intro', 'Derived'])
})

Deno.test('runs are joined; tabs, breaks, links, notes and formulas are kept; what is not in the text is not', async () => {
  const data = await docx(
    '<w:p><w:pPr><w:tabs><w:tab w:val="left" w:pos="1"/></w:tabs><w:rPr><w:vanish/></w:rPr></w:pPr><w:r><w:t xml:space="preserve">One </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>bold</w:t><w:tab/><w:t>tab</w:t><w:br/><w:t>line</w:t></w:r>' +
      '<w:hyperlink><w:r><w:t xml:space="preserve"> link</w:t></w:r></w:hyperlink><w:r><w:noBreakHyphen/><w:t>x</w:t></w:r>' +
      '<w:del><w:r><w:delText>deleted</w:delText></w:r></w:del><w:ins><w:r><w:t xml:space="preserve"> inserted</w:t></w:r></w:ins>' +
      '<w:moveFrom><w:r><w:t>moved away</w:t></w:r></w:moveFrom><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>' +
      '<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:footnoteReference w:id="2"/></w:r>' +
      '<m:oMath xmlns:m="m"><m:r><m:t>E=mc²</m:t></m:r></m:oMath></w:p>' +
      '<w:p><w:r><mc:AlternateContent xmlns:mc="mc"><mc:Choice><w:txbxContent><w:p><w:r><w:t>Box</w:t></w:r></w:p></w:txbxContent></mc:Choice>' +
      '<mc:Fallback><w:p><w:r><w:t>Box</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent><w:t>Around</w:t></w:r></w:p>',
    {
      footnotes:
        '<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>-</w:t></w:r></w:p></w:footnote><w:footnote w:id="2"><w:p><w:r><w:t>The note.</w:t></w:r></w:p></w:footnote>',
    },
  )
  assert.deepEqual(outline(await partsOf('a.docx', data)), [
    [0, '', 'One bold tab\nline link-x inserted[1]E=mc²\n\n[1] The note.\n\nBox\n\nAround'],
  ])
})

Deno.test('cells that are merged, nested tables and marked headers are read', async () => {
  const cell = (text: string, properties = ''): string =>
    `<w:tc><w:tcPr>${properties}</w:tcPr>${paragraph(text)}</w:tc>`
  const data = await docx(
    `<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>${cell('2020')}${
      cell('2021', '<w:gridSpan w:val="2"/>')
    }</w:tr>` +
      `<w:tr>${cell('a', '<w:vMerge w:val="restart"/>')}${cell('b')}${cell('c')}</w:tr>` +
      `<w:tr>${cell('', '<w:vMerge/>')}${cell('d')}<w:tc>${paragraph('in')}${
        wordTable([['x', 'y']])
      }</w:tc></w:tr></w:tbl>` +
      wordTable([['A frame around text']]),
  )
  const parts = await partsOf('a.docx', data)
  const { columns, rows } = table(parts)
  assert.deepEqual([columns, rows], [['2020', '2021', 'column_3'], [['a', 'b', 'c'], ['a', 'd', 'in x | y']]])
  assert.deepEqual(outline(parts), [[0, '', 'A frame around text']])
})

Deno.test('a document without a title is named by its first heading, or by its file', async () => {
  assert.equal(
    documentOf(await partsOf('a.docx', await docx(paragraph('x') + paragraph('Head', 'Heading1')))).title,
    'Head',
  )
  assert.equal(documentOf(await partsOf('My file.docx', await docx(paragraph('x')))).title, 'My file')
})

Deno.test('a workbook is a table a sheet, its cells typed', async () => {
  const data = await xlsx([
    {
      name: 'Data & more',
      rows: '<row r="1"><c r="B1" t="inlineStr"><is><t>Report 2024</t></is></c></row>' +
        '<row r="3"><c r="B3" t="s"><v>0</v></c><c r="C3" t="s"><v>1</v></c><c r="D3" t="s"><v>2</v></c><c r="E3" t="s"><v>3</v></c></row>' +
        '<row r="4"><c r="B4" s="1"><v>45292</v></c><c r="C4"><v>10.5</v></c><c r="D4" t="b"><v>1</v></c><c r="E4" t="str"><f>A1</f><v>text</v></c></row>' +
        '<row r="5"><c r="B5" s="2"><v>45292.75</v></c><c r="C5"><v>1E3</v></c><c r="D5" t="e"><v>#N/A</v></c><c r="E5"><f>B1+1</f></c></row>' +
        '<row r="6"><c r="B6" s="3"><v>0.5</v></c><c r="D6" t="b"><v>0</v></c><c r="E6" t="d"><v>2024-02-03T00:00:00</v></c></row>' +
        '<row r="7"><c r="B7" s="4"><v>1.5</v></c></row><row r="8"/>',
    },
    { name: 'Empty', rows: '' },
    {
      name: 'Hidden',
      rows: sheetRow(1, ['Ad spend', 'Other cost', 'Revenue']) + sheetRow(2, [1, 2, 9]) +
        sheetRow(3, [10, 20, 90]),
      state: 'hidden',
    },
  ], {
    sharedStrings: [
      'When',
      'Amount_x0020_',
      '<r><t>Fl</t></r><r><t>ag</t></r><rPh><t>x</t></rPh>',
      'Formula',
    ],
    formats: [0, 14, 'yyyy\\-mm\\-dd hh:mm', 'h:mm AM/PM', '[h]:mm', '"Q"0'],
  })
  const parts = await partsOf('book.xlsx', data)
  const document = documentOf(parts)
  assert.equal(document.type, 'xlsx')
  assert.deepEqual(document.metadata['sheets'], [
    { name: 'Data & more', hidden: false },
    { name: 'Empty', hidden: false },
    { name: 'Hidden', hidden: true },
  ])
  const first = table(parts, 0)
  assert.deepEqual([first.batches[0]?.sheet, first.batches[0]?.caption], ['Data & more', 'Report 2024'])
  assert.deepEqual(first.columns, ['When', 'Amount', 'Flag', 'Formula'])
  assert.deepEqual(first.rows, [
    ['2024-01-01', 10.5, true, 'text'],
    ['2024-01-01T18:00:00', 1000, '#N/A', null],
    ['12:00:00', null, false, '2024-02-03'],
    ['36:00:00', null, null, null],
  ])
  assert.deepEqual([table(parts, 1).batches[0]?.sheet, table(parts, 1).batches[0]?.caption], [
    'Hidden',
    'hidden sheet',
  ])
  assert.deepEqual(only(parts, 'evidence').map(({ locator, content_type }) => [locator, content_type]), [
    ['book.xlsx#Data & more', 'xlsx'],
    ['book.xlsx#Hidden', 'xlsx'],
  ])
  assert.deepEqual(only(parts, 'fact').map(({ entity, metrics }) => [entity, metrics]), [
    ['Hidden', { spend: 33, revenue: 99, roas: 3 }],
  ])
  assert.deepEqual(only(parts, 'warning').map(({ code, count }) => [code, count]), [
    ['hidden_sheets', 1],
    ['formulas_without_value', 1],
  ])
})

Deno.test('numbers are kept with the text that the workbook shows for them, and passages have both', async () => {
  const formats = [0, '00000', '0.0%', '#,##0.00 "EUR"', 20, 'd.m.yyyy', 2, '[Red]-0.00;(0.0', 10]
  const cells = [1234, 1234, 0.125, 1234.5, 0.5, 45_351, 2.5, 7, 0.5]
  const references = 'ABCDEFGHI'
  const data = await xlsx([{
    name: 'S',
    rows: sheetRow(1, ['plain', 'zip', 'share', 'price', 'time', 'date', 'two', 'odd', 'half']) +
      `<row r="2">${
        cells.map((value, index) => `<c r="${references[index]}2" s="${index}"><v>${value}</v></c>`).join('')
      }</row>`,
  }], { formats })
  const parts = await partsOf('a.xlsx', data)
  const { rows, batches } = table(parts)
  assert.deepEqual(rows, [[1234, 1234, 0.125, 1234.5, '12:00:00', '2024-02-29', 2.5, 7, 0.5]])
  assert.deepEqual(batches[0]?.shown?.[0]?.slice(0, 7), [
    null,
    '01234',
    '12.5%',
    '1,234.50 EUR',
    '12:00',
    '29.2.2024',
    null,
  ])
  const [passage] = await Array.fromAsync(chunk(parts))
  assert.match(passage?.text ?? '', /1234 \| 01234 \(1234\) \| 12.5% \(0.125\) \| 1,234.50 EUR \(1234.5\)/)
})

Deno.test('headers of two rows are one name for each column, merged or not; merged cells of the body are filled', async () => {
  const body = sheetRow(4, ['North', 'A', 1, 2, 3, 4]) + sheetRow(5, [null, 'B', 5, 6, 7, 8])
  const merged = await xlsx([{
    name: 'S',
    rows: sheetRow(1, ['Sales of the year']) +
      sheetRow(2, ['Region', 'Product', '2023', null, '2024', null]) +
      sheetRow(3, [null, null, 'Units', 'Price', 'Units', 'Price']) + body,
    merges: ['A1:F1', 'A2:A3', 'B2:B3', 'C2:D2', 'E2:F2', 'A4:A5'],
  }])
  const names = ['Region', 'Product', '2023 Units', '2023 Price', '2024 Units', '2024 Price']
  const found = table(await partsOf('a.xlsx', merged))
  assert.deepEqual([found.columns, found.batches[0]?.caption], [names, 'Sales of the year'])
  assert.deepEqual(found.rows, [['North', 'A', 1, 2, 3, 4], ['North', 'B', 5, 6, 7, 8]])
  const plain = await xlsx([{
    name: 'S',
    rows: sheetRow(2, [null, null, '2023', null, '2024', null]) +
      sheetRow(3, ['Region', 'Product', 'Units', 'Price', 'Units', 'Price']) + body,
  }])
  assert.deepEqual(table(await partsOf('a.xlsx', plain)).columns, names)
})

Deno.test('a workbook without a cell has a warning', async () => {
  const parts = await partsOf(
    'a.xlsx',
    await xlsx([{ name: 'S', rows: '<row r="1"><c r="A1" s="0"/></row>' }]),
  )
  assert.deepEqual(only(parts, 'warning').map(({ code }) => code), ['no_text'])
})

Deno.test('serial numbers are dates as Excel counts them', () => {
  const cases: [number, Parameters<typeof toIsoDate>[1], boolean, string | null][] = [
    [1, 'date', false, '1900-01-01'],
    [59, 'date', false, '1900-02-28'],
    [61, 'date', false, '1900-03-01'],
    [45_292, 'date', false, '2024-01-01'],
    [45_292.000_011_574, 'datetime', false, '2024-01-01T00:00:01'],
    [43_830, 'date', true, '2024-01-01'],
    [2_958_465, 'date', false, '9999-12-31'],
    [-1, 'date', false, '1899-12-29'],
    [-40_000, 'date', false, '1790-06-24'],
    [-1_000_000, 'date', false, null],
    [-1.5, 'elapsed', false, '-36:00:00'],
    [5_000_000, 'date', false, null],
    [0.999_988_426, 'time', false, '23:59:59'],
  ]
  for (const [serial, kind, date1904, iso] of cases) {
    assert.equal(toIsoDate(serial, kind, date1904), iso, `${serial}`)
  }
})

Deno.test('formats show dates, or do not', () => {
  const cases: [string, string | null][] = [
    ['yyyy-mm-dd', 'date'],
    ['d.m.yyyy', 'date'],
    ['mmm-yy', 'date'],
    ['mmmm', 'date'],
    ['dd/mm/yyyy hh:mm', 'datetime'],
    ['h:mm:ss', 'time'],
    ['mm:ss.0', 'time'],
    ['[h]:mm:ss', 'elapsed'],
    ['[$-409]d-mmm-yyyy;@', 'date'],
    ['0.00', null],
    ['#,##0.00 "m"', null],
    ['"day" 0', null],
    ['[Red]#,##0', null],
    ['General', null],
    ['0.00E+00', null],
    ['\\d0', null],
    ['_-* #,##0.00 €_-', null],
  ]
  for (const [code, kind] of cases) assert.equal(dateKind(code), kind, code)
})

Deno.test('long sheets come in batches; parts may be anywhere; rows may lack their numbers', async () => {
  const rows = Array.from(
    { length: 1_500 },
    (_, index) => `<row><c><v>${index}</v></c><c t="inlineStr"><is><t>r${index}</t></is></c></row>`,
  ).join('')
  const data = await xlsx([{
    name: 'S',
    rows: `<row><c t="inlineStr"><is><t>n</t></is></c><c t="inlineStr"><is><t>name</t></is></c></row>${rows}`,
  }])
  const found = table(await partsOf('a.xlsx', data))
  assert.equal(found.rows.length, 1_500)
  assert.ok(found.rows.every(([n, name], index) => n === index && name === `r${index}`))
  assert.ok(found.batches.length >= 3)
})

Deno.test('cells that are too far out, too long or too many are dropped or cut, with a warning', async () => {
  const data = await xlsx([{
    name: 'S',
    rows: `<row r="1"><c r="A1"><v>1</v></c><c r="XFE1"><v>2</v></c><c r="B1" t="inlineStr"><is><t>${
      'x'.repeat(40_000)
    }</t></is></c></row>`,
  }])
  const parts = await partsOf('a.xlsx', data)
  assert.equal(`${table(parts).rows[0]?.[1]}`.length, 32_767)
  assert.deepEqual(only(parts, 'warning').map(({ code }) => code).sort(), [
    'cells_truncated',
    'columns_dropped',
  ])
})

Deno.test('rows that hold one cell each, far out, are refused before they fill the memory', async () => {
  const rows = Array.from(
    { length: 50 },
    (_, index) => `<row r="${index + 1}"><c r="XFD${index + 1}"><v>1</v></c></row>`,
  ).join('')
  const data = await xlsx([{ name: 'S', rows }])
  assert.equal(table(await partsOf('a.xlsx', data)).columns.length, 1)
  await refusedAs('too_many_parts', 'a.xlsx', data, { limits: { emptyCells: 40 * 16_383 } })
})

Deno.test('zip bombs are refused at the limit, whatever size the file declares', async () => {
  const zeros = '<row r="1"><c r="A1"><v>1</v></c></row>'.repeat(400_000)
  const bomb = await xlsx([{ name: 'S', rows: zeros }])
  assert.ok(bomb.length < 300_000)
  const cause = await refusedAs('inflates_too_much', 'a.xlsx', bomb, {
    limits: { sheetBytes: 4 * 1024 * 1024 },
  })
  assert.equal(cause.status, 413)
  await refusedAs('inflates_too_much', 'a.docx', await docx(paragraph('x'.repeat(3_000_000))), {
    limits: { docxPartBytes: 1024 * 1024 },
  })
  const strings = await xlsx([{ name: 'S', rows: sheetRow(1, [1]) }], {
    sharedStrings: ['x'.repeat(3_000_000)],
  })
  await refusedAs('inflates_too_much', 'a.xlsx', strings, { limits: { sharedStringsBytes: 1024 * 1024 } })
  const lying = await zip([{
    name: 'word/document.xml',
    data: `<a>${' '.repeat(3_000_000)}</a>`,
    claimedSize: 10,
  }])
  await refusedAs('inflates_too_much', 'a.docx', lying, { limits: { docxPartBytes: 1024 * 1024 } })
  const many = await zip([
    { name: 'xl/workbook.xml', data: '<a/>' },
    ...Array.from({ length: 200 }, (_, index) => ({ name: `f${index}`, data: '' })),
  ])
  await refusedAs('too_many_parts', 'a.xlsx', many, { limits: { zipEntries: 100 } })
  await refusedAs(
    'too_many_parts',
    'a.xlsx',
    await xlsx(Array.from({ length: 20 }, (_, index) => ({ name: `S${index}`, rows: '' }))),
    { limits: { sheets: 10 } },
  )
})

Deno.test('files that are too large are refused, by their own limit', async () => {
  const data = await docx(paragraph('x'), {
    extra: [{ name: 'word/media/a.bin', data: crypto.getRandomValues(new Uint8Array(50_000)), stored: true }],
  })
  await refusedAs('file_too_large', 'a.docx', data, { limits: { docxBytes: 10_000 } })
  await refusedAs('file_too_large', 'renamed.xlsx', data, { limits: { docxBytes: 10_000 } })
  assert.ok(await partsOf('a.docx', data))
})

Deno.test('damaged, encrypted and unsafe parts are refused', async () => {
  const good = await docx(paragraph('x'))
  for (const cut of [10, 100, good.length - 30]) await refusedAs('damaged_file', 'a.docx', good.slice(0, cut))
  const wrong = good.slice()
  for (let index = 60; index < 400; index += 7) wrong[index] = (wrong[index] ?? 0) ^ 0xff
  await refusedAs('damaged_file', 'a.docx', wrong)
  await refusedAs(
    'encrypted_file',
    'a.docx',
    await zip([{ name: 'word/document.xml', data: '<a/>', flags: 1 }]),
  )
  await refusedAs(
    'unsafe_xml',
    'a.docx',
    await zip([{ name: 'word/document.xml', data: '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>' }]),
  )
  await refusedAs('too_deeply_nested', 'a.docx', await docx('<w:tbl>'.repeat(500)))
  await refusedAs('invalid_xml', 'a.docx', await zip([{ name: 'word/document.xml', data: '<a><b></a>' }]))
  await refusedAs('invalid_xml', 'a.xlsx', await xlsx([{ name: 'S', rows: '<row><c></row>' }]))
  await refusedAs('too_deeply_nested', 'a.xlsx', await xlsx([{ name: 'S', rows: '<row>'.repeat(500) }]))
  await refusedAs('legacy_format', 'a.xlsb', await zip([{ name: 'xl/workbook.bin', data: 'x' }]))
})

Deno.test('names of parts that try to leave the zip lead nowhere', async () => {
  const data = await zip([
    { name: 'xl/workbook.xml', data: '<workbook><sheets><sheet name="S" id="r1"/></sheets></workbook>' },
    {
      name: 'xl/_rels/workbook.xml.rels',
      data:
        '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="../../../etc/passwd"/></Relationships>',
    },
  ])
  assert.deepEqual(only(await partsOf('a.xlsx', data), 'table'), [])
})

Deno.test('bytes before a zip, and a comment after it, do not matter where offsets still fit', async () => {
  const data = await docx(paragraph('Commented'))
  const commented = concat([data, new TextEncoder().encode('hello')])
  commented[data.length - 2] = 5
  assert.deepEqual(outline(await partsOf('a.docx', commented)), [[0, '', 'Commented']])
})
