/** CSV and TSV: what separates cells, which row is the header, how the text is encoded, and what is refused. */
import assert from 'node:assert/strict'
import { pick, seeded } from '../../testing/random.ts'
import { extract } from '../extract.ts'
import { concat } from '../testing/archives.ts'
import { documentOf, generated, only, partsOf, refusedAs, table } from '../testing/extracting.ts'

Deno.test('every common delimiter is found, with quotes and line breaks in cells', async () => {
  for (const delimiter of [',', ';', '\t', '|']) {
    for (const end of ['\n', '\r\n']) {
      const line = (cells: string[]): string => cells.join(delimiter) + end
      const text = line(['Name', 'Note', 'Count']) +
        line(['Ann', `"a ""quoted""${delimiter} cell${end}in two lines"`, '1']) + line(['Bob', '', '2'])
      const parts = await partsOf('people.csv', text)
      assert.equal(documentOf(parts).metadata['delimiter'], delimiter)
      const { columns, rows } = table(parts)
      assert.deepEqual(columns, ['Name', 'Note', 'Count'])
      assert.deepEqual(rows, [['Ann', `a "quoted"${delimiter} cell${end}in two lines`, '1'], [
        'Bob',
        null,
        '2',
      ]])
    }
  }
})

Deno.test('a first line that declares the delimiter, as Excel writes it, is used', async () => {
  const { columns, rows } = table(await partsOf('a.csv', 'sep=;\r\na;b\r\n1,5;2,5\r\n'))
  assert.deepEqual([columns, rows], [['a', 'b'], [['1,5', '2,5']]])
})

Deno.test('the header is distinguished from data', async () => {
  const cases: [string, boolean, string[]][] = [
    ['Name,Age\nAnn,30\nBob,25\n', true, ['Name', 'Age']],
    ['Ann,30\nBob,25\n', false, ['column_1', 'column_2']],
    ['Region,2021,2022\nNorth,10,20\nSouth,5,7\n', true, ['Region', '2021', '2022']],
    ['first,last\nAnn,Lee\nBob,Ray\n', true, ['first', 'last']],
    ['2024-01-01,5\n2024-01-02,6\n', false, ['column_1', 'column_2']],
    ['a,a\n1,2\n', false, ['column_1', 'column_2']],
    ['a,,c\n1,2,3\n', true, ['a', 'column_2', 'c']],
    ['1,2\n3,4\n', false, ['column_1', 'column_2']],
  ]
  for (const [text, header, names] of cases) {
    const { columns, batches } = table(await partsOf('t.csv', text))
    assert.deepEqual([batches[0]?.header_detected, columns], [header, names], text)
  }
})

Deno.test('columns of the same name get different names', async () => {
  const { columns } = table(await partsOf('t.csv', 'a;b;;\n1;2;3;4\n'))
  assert.equal(new Set(columns).size, 4)
})

Deno.test('UTF-8 with and without its mark, UTF-16 in both orders and Latin-1 are read', async () => {
  const text = 'Stadt,Größe\nKöln,1€\n東京,2\n'
  const wide = (little: boolean, mark: boolean): Uint8Array => {
    const view = new DataView(new ArrayBuffer(text.length * 2 + (mark ? 2 : 0)))
    if (mark) view.setUint16(0, 0xfeff, little)
    for (let index = 0; index < text.length; index++) {
      view.setUint16(index * 2 + (mark ? 2 : 0), text.charCodeAt(index), little)
    }
    return new Uint8Array(view.buffer)
  }
  const utf8 = new TextEncoder().encode(text)
  const files: [string, Uint8Array][] = [
    ['utf-8', utf8],
    ['utf-8', concat([Uint8Array.of(0xef, 0xbb, 0xbf), utf8])],
    ['utf-16le', wide(true, true)],
    ['utf-16be', wide(false, true)],
    ['utf-16le', wide(true, false)],
    ['utf-16be', wide(false, false)],
  ]
  for (const [encoding, data] of files) {
    const parts = await partsOf('städte.csv', data)
    assert.equal(documentOf(parts).metadata['encoding'], encoding)
    const { columns, rows } = table(parts)
    assert.deepEqual([columns, rows], [['Stadt', 'Größe'], [['Köln', '1€'], ['東京', '2']]], encoding)
  }
  const latin = Uint8Array.from('Stadt,Größe\nKöln,1\n', (character) => character.charCodeAt(0))
  const parts = await partsOf('latin.csv', latin)
  assert.equal(documentOf(parts).metadata['encoding'], 'windows-1252')
  assert.deepEqual(table(parts).rows, [['Köln', '1']])
})

Deno.test('characters that the pieces of a stream cut in half are whole again', async () => {
  const bytes = new TextEncoder().encode('a,b\n' + 'Größe 😀,漢字\n'.repeat(50))
  for (const size of [1, 2, 3, 5, 7]) {
    const { stream } = generated((index) =>
      index * size < bytes.length ? bytes.slice(index * size, (index + 1) * size) : null
    )
    const parts = await Array.fromAsync(extract({ filename: 'a.csv', stream }))
    assert.ok(table(parts).rows.every(([a, b]) => a === 'Größe 😀' && b === '漢字'), `pieces of ${size}`)
    assert.equal(table(parts).rows.length, 50)
  }
})

Deno.test('Latin-1 that begins after megabytes of ASCII is still read', async () => {
  const head = 'name,city\n' + 'abcdefgh,ijklmnop\n'.repeat(10_000)
  const tail = Uint8Array.from('M\u00fcller,K\u00f6ln\n', (character) => character.charCodeAt(0))
  const { rows } = table(await partsOf('a.csv', concat([new TextEncoder().encode(head), tail])))
  assert.deepEqual(rows.at(-1), ['Müller', 'Köln'])
})

Deno.test('text is fit for Postgres: no NUL, no lone surrogate, NFC', async () => {
  const view = new DataView(new ArrayBuffer(2 * 20))
  const codes = [0xfeff, 0x61, 0x2c, 0x62, 0x0a, 0x78, 0x00, 0xd800, 0x79, 0x2c, 0x65, 0x301, 0x0a]
  for (const [index, code] of codes.entries()) view.setUint16(index * 2, code, true)
  const { rows } = table(await partsOf('a.csv', new Uint8Array(view.buffer, 0, codes.length * 2)))
  const [[first, second] = []] = rows
  assert.equal(second, 'é')
  assert.ok(typeof first === 'string' && first.isWellFormed() && !first.includes('\0'))
})

Deno.test('rows come in batches that follow each other', async () => {
  const text = 'n,text\n' + Array.from({ length: 2_345 }, (_, index) => `${index},row ${index}\n`).join('')
  const { rows, batches } = table(await partsOf('a.csv', text, { limits: { rowsPerBatch: 100 } }))
  assert.equal(rows.length, 2_345)
  assert.ok(rows.every(([n], index) => n === `${index}`))
  assert.equal(batches.length, 24)
})

Deno.test('evidence repeats the first rows, the fact sums what the columns mean', async () => {
  const parts = await partsOf(
    'campaigns.csv',
    'Campaign,Ad Spend,Revenue,Total Revenue,Clicks,Impressions,Conversions\n' +
      'A,100,1,300,10,1000,2\nB,"$50.50",1,"1,200",5,500,1\nTotal,150.5,2,1500,15,1500,3\n',
  )
  const [evidence] = only(parts, 'evidence')
  assert.equal(evidence?.locator, 'campaigns.csv#data')
  assert.equal(evidence.content_type, 'csv')
  assert.ok(Array.isArray(evidence.full_data) && evidence.full_data.length === 3)
  assert.deepEqual((evidence.full_data as unknown[])[0], {
    Campaign: 'A',
    'Ad Spend': 100,
    Revenue: 1,
    'Total Revenue': 300,
    Clicks: 10,
    Impressions: 1000,
    Conversions: 2,
  })
  const [fact, ...others] = only(parts, 'fact')
  assert.deepEqual([fact?.entity, fact?.evidence, others.length], [null, 'campaigns.csv#data', 0])
  const { metrics = {} } = fact ?? {}
  assert.deepEqual(
    [metrics['spend'], metrics['revenue'], metrics['clicks'], metrics['impressions'], metrics['conversions']],
    [150.5, 1500, 15, 1500, 3],
    'the last column of a meaning counts, a row of totals does not',
  )
  assert.ok(Math.abs(Number(metrics['ctr']) - 0.01) < 1e-9)
  assert.ok(Math.abs(Number(metrics['cpa']) - 150.5 / 3) < 1e-9)
  assert.ok(Math.abs(Number(metrics['roas']) - 1500 / 150.5) < 1e-9)
})

Deno.test('a preview has the first ten rows', async () => {
  const parts = await partsOf(
    'a.csv',
    'n,v\n' + Array.from({ length: 50 }, (_, index) => `${index},x\n`).join(''),
  )
  assert.equal(only(parts, 'evidence')[0]?.preview.split('\n').length, 11)
})

Deno.test('cells and rows that are too large are cut, with a warning', async () => {
  const parts = await partsOf('a.csv', `a,b\n${'x'.repeat(100_000)},1\n1,2,3,4\n`)
  const { columns, rows } = table(parts)
  assert.equal(columns.length, 4)
  assert.equal(`${rows[0]?.[0]}`.length, 32_767)
  assert.deepEqual(only(parts, 'warning').map(({ code, count }) => [code, count]), [['cells_truncated', 1]])
  const wide = await partsOf('a.csv', `a,b\n1,2,3,4\n`, { limits: { columns: 2 } })
  assert.deepEqual(only(wide, 'warning').map(({ code }) => code), ['columns_dropped'])
})

Deno.test('a table of next to nothing but empty cells is refused', async () => {
  const wide = `${Array.from({ length: 1_000 }, (_, index) => `c${index}`).join(',')}\n`
  const limits = { emptyCells: 99_900 }
  assert.equal(table(await partsOf('a.csv', wide + '1\n'.repeat(100), { limits })).rows.length, 100)
  const cause = await refusedAs('too_many_parts', 'a.csv', wide + '1\n'.repeat(101), { limits })
  assert.ok(cause.hint)
})

Deno.test('a quote that is not closed is refused, in a small file and in a large one', async () => {
  await refusedAs('damaged_file', 'a.csv', 'a,b\n1,"never ends\n2,3\n')
  const { stream, state } = generated((index) =>
    index === 0 ? 'a,b\n1,"never ends\n' : 'x'.repeat(1024 * 1024)
  )
  await assert.rejects(Array.fromAsync(extract({ filename: 'a.csv', stream })), { code: 'damaged_file' })
  assert.ok(state.pulled < 20, `${state.pulled} MB were read`)
  assert.ok(state.cancelled, 'the stream was let go')
})

Deno.test('quotes in files separated by tabs are characters when they do not come in pairs', async () => {
  const { rows } = table(await partsOf('a.tsv', 'name\tsize\n"5 inch pipe\t1\nB\t2\n'))
  assert.deepEqual(rows, [['"5 inch pipe', '1'], ['B', '2']])
})

Deno.test('property: rows of any cells come back as they were written', async () => {
  const random = seeded(4711)
  const alphabet = ['a', 'B', '7', ' ', ',', ';', '"', '\n', 'é', '漢', '😀', '\t', '|', "'", '\\']
  for (let round = 0; round < 60; round++) {
    const width = 2 + Math.floor(random() * 5)
    const cell = (): string => {
      const text = Array.from({ length: Math.floor(random() * 8) }, () => pick(random, alphabet)).join('')
      return text.normalize('NFC')
    }
    const data = Array.from(
      { length: 5 + Math.floor(random() * 30) },
      () => ['x', ...Array.from({ length: width - 1 }, cell)],
    )
    const header = Array.from({ length: width }, (_, index) => `head${index}`)
    const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`
    const text = [header, ...data].map((row) => row.map(quote).join(',')).join('\r\n')
    const { columns, rows } = table(await partsOf('a.csv', text))
    assert.deepEqual(columns, header)
    assert.deepEqual(
      rows,
      data.map((row) => row.map((value) => value === '' ? null : value)),
      `round ${round}`,
    )
  }
})

Deno.test('a file of commas without the name of one is still a table; prose with commas is not', async () => {
  const csv = 'id,name,value\n1,a,2\n2,b,3\n3,c,4\n4,d,5\n'
  assert.equal(documentOf(await partsOf('export', csv)).type, 'csv')
  const prose =
    'First, this is prose.\nIt has commas, yes, but it is no table.\nNot at all.\nReally, truly, not.\n'
  assert.equal(documentOf(await partsOf('notes', prose)).type, 'text')
})

Deno.test('an empty file is refused, one with a header alone is not', async () => {
  await refusedAs('empty_file', 'a.csv', '')
  const { columns, rows } = table(await partsOf('a.csv', 'a,b,c\n'))
  assert.deepEqual([columns, rows], [['a', 'b', 'c'], []])
})

Deno.test('titles and pairs above the header of a CSV are its caption, as in a sheet', async () => {
  const cases: [text: string, caption: string | null, columns: string[], rows: (string | null)[][]][] = [
    [
      'Stanley Cups,,\nTeam,Location,Stanley Cups\nBlues,STL,1\nFlyers,PHI,2\n',
      'Stanley Cups',
      ['Team', 'Location', 'Stanley Cups'],
      [['Blues', 'STL', '1'], ['Flyers', 'PHI', '2']],
    ],
    [
      'Report generated 2024-01-01\n\nAccount;4711\n\nDate;Amount;Text\n2024-01-01;10,00;Coffee\n2024-01-02;20,00;Tea\n',
      'Report generated 2024-01-01 Account 4711',
      ['Date', 'Amount', 'Text'],
      [['2024-01-01', '10,00', 'Coffee'], ['2024-01-02', '20,00', 'Tea']],
    ],
    [
      'a,b,c\n1,2\n3,4,5,6\n7\n',
      null,
      ['a', 'b', 'c', 'column_4'],
      [['1', '2', null, null], ['3', '4', '5', '6'], ['7', null, null, null]],
    ],
    ['zip,phone,big\n01234,007,12345678901234567890\n', null, ['zip', 'phone', 'big'], [[
      '01234',
      '007',
      '12345678901234567890',
    ]]],
  ]
  for (const [text, caption, columns, rows] of cases) {
    const found = table(await partsOf('a.csv', text))
    assert.deepEqual([found.batches[0]?.caption, found.columns, found.rows], [caption, columns, rows])
  }
})
