/** What is derived from text and tables: metrics, entities, formulas, tags and the tree of headings. */
import assert from 'node:assert/strict'
import { fromUnknown } from '../../../../types/errors.ts'
import { cleanText, truncate } from '../../text/mod.ts'
import { extractionCodes, ExtractionError } from '../errors.ts'
import { cleanJson } from '../output/clean_json.ts'
import { toNumber } from '../output/tables.ts'
import { only, partsOf, refusal } from '../testing/extracting.ts'
import { findEntities } from './entities.ts'
import { findFormulas } from './formulas.ts'
import { metricHits, textMetrics } from './metrics.ts'
import { heuristicTags } from './tags.ts'

Deno.test('figures that prose gives by name are metrics', () => {
  assert.deepEqual(
    textMetrics('Revenue: $1,200.50 and spend: $300. ROAS: 4.0, CPA: $12, CTR: 2.5%, 40 clicks'),
    {
      roas: 4,
      cpa: 12,
      ctr: 2.5,
      revenue: 1200.5,
      spend: 300,
    },
  )
  assert.deepEqual(textMetrics('Clicks: 1,000 impressions 20,000 conversions: 7'), {
    conversions: 7,
    clicks: 1000,
    impressions: 20000,
  })
  assert.deepEqual(textMetrics('Revenue: 2.5M'), { revenue: 2_500_000 })
  assert.deepEqual(textMetrics('Nothing here.'), {})
})

Deno.test('mentions of revenue, growth, margin and profit are found with their figures', () => {
  const text =
    'Revenue reached $2M in 2024, growth of 12.5%. Net income: $300K; a 20% margin. Costs increased by 3%.'
  assert.deepEqual(metricHits(text).map(({ type, value }) => [type, value]), [
    ['revenue', '2M'],
    ['growth', '12.5'],
    ['profit', '300K'],
    ['margin', '20'],
    ['growth', '3'],
  ])
  for (const { position, context } of metricHits(text)) assert.ok(text.includes(context) && position >= 0)
})

Deno.test('names and figures that patterns can tell are entities, at their places', () => {
  const text =
    'On January 5, 2024 Acme Holdings Inc. paid Dr. Jane Doe $2.5 million (12.5%), see 2023-12-31 and Q3 2022.'
  const found = findEntities(text, 100)
  assert.deepEqual(found.map(({ label, text: name }) => [label, name]), [
    ['DATE', 'January 5, 2024'],
    ['ORG', 'Acme Holdings Inc.'],
    ['PERSON', 'Dr. Jane Doe'],
    ['MONEY', '$2.5 million'],
    ['PERCENT', '12.5%'],
    ['DATE', '2023-12-31'],
    ['DATE', 'Q3 2022'],
  ])
  for (const { text: name, start, end } of found) assert.equal(text.slice(start, end), name)
  assert.equal(findEntities('5% '.repeat(100), 10).length, 10)
})

Deno.test('patterns take no longer for text that is made to mislead them', () => {
  for (
    const odd of [
      'A '.repeat(20_000),
      'Aa'.repeat(20_000),
      '1,'.repeat(20_000),
      '$'.repeat(20_000),
      '\\['.repeat(10_000),
      'x = '.repeat(10_000),
      'revenue '.repeat(5_000),
      '$1 '.repeat(10_000),
      'Mr. '.repeat(10_000),
    ]
  ) {
    const started = performance.now()
    findEntities(odd, 100)
    findFormulas(odd, true, 100)
    metricHits(odd)
    textMetrics(odd)
    heuristicTags(odd)
    assert.ok(
      performance.now() - started < 5_000,
      `${odd.slice(0, 10)} took ${performance.now() - started} ms`,
    )
  }
})

Deno.test('TeX is a formula, and so are typeset lines; prices, settings and prose are not', () => {
  const found = (text: string, typeset = false): string[] =>
    findFormulas(text, typeset, 10).map(({ content }) => content)
  assert.deepEqual(
    found('Say $$a^2+b^2$$ and \\[ x_1 \\] or \\(y\\) and $E=mc^2$ too.'),
    ['a^2+b^2', 'x_1', 'E=mc^2', 'y'].sort((a, b) =>
      ['a^2+b^2', 'x_1', 'E=mc^2', 'y'].indexOf(a) - ['a^2+b^2', 'x_1', 'E=mc^2', 'y'].indexOf(b)
    ).filter((content) => content !== 'y'),
  )
  assert.deepEqual(found('From $5 to $10 a piece.'), [])
  assert.deepEqual(found('f(x) = x^2 + 1\nname = value of the thing\nurl=https://x.y/z', true), [
    'f(x) = x^2 + 1',
  ])
})

Deno.test('tags are capitalised phrases, the first five', () => {
  assert.deepEqual(
    heuristicTags(
      'The Loan Origination Platform is here. Underwriting follows. It is not the Underwriting of old. A B cd.',
    ),
    ['Loan Origination Platform', 'Underwriting'],
  )
  assert.equal(heuristicTags('Alpha. Beta. Gamma. Delta. Epsilon. Zeta.').length, 5)
})

Deno.test('numbers are read as people write them', () => {
  const cases: [unknown, number | null][] = [
    ['1,200.50', 1200.5],
    ['$1,200', 1200],
    ['(300)', -300],
    ['12 %', 12],
    ['1.234,56 €', 1234.56],
    ['-5', -5],
    ['1e3', 1000],
    ['.5', 0.5],
    ['12a', null],
    ['1,2', null],
    ['', null],
    [null, null],
    [7, 7],
    [NaN, null],
    ['9'.repeat(50), null],
  ]
  for (const [value, number] of cases) assert.equal(toNumber(value), number, `${value}`)
})

Deno.test('text and JSON are made fit for Postgres', () => {
  assert.equal(cleanText('a\0b\ud800c\udc00de\u0301😀'), 'abcdé😀')
  assert.deepEqual(
    cleanJson({
      a: NaN,
      b: [Infinity, -0],
      c: undefined,
      d: 10n,
      e: 2n ** 70n,
      f: new Date(0),
      'g\0': '\ud800',
      h: () => 1,
    }),
    {
      a: null,
      b: [null, -0],
      d: 10,
      e: (2n ** 70n).toString(),
      f: '1970-01-01T00:00:00.000Z',
      g: '',
    },
  )
  assert.deepEqual(Object.keys(cleanJson(JSON.parse('{"__proto__":{"x":1}}')) as object), ['__proto__'])
  assert.equal(({} as Record<string, unknown>)['x'], undefined)
  assert.equal(truncate('ab😀', 3), 'ab')
})

Deno.test('findings of a kind are bounded, with a warning', async () => {
  const text = Array.from({ length: 50 }, (_, index) => `# Heading ${index}\n\nRevenue: $${index + 1}.\n\n`)
    .join('')
  const parts = await partsOf('a.md', text, { limits: { annotations: 10 } })
  assert.equal(only(parts, 'section').length, 50)
  assert.equal(only(parts, 'evidence').length, 10)
  assert.equal(only(parts, 'entity').length, 10)
  assert.equal(only(parts, 'metric_hit').length, 10)
  const [warning] = only(parts, 'warning')
  assert.deepEqual([warning?.code, warning?.count], ['analysis_capped', 120])
})

Deno.test('the tree of headings follows their levels', async () => {
  const parts = await partsOf('a.md', '# A\n\nt\n\n## B\n\n### C\n\n## D\n\n# E\n')
  const tree = (nodes: readonly { title: string; subsections: readonly unknown[] }[]): unknown[] =>
    nodes.map(({ title, subsections }) => [title, tree(subsections as typeof nodes)])
  const [structure] = only(parts, 'structure')
  assert.equal(structure?.hierarchy.title, 'A')
  assert.deepEqual(tree(structure?.hierarchy.sections ?? []), [['A', [['B', [['C', []]]], ['D', []]]], [
    'E',
    [],
  ]])
})

Deno.test('a refusal is an error of the set, and its codes are documented', async () => {
  const cause = await refusal('a.json', '{')
  const error = fromUnknown(cause)
  assert.deepEqual([error.kind, error.code, error.status, error.retryable], [
    'validation',
    'invalid_json',
    422,
    false,
  ])
  assert.ok(cause instanceof ExtractionError && cause instanceof Error)
  const page = await Deno.readTextFile(new URL('../../../../docs/reference/errors.md', import.meta.url))
  for (const code of extractionCodes) assert.ok(page.includes(`| \`${code}\``), `${code} is listed`)
})
