/** Chunks: nothing is lost, nothing is too long, and the same file gives the same chunks. */
import assert from 'node:assert/strict'
import type {
  ApiEndpointPart,
  DocumentPart,
  LogEntryPart,
  Part,
  SectionPart,
  TablePart,
} from '../extract/mod.ts'
import { partsOf } from '../extract/testing/extracting.ts'
import { pick, seeded } from '../testing/random.ts'
import { type Chunk, chunk, type ChunkOptions, defaultSizes, estimateChunkTokens } from './mod.ts'

const tokens = estimateChunkTokens

function document(type: DocumentPart['type'] = 'markdown', language: string | null = null): DocumentPart {
  return { kind: 'document', title: 'T', type, media_type: 'x/y', language, page_count: null, metadata: {} }
}

function section(text: string, more: Partial<SectionPart> = {}): SectionPart {
  return {
    kind: 'section',
    order: 0,
    level: 1,
    heading: 'H',
    heading_path: ['H'],
    text,
    page: null,
    continued: false,
    ...more,
  }
}

function rows(columns: readonly string[], data: TablePart['rows'], more: Partial<TablePart> = {}): TablePart {
  return {
    kind: 'table',
    order: 0,
    caption: null,
    heading_path: [],
    page: null,
    sheet: null,
    columns,
    header_detected: true,
    rows: data,
    row_start: 0,
    last: true,
    segments: null,
    ...more,
  }
}

function entry(row: number, message: string | null, more: Partial<LogEntryPart> = {}): LogEntryPart {
  return {
    kind: 'log_entry',
    row,
    ts: null,
    logged_at: null,
    level: null,
    code: null,
    component: null,
    message,
    attrs: null,
    ...more,
  }
}

async function chunksOf(parts: readonly Part[], options: ChunkOptions = {}): Promise<Chunk[]> {
  return await Array.fromAsync(chunk(parts, options))
}

/** Fails where a character that is no white space lies in no chunk, or chunks are out of order or not what they say. */
function assertCovers(text: string, chunks: readonly Chunk[], allowOverlap: boolean): void {
  let covered = 0
  for (const { text: piece, char_start: start, char_end: end } of chunks) {
    assert.ok(start !== null && end !== null)
    assert.equal(text.slice(start, end), piece, 'a chunk is what stands at its offsets')
    assert.equal(piece, piece.trim())
    assert.ok(piece.length > 0)
    assert.equal(text.slice(covered, Math.max(covered, start)).trim(), '', `nothing is lost before ${start}`)
    assert.ok(allowOverlap || start >= covered, 'nothing is repeated')
    assert.ok(end > covered, 'every chunk brings something new')
    covered = end
  }
  assert.equal(text.slice(covered).trim(), '', 'nothing is lost at the end')
}

const words =
  ('Lorem ipsum dolor sit amet consectetur adipiscing elit https://example.com/a/very/long/path?with=query ' +
    'Überraschung 漢字かな交じり文を書く。 😀👩‍👩‍👧 ٱلْعَرَبِيَّة e.g. Dr. 3.14 “quoted” -- a_b_c <|endoftext|> x'
      .repeat(1))
    .split(' ')

function randomText(random: () => number, length: number): string {
  let text = ''
  while (text.length < length) {
    const chance = random()
    if (chance < 0.02) text += pick(random, ['a', 'Z9', '漢', '😀', '\t']).repeat(Math.floor(random() * 400))
    else text += pick(random, words)
    text += chance < 0.1
      ? '. '
      : chance < 0.13
      ? '.\n'
      : chance < 0.16
      ? '\n\n'
      : chance < 0.17
      ? '  \n \n\n'
      : ' '
  }
  return text.slice(0, length)
}

const counts: Readonly<Record<string, (text: string) => number>> = {
  estimate: tokens,
  words: (text) => text.split(/\s+/).filter(Boolean).length,
  characters: (text) => text.length,
  bytes: (text) => Math.ceil(new TextEncoder().encode(text).length / 3),
}

Deno.test('whatever the text, the count of tokens and the sizes: chunks cover it in order and keep to the maximum', async () => {
  const random = seeded(20260101)
  for (let round = 0; round < 120; round++) {
    const name = pick(random, Object.keys(counts))
    const max = 20 + Math.floor(random() * 200)
    const target = Math.max(5, Math.floor(max * (0.5 + random() * 0.5)))
    const overlap = random() < 0.5 ? 0 : Math.floor(target * random() * 0.4)
    const text = randomText(random, Math.floor(random() ** 2 * 9_000) + 1)
    const count = counts[name]
    assert.ok(count)
    const chunks = await chunksOf([document(), section(text)], { tokens: count, target, max, overlap })
    const about = `round ${round}: ${name}, target ${target}, max ${max}, overlap ${overlap}`
    try {
      assertCovers(text, chunks, overlap > 0)
      for (const { text: piece, token_count } of chunks) {
        assert.equal(token_count, count(piece))
        assert.ok(
          token_count <= max || [...new Intl.Segmenter().segment(piece)].length === 1,
          `${token_count} of ${piece}`,
        )
      }
    } catch (cause) {
      throw new Error(about, { cause })
    }
  }
})

Deno.test('the same text gives the same chunks', async () => {
  const text = randomText(seeded(7), 6_000)
  assert.deepEqual(await chunksOf([document(), section(text)]), await chunksOf([document(), section(text)]))
})

Deno.test('chunks end with sentences, and paragraphs stay together where they fit', async () => {
  const sentence = 'The quick brown fox jumps over the lazy dog near the river bank. '
  const text = `${sentence.repeat(12).trim()}\n\nShort paragraph.`
  const chunks = await chunksOf([document(), section(text)], { target: 60, max: 80, overlap: 0 })
  assert.ok(chunks.length > 2)
  for (const { text: piece } of chunks) assert.match(piece, /\.$/)
  assert.ok(chunks.at(-1)?.text.endsWith('bank.\n\nShort paragraph.'))
})

Deno.test('a chunk repeats the end of the one before, within a section and not beyond', async () => {
  const text = Array.from({ length: 40 }, (_, index) => `Sentence number ${index} says something of its own.`)
    .join(' ')
  const chunks = await chunksOf(
    [document(), section(text), section('Another section.', { order: 1, heading: 'I', heading_path: ['I'] })],
    { target: 60, max: 80, overlap: 15 },
  )
  const inner = chunks.filter((one) => one.section_order === 0)
  for (const [index, one] of inner.slice(1).entries()) {
    const before = inner[index]
    assert.ok(
      before && one.char_start !== null && before.char_end !== null && one.char_start < before.char_end,
    )
    assert.match(one.text, /^Sentence/)
  }
  assert.equal(chunks.at(-1)?.text, 'Another section.')
})

Deno.test('sizes that make no sense are refused', async () => {
  for (
    const sizes of [{ target: 10, max: 5 }, { target: 10, max: 20, overlap: 10 }, { target: 0 }, {
      overlap: -1,
    }]
  ) {
    await assert.rejects(chunksOf([document()], sizes), RangeError)
  }
})

Deno.test('a token that controls a model is text', async () => {
  const [one] = await chunksOf([document(), section('Before <|endoftext|> after.')])
  assert.equal(one?.text, 'Before <|endoftext|> after.')
})

Deno.test('a very long word is cut quickly, and never inside of a character', async () => {
  const started = performance.now()
  for (const [unit, times] of [['a', 16_000], ['😀', 4_000], ['👩‍👩‍👧', 2_000], ['漢', 8_000]] as const) {
    const text = unit.repeat(times)
    const chunks = await chunksOf([document(), section(text)], { overlap: 0 })
    assertCovers(text, chunks, false)
    for (const { text: piece } of chunks) assert.equal(piece.length % unit.length, 0)
  }
  assert.ok(performance.now() - started < 5_000)
})

Deno.test('a chunk knows its headings, page and section, and where a client shows it', async () => {
  const path = ['Report', 'Results']
  const parts = [
    document('pdf'),
    section('Text.', { order: 4, heading: 'Results', heading_path: path, page: 7 }),
  ]
  const [one] = await chunksOf(parts, { ids: { artifact: 'a1' } })
  assert.deepEqual(one, {
    key: 'md:0',
    index: 0,
    source_type: 'pdf',
    text: 'Text.',
    token_count: 2,
    heading_path: path,
    page: 7,
    sheet: null,
    section_order: 4,
    table_order: null,
    row_start: null,
    row_end: null,
    char_start: 0,
    char_end: 5,
    deeplink: { panel: 'workspace', artifact_id: 'a1', chunk: 'md:0', page: 7 },
    meta: {},
  })
  const [without] = await chunksOf([document(), section('Text.')])
  assert.deepEqual(without?.deeplink, { panel: 'workspace', chunk: 'md:0' })
})

Deno.test('a heading with nothing under it is found by itself; one with something under it is not repeated', async () => {
  const chunks = await chunksOf([
    document(),
    section('', { heading: 'A', heading_path: ['A'] }),
    section('Under B.', { order: 1, level: 2, heading: 'B', heading_path: ['A', 'B'] }),
    section('', { order: 2, heading: 'Lonely', heading_path: ['Lonely'] }),
    section('', { order: 3, heading: 'With a table', heading_path: ['With a table'] }),
    rows(['a'], [['1']], { heading_path: ['With a table'] }),
    section('', { order: 4, heading: 'Last', heading_path: ['Last'] }),
  ])
  assert.deepEqual(chunks.map((one) => one.text), ['Under B.', 'Lonely', 'a\n1', 'Last'])
})

Deno.test('rows stay whole under the names of their columns, over batches as well', async () => {
  const data = Array.from({ length: 300 }, (_, index) => [`name ${index}`, `${index * 3}`, null])
  const parts: Part[] = [document('csv')]
  for (let start = 0; start < data.length; start += 100) {
    const batch = { row_start: start, last: start === 200 }
    parts.push(rows(['Name', 'Count', 'Note'], data.slice(start, start + 100), batch))
  }
  const chunks = await chunksOf(parts)
  let next = 0
  for (const { key, text, row_start, row_end, token_count, source_type, deeplink } of chunks) {
    assert.equal(row_start, next)
    assert.equal(key, `csv:${row_start}`)
    assert.equal(source_type, 'csv')
    assert.deepEqual(deeplink, { panel: 'workspace', chunk: key, row: row_start })
    const [header, ...lines] = text.split('\n')
    assert.equal(header, 'Name | Count | Note')
    assert.deepEqual(lines, data.slice(next, row_end ?? 0).map(([name, count]) => `${name} | ${count} | `))
    assert.ok(token_count <= defaultSizes.max && token_count === tokens(text))
    next = row_end ?? 0
  }
  assert.equal(next, 300)
  assert.ok(chunks.length > 10 && chunks.length < 60)
})

Deno.test('a row that is too long is cut into its cells, and nothing of it is lost', async () => {
  const long = Array.from({ length: 400 }, (_, index) => `word${index}`).join(' ')
  const chunks = await chunksOf([
    document('xlsx'),
    rows(['Id', 'Text'], [['1', 'short'], ['2', long], ['3', 'end']], { sheet: 'S' }),
  ])
  assert.deepEqual(
    chunks.filter((one) => one.row_start !== 1).map((one) => [one.key, one.row_start, one.row_end]),
    [['xlsx:0:0', 0, 1], ['xlsx:0:2', 2, 3]],
  )
  const pieces = chunks.filter((one) => one.row_start === 1)
  assert.equal(pieces[0]?.key, 'xlsx:0:1')
  assert.equal(pieces[1]?.key, 'xlsx:0:1:1')
  assert.deepEqual(pieces.map((one) => one.text).join(' ').split(/\s+/), [
    'Id:',
    '2',
    'Text:',
    ...long.split(' '),
  ])
  for (const one of chunks) {
    assert.ok(one.token_count <= defaultSizes.max)
    assert.equal(one.sheet, 'S')
    assert.deepEqual(one.heading_path, ['S'])
  }
})

Deno.test('a header that fills a chunk by itself is repeated with each cell', async () => {
  const columns = Array.from({ length: 200 }, (_, index) => `a rather long column name ${index}`)
  const chunks = await chunksOf([document('csv'), rows(columns, [columns.map((_, index) => `v${index}`)])])
  const text = chunks.map((one) => one.text).join('\n')
  for (const [index, name] of columns.entries()) assert.ok(text.includes(`${name}: v${index}`))
  for (const one of chunks) assert.ok(one.token_count <= defaultSizes.max)
})

Deno.test('a table without rows is found by its columns', async () => {
  const [one, ...others] = await chunksOf([document('csv'), rows(['Name', 'Count'], [])])
  assert.deepEqual([one?.key, one?.text, one?.row_start, one?.row_end, others.length], [
    'csv:0',
    'Name | Count',
    0,
    0,
    0,
  ])
})

Deno.test('property: every cell of a table is in a chunk of its row', async () => {
  const random = seeded(99)
  for (let round = 0; round < 30; round++) {
    const width = 1 + Math.floor(random() * 6)
    const columns = Array.from({ length: width }, (_, index) => `c${index}`)
    const data = Array.from(
      { length: Math.floor(random() * 60) + 1 },
      (_, row) =>
        columns.map((_, column) =>
          random() < 0.1
            ? null
            : `r${row}c${column} ${randomText(random, Math.floor(random() ** 6 * 2_000))}`.trim()
        ),
    )
    const parts: Part[] = [document('csv')]
    const step = 1 + Math.floor(random() * 30)
    for (let start = 0; start < data.length; start += step) {
      parts.push(
        rows(columns, data.slice(start, start + step), {
          row_start: start,
          last: start + step >= data.length,
        }),
      )
    }
    const chunks = await chunksOf(parts)
    const keys = new Set(chunks.map((one) => one.key))
    assert.equal(keys.size, chunks.length, 'keys are unique')
    for (const [row, cells] of data.entries()) {
      const text = chunks.filter((one) => (one.row_start ?? 0) <= row && row < (one.row_end ?? 0)).map((
        one,
      ) => one.text).join(' ')
      const present = text.replace(/\s+/g, '')
      for (const cell of cells) {
        if (cell !== null) assert.ok(present.includes(cell.replace(/\s+/g, '')), `round ${round}, row ${row}`)
      }
    }
    for (const one of chunks) assert.ok(one.token_count <= defaultSizes.max, `${one.token_count}`)
  }
})

Deno.test('the chunk of an endpoint has its name, summary and parameters', async () => {
  const part: ApiEndpointPart = {
    kind: 'api_endpoint',
    order: 3,
    name: 'getPet',
    method: 'GET',
    path: '/pets/{id}',
    summary: 'One pet',
    description: null,
    tags: ['pets'],
    params: [{ name: 'id', in: 'path' }],
    responses: {},
    url: null,
  }
  const [one] = await chunksOf([document('openapi'), part], {
    ids: { endpoint: ({ order }) => `id-${order}` },
  })
  assert.equal(one?.key, 'api:3')
  assert.equal(one.source_type, 'api')
  assert.equal(one.text, 'GET /pets/{id}\ngetPet\nOne pet\npets\nParameters: id')
  assert.deepEqual(one.deeplink, { panel: 'apis', api_id: 'id-3' })
})

Deno.test('log entries are chunks of their own, or share them', async () => {
  const entries = Array.from(
    { length: 100 },
    (_, row) => entry(row, `Something happened ${row}`, { level: 'INFO', code: 'E1' }),
  )
  const single = await chunksOf([document('log'), ...entries], { ids: { document: 'd1' } })
  assert.equal(single.length, 100)
  assert.deepEqual([single[5]?.key, single[5]?.text, single[5]?.source_type], [
    'log:5',
    'Something happened 5',
    'log',
  ])
  assert.deepEqual(single[5]?.deeplink, { panel: 'logs', document_id: 'd1', code: 'E1' })
  assert.deepEqual(single[5]?.meta, { ts: null, level: 'INFO', code: 'E1', component: null })

  const shared = await chunksOf([document('log'), ...entries], { logs: 'window' })
  assert.ok(shared.length > 2 && shared.length < 20)
  let next = 0
  for (const one of shared) {
    assert.equal(one.row_start, next)
    assert.equal(one.key, `log:${next}`)
    next = one.row_end ?? 0
    assert.equal(one.text.split('\n').length, next - (one.row_start ?? 0))
    assert.ok(one.token_count <= defaultSizes.max)
  }
  assert.equal(next, 100)
})

Deno.test('a long entry is several chunks, one without a message is its attributes', async () => {
  const trace = Array.from(
    { length: 100 },
    (_, index) => `  at com.example.Class${index}.method(File.java:${index})`,
  ).join('\n')
  for (const logs of ['entry', 'window'] as const) {
    const chunks = await chunksOf([
      document('log'),
      entry(0, 'short'),
      entry(1, `Failed\n${trace}`),
      entry(2, null, { attrs: { a: 1 } }),
    ], { logs })
    const text = chunks.map((one) => one.text).join('\n')
    for (let index = 0; index < 100; index++) {
      assert.ok(text.includes(`Class${index}.method(File.java:${index})`))
    }
    assert.ok(text.includes('{"a":1}'))
    assert.equal(new Set(chunks.map((one) => one.key)).size, chunks.length)
  }
})

Deno.test('tags are found unless they are not wanted', async () => {
  const tag: Part = { kind: 'tag', tag: 'Loan Origination', score: null, source_ptr: 'heuristic' }
  const [one] = await chunksOf([document(), tag], { ids: { document: 'd' } })
  assert.deepEqual([one?.key, one?.text, one?.source_type], [
    'tag:loan origination',
    'Loan Origination',
    'tag',
  ])
  assert.deepEqual(one?.deeplink, { panel: 'tags', document_id: 'd', q: 'Loan Origination' })
  assert.deepEqual(await chunksOf([document(), tag], { tags: false }), [])
})

Deno.test('what a real file gives fits together', async () => {
  const parts = await partsOf(
    'a.md',
    '# Title\n\nSome text here.\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\nMore text.\n',
  )
  const chunks = await chunksOf(parts, { tags: false })
  assert.deepEqual(chunks.map(({ key, text, heading_path }) => [key, text, heading_path.join('/')]), [
    ['md:0', 'Some text here.', 'Title'],
    ['table:0:0', 'A | B\n1 | 2', 'Title'],
    ['md:1', 'More text.', 'Title'],
  ])
})
