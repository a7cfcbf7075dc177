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
