/** Many connections at once: counts stay exact, nothing deadlocks, and no secret is lost or told. */
import { deepStrictEqual, equal, ok } from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'

type Sql = postgres.TransactionSql
type Id = { id: string }

const url = Deno.env.get('DATABASE_URL')!

/** Connections, a person with a workspace of their own, and ways to act as them; all of it is gone afterwards. */
async function withPerson(
  work: (
    person: {
      sql: postgres.Sql
      user: string
      workspace: string
      act: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>
      all: (times: number, work: (sql: Sql, i: number) => Promise<unknown>) => Promise<string[]>
    },
  ) => Promise<void>,
): Promise<void> {
  const sql = postgres(url, { max: 20, fetch_types: false, onnotice: () => {} })
  const user = crypto.randomUUID()
  const claims = JSON.stringify({ sub: user, role: 'authenticated', aud: 'authenticated' })
  const act = <T>(work: (sql: Sql) => Promise<T>): Promise<T> =>
    sql.begin(async (transaction) => {
      await transaction`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`
      return await work(transaction)
    }) as Promise<T>
  /** Runs it so many times at once and says with which codes it failed. */
  const all = async (times: number, work: (sql: Sql, i: number) => Promise<unknown>): Promise<string[]> => {
    const settled = await Promise.allSettled(
      Array.from({ length: times }, (_, i) => act((sql) => work(sql, i))),
    )
    return settled.flatMap((one) => one.status === 'rejected' ? [(one.reason as { code: string }).code] : [])
  }
  try {
    await sql`insert into auth.users (id, email, aud, role)
      values (${user}, ${user + '@example.test'}, 'authenticated', 'authenticated')`
    const [{ id: workspace }] = await sql<[Id]>`select id from public.workspaces where personal_of = ${user}`
    await work({ sql, user, workspace, act, all })
  } finally {
    await sql`delete from auth.users where id = ${user}`
    await sql.end()
  }
}

/** Conversations whose counts are not what their messages say. */
const wrong = async (sql: postgres.Sql, user: string): Promise<string[]> =>
  [
    ...await sql<Id[]>`
    select c.id from dashboard.conversations as c
    left join dashboard.messages as m on m.conversation_id = c.id
    where c.user_id = ${user}
    group by c.id
    having c.message_count <> count(m.id) or c.last_message_at <> coalesce(max(m.created_at), c.created_at)
      or c.last_model_id is distinct from
        (array_agg(m.model_id order by m.created_at desc, m.id desc) filter (where m.model_id is not null))[1]`,
  ].map((row) => row.id)

Deno.test('two hundred messages of twenty connections are counted, each once', () =>
  withPerson(async ({ sql, user, act, all }) => {
    const [conversation] = await act((sql) =>
      sql<Id[]>`insert into dashboard.conversations default values returning id`
    )
    const id = conversation!.id
    deepStrictEqual(
      await all(200, (sql, i) =>
        sql`
      insert into dashboard.messages (conversation_id, content) values (${id}, ${'message ' + i})`),
      [],
      'every insert succeeds',
    )
    const [{ counted }] = await sql<[{ counted: number }]>`
      select message_count as counted from dashboard.conversations where id = ${id}`
    equal(counted, 200)
    deepStrictEqual(await wrong(sql, user), [], 'and the newest is the newest')
  }))

Deno.test('statements about many conversations at once wait for each other and never deadlock', () =>
  withPerson(async ({ sql, user, act, all }) => {
    const conversations = (await act((sql) =>
      sql<
        Id[]
      >`insert into dashboard.conversations (title) select n from generate_series(1, 8) as n returning id`
    )).map((row) => row.id)
    const forwards = JSON.stringify(conversations)
    const backwards = JSON.stringify(conversations.toReversed())
    const codes = await all(200, (sql, i) => {
      switch (i % 5) {
        case 0:
          return sql`delete from dashboard.messages
            where id in (select id from dashboard.messages order by random() limit 5)`
        case 1:
          return sql`update dashboard.conversations set title = ${
            'renamed ' + i
          } where id = ${conversations[i % 8]!}`
        default:
          return sql`insert into dashboard.messages (conversation_id, content)
            select c::bigint, 'x' from jsonb_array_elements_text(${i % 2 ? forwards : backwards}::text::jsonb)
              with ordinality as o (c, place) order by place`
      }
    })
    deepStrictEqual(codes, [], 'no statement fails for the company it is in')
    deepStrictEqual(await wrong(sql, user), [], 'every conversation counts what it holds')

    // several answers learn their model at the same moment
    await sql`insert into dashboard.messages (user_id, conversation_id, role, status)
      select ${user}, c::bigint, 'assistant', 'streaming'
      from jsonb_array_elements_text(${forwards}::text::jsonb) as c, generate_series(1, 3)`
    const streaming = await sql<Id[]>`
      select id from dashboard.messages where user_id = ${user} and status = 'streaming' order by id`
    await Promise.all(streaming.map(({ id }, n) =>
      sql`
      update dashboard.messages set status = 'complete', model_id = ${
        'model-' + n
      }, created_at = clock_timestamp()
      where id = ${id}`
    ))
    deepStrictEqual(await wrong(sql, user), [], 'the newest of them names the model')
  }))

Deno.test('conversations can be deleted while they are talked in', () =>
  withPerson(async ({ sql, user, act, all }) => {
    const conversations = (await act((sql) =>
      sql<
        Id[]
      >`insert into dashboard.conversations (title) select n from generate_series(1, 40) as n returning id`
    )).map((row) => row.id)
    await sql`insert into dashboard.messages (user_id, conversation_id, role, status)
      select ${user}, c.id, 'assistant', 'streaming' from dashboard.conversations as c, generate_series(1, 5)
      where c.user_id = ${user}`
    const of = (i: number): string => conversations[i % 40]!
    const [people, service] = await Promise.all([
      all(240, (sql, i) => {
        switch (i % 6) {
          case 0:
            return i % 12 ? sql`select` : sql`delete from dashboard.conversations where id = ${of(i)}`
          case 1:
          case 2:
            return sql`delete from dashboard.messages where id in (
              select id from dashboard.messages where conversation_id = ${of(i - i % 6)} limit 2)`
          default:
            return sql`insert into dashboard.messages (conversation_id, content) values (${
              of(i - i % 6)
            }, 'x')`
        }
      }),
      Promise.allSettled(
        conversations.map((id) =>
          sql`update dashboard.messages set status = 'complete', content = 'the end'
          where conversation_id = ${id} and status = 'streaming'`
        ),
      ),
    ])
    deepStrictEqual(
      [...new Set(people)],
      ['23503'],
      'only a message for a conversation that is gone is refused',
    )
    ok(
      service.every((one) => one.status === 'fulfilled'),
      'and every answer ends',
    )
    deepStrictEqual(await wrong(sql, user), [], 'what is left counts what it holds')
  }))

Deno.test('a conversation that is deleted while its messages are does not deadlock', () =>
  withPerson(async ({ user, sql, act }) => {
    const [conversation] = await act((sql) =>
      sql<Id[]>`insert into dashboard.conversations default values returning id`
    )
    const id = conversation!.id
    await act((sql) =>
      sql`insert into dashboard.messages (conversation_id, content) values (${id}, 'a'), (${id}, 'b')`
    )
    // the first message is gone while the statement waits before the second
    const messages = act((sql) =>
      sql`delete from dashboard.messages
        where conversation_id = ${id} and (content = 'a' or pg_sleep(0.5) is not null)`
    )
    await pause(200)
    const codes = (await Promise.allSettled([
      messages,
      act((sql) => sql`delete from dashboard.conversations where id = ${id}`),
    ])).flatMap((one) => one.status === 'rejected' ? [(one.reason as { code: string }).code] : [])
    deepStrictEqual(codes, [])
    deepStrictEqual([...await sql`select id from dashboard.conversations where user_id = ${user}`], [])
  }))

Deno.test('tasks that are completed at once are counted for their pattern, each once', () =>
  withPerson(async ({ sql, workspace, act, all }) => {
    const patterns = [['a'], ['b', 'c'], ['c', 'b', 'd']]
    await act((sql) =>
      sql`insert into dashboard.ai_tasks (description, category, reusability, tools_used)
        select 'task', 'research', 'high', p from jsonb_array_elements(${
        JSON.stringify(patterns)
      }::text::jsonb) as p, generate_series(1, 40)`
    )
    const codes = await all(60, (sql) =>
      sql`update dashboard.ai_tasks set status = 'completed' where id in (
        select id from dashboard.ai_tasks where status <> 'completed' order by random() limit 4 for update skip locked)`)
    deepStrictEqual(codes, [], 'no completion fails')
    await act((sql) => sql`update dashboard.ai_tasks set status = 'completed'`)
    const found = await sql<{ frequency: number; listed: number }[]>`
      select frequency, jsonb_array_length(related_task_ids) as listed from dashboard.automation_candidates
      where workspace_id = ${workspace}`
    deepStrictEqual(
      found.map((row) => [row.frequency, row.listed]),
      patterns.map(() => [40, 40]),
    )
  }))

Deno.test('a tool server that many connect at once is one, with the secrets of one of them', () =>
  withPerson(async ({ sql, workspace, all }) => {
    const codes = await all(
      40,
      (sql, i) =>
        sql`insert into dashboard.mcp_connections (name, server_type, url, config)
        values ('shared', 'http', 'https://mcp.example.com', ${
          JSON.stringify({ turn: i, headers: { Authorization: `Bearer S3CR3T-${i}` } })
        }::text::jsonb)
        on conflict (workspace_id, name) do update set url = excluded.url, config = excluded.config`,
    )
    deepStrictEqual(codes, [])
    const [kept] = await sql<[{ shown: string; complete: string; turn: string }]>`
      select c::text as shown, private.mcp_config(c.id)::text as complete, c.config ->> 'turn' as turn
      from dashboard.mcp_connections as c where c.workspace_id = ${workspace}`
    ok(!kept.shown.includes('S3CR3T'), 'the row holds no secret')
    deepStrictEqual(JSON.parse(kept.complete), {
      url: 'https://mcp.example.com',
      turn: Number(kept.turn),
      headers: { Authorization: `Bearer S3CR3T-${kept.turn}` },
    }, 'and its secret is the one that came with it')
    const refused = await all(20, (sql, i) =>
      sql`
      insert into dashboard.mcp_connections (name, server_type, secrets)
      values ('once', 'sdk', ${JSON.stringify({ token: `S3CR3T-${i}` })}::text::jsonb)`)
    deepStrictEqual(refused, Array.from({ length: 19 }, () => '23505'), 'of plain inserts one succeeds')
    const [{ rows }] = await sql<[{ rows: number }]>`
      select count(*)::integer as rows from private.mcp_secrets as s
      join dashboard.mcp_connections as c on c.id = s.connection_id where c.workspace_id = ${workspace}`
    equal(rows, 2, 'and the others leave nothing')
  }))

const [{ wal }] = await (async () => {
  const sql = postgres(url, { max: 1 })
  try {
    return await sql<[{ wal: string }]>`select setting as wal from pg_settings where name = 'wal_level'`
  } finally {
    await sql.end()
  }
})()

Deno.test({
  name: 'were tool servers published to realtime, it would receive no secret',
  // Only where the server keeps what subscribers are told: the embedded database does not.
  ignore: wal !== 'logical',
  fn: () =>
    withPerson(async ({ sql, workspace }) => {
      const slot = `plinth_${crypto.randomUUID().slice(0, 8)}`
      await sql`create publication ${sql(slot)} for table dashboard.mcp_connections`
      await sql`select pg_create_logical_replication_slot(${slot}, 'pgoutput')`
      try {
        await sql`insert into dashboard.mcp_connections (workspace_id, name, server_type, url, config, secrets) values
          (${workspace}, 'published-name', 'http', 'https://u:S3CR3T-url@mcp.example.com', '{"headers": {"a": "S3CR3T-header"}}', '{"b": "S3CR3T-b"}')`
        await sql`update dashboard.mcp_connections set secrets = '{"c": "S3CR3T-c"}' where workspace_id = ${workspace}`
        await sql`insert into dashboard.mcp_connections (workspace_id, name, server_type, config) values
          (${workspace}, 'published-name', 'sdk', '{"token": "S3CR3T-upsert"}')
          on conflict (workspace_id, name) do update set config = excluded.config, url = 'https://mcp.example.com'`
        await sql`delete from dashboard.mcp_connections where workspace_id = ${workspace}`
        const changes = await sql<{ data: Uint8Array }[]>`
          select data from pg_logical_slot_get_binary_changes(${slot}, null, null, 'proto_version', '1', 'publication_names', ${slot})`
        const told = changes.map(({ data }) => new TextDecoder().decode(data)).join('\n')
        ok(told.includes('published-name') && told.includes('$secret'), 'it is told what changed')
        ok(!told.includes('S3CR3T'), 'and no secret')
      } finally {
        await sql`select pg_drop_replication_slot(${slot})`
        await sql`drop publication ${sql(slot)}`
      }
    }),
})
