/** What `serve` does for every function, with functions made for the tests. */
import assert from 'node:assert/strict'
import { z } from 'zod'
import { readJson } from '../../functions/_shared/http/body.ts'
import { type Handler, serve } from '../../functions/_shared/http/serve.ts'
import { jwks, signToken } from '../../stack/keys/tokens.ts'
import { appError, AppFailure, type ErrorBody } from '../../types/errors.ts'

const secret = 'a-secret-of-sufficient-length-for-hs256'
const settings: Record<string, string> = {
  SUPABASE_URL: 'http://127.0.0.1:9',
  SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_x"}',
  SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
  SUPABASE_ANON_KEY: 'legacy-anon',
  SUPABASE_SERVICE_ROLE_KEY: 'legacy-service',
  SUPABASE_JWKS: JSON.stringify(jwks(secret)),
}

/** Runs a test with the settings of a function, and passes the lines that are logged. */
function withSettings(
  own: Record<string, string>,
  use: (lines: Record<string, unknown>[]) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const before = new Map(Object.keys({ ...settings, ...own }).map((name) => [name, Deno.env.get(name)]))
    const write = { info: console.info, error: console.error }
    const lines: Record<string, unknown>[] = []
    for (const [name, value] of Object.entries({ ...settings, ...own })) Deno.env.set(name, value)
    console.info = console.error = (line: string) => lines.push(JSON.parse(line))
    try {
      await use(lines)
    } finally {
      Object.assign(console, write)
      for (const [name, value] of before) {
        if (value === undefined) Deno.env.delete(name)
        else Deno.env.set(name, value)
      }
    }
  }
}

function open(handler: Handler): (request: Request) => Promise<Response> {
  return serve({
    name: 'test',
    auth: ['user', 'secret:*', 'publishable:*', 'none'],
    routes: { 'GET /': handler, 'POST /': handler },
  }).fetch
}

const request = (init: RequestInit = {}): Request => new Request('http://127.0.0.1/functions/v1/test', init)
const problem = async (answer: Response): Promise<ErrorBody> => await answer.json()

Deno.test(
  'a valid request id is kept, and another is generated otherwise',
  withSettings({}, async (lines) => {
    const fetch = open((_request, { requestId }) => new Response(requestId))
    const kept = await fetch(request({ headers: { 'x-request-id': 'order-17.a:b' } }))
    assert.deepEqual([kept.headers.get('x-request-id'), await kept.text()], ['order-17.a:b', 'order-17.a:b'])
    for (const bad of ['with spaces in it', 'x'.repeat(65), '"quoted"']) {
      const made = await fetch(request({ headers: { 'x-request-id': bad } }))
      assert.match(made.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
    }
    assert.equal(lines[0]?.['request_id'], 'order-17.a:b')
  }),
)

Deno.test(
  'the log has ids, codes and durations, and nothing of the request',
  withSettings({}, async (lines) => {
    const token = await signToken({ sub: 'b3f3c1de-0000-4000-8000-000000000001', role: 'authenticated' }, {
      secret,
    })
    const fetch = open(async (request) => Response.json(await readJson(request, z.object({ a: z.string() }))))
    await fetch(
      request({
        method: 'POST',
        body: '{"a":"private words"}',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      }),
    )
    const [line] = lines
    assert.deepEqual({ ...line, time: '', duration_ms: 0, request_id: '' }, {
      time: '',
      level: 'info',
      event: 'request',
      function: 'test',
      request_id: '',
      method: 'POST',
      status: 200,
      duration_ms: 0,
      user_id: 'b3f3c1de-0000-4000-8000-000000000001',
    })
    assert.ok(!JSON.stringify(lines).includes('private') && !JSON.stringify(lines).includes(token))
  }),
)

Deno.test(
  'errors have one shape, and a defect reveals nothing',
  withSettings({}, async (lines) => {
    const refused = await open(() => {
      throw new AppFailure(
        appError('rate_limit', { code: 'PT429', message: 'Too many.', hint: 'Wait.', retryAfter: 3 }),
      )
    })(request({ headers: { 'x-request-id': 'id' } }))
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '3'])
    assert.deepEqual(await refused.json(), {
      kind: 'rate_limit',
      code: 'PT429',
      message: 'Too many.',
      hint: 'Wait.',
      retryable: true,
      request_id: 'id',
      retry_after: 3,
    })
    const defect = await open(() => {
      throw new Error('password=hunter2')
    })(request())
    assert.equal(defect.status, 500)
    assert.equal((await problem(defect)).code, 'internal')
    assert.ok(
      lines.some((line) => line['event'] === 'defect' && String(line['at']).includes('serve_test.ts')),
    )
    assert.ok(!JSON.stringify(lines).includes('hunter2'))
  }),
)

Deno.test(
  'missing credentials are anonymous where that is allowed, and wrong ones are refused',
  withSettings({}, async () => {
    const fetch = open((_request, { authMode }) => new Response(authMode))
    const as = async (headers: Record<string, string>): Promise<string> => {
      const answer = await fetch(request({ headers }))
      return answer.status === 200 ? await answer.text() : `${answer.status} ${(await problem(answer)).code}`
    }
    const sign = (claims: Record<string, unknown>, key = secret): Promise<string> =>
      signToken(claims, { secret: key })
    const bearer = async (token: Promise<string> | string): Promise<string> =>
      await as({ authorization: `Bearer ${await token}` })
    assert.equal(await as({}), 'none')
    assert.equal(await as({ apikey: 'sb_publishable_x' }), 'publishable')
    assert.equal(await as({ apikey: 'sb_secret_x' }), 'secret')
    assert.equal(await as({ apikey: 'legacy-anon' }), 'publishable')
    assert.equal(await as({ apikey: 'legacy-service' }), 'secret')
    assert.equal(await as({ apikey: 'sb_secret_y' }), '401 INVALID_API_KEY')
    assert.equal(await bearer(sign({ sub: 'x' })), 'user')
    assert.equal(await bearer(sign({ sub: 'x' }, `other-${secret}`)), '401 INVALID_JWT')
    assert.equal(await bearer(sign({ sub: 'x', exp: 1 })), '401 INVALID_JWT')
    assert.equal(await bearer(sign({ role: 'authenticated' })), '401 INVALID_JWT')
    assert.equal(await bearer('garbage'), '401 INVALID_JWT')
  }),
)

/** A function with routes of every kind, which return their name or their parameters. */
const routed = serve({
  name: 'test',
  auth: 'none',
  routes: {
    'GET /': () => new Response('list'),
    'POST /': () => new Response('add'),
    'GET /by-name/:name+': (_request, { params }) => Response.json(params),
    'GET /:id/parts/:part': (_request, { params }) => Response.json(params),
    'DELETE /:id': { auth: 'secret:*', handler: (_request, { params }) => Response.json(params) },
    'WEBSOCKET /:id/live': (socket, { params }) => {
      socket.onopen = () => {
        socket.send(JSON.stringify(params))
        socket.close(1000)
      }
    },
  },
})

const at = (path: string, init: RequestInit = {}): Promise<Response> =>
  routed.fetch(new Request(`http://127.0.0.1/functions/v1/test${path}`, init))

Deno.test(
  'a route matches by method and path below the name of the function, locally and hosted',
  withSettings({}, async () => {
    const answers = await Promise.all([
      at(''),
      at('/'),
      at('/?q=1'),
      at('', { method: 'POST' }),
      at('', { method: 'POST', body: 'x' }),
      routed.fetch(new Request('http://127.0.0.1/test')),
    ])
    assert.deepEqual(await Promise.all(answers.map((answer) => answer.text())), [
      'list',
      'list',
      'list',
      'add',
      'add',
      'list',
    ])
  }),
)

Deno.test(
  'parameters of a path are decoded',
  withSettings({}, async () => {
    const params = async (path: string): Promise<unknown> => await (await at(path)).json()
    assert.deepEqual(await params('/a%20b/parts/c%2Fd'), { id: 'a b', part: 'c/d' })
    assert.deepEqual(await params('/%C3%A9/parts/1/'), { id: 'é', part: '1' })
    assert.deepEqual(await params('/by-name/meta/llama%3A3'), { name: 'meta/llama:3' })
  }),
)

Deno.test(
  'an unknown path, or a parameter that cannot be decoded, is 404 with the routes as a hint',
  withSettings({}, async () => {
    const unknown = [
      '/nonsense/x',
      '/1/parts',
      '/1/parts/2/3',
      '//parts/2',
      '/%E0%A4%A/parts/1',
      '/by-name/%zz',
    ]
    for (const path of unknown) {
      const answer = await at(path)
      assert.deepEqual([answer.status, (await problem(answer)).code], [404, 'unknown_path'], path)
    }
    const { hint } = await problem(await at('/nonsense/x'))
    assert.match(hint ?? '', /GET \/test, POST \/test, GET \/test\/by-name\/:name\+/)
    for (const url of ['http://127.0.0.1/functions/v1/testing', 'http://127.0.0.1/functions/v1/other/1']) {
      const answer = await routed.fetch(new Request(url))
      assert.deepEqual([answer.status, (await problem(answer)).code], [404, 'unknown_path'], url)
    }
  }),
)

Deno.test(
  'a known path with another method is 405 with the methods of that path',
  withSettings({}, async () => {
    const answer = await open(() => new Response())(request({ method: 'DELETE' }))
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD, POST'])
    const part = await at('/1/parts/2', { method: 'POST' })
    assert.deepEqual([part.status, (await problem(part)).code, part.headers.get('allow')], [
      405,
      'method_not_allowed',
      'GET, HEAD',
    ])
  }),
)

Deno.test(
  'HEAD is answered where GET is, without a body',
  withSettings({}, async () => {
    let cancelled = false
    const body = new ReadableStream({ cancel: () => void (cancelled = true) })
    const fetch = open(() => new Response(body, { headers: { 'x-answer': 'yes' } }))
    const head = await fetch(request({ method: 'HEAD' }))
    assert.deepEqual([head.status, head.headers.get('x-answer'), await head.text()], [200, 'yes', ''])
    assert.ok(cancelled, 'the body of the handler is cancelled')
    assert.equal((await at('/1', { method: 'HEAD' })).status, 405)
  }),
)

Deno.test(
  'a preflight allows exactly the methods of its path; for an unknown path those of the function',
  withSettings({}, async () => {
    const allowed = async (path: string): Promise<string | null> => {
      const answer = await at(path, { method: 'OPTIONS', headers: { origin: 'http://localhost:5173' } })
      assert.equal(answer.status, 204)
      return answer.headers.get('access-control-allow-methods')
    }
    assert.equal(await allowed(''), 'GET, HEAD, POST')
    assert.equal(await allowed('/1/parts/2'), 'GET, HEAD')
    assert.equal(await allowed('/1'), 'DELETE')
    assert.equal(await allowed('/nonsense/x'), 'GET, HEAD, POST, DELETE')
  }),
)

Deno.test(
  'a route may have its own auth',
  withSettings({}, async () => {
    const refused = await at('/1', { method: 'DELETE' })
    assert.deepEqual([refused.status, (await problem(refused)).kind], [401, 'authentication'])
    const done = await at('/1', { method: 'DELETE', headers: { apikey: 'sb_secret_x' } })
    assert.deepEqual([done.status, await done.json()], [200, { id: '1' }])
  }),
)

Deno.test(
  'a function may have the errors and the credentials of another protocol',
  withSettings({}, async () => {
    const { fetch } = serve({
      name: 'test',
      auth: 'secret:*',
      formatError: (error, requestId, path) =>
        path.startsWith('/v1/')
          ? Response.json({ theirs: error.code, id: requestId }, { status: error.status })
          : null,
      readCredentials: (request) => {
        const headers = new Headers(request.headers)
        headers.set('apikey', headers.get('x-their-key') ?? '')
        return new Request(request, { headers })
      },
      routes: { 'POST /v1/things': async (request) => new Response(await request.text()) },
    })
    const send = async (path: string, init: RequestInit): Promise<Response> =>
      await fetch(new Request(`http://127.0.0.1/functions/v1/test${path}`, init))
    const headers = { 'x-their-key': 'sb_secret_x', 'x-request-id': 'one' }
    const answered = await send('/v1/things', { method: 'POST', headers, body: 'body' })
    assert.equal(await answered.text(), 'body')
    const method = await send('/v1/things', { method: 'PUT', headers })
    assert.deepEqual([method.status, method.headers.get('allow'), await method.json()], [405, 'POST', {
      theirs: 'method_not_allowed',
      id: 'one',
    }])
    assert.deepEqual(await (await send('/v1/nothing', { headers })).json(), {
      theirs: 'unknown_path',
      id: 'one',
    })
    assert.equal((await problem(await send('/nothing', { headers }))).code, 'unknown_path')
  }),
)

/** Serves the routes on a port, which upgrades need. */
async function onPort(use: (base: string) => Promise<void>): Promise<void> {
  const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, routed.fetch)
  try {
    await use(`127.0.0.1:${server.addr.port}/functions/v1/test`)
  } finally {
    await server.shutdown()
  }
}

async function eventsOf(url: string): Promise<{ events: unknown[]; code: number }> {
  const socket = new WebSocket(url)
  const events: unknown[] = []
  socket.onmessage = ({ data }) => events.push(JSON.parse(data))
  const closed = Promise.withResolvers<number>()
  socket.onclose = ({ code }) => closed.resolve(code)
  return { code: await closed.promise, events }
}

Deno.test(
  'a WebSocket is opened by its route; a refused one gets the error before it is closed',
  withSettings({}, async (lines) => {
    await onPort(async (base) => {
      assert.deepEqual(await eventsOf(`ws://${base}/a%20b/live`), { code: 1000, events: [{ id: 'a b' }] })
      assert.deepEqual(lines.at(-1)?.['status'], 101)
      assert.deepEqual(await eventsOf(`ws://${base}/nonsense/x`), {
        code: 4404,
        events: [{ type: 'error', message: 'This function has no such path.' }],
      })
      assert.deepEqual([lines.at(-1)?.['status'], lines.at(-1)?.['code']], [404, 'unknown_path'])
      const { code } = await eventsOf(`ws://${base}/1/live?apikey=sb_secret_y`)
      assert.equal(code, 4001)
      const plain = await fetch(`http://${base}/1/live`)
      assert.deepEqual([plain.status, plain.headers.get('upgrade'), (await problem(plain)).code], [
        426,
        'websocket',
        'upgrade_required',
      ])
    })
  }),
)

Deno.test(
  'an invalid WebSocket handshake gets an ordinary response',
  withSettings({}, async () => {
    const answer = await at('/1/live', { headers: { upgrade: 'websocket' } })
    assert.deepEqual([answer.status, (await problem(answer)).code], [400, 'invalid_upgrade'])
    const nowhere = await at('/nonsense/x', { headers: { upgrade: 'websocket' } })
    assert.deepEqual([nowhere.status, (await problem(nowhere)).code], [404, 'unknown_path'])
    const without = await open(() => new Response('ordinary'))(request({ headers: { upgrade: 'websocket' } }))
    assert.equal(await without.text(), 'ordinary', 'functions without sockets ignore the header')
  }),
)

Deno.test(
  'CORS allows pages of this machine by default, also for errors',
  withSettings({}, async () => {
    const fetch = open(() => {
      throw new Error()
    })
    const allowed = async (origin: string, method = 'GET'): Promise<string | null> =>
      (await fetch(request({ method, headers: { origin } }))).headers.get('access-control-allow-origin')
    for (const origin of ['http://localhost:5173', 'http://127.0.0.1:3000', 'http://localhost']) {
      assert.equal(await allowed(origin), origin)
      assert.equal(await allowed(origin, 'OPTIONS'), origin)
    }
    for (const origin of ['https://evil.example', 'http://localhost.evil.example', 'null']) {
      assert.equal(await allowed(origin), null)
    }
    const preflight = await fetch(
      request({ method: 'OPTIONS', headers: { origin: 'http://localhost:5173' } }),
    )
    assert.equal(preflight.status, 204)
    assert.equal(preflight.headers.get('vary'), 'Origin')
    assert.match(
      preflight.headers.get('access-control-allow-headers') ?? '',
      /authorization.*apikey.*x-request-id/,
    )
    assert.match(preflight.headers.get('access-control-expose-headers') ?? '', /x-request-id/)
  }),
)

Deno.test(
  'CORS_ALLOWED_ORIGINS replaces the default',
  withSettings({ CORS_ALLOWED_ORIGINS: 'https://app.example.com, https://b.example' }, async () => {
    const fetch = open(() => new Response())
    const allowed = async (origin: string): Promise<string | null> =>
      (await fetch(request({ headers: { origin } }))).headers.get('access-control-allow-origin')
    assert.equal(await allowed('https://app.example.com'), 'https://app.example.com')
    assert.equal(await allowed('https://b.example'), 'https://b.example')
    assert.equal(await allowed('http://localhost:5173'), null)
  }),
)

Deno.test(
  'an invalid body is refused before any work: too large, not JSON, unknown keys, wrong types',
  withSettings({}, async () => {
    const schema = z.strictObject({ title: z.string().min(1) })
    let worked = 0
    const fetch = open(async (request) => {
      await readJson(request, schema, 100)
      worked++
      return new Response()
    })
    const send = async (body: BodyInit, type = 'application/json'): Promise<string> => {
      const answer = await fetch(request({ method: 'POST', body, headers: { 'content-type': type } }))
      return answer.status === 200 ? 'ok' : `${answer.status} ${(await problem(answer)).code}`
    }
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array(60)),
    })
    assert.equal(await send('{"title":"x"}'), 'ok')
    assert.equal(await send('{"title":"x"}', 'application/vnd.api+json; charset=utf-8'), 'ok')
    assert.equal(await send(`{"title":"${'x'.repeat(200)}"}`), '413 body_too_large')
    assert.equal(await send(stream), '413 body_too_large')
    assert.equal(await send('{"title":'), '400 invalid_json')
    assert.equal(await send(''), '400 invalid_json')
    assert.equal(await send(new Uint8Array([0x22, 0xff, 0x22])), '400 invalid_json')
    assert.equal(await send('{"title":"x"}', 'text/plain'), '415 unsupported_media_type')
    for (const body of ['{"title":1}', '{"title":""}', '{}', '[]', 'null', '{"title":"x","other":1}']) {
      assert.equal(await send(body), '400 invalid_request')
    }
    assert.equal(worked, 2)
  }),
)
