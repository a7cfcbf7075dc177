/** Bad input is a 4xx with a stable code, and changes nothing. */
import { strict as assert } from 'node:assert'
import { request, signUp } from '../support/clients.ts'

const dashboard = { 'content-profile': 'dashboard', 'accept-profile': 'dashboard' }

Deno.test('bad input through REST is refused with a stable code and changes nothing', async (t) => {
  const ann = await signUp('careless')
  const eve = await signUp('victim')
  const hers = await eve.client.schema('dashboard').from('task_lists').insert({ name: 'hers' }).select('id')
    .single()
  const post = (body: string): Promise<{ status: number; body: unknown }> =>
    request('/rest/v1/tasks', { method: 'POST', token: ann.token, headers: dashboard, body })
  const get = (query: string): Promise<{ status: number; body: unknown }> =>
    request(`/rest/v1/${query}`, { token: ann.token, headers: dashboard })

  const nested = '['.repeat(20_000) + ']'.repeat(20_000)
  const cases: [
    name: string,
    answer: () => Promise<{ status: number; body: unknown }>,
    status: number,
    code: string,
  ][] = [
    ['a wrong type', () => post('{"title":"x","due_date":"tomorrow-ish"}'), 400, '22007'],
    ['a wrong type in a filter', () => get('tasks?id=eq.abc'), 400, '22P02'],
    ['a text that is too long', () => post(JSON.stringify({ title: 'x'.repeat(501) })), 400, '23514'],
    ['a word that is not allowed', () => post('{"title":"x","status":"done"}'), 400, '23514'],
    ['a missing column', () => post('{"title":null}'), 400, '23502'],
    ['an unknown column', () => post('{"titel":"x"}'), 400, 'PGRST204'],
    ['an unknown column in a filter', () => get('tasks?titel=eq.x'), 400, '42703'],
    ['an unknown operator', () => get('tasks?title=equals.x'), 400, 'PGRST100'],
    ['malformed JSON', () => post('{"title":'), 400, 'PGRST102'],
    ['a null byte', () => post('{"title":"a\\u0000b"}'), 400, '22P05'],
    [
      'the id of somebody else',
      () => post(JSON.stringify({ title: 'x', list_id: hers.data?.id })),
      409,
      '23503',
    ],
    ['somebody else as owner', () => post(JSON.stringify({ title: 'x', user_id: eve.id })), 403, '42501'],
    [
      'a column that is not for clients',
      () => post('{"title":"x","completed_at":"2026-01-01"}'),
      403,
      '42501',
    ],
    ['a number out of range', () => get('tasks?id=eq.99999999999999999999'), 400, '22003'],
    ['a body that nests too deep', () => post(`{"title":${nested}}`), 400, '54001'],
    ['a value that nests too deep', () => get(`tasks?title=eq.${nested.slice(0, 5_000)}`), 400, '54001'],
    ['an unknown table', () => get('taskz'), 404, 'PGRST205'],
    ['an unknown function', () => get('rpc/nothing'), 404, 'PGRST202'],
    [
      'a schema that is not exposed',
      () => request('/rest/v1/users', { token: ann.token, headers: { 'accept-profile': 'auth' } }),
      406,
      'PGRST106',
    ],
    [
      'a repetition rule that is none',
      () => post('{"title":"x","recurrence_rule":"FREQ=SOMETIMES"}'),
      400,
      '22023',
    ],
  ]
  for (const [name, answer, status, code] of cases) {
    await t.step(name, async () => {
      const { status: got, body } = await answer()
      assert.deepEqual([got, (body as { code?: string }).code], [status, code], JSON.stringify(body))
    })
  }
  const { count } = await ann.client.schema('dashboard').from('tasks').select('*', {
    count: 'exact',
    head: true,
  })
  assert.equal(count, 0)
})

Deno.test('a body of any length is refused before it fills the memory', async () => {
  const endless = (): ReadableStream<Uint8Array> =>
    new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(0x20)) })
  const paths: [path: string, status: number, code: string][] = [
    ['/rest/v1/profiles', 413, 'PGRST102'],
    ['/rest/v1/rpc/switch_workspace', 413, 'PGRST102'],
    ['/auth/v1/token?grant_type=password', 413, 'request_too_large'],
    ['/auth/v1/admin/users', 403, 'not_admin'],
    ['/storage/v1/object/list/apex-files', 400, 'EntityTooLarge'],
  ]
  for (const [path, status, code] of paths) {
    const answer = await request(path, { method: 'POST', body: endless() })
    const body = answer.body as { code?: string | number; error_code?: string }
    assert.deepEqual([answer.status, body.error_code ?? body.code], [status, code], path)
  }
})

Deno.test('an error never carries the contents of a row', async () => {
  const ann = await signUp('discreet')
  const title = `secret ${crypto.randomUUID()} `.repeat(20)
  const { body } = await request('/rest/v1/tasks', {
    method: 'POST',
    token: ann.token,
    headers: dashboard,
    body: JSON.stringify({ title }),
  })
  assert.doesNotMatch(JSON.stringify(body), /secret/)
})
