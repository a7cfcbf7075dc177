/** JSON, JSON lines, YAML and plain XML: as tables and text, and what is refused. */
import assert from 'node:assert/strict'
import { documentOf, only, outline, partsOf, refusedAs, table } from '../testing/extracting.ts'

Deno.test('a list of like objects is a table', async () => {
  const parts = await partsOf(
    'a.json',
    '[{"a":1,"b":"x"},{"a":2.5,"c":null,"b":true},{"a":[1,2],"__proto__":"p"}]',
  )
  const { columns, rows } = table(parts)
  assert.deepEqual(columns, ['a', 'b', 'c', '__proto__'])
  assert.deepEqual(rows, [[1, 'x', null, null], [2.5, true, null, null], [[1, 2], null, null, 'p']])
  assert.equal(only(parts, 'evidence')[0]?.locator, 'a.json#table0')
})

Deno.test('an object is text by its keys, and lists of objects in it are tables', async () => {
  const parts = await partsOf(
    'a.json',
    JSON.stringify({
      title: 'The title',
      info: { name: 'n', tags: ['x', 'y'], deep: [{ a: { b: 1 } }] },
      people: [{ n: 1 }, { n: 2 }],
    }),
  )
  assert.equal(documentOf(parts).title, 'The title')
  assert.deepEqual(outline(parts), [
    [1, 'title', 'The title'],
    [1, 'info', 'name: n\ntags: x, y\ndeep 1 a b: 1'],
    [1, 'people', ''],
  ])
  assert.deepEqual(table(parts).rows, [[1], [2]])
  assert.deepEqual(table(parts).batches[0]?.heading_path, ['people'])
})

Deno.test('numbers that JSON cannot say are null; NUL and lone surrogates are gone', async () => {
  const { rows } = table(
    await partsOf('a.json', '[{"a":1e999,"b":"x\\u0000\\ud800y"},{"a":-1e999,"b":"e\\u0301"}]'),
  )
  assert.deepEqual(rows, [[null, 'xy'], [null, 'é']])
})

Deno.test('JSON that is none, and JSON that is nested too deeply, are refused', async () => {
  await refusedAs('invalid_json', 'a.json', '{"a": 1,}')
  await refusedAs('invalid_json', 'a.json', 'name,value\n1,2\n')
  await refusedAs('invalid_json', 'a.jsonl', 'not json\nneither\n')
  await refusedAs('too_deeply_nested', 'a.json', '['.repeat(100_000) + ']'.repeat(100_000))
  await refusedAs('too_deeply_nested', 'a.json', '{"a":'.repeat(300) + '1' + '}'.repeat(300))
  assert.ok(await partsOf('a.json', `${'['.repeat(150)}"[[[[["${']'.repeat(150)}`))
})

Deno.test('JSON beyond its limit is refused before it is parsed, and before it is read where its size is known', async () => {
  const limits = { jsonBytes: 1000 }
  const cause = await refusedAs('file_too_large', 'a.json', `["${'x'.repeat(2_000)}"]`, { limits })
  assert.equal(cause.status, 413)
  assert.ok(cause.hint)
  await refusedAs('file_too_large', 'a.json', '[1]', { limits, size: 5_000 })
})

Deno.test('JSON lines are a table as wide as their first objects; later keys are kept', async () => {
  const lines = [...Array.from({ length: 250 }, (_, index) => ({ id: index })), { id: 250, late: 'x' }, {
    id: 251,
  }]
  const parts = await partsOf('a.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'))
  const { columns, rows } = table(parts)
  assert.deepEqual(columns, ['id', 'other'])
  assert.equal(rows.length, 252)
  assert.deepEqual(rows[250], [250, { late: 'x' }])
})

Deno.test('of JSON lines with ever other keys the first are columns, the rest one more', async () => {
  const lines = Array.from(
    { length: 100 },
    (_, row) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: 20 }, (_, key) => [`k${row * 20 + key}`, row]))),
  )
  const { columns, rows } = table(await partsOf('a.jsonl', lines.join('\n')))
  assert.deepEqual([columns.length, columns[511], columns[512]], [513, 'k511', 'other'])
  assert.deepEqual((rows[25] as unknown[]).slice(500, 513), [
    ...Array.from({ length: 12 }, () => 25),
    Object.fromEntries(Array.from({ length: 8 }, (_, key) => [`k${512 + key}`, 25])),
  ])
})

Deno.test('invalid lines among JSON lines are left out, with a warning', async () => {
  const deep = '['.repeat(1_000) + ']'.repeat(1_000)
  const parts = await partsOf('a.ndjson', `{"a":1}\n{"a":2}\nbroken\n${deep}\n{"a":3}\n`)
  assert.deepEqual(table(parts).rows.map(([a]) => a), [1, 2, 3])
  assert.deepEqual(only(parts, 'warning').map(({ code, count }) => [code, count]), [['rows_unparsed', 2]])
})

Deno.test('YAML reads as JSON does', async () => {
  const parts = await partsOf(
    'a.yaml',
    'title: T\nlist: [1, 2]\nanchor: &a {x: 1}\nalias: *a\ndate: 2024-01-01\n',
  )
  assert.equal(documentOf(parts).type, 'yaml')
  assert.deepEqual(outline(parts), [
    [1, 'title', 'T'],
    [1, 'list', '1, 2'],
    [1, 'anchor', 'x: 1'],
    [1, 'alias', 'x: 1'],
    [1, 'date', '2024-01-01'],
  ])
})

Deno.test('aliases that stand for billions, endless nesting and bad YAML are refused', async () => {
  let laughs = 'a: &a ["lol","lol","lol","lol","lol","lol","lol","lol","lol"]\n'
  for (
    const [name, before] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf', 'hg', 'ih'].map((pair) => [pair[0], pair[1]])
  ) {
    laughs += `${name}: &${name} [${Array(9).fill(`*${before}`).join(',')}]\n`
  }
  await refusedAs('too_deeply_nested', 'a.yaml', laughs)
  await refusedAs('too_deeply_nested', 'a.yaml', `a: ${'['.repeat(50_000)}`)
  await refusedAs('too_deeply_nested', 'a.yaml', `a: ${'{b: '.repeat(2_000)}1${'}'.repeat(2_000)}`)
  await refusedAs('invalid_yaml', 'a.yaml', 'a: [1, 2\nb: "x')
  await refusedAs('invalid_yaml', 'a.yaml', 'a: *nothing\n')
  await refusedAs('file_too_large', 'a.yaml', 'a: 1\n'.repeat(100), { limits: { yamlBytes: 100 } })
})

Deno.test('an alias that refers to itself is refused', async () => {
  await refusedAs('too_deeply_nested', 'a.yaml', 'a: &a [*a]\n')
})

Deno.test('XML is text by its elements', async () => {
  const parts = await partsOf(
    'books.xml',
    '<?xml version="1.0" encoding="UTF-8"?><c:catalog xmlns:c="u" xml:lang="en"><book id="b1"><title>One</title><price cur="USD">12</price></book>' +
      '<book id="b2"><title>T&amp;wo</title></book><note>Read <b>this</b> now</note></c:catalog>',
  )
  const document = documentOf(parts)
  assert.deepEqual([document.type, document.language, document.metadata['root']], ['xml', 'en', 'c:catalog'])
  assert.deepEqual(outline(parts), [
    [1, 'book', 'id: b1\ntitle: One\nprice cur: USD\nprice: 12\n\nid: b2\ntitle: T&wo'],
    [1, 'note', 'Read\nb: this\nnow'],
  ])
})

Deno.test('XML in the encoding that it declares is read', async () => {
  const latin = Uint8Array.from(
    '<?xml version="1.0" encoding="ISO-8859-1"?><a><b>Gr\u00fc\u00dfe</b></a>',
    (c) => c.charCodeAt(0),
  )
  assert.deepEqual(outline(await partsOf('a.xml', latin)), [[1, 'b', 'Grüße']])
})

Deno.test('XML that is broken, too deep, endless or explosive is refused', async () => {
  await refusedAs('invalid_xml', 'a.xml', '<?xml version="1.0"?><a><b></a>')
  await refusedAs('invalid_xml', 'a.xml', '<?xml version="1.0"?><a><b>')
  await refusedAs('invalid_xml', 'a.xml', '<?xml version="1.0"?>   ')
  await refusedAs('invalid_xml', 'a.xml', `<?xml version="1.0"?><a b="${'x'.repeat(20_000_000)}`)
  await refusedAs('too_deeply_nested', 'a.xml', `<?xml version="1.0"?>${'<a>'.repeat(10_000)}`)
  await refusedAs(
    'unsafe_xml',
    'a.xml',
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]><lolz>&lol2;</lolz>',
  )
  await refusedAs(
    'unsafe_xml',
    'a.xml',
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
  )
  await refusedAs(
    'unsafe_xml',
    'a.xml',
    '<?xml version="1.0"?><!DOCTYPE a [\n<!ENTITY % x SYSTEM "http://example.com/x.dtd">\n%x;]><a/>',
  )
})
