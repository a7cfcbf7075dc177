/** A PostgREST of the user's own behind /rest/v1, in whose place a server stands here that records its requests. */
import { strict as assert } from 'node:assert'
import type { Keys } from '../../stack/keyring.ts'
import { generateKeys, signToken, verifyToken } from '../../stack/keys/tokens.ts'
import { readOptions } from '../../stack/options.ts'
import { createProxy } from '../../stack/rest/proxy.ts'

type Recorded = { method: string; url: string; headers: Headers; body: string }

async function withRecorder(
  work: (
    ask: (path: string, init?: RequestInit) => Promise<Response>,
    sent: Recorded[],
    keys: Keys,
  ) => Promise<void>,
): Promise<void> {
  const sent: Recorded[] = []
  const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, async (request) => {
    const { pathname, search } = new URL(request.url)
    sent.push({
      method: request.method,
      url: pathname + search,
      headers: request.headers,
      body: await request.text(),
    })
    return new Response('[{"id": 1}]', {
      status: 206,
      headers: { 'content-type': 'application/json; charset=utf-8', 'content-range': '0-0/9' },
    })
  })
  const keys = await generateKeys()
  const proxy = createProxy(`http://127.0.0.1:${server.addr.port}/`, keys)
  try {
    await work((path, init) => proxy(new Request(`http://localhost:54321/rest/v1${path}`, init)), sent, keys)
  } finally {
    await server.shutdown()
  }
}

const claimsOf = async ({ headers }: Recorded, keys: Keys): Promise<unknown> => {
  const token = headers.get('authorization')?.replace('Bearer ', '') ?? ''
  const { iat: _, exp: __, ...claims } = await verifyToken(token, { secret: keys.jwtSecret })
  return claims
}

Deno.test('requests go on to PostgREST as they are, and so do its answers', async () => {
  await withRecorder(async (ask, sent, keys) => {
    const answer = await ask('/tasks?select=id%2Ctitle&title=eq.a%26b&apikey=x', {
      method: 'POST',
      headers: { apikey: keys.publishableKey, 'content-profile': 'dashboard', prefer: 'count=exact' },
      body: '[{"title":"é"}]',
    })
    assert.equal(await answer.text(), '[{"id": 1}]')
    assert.deepEqual([answer.status, answer.headers.get('content-range')], [206, '0-0/9'])
    const [request] = sent
    assert.deepEqual([request?.method, request?.body], ['POST', '[{"title":"é"}]'])
    const query = new URL(`http://localhost${request?.url}`).searchParams
    assert.deepEqual([...query], [['select', 'id,title'], ['title', 'eq.a&b']])
    assert.deepEqual(
      ['content-profile', 'prefer', 'x-forwarded-host', 'x-forwarded-prefix'].map((name) =>
        request?.headers.get(name)
      ),
      ['dashboard', 'count=exact', 'localhost:54321', '/rest/v1'],
    )
  })
})

Deno.test('a key stands for its role, unless a user has a token', async () => {
  await withRecorder(async (ask, sent, keys) => {
    const user = await signToken({ sub: 'u', role: 'authenticated' }, { secret: keys.jwtSecret })
    const { publishableKey, secretKey, anonKey } = keys
    for (
      const headers of [
        { apikey: publishableKey },
        { apikey: secretKey, authorization: `Bearer ${secretKey}` },
        { apikey: publishableKey, authorization: `Bearer ${user}` },
      ]
    ) {
      await (await ask('/tasks', { headers })).body?.cancel()
    }
    const claims = await Promise.all(sent.map((request) => claimsOf(request, keys)))
    assert.deepEqual(claims, [{ role: 'anon' }, { role: 'service_role' }, {
      sub: 'u',
      role: 'authenticated',
    }])
    await (await ask('/tasks', { headers: { apikey: anonKey } })).body?.cancel()
    assert.deepEqual(await claimsOf(sent[3] ?? assert.fail(), keys), { role: 'anon', iss: 'supabase' })
  })
})

Deno.test('without a key, and for the description of the API, requests go no further', async () => {
  await withRecorder(async (ask, sent, keys) => {
    const refused = [
      await ask('/tasks'),
      await ask('/tasks', { headers: { apikey: 'sb_publishable_other' } }),
      await ask('/', { headers: { apikey: keys.publishableKey } }),
    ]
    assert.deepEqual(refused.map(({ status }) => status), [401, 401, 403])
    assert.deepEqual(sent, [])
  })
})

Deno.test('a PostgREST that is away is 503 with the time to wait', async () => {
  const keys = await generateKeys()
  const proxy = createProxy('http://127.0.0.1:1', keys)
  const headers = { apikey: keys.publishableKey }
  const answer = await proxy(new Request('http://localhost/rest/v1/tasks', { headers }))
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1'])
  assert.equal((await answer.json()).code, 'PGRST000')
})

Deno.test('POSTGREST_URL is an address', () => {
  const read = (url: string): string | null | undefined =>
    readOptions([], (name) => name === 'POSTGREST_URL' ? url : undefined)?.postgrestUrl
  assert.equal(read('http://127.0.0.1:3000'), 'http://127.0.0.1:3000')
  assert.equal(read(''), null)
  assert.throws(() => read('127.0.0.1:3000'), /POSTGREST_URL must be an address/)
})
