/** What every function does around its work: tried on functions made for the purpose. */
import assert from 'node:assert/strict'
import { z } from 'zod'
import { readJson } from '../../functions/_shared/http/body.ts'
import { type FunctionHandler, serve } from '../../functions/_shared/http/serve.ts'
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

/** Runs a test with the settings a function has, and gives the lines it logged. */
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

function open(handler: FunctionHandler): (request: Request) => Promise<Response> {
  return serve({
    name: 'test',
    auth: ['user', 'secret:*', 'publishable:*', 'none'],
    methods: ['GET', 'POST'],
  }, handler).fetch
}

const request = (init: RequestInit = {}): Request => new Request('http://127.0.0.1/functions/v1/test', init)
const problem = async (answer: Response): Promise<ErrorBody> => await answer.json()

Deno.test(
  'a request id is kept if it is one, and made otherwise',
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
  'the log has ids, codes and durations, and nothing that was sent',
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
  'an error is told in the one shape; a defect tells nothing',
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
  'absent credentials and wrong ones are different things',
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

Deno.test(
  'only listed methods are answered',
  withSettings({}, async () => {
    const answer = await open(() => new Response())(request({ method: 'DELETE' }))
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, POST'])
  }),
)

Deno.test(
  'pages of this machine may read answers and errors, others may not',
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
  'a body is refused before any work: too large, not JSON, unknown keys, wrong types',
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
