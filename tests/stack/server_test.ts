/** The server of the API before the API has started. */
import { strict as assert } from 'node:assert'
import { listen } from '../../stack/server.ts'

Deno.test('while the platform starts, a page can read that it does', async () => {
  const server = listen(0)
  try {
    const origin = 'http://localhost:3000'
    const preflight = await fetch(`${server.url}/rest/v1/tasks`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'apikey',
      },
    })
    assert.equal(preflight.status, 204)
    assert.equal(preflight.headers.get('access-control-allow-headers'), 'apikey')
    const answer = await fetch(`${server.url}/rest/v1/tasks`, { headers: { origin } })
    await answer.body?.cancel()
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1'])
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    assert.match(answer.headers.get('access-control-expose-headers') ?? '', /retry-after/)
  } finally {
    await server.shutdown()
  }
})
