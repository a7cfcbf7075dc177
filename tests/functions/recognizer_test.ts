/** Text recognition of scans and photos by a service: what it is sent, and what becomes of its answers. */
import { strict as assert } from 'node:assert'
import { Buffer } from 'node:buffer'
import { inflateSync } from 'node:zlib'
import { AppFailure } from '../../types/errors.ts'
import { only, partsOf } from '../../functions/_lib/extract/testing/extracting.ts'
import { lines, pdf } from '../../functions/_lib/extract/testing/pdfs.ts'
import { recognizerOf } from '../../functions/_shared/ingest/recognizer.ts'

interface Asked {
  readonly headers: Headers
  readonly body: Uint8Array
}

/** A recognizer on this machine, as settings name it. */
async function withService(
  answer: (asked: Asked, count: number) => Response,
  work: (recognize: NonNullable<ReturnType<typeof recognizerOf>>, asked: Asked[]) => Promise<void>,
  settings: Readonly<Record<string, string>> = {
    RECOGNIZER_ALLOW_PRIVATE: 'true',
    RECOGNIZER_SECRET: 's3cret',
  },
): Promise<void> {
  const asked: Asked[] = []
  const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, async (request) => {
    const one = { headers: request.headers, body: await request.bytes() }
    asked.push(one)
    return answer(one, asked.length)
  })
  const all: Record<string, string> = {
    RECOGNIZER_URL: `http://127.0.0.1:${server.addr.port}/ocr`,
    ...settings,
  }
  try {
    const recognize = recognizerOf((name) => all[name])
    assert.ok(recognize)
    await work(recognize, asked)
  } finally {
    await server.shutdown()
  }
}

/** An image of one color over the page, as an operator. */
const image = (width: number, height: number, color: string): string =>
  `q 500 0 0 700 50 50 cm BI /W ${width} /H ${height} /CS /RGB /BPC 8 /F /AHx ID ${
    color.repeat(width * height)
  }> EI Q`

/** Width, height and the first pixel of a PNG. */
function pixelOf(png: Uint8Array): number[] {
  const buffer = Buffer.from(png)
  assert.equal(buffer.toString('latin1', 1, 4), 'PNG')
  const length = buffer.readUInt32BE(33)
  assert.equal(buffer.toString('latin1', 37, 41), 'IDAT')
  const data = inflateSync(buffer.subarray(41, 41 + length))
  return [buffer.readUInt32BE(16), buffer.readUInt32BE(20), ...data.subarray(1, 4)]
}

Deno.test('pages of a scan are sent as images, and their text is that of the pages', async () => {
  const scan = await pdf([[], lines(['A page with text.']), [], []], {
    graphics: [image(60, 80, '102030'), '', image(200, 150, 'ff8000')],
  })
  await withService(
    (_, count) => Response.json({ text: `Recognized ${count}.\n\nMore.` }),
    async (recognizeImage, asked) => {
      const parts = await partsOf('scan.pdf', scan, { recognizeImage })
      assert.deepEqual(only(parts, 'section').map(({ page, text }) => [page, text]), [
        [1, 'Recognized 1.\n\nMore.'],
        [2, 'A page with text.'],
        [3, 'Recognized 2.\n\nMore.'],
      ])
      assert.deepEqual(only(parts, 'warning'), [])
      assert.deepEqual(asked.map(({ body }) => pixelOf(body)), [[60, 80, 16, 32, 48], [
        200,
        150,
        255,
        128,
        0,
      ]])
      assert.deepEqual(
        asked.map(({ headers }) =>
          ['authorization', 'content-type', 'x-filename', 'x-page'].map((name) => headers.get(name))
        ),
        [['Bearer s3cret', 'image/png', 'scan.pdf', '1'], ['Bearer s3cret', 'image/png', 'scan.pdf', '3']],
      )
    },
  )
})

Deno.test('a photo is sent as it is; an answer may be plain text', async () => {
  const photo = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, ...Array(40).fill(0)])
  await withService(() => new Response('Words of the photo'), async (recognizeImage, asked) => {
    const parts = await partsOf('a.jpg', photo, { recognizeImage })
    assert.deepEqual(only(parts, 'section').map(({ text }) => text), ['Words of the photo'])
    assert.deepEqual(asked[0]?.body, photo)
    assert.equal(asked[0]?.headers.get('content-type'), 'image/jpeg')
  })
})

Deno.test('what the service refuses is a warning for a page, what it cannot do now a failure to try again', async () => {
  const scan = await pdf([[], lines(['A page with text.'])], { graphics: image(60, 80, '000000') })
  const failures: [Response, string][] = [
    [new Response('', { status: 415 }), 'warning'],
    [new Response('', { status: 401 }), 'warning'],
    [Response.json({ words: 1 }), 'warning'],
    [new Response('x'.repeat(4 * 1024 * 1024 + 1)), 'warning'],
    [Response.redirect('http://127.0.0.1/elsewhere'), 'warning'],
    [new Response('', { status: 503 }), 'recognizer_unavailable'],
    [new Response('', { status: 429 }), 'recognizer_unavailable'],
  ]
  for (const [answer, expected] of failures) {
    await withService(() => answer, async (recognizeImage) => {
      const reading = partsOf('scan.pdf', scan, { recognizeImage })
      if (expected === 'warning') {
        const codes = only(await reading, 'warning').map(({ code }) => code)
        assert.deepEqual(codes, ['pages_unrecognized'], `${answer.status}`)
        const [{ message = '' } = {}] = only(await reading, 'warning')
        assert.match(
          message,
          /^Page 1 was not recognized\. The (?:recognizer answered|answer of the recognizer)/,
        )
      } else {
        await assert.rejects(
          reading,
          (cause) => cause instanceof AppFailure && cause.error.code === expected && cause.error.retryable,
        )
      }
    })
  }
})

Deno.test('only public addresses are asked unless the settings allow others, and nothing without an address', async () => {
  const scan = await pdf([[]], { graphics: image(60, 80, '000000') })
  await withService(() => new Response('secret'), async (recognizeImage, asked) => {
    const parts = await partsOf('scan.pdf', scan, { recognizeImage })
    assert.deepEqual(only(parts, 'section'), [])
    assert.equal(asked.length, 0)
  }, {})
  assert.equal(recognizerOf(() => undefined), undefined)
  const parts = await partsOf('scan.pdf', scan)
  assert.match(only(parts, 'warning')[0]?.message ?? '', /scanned document .*RECOGNIZER_URL/)
})

Deno.test('no more pages of a scan are recognized than the limit allows', async () => {
  const scan = await pdf([[], [], []], { graphics: [1, 2, 3].map(() => image(60, 80, '000000')) })
  await withService(() => new Response('Text'), async (recognizeImage, asked) => {
    const parts = await partsOf('scan.pdf', scan, { recognizeImage, limits: { recognizedPages: 2 } })
    assert.equal(asked.length, 2)
    assert.deepEqual(only(parts, 'warning').map(({ code, count }) => [code, count]), [[
      'pages_unrecognized',
      1,
    ]])
  })
})
