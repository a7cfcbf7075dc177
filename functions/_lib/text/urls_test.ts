/** URLs of a Markdown text: which a renderer loads, which it links to, and which stay on its own host. */
import assert from 'node:assert/strict'
import { findUrls } from './mod.ts'

const found = (text: string): [string, string][] => findUrls(text).map(({ url, kind }) => [kind, url])

Deno.test('images and links of Markdown and HTML are found, each once', () => {
  for (
    const [text, ...expected] of [
      ['![x](https://a.example/x.png)', ['image', 'https://a.example/x.png']],
      ['![x](<https://a.example/x(y.png> "t")', ['image', 'https://a.example/x(y.png']],
      ['![x]( https://a.example/(x).png)', ['image', 'https://a.example/(x).png']],
      ['![a [b] c](https://a.example/)', ['image', 'https://a.example/']],
      ['![x][One]\n\n[one]: https://a.example/1', ['image', 'https://a.example/1']],
      ['![one]\n\n[one]: <//a.example/1>', ['image', 'https://a.example/1']],
      ['[x](https://a.example/1) [x](https://a.example/1)', ['link', 'https://a.example/1']],
      ['[![x](https://a.example/i)](https://a.example/l)', ['image', 'https://a.example/i'], [
        'link',
        'https://a.example/l',
      ]],
      ['See https://a.example/1, or <https://b.example>.', ['link', 'https://a.example/1,'], [
        'link',
        'https://b.example/',
      ]],
      ['<img alt="" src=\'https://a.example/x\'>', ['image', 'https://a.example/x']],
      ['<a href=https://a.example/x>x</a>', ['link', 'https://a.example/x']],
      ['<p style="background:url(//a.example/x)">', ['image', 'https://a.example/x']],
      ['[x](javascript:alert(1))', ['link', 'javascript:alert(1)']],
      ['[x](mailto:a@b.example)', ['link', 'mailto:a@b.example']],
    ] as [string, ...[string, string][]][]
  ) {
    // The beginning of a URL with special characters may be listed as a link too.
    const images = (all: [string, string][]): unknown => all.filter(([kind]) => kind === 'image')
    assert.deepEqual(images(found(text)), images(expected), text)
    for (const one of expected) assert.ok(found(text).some((other) => String(other) === String(one)), text)
  }
})

Deno.test('ways to write a URL that only browsers understand are found too', () => {
  for (
    const text of [
      '![x](https&#58;//a.example/x)',
      '![x](https&colon;&sol;&sol;a.example/x)',
      '![x](https\\://a.example/x)',
      '![x](https:/a.example/x)',
      '![x](https:a.example/x)',
      '![x](//a.example/x)',
      '![x](<\\\\\\\\a.example/x>)',
      '![x](HTTPS://A.example/x)',
    ]
  ) assert.deepEqual(found(text), [['image', 'https://a.example/x']], text)
})

Deno.test('a text without URLs of other hosts has none, and their number is limited', () => {
  assert.deepEqual(
    found('See [the page](/jobs/1), [1], ![here](a.png) and ![x](data:image/png;base64,AA==). Note: a [x].'),
    [],
  )
  assert.deepEqual(found(`![x](https://a.example/${'x'.repeat(3_000)})`), [])
  const many = Array.from({ length: 500 }, (_, n) => `https://a.example/${n}`).join(' ')
  assert.equal(findUrls(many).length, 100)
  assert.deepEqual(findUrls(`${many} ![x](https://i.example/)`)[0], {
    url: 'https://i.example/',
    kind: 'image',
  })
  const long = Array.from({ length: 50 }, (_, n) => `https://a.example/${n}${'x'.repeat(1_500)}`).join(' ')
  assert.ok(JSON.stringify(findUrls(long)).length < 30_000)
})
