/** The protocol itself, by raw sockets: replies, closings, and what is not understood. */
import { assert, RawSocket, test, token } from './helpers.ts'
import { sleep, until } from '../support/wait.ts'

test('heartbeats, joins and leaves are answered in both versions', async () => {
  const socket = await RawSocket.open()
  socket.send(null, '1', 'phoenix', 'heartbeat', {})
  assert.deepEqual(await socket.next('phx_reply', '1'), [null, '1', 'phoenix', 'phx_reply', {
    status: 'ok',
    response: {},
  }])
  socket.send('2', '2', 'realtime:a', 'phx_join', {})
  assert.deepEqual(await socket.next('phx_reply', '2'), [
    '2',
    '2',
    'realtime:a',
    'phx_reply',
    { status: 'ok', response: { postgres_changes: [] } },
  ])
  socket.send('2', '3', 'realtime:a', 'phx_leave', {})
  assert.deepEqual(await socket.next('phx_reply', '3'), ['2', '3', 'realtime:a', 'phx_reply', {
    status: 'ok',
    response: {},
  }])
  assert.deepEqual(await socket.next('phx_close'), ['2', '2', 'realtime:a', 'phx_close', {}])
  await socket.close()

  const old = await RawSocket.open({ version: '1.0.0' })
  old.send('1', '1', 'realtime:a', 'phx_join', { config: { presence: { enabled: true } } })
  await until(() => old.frames.length === 2, 'two messages came')
  assert.deepEqual(old.frames, [
    {
      topic: 'realtime:a',
      event: 'phx_reply',
      payload: { status: 'ok', response: { postgres_changes: [] } },
      ref: '1',
    },
    { topic: 'realtime:a', event: 'presence_state', payload: {}, ref: null },
  ])
  await old.close()
})

test('joining a topic again replaces the channel', async () => {
  const socket = await RawSocket.open()
  socket.send('1', '1', 'realtime:a', 'phx_join', { config: { presence: { enabled: true, key: 'k' } } })
  await socket.next('phx_reply', '1')
  socket.send('1', '2', 'realtime:a', 'presence', { event: 'track', payload: { n: 1 } })
  await socket.next('phx_reply', '2')
  socket.send('3', '3', 'realtime:a', 'phx_join', { config: { presence: { enabled: true, key: 'k' } } })
  assert.deepEqual((await socket.next('phx_close')).slice(0, 2), ['1', '1'])
  assert.equal((await socket.next('phx_reply', '3'))[4].status, 'ok')
  await socket.next('presence_state')
  assert.deepEqual(
    (await socket.next('presence_state'))[4],
    {},
    'the first channel is gone, and its presence with it',
  )
  await socket.close()
})

test('topics that are none, and channels that are not joined, are refused', async () => {
  const socket = await RawSocket.open()
  const unmatched = { status: 'error', response: { reason: 'unmatched topic' } }
  assert.deepEqual(await socket.join('room:a'), unmatched)
  assert.deepEqual(await socket.join('realtime:'), {
    status: 'error',
    response: { reason: 'TopicNameRequired: You must provide a topic name' },
  })
  socket.send('1', '5', 'realtime:never', 'broadcast', {})
  assert.deepEqual((await socket.next('phx_reply', '5'))[4], unmatched)
  socket.send('1', '6', 'realtime:never', 'phx_leave', {})
  assert.deepEqual((await socket.next('phx_reply', '6'))[4], { status: 'ok', response: {} })
  await socket.close()
})

test('what is not understood is ignored, and the socket goes on', async () => {
  const socket = await RawSocket.open()
  for (
    const frame of [
      '',
      'nonsense',
      '{}',
      '[]',
      '[1,2]',
      '[null,null,1,2,3]',
      'null',
      '[null,null,"phoenix","dance",{}]',
    ]
  ) {
    socket.sendFrame(frame)
  }
  socket.sendFrame(new Uint8Array([]))
  socket.sendFrame(new Uint8Array([3, 255, 255, 255, 255, 255, 1]))
  socket.sendFrame(new Uint8Array([9, 9, 9]))
  assert.equal((await socket.join('realtime:a')).status, 'ok')
  socket.send('1', '7', 'realtime:a', 'dance', {})
  socket.send('1', '8', 'realtime:a', 'broadcast', null)
  socket.send('1', '9', 'realtime:a', 'presence', 'text')
  assert.equal((await socket.next('phx_reply', '9'))[4].status, 'ok')
  await sleep(100)
  assert.deepEqual(socket.frames, [])
  await socket.close()
})

test('a join that says things wrongly counts as if it had not said them', async () => {
  const socket = await RawSocket.open()
  const joins: unknown[] = [
    null,
    'text',
    [],
    { config: null },
    { config: 'text' },
    { config: { broadcast: 'yes', presence: [], private: 'maybe', postgres_changes: 'all' } },
    { config: { postgres_changes: [null] } },
    { config: { presence: { key: 7 } } },
  ]
  for (const [index, payload] of joins.entries()) {
    socket.send('1', `join${index}`, `realtime:t${index}`, 'phx_join', payload)
    assert.deepEqual((await socket.next('phx_reply', `join${index}`))[4], {
      status: 'ok',
      response: { postgres_changes: [] },
    })
  }
  await socket.join('realtime:self', { broadcast: { self: 'True', ack: 'TRUE' } })
  socket.send('1', 'flags', 'realtime:self', 'broadcast', { event: 'e', payload: {} })
  await socket.next('phx_reply', 'flags')
  assert.deepEqual((await socket.next('broadcast'))[4], { event: 'e', payload: {} })
  await socket.close()
})

test('the reply to a join names each subscription, equal ones alike', async () => {
  const socket = await RawSocket.open()
  const one = { event: '*', schema: 'dashboard', table: 'tasks', filter: 'id=eq.1' }
  const { response } = await socket.join('realtime:a', {
    postgres_changes: [one, { event: 'INSERT', schema: 'dashboard' }, one],
  }, { access_token: await token() })
  const ids = response.postgres_changes.map(({ id }: { id: number }) => id)
  assert.deepEqual(response.postgres_changes.map(({ id: _, ...params }: { id: number }) => params), [
    one,
    { event: 'INSERT', schema: 'dashboard' },
    one,
  ])
  assert.ok(ids.every(Number.isInteger))
  assert.ok(ids[0] === ids[2] && ids[0] !== ids[1])
  const [joinRef, ref, topic, , payload] = await socket.next('system')
  assert.deepEqual([typeof joinRef, ref, topic], ['string', null, 'realtime:a'])
  assert.deepEqual(payload, {
    extension: 'postgres_changes',
    status: 'ok',
    message: 'Subscribed to PostgreSQL',
    channel: 'a',
  })
  await socket.join('realtime:b', { broadcast: { replication_ready: true } })
  assert.deepEqual((await socket.next('system'))[4], {
    extension: 'system',
    status: 'ok',
    message: 'Replication connection established',
    channel: 'b',
  })
  await socket.close()
})
