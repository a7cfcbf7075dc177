/** Broadcast, as supabase-js and the platform's own public tests describe it. */
import type { RealtimeChannel } from '@supabase/supabase-js'
import { client, env, request } from '../support/clients.ts'
import { asPostgres, assert, connect, disconnect, quiet, RawSocket, subscribed, test } from './helpers.ts'
import { sleep, until } from '../support/wait.ts'

type Heard = { type: string; event: string; payload: unknown; meta?: { id: string } }

function name(): string {
  return `room-${crypto.randomUUID()}`
}

for (const vsn of ['1.0.0', '2.0.0']) {
  test(`a broadcast reaches all members of the channel except its sender (${vsn})`, async () => {
    const [ann, ben, eve] = [connect({ vsn }), connect({ vsn }), connect({ vsn })]
    const room = name()
    const heard: Record<string, Heard[]> = { ann: [], ben: [], eve: [] }
    const listen = (who: string, of: ReturnType<typeof connect>, where: string): Promise<RealtimeChannel> =>
      subscribed(
        of.channel(where).on(
          'broadcast',
          { event: 'hello' },
          (message) => heard[who]?.push(message as Heard),
        ),
      )
    const channel = await listen('ann', ann, room)
    await listen('ben', ben, room)
    await listen('eve', eve, name())
    assert.equal(
      await channel.send({ type: 'broadcast', event: 'hello', payload: { text: 'Grüße 🎉', n: [1, null] } }),
      'ok',
    )
    await until(() => heard.ben?.length === 1, 'ben heard')
    assert.deepEqual(heard.ben, [{
      type: 'broadcast',
      event: 'hello',
      payload: { text: 'Grüße 🎉', n: [1, null] },
    }])
    await sleep(quiet)
    assert.deepEqual(heard.ann, [], 'the sender does not hear itself')
    assert.deepEqual(heard.eve, [], 'another channel hears nothing')
    await disconnect(ann, ben, eve)
  })

  test(`with self the sender hears itself, with ack it learns that the server has the message (${vsn})`, async () => {
    const ann = connect({ vsn })
    const heard: Heard[] = []
    const channel = await subscribed(
      ann.channel(name(), { config: { broadcast: { self: true, ack: true } } })
        .on('broadcast', { event: '*' }, (message) => heard.push(message as Heard)),
    )
    assert.equal(await channel.send({ type: 'broadcast', event: 'one', payload: { n: 1 } }), 'ok')
    assert.equal(await channel.send({ type: 'broadcast', event: 'two' }), 'ok')
    await until(() => heard.length === 2, 'both came back')
    assert.deepEqual(heard.map(({ event, payload }) => [event, payload ?? {}]), [['one', { n: 1 }], [
      'two',
      {},
    ]])
    await disconnect(ann)
  })
}

test('clients of both versions hear each other, and HTTP', async () => {
  const [old, young] = [connect({ vsn: '1.0.0' }), connect({ vsn: '2.0.0' })]
  const room = name()
  const heard: [string, Heard][] = []
  const [one, two] = await Promise.all(
    ([['1.0.0', old], ['2.0.0', young]] as const).map(([vsn, of]) =>
      subscribed(
        of.channel(room).on('broadcast', { event: '*' }, (message) => heard.push([vsn, message as Heard])),
      )
    ),
  )
  await one?.send({ type: 'broadcast', event: 'from-old', payload: { a: 1 } })
  await two?.send({ type: 'broadcast', event: 'from-young', payload: { b: 2 } })
  await until(() => heard.length === 2, 'each heard the other')
  const outside = client().channel(room)
  assert.deepEqual(await outside.httpSend('from-http', { c: 3 }), { success: true })
  await until(() => heard.length === 4, 'both heard HTTP')
  const batch = await request('/realtime/v1/api/broadcast', {
    method: 'POST',
    body: JSON.stringify({ messages: [1, 2].map((n) => ({ topic: room, event: 'batch', payload: { n } })) }),
  })
  assert.deepEqual([batch.status, batch.body], [202, ''])
  await until(() => heard.length === 8, 'both heard the batch')
  const said = heard.map(([vsn, { event, payload }]) => `${vsn} ${event} ${JSON.stringify(payload)}`).sort()
  assert.deepEqual(said, [
    '1.0.0 batch {"n":1}',
    '1.0.0 batch {"n":2}',
    '1.0.0 from-http {"c":3}',
    '1.0.0 from-young {"b":2}',
    '2.0.0 batch {"n":1}',
    '2.0.0 batch {"n":2}',
    '2.0.0 from-http {"c":3}',
    '2.0.0 from-old {"a":1}',
  ])
  await disconnect(old, young)
})

test('bytes are broadcast to clients that can have them, over the socket and HTTP', async () => {
  const [ann, ben, old] = [connect(), connect(), connect({ vsn: '1.0.0' })]
  const room = name()
  const heard: Uint8Array[] = []
  const missed: unknown[] = []
  const channel = await subscribed(ann.channel(room))
  await subscribed(
    ben.channel(room).on(
      'broadcast',
      { event: 'bytes' },
      ({ payload }) => heard.push(new Uint8Array(payload as ArrayBuffer)),
    ),
  )
  await subscribed(old.channel(room).on('broadcast', { event: 'bytes' }, (message) => missed.push(message)))
  await channel.send({ type: 'broadcast', event: 'bytes', payload: new Uint8Array([0, 1, 254, 255]).buffer })
  await channel.httpSend('bytes', new Uint8Array([7, 8]).buffer)
  await until(() => heard.length === 2, 'the bytes came')
  assert.deepEqual(heard.map((bytes) => [...bytes]), [[0, 1, 254, 255], [7, 8]])
  await sleep(quiet)
  assert.deepEqual(missed, [], 'version 1.0.0 cannot express bytes')
  await disconnect(ann, ben, old)
})

test('a client that has not joined sends over HTTP', async () => {
  const [ann, ben] = [connect(), connect()]
  const room = name()
  const heard: unknown[] = []
  await subscribed(ben.channel(room).on('broadcast', { event: 'rest' }, ({ payload }) => heard.push(payload)))
  const warn = console.warn
  console.warn = () => {}
  assert.equal(
    await ann.channel(room).send({ type: 'broadcast', event: 'rest', payload: { ok: true } }),
    'ok',
  )
  console.warn = warn
  await until(() => heard.length === 1, 'it came')
  assert.deepEqual(heard, [{ ok: true }])
  await disconnect(ann, ben)
})

test('messages of the database reach public topics, once, in the order of the commits, with the id they are stored under', async () => {
  const [ann, old] = [connect(), connect({ vsn: '1.0.0' })]
  const room = name()
  const heard: Heard[] = []
  const oldHeard: Heard[] = []
  await subscribed(
    ann.channel(room).on('broadcast', { event: '*' }, (message) => heard.push(message as Heard)),
  )
  await subscribed(
    old.channel(room).on('broadcast', { event: '*' }, (message) => oldHeard.push(message as Heard)),
  )
  await asPostgres(async (sql) => {
    await sql`select realtime.send('{"n": 1}', 'first', ${room}, false)`
    await sql.begin(async (transaction) => {
      await transaction`select realtime.send(${
        transaction.json({ n: 2, big: '12345678901234567890' })
      }, 'second', ${room}, false)`
      await transaction`savepoint before`
      await transaction`select realtime.send('{"n": 3}', 'taken back', ${room}, false)`
      await transaction`rollback to before`
      await transaction`select realtime.send_binary('\\x00ff'::bytea, 'third', ${room}, false)`
    })
    await sql`select realtime.send('{"n": 4}', 'private', ${room}, true)`
  })
  await until(() => heard.length === 3, 'three messages came')
  await sleep(quiet)
  assert.deepEqual(heard.map(({ event }) => event), ['first', 'second', 'third'])
  const [first, second, third] = heard
  assert.deepEqual(first?.payload, { n: 1, id: first?.meta?.id })
  assert.deepEqual((second?.payload as { big: string }).big, '12345678901234567890')
  assert.deepEqual([...new Uint8Array(third?.payload as ArrayBuffer)], [0, 255])
  assert.deepEqual(oldHeard.map(({ event }) => event), ['first', 'second'], 'bytes are not for version 1.0.0')
  assert.equal(oldHeard[0]?.meta?.id, first?.meta?.id)
  await disconnect(ann, old)
})

test("what is wrong with an HTTP broadcast is said in the platform's words", async () => {
  const post = (
    path: string,
    body: BodyInit,
    headers?: Record<string, string>,
    key?: string,
  ): ReturnType<typeof request> =>
    request(`/realtime/v1/api/${path}`, {
      method: 'POST',
      body,
      headers: headers ?? {},
      ...(key === undefined ? {} : { key }),
    })
  const batch = (messages: unknown): ReturnType<typeof request> =>
    post('broadcast', JSON.stringify({ messages }))
  const good = { topic: 't', event: 'e', payload: {} }

  assert.deepEqual(await post('broadcast', '{}', {}, '').then(({ status, body }) => [status, body]), [401, {
    message: 'Unauthorized',
  }])
  assert.deepEqual(
    await post('broadcast', '{}', {}, 'sb_publishable_wrong').then(({ status, body }) => [status, body]),
    [
      401,
      { message: 'Unauthorized' },
    ],
  )
  assert.deepEqual(await post('broadcast', '{}').then(({ status, body }) => [status, body]), [
    422,
    { errors: { messages: ["can't be blank"] } },
  ])
  assert.deepEqual(
    await batch([good, { topic: '', payload: 'text', private: 'no' }]).then((
      { status, body },
    ) => [status, body]),
    [
      422,
      {
        errors: {
          messages: [{}, {
            topic: ["can't be blank"],
            event: ["can't be blank"],
            payload: ['is invalid'],
            private: ['is invalid'],
          }],
        },
      },
    ],
  )
  assert.deepEqual(
    await batch([{ ...good, payload: { x: 'x'.repeat(3_000_001) } }]).then((
      { status, body },
    ) => [status, body]),
    [
      422,
      { errors: { messages: [{ payload: ['Payload size exceeds tenant limit'] }] } },
    ],
  )
  assert.deepEqual(
    await post('broadcast/t/events/e', 'a', { 'content-type': 'text/plain' }).then((
      { status, body },
    ) => [status, body]),
    [
      415,
      { error: 'Unsupported Media Type. Use application/json or application/octet-stream' },
    ],
  )
  assert.deepEqual(
    await post('broadcast/t/events/e', 'x'.repeat(3_000_001), { 'content-type': 'application/octet-stream' })
      .then(({ status, body }) => [status, body]),
    [422, { errors: { payload: ['Payload size exceeds tenant limit'] } }],
  )
})

test('a browser of another origin may broadcast over HTTP', async () => {
  const answer = await fetch(`${env('SUPABASE_URL')}/realtime/v1/api/broadcast/t/events/e`, {
    method: 'OPTIONS',
    headers: {
      origin: 'http://localhost:3000',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'apikey,authorization,content-type',
    },
  })
  await answer.body?.cancel()
  assert.equal(answer.status, 204)
  assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  assert.match(answer.headers.get('access-control-allow-headers') ?? '', /apikey/)
})

test('JSON that is none is not passed on', async () => {
  const [ann, ben] = [await RawSocket.open(), await RawSocket.open()]
  const topic = `realtime:${name()}`
  await ann.join(topic, { broadcast: { ack: true } })
  await ben.join(topic)
  const encoder = new TextEncoder()
  const frame = (ref: string, text: string): Uint8Array<ArrayBuffer> => {
    const [refBytes, topicBytes, event] = [ref, topic, 'e'].map((part) => encoder.encode(part))
    const body = encoder.encode(text)
    return new Uint8Array([
      3,
      0,
      refBytes?.length ?? 0,
      topicBytes?.length ?? 0,
      event?.length ?? 0,
      0,
      1,
      ...refBytes ?? [],
      ...topicBytes ?? [],
      ...event ?? [],
      ...body,
    ])
  }
  ann.sendFrame(frame('1', '{"broken'))
  ann.sendFrame(frame('2', '{"sound":1}'))
  await ann.next('phx_reply', '2')
  await until(() => ben.frames.some((item) => item instanceof Uint8Array), 'ben heard')
  const heard = ben.frames.filter((item) => item instanceof Uint8Array)
  assert.equal(heard.length, 1)
  assert.match(new TextDecoder().decode(heard[0] as Uint8Array), /\{"sound":1\}$/)
  await ann.close()
  await ben.close()
})
