/** Many connections at once over notes, the inbox and reminders: nothing is made twice, nothing lost, and nobody deadlocks. */
import { deepStrictEqual, ok } from 'node:assert/strict'
import postgres from 'postgres'

type Sql = postgres.TransactionSql
type Id = { id: string }

type Act = <T>(request: (sql: Sql) => Promise<T>) => Promise<T>

/** A user who lasts as long as the work, with twenty connections. `act` is one request of theirs, `sql` the owner of all. */
async function withUser(work: (user: string, act: Act, sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(Deno.env.get('DATABASE_URL')!, { max: 20, fetch_types: false })
  const user = crypto.randomUUID()
  const claims = JSON.stringify({ sub: user, role: 'authenticated', aud: 'authenticated' })
  const act: Act = (request) =>
    sql.begin(async (transaction) => {
      await transaction`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`
      return await request(transaction)
    }) as ReturnType<typeof request>
  try {
    await sql`insert into auth.users (id, email, aud, role)
      values (${user}, ${user + '@example.test'}, 'authenticated', 'authenticated')`
    await work(user, act, sql)
  } finally {
    await sql`delete from auth.users where id = ${user}`
    await sql.end()
  }
}

/** The codes of all that failed. */
async function failures(requests: Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(requests)
  return settled.flatMap((one) => one.status === 'rejected' ? [(one.reason as { code: string }).code] : [])
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))

Deno.test('twenty conversions of one item at once make one task', () =>
  withUser(async (user, act, sql) => {
    for (const target of ['task', 'note']) {
      const [item] = await act((sql) =>
        sql<Id[]>`select id from dashboard.capture(${'Call Kim as a ' + target})`
      )
      const convert = (): Promise<unknown> =>
        act((sql) => sql`select dashboard.convert_inbox_item(${item!.id}, ${target})`)
      deepStrictEqual(await failures(times(20, convert)), Array(19).fill('PT409'), 'one succeeds')
      const undo = (): Promise<unknown> =>
        act((sql) => sql`select dashboard.undo_inbox_conversion(${item!.id})`)
      deepStrictEqual(await failures(times(20, undo)), Array(19).fill('PT409'), 'one undoes it')
      const codes = await failures(times(40, (i) => i % 2 ? convert() : undo()))
      deepStrictEqual(codes.filter((code) => code !== 'PT409'), [], 'back and forth, nobody deadlocks')
    }
    const [count] = await sql<{ made: number; linked: number }[]>`select
      (select count(*)::integer from dashboard.tasks where user_id = ${user} and title like 'Call Kim%')
        + (select count(*)::integer from dashboard.notes where user_id = ${user}) as made,
      (select count(converted_to_id)::integer from dashboard.inbox_items where user_id = ${user}) as linked`
    deepStrictEqual(count!.made, count!.linked, 'every task and note belongs to its item')
  }))

Deno.test('undoing a conversion while the task is edited or deleted loses no edit and does not deadlock', () =>
  withUser(async (user, act, sql) => {
    for (let round = 0; round < 20; round++) {
      for (const [target, table] of [['task', 'tasks'], ['note', 'notes']] as const) {
        const [item] = await act((sql) =>
          sql<{ id: string; made: string }[]>`
            select i.id, c.converted_to_id as made from dashboard.capture('x') as i,
              lateral dashboard.convert_inbox_item(i.id, ${target}) as c`
        )
        const undo = (): Promise<number> =>
          act((sql) => sql`select dashboard.undo_inbox_conversion(${item!.id})`).then((rows) => rows.length)
        const write = (statement: string): Promise<number> =>
          act((sql) => sql.unsafe(statement, [item!.made])).then((rows) => rows.length)
        const requests = [
          undo(),
          write(`update dashboard.${table} set title = 'y' where id = $1 returning id`),
          undo(),
          round % 2 ? write(`delete from dashboard.${table} where id = $1 returning id`) : undo(),
        ]
        const codes = await failures(requests)
        deepStrictEqual(codes.filter((code) => code !== 'PT409'), [])
        const [first, edited, second] = (await Promise.allSettled(requests))
          .map((one) => one.status === 'fulfilled' && one.value > 0)
        ok(!edited || round % 2 || !(first || second), 'what was edited is not removed')
      }
    }
    const [left] = await sql<{ count: number }[]>`
      select count(*)::integer from dashboard.inbox_items where user_id = ${user} and processed and converted_to_id is null
        and converted_to_type is null`
    deepStrictEqual(left!.count, 0, 'no item is left between the two')
  }))

Deno.test('a capture that is sent twenty times at once is stored once', () =>
  withUser(async (user, act, sql) => {
    const answers = await Promise.all(
      times(20, () => act((sql) => sql<Id[]>`select id from dashboard.capture('x', capture_key => 'k')`)),
    )
    deepStrictEqual(new Set(answers.map(([item]) => item!.id)).size, 1, 'all are told the same item')
    const [stored] = await sql<{ count: number }[]>`
      select count(*)::integer from dashboard.inbox_items where user_id = ${user}`
    deepStrictEqual(stored!.count, 1)
  }))

Deno.test('parallel runs of the reminders and digests tell each user once', () =>
  withUser(async (user, act, sql) => {
    await act((sql) =>
      sql`insert into dashboard.tasks (title, reminder_at, due_date)
        select 'task ' || g, now() - interval '1 minute', current_date - 2 from generate_series(1, 50) as g`
    )
    await sql`update public.profiles set created_at = now() - interval '3 days' where id = ${user}`
    const [{ at }] = await sql<[{ at: string }]>`select (current_date + time '12:00')::text as at`
    deepStrictEqual(
      await failures([
        ...times(10, () => sql`select private.send_reminders(batch => 20)`),
        ...times(10, () => sql`select private.send_daily_digests(${at})`),
      ]),
      [],
    )
    // Those that found every reminder taken left nothing behind; a last run takes what lay beyond their batches.
    await sql`select private.send_reminders()`
    const told = await sql<{ type: string; sources: number; count: number }[]>`
      select type, count(distinct source_id)::integer as sources, count(*)::integer
      from dashboard.notifications where user_id = ${user} group by type order by type`
    deepStrictEqual([...told], [
      { type: 'reminder', sources: 50, count: 50 },
      { type: 'task_due', sources: 0, count: 1 },
    ])
  }))

Deno.test('notes that link to each other are renamed, edited and deleted at once', () =>
  withUser(async (user, act, sql) => {
    const size = 12
    const text = (i: number): string =>
      times(size, (j) => `[[Page ${j}]]`).filter((_, j) => j !== i).join(' ')
    const notes = await act((sql) =>
      sql<Id[]>`insert into dashboard.notes ${
        sql(times(size, (i) => ({ title: `Page ${i}`, content: text(i) })))
      }
        returning id`
    )
    const note = (i: number): string => notes[i % size]!.id
    // Half of them rename, so that each rewrites all the others; the rest write, flag, add and delete, one row or many.
    const codes = await failures(times(160, (i) =>
      act((sql) => {
        switch (i % 8) {
          case 0:
          case 2:
          case 4:
            return sql`update dashboard.notes set title = ${`Page ${i % size} v${i}`} where id = ${note(i)}`
          case 1:
            return sql`update dashboard.notes set content = content || ' more' where id = ${note(i * 7)}`
          case 3:
            return sql`update dashboard.notes set is_pinned = not is_pinned where id >= ${note(i)}`
          case 5:
            return sql`update dashboard.notes set archived = false
              where id in ${sql([note(i), note(i + 5), note(i + 3)])}`
          case 6:
            return sql`insert into dashboard.notes (title, content) values ('extra', ${text(-1)})`
          default:
            return sql`delete from dashboard.notes where title = 'extra'`
        }
      })))
    deepStrictEqual(codes, [], 'every request succeeds')

    await act((sql) => sql`delete from dashboard.notes where title = 'extra'`)
    const [found] = await act((sql) =>
      sql<{ links: number; resolved: number; written: number }[]>`
        select count(*)::integer as links, count(dashboard.target_note_id(l))::integer as resolved,
          (select sum(regexp_count(content, '\\[\\['))::integer from dashboard.notes) as written
        from dashboard.note_links as l`
    )
    const all = size * (size - 1)
    deepStrictEqual(
      found,
      { links: all, resolved: all, written: all },
      'and every link still leads to its page',
    )
    const [words] = await sql<{ stale: number }[]>`
      select count(*)::integer as stale from dashboard.notes as n join private.note_search as s on s.note_id = n.id
      where n.user_id = ${user} and not s.words @@ plainto_tsquery('simple', n.title)`
    ok(words!.stale === 0, 'and search knows every title')
  }))

Deno.test('a project is deleted while its notes are renamed and added', () =>
  withUser(async (_user, act) => {
    for (let round = 0; round < 15; round++) {
      const [project] = await act((sql) =>
        sql<Id[]>`insert into dashboard.projects (name) values ('P') returning id`
      )
      await act((sql) =>
        sql`insert into dashboard.notes (title, content, project_id)
          select ${'Round ' + round} || ' ' || g, '[[' || ${'Round ' + round} || ' ' || 1 + g % 5 || ']]', ${
          project!.id
        }
          from generate_series(1, 5) as g`
      )
      const codes = await failures([
        ...times(5, (i) =>
          act((sql) =>
            sql`update dashboard.notes set title = title || ' again' where title = ${`Round ${round} ${
              i + 1
            }`}`
          )),
        act((sql) =>
          sql`delete from dashboard.projects where id = ${project!.id}`
        ),
        ...times(3, () =>
          act((sql) =>
            sql`insert into dashboard.notes (title, project_id) values ('late', ${project!.id})`
          )),
      ])
      deepStrictEqual(
        codes.filter((code) =>
          code !== '23503'
        ),
        [],
        'only a note that comes too late is refused',
      )
    }
  }))
