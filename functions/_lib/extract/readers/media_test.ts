/** Images, audio and video: metadata from their headers, and text from recognizers. */
import assert from 'node:assert/strict'
import { documentOf, only, outline, partsOf, refusedAs } from '../testing/extracting.ts'
import { imageSize } from './image_size.ts'

function bytes(...parts: readonly (string | readonly number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => typeof part === 'string' ? Array.from(part, (c) => c.charCodeAt(0)) : part),
  )
}

const png = bytes(
  '\x89PNG\r\n\x1a\n',
  [0, 0, 0, 13],
  'IHDR',
  [0, 0, 1, 0x40, 0, 0, 0, 0xf0, 8, 2, 0, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0],
  'IDAT',
)
const jpeg = bytes([
  0xff,
  0xd8,
  0xff,
  0xe0,
  0,
  4,
  0,
  0,
  0xff,
  0xc4,
  0,
  3,
  0,
  0xff,
  0xc0,
  0,
  17,
  8,
  0,
  0xf0,
  1,
  0x40,
  3,
  0,
  0,
  0,
  0,
  0,
])
const gif = bytes('GIF89a', [0x40, 1, 0xf0, 0, 0, 0, 0])
const bmp = bytes('BM', [
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  54,
  0,
  0,
  0,
  40,
  0,
  0,
  0,
  0x40,
  1,
  0,
  0,
  0x10,
  0xff,
  0xff,
  0xff,
  1,
  0,
  24,
  0,
])
const webp = bytes('RIFF', [30, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, 0, 0, 0, 0, 0x3f, 1, 0, 0xef, 0, 0, 0, 0])
const tiff = bytes('II*\0', [8, 0, 0, 0, 2, 0], [0, 1, 3, 0, 1, 0, 0, 0, 0x40, 1, 0, 0], [
  1,
  1,
  4,
  0,
  1,
  0,
  0,
  0,
  0xf0,
  0,
  0,
  0,
], [0, 0, 0, 0])

Deno.test('the size of an image is read from its header', async () => {
  for (
    const [name, data, format] of [
      ['a.png', png, 'png'],
      ['a.jpg', jpeg, 'jpeg'],
      ['a.gif', gif, 'gif'],
      ['a.bmp', bmp, 'bmp'],
      ['a.webp', webp, 'webp'],
      ['a.tif', tiff, 'tiff'],
    ] as const
  ) {
    assert.deepEqual(imageSize(data), { width: 320, height: 240 }, name)
    const document = documentOf(await partsOf(name, data))
    assert.deepEqual([document.type, document.metadata], ['image', { format, width: 320, height: 240 }])
  }
  assert.equal(imageSize(png.subarray(0, 10)), null)
  assert.equal(imageSize(bytes([0xff, 0xd8, 0xff, 0xc0])), null)
})

Deno.test('an image has no text without a recognizer', async () => {
  assert.deepEqual((await partsOf('a.png', png)).map(({ kind }) => kind), ['document'])
  const parts = await partsOf('a.png', png, {
    recognizeImage: (data, { mediaType }) =>
      Promise.resolve({
        text: `  ${mediaType}, ${data.length} bytes\0 e\u0301\n\nSecond `,
        metadata: { engine: 'x' },
      }),
  })
  const text = `image/png, ${png.length} bytes é\n\nSecond`
  assert.deepEqual(outline(parts), [[0, '', text]])
  const [evidence] = only(parts, 'evidence')
  assert.deepEqual([evidence?.locator, evidence?.content_type, evidence?.preview], [
    'a.png#ocr',
    'image_ocr',
    text,
  ])
  assert.deepEqual(evidence?.full_data, {
    text,
    metadata: { format: 'png', width: 320, height: 240, engine: 'x' },
    warnings: [],
    artifacts: {},
    preview: text,
  })
})

Deno.test('reading an image is bounded, and its failure is a refusal', async () => {
  const recognizeImage = (): Promise<never> => Promise.reject(new Error('secret internals'))
  const cause = await refusedAs('damaged_file', 'a.png', png, { recognizeImage })
  assert.doesNotMatch(cause.message, /secret/)
  await refusedAs('file_too_large', 'a.png', png, { recognizeImage, limits: { mediaBytes: 10 } })
})

Deno.test('audio has its metadata, and a transcript with a transcriber', async () => {
  const wave = new Uint8Array(44 + 100)
  wave.set(
    bytes('RIFF', [0, 0, 0, 0], 'WAVEfmt ', [
      16,
      0,
      0,
      0,
      1,
      0,
      1,
      0,
      0x40,
      0x1f,
      0,
      0,
      0x80,
      0x3e,
      0,
      0,
      2,
      0,
      16,
      0,
    ], 'data'),
  )
  new DataView(wave.buffer).setUint32(4, 32_000, true)
  const parts = await partsOf('a.wav', wave)
  assert.equal(documentOf(parts).type, 'audio')
  assert.deepEqual(documentOf(parts).metadata, { format: 'wav', duration_seconds: 2, bit_rate: 128_000 })
  const [metadata] = only(parts, 'evidence')
  assert.deepEqual([metadata?.locator, metadata?.content_type], ['a.wav#metadata', 'media_metadata'])
  const spoken = await partsOf('a.wav', wave, {
    transcribe: () =>
      Promise.resolve({ text: 'Hello there.', segments: [{ start: 0, text: 'Hello' }], engine: 'e' }),
  })
  const transcript = only(spoken, 'evidence')[1]
  assert.deepEqual([transcript?.locator, transcript?.content_type, transcript?.preview], [
    'a.wav#transcript',
    'media_transcript',
    'Hello there.',
  ])
  assert.deepEqual(outline(spoken), [[0, '', 'Hello there.']])
})

/** The directories of Exif: with tag, type and value of each entry, and the same for what belongs to a camera. */
function exif(little: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(300))
  const texts = new Map([[200, 'ACME\0'], [210, 'ACME One\0'], [230, '2024:03:05 14:30:00\0'], [
    260,
    '+02:00\0',
  ]])
  view.setUint16(0, little ? 0x4949 : 0x4d4d)
  view.setUint16(2, 42, little)
  view.setUint32(4, 8, little)
  const write = (start: number, entries: readonly (readonly [number, number, number, number])[]): void => {
    view.setUint16(start, entries.length, little)
    for (const [index, [tag, type, count, value]] of entries.entries()) {
      const at = start + 2 + index * 12
      view.setUint16(at, tag, little)
      view.setUint16(at + 2, type, little)
      view.setUint32(at + 4, count, little)
      if (type === 3) view.setUint16(at + 8, value, little)
      else view.setUint32(at + 8, value, little)
    }
  }
  write(8, [[0x10f, 2, 5, 200], [0x110, 2, 9, 210], [0x112, 3, 1, 6], [0x8769, 4, 1, 100]])
  write(100, [[0x9003, 2, 20, 230], [0x9011, 2, 7, 260]])
  const bytes = new Uint8Array(view.buffer)
  for (const [at, text] of texts) bytes.set(new TextEncoder().encode(text), at)
  return bytes
}

Deno.test('a photo has the camera, the date, and the size as it is looked at', async () => {
  const big = (value: number, bytes: number): number[] =>
    Array.from({ length: bytes }, (_, index) => value >>> 8 * (bytes - 1 - index) & 0xff)
  const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0))
  const frame = [0xff, 0xc0, 0, 17, 8, ...big(3_000, 2), ...big(4_000, 2), 3, ...Array(9).fill(0)]
  for (const little of [true, false]) {
    const data = [...exif(little)]
    const jpeg = [0xff, 0xd8, 0xff, 0xe1, ...big(data.length + 8, 2), ...ascii('Exif\0\0'), ...data, ...frame]
    const png = [
      ...[
        0x89,
        ...ascii('PNG'),
        13,
        10,
        26,
        10,
        ...big(13, 4),
        ...ascii('IHDR'),
        ...big(4_000, 4),
        ...big(3_000, 4),
      ],
      ...[8, 2, 0, 0, 0, 0, 0, 0, 0, ...big(data.length, 4), ...ascii('eXIf'), ...data, 0, 0, 0, 0],
    ]
    for (const [name, bytes] of [['a.jpg', jpeg], ['a.png', png]] as const) {
      const { metadata } = documentOf(await partsOf(name, Uint8Array.from(bytes)))
      assert.deepEqual(metadata, {
        format: name === 'a.jpg' ? 'jpeg' : 'png',
        width: 3_000,
        height: 4_000,
        orientation: 6,
        taken_at: '2024-03-05T14:30:00+02:00',
        camera: 'ACME One',
      })
    }
  }
})

Deno.test('damaged Exif data is ignored', async () => {
  const good = [...exif(true)]
  for (const [at, value] of [[0, 0], [4, 0xff], [8, 0xff], [20, 0xff], [45, 0xff]] as const) {
    const data = good.slice(0, 60)
    data[at] = value
    const jpeg = [
      0xff,
      0xd8,
      0xff,
      0xe1,
      0,
      data.length + 8,
      0x45,
      0x78,
      0x69,
      0x66,
      0,
      0,
      ...data,
      0xff,
      0xd9,
    ]
    const { metadata } = documentOf(await partsOf('a.jpg', Uint8Array.from(jpeg)))
    assert.equal(metadata['format'], 'jpeg')
  }
})
