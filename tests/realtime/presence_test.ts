/** Presence, as supabase-js and the platform's own public tests describe it. */
import { assert, connect, disconnect, quiet, RawSocket, subscribed, test } from './helpers.ts'
import { sleep, until } from '../support/wait.ts'

function name(): string {
  return `presence-${crypto.randomUUID()}`
}

for (const vsn of ['1.0.0', '2.0.0']) {
  test(`all members see who joins, changes and leaves (${vsn})`, async () => {
    const [ann, ben] = [connect({ vsn }), connect({ vsn })]
    const room = name()
    const events: string[] = []
    const annChannel = ann.channel(room, { config: { presence: { key: 'ann' } } })
      .on(
        'presence',
        { event: 'join' },
        ({ key, newPresences }) => events.push(`join ${key} ${newPresences[0]?.mood}`),
      )
      .on(
        'presence',
        { event: 'leave' },
        ({ key, leftPresences }) => events.push(`leave ${key} ${leftPresences[0]?.mood}`),
      )
      .on('presence', { event: 'sync' }, () => {})
    const benChannel = ben.channel(room, { config: { presence: { key: 'ben' } } }).on('presence', {
      event: 'sync',
    }, () => {})
    await subscribed(annChannel)
    await subscribed(benChannel)
    const moods = (channel: typeof annChannel): Record<string, unknown[]> =>
      Object.fromEntries(
        Object.entries(channel.presenceState<{ mood: string }>()).map((
          [key, metas],
        ) => [key, metas.map(({ mood }) => mood)]),
      )

    assert.equal(await annChannel.track({ mood: 'calm' }), 'ok')
    assert.equal(await benChannel.track({ mood: 'busy' }), 'ok')
    for (const channel of [annChannel, benChannel]) {
      await until(() => Object.keys(channel.presenceState()).length === 2, 'both see both')
      assert.deepEqual(moods(channel), { ann: ['calm'], ben: ['busy'] })
    }
    assert.equal(await benChannel.track({ mood: 'busy' }), 'ok', 'the same again changes nothing')
    assert.equal(await benChannel.track({ mood: 'done' }), 'ok')
    await until(() => moods(annChannel).ben?.[0] === 'done', 'ann sees the change')
    assert.equal(await benChannel.untrack(), 'ok')
    await until(() => moods(annChannel).ben === undefined, 'ann sees ben go')
    assert.deepEqual(events, [
      'join ann calm',
      'join ben busy',
      'join ben done',
      'leave ben busy',
      'leave ben done',
    ])
    await disconnect(ann, ben)
  })
}

test('a later member receives the current presence', async () => {
  const [ann, ben] = [connect(), connect()]
  const room = name()
  const first = await subscribed(ann.channel(room, { config: { presence: { key: 'ann' } } }))
  await first.track({ at: 'home' })
  const second = ben.channel(room).on('presence', { event: 'sync' }, () => {})
  await subscribed(second)
  await until(() => second.presenceState().ann !== undefined, 'ben sees ann')
  assert.equal((second.presenceState<{ at: string }>().ann ?? [])[0]?.at, 'home')
  await disconnect(ann, ben)
})

test('a key is present as often as it has channels', async () => {
  const clients = [connect(), connect(), connect()]
  const room = name()
  const channels = clients.map((one) =>
    one.channel(room, { config: { presence: { key: 'tabs' } } }).on('presence', { event: 'sync' }, () => {})
  )
  for (const [index, channel] of channels.entries()) {
    await subscribed(channel)
    await channel.track({ tab: index })
  }
  const seen = (): number => channels[0]?.presenceState().tabs?.length ?? 0
  await until(() => seen() === 3, 'three tabs')
  await channels[2]?.unsubscribe()
  await until(() => seen() === 2, 'two tabs')
  await disconnect(...clients)
})

test('a lost socket leaves', async () => {
  const ann = connect()
  const room = name()
  const channel = ann.channel(room).on('presence', { event: 'sync' }, () => {})
  await subscribed(channel)
  const lost = await RawSocket.open()
  await lost.join(`realtime:${room}`, { presence: { key: 'lost', enabled: true } })
  lost.send('1', '2', `realtime:${room}`, 'presence', { type: 'presence', event: 'track', payload: { a: 1 } })
  await until(() => channel.presenceState().lost !== undefined, 'it is there')
  await lost.close()
  await until(() => channel.presenceState().lost === undefined, 'it is gone')
  await disconnect(ann)
})

test('presence is sent to who asks for it; a wrong payload or event is refused', async () => {
  const [ann, ben] = [await RawSocket.open(), await RawSocket.open()]
  const topic = `realtime:${name()}`
  await ann.join(topic, { presence: { key: 'ann', enabled: true } })
  await ben.join(topic, { presence: { key: 'ben', enabled: false } })
  assert.deepEqual((await ann.next('presence_state'))[4], {})
  ann.send('1', 'track', topic, 'presence', { event: 'TRACK', payload: { a: 1 } })
  assert.deepEqual((await ann.next('phx_reply', 'track'))[4], { status: 'ok', response: {} })
  const [, , , , diff] = await ann.next('presence_diff')
  assert.equal(diff.joins.ann.metas[0].a, 1)
  assert.equal(typeof diff.joins.ann.metas[0].phx_ref, 'string')
  assert.deepEqual(diff.leaves, {})
  ann.send('1', 'text', topic, 'presence', { event: 'track', payload: 'text' })
  assert.deepEqual((await ann.next('phx_reply', 'text'))[4], {
    status: 'error',
    response: { reason: 'Presence track payload must be a map' },
  })
  ann.send('1', 'dance', topic, 'presence', { event: 'dance' })
  assert.deepEqual((await ann.next('phx_reply', 'dance'))[4], { status: 'error', response: {} })
  await sleep(quiet)
  assert.equal(ben.frames.some((frame) => Array.isArray(frame) && frame[3] === 'presence_state'), false)
  await ann.close()
  await ben.close()
})
