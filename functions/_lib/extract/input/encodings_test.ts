/** Text in other encodings than UTF-8: read as what it is, and never by a silent guess. */
import assert from 'node:assert/strict'
import { documentOf, only, partsOf, table } from '../testing/extracting.ts'

/** Bytes of a text, by a table that is made of what the platform decodes. */
function encode(text: string, encoding: string): Uint8Array {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const codes = new Map<string, number[]>()
  const learn = (...bytes: number[]): void => {
    try {
      const character = decoder.decode(Uint8Array.from(bytes))
      if ([...character].length === 1 && !codes.has(character)) codes.set(character, bytes)
    } catch {
      // No character has these bytes.
    }
  }
  for (let byte = 0; byte < 256; byte++) learn(byte)
  for (let lead = 0x81; lead < 0xff; lead++) for (let trail = 0x40; trail < 0xff; trail++) learn(lead, trail)
  return Uint8Array.from([...text].flatMap((character) => {
    const bytes = codes.get(character)
    assert.ok(bytes, `${encoding} has ${character}`)
    return bytes
  }))
}

const samples: readonly (readonly [encoding: string, text: string])[] = [
  ['gb18030', '编号,名称,城市\n1,张三,北京\n2,李四,上海\n'],
  ['gb18030', '谷歌公司开发出能够利用自身记忆的计算机程序,这一消息引起了广泛关注。'],
  ['big5', '編號,名稱,城市\n1,張三,臺北\n2,李四,高雄\n'],
  ['shift_jis', 'id,都市\n1,東京,日本\n2,大阪,さくら\n'],
  ['shift_jis', '商品,価格\nりんご,100\n'],
  ['euc-jp', 'id,都市\n1,東京,日本\n2,大阪,さくら\n'],
  ['euc-kr', '번호,이름,도시\n1,김철수,서울\n2,이영희,부산\n'],
  ['windows-1251', 'Договор аренды помещения заключён в Москве.\n'],
  ['windows-1251', 'имя,город\nИван,Москва\nОльга,Киев\n'],
  ['koi8-r', 'имя,город\nИван,Москва\nОльга,Киев\n'],
  ['iso-8859-5', 'Договор аренды помещения заключен в Москве. Срок аренды составляет три года.\n'],
  ['windows-1250', 'Umowa najmu została zawarta w Łodzi. Płatność do końca miesiąca.\n'],
  ['iso-8859-2', 'Umowa najmu została zawarta w Łodzi. Płatność do końca miesiąca.\n'],
  ['windows-1250', 'Příliš žluťoučký kůň úpěl ďábelské ódy.'],
  ['windows-1252', 'Nummer;Bezeichnung;Preis\n1;Müllschlucker;1.234,50\n2;Gerät "groß";12,00\n'],
  ['windows-1252', 'Prix: 12 € – l’été à Paris, café crème'],
  ['windows-1252', 'naïve'],
  ['windows-1252', 'The room has 20 °C, which is 68 °F.'],
  ['windows-1252', 'déjà vu'],
  ['windows-1252', 'Ørsted på Færøerne'],
  ['windows-1253', 'Η σύμβαση μίσθωσης υπογράφηκε στην Αθήνα. Διάρκεια τρία χρόνια.\n'],
  ['windows-1254', 'Kira sözleşmesi İstanbul’da imzalandı. Süre üç yıldır. Ağaç, çiçek, şeker.\n'],
  ['windows-1255', 'חוזה השכירות נחתם בתל אביב. תקופת השכירות היא שלוש שנים.\n'],
  ['windows-1256', 'تم توقيع عقد الإيجار في القاهرة. مدة الإيجار ثلاث سنوات.\n'],
  ['windows-874', 'สัญญาเช่าลงนามที่กรุงเทพมหานคร ระยะเวลาสามปี\n'],
  ['windows-1257', 'Nuomos sutartis pasirašyta Vilniuje. Trukmė trys metai, mokėjimas kas mėnesį.\n'],
]

for (const [encoding, text] of samples) {
  Deno.test(`${encoding} is recognized, and the guess is a warning: ${text.slice(0, 20).trim()}`, async () => {
    const parts = await partsOf('a.txt', encode(text, encoding))
    assert.equal(only(parts, 'section').map((part) => part.text).join('\n'), text.trimEnd())
    const [guess, ...others] = only(parts, 'warning')
    assert.equal(guess?.code, 'encoding_guessed')
    assert.ok(guess?.message.includes(String(documentOf(parts).metadata['encoding'])))
    assert.deepEqual(others, [])
  })
}

Deno.test('an encoding that shows late in a file is recognized in all of it', async () => {
  const ascii = Array.from({ length: 40_000 }, (_, row) => `${row},item,plain text\n`).join('')
  const start = new TextEncoder().encode(`id,name,note\n${ascii}`)
  const end = encode('40000,東京,日本に会う約束\n40001,大阪,さくらの花\n', 'shift_jis')
  const parts = await partsOf('a.csv', new Uint8Array([...start, ...end]))
  assert.deepEqual(table(parts).rows.at(-2), ['40000', '東京', '日本に会う約束'])
  assert.deepEqual(only(parts, 'warning').map(({ code }) => code), ['encoding_guessed'])
})

Deno.test('Japanese that switches with escapes is read', async () => {
  const escapes = Uint8Array.of(0x1b, 0x24, 0x42, 0x46, 0x7c, 0x4b, 0x5c, 0x1b, 0x28, 0x42, 0x21)
  const parts = await partsOf('a.txt', escapes)
  assert.deepEqual(only(parts, 'section').map(({ text }) => text), ['日本!'])
  assert.equal(documentOf(parts).metadata['encoding'], 'iso-2022-jp')
})

Deno.test('UTF-32 is read by its mark, and UTF-16 without a mark also where few letters are Latin', async () => {
  const text = 'Привет, мир\nвторая строка'
  const wide = (bytes: 2 | 4, little: boolean, mark: boolean): Uint8Array => {
    const characters = mark ? `\ufeff${text}` : text
    const view = new DataView(new ArrayBuffer(characters.length * bytes))
    for (let index = 0; index < characters.length; index++) {
      const code = characters.charCodeAt(index)
      if (bytes === 2) view.setUint16(index * 2, code, little)
      else view.setUint32(index * 4, code, little)
    }
    return new Uint8Array(view.buffer)
  }
  for (
    const [encoding, data] of [
      ['utf-32le', wide(4, true, true)],
      ['utf-32be', wide(4, false, true)],
      ['utf-16le', wide(2, true, false)],
      ['utf-16be', wide(2, false, false)],
    ] as const
  ) {
    const parts = await partsOf('a.txt', data)
    assert.deepEqual(only(parts, 'section').map((part) => part.text), [text], encoding)
    assert.equal(documentOf(parts).metadata['encoding'], encoding)
    assert.deepEqual(only(parts, 'warning'), [])
  }
})

Deno.test('valid UTF-8 wins over what a page or a server declares', async () => {
  const html =
    '<html><head><meta charset="gb2312"><title>科技新闻</title></head><body><p>人工智能</p></body></html>'
  const parts = await partsOf('a.html', html, { mediaType: 'text/html; charset=iso-8859-1' })
  assert.equal(documentOf(parts).title, '科技新闻')
  assert.deepEqual(only(parts, 'section').map(({ text }) => text), ['人工智能'])
  const xml = '<?xml version="1.0" encoding="UTF-16"?><a><b>Größe</b></a>'
  assert.deepEqual(only(await partsOf('a.xml', xml), 'section').map(({ text }) => text), ['Größe'])
})

Deno.test('a declared encoding is no guess, unless the bytes cannot be in it', async () => {
  const text = '<html><head><meta charset="windows-1251"></head><body><p>Да</p></body></html>'
  assert.deepEqual(only(await partsOf('a.html', encode(text, 'windows-1251')), 'warning'), [])
  const wrong = await partsOf('a.txt', encode('東京は日本の首都です。', 'shift_jis'), {
    mediaType: 'text/plain; charset=euc-jp',
  })
  assert.deepEqual(only(wrong, 'section').map((part) => part.text), ['東京は日本の首都です。'])
  assert.deepEqual(only(wrong, 'warning').map(({ code }) => code), ['encoding_guessed'])
})

Deno.test('some broken bytes in UTF-8 are replaced, with a warning', async () => {
  const text = new TextEncoder().encode('Größe, Maß und Gemüse für Käufer über Äpfel und Öl.\n'.repeat(5))
  const parts = await partsOf('a.txt', new Uint8Array([...text, 0xff, 0x20, 0xc3, 0x20, ...text]))
  assert.equal(documentOf(parts).metadata['encoding'], 'utf-8')
  assert.deepEqual(only(parts, 'warning').map(({ code, count }) => [code, count]), [[
    'replaced_characters',
    2,
  ]])
  const written = await partsOf('a.txt', 'a \ufffd in the file is no damage')
  assert.deepEqual(only(written, 'warning'), [])
})
