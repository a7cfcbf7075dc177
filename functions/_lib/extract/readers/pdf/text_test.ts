/** The text of PDF glyph by glyph: Asian encodings, directions, turned and invisible text, glyphs without characters. */
import assert from 'node:assert/strict'
import { only, partsOf } from '../../testing/extracting.ts'
import { lines, pdf } from '../../testing/pdfs.ts'

const textOf = async (data: Uint8Array): Promise<string> =>
  only(await partsOf('a.pdf', data), 'section').map(({ text }) => text).join('\n\n')

/** A font that is not in the file, in one of the predefined encodings. */
const asian = (encoding: string, ordering: string, name = 'Song'): string =>
  `<< /Type /Font /Subtype /Type0 /BaseFont /${name} /Encoding /${encoding} /DescendantFonts [<< /Type /Font ` +
  `/Subtype /CIDFontType0 /BaseFont /${name} /CIDSystemInfo << /Registry (Adobe) /Ordering (${ordering}) ` +
  `/Supplement 2 >> /DW 1000 /FontDescriptor << /Type /FontDescriptor /FontName /${name} /Flags 4 ` +
  `/FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >> >>] >>`

const utf16 = (text: string): string =>
  Array.from(text, (character) => character.charCodeAt(0).toString(16).padStart(4, '0')).join('')

Deno.test('Asian text in the predefined encodings of PDF is read', async () => {
  const cases: [encoding: string, ordering: string, hex: string, text: string][] = [
    ['UniJIS-UCS2-H', 'Japan1', utf16('東京支店の報告'), '東京支店の報告'],
    ['UniJIS-UTF16-H', 'Japan1', utf16('売上'), '売上'],
    ['90ms-RKSJ-H', 'Japan1', '93fa967b8cea', '日本語'],
    ['EUC-H', 'Japan1', 'c6fccbdcb8ec', '日本語'],
    ['GBK-EUC-H', 'GB1', 'd6d0cec4', '中文'],
    ['UniGB-UCS2-H', 'GB1', utf16('北京'), '北京'],
    ['GB-EUC-H', 'GB1', 'd6d0cec4', '中文'],
    ['ETen-B5-H', 'CNS1', 'a4a4a4e5', '中文'],
    ['UniCNS-UTF16-H', 'CNS1', utf16('臺灣'), '臺灣'],
    ['KSCms-UHC-H', 'Korea1', 'c7d1b1b9', '한국'],
    ['UniKS-UCS2-H', 'Korea1', utf16('보고서'), '보고서'],
  ]
  for (const [encoding, ordering, hex, text] of cases) {
    const parts = await partsOf(
      'a.pdf',
      await pdf([[]], {
        fonts: { A1: asian(encoding, ordering) },
        graphics: `BT /A1 14 Tf 72 700 Td <${hex}> Tj ET`,
      }),
    )
    assert.deepEqual(only(parts, 'section').map((section) => section.text), [text], encoding)
    assert.deepEqual(only(parts, 'warning'), [], encoding)
  }
})

Deno.test('glyphs whose codes are those of an Asian collection are read without a map of their own', async () => {
  // 1200 of Adobe-Japan1.
  const data = await pdf([[]], {
    fonts: { A1: asian('Identity-H', 'Japan1') },
    graphics: 'BT /A1 14 Tf 72 700 Td <04b0> Tj ET',
  })
  assert.match(await textOf(data), /^\p{Script=Han}$/u)
})

Deno.test('text that runs down is read column by column from the right', async () => {
  const data = await pdf([[]], {
    fonts: { A1: asian('UniJIS-UCS2-V', 'Japan1') },
    graphics: `BT /A1 14 Tf 1 0 0 1 300 700 Tm <${utf16('右の列は先に')}> Tj ` +
      `1 0 0 1 280 700 Tm <${utf16('左の列は後に')}> Tj ET`,
  })
  assert.equal(await textOf(data), '右の列は先に左の列は後に')
})

/** A font whose codes A to Z and others are these characters. */
const mapped = (characters: Readonly<Record<string, string>>): { font: string; map: string } => {
  const entries = Object.entries(characters).map(([code, text]) =>
    `<${code.charCodeAt(0).toString(16).padStart(2, '0')}> <${utf16(text)}>`
  )
  return {
    font:
      '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding /ToUnicode MAP 0 R >>',
    map: `/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange ` +
      `${entries.length} beginbfchar ${entries.join(' ')} endbfchar endcmap end`,
  }
}

/** A PDF with the font M1 of these characters. */
async function withMap(characters: Readonly<Record<string, string>>, graphics: string): Promise<Uint8Array> {
  const { font, map } = mapped(characters)
  // Objects come after the catalog, the tree, three fonts, this one, the content and the page.
  return await pdf([[]], {
    fonts: { M1: font.replace('MAP', '9') },
    graphics,
    objects: [`<< /Length ${map.length} >>\nstream\n${map}\nendstream`],
  })
}

Deno.test('Hebrew is read from the right, with numbers and Latin words in their own order', async () => {
  const letters = { A: 'א', B: 'ב', C: 'ג', '(': '(', ')': ')' }
  // Seen from left to right: 2024, (CB), SQL, CBA.
  const seen =
    'BT /F1 12 Tf 72 700 Td (2024 ) Tj /M1 12 Tf (\\() Tj (CB) Tj (\\)) Tj /F1 12 Tf ( SQL ) Tj /M1 12 Tf (CBA) Tj ET'
  assert.equal(await textOf(await withMap(letters, seen)), 'אבג SQL (בג) 2024')
  const backwards = Array.from(
    'ABC',
    (letter, index) => `BT /M1 12 Tf ${300 - index * 9} 700 Td (${letter}) Tj ET`,
  ).join('\n')
  assert.equal(await textOf(await withMap(letters, backwards)), 'אבג', 'drawn from the right')
})

Deno.test('a Latin line keeps its order and turns the words of Hebrew in it', async () => {
  const drawn =
    'BT /F1 12 Tf 72 700 Td (The word ) Tj /M1 12 Tf (CBA) Tj /F1 12 Tf ( is here in the text) Tj ET'
  assert.equal(
    await textOf(await withMap({ A: 'א', B: 'ב', C: 'ג' }, drawn)),
    'The word אבג is here in the text',
  )
})

Deno.test('forms and ligatures become the letters that they stand for', async () => {
  // Presentation forms of Arabic as they are seen, from left to right, with lam and alef as one glyph.
  const data = await withMap({ A: 'ﻡ', B: 'ﻼ', C: 'ﺳ' }, 'BT /M1 12 Tf 72 700 Td (ABC) Tj ET')
  assert.equal(await textOf(data), 'سلام')
  const latin = await withMap(
    { A: 'ﬁ', B: '⼀' },
    'BT /M1 12 Tf 72 700 Td (A) Tj /F1 12 Tf (nd) Tj /M1 12 Tf 60 0 Td (B) Tj ET',
  )
  assert.equal(await textOf(latin), 'find 一')
})

Deno.test('words that a line breaks are whole again, and soft hyphens are none', async () => {
  const soft = await withMap(
    { '-': '\u00ad', A: 'a', B: 'b' },
    [
      'BT /M1 12 Tf 72 700 Td (AAA-BBB AA AA AA) Tj ET',
      'BT /M1 12 Tf 72 686 Td (AAA AAA AAA AAA-) Tj ET',
      'BT /M1 12 Tf 72 672 Td (BBB AA) Tj ET',
    ].join('\n'),
  )
  assert.equal((await textOf(soft)).replace(/\s+/g, ' '), 'aaabbb aa aa aa aaa aaa aaa aaabbb aa')
  assert.equal(
    await textOf(await pdf([lines(['A line with a well-', 'known word.'])])),
    'A line with a wellknown word.',
  )
})

Deno.test('pages that are turned are read as they are looked at', async () => {
  const text = ['First line of the page.', 'Second line of the page.', 'Third line of it.']
  const turns: [number, string][] = [
    [90, '0 1 -1 0 300 100'],
    [180, '-1 0 0 -1 500 700'],
    [270, '0 -1 1 0 200 700'],
  ]
  for (const [rotate, matrix] of turns) {
    const graphics = `q ${matrix} cm ` +
      text.map((line, index) => `BT /F1 12 Tf 0 ${-index * 14} Td (${line}) Tj ET`).join(' ') + ' Q'
    assert.equal(await textOf(await pdf([[]], { graphics, rotate })), text.join(' '), `${rotate}`)
  }
})

Deno.test('text that is turned within a page follows the rest of it, in one piece', async () => {
  const data = await pdf([lines(['A page with a note', 'at its side.'])], {
    graphics: 'BT /F1 12 Tf 0 1 -1 0 40 300 Tm (Turned note ) Tj (of two parts) Tj ET',
  })
  const text = await textOf(data)
  assert.match(text, /A page with a note at its side\./)
  assert.match(text, /Turned note of two parts/)
})

Deno.test('the invisible text of a scan is read, and read once where it is visible too', async () => {
  const hidden = (text: string, y: number): string => `BT 3 Tr /F1 12 Tf 72 ${y} Td (${text}) Tj ET`
  assert.equal(
    await textOf(await pdf([[]], { graphics: hidden('What a recognizer wrote.', 700) })),
    'What a recognizer wrote.',
  )
  const both = await pdf([lines(['Visible words.'], 700)], {
    graphics: [hidden('Visible words.', 701), hidden('Below it.', 660)].join('\n'),
  })
  const text = await textOf(both)
  assert.equal(text.match(/Visible words/g)?.length, 1)
  assert.match(text, /Below it\./)
})

Deno.test('words that are drawn twice to look bold are read once', async () => {
  const data = await pdf([[
    ...lines(['Bold words here'], 700),
    ...lines(['Bold words here'], 700, { x: 72.4 }),
  ]])
  assert.equal(await textOf(data), 'Bold words here')
})

Deno.test('letters that are set apart are one word', async () => {
  const data = await pdf([[]], { graphics: 'BT /F1 12 Tf 3 Tc 72 700 Td (SPACED WORDS) Tj ET' })
  assert.equal(await textOf(data), 'SPACED WORDS')
})

Deno.test('glyphs without a character are shown as such, with a warning', async () => {
  const custom =
    '<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [<< /Type /Font ' +
    '/Subtype /CIDFontType2 /BaseFont /X /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> ' +
    '/DW 600 /FontDescriptor << /Type /FontDescriptor /FontName /X /Flags 4 /FontBBox [0 -200 1000 900] ' +
    '/ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >> >>] >>'
  const parts = await partsOf(
    'a.pdf',
    await pdf([lines(['Read']), lines(['A page of text that is read.'])], {
      fonts: { X1: custom },
      graphics: 'BT /X1 12 Tf 72 600 Td <000300040005000600070008> Tj ET',
    }),
  )
  const warnings = only(parts, 'warning')
  assert.deepEqual(warnings.map(({ code, count }) => [code, count]), [['glyphs_unmapped', 6], [
    'pages_unmapped',
    1,
  ]])
  assert.match(warnings[1]?.message ?? '', /^Page 1 has hardly any text/)
  const text = only(parts, 'section').map((section) => section.text).join(' ')
  assert.match(text, /Read/)
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text, /[\x00-\x08]/)
})
