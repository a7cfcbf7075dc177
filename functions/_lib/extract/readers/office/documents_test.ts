/** Presentations, OpenDocument, books, RTF, and what stands beside the text of a Word document. */
import assert from 'node:assert/strict'
import { docx, epub, odf, paragraph, pptx, slideShape, zip } from '../../testing/archives.ts'
import { documentOf, only, outline, partsOf, refusedAs, table } from '../../testing/extracting.ts'

const word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

Deno.test('headers, footers and comments of a Word document are sections of their own, once each', async () => {
  const data = await docx(paragraph('Body only.'), {
    asides: {
      header1: `<w:hdr ${word}>${paragraph('Invoice 0815')}</w:hdr>`,
      header2: `<w:hdr ${word}>${paragraph('Invoice 0815')}</w:hdr>`,
      footer1: `<w:ftr ${word}>${paragraph('IBAN DE89')}</w:ftr>`,
      comments: `<w:comments ${word}><w:comment w:id="0" w:author="Ann">${paragraph('Do not sign.')}${
        paragraph('Wait.')
      }</w:comment></w:comments>`,
    },
  })
  const parts = await partsOf('a.docx', data)
  assert.deepEqual(outline(parts), [
    [0, '', 'Body only.'],
    [1, 'Headers and footers', 'Invoice 0815\n\nIBAN DE89'],
    [1, 'Comments', 'Ann: Do not sign. Wait.'],
  ])
})

Deno.test('tracked changes read as if they were accepted, with a warning', async () => {
  const run = (text: string): string => `<w:r><w:t xml:space="preserve">${text}</w:t></w:r>`
  const data = await docx(
    `<w:p>${run('The price is ')}<w:del><w:r><w:delText>100 EUR</w:delText></w:r></w:del><w:ins>${
      run('250 EUR')
    }</w:ins>` +
      `<w:moveFrom>${run('OLD')}</w:moveFrom>${run(' per unit.')}</w:p>`,
  )
  const parts = await partsOf('a.docx', data)
  assert.deepEqual(outline(parts), [[0, '', 'The price is 250 EUR per unit.']])
  assert.deepEqual(only(parts, 'warning').map(({ code, count }) => [code, count]), [['tracked_changes', 2]])
})

Deno.test('a presentation is its slides: titles, text, tables and notes, without what stands on every slide', async () => {
  const cells = (row: string[]): string =>
    `<a:tr>${
      row.map((text) => `<a:tc><a:txBody><a:p><a:r><a:t>${text}</a:t></a:r></a:p></a:txBody></a:tc>`).join('')
    }</a:tr>`
  const data = await pptx([
    { shapes: slideShape(['Drying plan'], 'ctrTitle') + slideShape(['For the crew'], 'subTitle') },
    {
      shapes: slideShape(['2'], 'sldNum') + slideShape(['Rooms'], 'title') +
        slideShape(['Kitchen & hall', 'Cellar']) +
        `<p:graphicFrame><a:tbl>${cells(['Room', 'Moisture'])}${
          cells(['Hall', '28'])
        }</a:tbl></p:graphicFrame>`,
      notes: 'Mention the pump.',
    },
    { shapes: slideShape(['No title here']), hidden: true },
  ])
  const parts = await partsOf('plan.pptx', data)
  const document = documentOf(parts)
  assert.deepEqual([document.type, document.title, document.page_count], ['pptx', 'Drying plan', 3])
  assert.deepEqual(only(parts, 'section').map(({ heading, text, page }) => [heading, text, page]), [
    ['Drying plan', 'For the crew', 1],
    ['Rooms', 'Kitchen & hall\nCellar', 2],
    ['Rooms', 'Notes: Mention the pump.', 2],
    ['Slide 3 (hidden slide)', 'No title here', 3],
  ])
  const { columns, rows, batches } = table(parts)
  assert.deepEqual([columns, rows, batches[0]?.page], [['Room', 'Moisture'], [['Hall', '28']], 2])
})

Deno.test('an ODT is its headings, text, lists, tables, notes and comments; deleted text is not in it', async () => {
  const data = await odf(
    'text',
    '<text:tracked-changes><text:changed-region><text:deletion><text:p>GONE</text:p></text:deletion></text:changed-region></text:tracked-changes>' +
      '<text:h text:outline-level="1">Roof</text:h>' +
      '<text:p>It<text:s text:c="2"/>leaks<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Since May.</text:p></text:note-body></text:note>.' +
      '<office:annotation><dc:creator>Ann</dc:creator><dc:date>2024</dc:date><text:p>Check this.</text:p></office:annotation></text:p>' +
      '<text:list><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>inner</text:p></text:list-item></text:list></text:list-item><text:list-item><text:p>two</text:p></text:list-item></text:list>' +
      '<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Room</text:p></table:table-cell><table:table-cell><text:p>Value</text:p></table:table-cell></table:table-row></table:table-header-rows>' +
      '<table:table-row><table:table-cell><text:p>Hall</text:p></table:table-cell><table:table-cell><text:p>28</text:p></table:table-cell></table:table-row></table:table>',
    [
      {
        name: 'meta.xml',
        data:
          '<office:document-meta xmlns:dc="d"><dc:title>Report</dc:title><dc:language>de</dc:language></office:document-meta>',
      },
      {
        name: 'styles.xml',
        data:
          '<s><style:header xmlns:style="s"><text:p xmlns:text="t">Case 4711</text:p></style:header><text:p xmlns:text="t">no</text:p></s>',
      },
    ],
  )
  const parts = await partsOf('a.odt', data)
  assert.deepEqual([documentOf(parts).type, documentOf(parts).title, documentOf(parts).language], [
    'odt',
    'Report',
    'de',
  ])
  assert.deepEqual(outline(parts), [
    [1, 'Roof', 'It leaks[1].\n\n[1] Since May.\n\n- one\n  - inner\n- two'],
    [1, 'Headers and footers', 'Case 4711'],
    [1, 'Comments', 'Ann: Check this.'],
  ])
  assert.deepEqual([table(parts).columns, table(parts).rows], [['Room', 'Value'], [['Hall', '28']]])
  assert.deepEqual(only(parts, 'warning').map(({ code }) => code), ['tracked_changes'])
})

Deno.test('an ODS is a table a sheet, with values and what is shown; empty rows repeat to nothing', async () => {
  const text = (value: string): string =>
    `<table:table-cell office:value-type="string"><text:p>${value}</text:p></table:table-cell>`
  const data = await odf(
    'spreadsheet',
    '<table:table table:name="Rooms">' +
      `<table:table-row>${text('Name')}${text('Zip')}${text('Share')}${text('Day')}</table:table-row>` +
      `<table:table-row>${
        text('Ann')
      }<table:table-cell office:value-type="float" office:value="815"><text:p>00815</text:p></table:table-cell>` +
      '<table:table-cell office:value-type="percentage" office:value="0.125"><text:p>12.5%</text:p></table:table-cell>' +
      '<table:table-cell office:value-type="date" office:date-value="1810-03-01"><text:p>01.03.1810</text:p></table:table-cell>' +
      '<table:table-cell table:number-columns-repeated="16380"/></table:table-row>' +
      '<table:table-row table:number-rows-repeated="1048574"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>' +
      '</table:table><table:table table:name="Empty"/>',
  )
  const parts = await partsOf('a.ods', data)
  assert.equal(documentOf(parts).type, 'ods')
  const { columns, rows, batches } = table(parts)
  assert.deepEqual([columns, rows], [['Name', 'Zip', 'Share', 'Day'], [['Ann', 815, 0.125, '1810-03-01']]])
  assert.deepEqual([batches[0]?.sheet, batches[0]?.shown], ['Rooms', [[
    null,
    '00815',
    '12.5%',
    '01.03.1810',
  ]]])
  assert.equal(only(parts, 'table').length, 1)
  const bomb = await odf(
    'spreadsheet',
    `<table:table table:name="B"><table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row></table:table>`,
  )
  await refusedAs('too_many_parts', 'bomb.ods', bomb)
})

Deno.test('an ODP is its slides', async () => {
  const frame = (kind: string, text: string): string =>
    `<draw:frame presentation:class="${kind}"><draw:text-box><text:p>${text}</text:p></draw:text-box></draw:frame>`
  const data = await odf(
    'presentation',
    `<draw:page draw:name="page1">${frame('title', 'Plan')}${
      frame('outline', 'First step')
    }<presentation:notes>${
      frame('notes', 'Say hello.')
    }</presentation:notes></draw:page><draw:page draw:name="page2">${
      frame('outline', 'Second step')
    }</draw:page>`,
  )
  const parts = await partsOf('a.odp', data)
  assert.deepEqual([documentOf(parts).type, documentOf(parts).title, documentOf(parts).page_count], [
    'odp',
    'Plan',
    2,
  ])
  assert.deepEqual(only(parts, 'section').map(({ heading, text, page }) => [heading, text, page]), [
    ['Plan', 'First step\n\nNotes: Say hello.', 1],
    ['Slide 2', 'Second step', 2],
  ])
})

Deno.test('a book is its chapters in the order of reading', async () => {
  const page = (title: string, text: string): string =>
    `<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body><h1>${title}</h1><p>${text}</p></body></html>`
  const data = await epub(
    [page('One', 'It was dark.'), page('Two', 'It was <b>light</b>.')],
    '<dc:title>The Flood</dc:title><dc:language>en</dc:language><dc:creator>Ann</dc:creator>',
  )
  const parts = await partsOf('a.epub', data)
  const document = documentOf(parts)
  assert.deepEqual([document.type, document.title, document.language, document.metadata], [
    'epub',
    'The Flood',
    'en',
    { creator: 'Ann' },
  ])
  assert.deepEqual(outline(parts), [[1, 'One', 'It was dark.'], [1, 'Two', 'It was light.']])
})

Deno.test('RTF is text, headings, tables and notes, in any of its encodings', async () => {
  const parts = await partsOf(
    'a.rtf',
    String
      .raw`{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial;}}{\colortbl;\red0;}
{\stylesheet{\s0 Normal;}{\s1 heading 1;}}{\info{\title The report}{\author Ann}}
{\header\pard Case 4711\par}
\pard\s1 Roof\par
\pard Gr\'fc\'dfe \u8364? {\f1\'cf\'f0\'e8\'e2\'e5\'f2} and {\b bold}{\v hidden}.{\footnote\pard Since May.}\line next\par
{\*\generator Word;}{\pict\pngblip 89504e47}{\*\unknown text}
\trowd\cellx1\cellx2\pard\intbl Room\cell Value\cell\row
\trowd\pard\intbl Hall\cell 28\cell\row
\pard After\~the \{table\}.\par{\*\atnauthor Bob}{\*\annotation Check.}
}`,
  )
  const document = documentOf(parts)
  assert.deepEqual([document.type, document.title, document.metadata], ['rtf', 'The report', {
    author: 'Ann',
  }])
  assert.deepEqual(outline(parts), [
    [0, '', 'Case 4711'],
    [1, 'Roof', 'Grüße € Привет and bold.[1]\nnext\n\n[1] Since May.'],
    [1, 'Roof', 'After\u00a0the {table}.'],
    [1, 'Comments', 'Bob: Check.'],
  ])
  assert.deepEqual([table(parts).columns, table(parts).rows], [['Room', 'Value'], [['Hall', '28']]])
  await refusedAs('too_deeply_nested', 'a.rtf', `{\\rtf1${'{'.repeat(5_000)}`)
})

Deno.test('documents that are damaged, too large or encrypted are refused', async () => {
  await refusedAs(
    'damaged_file',
    'a.odt',
    await zip([{ name: 'mimetype', data: 'application/vnd.oasis.opendocument.text' }]),
  )
  await refusedAs(
    'encrypted_file',
    'a.odt',
    await odf('text', '', [{
      name: 'META-INF/manifest.xml',
      data: '<m:manifest><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>',
    }]),
  )
  await refusedAs('file_too_large', 'a.pptx', await pptx([{ shapes: slideShape(['x'.repeat(20_000)]) }]), {
    limits: { pptxBytes: 500 },
  })
  await refusedAs('too_many_parts', 'a.epub', await epub(['<p>a</p>', '<p>b</p>']), { limits: { slides: 1 } })
})
