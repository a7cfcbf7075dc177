/** Changes of tables: who receives them, in which order, and with which values. */
import { service, signUp } from '../support/clients.ts'
import {
  addMember,
  asPostgres,
  assert,
  type Change,
  connect,
  disconnect,
  quiet,
  subscribed,
  test,
  token,
  watch,
  withTable,
} from './helpers.ts'
import { sleep, until } from '../support/wait.ts'

/** What a change says, in short. */
const short = ({ eventType, new: now, old }: Change): unknown[] => [eventType, now, old]

test('insert, update and delete of a task reach only the subscription of its owner, once, in order', async () => {
  const [ann, ben] = [await signUp('owner'), await signUp('colleague')]
  await addMember(ann, ben, 'manager')
  const filter = `user_id=eq.${ann.id}`
  // The published subscription of tasks.
  const heard: Change[] = []
  await subscribed(
    ann.client.channel(`user_${ann.id}_tasks`).on(
      'postgres_changes',
      { event: '*', schema: 'dashboard', table: 'tasks', filter },
      (change) => heard.push(change as unknown as Change),
    ),
  )
  const everything = await watch(ann.client as never, { schema: 'dashboard' })
  const colleague = await watch(ben.client as never, { schema: 'dashboard', table: 'tasks', filter })
  const nosy = await watch(ben.client as never, { schema: 'dashboard' })
  const anon = connect()
  const stranger = await watch(anon, { schema: 'dashboard', table: 'tasks' })

  const tasks = ann.client.schema('dashboard').from('tasks')
  const { data } = await tasks.insert({ title: 'Watch me' }).select().single()
  assert.ok(data)
  await tasks.update({ title: 'Watched', due_date: '2031-05-17' }).eq('id', data.id)
  await tasks.delete().eq('id', data.id)
  await until(() => heard.length === 3, 'three changes came')
  await sleep(quiet)

  assert.deepEqual(heard.map(({ eventType }) => eventType), ['INSERT', 'UPDATE', 'DELETE'])
  const [inserted, updated, deleted] = heard
  assert.deepEqual(inserted?.new, data, 'the row fits the generated type, as REST gives it')
  assert.deepEqual(inserted?.old, {})
  assert.equal(updated?.new.title, 'Watched')
  assert.equal(updated?.new.due_date, '2031-05-17')
  assert.deepEqual(updated?.old, { id: data.id, user_id: ann.id })
  assert.deepEqual(deleted?.new, {})
  assert.deepEqual(deleted?.old, { id: data.id }, 'of a deleted row only the key is sent')
  for (const change of heard) {
    assert.deepEqual([change.schema, change.table, change.errors], ['dashboard', 'tasks', null])
    assert.match(change.commit_timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  }
  assert.deepEqual(
    everything.heard.filter(({ table }) => table === 'tasks').map(short),
    heard.map(short),
    'a subscription to a whole schema hears the same',
  )
  assert.deepEqual(colleague.heard, [], 'not the colleague, whatever they filter by')
  assert.deepEqual(nosy.heard.filter(({ table }) => table === 'tasks'), [])
  assert.deepEqual(stranger.heard, [], 'nor a role without the right to select')
  await disconnect(ann.client, ben.client, anon)
})

test('only members receive the progress of reading a file', async () => {
  const [ann, ben, eve] = [await signUp('owner'), await signUp('colleague'), await signUp('stranger')]
  const workspace_id = await addMember(ann, ben, 'employee')
  const wanted = { schema: 'public', table: 'artifacts', filter: `workspace_id=eq.${workspace_id}` }
  const colleague = await watch(ben.client as never, wanted)
  const stranger = await watch(eve.client as never, wanted)
  const id = crypto.randomUUID()
  await ann.client.from('artifacts').insert({ id, filename: 'report.pdf' }).throwOnError()
  await service().from('artifacts').update({ status: 'processing' }).eq('id', id).throwOnError()
  await ann.client.from('artifacts').delete().eq('id', id).throwOnError()
  await until(() => colleague.heard.length === 3, 'three changes came')
  await sleep(quiet)
  assert.deepEqual(colleague.heard.map(({ eventType, new: { status } }) => [eventType, status]), [
    ['INSERT', 'uploaded'],
    ['UPDATE', 'processing'],
    ['DELETE', undefined],
  ])
  assert.deepEqual(stranger.heard, [])
  await disconnect(ann.client, ben.client, eve.client)
})

test('a subscription receives the events and columns that it selects', async () => {
  const client = connect()
  await withTable('id integer primary key, name text, secret text', async ({ schema, sql }) => {
    const inserts = await watch(client, { schema, table: 'things', event: 'INSERT' })
    const updates = await watch(client, { schema, table: 'things', event: 'UPDATE', select: ['name'] })
    const deletes = await watch(client, { schema, table: 'things', event: 'DELETE' })
    await sql.unsafe(`insert into ${schema}.things values (1, 'one', 'x'), (2, 'two', 'y')`)
    await sql.unsafe(`update ${schema}.things set name = 'uno' where id = 1`)
    await sql.unsafe(`delete from ${schema}.things where id = 2`)
    await until(() => deletes.heard.length === 1 && updates.heard.length === 1, 'all came')
    await sleep(quiet)
    assert.deepEqual(inserts.heard.map(short), [
      ['INSERT', { id: 1, name: 'one', secret: 'x' }, {}],
      ['INSERT', { id: 2, name: 'two', secret: 'y' }, {}],
    ])
    assert.deepEqual(updates.heard.map(short), [['UPDATE', { id: 1, name: 'uno' }, { id: 1 }]])
    assert.deepEqual(deletes.heard.map(short), [['DELETE', {}, { id: 2 }]])
  })
  await disconnect(client)
})

test('one channel with several subscriptions calls each callback with its changes', async () => {
  const client = connect()
  await withTable('id integer primary key, name text', async ({ schema, sql }) => {
    const heard: string[] = []
    const on = (label: string, more: object): Parameters<ReturnType<typeof client.channel>['on']> =>
      [
        'postgres_changes',
        { event: '*', schema, table: 'things', ...more },
        (change: Change) => heard.push(`${label} ${change.eventType} ${change.new.id ?? change.old.id}`),
      ] as never
    const channel = client.channel('several')
    channel.on(...on('all', {})).on(...on('one', { filter: 'id=eq.1' })).on(
      ...on('inserts', { event: 'INSERT' }),
    )
    await subscribed(channel)
    await sql.unsafe(`insert into ${schema}.things values (1, 'a'), (2, 'b')`)
    await sql.unsafe(`delete from ${schema}.things where id = 1`)
    await until(() => heard.length >= 7, 'all came')
    await sleep(quiet)
    assert.deepEqual(heard, [
      'all INSERT 1',
      'one INSERT 1',
      'inserts INSERT 1',
      'all INSERT 2',
      'inserts INSERT 2',
      'all DELETE 1',
      'one DELETE 1',
    ])
  })
  await disconnect(client)
})

test('a row that is deleted while its insertion is being checked is delivered to all readers', async () => {
  const people = await Promise.all(
    [1, 2, 3].map(async () => connect({ token: await token({ sub: crypto.randomUUID() }) })),
  )
  // Asking about one reader takes long enough for the row to be gone when the next one is asked about.
  await withTable('id integer primary key', async ({ schema, sql }) => {
    const watched = await Promise.all(people.map((client) => watch(client, { schema, table: 'things' })))
    await sql.unsafe(`insert into ${schema}.things values (1)`)
    await sleep(150)
    await sql.unsafe(`delete from ${schema}.things`)
    await until(() => watched.every(({ heard }) => heard.at(-1)?.eventType === 'DELETE'), 'all came')
    for (const { heard } of watched) {
      assert.deepEqual(heard.map(short), [['INSERT', { id: 1 }, {}], ['DELETE', {}, { id: 1 }]])
    }
  }, { policy: 'pg_sleep(0.3) is not null' })
  await disconnect(...people)
})

test('a right that is taken away ends what is heard, one that is given begins it', async () => {
  const client = connect()
  await withTable('id integer primary key, name text, pay numeric', async ({ schema, sql }) => {
    const { heard } = await watch(client, { schema, table: 'things' })
    const next = async (n: number): Promise<Change | undefined> => {
      await sql.unsafe(`insert into ${schema}.things values (${n}, 'n${n}', 10.50)`)
      await until(() => heard.length === n, `change ${n} came`)
      return heard.at(-1)
    }
    assert.deepEqual((await next(1))?.new, { id: 1, name: 'n1', pay: 10.5 })
    await sql.unsafe(
      `revoke select on ${schema}.things from anon; grant select (id, name) on ${schema}.things to anon`,
    )
    assert.deepEqual((await next(2))?.new, { id: 2, name: 'n2' }, 'a column that may no longer be read')
    await sql.unsafe(`revoke select (id, name) on ${schema}.things from anon`)
    await sql.unsafe(
      `insert into ${schema}.things values (-1, 'unheard'); delete from ${schema}.things where id = 1`,
    )
    await sleep(quiet)
    await sql.unsafe(`grant select on ${schema}.things to anon`)
    assert.deepEqual((await next(3))?.new, { id: 3, name: 'n3', pay: 10.5 }, 'nothing came meanwhile')
  })
  await disconnect(client)
})

test('who may select nothing of a table does not hear that it changes', async () => {
  const client = connect()
  const limited = 'alter table $schema.things enable row level security;'
  const cases = {
    'no right to select': 'revoke all on $schema.things from anon;',
    'no right on the schema': 'revoke usage on schema $schema from anon;',
    'no policy': limited,
    'a policy that shows no row':
      `${limited} create policy "Nothing" on $schema.things for select to anon using (false);`,
  }
  for (const [reason, setup] of Object.entries(cases)) {
    for (const key of ['integer primary key', 'integer']) {
      await withTable(`id ${key}, name text`, async ({ schema, sql }) => {
        if (key === 'integer') await sql.unsafe(`alter table ${schema}.things replica identity full`)
        const { heard } = await watch(client, { schema, table: 'things' })
        const before = await watch(client, { schema: 'open', table: 'things' })
        await sql.unsafe(`insert into ${schema}.things values (1, 'a')`)
        await sql.unsafe(`update ${schema}.things set name = 'b'`)
        await sql.unsafe(`delete from ${schema}.things`)
        await sql.unsafe('insert into open.things values (1)')
        await until(() => before.heard.length === 1, 'what happened later has come')
        assert.deepEqual(heard, [], `${reason}, id ${key}`)
      }, {
        policy: null,
        setup: `${setup}
          drop schema if exists open cascade; create schema open;
          create table open.things (id integer primary key);
          grant usage on schema open to anon; grant select on open.things to anon;
          alter publication supabase_realtime add table open.things;`,
      })
    }
  }
  await asPostgres((sql) => sql`drop schema open cascade`)
  await disconnect(client)
})

test('a key that may not be selected names no row to anyone', async () => {
  const client = connect()
  await withTable('id integer primary key, name text', async ({ schema, sql }) => {
    const { heard } = await watch(client, { schema, table: 'things' })
    await sql.unsafe(
      `revoke select on ${schema}.things from anon; grant select (name) on ${schema}.things to anon`,
    )
    await sql.unsafe(`insert into ${schema}.things values (1, 'a')`)
    await sql.unsafe(`delete from ${schema}.things`)
    await sleep(quiet)
    assert.deepEqual(heard, [])
  })
  await disconnect(client)
})

test('a filter by a column that may no longer be read matches nothing', async () => {
  const client = connect()
  await withTable('id integer primary key, pay integer', async ({ schema, sql }) => {
    const { heard } = await watch(client, { schema, table: 'things', filter: 'pay=gt.100' })
    const open = await watch(client, { schema, table: 'things' })
    await sql.unsafe(
      `revoke select on ${schema}.things from anon; grant select (id) on ${schema}.things to anon`,
    )
    await sql.unsafe(`insert into ${schema}.things values (1, 1000)`)
    await until(() => open.heard.length === 1, 'it came without the column')
    assert.deepEqual(open.heard[0]?.new, { id: 1 })
    assert.deepEqual(heard, [])
  })
  await disconnect(client)
})

test('a member who is removed hears nothing more, at once', async () => {
  const [ann, ben] = [await signUp('admin'), await signUp('leaver')]
  const workspace_id = await addMember(ann, ben, 'employee')
  const setup = `
    alter table $schema.things add workspace_id uuid not null default '${workspace_id}';
    create policy "Members read" on $schema.things for select to authenticated
      using (workspace_id = any (array(select private.my_workspace_ids())));`
  await withTable('id integer primary key', async ({ schema, sql }) => {
    const mine = await watch(ann.client as never, { schema, table: 'things' })
    const theirs = await watch(ben.client as never, { schema, table: 'things' })
    await sql.unsafe(`insert into ${schema}.things values (1)`)
    await until(() => mine.heard.length === 1 && theirs.heard.length === 1, 'both heard')
    await ann.client.rpc('remove_member', { workspace_id, user_id: ben.id })
    await sql.unsafe(
      `update ${schema}.things set id = 2; insert into ${schema}.things values (3); delete from ${schema}.things where id = 3`,
    )
    await until(() => mine.heard.length === 4, 'the admin still hears')
    await sleep(quiet)
    assert.deepEqual(theirs.heard.map(short), [['INSERT', { id: 1, workspace_id }, {}]])
    assert.deepEqual(mine.heard.map(short), [
      ['INSERT', { id: 1, workspace_id }, {}],
      ['UPDATE', { id: 2, workspace_id }, { id: 1 }],
      ['INSERT', { id: 3, workspace_id }, {}],
      ['DELETE', {}, { id: 3 }],
    ], 'also a row that was deleted before the check')
  }, { policy: 'false', setup })
  await disconnect(ann.client, ben.client)
})

test('many subscribers with claims of their own hear of their own rows only', async () => {
  const people = await Promise.all(Array.from({ length: 25 }, async (_, index) => {
    const sub = crypto.randomUUID()
    const client = connect({ token: await token({ sub, number: index }) })
    return { sub, client }
  }))
  await withTable('id integer primary key, owner uuid', async ({ schema, sql }) => {
    const watched = await Promise.all(people.map(({ client }) => watch(client, { schema, table: 'things' })))
    const values = people.map(({ sub }, index) => `(${index}, '${sub}'), (${index + 100}, '${sub}')`)
    await sql.unsafe(`insert into ${schema}.things values ${values.join(', ')}`)
    await sql.unsafe(`delete from ${schema}.things where id >= 100`)
    await until(() => watched.every(({ heard }) => heard.length >= 3), 'all received it')
    await sleep(quiet)
    watched.forEach(({ heard }, index) => {
      assert.deepEqual(heard.map(({ eventType, new: now, old }) => [eventType, now.id ?? old.id]), [
        ['INSERT', index],
        ['INSERT', index + 100],
        ['DELETE', index + 100],
      ])
    })
  }, { policy: 'owner = (select auth.uid())' })
  await disconnect(...people.map(({ client }) => client))
})

test("values have the platform's form, whatever the session of the writer is set to", async () => {
  const client = connect()
  await withTable(
    `id bigint primary key, small smallint, amount numeric(12,2), real double precision, flag boolean, day date,
     at timestamptz, local timestamp, span interval, tags text[], doc jsonb, bytes bytea, range int4range, guid uuid`,
    async ({ schema, sql }) => {
      const { heard } = await watch(client, { schema, table: 'things' })
      await sql.unsafe(`
        set timezone = 'Asia/Tokyo'; set intervalstyle = 'iso_8601'; set bytea_output = 'escape'; set datestyle = 'German';
        insert into ${schema}.things values (9007199254740993, 1, 1234.50, 0.1, true, '2031-05-17',
          '2031-05-17 12:00:00+00', '2031-05-17 12:00:00', '1 day 02:00', '{a,"b c"}', '{"a": [1, null]}', '\\x0102ff',
          '[1,5)', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'), (2, null, null, null, null, null, null, null, null, null, null,
          null, null, null);
        reset all`)
      await until(() => heard.length === 2, 'both came')
      assert.deepEqual({ ...heard[0]?.new, id: 0 }, {
        id: 0,
        small: 1,
        amount: 1234.5,
        real: 0.1,
        flag: true,
        day: '2031-05-17',
        at: '2031-05-17T12:00:00+00:00',
        local: '2031-05-17T12:00:00',
        span: '1 day 02:00:00',
        tags: ['a', 'b c'],
        doc: { a: [1, null] },
        bytes: '0102ff',
        range: '[1,5)',
        guid: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      })
      assert.deepEqual(Object.values(heard[1]?.new ?? {}), [2, ...Array(13).fill(null)])
    },
  )
  await disconnect(client)
})

test('a row that is too large comes without its long values, and says so', async () => {
  const client = connect()
  await withTable('id integer primary key, name text, body text', async ({ schema, sql }) => {
    const { heard } = await watch(client, { schema, table: 'things', filter: `body=neq.${'z'.repeat(100)}` })
    await sql.unsafe(
      `insert into ${schema}.things values (1, 'short', repeat('x', 1100000)), (2, 'short', repeat('y', 900000))`,
    )
    await until(() => heard.length === 2, 'both came')
    assert.deepEqual([heard[0]?.new, heard[0]?.errors], [{ id: 1, name: 'short' }, [
      'Error 413: Payload Too Large',
    ]])
    assert.deepEqual([(heard[1]?.new.body as string).length, heard[1]?.errors], [900000, null])
  })
  await disconnect(client)
})

test('without row level security all roles with the right to select receive changes, of deletes the whole identity', async () => {
  const client = connect()
  await withTable('id integer primary key, a text not null, b text', async ({ schema, sql }) => {
    const { heard } = await watch(client, { schema, table: 'things', filter: 'a=eq.x' })
    await sql.unsafe(`alter table ${schema}.things replica identity full`)
    await sql.unsafe(`insert into ${schema}.things values (1, 'x', 'b'), (2, 'y', 'b')`)
    await sql.unsafe(`update ${schema}.things set b = 'c'`)
    await sql.unsafe(`delete from ${schema}.things`)
    await until(() => heard.length === 3, 'all came')
    await sleep(quiet)
    assert.deepEqual(heard.map(short), [
      ['INSERT', { id: 1, a: 'x', b: 'b' }, {}],
      ['UPDATE', { id: 1, a: 'x', b: 'c' }, { id: 1, a: 'x', b: 'b' }],
      ['DELETE', {}, { id: 1, a: 'x', b: 'c' }],
    ])
  }, { policy: null })
  await disconnect(client)
})

test('a table without a key cannot say which row it is about', async () => {
  const client = connect()
  await withTable('a text', async ({ schema, sql }) => {
    const { heard } = await watch(client, { schema, table: 'things' })
    await sql.unsafe(`insert into ${schema}.things values ('x')`)
    await until(() => heard.length === 1, 'it came')
    assert.deepEqual([heard[0]?.new, heard[0]?.errors], [{}, ['Error 400: Bad Request, no primary key']])
  }, { policy: null })
  await disconnect(client)
})

test('service_role receives everything, regardless of policies', async () => {
  const client = connect({ key: Deno.env.get('SUPABASE_SECRET_KEY') ?? '' })
  await withTable('id integer primary key', async ({ schema, sql }) => {
    const { heard } = await watch(client, { schema, table: 'things' })
    await sql.unsafe(`insert into ${schema}.things values (1); delete from ${schema}.things`)
    await until(() => heard.length === 2, 'both came')
    assert.deepEqual(heard.map(short), [['INSERT', { id: 1 }, {}], ['DELETE', {}, { id: 1 }]])
  }, { policy: 'false' })
  await disconnect(client)
})

test('policies that restrict, that ask other tables, or that fail keep what they keep from a query', async () => {
  const [ann, ben] = [crypto.randomUUID(), crypto.randomUUID()]
  const one = connect({ token: await token({ sub: ann }) })
  const two = connect({ token: await token({ sub: ben }) })
  const setup = `
    create table $schema.readers (thing_id integer, user_id uuid);
    alter table $schema.readers enable row level security;
    grant select on $schema.readers to authenticated;
    create policy "Own" on $schema.readers for select to authenticated using (user_id = (select auth.uid()));
    create policy "Not hidden" on $schema.things as restrictive for select to authenticated using (not hidden);
    create policy "Fails for negative ones" on $schema.things as restrictive for select to authenticated
      using (1 / case when id < 0 then 0 else 1 end = 1);
    insert into $schema.readers values (1, '${ann}'), (2, '${ann}'), (3, '${ben}'), (-1, '${ann}');`
  await withTable(
    'id integer primary key, hidden boolean not null default false',
    async ({ schema, sql }) => {
      await sql.unsafe(`alter policy "Some read some things" on ${schema}.things
      using (exists (select from ${schema}.readers as r where r.thing_id = things.id))`)
      const first = await watch(one, { schema, table: 'things' })
      const second = await watch(two, { schema, table: 'things' })
      await sql.unsafe(`insert into ${schema}.things values (1, false), (2, true), (3, false)`)
      await sql.unsafe(`delete from ${schema}.things`)
      await until(() => first.heard.length === 2 && second.heard.length === 2, 'both heard')
      await sql.unsafe(`insert into ${schema}.things values (-1)`)
      await sleep(quiet)
      await sql.unsafe(`delete from ${schema}.things; insert into ${schema}.things values (1)`)
      await until(() => first.heard.length === 3, 'afterwards it goes on')
      assert.deepEqual(first.heard.map(short), [['INSERT', { id: 1, hidden: false }, {}], ['DELETE', {}, {
        id: 1,
      }], [
        'INSERT',
        { id: 1, hidden: false },
        {},
      ]])
      assert.deepEqual(second.heard.map(short), [['INSERT', { id: 3, hidden: false }, {}], ['DELETE', {}, {
        id: 3,
      }]])
    },
    { setup },
  )
  await disconnect(one, two)
})

test('a row with a new owner is delivered to the new owner', async () => {
  const [ann, ben] = [crypto.randomUUID(), crypto.randomUUID()]
  const one = connect({ token: await token({ sub: ann }) })
  const two = connect({ token: await token({ sub: ben }) })
  await withTable('id integer primary key, owner uuid', async ({ schema, sql }) => {
    const first = await watch(one, { schema, table: 'things' })
    const second = await watch(two, { schema, table: 'things' })
    await sql.begin(async (transaction) => {
      await transaction.unsafe(`insert into ${schema}.things values (1, '${ann}')`)
      await transaction.unsafe(`update ${schema}.things set owner = '${ben}'`)
    })
    await until(() => second.heard.length === 2, 'the new owner heard')
    await sleep(quiet)
    assert.deepEqual(first.heard, [], 'the first owner may not read the row any more')
    await sql.unsafe(`update ${schema}.things set owner = '${ann}'`)
    await until(() => first.heard.length === 1, 'the first owner has it again')
    await sleep(quiet)
    assert.equal(second.heard.length, 2)
  }, { policy: 'owner = (select auth.uid())' })
  await disconnect(one, two)
})

test('tables that are added to the publication reach subscribers of the whole schema', async () => {
  const client = connect()
  await withTable('id integer primary key', async ({ schema, sql }) => {
    const { heard } = await watch(client, { schema })
    await sql.unsafe(`
      create table ${schema}.later (id integer primary key);
      grant select on ${schema}.later to anon;
      alter publication supabase_realtime add table ${schema}.later`)
    await until(() => true, 'a moment passed')
    await sleep(quiet)
    await sql.unsafe(`insert into ${schema}.later values (1)`)
    await until(() => heard.length === 1, 'it came')
    assert.deepEqual(heard.map(({ table, new: now }) => [table, now]), [['later', { id: 1 }]])
    await sql.unsafe(`alter publication supabase_realtime drop table ${schema}.later`)
    await sql.unsafe(`insert into ${schema}.later values (2)`)
    await sleep(quiet)
    assert.equal(heard.length, 1)
  })
  await disconnect(client)
})

test('subscriptions are in realtime.subscription while they last', async () => {
  const client = connect()
  await withTable('id integer primary key', async ({ schema, sql }) => {
    const { channel } = await watch(client, { schema, table: 'things', filter: 'id=gt.5', event: 'INSERT' })
    const look = (): Promise<Record<string, unknown>[]> =>
      sql`select action_filter, filters::text, claims_role::text as role from realtime.subscription
        where entity = ${`${schema}.things`}::regclass`
    assert.deepEqual([...await look()], [{
      action_filter: 'INSERT',
      filters: '{"(id,gt,5,f)"}',
      role: 'anon',
    }])
    await client.removeChannel(channel)
    for (let wait = 0; (await look()).length > 0 && wait < 50; wait++) await sleep(20)
    assert.deepEqual([...await look()], [])
  })
  await disconnect(client)
  await asPostgres(async (sql) => {
    assert.deepEqual([...await sql`select subscription_id from realtime.subscription`], [])
  })
})
