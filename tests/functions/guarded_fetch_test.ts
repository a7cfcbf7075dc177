/** Files are downloaded from the public internet only, whatever a name, a redirect or a server tries. */
import assert from 'node:assert/strict'
import { type DownloadOptions, downloadPublic } from '../../functions/_shared/http/guarded_fetch.ts'
import { isPublicAddress } from '../../functions/_shared/http/public_addresses.ts'
import { type AppError, AppFailure } from '../../types/errors.ts'
import { deflate } from '../../functions/_lib/extract/testing/archives.ts'
import { until } from '../support/wait.ts'

async function failure(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise
  } catch (cause) {
    assert.ok(cause instanceof AppFailure, `${cause instanceof Error ? cause.stack : cause}`)
    return cause.error
  }
  assert.fail('it fails')
}

interface Site {
  readonly url: string
  readonly options: DownloadOptions
  readonly asked: string[]
}

/** A server on this machine that stands in for a public one called site.example. */
async function withSite(
  answer: (path: string, request: Request) => Response | Promise<Response>,
  use: (site: Site) => Promise<void>,
): Promise<void> {
  const asked: string[] = []
  const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen(): void {} }, (request) => {
    const { pathname } = new URL(request.url)
    asked.push(`${request.headers.get('host')?.split(':')[0]}${pathname}`)
    return answer(pathname, request)
  })
  const { port } = server.addr as Deno.NetAddr
  const options: DownloadOptions = {
    ports: [port],
    resolve: (name) => Promise.resolve(name === 'inside.example' ? ['10.0.0.1'] : ['127.0.0.1']),
    isAllowed: (address) => address === '127.0.0.1',
  }
  try {
    await use({ url: `http://site.example:${port}`, options, asked })
  } finally {
    await server.shutdown()
  }
}

async function text(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return await new Response(stream).text()
}

Deno.test('private, loopback, link-local, shared, mapped, multicast and reserved addresses are not public', () => {
  const inside = [
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '4000::1',
    'not an address',
    '',
    '127.1',
    '0x7f000001',
    '2130706433',
    '017700000001',
  ]
  for (const address of inside) assert.equal(isPublicAddress(address), false, address)
  for (
    const address of [
      '8.8.8.8',
      '1.1.1.1',
      '172.32.0.1',
      '100.128.0.1',
      '2606:4700::1111',
      '2a00:1450:4001::200e',
    ]
  ) {
    assert.equal(isPublicAddress(address), true, address)
  }
})

Deno.test('URLs of private hosts are disallowed in every notation', async () => {
  const never = (): Promise<string[]> => assert.fail('no name is resolved')
  for (
    const url of [
      'http://127.0.0.1/',
      'http://127.1/',
      'http://2130706433/',
      'http://0x7f.1/',
      'http://0177.0.0.1/',
      'http://[::1]/',
      'http://[::ffff:127.0.0.1]/',
      'http://169.254.169.254/latest/meta-data/',
      'http://10.0.0.8/',
      'http://[fd00::1]/',
      'http://localhost/',
      'http://LOCALHOST./',
      'http://a.localhost/',
      'http://db.internal/',
      'http://printer.local/',
      'http://kong/',
      'http://１２７.０.０.１/',
      'http://0/',
      'http://metadata.google.internal/',
    ]
  ) {
    const error = await failure(downloadPublic(url, { resolve: never }))
    assert.deepEqual([error.kind, error.code, error.status, error.retryable], [
      'validation',
      'disallowed_url',
      400,
      false,
    ], url)
    assert.match(error.message, /disallowed/)
  }
})

Deno.test('names that resolve to a private address, even among others, are disallowed', async () => {
  for (
    const addresses of [['10.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['::ffff:10.0.0.1'], ['8.8.8.8', 'fe80::1']]
  ) {
    const error = await failure(
      downloadPublic('http://example.com/', { resolve: () => Promise.resolve(addresses) }),
    )
    assert.deepEqual([error.code, error.message], [
      'disallowed_url',
      'The host of the URL is disallowed.',
    ])
  }
})

Deno.test('the real resolver also refuses the name of this machine', async () => {
  const hostname = Deno.hostname()
  const error = await failure(downloadPublic(`http://${hostname}/`))
  assert.equal(error.code, 'disallowed_url')
})

Deno.test('other schemes, credentials, other ports and invalid URLs are refused', async () => {
  for (
    const url of [
      'file:///etc/passwd',
      'ftp://example.com/',
      'gopher://x/',
      'data:text/plain,x',
      'javascript:1',
      'not a url',
      '',
      'http://',
      'http://user:pass@example.com/',
      '//example.com/x',
    ]
  ) {
    assert.equal((await failure(downloadPublic(url))).code, 'invalid_url', url)
  }
  for (const url of ['http://example.com:22/', 'https://example.com:5432/', 'http://example.com:6379/']) {
    const error = await failure(downloadPublic(url))
    assert.equal(error.code, 'disallowed_url', url)
    assert.match(error.message, /disallowed/)
  }
})

Deno.test('a file is streamed, with its name, type and size', async () => {
  await withSite((path) =>
    new Response('Grüße', {
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'content-length': '7',
        ...(path === '/named'
          ? { 'content-disposition': `attachment; filename="../../etc/x.txt"; filename*=UTF-8''%C3%BC.txt` }
          : {}),
      },
    }), async ({ url, options, asked }) => {
    const file = await downloadPublic(`${url}/folder/a%20b.txt?q=1#hash`, options)
    assert.deepEqual([file.url, file.filename, file.mediaType, file.size], [
      `${url}/folder/a%20b.txt?q=1`,
      'a b.txt',
      'text/plain; charset=utf-8',
      7,
    ])
    assert.equal(await text(file.stream), 'Grüße')
    assert.deepEqual(asked, ['site.example/folder/a%20b.txt'])
    const named = await downloadPublic(`${url}/named`, options)
    assert.equal(named.filename, 'ü.txt')
    await named.stream.cancel()
    const bare = await downloadPublic(url, options)
    assert.equal(bare.filename, 'site.example')
    await bare.stream.cancel()
  })
})

Deno.test('the connection goes to the address that was checked, even where the name resolves differently afterwards', async () => {
  await withSite(() => new Response('ok'), async ({ url, options }) => {
    let asked = 0
    const resolve = (): Promise<string[]> =>
      Promise.resolve(asked++ === 0 ? ['127.0.0.1'] : ['169.254.169.254'])
    const file = await downloadPublic(url, { ...options, resolve })
    assert.equal(await text(file.stream), 'ok')
    assert.equal(asked, 1)
  })
})

Deno.test('every redirect is checked, and their number is limited', async () => {
  await withSite((path, request) => {
    const { port } = new URL(request.url)
    const to: Record<string, string> = {
      '/a': '/b',
      '/b': `http://other.example:${port}/c`,
      '/inside': `http://inside.example:${port}/secret`,
      '/literal': `http://169.254.169.254:${port}/`,
      '/file': 'file:///etc/passwd',
      '/loop': '/loop',
      '/port': 'http://site.example:22/',
    }
    return to[path]
      ? new Response(null, { status: 302, headers: { location: to[path] } })
      : new Response(`page ${path}`)
  }, async ({ url, options, asked }) => {
    const file = await downloadPublic(`${url}/a`, options)
    assert.equal(await text(file.stream), 'page /c')
    assert.match(file.url, /^http:\/\/other\.example:\d+\/c$/)
    for (
      const [path, code] of [
        ['/inside', 'disallowed_url'],
        ['/literal', 'disallowed_url'],
        ['/port', 'disallowed_url'],
        ['/file', 'invalid_url'],
        ['/loop', 'too_many_redirects'],
      ]
    ) {
      assert.equal((await failure(downloadPublic(`${url}${path}`, options))).code, code, `${path}`)
    }
    assert.equal(asked.filter((path) => path === 'site.example/loop').length, 6)
    assert.ok(!asked.some((path) => path.includes('secret')))
  })
})

Deno.test('a body that is too large is refused by its declared length and by its actual length', async () => {
  let cancelled = 0
  await withSite((path) => {
    if (path === '/declared') return new Response('x'.repeat(2_000))
    return new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1_000)),
        cancel: () => void cancelled++,
      }),
    )
  }, async ({ url, options }) => {
    const small = { ...options, maxBytes: 1_500 }
    const error = await failure(downloadPublic(`${url}/declared`, small))
    assert.deepEqual([error.code, error.status], ['file_too_large', 413])
    const endless = await downloadPublic(`${url}/endless`, small)
    assert.equal((await failure(text(endless.stream))).code, 'file_too_large')
    await until(() => cancelled === 1, 'the connection is closed')
  })
})

Deno.test('a gzipped body is decompressed, up to the limit', async () => {
  const bomb = await deflate(new Uint8Array(30 * 1024 * 1024), 'gzip')
  const page = await deflate(new TextEncoder().encode('hello '.repeat(1_000)), 'gzip')
  await withSite(
    (path) =>
      new Response(path === '/bomb' ? bomb : path === '/broken' ? page.slice(0, 40) : page, {
        headers: { 'content-encoding': path === '/other' ? 'br' : 'gzip', 'content-type': 'text/plain' },
      }),
    async ({ url, options }) => {
      const file = await downloadPublic(url, options)
      assert.equal(file.size, null)
      assert.equal(await text(file.stream), 'hello '.repeat(1_000))
      const large = await downloadPublic(`${url}/bomb`, { ...options, maxBytes: 1024 * 1024 })
      assert.equal((await failure(text(large.stream))).code, 'file_too_large')
      const broken = await downloadPublic(`${url}/broken`, options)
      assert.equal((await failure(text(broken.stream))).code, 'fetch_failed')
      assert.equal((await failure(downloadPublic(`${url}/other`, options))).code, 'fetch_refused')
    },
  )
})

Deno.test('a server that is slow to respond or to continue times out', async () => {
  const waiting: (() => void)[] = []
  await withSite(async (path) => {
    if (path === '/never') await new Promise<void>((resolve) => waiting.push(resolve))
    return new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(10)),
        pull: () => new Promise<void>((resolve) => waiting.push(resolve)),
      }),
    )
  }, async ({ url, options }) => {
    const error = await failure(downloadPublic(`${url}/never`, { ...options, headersTimeoutMs: 100 }))
    assert.deepEqual([error.code, error.kind, error.retryable], ['fetch_timeout', 'unavailable', true])
    const file = await downloadPublic(`${url}/stalls`, { ...options, timeoutMs: 200 })
    assert.equal((await failure(text(file.stream))).code, 'fetch_timeout')
    waiting.forEach((resolve) => resolve())
  })
  const slow = downloadPublic('http://example.com/', {
    headersTimeoutMs: 50,
    resolve: () => new Promise(() => {}),
  })
  assert.equal((await failure(slow)).code, 'fetch_timeout')
})

Deno.test('an abort rejects the request with its reason', async () => {
  const waiting: (() => void)[] = []
  await withSite(
    () => new Promise((resolve) => waiting.push(() => resolve(new Response('late')))),
    async ({ url, options }) => {
      const abort = new AbortController()
      setTimeout(() => abort.abort(new Error('enough')), 50)
      await assert.rejects(downloadPublic(url, { ...options, signal: abort.signal }), /enough/)
      waiting.forEach((resolve) => resolve())
    },
  )
})

Deno.test('a refusal by the server and an unreachable server have different codes', async () => {
  await withSite(
    (path) => new Response('secret text', { status: Number(path.slice(1)) }),
    async ({ url, options }) => {
      for (
        const [status, kind, retryable] of [[404, 'validation', false], [403, 'validation', false], [
          500,
          'unavailable',
          true,
        ], [429, 'unavailable', true]] as const
      ) {
        const error = await failure(downloadPublic(`${url}/${status}`, options))
        assert.deepEqual(
          [error.code, error.kind, error.retryable],
          ['fetch_refused', kind, retryable],
          `${status}`,
        )
        assert.doesNotMatch(error.message, /secret/)
      }
    },
  )
  const gone = await failure(
    downloadPublic('http://example.com/', { resolve: () => Promise.reject(new Error('ENOTFOUND')) }),
  )
  assert.deepEqual([gone.code, gone.retryable], ['fetch_failed', true])
  const nobody = { resolve: () => Promise.resolve(['127.0.0.1']), isAllowed: () => true, ports: [1] }
  assert.equal((await failure(downloadPublic('http://example.com:1/', nobody))).code, 'fetch_failed')
  assert.equal((await failure(downloadPublic('https://example.com:1/', nobody))).code, 'fetch_failed')
})

Deno.test('a connection that breaks in the middle fails the stream', async () => {
  const listener = Deno.listen({ port: 0, hostname: '127.0.0.1' })
  const { port } = listener.addr as Deno.NetAddr
  const serving = (async () => {
    const connection = await listener.accept()
    await connection.read(new Uint8Array(2_000))
    await connection.write(
      new TextEncoder().encode('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nonly this'),
    )
    connection.close()
  })()
  const options = { ports: [port], resolve: () => Promise.resolve(['127.0.0.1']), isAllowed: () => true }
  const file = await downloadPublic(`http://site.example:${port}/`, options)
  assert.equal((await failure(text(file.stream))).code, 'fetch_failed')
  await serving
  listener.close()
})
