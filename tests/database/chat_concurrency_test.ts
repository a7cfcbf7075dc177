/** Concurrent turns of a conversation: they do not interleave or deadlock, and no answer is lost. */
import { deepStrictEqual, equal, match, ok } from 'node:assert/strict'
import postgres from 'postgres'

type Sql = postgres.TransactionSql | postgres.Sql
type Turn = { turn_id: string; conversation_id: number; user_message_id: number; message_id: number }
type Refusal = { code: string; message: string; detail: string }
type Outcome<T> = { done: T } | { refused: Refusal }

const url = Deno.env.get('DATABASE_URL')!

type Chat = {
  sql: postgres.Sql
  user: string
  /** Runs as the user, in a transaction of its own. */
  act: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>
  begin: (turn: object) => Promise<Turn>
  finish: (turn: Turn, content: string) => Promise<string>
  save: (turns: { turn_id: string; content: string }[]) => Promise<string[]>
}

/** Connections and a user without limits; both are removed afterwards. */
async function withPerson(work: (chat: Chat) => Promise<void>): Promise<void> {
  const sql = postgres(url, { max: 20, fetch_types: false, onnotice: () => {} })
  const user = crypto.randomUUID()
  const claims = JSON.stringify({ sub: user, role: 'authenticated', aud: 'authenticated' })
  const act = <T>(work: (sql: Sql) => Promise<T>): Promise<T> =>
    sql.begin(async (transaction) => {
      await transaction`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`
      return await work(transaction)
    }) as Promise<T>
  const [limit] = await sql`select burst, per_minute from studio.rate_limit_rules where endpoint = 'chat'`
  await sql`update studio.rate_limit_rules set burst = 1000000 where endpoint = 'chat'`
  try {
    await sql`insert into auth.users (id, email, aud, role)
      values (${user}, ${user + '@example.test'}, 'authenticated', 'authenticated')`
    await work({
      sql,
      user,
      act,
      begin: (turn) =>
        act(async (sql) => {
          const asked = { providers: ['builtin'], max_passages: 0, max_memories: 0, ...turn }
          const [row] = await sql<{ turn: Turn }[]>`
            select dashboard.chat_begin_turn(${JSON.stringify(asked)}::text::jsonb) as turn`
          return row!.turn
        }),
      finish: async (turn, content) => {
        const result = {
          status: 'complete',
          content,
          usage: { input_tokens: 10, output_tokens: 1 },
        }
        const [row] = await sql<{ status: string }[]>`
          select dashboard.chat_finish_turn(${turn.turn_id}, ${
          JSON.stringify(result)
        }::text::jsonb) ->> 'status' as status`
        return row!.status
      },
      save: async (turns) =>
        (await sql<{ state: string }[]>`
          select state from dashboard.chat_checkpoint(${JSON.stringify(turns)}::text::jsonb)`).map((row) =>
          row.state
        ),
    })
  } finally {
    await sql`update studio.rate_limit_rules set burst = ${limit!['burst']} where endpoint = 'chat'`
    await sql`delete from auth.users where id = ${user}`
    await sql.end()
  }
}

/** Runs all at once and returns each outcome. */
const together = <T>(times: number, work: (i: number) => Promise<T>): Promise<Outcome<T>[]> =>
  Promise.all(
    Array.from({ length: times }, (_, i) =>
      work(i).then((done) => ({ done }), (refused: Refusal) => ({ refused }))),
  )
const done = <T>(outcomes: Outcome<T>[]): T[] => outcomes.flatMap((one) => 'done' in one ? [one.done] : [])
const refused = (outcomes: Outcome<unknown>[]): Refusal[] =>
  outcomes.flatMap((one) => 'refused' in one ? [one.refused] : [])

/** Messages of the user that are not in pairs of a question and its answer. */
const interleaved = async ({ sql, user }: Chat): Promise<unknown[]> => [
  ...await sql`
    select * from (
      select m.id, m.role, m.parent_id, m.content,
        lag(m.id) over around as before, lag(m.role) over around as role_before, lag(m.content) over around as content_before
      from dashboard.messages as m where m.user_id = ${user}
      window around as (partition by m.conversation_id order by m.created_at, m.id)
    ) as o
    where o.role = 'assistant' and (o.role_before is distinct from 'user' or o.parent_id is distinct from o.before
        or o.content <> 'answer to ' || o.content_before)
      or o.role = 'user' and o.role_before = 'user'`,
]

Deno.test('of twenty concurrent turns in a new conversation, one runs', () =>
  withPerson(async (chat) => {
    const outcomes = await together(
      20,
      (i) => chat.begin({ session_id: 'sitting', message: { content: `question ${i}` } }),
    )
    equal(done(outcomes).length, 1)
    for (const refusal of refused(outcomes)) {
      equal(refusal.code, 'PT409')
      equal(JSON.parse(refusal.detail).message_id, done(outcomes)[0]!.message_id)
    }
    const [counted] = await chat.sql`
      select count(distinct conversation_id)::integer as conversations, count(*)::integer as messages
      from dashboard.messages where user_id = ${chat.user}`
    deepStrictEqual({ ...counted }, { conversations: 1, messages: 2 })
  }))

Deno.test('a message that is sent twenty times concurrently is stored once', () =>
  withPerson(async (chat) => {
    const outcomes = await together(
      20,
      () => chat.begin({ session_id: 'sitting', message: { client_id: 'c1', content: 'question' } }),
    )
    const [turn] = done(outcomes)
    equal(done(outcomes).length, 1)
    for (const refusal of refused(outcomes)) {
      match(refusal.message, /was already sent/)
      deepStrictEqual(JSON.parse(refusal.detail), {
        reason: 'duplicate',
        conversation_id: turn!.conversation_id,
        user_message_id: turn!.user_message_id,
        message_id: turn!.message_id,
      })
    }
  }))

Deno.test('turns of many processes in the same conversations do not interleave', () =>
  withPerson(async (chat) => {
    const outcomes = await together(60, async (i) => {
      const content = `question ${i}`
      let turn: Turn | undefined
      while (!turn) {
        turn = await chat.begin({ session_id: `sitting ${i % 3}`, message: { content } }).catch(
          (refusal: Refusal) => {
            equal(refusal.code, 'PT409', refusal.message)
            return undefined
          },
        )
      }
      deepStrictEqual(await chat.save([{ turn_id: turn.turn_id, content: 'answer' }]), ['running'])
      return await chat.finish(turn, `answer to ${content}`)
    })
    deepStrictEqual(refused(outcomes), [])
    deepStrictEqual(await interleaved(chat), [])
    const [counted] = await chat.sql`
      select sum(message_count)::integer as messages from dashboard.conversations where user_id = ${chat.user}`
    equal(counted!['messages'], 120)
    const [usage] = await chat.sql`
      select count(*)::integer as requests, sum(output_tokens)::integer as tokens from studio.api_usage where user_id = ${chat.user}`
    deepStrictEqual({ ...usage }, { requests: 60, tokens: 60 }, 'each is counted once')
  }))

Deno.test('concurrent checkpoints, cancellations, ends and scheduler runs on the same turns do not fail', () =>
  withPerson(async (chat) => {
    const turns = await Promise.all(
      Array.from(
        { length: 30 },
        (_, i) => chat.begin({ session_id: `sitting ${i}`, message: { content: `question ${i}` } }),
      ),
    )
    const partly = turns.map(({ turn_id }, i) => ({ turn_id, content: `half an answer ${i}` }))
    const outcomes = await together(150, async (i): Promise<unknown> => {
      const turn = turns[i % 30]!
      switch (Math.floor(i / 30)) {
        case 0:
          return await chat.save(i % 2 ? partly : partly.toReversed())
        case 1:
          return await chat.act((sql) => sql`select dashboard.chat_cancel_turn(${turn.conversation_id})`)
        case 2:
          return await chat.sql`select private.end_abandoned_turns()`
        default:
          return await chat.finish(turn, `answer to question ${i % 30}`)
      }
    })
    deepStrictEqual(refused(outcomes), [])
    deepStrictEqual(await interleaved(chat), [], 'every answer has the text of its end')
    const [usage] = await chat.sql`
      select count(*)::integer as requests from studio.api_usage where user_id = ${chat.user}`
    equal(usage!['requests'], 30, 'ending a turn twice records usage once')
  }))

Deno.test('an answer that arrives while the scheduler ends its turn is stored', () =>
  withPerson(async (chat) => {
    const turns = await Promise.all(
      Array.from(
        { length: 40 },
        (_, i) => chat.begin({ session_id: `sitting ${i}`, message: { content: `question ${i}` } }),
      ),
    )
    await chat.sql`update private.chat_turns set lease_until = clock_timestamp() - interval '1 second'
      where user_id = ${chat.user}`
    const outcomes = await together(
      60,
      async (i): Promise<unknown> =>
        i % 3 === 2 ? await chat.sql`select private.end_abandoned_turns()` : await chat.finish(
          turns[Math.floor(i / 3) * 2 + i % 3]!,
          `answer to question ${Math.floor(i / 3) * 2 + i % 3}`,
        ),
    )
    deepStrictEqual(refused(outcomes), [])
    deepStrictEqual(await interleaved(chat), [])
    const [left] = await chat.sql`
      select count(*)::integer as turns from private.chat_turns where user_id = ${chat.user} and ended_at is null`
    equal(left!['turns'], 0)
  }))

Deno.test('an abandoned turn is ended once', () =>
  withPerson(async (chat) => {
    await chat.begin({ session_id: 'sitting', message: { content: 'lost' } })
    await chat.sql`update private.chat_turns set lease_until = clock_timestamp() - interval '1 second'
      where user_id = ${chat.user}`
    const outcomes = await together(
      20,
      async (i): Promise<unknown> =>
        i % 2
          ? await chat.sql`select private.end_abandoned_turns()`
          : await chat.begin({ session_id: 'sitting', message: { content: `question ${i}` } }),
    )
    deepStrictEqual([...new Set(refused(outcomes).map(({ code }) => code))], ['PT409'])
    equal(refused(outcomes).length, 9, 'of ten who ask one is answered')
    const answers = await chat.sql`
      select status, error ->> 'code' as code from dashboard.messages
      where user_id = ${chat.user} and role = 'assistant' order by created_at`
    deepStrictEqual(answers.map((answer) => ({ ...answer })), [
      { status: 'failed', code: 'interrupted' },
      { status: 'streaming', code: null },
    ])
  }))

Deno.test('conversations and messages can be deleted during turns', () =>
  withPerson(async (chat) => {
    const turns = await Promise.all(
      Array.from(
        { length: 24 },
        (_, i) => chat.begin({ session_id: `sitting ${i}`, message: { content: `question ${i}` } }),
      ),
    )
    const partly = turns.map(({ turn_id }, i) => ({ turn_id, content: `half an answer ${i}` }))
    const outcomes = await together(144, async (i): Promise<unknown> => {
      const turn = turns[i % 24]!
      switch (Math.floor(i / 24)) {
        case 0:
          return await chat.act((sql) =>
            i % 3
              ? sql`delete from dashboard.messages where id in (${turn.message_id}, ${turn.user_message_id})`
              : sql`delete from dashboard.conversations where id = ${turn.conversation_id}`
          )
        case 1:
          return await chat.save(i % 2 ? partly : partly.toReversed())
        case 2:
          return await chat.begin({ conversation_id: turn.conversation_id, message: { content: 'more' } })
        case 3:
          return await chat
            .sql`select dashboard.chat_store_summary(${turn.conversation_id}, 'summary', ${turn.message_id})`
        case 4:
          return await chat.sql`select private.end_abandoned_turns()`
        default:
          return await chat.finish(turn, 'answer')
      }
    })
    for (const { code, message } of refused(outcomes)) {
      ok(['PT404', 'PT409'].includes(code), `${code} ${message}`)
    }
    deepStrictEqual(
      [
        ...await chat.sql`
      select m.id from dashboard.messages as m
      where m.user_id = ${chat.user} and m.id = any (${`{${
          turns.map((turn) => turn.message_id)
        }}`}::text::bigint[])`,
      ],
      [],
      'no end brings an answer back',
    )
    const [usage] = await chat.sql`
      select count(*)::integer as requests from studio.api_usage where user_id = ${chat.user}`
    equal(usage!['requests'], 24, 'and each of them counts')
  }))

Deno.test('concurrent turns of a user that recall the same memories do not deadlock', () =>
  withPerson(async (chat) => {
    await chat.sql`insert into public.cipher_memory (user_id, content)
      select ${chat.user}, to_jsonb('drying fact ' || n) from generate_series(1, 40) as n`
    const outcomes = await together(40, (i) =>
      chat.begin({
        session_id: `sitting ${i}`,
        message: { content: i % 2 ? 'drying fact 1 2 3' : 'drying fact 40 39 38' },
        max_memories: 40,
      }))
    deepStrictEqual(refused(outcomes), [])
  }))
