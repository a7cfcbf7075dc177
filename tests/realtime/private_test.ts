/** Private channels: the policies of realtime.messages decide who may join, hear, speak and be seen. */
import { env, type Person, request, service, signUp } from '../support/clients.ts'
import {
  addMember,
  asPostgres,
  assert,
  connect,
  disconnect,
  quiet,
  RawSocket,
  subscribed,
  test,
  token,
  withTable,
} from './helpers.ts'
import { sleep, until } from '../support/wait.ts'
import postgres from 'postgres'

type Heard = { event: string; payload: Record<string, unknown> }

async function job(owner: Person): Promise<number> {
  const { data, error } = await owner.client.schema('business').rpc('create_job', { job: { city: 'Aspen' } })
    .select('id')
    .single()
  assert.equal(error, null)
  return Number((data as { id: number } | null)?.id)
}

const denied = (topic: string): RegExp =>
  new RegExp(`^Unauthorized: You do not have permissions to read from this Channel topic: ${topic}$`)

test('only members of a workspace join its topic and those of its jobs', async () => {
  const [ann, ben, eve] = await Promise.all([signUp('ann'), signUp('ben'), signUp('eve')])
  const workspace = await addMember(ann, ben, 'employee')
  const jobId = await job(ann)
  for (const topic of [`workspace:${workspace}`, `job:${jobId}`]) {
    const config = { config: { private: true, broadcast: { ack: true }, presence: { key: 'me' } } }
    const heard: Heard[] = []
    const first = await subscribed(
      ann.client.channel(topic, config).on(
        'broadcast',
        { event: 'hi' },
        (message) => heard.push(message as unknown as Heard),
      )
        .on('presence', { event: 'sync' }, () => {}),
    )
    const second = await subscribed(ben.client.channel(topic, config))
    assert.equal(await second.send({ type: 'broadcast', event: 'hi', payload: { from: 'ben' } }), 'ok')
    assert.equal(await second.track({ here: true }), 'ok')
    assert.deepEqual(await second.httpSend('hi', { from: 'http' }), { success: true })
    await until(() => heard.length === 2, 'both messages came')
    assert.deepEqual(heard.map(({ payload }) => payload), [{ from: 'ben' }, { from: 'http' }])
    await until(() => first.presenceState().me !== undefined, 'ben is seen')

    await assert.rejects(subscribed(eve.client.channel(topic, config)), { message: denied(topic) })
    await eve.client.removeAllChannels()
    const anon = connect()
    await assert.rejects(subscribed(anon.channel(topic, config)), { message: denied(topic) })
    await disconnect(anon)
    const outside = await request(`/realtime/v1/api/broadcast/${topic}/events/hi?private=true`, {
      method: 'POST',
      body: '{"from": "eve"}',
      token: eve.token,
    })
    assert.deepEqual([outside.status, outside.body], [403, { message: 'Unauthorized' }])
    const batch = await request('/realtime/v1/api/broadcast', {
      method: 'POST',
      body: JSON.stringify({ messages: [{ topic, event: 'hi', payload: { from: 'eve' }, private: true }] }),
      token: eve.token,
    })
    assert.equal(batch.status, 202, 'as on the platform, it is left out without a word')
    // A public channel of the same name is another one.
    const imposter = await subscribed(eve.client.channel(topic, { config: { broadcast: { ack: true } } }))
    assert.equal(await imposter.send({ type: 'broadcast', event: 'hi', payload: { from: 'imposter' } }), 'ok')
    await sleep(quiet)
    assert.equal(heard.length, 2, 'no other broadcast arrived')
    await eve.client.removeAllChannels()
  }
  await disconnect(ann.client, ben.client, eve.client)
})

test('changes of a job reach its topic and the topic of the workspace', async () => {
  const [ann, ben] = await Promise.all([signUp('ann'), signUp('ben')])
  const workspace = await addMember(ann, ben, 'employee')
  const jobId = await job(ann)
  // Messages from before the join may still arrive.
  await sleep(quiet)
  const heard: Record<string, Heard[]> = { job: [], workspace: [] }
  const listen = (name: string, topic: string): Promise<unknown> =>
    subscribed(
      ben.client.channel(topic, { config: { private: true } })
        .on('broadcast', { event: '*' }, (message) => heard[name]?.push(message as unknown as Heard)),
    )
  await listen('job', `job:${jobId}`)
  await listen('workspace', `workspace:${workspace}`)
  const business = ann.client.schema('business')
  assert.equal((await business.from('jobs').update({ city: 'Denver' }).eq('id', jobId)).error, null)
  const note = await business.from('notes').insert({ job_id: jobId, content: 'Key under the mat' }).select(
    'id',
  ).single()
  assert.equal(note.error, null)
  await until(() => heard.job?.length === 2 && heard.workspace?.length === 1, 'all came')
  await sleep(quiet)
  const told = heard.job?.map(({ event, payload: { id: _, ...payload } }) => [event, payload])
  assert.deepEqual(told, [
    ['UPDATE', {
      schema: 'business',
      table: 'jobs',
      operation: 'UPDATE',
      ids: [jobId],
      count: 1,
      columns: ['city'],
    }],
    ['INSERT', { schema: 'business', table: 'notes', operation: 'INSERT', ids: [note.data?.id], count: 1 }],
  ])
  assert.equal(heard.workspace?.[0]?.payload.table, 'jobs')
  await disconnect(ann.client, ben.client)
})

test('only the owner follows a conversation on another screen', async () => {
  const [ann, ben] = await Promise.all([signUp('ann'), signUp('ben')])
  await addMember(ann, ben, 'admin')
  const db = ann.client.schema('dashboard')
  const { data: conversation, error } = await db.from('conversations').insert({ title: 'Talk' }).select('id')
    .single()
  assert.equal(error, null)
  const id = conversation?.id ?? 0
  await sleep(quiet)
  const follow = async (who: Person): Promise<string[]> => {
    const heard: string[] = []
    await subscribed(
      who.client.channel(`messages-${id}`).on(
        'postgres_changes',
        { event: '*', schema: 'dashboard', table: 'messages', filter: `conversation_id=eq.${id}` },
        ({ eventType, new: now, old }) =>
          heard.push(`${eventType} ${(now as { content?: string }).content ?? Object.keys(old).join()}`),
      ),
    )
    return heard
  }
  const [mine, theirs] = [await follow(ann), await follow(ben)]
  const told: string[] = []
  const topic = `conversation:${id}`
  await subscribed(
    ann.client.channel(topic, { config: { private: true } })
      .on('broadcast', { event: '*' }, ({ event, payload }) => told.push(`${event} ${payload.table}`)),
  )
  await assert.rejects(subscribed(ben.client.channel(topic, { config: { private: true } })), {
    message: denied(topic),
  })
  const { data: message } = await db.from('messages').insert({ conversation_id: id, content: 'Hello' })
    .select('id').single()
  await db.from('messages').delete().eq('id', message?.id ?? 0)
  await until(() => mine.length === 2 && told.length === 4, 'all came')
  await sleep(quiet)
  assert.deepEqual(mine, ['INSERT Hello', 'DELETE id'])
  assert.deepEqual(theirs, [])
  assert.deepEqual([...told].sort(), [
    'DELETE messages',
    'INSERT messages',
    'UPDATE conversations',
    'UPDATE conversations',
  ])
  await disconnect(ann.client, ben.client)
})

test('the published subscriptions of a job work as they are written', async () => {
  const [ann, ben, eve] = await Promise.all([signUp('ann'), signUp('ben'), signUp('eve')])
  await addMember(ann, ben, 'manager')
  const jobId = await job(ann)
  const other = await job(ann)
  const watchJob = async (who: Person): Promise<string[]> => {
    const heard: string[] = []
    const hear = (change: unknown): void => {
      const { table, eventType, new: now, old } = change as {
        table: string
        eventType: string
        new: { id?: number }
        old: { id?: number }
      }
      heard.push(`${eventType} ${table} ${now.id ?? old.id}`)
    }
    const channel = who.client.channel(`project_${jobId}`)
      .on('postgres_changes', {
        event: 'UPDATE',
        schema: 'business',
        table: 'jobs',
        filter: `id=eq.${jobId}`,
      }, hear)
    for (const table of ['estimates', 'payments', 'notes']) {
      channel.on(
        'postgres_changes',
        { event: '*', schema: 'business', table, filter: `job_id=eq.${jobId}` },
        hear,
      )
    }
    await subscribed(channel)
    return heard
  }
  const [mine, theirs, foreign] = [await watchJob(ann), await watchJob(ben), await watchJob(eve)]
  const business = ann.client.schema('business')
  const insert = async (table: 'notes' | 'payments' | 'estimates', row: object): Promise<number> => {
    const { data, error } = await business.from(table).insert(row as never).select('id').single()
    assert.equal(error, null)
    return Number((data as { id: number } | null)?.id)
  }
  const note = await insert('notes', { job_id: jobId, content: 'x' })
  await insert('notes', { job_id: other, content: 'elsewhere' })
  const estimate = await insert('estimates', { job_id: jobId, amount: 100 })
  const payment = await insert('payments', { job_id: jobId, amount: 5 })
  await business.from('jobs').update({ city: 'Denver' }).eq('id', jobId)
  await business.from('jobs').update({ city: 'Denver' }).eq('id', other)
  await business.from('notes').delete().eq('id', note)
  const expected = [
    `INSERT notes ${note}`,
    `INSERT estimates ${estimate}`,
    `INSERT payments ${payment}`,
    `UPDATE jobs ${jobId}`,
    `DELETE notes ${note}`,
  ]
  await until(() => mine.length >= expected.length && theirs.length >= expected.length, 'all came')
  await sleep(quiet)
  assert.deepEqual(mine, expected)
  assert.deepEqual(theirs, expected)
  assert.deepEqual(foreign, [])
  await disconnect(ann.client, ben.client, eve.client)
})

test('a member who is removed neither hears nor speaks in the topics they have joined, at once', async () => {
  const [ann, ben] = await Promise.all([signUp('ann'), signUp('ben')])
  const workspace = await addMember(ann, ben, 'employee')
  const jobId = await job(ann)
  const names = [`workspace:${workspace}`, `job:${jobId}`, `user:${ben.id}`]
  const socket = await RawSocket.open()
  const access_token = await token({ sub: ben.id })
  for (const name of names) {
    assert.equal((await socket.join(`realtime:${name}`, { private: true }, { access_token })).status, 'ok')
  }
  const heard: unknown[] = []
  await subscribed(
    ann.client.channel(`workspace:${workspace}`, { config: { private: true } })
      .on('broadcast', { event: 'hi' }, (message) => heard.push(message)),
  )
  await ann.client.rpc('remove_member', { workspace_id: workspace, user_id: ben.id })
  const closed: string[] = []
  for (const _ of names.slice(0, 2)) {
    const [, , topic, , message] = await socket.next('system')
    assert.match(String((message as { message: string }).message), /^You no longer have permission to read/)
    closed.push(String(topic).slice('realtime:'.length))
  }
  assert.deepEqual(closed.sort(), names.slice(0, 2).sort(), 'the topic of the user stays')
  socket.send('1', '9', `realtime:workspace:${workspace}`, 'broadcast', {
    type: 'broadcast',
    event: 'hi',
    payload: {},
  })
  await sleep(quiet)
  assert.deepEqual(heard, [])
  await socket.close()
  await disconnect(ann.client, ben.client)
})

/** Policies of a test, for topics that begin with a prefix of its own. */
async function withPolicies(
  policies: (prefix: string) => string[],
  use: (prefix: string) => Promise<void>,
): Promise<void> {
  const prefix = `channel-${crypto.randomUUID()}`
  await asPostgres(async (sql) => {
    const names: string[] = []
    try {
      for (const policy of policies(prefix)) {
        const name = `Test ${crypto.randomUUID()}`
        await sql.unsafe(`create policy "${name}" on realtime.messages ${policy}`)
        names.push(name)
      }
      await use(prefix)
    } finally {
      for (const name of names) await sql.unsafe(`drop policy "${name}" on realtime.messages`)
    }
  })
}

const mine = (prefix: string): string => `realtime.topic() like '${prefix}%'`

for (const vsn of ['1.0.0', '2.0.0']) {
  test(`a private channel with policies broadcasts to itself; channels are switched on one socket (${vsn})`, async () => {
    await withPolicies((prefix) => [
      `for select to authenticated using (${mine(prefix)})`,
      `for insert to authenticated with check (${mine(prefix)})`,
    ], async (prefix) => {
      const client = connect({
        vsn,
        heartbeatIntervalMs: 500,
        token: await token({ sub: crypto.randomUUID() }),
      })
      const config = { broadcast: { ack: true, self: true }, private: true }
      let received: unknown
      const channel = client.channel(prefix, { config })
        .on('broadcast', { event: 'test-event' }, (message) => received = message.payload)
      await subscribed(channel)
      await channel.send({ type: 'broadcast', event: 'test-event', payload: { message: 'test' } })
      await until(() => received !== undefined, 'it came')
      assert.deepEqual(received, { message: 'test' })
      assert.equal(client.realtime.getChannels().length, 1)
      await client.removeChannel(channel)
      assert.equal(client.realtime.isConnected(), true, 'the socket stays for the next channel')
      await subscribed(client.channel(`${prefix}-b`, { config }))
      assert.equal(client.realtime.isConnected(), true)
      await disconnect(client)
    })
  })
}

test('reading and writing, broadcast and presence are rights of their own', async () => {
  await withPolicies((prefix) => [
    `for select to authenticated using (${mine(prefix)} and extension = 'broadcast')`,
    `for insert to authenticated with check (${mine(prefix)} and extension = 'presence')`,
    `for select to authenticated using (${
      mine(prefix)
    } and extension = 'presence' and auth.jwt() ->> 'sees' = 'yes')`,
    `for insert to authenticated with check (${
      mine(prefix)
    } and extension = 'broadcast' and auth.jwt() ->> 'says' = 'yes')`,
  ], async (prefix) => {
    const topic = `realtime:${prefix}`
    const open = async (claims: object): Promise<RawSocket> => {
      const socket = await RawSocket.open()
      const config = {
        private: true,
        broadcast: { ack: true },
        presence: { enabled: true, key: JSON.stringify(claims) },
      }
      const { status } = await socket.join(topic, config, {
        access_token: await token({ sub: crypto.randomUUID(), ...claims }),
      })
      assert.equal(status, 'ok')
      return socket
    }
    const [quietOne, speaker, watcher] = [
      await open({}),
      await open({ says: 'yes' }),
      await open({ sees: 'yes' }),
    ]
    quietOne.send('1', 'a', topic, 'broadcast', { type: 'broadcast', event: 'e', payload: { from: 'quiet' } })
    speaker.send('1', 'b', topic, 'broadcast', {
      type: 'broadcast',
      event: 'e',
      payload: { from: 'speaker' },
    })
    await speaker.next('phx_reply', 'b')
    quietOne.send('1', 'c', topic, 'presence', { event: 'track', payload: {} })
    assert.equal((await quietOne.next('phx_reply', 'c'))[4].status, 'ok')
    await watcher.next('presence_diff')
    await sleep(quiet)
    const events = (socket: RawSocket): string[] =>
      socket.frames.map((frame) => String((frame as unknown[])[3]))
    assert.deepEqual(
      events(quietOne),
      ['broadcast'],
      'the message of who may speak, no answer to its own, no presence',
    )
    assert.deepEqual(events(speaker), [])
    assert.deepEqual(events(watcher), ['presence_state', 'broadcast'])
    await Promise.all([quietOne, speaker, watcher].map((socket) => socket.close()))
  })
})

/** The embedded database has one session, so nothing happens there at the same time, and no connection is lost. */
async function isEmbedded(sql: postgres.Sql): Promise<boolean> {
  const [row] = await sql<{ embedded: boolean }[]>`select version() ~ 'emcc|wasm' as embedded`
  return row?.embedded ?? true
}

/** A table whose users may join the topics of a test; asking takes as long as `delay`, in seconds. */
async function withGuests(
  delay: number,
  use: (setup: { prefix: string; sql: postgres.Sql; schema: string }) => Promise<void>,
): Promise<void> {
  await withTable('user_id uuid primary key', async ({ schema, sql }) => {
    await withPolicies((prefix) => [
      `for select to authenticated using (${mine(prefix)} and pg_sleep(${delay}) is not null
        and exists (select from ${schema}.things as t where t.user_id = (select auth.uid())))`,
    ], async (prefix) => {
      await use({ prefix, sql, schema })
    })
  })
}

test('messages sent after a right was taken away are not delivered, however long the policies take', async () => {
  await withGuests(0.5, async ({ prefix, sql, schema }) => {
    const open = async (): Promise<
      { sub: string; heard: number[]; ended: string[]; close(): Promise<void> }
    > => {
      const sub = crypto.randomUUID()
      await sql.unsafe(`insert into ${schema}.things values ('${sub}')`)
      const client = connect({ token: await token({ sub }) })
      const heard: number[] = []
      const ended: string[] = []
      await subscribed(
        client.channel(prefix, { config: { private: true } })
          .on('broadcast', { event: 'e' }, ({ payload }) => heard.push(payload.n))
          .on('system', {}, ({ message }) => ended.push(message)),
      )
      return { sub, heard, ended, close: () => disconnect(client) }
    }
    const [stays, leaves] = [await open(), await open()]
    await sql`select realtime.send('{"n": 1}', 'e', ${prefix}, true)`
    await until(() => stays.heard.length === 1 && leaves.heard.length === 1, 'both heard')
    await sql.unsafe(`
      delete from ${schema}.things where user_id = '${leaves.sub}';
      select pg_notify('realtime_rights', '${leaves.sub}'), pg_notify('realtime_rights', '${stays.sub}')`)
    await sql`select realtime.send('{"n": 2}', 'e', ${prefix}, true)`
    await sql`select realtime.send('{"n": 3}', 'e', ${prefix}, true)`
    await until(() => stays.heard.length === 3 && leaves.ended.length === 1, 'the policies have answered')
    assert.deepEqual(stays.heard, [1, 2, 3], 'who keeps the right misses nothing')
    assert.match(leaves.ended[0] ?? '', /^You no longer have permission to read/)
    assert.deepEqual(leaves.heard, [1])
    await Promise.all([stays.close(), leaves.close()])
  })
})

test('a right that is taken away while a channel is being joined ends the channel', async () => {
  await withGuests(0.7, async ({ prefix, sql, schema }) => {
    if (await isEmbedded(sql)) return
    const sub = crypto.randomUUID()
    await sql.unsafe(`insert into ${schema}.things values ('${sub}')`)
    const socket = await RawSocket.open()
    const joining = socket.join(`realtime:${prefix}`, { private: true }, {
      access_token: await token({ sub }),
    })
    await until(async () => {
      const [row] = await sql<{ asked: boolean }[]>`
        select exists (select from pg_stat_activity where wait_event = 'PgSleep' and query ~ '_realtime.authorize') as asked`
      return row?.asked ?? false
    }, 'the policies are being asked')
    await sql.unsafe(
      `begin; delete from ${schema}.things; select pg_notify('realtime_rights', '${sub}'); commit`,
    )
    assert.equal((await joining).status, 'ok', 'the policies answered before')
    const [, , , , { message }] = await socket.next('system')
    assert.match(String(message), /^You no longer have permission to read/)
    await socket.close()
  })
})

test('rights are asked again when announcements of them may have been missed', async () => {
  await withGuests(0, async ({ prefix, sql, schema }) => {
    if (await isEmbedded(sql)) return
    const sub = crypto.randomUUID()
    await sql.unsafe(`insert into ${schema}.things values ('${sub}')`)
    const socket = await RawSocket.open()
    const access_token = await token({ sub })
    assert.equal((await socket.join(`realtime:${prefix}`, { private: true }, { access_token })).status, 'ok')
    await sql.unsafe(`delete from ${schema}.things`)
    const url = new URL(env('DATABASE_URL'))
    url.username = 'supabase_admin'
    const admin = postgres(url.href, { max: 1, onnotice: () => {} })
    await admin`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'plinth realtime' and query ~ '^listen'`
    await admin.end()
    const [, , , , { message }] = await socket.next('system')
    assert.match(String(message), /^You no longer have permission to read/)
    await socket.close()
  })
})

test('a policy that raises an error refuses everyone', async () => {
  await withPolicies(
    (
      prefix,
    ) => [
      `for select to authenticated using (${
        mine(prefix)
      } and 1 / length(replace(extension, 'broadcast', '')) = 1)`,
    ],
    async (prefix) => {
      const client = connect({ token: await token() })
      await assert.rejects(subscribed(client.channel(prefix, { config: { private: true } })), {
        message: denied(prefix),
      })
      await disconnect(client)
    },
  )
})

test('a role that tokens may not name is refused, although the signature is right', async () => {
  for (const role of ['postgres', 'supabase_admin', 'nobody']) {
    const socket = await RawSocket.open()
    const access_token = await token({ role })
    const { status, response } = await socket.join('realtime:any', { private: true }, { access_token })
    assert.deepEqual([status, response.reason], [
      'error',
      'Unauthorized: You do not have permissions to read from this Channel topic: any',
    ])
    await socket.join('realtime:changes', {
      postgres_changes: [{ event: '*', schema: 'dashboard', table: 'tasks' }],
    }, {
      access_token,
    })
    const [, , , , { status: failed, message }] = await socket.next('system')
    assert.equal(failed, 'error')
    assert.match(
      message,
      new RegExp(`Exception: ERROR 42704 \\(undefined_object\\) role "${role}" does not exist$`),
    )
    await socket.close()
  }
})

test('stored messages are heard again by who joins later and may read them', async () => {
  await withPolicies((prefix) => [`for select to authenticated using (${mine(prefix)})`], async (prefix) => {
    const client = connect({ token: await token() })
    const old = connect({ vsn: '1.0.0', token: await token() })
    await asPostgres(async (sql) => {
      await sql`select realtime.send('{"n": 0}', 'early', ${prefix}, true)`
      await sleep(30)
      await sql`select realtime.send('{"n": 1}', 'one', ${prefix}, true)`
      await sql`select realtime.send_binary('\\x0203', 'two', ${prefix}, true)`
      await sql`select realtime.send('{"n": 3}', 'three', ${prefix}, true)`
      await sql`select realtime.send('{"n": 4}', 'public', ${prefix}, false)`
    })
    const [{ at } = { at: 0 }] = await asPostgres((sql) =>
      sql<
        { at: number }[]
      >`select ceil(extract(epoch from inserted_at at time zone 'UTC') * 1000)::float8 as at
        from realtime.messages where topic = ${prefix} and event = 'early'`
    )
    const hear = async (
      of: typeof client,
      replay: object,
    ): Promise<(Heard & { meta: Record<string, unknown> })[]> => {
      const heard: (Heard & { meta: Record<string, unknown> })[] = []
      await subscribed(
        of.channel(prefix, { config: { private: true, broadcast: { replay } } as never })
          .on('broadcast', { event: '*' }, (message) => heard.push(message as never)),
      )
      await sleep(quiet)
      await of.removeAllChannels()
      return heard
    }
    const again = await hear(client, { since: at + 1 })
    assert.deepEqual(again.map(({ event, meta }) => [event, meta.replayed]), [['one', true], ['two', true], [
      'three',
      true,
    ]])
    assert.deepEqual([...new Uint8Array(again[1]?.payload as never)], [2, 3])
    assert.deepEqual((await hear(client, { since: 0, limit: 2 })).map(({ event }) => event), ['two', 'three'])
    assert.deepEqual(
      (await hear(old, { since: 0 })).map(({ event }) => event),
      ['early', 'one', 'three'],
      'bytes are not for 1.0.0',
    )

    const socket = await RawSocket.open()
    const refused = async (config: object): Promise<string> =>
      (await socket.join(`realtime:${prefix}`, config, { access_token: await token() })).response.reason
    assert.equal(
      await refused({ broadcast: { replay: { since: 0 } } }),
      'UnableToReplayMessages: Replay is not allowed for public channels',
    )
    assert.equal(
      await refused({ private: true, broadcast: { replay: { since: 'yesterday' } } }),
      'UnableToReplayMessages: Replay params are not valid',
    )
    await socket.close()
    await disconnect(client, old)
  })
})

test('service_role may join all private channels', async () => {
  const client = service()
  const heard: unknown[] = []
  const channel = await subscribed(
    client.channel('anything', { config: { private: true, broadcast: { self: true } } })
      .on('broadcast', { event: 'e' }, ({ payload }) => heard.push(payload)),
  )
  await channel.send({ type: 'broadcast', event: 'e', payload: { a: 1 } })
  await until(() => heard.length === 1, 'it came')
  await disconnect(client)
  assert.ok(env('SUPABASE_SECRET_KEY'))
})
