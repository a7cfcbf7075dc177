/** Pages of another origin use every service: preflights are answered, and answers and errors can be read. */
import { strict as assert } from 'node:assert'
import { env } from '../support/clients.ts'

const url = env('SUPABASE_URL')
const key = env('SUPABASE_PUBLISHABLE_KEY')
const origin = 'https://app.example.com'
/** A page of this machine, which edge functions answer by default. */
const localOrigin = 'http://localhost:3000'

/** What supabase-js sends in a browser: for each request, the headers that need permission. */
const requests: { path: string; method: string; headers: string[] }[] = [
  {
    path: '/auth/v1/token?grant_type=password',
    method: 'POST',
    headers: ['apikey', 'authorization', 'content-type', 'x-client-info', 'x-supabase-api-version'],
  },
  { path: '/auth/v1/user', method: 'PUT', headers: ['apikey', 'authorization', 'content-type'] },
  {
    path: '/rest/v1/tasks?select=*',
    method: 'GET',
    headers: ['accept-profile', 'apikey', 'authorization', 'prefer', 'range', 'range-unit', 'x-client-info'],
  },
  {
    path: '/rest/v1/rpc/search',
    method: 'POST',
    headers: ['apikey', 'authorization', 'content-profile', 'content-type', 'x-workspace-id'],
  },
  { path: '/rest/v1/tasks?id=eq.1', method: 'PATCH', headers: ['apikey', 'authorization', 'prefer'] },
  { path: '/rest/v1/tasks?id=eq.1', method: 'DELETE', headers: ['apikey', 'authorization'] },
  {
    path: '/storage/v1/object/apex-files/a.txt',
    method: 'POST',
    headers: ['apikey', 'authorization', 'cache-control', 'x-upsert'],
  },
  { path: '/storage/v1/object/apex-files', method: 'DELETE', headers: ['apikey', 'authorization'] },
  {
    path: '/realtime/v1/api/broadcast',
    method: 'POST',
    headers: ['apikey', 'authorization', 'content-type'],
  },
]

/** Whether the browser shows the answer to a page of `origin`: it accepts any origin, or the page's own. */
function allowsOrigin(answer: Response, origin: string): void {
  const allowed = answer.headers.get('access-control-allow-origin')
  assert.ok(allowed === '*' || allowed === origin, `access-control-allow-origin is ${allowed}`)
  if (allowed === '*') assert.equal(answer.headers.get('access-control-allow-credentials'), null)
}

Deno.test('a preflight of each service allows the method and the headers of supabase-js, without a key', async (t) => {
  for (const { path, method, headers } of requests) {
    await t.step(`${method} ${path}`, async () => {
      const answer = await fetch(`${url}${path}`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': method,
          'access-control-request-headers': headers.join(','),
        },
      })
      await answer.body?.cancel()
      assert.ok(answer.ok, `status ${answer.status}`)
      allowsOrigin(answer, origin)
      const list = (name: string): string[] =>
        (answer.headers.get(name) ?? '').split(',').map((item) => item.trim().toLowerCase())
      assert.ok(list('access-control-allow-methods').includes(method.toLowerCase()))
      for (const header of headers) assert.ok(list('access-control-allow-headers').includes(header), header)
      assert.ok(Number(answer.headers.get('access-control-max-age')) > 0)
    })
  }
})

/** A token that the gateway accepts for functions. */
const asUser = { headers: { authorization: `Bearer ${env('SUPABASE_ANON_KEY')}` } }

const answers: {
  name: string
  path: string
  init?: { method?: string; body?: string; headers?: Record<string, string> }
  status: number
}[] = [
  { name: 'Auth, success', path: '/auth/v1/health', status: 200 },
  {
    name: 'Auth, a wrong password',
    path: '/auth/v1/token?grant_type=password',
    init: { method: 'POST', body: JSON.stringify({ email: 'olivia@harbor.example', password: 'wrong' }) },
    status: 400,
  },
  { name: 'REST, an unknown table', path: '/rest/v1/nowhere', status: 404 },
  { name: 'REST, a refused table', path: '/rest/v1/memories?select=*', status: 401 },
  { name: 'Storage, an unknown object', path: '/storage/v1/object/public/nowhere/a.txt', status: 400 },
  { name: 'Realtime, no upgrade', path: '/realtime/v1/websocket', status: 426 },
  { name: 'Realtime, an unknown path', path: '/realtime/v1/nowhere', status: 404 },
  { name: 'the gateway, an unknown path', path: '/nowhere', status: 404 },
  { name: 'the gateway, no token', path: '/functions/v1/nowhere', status: 401 },
  { name: 'the platform, an unknown function', path: '/functions/v1/nowhere', init: asUser, status: 404 },
  { name: 'a function, no token', path: '/functions/v1/search', init: { method: 'POST' }, status: 401 },
  { name: 'a function, another method', path: '/functions/v1/search', init: { method: 'PUT' }, status: 405 },
  { name: 'a function, an unknown path', path: '/functions/v1/search/nowhere', status: 404 },
]

Deno.test('a page can read answers and errors of each service', async (t) => {
  for (const { name, path, init = {}, status } of answers) {
    await t.step(name, async () => {
      const headers = {
        origin: localOrigin,
        apikey: key,
        'content-type': 'application/json',
        ...init.headers,
      }
      const preflight = await fetch(`${url}${path}`, {
        method: 'OPTIONS',
        headers: {
          origin: localOrigin,
          'access-control-request-method': init.method ?? 'GET',
          'access-control-request-headers': 'apikey,content-type',
        },
      })
      await preflight.body?.cancel()
      assert.ok(preflight.ok, 'a refused preflight would hide the answer')
      allowsOrigin(preflight, localOrigin)
      const answer = await fetch(`${url}${path}`, { ...init, headers })
      await answer.body?.cancel()
      assert.equal(answer.status, status)
      allowsOrigin(answer, localOrigin)
      const exposed = (answer.headers.get('access-control-expose-headers') ?? '').split(', ')
      for (const name of ['x-request-id', 'retry-after']) assert.ok(exposed.includes(name), name)
    })
  }
})

Deno.test('a page can read the number of rows and the id of the request', async () => {
  const answer = await fetch(`${url}/rest/v1/feature_flags?select=*`, {
    headers: { origin, apikey: env('SUPABASE_SECRET_KEY'), prefer: 'count=exact' },
  })
  await answer.body?.cancel()
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-range') ?? '', /^(\d+-\d+|\*)\/\d+$/)
  const exposed = (answer.headers.get('access-control-expose-headers') ?? '').split(', ')
  for (const name of ['content-range', 'x-request-id', 'location', 'x-total-count', 'link']) {
    assert.ok(exposed.includes(name), name)
  }
})
