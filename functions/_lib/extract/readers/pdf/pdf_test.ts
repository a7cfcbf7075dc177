/** PDF: pages, headings, tables and paragraphs by their geometry; and PDFs that are damaged, encrypted or bombs. */
import assert from 'node:assert/strict'
import { deflate } from '../../testing/archives.ts'
import { documentOf, only, outline, partsOf, refusedAs, table } from '../../testing/extracting.ts'
import { type Drawn, grid, lines, pdf } from '../../testing/pdfs.ts'
import { pdfDate } from './date.ts'

const body = (count: number, from = 640): Drawn[] =>
  lines(
    Array.from({ length: count }, (_, index) =>
      `Line ${index} of the running text that fills the page from left to right.`),
    from,
  )

Deno.test('a PDF becomes its pages, with its metadata', async () => {
  const parts = await partsOf(
    'report.pdf',
    await pdf([body(5), body(3), body(2)], {
      info: {
        Title: 'Annual Report',
        Author: 'Ann',
        CreationDate: "D:20240102030405+01'00'",
        Producer: 'Hand',
      },
      language: 'en-GB',
      compress: true,
    }),
  )
  const document = documentOf(parts)
  assert.deepEqual([document.type, document.title, document.language, document.page_count], [
    'pdf',
    'Annual Report',
    'en-GB',
    3,
  ])
  assert.deepEqual([document.metadata['author'], document.metadata['created']], [
    'Ann',
    '2024-01-02T02:04:05.000Z',
  ])
  const sections = only(parts, 'section')
  assert.deepEqual(sections.map(({ page, continued }) => [page, continued]), [[1, false], [2, true], [
    3,
    true,
  ]])
  assert.match(
    sections[0]?.text ?? '',
    /^Line 0 of the running text .* Line 4 of the running text that fills/,
  )
  assert.deepEqual(only(parts, 'evidence').map(({ locator, coordinates }) => [locator, coordinates]), [
    ['report.pdf#section0', { page: 1, bbox: null }],
    ['report.pdf#section1', { page: 2, bbox: null }],
    ['report.pdf#section2', { page: 3, bbox: null }],
  ])
})

Deno.test('larger lines are headings, their levels by size; two lines of one heading are one', async () => {
  const parts = await partsOf(
    'a.pdf',
    await pdf([[
      { text: 'The Great', x: 72, y: 740, size: 24, font: 'F2' },
      { text: 'Report', x: 72, y: 712, size: 24, font: 'F2' },
      ...body(3, 680),
      { text: '1. Results', x: 72, y: 600, size: 16, font: 'F2' },
      ...body(3, 580),
      { text: '1.1 Details', x: 72, y: 500, size: 13, font: 'F2' },
      ...body(2, 480),
      { text: '1.2 Numbered in bold', x: 72, y: 420, font: 'F2' },
      ...body(2, 400),
      { text: 'A line in bold', x: 72, y: 340, font: 'F2' },
      ...body(2, 320),
      { text: '2. Outlook', x: 72, y: 250, size: 16, font: 'F2' },
      ...body(2, 230),
    ]]),
  )
  assert.deepEqual(outline(parts).map(([level, path]) => [level, path]), [
    [1, 'The Great Report'],
    [2, 'The Great Report > 1. Results'],
    [3, 'The Great Report > 1. Results > 1.1 Details'],
    [4, 'The Great Report > 1. Results > 1.1 Details > 1.2 Numbered in bold'],
    [2, 'The Great Report > 2. Outlook'],
  ])
  assert.equal(documentOf(parts).title, 'The Great')
  const [structure] = only(parts, 'structure')
  assert.equal(structure?.hierarchy.sections[0]?.subsections[0]?.subsections[0]?.title, '1.1 Details')
})

Deno.test('bookmarks name headings that their size does not', async () => {
  const parts = await partsOf(
    'a.pdf',
    await pdf([[...body(2, 700), { text: 'Chapter - One', x: 72, y: 640 }, ...body(2, 600), {
      text: 'Other',
      x: 72,
      y: 540,
    }, ...body(1, 500)]], {
      bookmarks: ['Chapter One'],
    }),
  )
  assert.deepEqual(outline(parts).map(([level, path]) => [level, path]), [[0, ''], [1, 'Chapter - One']])
})

Deno.test('lines are joined to paragraphs, hyphens taken out, lists and code keep their lines', async () => {
  const parts = await partsOf(
    'a.pdf',
    await pdf([[
      ...lines(['This line goes on and is hyphen-', 'ated in the middle. It ends here.'], 700),
      ...lines(['A new paragraph after a gap.'], 650),
      ...lines(['• first', '• second'], 600),
      ...lines(['let x = 1', 'return x'], 500, { font: 'F3' }),
    ]]),
  )
  assert.deepEqual(only(parts, 'section')[0]?.text.split('\n\n'), [
    'This line goes on and is hyphenated in the middle. It ends here.',
    'A new paragraph after a gap.',
    '• first\n• second',
    'let x = 1\nreturn x',
  ])
})

Deno.test('columns of prose are read one after the other, and are no table', async () => {
  const left = lines(Array.from({ length: 12 }, (_, index) => `left line ${index} has some words`), 700, {
    x: 72,
  })
  const right = lines(Array.from({ length: 12 }, (_, index) => `right line ${index} has some words`), 700, {
    x: 330,
  })
  const parts = await partsOf('a.pdf', await pdf([[...left, ...right]]))
  assert.deepEqual(only(parts, 'table'), [])
  const text = only(parts, 'section').map((section) => section.text).join(' ')
  assert.ok(text.indexOf('left line 11') < text.indexOf('right line 0'))
})

Deno.test('text that is drawn in any order reads from top to bottom', async () => {
  const drawn = lines(Array.from({ length: 12 }, (_, index) => `line ${index}.`), 700)
  const shuffled = [...drawn].sort((a, b) =>
    (Number(a.text.slice(5, -1)) * 7) % 12 - (Number(b.text.slice(5, -1)) * 7) % 12
  )
  const text = only(await partsOf('a.pdf', await pdf([shuffled])), 'section')[0]?.text ?? ''
  assert.deepEqual(text.match(/\d+/g)?.map(Number), Array.from({ length: 12 }, (_, index) => index))
})

Deno.test('titles and numbers that repeat on every page are no text', async () => {
  const pages = Array.from({ length: 6 }, (_, index) => [
    { text: 'Confidential report', x: 72, y: 770 },
    ...lines([`What page ${index} says.`], 600),
    { text: `Page ${index + 1} of 6`, x: 280, y: 30 },
  ])
  const texts = only(await partsOf('a.pdf', await pdf(pages)), 'section').map((section) => section.text)
  assert.deepEqual(texts, pages.map((_, index) => `What page ${index} says.`))
})

const columns = [72, 220, 320]

Deno.test('a table is its rows and columns, with its place', async () => {
  const parts = await partsOf(
    'a.pdf',
    await pdf([[
      ...body(2, 740),
      ...grid(
        [['Campaign', 'Spend', 'Revenue'], ['Alpha', '$100', '300'], ['Beta', '', '600'], [
          'Gamma',
          '50',
          '1,000',
        ]],
        columns,
        650,
      ),
      ...body(2, 500),
    ]]),
  )
  const { columns: names, rows, batches } = table(parts)
  assert.deepEqual(names, ['Campaign', 'Spend', 'Revenue'])
  assert.deepEqual(rows, [['Alpha', '$100', '300'], ['Beta', null, '600'], ['Gamma', '50', '1,000']])
  assert.equal(batches[0]?.page, 1)
  const [left = 0, bottom = 0, right = 0, top = 0] = batches[0]?.segments?.[0]?.bbox ?? []
  assert.ok(
    left === 72 && right > 340 && right < 400 && bottom < 600 && bottom > 580 && top > 655 && top < 670,
  )
  const [evidence] = only(parts, 'evidence').filter(({ content_type }) => content_type === 'table')
  assert.equal(evidence?.locator, 'a.pdf#table0')
  const [fact] = only(parts, 'fact').filter(({ entity }) => entity === 'table')
  assert.deepEqual(fact?.metrics, { spend: 150, revenue: 1900, roas: 1900 / 150 })
  assert.equal(fact?.evidence, 'a.pdf#table0')
  assert.equal(only(parts, 'section').length, 2)
})

Deno.test('cells of several lines are one cell; numbers set to the right stay in their column', async () => {
  const rows: Drawn[] = []
  const data = [['Item', 'Description', 'Total'], ['1', 'A pump for water', '9.50'], [
    '2',
    'Two hoses',
    '1,250.00',
  ], ['3', 'Tape', '10.00']]
  let y = 700
  for (const [index, [a = '', b = '', c = '']] of data.entries()) {
    rows.push({ text: a, x: 72, y }, { text: b, x: 130, y }, { text: c, x: 400 - c.length * 5.5, y })
    if (index === 2) rows.push({ text: 'of ten metres', x: 130, y: y - 12 })
    y -= index === 2 ? 36 : 24
  }
  const { rows: found } = table(await partsOf('a.pdf', await pdf([rows])))
  assert.deepEqual(found, [['1', 'A pump for water', '9.50'], ['2', 'Two hoses of ten metres', '1,250.00'], [
    '3',
    'Tape',
    '10.00',
  ]])
})

Deno.test('a table that goes over pages is one table', async () => {
  const head = ['Campaign', 'Spend', 'Clicks']
  const parts = await partsOf(
    'a.pdf',
    await pdf([
      [...body(1, 740), ...grid([head, ['A', '1', '10']], columns, 150)],
      [...grid([head, ['B', '2', '20'], ['C', '3', '30']], columns, 750), ...body(2, 500)],
      grid([head, ['Z', '9', '90']], columns, 750),
    ]),
  )
  const first = table(parts, 0)
  assert.deepEqual(first.rows.map(([name]) => name), ['A', 'B', 'C'])
  assert.deepEqual(first.batches.at(-1)?.segments?.map(({ page }) => page), [1, 2])
  assert.deepEqual(table(parts, 1).rows.map(([name]) => name), ['Z'], 'text stood between the two')
  const [evidence] = only(parts, 'evidence').filter(({ content_type }) => content_type === 'table')
  const full = evidence?.full_data as Record<string, unknown>
  assert.deepEqual([full['merged'], full['pages'], full['header_detected'], full['row_count']], [
    true,
    [1, 2],
    true,
    3,
  ])
  assert.ok(Array.isArray(evidence?.coordinates))
})

Deno.test('a financial statement is detected and summarized', async () => {
  const parts = await partsOf(
    'a.pdf',
    await pdf([
      grid(
        [['Item', '2023', '2024'], ['Total revenue', '1,000', '1,200'], ['Total expenses', '700', '(800)'], [
          'Net income',
          '300',
          '400',
        ]],
        columns,
        700,
      ),
    ]),
  )
  const [evidence] = only(parts, 'evidence').filter(({ content_type }) => content_type === 'financial_table')
  const statement = (evidence?.full_data as { statement: Record<string, unknown> }).statement
  assert.deepEqual(statement, {
    type: 'income_statement',
    confidence: 1,
    summary: { revenue: 1000, expenses: 700, net_income: 300, gross_profit: null },
  })
})

Deno.test('contents with leading dots, code and lists are no tables', async () => {
  const contents = Array.from({ length: 6 }, (_, index) => [
    { text: `Chapter ${index} . . . . . . . . . . .`, x: 72, y: 700 - index * 16 },
    { text: `${index + 3}`, x: 400, y: 700 - index * 16 },
  ]).flat()
  const list = Array.from({ length: 5 }, (_, index) => [
    { text: `${index + 1}.`, x: 72, y: 550 - index * 16 },
    { text: `Item number ${index} of the list`, x: 110, y: 550 - index * 16 },
  ]).flat()
  const code = grid([['int', 'first;'], ['char', 'second;'], ['long', 'third;'], ['void', 'fourth;']], [
    72,
    160,
  ], 400)
  assert.deepEqual(only(await partsOf('a.pdf', await pdf([[...contents, ...list, ...code]])), 'table'), [])
})

Deno.test('captions are charts, set formulas are formulas, and both are facts', async () => {
  const parts = await partsOf(
    'a.pdf',
    await pdf([[
      ...body(2, 700),
      ...lines(['Figure 1: Growth over time'], 600),
      ...lines(['E = m * c^2 + 1'], 550),
      ...body(2, 500),
    ]]),
  )
  const found = only(parts, 'evidence').filter(({ content_type }) =>
    content_type === 'chart' || content_type === 'formula'
  )
  assert.deepEqual(found.map(({ locator, preview }) => [locator, preview]), [
    ['a.pdf#chart0', 'Figure 1: Growth over time'],
    ['a.pdf#formula0', 'E = m * c^2 + 1'],
  ])
  assert.deepEqual(only(parts, 'fact').map(({ entity }) => entity), ['chart', 'formula', 'document_summary'])
  assert.deepEqual(only(parts, 'fact').at(-1)?.metrics, {
    pages: 1,
    text_sections: 1,
    tables: 0,
    charts: 1,
    formulas: 1,
    total_evidence: 3,
    total_facts: 2,
  })
})

Deno.test('what was filled into a form is text', async () => {
  const parts = await partsOf(
    'form.pdf',
    await pdf([lines(['Please fill in.'])], { fields: [['Name', 'Ann Lee'], ['Empty', '']] }),
  )
  assert.equal(documentOf(parts).metadata['form'], true)
  assert.deepEqual(outline(parts), [[0, '', 'Please fill in.\n\nName: Ann Lee']])
})

Deno.test('a PDF without text has a warning', async () => {
  const parts = await partsOf('scan.pdf', await pdf([[], []]))
  assert.equal(documentOf(parts).page_count, 2)
  assert.deepEqual(only(parts, 'warning').map(({ code }) => code), ['no_text'])
})

Deno.test('a title that a program left there is none', async () => {
  for (const title of ['Microsoft Word - x.docx', 'report_final.docx', 'Untitled', '  ']) {
    assert.equal(
      documentOf(await partsOf('My file.pdf', await pdf([lines(['a', 'b'])], { info: { Title: title } })))
        .title,
      'My file',
    )
  }
})

Deno.test('dates of PDF are read as far as they go', () => {
  assert.equal(pdfDate('D:20240102030405Z'), '2024-01-02T03:04:05.000Z')
  assert.equal(pdfDate("D:20240102030405-05'30'"), '2024-01-02T08:34:05.000Z')
  assert.equal(pdfDate('D:2024'), '2024-01-01T00:00:00.000Z')
  assert.equal(pdfDate('D:20249999'), null)
  assert.equal(pdfDate('yesterday'), null)
  assert.equal(pdfDate(null), null)
})

Deno.test('encrypted PDFs are refused', async () => {
  const hex = '<' + '00'.repeat(32) + '>'
  const data = await pdf([lines(['x'])], {
    trailer:
      `/Encrypt << /Filter /Standard /V 1 /R 2 /O ${hex} /U ${hex} /P -4 >> /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]`,
  })
  const cause = await refusedAs('encrypted_file', 'a.pdf', data)
  assert.equal(cause.status, 422)
})

Deno.test('damaged PDFs are refused, or read as far as they can be', async () => {
  await refusedAs('damaged_file', 'a.pdf', '%PDF-1.7\nnothing\n')
  const good = await pdf([lines(['Some text here.'])])
  await refusedAs('damaged_file', 'a.pdf', good.slice(0, 60))
  // A PDF whose table of objects cannot be found can be searched through.
  const text = new TextDecoder('latin1').decode(good).replace(/startxref\n\d+/, 'startxref\n7')
  const parts = await partsOf('a.pdf', Uint8Array.from(text, (character) => character.charCodeAt(0)))
  assert.equal(outline(parts)[0]?.[2], 'Some text here.')
})

Deno.test('PDFs with more pages than there may be, or that claim so, are refused', async () => {
  const pages = Array.from({ length: 12 }, () => lines(['x']))
  const cause = await refusedAs('too_many_pages', 'a.pdf', await pdf(pages), { limits: { pages: 10 } })
  assert.equal(cause.status, 413)
})

Deno.test('a PDF that claims a million pages it does not have takes no longer for it', async () => {
  const started = performance.now()
  const parts = await partsOf('a.pdf', await pdf([lines(['x'])], { pageCount: 1_000_000 }))
  assert.equal(documentOf(parts).page_count, 1)
  assert.ok(performance.now() - started < 10_000)
})

Deno.test('an unreadable page is left out, with a warning', async () => {
  const parts = await partsOf('a.pdf', await pdf([lines(['First page.'])], { missingPages: 1 }))
  assert.equal(outline(parts)[0]?.[2], 'First page.')
  assert.deepEqual(only(parts, 'warning').map(({ code, count }) => [code, count]), [['page_unreadable', 1]])
})

Deno.test('streams that inflate without end are refused before they are read', async () => {
  const bomb = await deflate(new Uint8Array(20 * 1024 * 1024), 'deflate')
  const limits = { pdfStreamBytes: 1024 * 1024 }
  const options = (dictionary: string, data: Uint8Array): Parameters<typeof pdf>[1] => ({
    rawContent: { dictionary, data },
  })
  for (
    const dictionary of [
      '/Filter /FlateDecode',
      '/Filter /Fl#61teDecode',
      '/Filter [ /FlateDecode ]',
      '/Filter /FlateDecode /Subtype /Image',
    ]
  ) {
    await refusedAs('inflates_too_much', 'a.pdf', await pdf([[]], options(dictionary, bomb)), { limits })
  }
  const twice = await deflate(bomb, 'deflate')
  await refusedAs(
    'inflates_too_much',
    'a.pdf',
    await pdf([[]], options('/Filter [/FlateDecode /FlateDecode]', twice)),
    { limits },
  )
})

Deno.test('a page that draws without end is refused', async () => {
  const text = new TextEncoder().encode('BT /F1 10 Tf ' + '1 0 0 1 10 10 Tm (ab) Tj '.repeat(30_000) + 'ET')
  const data = await pdf([[]], { rawContent: { dictionary: '', data: text } })
  await refusedAs('too_many_parts', 'a.pdf', data, { limits: { pageItems: 1_000 } })
})

Deno.test('a PDF beyond its limit is refused', async () => {
  await refusedAs('file_too_large', 'a.pdf', await pdf([lines(['x'])]), { limits: { pdfBytes: 500 } })
})
