/** Who may connect and join, and for how long. */
import { signToken } from '../../stack/keys/tokens.ts'
import { env, request, signUp } from '../support/clients.ts'
import {
  assert,
  connect,
  disconnect,
  type Loose,
  quiet,
  RawSocket,
  subscribed,
  test,
  token,
  watch,
  withTable,
} from './helpers.ts'
import { sleep, until, within } from '../support/wait.ts'

async function refusal(path: string): Promise<[number, unknown]> {
  const answer = await fetch(`${env('SUPABASE_URL')}/realtime/v1/websocket${path}`, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': btoa('0123456789abcdef'),
    },
  })
  return [answer.status, await answer.json().catch(() => null)]
}

test('a socket needs a key of this project, or a valid token', async () => {
  const forged = await signToken({ role: 'service_role', exp: 4e9 }, { secret: 'x'.repeat(32) })
  const cases: [key: string, status: number, error: string][] = [
    ['', 401, 'API key is missing'],
    ['sb_publishable_wrong', 401, 'The token provided is not a valid JWT'],
    ['nonsense', 401, 'The token provided is not a valid JWT'],
    [forged, 401, 'Failed to validate JWT signature'],
    [await token({}, -5), 401, 'Token has expired'],
    [
      await signToken({ role: 'anon' }, { secret: env('SUPABASE_JWT_SECRET') }),
      401,
      'Fields `role` and `exp` are required in JWT',
    ],
    [
      await signToken({ exp: 4e9 }, { secret: env('SUPABASE_JWT_SECRET') }),
      401,
      'Fields `role` and `exp` are required in JWT',
    ],
  ]
  for (const [key, status, error] of cases) {
    assert.deepEqual(await refusal(`?vsn=2.0.0${key ? `&apikey=${key}` : ''}`), [status, { error }], error)
  }
  assert.deepEqual(await refusal(`?vsn=3.0.0&apikey=${env('SUPABASE_PUBLISHABLE_KEY')}`), [
    400,
    { error: 'The version "3.0.0" of the protocol is not supported' },
  ])
  const plain = await request('/realtime/v1/websocket')
  assert.deepEqual([plain.status, plain.body], [426, { error: 'This address speaks WebSocket' }])
  for (
    const key of [
      'SUPABASE_PUBLISHABLE_KEY',
      'SUPABASE_SECRET_KEY',
      'SUPABASE_ANON_KEY',
      'SUPABASE_SERVICE_ROLE_KEY',
    ]
  ) {
    const socket = await RawSocket.open({ apikey: env(key) })
    assert.equal((await socket.join('realtime:any')).status, 'ok', key)
    await socket.close()
  }
})

test('a join with a bad token is refused, with the reason', async () => {
  const socket = await RawSocket.open()
  const secret = env('SUPABASE_JWT_SECRET')
  const cases: [token: string, reason: RegExp][] = [
    ['nonsense', /^MalformedJWT: The token provided is not a valid JWT$/],
    ['', /^MalformedJWT: The token provided is not a valid JWT$/],
    [await token({}, -5), /^InvalidJWTToken: Token has expired [5-9] seconds ago$/],
    [
      await signToken({ sub: 'x', exp: 4e9 }, { secret }),
      /^InvalidJWTToken: Fields `role` and `exp` are required in JWT$/,
    ],
    [
      await signToken({ role: 'anon', exp: 4e9 }, { secret: 'y'.repeat(40) }),
      /^JwtSignatureError: Failed to validate JWT signature$/,
    ],
  ]
  for (const [access_token, reason] of cases) {
    const { status, response } = await socket.join('realtime:any', {}, { access_token })
    assert.equal(status, 'error')
    assert.match(response.reason, reason)
  }
  assert.equal(
    (await socket.join('realtime:any', {}, { access_token: 'sb_publishable_any' })).status,
    'ok',
    'a key is no token',
  )
  await socket.close()
})

test('a channel ends when its token expires, and lives on with a new one', async () => {
  const [lazy, careful] = [await RawSocket.open(), await RawSocket.open()]
  const soon = await token({ sub: 'x' }, 2)
  await lazy.join('realtime:lazy', {}, { access_token: soon })
  await careful.join('realtime:careful', {}, { access_token: soon })
  careful.send('1', '2', 'realtime:careful', 'access_token', { access_token: await token({ sub: 'x' }) })
  const [, , , , message] = await lazy.next('system')
  assert.deepEqual({ ...message, message: '' }, {
    extension: 'system',
    status: 'error',
    message: '',
    channel: 'lazy',
  })
  assert.match(message.message, /^Token has expired [01] seconds ago$/)
  await lazy.next('phx_close')
  lazy.send('1', '3', 'realtime:lazy', 'broadcast', { event: 'e' })
  assert.deepEqual((await lazy.next('phx_reply', '3'))[4], {
    status: 'error',
    response: { reason: 'unmatched topic' },
  })
  await sleep(1_500)
  assert.equal(careful.frames.some((frame) => (frame as unknown[])[3] === 'phx_close'), false)
  await lazy.close()
  await careful.close()
})

test('a refresh with a bad token ends the channel; one that says nothing new changes nothing', async () => {
  const cases: [token: unknown, message: RegExp | null][] = [
    ['', /^The token provided is not a valid JWT$/],
    ['nonsense', /^The token provided is not a valid JWT$/],
    [await token({}, -1000), /^Token has expired 100\d seconds ago$/],
    [
      await signToken({ exp: 4e9 }, { secret: env('SUPABASE_JWT_SECRET') }),
      /^Fields `role` and `exp` are required in JWT$/,
    ],
    [null, null],
    [42, null],
    ['sb_publishable_any', null],
  ]
  for (const [access_token, expected] of cases) {
    const socket = await RawSocket.open()
    await socket.join('realtime:any', {}, { access_token: await token() })
    socket.send('1', '2', 'realtime:any', 'access_token', { access_token })
    if (expected) {
      assert.match((await socket.next('system'))[4].message, expected)
      await socket.next('phx_close')
    } else {
      await sleep(200)
      assert.deepEqual(socket.frames, [], String(access_token))
    }
    await socket.close()
  }
})

test('changes follow the claims of a refreshed token', async () => {
  const [one, two] = [crypto.randomUUID(), crypto.randomUUID()]
  let current = await token({ sub: one })
  const client = connect({ token: () => current })
  await withTable('id integer primary key, owner uuid', async ({ schema, sql }) => {
    const { heard } = await watch(client, { schema, table: 'things' })
    await sql.unsafe(`insert into ${schema}.things values (1, '${one}'), (2, '${two}')`)
    await until(() => heard.length === 1, 'the first came')
    current = await token({ sub: two })
    await client.realtime.setAuth()
    await sleep(quiet)
    await sql.unsafe(`insert into ${schema}.things values (3, '${one}'), (4, '${two}')`)
    await until(() => heard.length === 2, 'the second came')
    await sleep(quiet)
    assert.deepEqual(heard.map(({ new: now }) => now.id), [1, 4])
  }, { policy: 'owner = (select auth.uid())' })
  await disconnect(client)
})

test('nothing is missed while tokens are refreshed', async () => {
  const person = await signUp('person')
  const topic = `user:${person.id}`
  const socket = await RawSocket.open()
  const fresh = (jti: number): Promise<string> => token({ sub: person.id, jti: String(jti) })
  await withTable('id integer primary key', async ({ schema, sql }) => {
    const config = {
      private: true,
      postgres_changes: [{ event: 'INSERT', schema, table: 'things' }],
      postgres_changes_options: { wait: true },
    }
    assert.equal(
      (await socket.join(`realtime:${topic}`, config, { access_token: await fresh(0) })).status,
      'ok',
    )
    const count = 100
    let isWriting = true
    const refreshing = (async () => {
      for (let jti = 1; isWriting; jti++) {
        const access_token = await fresh(jti)
        socket.send('1', null, `realtime:${topic}`, 'access_token', { access_token })
        await sleep(2)
      }
    })()
    for (let id = 1; id <= count; id++) {
      await Promise.all([
        sql.unsafe(`insert into ${schema}.things values (${id})`),
        request('/realtime/v1/api/broadcast', {
          method: 'POST',
          key: env('SUPABASE_SECRET_KEY'),
          body: JSON.stringify({ messages: [{ topic, event: 'said', payload: { id }, private: true }] }),
        }),
      ])
    }
    isWriting = false
    await refreshing
    const ids = (event: string, read: (payload: Loose) => number): number[] =>
      (socket.frames as Loose[]).filter((frame) => frame[3] === event).map((frame) => read(frame[4]))
    const said = (): number[] => ids('broadcast', ({ payload }) => payload.id)
    const written = (): number[] => ids('postgres_changes', ({ data }) => data.record.id)
    const all = Array.from({ length: count }, (_, index) => index + 1)
    await until(() => written().at(-1) === count, 'the last change came').catch(() => {})
    assert.deepEqual({ said: said(), written: written() }, { said: all, written: all })
  })
  await socket.close()
  await disconnect(person.client)
})

test('with supabase-js an expired token is refused, and a refreshed one continues', async () => {
  let current = await token({ sub: 'x' }, 2)
  const client = connect({ token: () => current, heartbeatIntervalMs: 300 })
  const statuses: string[] = []
  await client.realtime.setAuth()
  const channel = client.channel('expiring')
  const ended = Promise.withResolvers<void>()
  channel.subscribe((status) => {
    statuses.push(status)
    if (status === 'CLOSED') ended.resolve()
  })
  await within(ended.promise, 'the channel did not end')
  assert.deepEqual(statuses, ['SUBSCRIBED', 'CLOSED'])
  await assert.rejects(subscribed(client.channel('expired')), {
    message: /^InvalidJWTToken: Token has expired \d+ seconds ago$/,
  })
  current = await token({ sub: 'x' }, 2)
  const kept: string[] = []
  await subscribed(client.channel('kept').on('broadcast', { event: 'e' }, () => kept.push('heard')))
  current = await token({ sub: 'x' })
  await sleep(2_500)
  await connect().channel('kept').httpSend('e', {})
  await until(() => kept.length === 1, 'the channel goes on, because every heartbeat brings the newest token')
  await disconnect(client)
})
