/** What is too much is refused, in the platform's words. */
import { assert, RawSocket, test } from './helpers.ts'
import { sleep, until } from '../support/wait.ts'

test('a socket joins a hundred channels', async () => {
  const socket = await RawSocket.open()
  const answers = await Promise.all(
    Array.from({ length: 101 }, (_, index) => socket.join(`realtime:channel-${index}`)),
  )
  assert.deepEqual(answers.filter(({ status }) => status === 'ok').length, 100)
  assert.deepEqual(answers.at(-1), {
    status: 'error',
    response: { reason: 'ChannelRateLimitReached: Too many channels' },
  })
  socket.send('1', 'leave', 'realtime:channel-0', 'phx_leave', {})
  await socket.next('phx_close')
  assert.equal((await socket.join('realtime:another')).status, 'ok', 'after leaving one there is room again')
  await socket.close()
})

test('a broadcast that is too large is refused, and not passed on', async () => {
  const [ann, ben] = [await RawSocket.open(), await RawSocket.open()]
  await ann.join('realtime:large', { broadcast: { ack: true } })
  await ben.join('realtime:large')
  ann.send('1', '1', 'realtime:large', 'broadcast', { event: 'e', payload: { x: 'x'.repeat(3_000_001) } })
  assert.deepEqual((await ann.next('phx_reply', '1'))[4], {
    status: 'error',
    response: { reason: 'payload_size_exceeded' },
  })
  ann.send('1', '2', 'realtime:large', 'broadcast', { event: 'e', payload: { x: 'x'.repeat(1_000_000) } })
  assert.equal((await ann.next('phx_reply', '2'))[4].status, 'ok')
  assert.equal((await ben.next('broadcast'))[4].payload.x.length, 1_000_000)
  assert.equal(ben.frames.length, 0)
  await ann.close()
  await ben.close()
})

test('a frame that is larger than any message closes the socket', async () => {
  const socket = await RawSocket.open()
  socket.send(null, '1', 'phoenix', 'heartbeat', { x: 'x'.repeat(5_000_001) })
  await until(() => socket.closed !== undefined, 'it closed')
  assert.equal(socket.closed?.code, 1009)
})

test('a presence that is too large, or too many of them, end the channel', async () => {
  const socket = await RawSocket.open()
  await socket.join('realtime:large')
  socket.send('1', '1', 'realtime:large', 'presence', {
    event: 'track',
    payload: { x: 'x'.repeat(3_000_001) },
  })
  assert.deepEqual((await socket.next('system'))[4], {
    extension: 'system',
    status: 'error',
    message: 'Track message size exceeded',
    channel: 'large',
  })
  await socket.next('phx_close')
  await socket.join('realtime:many')
  for (let index = 0; index < 101; index++) {
    socket.send('1', `${index}`, 'realtime:many', 'presence', { event: 'track', payload: { index } })
  }
  assert.equal((await socket.next('system'))[4].message, 'Client presence rate limit exceeded')
  await socket.next('phx_close')
  await socket.close()
})

test('too many messages end the channel that sends them', async () => {
  const [ann, ben] = [await RawSocket.open(), await RawSocket.open()]
  await ann.join('realtime:flood')
  await ben.join('realtime:other')
  for (let index = 0; index < 5_001; index++) {
    ann.send('1', null, 'realtime:flood', 'broadcast', { event: 'e', payload: { index } })
  }
  assert.equal((await ann.next('system'))[4].message, 'Too many messages per second')
  await ann.next('phx_close')
  await sleep(100)
  assert.deepEqual(ben.frames, [])
  assert.equal((await ann.join('realtime:flood')).status, 'ok', 'the socket may join again')
  await ann.close()
  await ben.close()
})
