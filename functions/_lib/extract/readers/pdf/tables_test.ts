/** Tables of PDF: between lines of every kind, and without lines. */
import assert from 'node:assert/strict'
import { only, partsOf, table } from '../../testing/extracting.ts'
import { type Drawn, grid, lines, pdf } from '../../testing/pdfs.ts'

const columns = [72, 130, 190, 260]
/** Places of lines between them, and of those between rows that are 20 points high. */
const sides = [68, 126, 186, 256, 330]
const data = [
  ['Line', 'Item', 'Qty', 'Amount'],
  ['1', 'Pump', '2', '$ 10.00'],
  ['2', 'Hose', '14', '$ 20.00'],
  ['3', 'Tape', '3', '$ 30.00'],
]
const text = (rows: readonly (readonly string[])[] = data): Drawn[] => grid(rows, columns, 700, 20)
const tops = (count: number): number[] => Array.from({ length: count + 1 }, (_, index) => 714 - index * 20)

type Draw = (x0: number, y0: number, x1: number, y1: number) => string
const stroke: Draw = (x0, y0, x1, y1) => `${x0} ${y0} m ${x1} ${y1} l S`
const thin: Draw = (x0, y0, x1, y1) => `${x0} ${y0} ${Math.max(x1 - x0, 0.6)} ${Math.max(y1 - y0, 0.6)} re f`

/** Lines between all rows and columns. */
const ruled = (draw: Draw, rows = data.length): string =>
  [
    ...tops(rows).map((y) => draw(68, y, 330, y)),
    ...sides.map((x) => draw(x, 714 - rows * 20, x, 714)),
  ].join('\n')

Deno.test('cells between lines are cells, however the lines are drawn', async () => {
  const cells = tops(4).slice(0, -1).flatMap((y) =>
    sides.slice(0, -1).map((x, index) => [x, y - 20, (sides[index + 1] ?? 0) - x, 20])
  )
  const ways: Record<string, string> = {
    strokes: ruled(stroke),
    'thin rectangles': ruled(thin),
    'dashed strokes': `[2 2] 0 d ${ruled(stroke)} [] 0 d`,
    'dashes one by one': [
      ...tops(4).flatMap((y) => Array.from({ length: 66 }, (_, i) => stroke(68 + i * 4, y, 70 + i * 4, y))),
      ...sides.flatMap((x) => Array.from({ length: 20 }, (_, i) => stroke(x, 634 + i * 4, x, 636 + i * 4))),
    ].join('\n'),
    'a rectangle around each cell': cells.map((cell) => `${cell.join(' ')} re S`).join('\n'),
    'filled cells': `0.9 g ${cells.map((cell) => `${cell.join(' ')} re f`).join('\n')} 0 g`,
    'lines that end a little too early': [
      ...tops(4).map((y) => stroke(70, y, 328, y)),
      ...sides.map((x) => stroke(x, 636, x, 712)),
    ].join('\n'),
    'open at both sides': [
      ...tops(4).map((y) => stroke(68, y, 330, y)),
      ...sides.slice(1, -1).map((x) => stroke(x, 634, x, 714)),
    ].join('\n'),
    'in a form that is moved': `q 1 0 0 1 10 5 cm ${
      [
        ...tops(4).map((y) => stroke(58, y - 5, 320, y - 5)),
        ...sides.map((x) => stroke(x - 10, 629, x - 10, 709)),
      ].join(' ')
    } Q`,
  }
  for (const [way, graphics] of Object.entries(ways)) {
    const parts = await partsOf('a.pdf', await pdf([text()], { graphics }))
    const { columns: names, rows, batches } = table(parts)
    assert.deepEqual([names, ...rows], data, way)
    const [left = 0, bottom = 0, right = 0, top = 0] = batches[0]?.segments?.[0]?.bbox ?? []
    assert.ok(
      Math.abs(left - 68) < 3 && Math.abs(bottom - 634) < 3 && Math.abs(right - 330) < 3 &&
        Math.abs(top - 714) < 3,
      `${way}: ${[left, bottom, right, top]}`,
    )
  }
})

Deno.test('a cell has several lines, also where the rows are as near as they', async () => {
  const graphics = [714, 694, 642, 622].map((y) => stroke(68, y, 330, y)).join('\n') + '\n' +
    [68, 126, 256, 330].map((x) => stroke(x, 622, x, 714)).join('\n')
  const parts = await partsOf(
    'a.pdf',
    await pdf([[
      ...grid([['No', 'Text'], ['1', 'A long text that']], [72, 130], 700, 20),
      { text: 'Price', x: 260, y: 700 },
      { text: 'breaks over sev-', x: 130, y: 667 },
      { text: 'eral lines', x: 130, y: 654 },
      { text: '10.00', x: 260, y: 667 },
      ...grid([['2', 'Short']], [72, 130], 628),
      { text: '20.00', x: 260, y: 628 },
    ]], { graphics }),
  )
  const { columns: names, rows } = table(parts)
  assert.deepEqual([names, ...rows], [['No', 'Text', 'Price'], [
    '1',
    'A long text that breaks over several lines',
    '10.00',
  ], ['2', 'Short', '20.00']])
})

Deno.test('merged cells: one over rows belongs to each, one over columns names them in a header', async () => {
  // Region over two rows; 2023 over two columns.
  const graphics = [
    stroke(68, 714, 330, 714),
    stroke(126, 694, 330, 694),
    stroke(68, 674, 330, 674),
    stroke(126, 654, 330, 654),
    stroke(68, 634, 330, 634),
    ...[68, 126, 330].map((x) => stroke(x, 634, x, 714)),
    stroke(186, 634, 186, 714),
    stroke(256, 634, 256, 694),
  ].join('\n')
  const parts = await partsOf(
    'a.pdf',
    await pdf([[
      { text: 'Region', x: 72, y: 690 },
      ...grid([['Item', '2023']], [130, 215], 700),
      ...grid([['Sold', 'Left']], [190, 260], 680),
      { text: 'North', x: 72, y: 650 },
      ...grid([['Pump', '5', '2'], ['Hose', '7', '1']], [130, 190, 260], 660, 20),
    ]], { graphics }),
  )
  const { columns: names, rows } = table(parts)
  assert.deepEqual([names, ...rows], [
    ['Region', 'Item', '2023 Sold', '2023 Left'],
    ['North', 'Pump', '5', '2'],
    ['North', 'Hose', '7', '1'],
  ])
})

Deno.test('rows between shaded ones are rows of the same table', async () => {
  const shaded = [1, 3].flatMap((row) =>
    sides.slice(0, -1).map((x, index) => `${x} ${694 - row * 20} ${(sides[index + 1] ?? 0) - x} 20 re f`)
  )
  const parts = await partsOf(
    'a.pdf',
    await pdf([[...lines(['A sentence that stands above the table, from left to right.'], 730), ...text()]], {
      graphics: `0.9 g ${shaded.join(' ')} 0 g`,
    }),
  )
  const { columns: names, rows } = table(parts)
  assert.deepEqual([names, ...rows], data)
  assert.equal(only(parts, 'section')[0]?.text, 'A sentence that stands above the table, from left to right.')
})

Deno.test('rows without lines of their own have the columns of the header above them', async () => {
  const graphics = [
    ...[714, 694, 634].map((y) => stroke(68, y, 330, y)),
    ...sides.slice(1, -1).map((x) => stroke(x, 694, x, 714)),
    ...[68, 330].map((x) => stroke(x, 634, x, 714)),
  ].join('\n')
  const title = { text: 'A title over all of the columns of it', x: 72, y: 720 }
  const { columns: names, rows, batches } = table(
    await partsOf('a.pdf', await pdf([[...text(), title]], { graphics: `${graphics} 68 714 262 20 re S` })),
  )
  assert.deepEqual([names, ...rows], data)
  assert.equal(batches[0]?.caption, title.text)
})

Deno.test('a table between lines that goes over pages is one table', async () => {
  const parts = await partsOf(
    'a.pdf',
    await pdf([text(), text([['4', 'Bolt', '9', '$ 40.00'], ['5', 'Nut', '8', '$ 50.00']])], {
      graphics: [ruled(stroke), ruled(stroke, 2)],
    }),
  )
  const { rows, batches } = table(parts)
  assert.deepEqual(rows.map(([number]) => number), ['1', '2', '3', '4', '5'])
  assert.deepEqual(batches.at(-1)?.segments?.map(({ page }) => page), [1, 2])
})

Deno.test('a table stands where it is among the text, and text beside its lines stays text', async () => {
  const parts = await partsOf(
    'a.pdf',
    await pdf([[
      ...lines(['What stands above the table.'], 750),
      ...text(),
      ...lines(['What follows it.'], 600),
    ]], {
      graphics: ruled(stroke),
    }),
  )
  assert.deepEqual(
    parts.filter(({ kind }) => kind === 'section' || kind === 'table').map((part) =>
      part.kind === 'section' ? part.text : part.kind
    ),
    ['What stands above the table.', 'table', 'What follows it.'],
  )
})

Deno.test('a table on a turned page has its rows, and its place on the page', async () => {
  const turned = `q 0 1 -1 0 792 0 cm ${ruled(stroke)} ${
    text().map(({ text, x, y }) => `BT /F1 11 Tf ${x} ${y} Td (${text}) Tj ET`).join(' ')
  } Q`
  const { columns: names, rows, batches } = table(
    await partsOf('a.pdf', await pdf([[]], { graphics: turned })),
  )
  assert.deepEqual([names, ...rows], data)
  assert.deepEqual(batches[0]?.segments?.[0]?.bbox?.map(Math.round), [78, 68, 158, 330])
})

Deno.test('frames, lines beside text and drawings are no tables', async () => {
  const prose = lines(
    Array.from({ length: 8 }, (_, index) => `Line ${index} of a text in a frame that goes on`),
    700,
  )
  const drawings: Record<string, string> = {
    frame: '60 560 400 170 re S',
    'frame in a frame': '60 560 400 170 re S 50 550 420 190 re S',
    'line beside it': '60 560 m 60 730 l S',
    'lines under headings': '60 730 m 500 730 l S 60 560 m 500 560 l S',
    letters: Array.from({ length: 30 }, (_, index) => `${60 + index * 5} 500 2 9 re f`).join(' '),
  }
  for (const [what, graphics] of Object.entries(drawings)) {
    const parts = await partsOf('a.pdf', await pdf([prose], { graphics }))
    assert.deepEqual(only(parts, 'table'), [], what)
    assert.match(only(parts, 'section')[0]?.text ?? '', /^Line 0 .* Line 7 of a text/, what)
  }
})

Deno.test('columns that are near to each other are columns where all rows share the gap', async () => {
  const results = [
    ['Test', 'Method', 'Flag', 'Result', 'Unit', 'Range'],
    ['WBC', 'instrument', 'L', '3.9', 'E+9/L', '[4.0-10.0]'],
    ['NEU', 'instrument', '', '2.33', 'E+9/L', '[1.8-6.3]'],
    ['LYM', 'instrument', 'H', '4.16', 'E+9/L', '[1.1-3.2]'],
    ['MON', 'instrument', '', '0.25', 'E+9/L', '[0.1-0.6]'],
  ]
  const drawn = grid(results, [72, 106, 166, 194, 232, 272], 700, 14)
  const { columns: names, rows } = table(await partsOf('a.pdf', await pdf([drawn])))
  assert.deepEqual([names, ...rows], results.map((row) => row.map((cell) => cell || null)))
})

Deno.test('a table that is drawn column by column is read row by row', async () => {
  const results = [['Glucose', '5.4'], ['Sodium', '141'], ['Potassium', '4.2'], ['Urea', '6.1'], [
    'Iron',
    '17',
  ]]
  const byColumn = [0, 1].flatMap((column) =>
    results.map((row, index) => ({ text: row[column] ?? '', x: 72 + column * 200, y: 700 - index * 16 }))
  )
  const parts = await partsOf('a.pdf', await pdf([byColumn]))
  const { rows, columns: names } = table(parts)
  assert.deepEqual(
    [names, ...rows].slice(-5).map((row) => row.join(' ')),
    results.map((row) => row.join(' ')).slice(-5),
  )
})

Deno.test('columns of prose stay one after the other, in whatever order their lines are drawn', async () => {
  const column = (name: string, x: number): Drawn[] =>
    lines(Array.from({ length: 10 }, (_, index) => `${name} line ${index} has some words`), 700, { x })
  const byLine = column('left', 72).flatMap((drawn, index) => [drawn, column('right', 330)[index] ?? drawn])
  for (const drawn of [[...column('left', 72), ...column('right', 330)], byLine]) {
    const parts = await partsOf('a.pdf', await pdf([drawn]))
    assert.deepEqual(only(parts, 'table'), [])
    const text = only(parts, 'section').map((section) => section.text).join(' ')
    assert.deepEqual(text.match(/left|right/g), [...Array(10).fill('left'), ...Array(10).fill('right')])
  }
})

Deno.test('a page of rectangles without end is read up to a limit, with a warning, and the others as they are', async () => {
  const rectangles = '1 1 9 9 re f\n'.repeat(20_000)
  const parts = await partsOf(
    'a.pdf',
    await pdf([lines(['Lost behind the drawing.']), lines(['The page after it.'])], {
      graphics: rectangles,
      compress: true,
    }),
    { limits: { pageOperators: 5_000, pageRules: 1_000 } },
  )
  assert.deepEqual(only(parts, 'warning').map(({ code, count }) => [code, count]), [['page_truncated', 1]])
  assert.match(only(parts, 'warning')[0]?.message ?? '', /^Page 1 draws more than is read/)
  assert.match(only(parts, 'section').at(-1)?.text ?? '', /The page after it\./)
})
