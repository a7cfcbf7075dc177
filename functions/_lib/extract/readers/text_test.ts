/** Plain text, Markdown and HTML; and detection of the format where the name is missing or wrong. */
import assert from 'node:assert/strict'
import { seeded } from '../../testing/random.ts'
import { extract } from '../extract.ts'
import { deflate, zip } from '../testing/archives.ts'
import { documentOf, generated, only, outline, partsOf, refusedAs, table } from '../testing/extracting.ts'

Deno.test('plain text is paragraphs; underlined lines are headings', async () => {
  const parts = await partsOf(
    'Notes on Things.txt',
    'Before.\r\n\r\nTitle\r\n=====\r\nOne\r\ntwo.\r\n\r\n\r\nThree.\r\n\r\nSub\r\n---\r\n\r\nFour.\r\n',
  )
  assert.equal(documentOf(parts).title, 'Notes on Things')
  assert.deepEqual(outline(parts), [
    [0, '', 'Before.'],
    [1, 'Title', 'One\ntwo.\n\nThree.'],
    [2, 'Title > Sub', 'Four.'],
  ])
})

Deno.test('text of any shape is whole, in sections that are not too long', async () => {
  const random = seeded(3)
  for (
    const text of [
      'x'.repeat(100_000),
      Array.from({ length: 20_000 }, () => Math.floor(random() * 1e6).toString(36)).join(' '),
      Array.from({ length: 5_000 }, () => Math.floor(random() * 1e6).toString(36)).join('\n'),
      Array.from({ length: 5_000 }, (_, index) => index % 7 ? 'word' : '\n \n\n').join('\n'),
      '😀'.repeat(50_000),
    ]
  ) {
    const parts = await partsOf('a.txt', text)
    const sections = only(parts, 'section')
    assert.equal(
      sections.map((section) => section.text).join('').replace(/\s+/g, ''),
      text.replace(/\s+/g, ''),
    )
    assert.ok(sections.every((section) => section.text.length <= 20_000 && section.text.isWellFormed()))
    assert.deepEqual(sections.map(({ order }) => order), sections.map((_, index) => index))
    assert.deepEqual(sections.map(({ continued }) => continued), sections.map((_, index) => index > 0))
  }
})

Deno.test('the pieces in which a text arrives make no difference', async () => {
  const text = 'Title\r\n=====\r\n\r\nOne\rtwo\n\n\nthree 😀 Größe\r\n\r\nfour'
  const bytes = new TextEncoder().encode(text)
  const whole = await partsOf('a.txt', text)
  for (const size of [1, 2, 3, 4, 7]) {
    const { stream } = generated((index) =>
      index * size < bytes.length ? bytes.slice(index * size, (index + 1) * size) : null
    )
    assert.deepEqual(
      await Array.fromAsync(extract({ filename: 'a.txt', stream })),
      whole,
      `pieces of ${size}`,
    )
  }
})

const markdown = `---
title: My Doc
lang: en
tags: [a, b]
---
Before.

# Hello *World*

Intro with [a link](http://x.y) & \`code\` &amp; **bold**.
Second line<br>third.

## Sub

- one
  - nested
- [x] done

3. three
4. four

| Name | Ad \\| Spend |
|:-----|------:|
| A **b** | 10 |
| C |  |

\`\`\`js
let x = 1

let y = 2
\`\`\`

> Quote
> goes on

Setext
------

<div><p>Some <b>HTML</b></p><script>bad()</script></div>
`

Deno.test('Markdown becomes headings, text, lists, code and tables, without its markup', async () => {
  const parts = await partsOf('doc.md', markdown)
  const document = documentOf(parts)
  assert.deepEqual([document.title, document.language, document.type], ['My Doc', 'en', 'markdown'])
  assert.deepEqual(document.metadata['front_matter'], { title: 'My Doc', lang: 'en', tags: ['a', 'b'] })
  assert.deepEqual(outline(parts), [
    [0, '', 'Before.'],
    [1, 'Hello World', 'Intro with a link & code & bold.\nSecond line\nthird.'],
    [2, 'Hello World > Sub', '- one\n  - nested\n- [x] done\n\n3. three\n4. four'],
    [2, 'Hello World > Sub', 'let x = 1\n\nlet y = 2\n\nQuote\ngoes on'],
    [2, 'Hello World > Setext', 'Some HTML'],
  ])
  const { columns, rows, batches } = table(parts)
  assert.deepEqual([columns, rows], [['Name', 'Ad | Spend'], [['A b', '10'], ['C', null]]])
  assert.deepEqual(batches[0]?.heading_path, ['Hello World', 'Sub'])
  assert.deepEqual(only(parts, 'fact').map(({ entity, metrics }) => [entity, metrics['spend'] ?? null]), [[
    'table',
    10,
  ], ['document_summary', null]])
})

Deno.test('front matter that is none is text', async () => {
  const parts = await partsOf('a.md', '---\n: : [\n---\n\nText\n')
  assert.ok(outline(parts).some(([, , text]) => text.includes('Text')))
  assert.deepEqual(documentOf(parts).metadata['front_matter'], undefined)
})

Deno.test('Markdown that nests too deeply or is too large is refused, and none takes long', async () => {
  await refusedAs('too_deeply_nested', 'a.md', `${'>'.repeat(5_000)} x\n`)
  await refusedAs('too_deeply_nested', 'a.md', `${'- '.repeat(5_000)}x\n`)
  await refusedAs('file_too_large', 'a.md', 'x\n'.repeat(1_000), { limits: { markdownBytes: 1_000 } })
  for (
    const odd of [
      '['.repeat(5_000),
      '*a '.repeat(5_000),
      '`'.repeat(5_000),
      '![['.repeat(3_000),
      '<a '.repeat(5_000),
      '|'.repeat(5_000),
      '_a_'.repeat(5_000),
      'a**'.repeat(100_000),
      'a\n|-|-|\n'.repeat(50_000),
      Array.from({ length: 100_000 }, (_, index) => 'a'.repeat(index % 7)).join('`'),
    ]
  ) {
    const started = performance.now()
    await partsOf('a.md', odd).catch(() => {})
    assert.ok(
      performance.now() - started < 10_000,
      `${odd.slice(0, 9)} took ${performance.now() - started} ms`,
    )
  }
})

Deno.test('a long paragraph of Markdown loses its marks, and nothing else', async () => {
  const words = Array.from({ length: 3_000 }, (_, index) => `word${index}`)
  const marked = words.map((word, index) => index % 100 === 50 ? `**${word}**` : word).join(' ')
  const parts = await partsOf('a.md', marked)
  assert.equal(outline(parts).map(([, , text]) => text).join(' '), words.join(' '))
})

const page = `<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Die
  Seite</title><meta name="description" content="Über uns"><meta property="article:published_time" content="2024-01-01">
<style>x { color: red }</style></head><body>
<nav><a href="/">Menü</a></nav><header>Kopfzeile</header>
<main><h1>Kopf <em>eins</em></h1><p>Ein   Text<br>zweite Zeile mit <a href="/x">Verweis</a></p><script>bad()</script>
<noscript>no</noscript><p hidden>versteckt</p><p style="display: none">unsichtbar</p>
<ul><li>a<ul><li>b</li></ul></li><li><p>c</p></li></ul><ol start="3"><li>x</li></ol>
<pre>  code
    block</pre>
<table><caption>Zahlen</caption><thead><tr><th rowspan="2">Name</th><th colspan="2">Werte</th></tr><tr><th>Alt</th><th>Neu</th></tr></thead>
<tbody><tr><td rowspan="2">x</td><td>1</td><td>2</td></tr><tr><td>3</td><td></td></tr></tbody></table>
<table role="presentation"><tr><td>Anordnung</td><td>daneben</td></tr></table>
<h2>Zwei</h2><div>Ende<div>wirklich</div></div></main><footer>Fuß</footer></body></html>`

Deno.test('HTML is its main content: headings, text, lists and tables of data', async () => {
  const parts = await partsOf('seite.html', page)
  const document = documentOf(parts)
  assert.deepEqual([document.title, document.language, document.type], ['Die Seite', 'de', 'html'])
  assert.equal(document.metadata['description'], 'Über uns')
  assert.equal(document.metadata['published'], '2024-01-01')
  assert.deepEqual(outline(parts), [
    [1, 'Kopf eins', 'Ein Text\nzweite Zeile mit Verweis\n\n- a\n  - b\n- c\n\n3. x\n\n  code\n    block'],
    [1, 'Kopf eins', 'Anordnung\n\ndaneben'],
    [2, 'Kopf eins > Zwei', 'Ende\n\nwirklich'],
  ])
  const { columns, rows, batches } = table(parts)
  assert.deepEqual([columns, rows], [['Name', 'Werte Alt', 'Werte Neu'], [['x', '1', '2'], ['x', '3', null]]])
  assert.equal(batches[0]?.caption, 'Zahlen')
})

Deno.test('a page without a main element is its body without furniture', async () => {
  const parts = await partsOf(
    'a.html',
    '<html><body><nav>menu</nav><h1>T</h1><p>Text</p><aside>ads</aside><footer>f</footer></body></html>',
  )
  assert.deepEqual(outline(parts), [[1, 'T', 'Text']])
  const bare = await partsOf('a.html', '<html><body><form>Only <label>a form</label></form></body></html>')
  assert.deepEqual(outline(bare), [[0, '', 'Only a form']])
})

Deno.test('a page that was fetched is evidence under its address', async () => {
  const parts = await partsOf('page', page, {
    url: 'https://example.com/x',
    mediaType: 'text/html; charset=utf-8',
  })
  const found = only(parts, 'evidence').filter((part) => part.content_type === 'web_page')
  assert.equal(found.length, 1)
  assert.equal(found[0]?.locator, 'https://example.com/x')
  assert.ok((found[0]?.preview.length ?? 0) <= 280 && found[0]?.preview.startsWith('Kopf eins Ein Text'))
  assert.deepEqual(Object.keys(found[0]?.full_data ?? {}), [
    'url',
    'text',
    'metadata',
    'warnings',
    'artifacts',
  ])
})

Deno.test('a page in the charset that it declares is read', async () => {
  const bytes = Uint8Array.from(
    '<html><head><meta charset="iso-8859-2"><title>\xa3\xf3d\xbc</title></head><body>x</body></html>',
    (c) => c.charCodeAt(0),
  )
  assert.equal(documentOf(await partsOf('a.html', bytes)).title, 'Łódź')
  const other = await partsOf('a.html', bytes, { mediaType: 'text/html; charset=windows-1252' })
  assert.equal(documentOf(other).title, '£ód¼')
})

Deno.test('HTML that nests without end, or is too large, is refused', async () => {
  await refusedAs('too_deeply_nested', 'a.html', `<html><body>${'<div>'.repeat(2_000)}x`)
  await refusedAs(
    'too_deeply_nested',
    'a.html',
    `<html><body><table><tr><td>${'<span>'.repeat(2_000)}x</table>`,
  )
  await refusedAs('file_too_large', 'a.html', `<html>${'x'.repeat(2_000)}`, { limits: { htmlBytes: 1_000 } })
})

Deno.test('spans of millions are cut to what a table may have', async () => {
  const parts = await partsOf(
    'a.html',
    '<html><body><table><tr><th colspan="99999999">a</th></tr><tr><td rowspan="99999999">b</td></tr><tr><td>c</td></tr></table>',
  )
  assert.ok(table(parts).columns.length <= 1_000)
})

Deno.test('the content decides about the format, and the name where the content is ambiguous', async () => {
  const cases: [string, string | Uint8Array, string, string?][] = [
    ['report.txt', '<!DOCTYPE html><html><body><p>x</p></body></html>', 'html'],
    ['page.csv', '<html><body>Not found</body></html>', 'html'],
    ['data.txt', '<?xml version="1.0"?><a><b>c</b></a>', 'xml'],
    ['data', '{"a": [1, 2, 3]}', 'json'],
    ['data.txt', '{"a": 1}\n{"a": 2}\n', 'json'],
    ['readme', '# Title\n\nText\n\n## Sub\n\nMore\n', 'markdown'],
    ['readme.txt', '[link](http://x) is how it begins\n', 'text'],
    ['readme.md', '<h1 align="center">Name</h1>\n\nText\n', 'markdown'],
    ['x', 'a,b\n1,2\n', 'csv', 'text/csv'],
    ['x', 'just text', 'text', 'text/plain'],
    ['x', '# one heading', 'markdown', 'text/markdown'],
    ['notes.txt', 'a < b and c > d\n', 'text'],
    ['x.bin', '', 'image'],
  ]
  const png = Uint8Array.of(
    0x89,
    0x50,
    0x4e,
    0x47,
    0x0d,
    0x0a,
    0x1a,
    0x0a,
    0,
    0,
    0,
    13,
    0x49,
    0x48,
    0x44,
    0x52,
    0,
    0,
    0,
    3,
    0,
    0,
    0,
    2,
    8,
    2,
    0,
    0,
    0,
  )
  for (const [name, data, type, mediaType] of cases) {
    const parts = await partsOf(name, type === 'image' ? png : data, { mediaType })
    assert.equal(documentOf(parts).type, type, name)
  }
})

Deno.test('what can be read by nothing is refused by its name', async () => {
  const text = (bytes: number[]): Uint8Array => Uint8Array.from(bytes)
  const cfb = new Uint8Array(2_048)
  cfb.set([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
  const encrypted = cfb.slice()
  for (const [index, character] of [...'EncryptedPackage'].entries()) {
    encrypted[1_024 + index * 2] = character.charCodeAt(0)
  }
  const legacy = await refusedAs('legacy_format', 'old.doc', cfb)
  assert.equal(legacy.status, 415)
  assert.match(legacy.hint ?? '', /docx/)
  await refusedAs('legacy_format', 'old.xls', cfb)
  for (
    const [stream, name] of [
      ['WordDocument', '.doc'],
      ['Workbook', '.xls'],
      ['PowerPoint Document', '.ppt'],
      [
        '__properties_version1.0',
        '.msg',
      ],
    ] as const
  ) {
    const named = cfb.slice()
    Array.from(stream, (letter, index) => named.set([letter.charCodeAt(0), 0], 1024 + index * 2))
    const { message } = await refusedAs('legacy_format', 'unnamed', named)
    assert.ok(message.includes(`(${name})`), message)
  }
  await refusedAs('legacy_format', 'old.ppt', cfb)
  assert.equal((await refusedAs('encrypted_file', 'new.xlsx', encrypted)).status, 422)
  await refusedAs('encrypted_file', 'new.docx', cfb)
  await refusedAs('unsupported_format', 'a.rtf', '{\\rtf1 x}')
  await refusedAs('unsupported_format', 'a.zip', await zip([{ name: 'a.txt', data: 'x' }]))
  await refusedAs('unsupported_format', 'a.pptx', await zip([{ name: 'ppt/presentation.xml', data: '<a/>' }]))
  await refusedAs(
    'unsupported_format',
    'a.gz',
    await deflate(new TextEncoder().encode('x'.repeat(100)), 'gzip'),
  )
  const random = seeded(5)
  await refusedAs(
    'unsupported_format',
    'a.dat',
    text(Array.from({ length: 5_000 }, () => Math.floor(random() * 256))),
  )
  await refusedAs(
    'unsupported_format',
    'a.txt',
    text(Array.from({ length: 500 }, () => Math.floor(random() * 8))),
  )
  await refusedAs('empty_file', 'a.pdf', '')
})

/** What random files are made of. */
const starts = [
  '',
  '%PDF-1.7\n',
  'PK\x03\x04',
  '{',
  '[',
  '<?xml version="1.0"?>',
  '<html>',
  '---\n',
  'a,b\n',
  '\xff\xfe',
  'openapi: 3\npaths:\n',
  '\x89PNG\r\n\x1a\n',
  'RIFF',
  '{"info":{"name":1},"item":[',
  '\xff\xd8\xff',
]
const names = [
  'a.pdf',
  'a.docx',
  'a.json',
  'a.xml',
  'a.html',
  'a.md',
  'a.csv',
  'a.yaml',
  'a.log',
  'a',
  'a.jsonl',
]
const pieces = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\n',
  '<a>',
  '</a>',
  '<![CDATA[',
  '&',
  'stream\n',
  'endobj',
  '\0',
  'é',
  '\ud83d',
  '1',
  ' ',
  '|',
  '#',
  '- ',
  'obj <<',
  '>>',
  '*',
  '&a',
  '*a',
  '\t',
]

Deno.test('property: any random file gives parts or an ExtractionError', async () => {
  const random = seeded(77)
  for (let round = 0; round < 400; round++) {
    const text = `${starts[Math.floor(random() * starts.length)]}${
      Array.from({ length: Math.floor(random() * 60) }, () => pieces[Math.floor(random() * pieces.length)])
        .join('')
    }`
    const latin = Uint8Array.from(text, (character) => character.charCodeAt(0))
    const data = random() < 0.5 ? latin : new TextEncoder().encode(text)
    const name = names[Math.floor(random() * names.length)] ?? 'a'
    try {
      const parts = await partsOf(name, data)
      assert.ok(JSON.stringify(parts).isWellFormed())
      assert.ok(!JSON.stringify(parts).includes('\\u0000'))
    } catch (cause) {
      assert.equal(
        (cause as Error).constructor.name,
        'ExtractionError',
        `${name} ${JSON.stringify(text)}: ${(cause as Error).stack}`,
      )
    }
  }
})

Deno.test('a declared size beyond the limit is refused before anything is read', async () => {
  const { stream, state } = generated(() => 'x')
  await assert.rejects(
    Array.fromAsync(extract({ filename: 'a.txt', stream, size: 5_000, limits: { bytes: 1_000 } })),
    { code: 'file_too_large', status: 413 },
  )
  assert.deepEqual(state, { pulled: 0, cancelled: true })
})

Deno.test('an undeclared size beyond the limit is refused once it is reached', async () => {
  const { stream, state } = generated(() => 'x'.repeat(99) + '\n')
  await assert.rejects(Array.fromAsync(extract({ filename: 'a.txt', stream, limits: { bytes: 10_000 } })), {
    code: 'file_too_large',
  })
  assert.ok(state.pulled < 120 && state.cancelled)
})

Deno.test('an abort ends the reading with its reason, and cancels the stream', async () => {
  for (const filename of ['a.csv', 'a.log', 'a.txt', 'a.json', 'a.html', 'a.pdf']) {
    const abort = new AbortController()
    const { stream, state } = generated((index) => {
      if (index === 100) abort.abort(new Error('enough'))
      return `${index},x\n`.repeat(1_000)
    })
    const format = filename === 'a.pdf' ? 'pdf' : undefined
    const reading = Array.fromAsync(extract({ filename, stream, signal: abort.signal, format }))
    await assert.rejects(reading, /enough/, filename)
    assert.ok(state.cancelled && state.pulled < 105, filename)
  }
  const early = generated(() => 'x')
  await assert.rejects(
    Array.fromAsync(
      extract({ filename: 'a.txt', stream: early.stream, signal: AbortSignal.abort(new Error('before')) }),
    ),
    /before/,
  )
})

Deno.test('timers run while a file is read that is all there', async () => {
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  const { stream } = generated((index) => index < 1_000 ? `${index},some text\n`.repeat(500) : null)
  for await (const _part of extract({ filename: 'a.csv', stream }));
  clearInterval(timer)
  assert.ok(ticks >= 3, `${ticks} times`)
})

Deno.test('a reader that leaves early lets go of the stream', async () => {
  const { stream, state } = generated((index) => `${index},x\n`.repeat(1_000))
  for await (const part of extract({ filename: 'a.csv', stream })) if (part.kind === 'table') break
  assert.ok(state.cancelled)
  assert.ok(state.pulled < 100)
})

Deno.test('a page behind a declaration of XML and comments is HTML, as reports with inline XBRL are', async () => {
  const page =
    '<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>Report</h1><p>Net sales rose.</p></body></html>'
  for (
    const prolog of [
      '<?xml version="1.0" encoding="UTF-8"?>\n<!--Created with a tool-->\n<!-- and -- another -->\n',
      '<!-- first -->',
      '<?xml version="1.0"?><?xml-stylesheet href="a.xsl"?><!-- a --><!DOCTYPE html>',
    ]
  ) {
    for (const name of ['report.htm', 'report.xml', 'report']) {
      const parts = await partsOf(name, prolog + page)
      assert.deepEqual([documentOf(parts).type, outline(parts)], ['html', [[1, 'Report', 'Net sales rose.']]])
    }
  }
  assert.equal(
    documentOf(await partsOf('a.xml', '<?xml version="1.0"?><!-- <html> --><a><b>x</b></a>')).type,
    'xml',
  )
})
