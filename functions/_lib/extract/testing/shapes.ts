/**
 * Files of every format in the shapes that make readers slow: deep, flat, wide, long, and many of everything. Each is
 * made in any size, so that a test can compare the work for n bytes with that for 2n.
 */
import { docx, paragraph, sheetRow, wordTable, xlsx, zip } from './archives.ts'
import { type Drawn, lines, pdf } from './pdfs.ts'

/** A kind of file, in any size. */
export interface Shape {
  readonly format: string
  readonly shape: string
  readonly filename: string
  /** About as many bytes as wanted; of archives, when they are inflated. */
  readonly make: (bytes: number) => string | Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>
}

/** As many copies as the size needs; the text may depend on the number of the copy. */
function repeat(bytes: number, one: string | ((index: number) => string)): string {
  if (typeof one === 'string') return one.repeat(Math.max(1, Math.floor(bytes / one.length)))
  const parts: string[] = []
  let size = 0
  for (let index = 0; size < bytes; index++) {
    const part = one(index)
    parts.push(part)
    size += part.length
  }
  return parts.join('')
}

function around(before: string, one: string | ((index: number) => string), after = ''): Shape['make'] {
  return (bytes) => before + repeat(bytes, one) + after
}

/** Halves: as many of the first as of the second. */
function balanced(open: string, inside: string, close: string): Shape['make'] {
  return (bytes) => {
    const count = Math.max(1, Math.floor(bytes / (open.length + close.length)))
    return open.repeat(count) + inside + close.repeat(count)
  }
}

function counted(bytes: number, each: number): number {
  return Math.max(1, Math.floor(bytes / each))
}

function of(
  format: string,
  filename: string,
  makes: Readonly<Record<string, Shape['make']>>,
): Shape[] {
  return Object.entries(makes).map(([shape, make]) => ({ format, shape, filename, make }))
}

const words = 'The crew dried the second floor and measured the moisture again. '

const html = of('html', 'a.html', {
  'open blocks': around('<html>', '<div>'),
  'closed blocks': balanced('<div>', 'x', '</div>'),
  'open inline elements': around('<p>', '<b>x'),
  'ends without a beginning': around('<p>x', '</div></p></b>'),
  'nested lists': balanced('<ul><li>x', '', '</li></ul>'),
  'groups of nested lists': around('<html>', '<ul><li>x'.repeat(100) + '</li></ul>'.repeat(100)),
  'nested tables': balanced('<table><tr><td>', 'x', '</td></tr></table>'),
  'groups of nested tables': around(
    '<html>',
    '<table><tr><td>'.repeat(80) + 'x' + '</td></tr></table>'.repeat(80),
  ),
  'nested layout tables': around(
    '<html>',
    '<table role="presentation"><tr><td>'.repeat(80) + 'x' + '</td></tr></table>'.repeat(80),
  ),
  'small paragraphs': around('<html>', '<p>x</p>'),
  'open paragraphs': around('<html>', '<p>x'),
  'small inline elements': around('<p>', '<i>x</i> '),
  'line breaks': around('<p>', 'x<br>'),
  'empty elements': around('<html>', '<img><hr><input>'),
  'headings': around('<html>', (n) => `<h2>Part ${n}</h2><p>x</p>`),
  'titles': around('<html>', '<title>x</title>'),
  'metadata': around('<html>', (n) => `<meta name="m${n}" content="x">`),
  'scripts': around('<html>', '<script>1<2</script>'),
  'open scripts': around('<html>', '<script>'),
  'list items': around('<ul>', '<li>x</li>', '</ul>'),
  'open list items': around('<ul>', '<li>x'),
  'small tables': around('<html>', '<table><tr><th>a<th>b<tr><td>1<td>2</table>'),
  'long table': around('<table><tr><th>a<th>b', '<tr><td>1<td>2', '</table>'),
  'wide table': around('<table><tr><th>a', '<td>1', '</table>'),
  'wide cells': around('<table><tr><th>a<th>b', '<tr><td colspan="900">1<td>2', '</table>'),
  'tall cells': around('<table><tr><th>a<th>b', '<tr><td rowspan="900">1<td>2', '</table>'),
  'links': around('<p>', (n) => `<a href="https://example.com/${n}?a=1&amp;b=2">link ${n}</a> `),
  'attributes': around('<p ', (n) => `a${n}="x" `, '>x</p>'),
  'styles': around('<html>', '<p style="display : block;color:red" class="a b c">x</p>'),
  'entities': around('<p>', '&amp;&lt;&eacute;&#233;'),
  'broken entities': around('<p>', '&&amp&notit;&#;'),
  'brackets': around('<p>', '< < <'),
  'open comments': around('<p>', '<!-- x '),
  'comments': around('<p>', '<!-- x -->'),
  'open tags': around('<p>', '<a '),
  'open attributes': around('<p>', '<a b="'),
  'long line': around('<p>', words),
  'long word': around('<p>', 'x'),
  'spaces': around('<p>x', ' ', 'x</p>'),
  'spaces in code': around('<pre>x', ' ', 'x</pre>'),
  'lines of code': around('<pre>', 'x = 1\n', '</pre>'),
})

const markdown = of('markdown', 'a.md', {
  'nested lists': (bytes) => {
    let text = ''
    for (let depth = 0; text.length < bytes; depth = (depth + 1) % 150) text += `${'  '.repeat(depth)}- x\n`
    return text
  },
  'groups of nested lists': around(
    '',
    Array.from({ length: 12 }, (_, n) => `${'  '.repeat(n)}- x\n`).join(''),
  ),
  'nested ordered lists': around(
    '',
    Array.from({ length: 12 }, (_, n) => `${'   '.repeat(n)}${n + 1}. x\n`).join(''),
  ),
  'marks of lists': around('', '- '),
  'lines of marks': around('', `${'- '.repeat(100)}x\n`),
  'nested quotes': around('', '> '),
  'lines of quotes': around('', `${'> '.repeat(100)}x\n`),
  'flat quotes': around('', '> x\n'),
  'lists in quotes': around('', '> - x\n>   - y\n'),
  'list items': around('', '- x\n'),
  'loose list items': around('', '- x\n\n'),
  'numbered items': around('', (n) => `${n + 1}. x\n`),
  'tasks': around('', '- [x] done\n'),
  'lazy list': around('- x\n', 'x\n'),
  'items with paragraphs': around('', '- x\n\n  y\n\n'),
  'item with paragraphs': around('- x\n', '\n  y\n'),
  'item with code': around('- x\n', '\n      y\n'),
  'paragraphs': around('', 'x\n\n'),
  'lines': around('', 'x\n'),
  'headings': around('', (n) => `# Part ${n}\n\nx\n\n`),
  'underlined headings': around('', (n) => `Part ${n}\n---\n`),
  'rules': around('', '---\n\n'),
  'small tables': around('', '| a | b |\n| - | - |\n| 1 | 2 |\n\n'),
  'long table': around('| a | b |\n| - | - |\n', '| 1 | 2 |\n'),
  'wide table': (bytes) => {
    const columns = counted(bytes, 12)
    return `|${' a |'.repeat(columns)}\n|${' - |'.repeat(columns)}\n|${' 1 |'.repeat(columns)}\n`
  },
  'delimiter rows': around('x\n', '|-|-|\n'),
  'bars': around('', '|'),
  'fences': around('', '```\nx\n```\n\n'),
  'open fence': around('```\n', 'x\n'),
  'fences of other lengths': around('', (n) => `${'`'.repeat(3 + n % 50)}\n`),
  'indented code': around('', '    x\n'),
  'indented code with gaps': around('', '    x\n\n'),
  'markup': around('', '<div>\n\nx\n\n</div>\n\n'),
  'open markup': around('', '<div>\n'),
  'inline markup': around('', '<b>x</b> '),
  'open comments': around('', '<!-- '),
  'links': around('', (n) => `[link ${n}](https://example.com/${n}) `),
  'references': (bytes) =>
    repeat(bytes / 2, (n) => `[r${n}] and [text][r${n}]\n\n`) + repeat(bytes / 2, (n) => `[r${n}]: /${n}\n`),
  'definitions': around('', (n) => `[r${n}]: /${n} "x"\n`),
  'open links': around('', '['),
  'nested links': around('', '[a]('),
  'images': around('', '![a](b) '),
  'open images': around('', '!['),
  'stars': around('', '*'),
  'open emphasis': around('', '*a '),
  'mixed emphasis': around('', '*a **b _c '),
  'underlines': around('', '_a'),
  'strikes': around('', '~a '),
  'backticks': around('', (n) => `${'`'.repeat(1 + n % 40)}x`),
  'angles': around('', '<a '),
  'addresses': around('', 'www.example.com/a(b '),
  'mail addresses': around('', 'a.b@example.com '),
  'at signs': around('', 'a@'),
  'entities': around('', '&amp; &eacute; '),
  'paragraphs of entities': around('', 'a &amp; b\n\n'),
  'escapes': around('', '\\*'),
  'long line': around('', words),
  'long word': around('', 'x'),
  'spaces': around('x', ' ', 'x'),
  'tabs': around('x\n', '\t', 'x'),
  'blank lines': around('x\n', '\n', 'x'),
  'lines of spaces': around('x\n', '   \n', 'x'),
  'front matter': around('---\n', 'a: 1\n'),
})

const text = of('text', 'a.txt', {
  'paragraphs': around('', 'x\n\n'),
  'lines': around('', `${words}\n`),
  'short lines': around('', 'x\n'),
  'long line': around('', words),
  'long word': around('', 'x'),
  'long word of signs': around('', '!'),
  'long word of digits': around('', '7'),
  'ideographs': around('', '水'),
  'emoji': around('', '👩‍👩‍👧‍👦'),
  'accents': around('e', '\u0301'),
  'spaces': around('x', ' ', 'x'),
  'words far apart': around('', `x${' '.repeat(3_000)}`),
  'tabs': around('x', '\t', 'x'),
  'blank lines': around('x', '\n', 'x'),
  'lines of spaces': around('x\n', '   \n', 'x'),
  'returns': around('x', '\r', 'x'),
  'underlined lines': around('', 'Part\n----\nx\n'),
  'figures': around('', 'Revenue: $1,200.50 in sales, growth of 12.5 % by March 3, 2026. '),
  'names': around('', 'Dr. Ada Lovelace of Analytical Engine Ltd. '),
  'capitalized words': around('', 'Aa '),
  'formulas': around('', 'E = m c^2 + \\frac{a}{b} $x$ \\(y\\) '),
  'open formulas': around('', '$$ x \\[ y \\begin{equation} '),
  'captions': around('', 'Figure 1: x\n\nChart 2. y\n\n'),
  'stops': around('', '. '),
  'dots': around('', '.'),
  'quotes': around('', '" '),
})

const csv = of('csv', 'a.csv', {
  'long': around('a,b\n', (n) => `${n},x\n`),
  'wide': (bytes) => `${repeat(bytes / 2, (n) => `c${n},`)}\n${repeat(bytes / 2, '1,')}\n`,
  'equal names': (bytes) => `${repeat(bytes / 2, 'a,')}\n${repeat(bytes / 2, '1,')}\n`,
  'growing rows': (bytes) => {
    const rows: string[] = []
    for (let cells = 0; cells * 2 < bytes; cells += rows.length) rows.push('1,'.repeat(rows.length + 1))
    return rows.join('\n')
  },
  'short rows under a wide one': (bytes) => `${'a,'.repeat(200)}\n${repeat(bytes, '1\n')}`,
  'long cell': around('a,b\n1,', 'x'),
  'long quoted cell': around('a,b\n1,"', 'x\n', '"\n'),
  'open quote': around('a,b\n1,"', 'x\n'),
  'quotes': around('a,b\n', '"x ""y""",z\n'),
  'stray quotes': around('a,b\n', 'x"y"z",1\n'),
  'blank lines': around('a,b\n1,2\n', '\n'),
  'separators': around('a,b\n', ','),
})

const json = of('json', 'a.json', {
  'nested lists': balanced('[', '', ']'),
  'nested objects': balanced('{"a":', '1', '}'),
  'groups of nested lists': (bytes) => `[${repeat(bytes, `${'['.repeat(150)}1${']'.repeat(150)},`)}0]`,
  'numbers': around('[', '1,', '1]'),
  'keys': around('{', (n) => `"k${n}":"x",`, '"z":1}'),
  'records': around('[', (n) => `{"id":${n},"name":"x"},`, '{"id":0,"name":"y"}]'),
  'wide records': (bytes) => {
    const one = `{${Array.from({ length: 500 }, (_, n) => `"k${n}":1`).join(',')}}`
    return `[${repeat(bytes, `${one},`)}${one}]`
  },
  'records with other keys': around('[', (n) => `{"k${n}":1},`, '{"z":1}]'),
  'objects of lists': around('{', (n) => `"k${n}":[{"a":1},{"a":2}],`, '"z":1}'),
  'long text': around('{"a":"', words, '"}'),
  'escapes': around('{"a":"', '\\n\\u00e9\\"', '"}'),
  'spaces': around('{"a":', ' ', '1}'),
})

const jsonLines = of('json lines', 'a.jsonl', {
  'records': around('', (n) => `{"id":${n},"name":"x"}\n`),
  'other keys': around('', (n) => `{"k${n}":1}\n`),
  'wide record': (bytes) => `{${repeat(bytes, (n) => `"k${n}":1,`)}"z":1}\n{"z":2}\n`,
  'nested records': around('', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}\n`),
  'broken lines': around('{"a":1}\n', '{"a":\n'),
  'long text': around('{"a":"', words, '"}\n'),
})

const xml = of('xml', 'a.xml', {
  'nested': balanced('<a>', 'x', '</a>'),
  'groups of nested elements': around('<r>', `${'<a>'.repeat(150)}x${'</a>'.repeat(150)}`, '</r>'),
  'flat': around('<r>', '<a>x</a>', '</r>'),
  'empty elements': around('<r>', '<a/>', '</r>'),
  'other names': around('<r>', (n) => `<a${n}>x</a${n}>`, '</r>'),
  'attributes': around('<r><a ', (n) => `a${n}="x" `, '/></r>'),
  'elements with attributes': around('<r>', '<a b="x" c="y"/>', '</r>'),
  'mixed text': around('<r><a>', 'x<b>y</b>', '</a></r>'),
  'long text': around('<r><a>', words, '</a></r>'),
  'spaces': around('<r><a>x', ' ', 'x</a></r>'),
  'entities': around('<r><a>', '&amp;&#233;', '</a></r>'),
  'sections': around('<r><a>', '<![CDATA[x]]>', '</a></r>'),
  'brackets in a section': around('<r><a><![CDATA[', ']]', ']]></a></r>'),
  'comments': around('<r>', '<!-- x -->', '</r>'),
  'instructions': around('<r>', '<?x y?>', '</r>'),
})

const logs = of('log', 'a.log', {
  'lines': around('', (n) => `2026-01-02 03:04:05.${n % 1000} INFO app.main: request ${n} took 12 ms\n`),
  'access lines': around(
    '',
    '10.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET / HTTP/1.1" 200 12 "-" "curl"\n',
  ),
  'stack traces': around(
    '',
    `2026-01-02 03:04:05 ERROR app: failed\n${'    at main (a.js:1:1)\n'.repeat(20)}`,
  ),
  'one stack trace': around(
    '2026-01-02 03:04:05 ERROR app: failed\n2026-01-02 03:04:05 INFO x\n',
    '    at main\n',
  ),
  'plain lines': around('2026-01-02 03:04:05 INFO a\n2026-01-02 03:04:05 INFO b\n', 'x y z\n'),
  'long line': around('2026-01-02 03:04:05 INFO app: x\n2026-01-02 03:04:05 INFO app: ', words),
  'long words': around(
    '2026-01-02 03:04:05 INFO a\n',
    `2026-01-02 03:04:05 INFO app: ${'x'.repeat(3_000)}\n`,
  ),
  'pairs': around('', 'time=2026-01-02T03:04:05Z level=info msg="a b" k=v\n'),
  'many pairs': around(
    'time=2026-01-02T03:04:05Z level=info msg=a\ntime=x level=info msg=b ',
    (n) => `k${n}=v `,
  ),
  'records': around('', (n) => `{"time":"2026-01-02T03:04:05Z","level":"info","msg":"request ${n}"}\n`),
  'system lines': around('', '<34>1 2026-01-02T03:04:05Z host app 1 ID [a b="c"][d e="f"] x\n'),
  'long system data': around(
    '<34>1 2026-01-02T03:04:05Z host app 1 ID x\n<34>1 2026-01-02T03:04:05Z h a 1 I ',
    '[a b="c"]',
  ),
  'brackets': around('2026-01-02 03:04:05 INFO a\n2026-01-02 03:04:05 INFO b\n2026-01-02 03:04:05 ', '[a] '),
  'brackets at the start': around('2026-01-02 03:04:05 INFO a\n2026-01-02 03:04:05 INFO b\n', '['),
})

const xmlLogs = of('xml log', 'a.xml', {
  'entries': around(
    '<log>',
    (n) => `<entry><time>2026-01-02</time><level>info</level><message>x ${n}</message></entry>`,
    '</log>',
  ),
  'one wide entry': around(
    '<log><entry><time>2026-01-02</time><level>info</level>',
    (n) => `<a${n}>x</a${n}>`,
    '</entry></log>',
  ),
  'nested entries': around(
    '<log><entry><time>2026-01-02</time><level>i</level></entry>',
    `${'<entry>'.repeat(90)}x${'</entry>'.repeat(90)}`,
    '</log>',
  ),
  'attributes': around('<log>', '<event time="2026-01-02" level="info" message="x"/>', '</log>'),
})

function openApiOf(paths: string, more = ''): string {
  return `{"openapi":"3.0.0","info":{"title":"A","version":"1"},"paths":{${paths}}${more}}`
}

const openApi = of('openapi', 'openapi.json', {
  'paths': (bytes) =>
    openApiOf(
      Array.from({ length: Math.min(9_000, counted(bytes, 120)) }, (_, n) =>
        `"/p${n}":{"get":{"summary":"x","parameters":[{"name":"a","in":"query"}],"responses":{"200":{"description":"y"}}}}`)
        .join(','),
    ),
  'references': (bytes) => {
    const schema = Array.from({ length: 20 }, (_, n) => `"f${n}":{"type":"string"}`).join(',')
    return openApiOf(
      Array.from(
        { length: Math.min(9_000, counted(bytes, 120)) },
        (_, n) =>
          `"/p${n}":{"get":{"responses":{"200":{"content":{"j":{"schema":{"$ref":"#/components/schemas/A"}}}}}}}`,
      ).join(','),
      `,"components":{"schemas":{"A":{"type":"object","properties":{${schema}}}}}`,
    )
  },
  'chains of references': (bytes) => {
    const count = counted(bytes, 140)
    return openApiOf(
      Array.from(
        { length: Math.min(9_000, count) },
        (_, n) => `"/p${n}":{"get":{"responses":{"200":{"$ref":"#/components/schemas/S${n}"}}}}`,
      ).join(','),
      `,"components":{"schemas":{${
        Array.from({ length: count }, (_, n) =>
          `"S${n}":{"a":{"$ref":"#/components/schemas/S${(n + 1) % count}"}}`)
          .join(',')
      }}}`,
    )
  },
  'parameters': (bytes) =>
    openApiOf(
      `"/p":{"get":{"parameters":[${
        Array.from({ length: counted(bytes, 40) }, (_, n) => `{"name":"a${n}","in":"query"}`).join(',')
      }],"responses":{}}}`,
    ),
  'tags': (bytes) =>
    openApiOf(
      `"/p":{"get":{"tags":[${
        Array.from({ length: counted(bytes, 10) }, (_, n) => `"t${n}"`).join(',')
      }],"responses":{}}}`,
    ),
  'security': (bytes) =>
    openApiOf(
      `"/p":{"get":{"security":[${
        Array.from({ length: counted(bytes, 12) }, (_, n) => `{"s${n}":[]}`).join(',')
      }],"responses":{}}}`,
    ),
})

function postmanOf(items: string): string {
  return `{"info":{"name":"A","_postman_id":"1"},"item":[${items}]}`
}

const postman = of('postman', 'a.postman_collection.json', {
  'requests': (bytes) =>
    postmanOf(
      Array.from({ length: Math.min(9_000, counted(bytes, 90)) }, (_, n) =>
        `{"name":"r${n}","request":{"method":"GET","url":{"raw":"https://a.test/x?y=1"}}}`).join(','),
    ),
  'nested folders': (bytes) => {
    const one = `${'{"name":"f","item":['.repeat(40)}{"name":"r","request":"https://a.test/x"}${
      ']}'.repeat(40)
    }`
    return postmanOf(Array.from({ length: Math.min(9_000, counted(bytes, one.length)) }, () => one).join(','))
  },
  'headers': (bytes) =>
    postmanOf(
      `{"name":"r","request":{"url":"https://a.test","header":[${
        Array.from({ length: counted(bytes, 26) }, (_, n) => `{"key":"h${n}","value":"x"}`).join(',')
      }]}}`,
    ),
  'header lines': (bytes) =>
    postmanOf(`{"name":"r","request":{"url":"https://a.test","header":"${repeat(bytes, 'a: b\\n')}"}}`),
  'query': (bytes) => postmanOf(`{"name":"r","request":{"url":"https://a.test?${repeat(bytes, 'a=b&')}"}}`),
  'variables': (bytes) => postmanOf(`{"name":"r","request":{"url":"${repeat(bytes, '{{a')}"}}`),
  'hosts': (bytes) => postmanOf(`{"name":"r","request":{"url":"${repeat(bytes, 'a.')}"}}`),
})

const yaml = of('yaml', 'a.yaml', {
  'nested keys': (bytes) => {
    let out = ''
    for (let depth = 0; out.length < bytes; depth = (depth + 1) % 100) {
      out += `${' '.repeat(depth)}k${out.length}:\n`
    }
    return out
  },
  'nested flow': balanced('[', '', ']'),
  'groups of nested flow': around('', `- ${'['.repeat(60)}1${']'.repeat(60)}\n`),
  'open flow': around('a: ', '['),
  'marks of lists': around('', '- '),
  'lines of marks': around('', `${'- '.repeat(60)}x\n`),
  'items': around('', '- x\n'),
  'keys': around('', (n) => `k${n}: x\n`),
  'equal keys': around('', 'k: x\n'),
  'records': around('', (n) => `- id: ${n}\n  name: x\n`),
  'flow items': around('[', 'x, ', 'x]'),
  'flow keys': around('{', (n) => `k${n}: x, `, 'z: 1}'),
  'documents': around('', '---\na: 1\n'),
  'anchors': around('', (n) => `- &a${n} x\n`),
  'aliases': (bytes) => `a: &a x\nb:\n${repeat(bytes, '- *a\n')}`,
  'anchors and aliases': around('', (n) => `- &a${n} x\n- *a${n}\n`),
  'merges': (bytes) => `a: &a {x: 1}\nb:\n${repeat(bytes, '- <<: *a\n')}`,
  'long text': around('a: ', words),
  'lines of text': around('a:\n', '  x y\n'),
  'block text': around('a: |\n', '  x y\n'),
  'folded text': around('a: >\n', '  x y\n'),
  'quoted text': around('a: "', 'x\\n\n  ', '"'),
  'open quote': around('a: "', 'x '),
  'comments': around('', '# x\n', 'a: 1'),
  'blank lines': around('a: 1\n', '\n', 'b: 1'),
  'spaces': around('a:', ' ', 'x'),
  'tags': around('', '- !x y\n'),
  'explicit keys': around('', (n) => `? k${n}\n: x\n`),
  'colons': around('a', ':'),
})

const word = of('docx', 'a.docx', {
  'paragraphs': (bytes) => docx(repeat(bytes, paragraph('x'))),
  'empty paragraphs': (bytes) => docx(repeat(bytes, '<w:p/>')),
  'runs': (bytes) => docx(`<w:p>${repeat(bytes, '<w:r><w:t>x</w:t></w:r>')}</w:p>`),
  'breaks': (bytes) => docx(`<w:p><w:r><w:t>x</w:t>${repeat(bytes, '<w:br/>')}<w:t>x</w:t></w:r></w:p>`),
  'tabs': (bytes) => docx(`<w:p><w:r>${repeat(bytes, '<w:tab/>')}<w:t>x</w:t></w:r></w:p>`),
  'spaces': (bytes) => docx(`<w:p><w:r><w:t>x${repeat(bytes, ' ')}x</w:t></w:r></w:p>`),
  'long line': (bytes) => docx(paragraph(repeat(bytes, words))),
  'headings': (bytes) => docx(repeat(bytes, (n) => paragraph(`Part ${n}`, 'Heading1') + paragraph('x'))),
  'list items': (bytes) =>
    docx(
      repeat(
        bytes,
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>x</w:t></w:r></w:p>',
      ),
      {
        numbering:
          '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="1"><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>',
      },
    ),
  'small tables': (bytes) => docx(repeat(bytes, wordTable([['a', 'b'], ['1', '2']]))),
  'long table': (bytes) =>
    docx(
      `<w:tbl>${
        repeat(bytes, `<w:tr><w:tc>${paragraph('1')}</w:tc><w:tc>${paragraph('2')}</w:tc></w:tr>`)
      }</w:tbl>`,
    ),
  'wide table': (bytes) =>
    docx(`<w:tbl><w:tr>${repeat(bytes, `<w:tc>${paragraph('1')}</w:tc>`)}</w:tr></w:tbl>`),
  'groups of nested tables': (bytes) => {
    const depth = 30
    const one = `${'<w:tbl><w:tr><w:tc>'.repeat(depth)}${paragraph('x')}${
      '</w:tc></w:tr></w:tbl>'.repeat(depth)
    }`
    return docx(repeat(bytes, one))
  },
  'nested elements': (bytes) => docx(`${repeat(bytes, '<w:sdt>')}`),
  'text boxes': (bytes) => {
    const one = `${'<w:p><w:r>'.repeat(50)}<w:t>x</w:t>${'</w:r></w:p>'.repeat(50)}`
    return docx(repeat(bytes, one))
  },
  'styles': (bytes) =>
    docx(paragraph('x', 'S1'), {
      styles: repeat(bytes, (n) =>
        `<w:style w:styleId="S${n + 1}"><w:name w:val="s${n}"/><w:basedOn w:val="S${n}"/></w:style>`),
    }),
  'numbering': (bytes) =>
    docx(paragraph('x'), {
      numbering: repeat(bytes, (n) =>
        `<w:abstractNum w:abstractNumId="${n}"><w:lvl w:ilvl="0"/></w:abstractNum><w:num w:numId="${n}"><w:abstractNumId w:val="${n}"/></w:num>`),
    }),
  'notes': (bytes) =>
    docx(repeat(bytes / 2, (n) => `<w:p><w:r><w:t>x</w:t><w:footnoteReference w:id="${n}"/></w:r></w:p>`), {
      footnotes: repeat(bytes / 2, (n) => `<w:footnote w:id="${n}">${paragraph('note')}</w:footnote>`),
    }),
  'one long note': (bytes) =>
    docx(repeat(bytes / 2, `<w:p><w:r><w:footnoteReference w:id="1"/></w:r></w:p>`), {
      footnotes: `<w:footnote w:id="1">${paragraph('note '.repeat(100))}</w:footnote>`,
    }),
  'marks of notes': (bytes) =>
    docx(`<w:p><w:r>${repeat(bytes / 2, '<w:footnoteReference w:id="1"/>')}</w:r></w:p>`, {
      footnotes: `<w:footnote w:id="1">${paragraph('note')}</w:footnote>`,
    }),
  'deleted text': (bytes) => docx(repeat(bytes, '<w:p><w:del><w:r><w:t>x</w:t></w:r></w:del></w:p>')),
  'relationships': (bytes) =>
    docx(paragraph('x'), {
      extra: [{
        name: 'word/_rels/footnotes.xml.rels',
        data: `<Relationships>${
          repeat(bytes, (n) => `<Relationship Id="r${n}" Type="t" Target="x${n}"/>`)
        }</Relationships>`,
      }],
    }),
  'entries': (bytes) =>
    docx(paragraph('x'), {
      extra: Array.from(
        { length: Math.min(9_900, counted(bytes, 100)) },
        (_, n) => ({ name: `x${n}`, data: 'x', stored: true }),
      ),
    }),
})

const excel = of('xlsx', 'a.xlsx', {
  'long': (bytes) => xlsx([{ name: 'A', rows: repeat(bytes, (n) => sheetRow(n + 1, [n, 'x'])) }]),
  'wide': (bytes) => {
    const columns = Math.min(16_000, counted(bytes, 40))
    return xlsx([{
      name: 'A',
      rows: repeat(bytes, (n) => sheetRow(n + 1, Array<number>(columns).fill(1))),
    }])
  },
  'equal names': (bytes) => {
    const columns = Math.min(16_000, counted(bytes, 140))
    return xlsx([{
      name: 'A',
      rows: sheetRow(1, Array<string>(columns).fill('a')) + sheetRow(2, Array<number>(columns).fill(1)),
    }])
  },
  'empty cells': (bytes) =>
    xlsx([{
      name: 'A',
      rows: repeat(bytes, (n) => `<row r="${n}"><c r="A${n}"><v>1</v></c><c r="ZZ${n}"><v>1</v></c></row>`),
    }]),
  'empty rows': (bytes) =>
    xlsx([{ name: 'A', rows: sheetRow(1, ['a']) + repeat(bytes, (n) => `<row r="${n}"/>`) }]),
  'shared strings': (bytes) => {
    const count = counted(bytes, 70)
    return xlsx([{
      name: 'A',
      rows: Array.from({ length: count }, (_, n) => `<row><c t="s"><v>${n}</v></c></row>`).join(''),
    }], { sharedStrings: Array.from({ length: count }, (_, n) => `text ${n}`) })
  },
  'runs of shared strings': (bytes) =>
    xlsx([{ name: 'A', rows: '<row><c t="s"><v>0</v></c></row>' }], {
      sharedStrings: [repeat(bytes, '<r><t>x</t></r>')],
    }),
  'long cell': (bytes) => xlsx([{ name: 'A', rows: sheetRow(1, ['a', repeat(bytes, words)]) }]),
  'escapes': (bytes) => xlsx([{ name: 'A', rows: sheetRow(1, ['a', repeat(bytes, '_x000D_')]) }]),
  'formats': (bytes) =>
    xlsx([{ name: 'A', rows: sheetRow(1, [1, 2]) }], {
      formats: Array.from({ length: counted(bytes, 120) }, (_, n) => `0.0"${n}"`),
    }),
  'long format': (bytes) =>
    xlsx([{ name: 'A', rows: sheetRow(1, [1, 2]) }], { formats: [repeat(bytes, '[x]"y"\\z')] }),
  'merges': (bytes) =>
    xlsx([{
      name: 'A',
      rows: sheetRow(1, ['a', 'b']) + sheetRow(2, [1, 2]),
      merges: Array.from({ length: counted(bytes, 30) }, (_, n) => `A${n}:B${n}`),
    }]),
  'formulas': (bytes) =>
    xlsx([{ name: 'A', rows: repeat(bytes, (n) => `<row r="${n}"><c r="A${n}"><f>A${n}+1</f></c></row>`) }]),
  'sheets': (bytes) =>
    xlsx(
      Array.from(
        { length: Math.min(250, counted(bytes, 1_000)) },
        (_, n) => ({ name: `S${n}`, rows: sheetRow(1, ['a', 'b']) + sheetRow(2, [1, 2]) }),
      ),
    ),
  'sheets of one part': (bytes) => {
    const count = Math.min(8_000, counted(bytes, 150))
    return workbook(
      Array.from({ length: count }, (_, n) => `<sheet name="s${n}" sheetId="${n}" r:id="r${n}"/>`).join(''),
      Array.from({ length: count }, (_, n) => `<Relationship Id="r${n}" Type="x/chart" Target="y${n}"/>`)
        .join(''),
    )
  },
})

/** A workbook with hand-written lists of sheets and relationships. */
function workbook(sheets: string, relationships: string): Promise<Uint8Array<ArrayBuffer>> {
  return zip([
    { name: '[Content_Types].xml', data: '<Types/>' },
    {
      name: '_rels/.rels',
      data:
        '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    },
    { name: 'xl/workbook.xml', data: `<workbook xmlns:r="r"><sheets>${sheets}</sheets></workbook>` },
    { name: 'xl/_rels/workbook.xml.rels', data: `<Relationships>${relationships}</Relationships>` },
  ])
}

/** One page with `count` things on it: their places, and the size of the type, shrink until all are on the page. */
function drawnOn(
  count: number,
  draw: (index: number, step: number) => Drawn[],
  sizes = 2,
): Promise<Uint8Array<ArrayBuffer>> {
  const pitch = 600 / count
  const size = pitch / sizes
  return pdf([
    Array.from({ length: count }, (_, n) => draw(n, n * pitch).map((one) => ({ size, ...one }))).flat(),
  ])
}

/** A page that a list of operators begins. */
function drawnBy(count: number, draw: (index: number) => string): Promise<Uint8Array<ArrayBuffer>> {
  return pdf([lines(['x', 'y'])], { graphics: Array.from({ length: count }, (_, n) => draw(n)).join('\n') })
}

const portable = of('pdf', 'a.pdf', {
  'rectangles': (bytes) => drawnBy(counted(bytes, 24), (n) => `${n % 500} ${n % 700} 9 9 re f`),
  'rectangles of one path': (bytes) =>
    drawnBy(counted(bytes, 24), (n) => `${n % 500} ${n % 700} 9 9 re ${n % 1_000 ? '' : 'S'}`),
  'lines that cross': (bytes) =>
    drawnBy(
      counted(bytes, 30),
      (n) => n % 2 ? `0 ${n / 9} m 600 ${n / 9} l S` : `${n / 9} 0 m ${n / 9} 800 l S`,
    ),
  'crossing lines of a grid': (bytes) => {
    const side = Math.ceil(Math.sqrt(counted(bytes, 30)))
    return drawnBy(side * side, (n) => {
      const [x, y] = [n % side * 5, Math.floor(n / side) * 5]
      return `${x} ${y} m ${x + 5} ${y} l ${x + 5} ${y + 5} l S`
    })
  },
  'cells with text': (bytes) =>
    drawnBy(counted(bytes, 80), (n) => {
      const [x, y] = [n % 40 * 14, Math.floor(n / 40) * 6]
      return `${x} ${y} 14 6 re S BT /F1 4 Tf ${x + 2} ${y + 2} Td (${n}) Tj ET`
    }),
  'dashes': (bytes) => drawnBy(counted(bytes, 30), (n) => `${n * 3} 9 m ${n * 3 + 2} 9 l S`),
  'boxes apart': (bytes) =>
    drawnBy(counted(bytes, 40), (n) => `${n % 60 * 9} ${Math.floor(n / 60) * 9} 4 4 re S`),
  'shaded rows': (bytes) =>
    drawnBy(counted(bytes, 90), (n) => {
      const y = 9_000 - n * 4
      return `50 ${y} 40 2 re f 90 ${y} 40 2 re f BT /F1 1 Tf 52 ${y + 1} Td (a) Tj 40 2 Td (b) Tj ET`
    }),
  'glyphs': (bytes) =>
    drawnBy(counted(bytes, 60), (n) => `BT /F1 1 Tf 9 ${n / 50} Td (${words.slice(0, 20)}) Tj ET`),
  'glyphs one by one': (bytes) =>
    drawnBy(counted(bytes, 36), (n) => `BT /F1 1 Tf ${n % 600} ${n / 60} Td (a) Tj ET`),
  'angles': (bytes) =>
    drawnBy(counted(bytes, 60), (n) => {
      const [cos, sin] = [Math.cos(n).toFixed(4), Math.sin(n).toFixed(4)]
      return `BT /F1 9 Tf ${cos} ${sin} ${-sin} ${cos} 300 300 Tm (a b) Tj ET`
    }),
  'copies of a word': (bytes) => drawnBy(counted(bytes, 34), () => 'BT /F1 9 Tf 72 700 Td (aa) Tj ET'),
  'invisible words': (bytes) =>
    drawnBy(counted(bytes, 50), (n) => `BT ${n % 2 ? 3 : 0} Tr /F1 9 Tf 72 ${n % 700} Td (aa bb) Tj ET`),
  'columns drawn one by one': (bytes) =>
    drawnBy(
      counted(bytes, 40),
      (n) => `BT /F1 1 Tf ${Math.floor(n / 500)} ${700 - n % 500} Td (a${n % 7}) Tj ET`,
    ),
  'pages': (bytes) =>
    pdf(
      Array.from(
        { length: Math.min(1_900, counted(bytes, 500)) },
        (_, n) => lines([`Page ${n}`, words, words]),
      ),
    ),
  'lines of a page': (bytes) =>
    drawnOn(counted(bytes, 70), (n, step) => [{ text: `line ${n}`, x: 72, y: step }]),
  'runs of a line': (bytes) =>
    drawnOn(counted(bytes, 70), (_, step) => [{ text: 'w', x: step, y: 700 }], 1.4),
  'cells of a line': (bytes) => drawnOn(counted(bytes, 70), (_, step) => [{ text: 'x', x: step, y: 700 }], 4),
  'cells drawn backwards': (bytes) =>
    drawnOn(counted(bytes, 70), (_, step) => [{ text: 'x', x: 600 - step, y: 700 }], 4),
  'lines drawn at random': (bytes) =>
    drawnOn(counted(bytes, 70), (n) => [{ text: 'x y', x: 72, y: 50 + (n * 7_919 % 10_007) / 15 }]),
  'words drawn at random': (bytes) =>
    drawnOn(
      counted(bytes, 70),
      (n) => [{ text: 'x', x: n * 7_919 % 599, y: 50 + (n * 104_729 % 10_007) / 15 }],
    ),
  'long table': (bytes) =>
    drawnOn(
      counted(bytes, 140),
      (n, step) => [{ text: `r${n}`, x: 72, y: 700 - step }, { text: `${n}`, x: 300, y: 700 - step }],
    ),
  'broken tables': (bytes) =>
    drawnOn(counted(bytes, 140), (n, step) => [
      { text: 'aaa', x: 72 + (n % 7) * 40, y: 700 - step },
      { text: 'bbb', x: 400 + (n % 5) * 30, y: 700 - step },
    ]),
  'wide table': (bytes) => {
    const columns = counted(bytes, 210)
    return drawnOn(
      3 * columns,
      (n, step) => [{ text: `${n}`, x: step * 3 % 600, y: 700 - Math.floor(n / columns) / columns }],
      12,
    )
  },
  'sizes': (bytes) =>
    drawnOn(counted(bytes, 140), (n, step) => [
      { text: `Heading ${n}`, x: 72, y: 700 - step, size: 0.5 + n / 50 },
      { text: 'body text', x: 72, y: 700 - step, size: 0.4 },
    ]),
  'bookmarks': (bytes) =>
    pdf([lines(['x', 'y'])], {
      bookmarks: Array.from({ length: counted(bytes, 80) }, (_, n) => `Part ${n}`),
    }),
  'fields': (bytes) =>
    pdf([lines(['x', 'y'])], {
      fields: Array.from({ length: counted(bytes, 120) }, (_, n) => [`f${n}`, 'x'] as const),
    }),
  'objects': (bytes) =>
    pdf([lines(['x', 'y'])], { objects: Array.from({ length: counted(bytes, 40) }, () => '<< /A 1 >>') }),
  'nested objects': (bytes) =>
    pdf([lines(['x', 'y'])], {
      trailer: `/X ${'['.repeat(counted(bytes, 2))}${']'.repeat(counted(bytes, 2))}`,
    }),
  'signs of streams': (bytes) => pdf([lines(['x', 'y'])], { objects: [repeat(bytes, 'stream\n')] }),
  'long line': (bytes) => pdf([[{ text: repeat(bytes, words), x: 72, y: 700 }]]),
  'operators': (bytes) =>
    pdf([lines(['x'])], {
      rawContent: { dictionary: '', data: new TextEncoder().encode(repeat(bytes, 'q Q ')) },
    }),
  'open states': (bytes) =>
    pdf([lines(['x'])], {
      rawContent: { dictionary: '', data: new TextEncoder().encode(repeat(bytes, 'q ')) },
    }),
  'damaged table of objects': async (bytes) => {
    const whole = await pdf([lines(['x', 'y'])], {
      objects: Array.from({ length: counted(bytes, 40) }, () => '<< /A 1 >>'),
    })
    return whole.slice(0, whole.length - 60)
  },
})

/** Every format in every shape. */
export const shapes: readonly Shape[] = [
  ...html,
  ...markdown,
  ...text,
  ...csv,
  ...json,
  ...jsonLines,
  ...xml,
  ...logs,
  ...xmlLogs,
  ...openApi,
  ...postman,
  ...yaml,
  ...word,
  ...excel,
  ...portable,
]
