/** Many connections of one person at once: places stay distinct, the tree stays a tree, and nobody deadlocks. */
import { deepStrictEqual, ok } from 'node:assert/strict'
import postgres from 'postgres'

type Sql = postgres.TransactionSql
type Id = { id: string }

/** What a person may run into while others change the same rows; anything else, a deadlock above all, is a fault. */
const EXPECTED = new Set(['PT404', 'PT409', '23503', '23514'])

Deno.test('parallel inserts, moves and completions of one person', async () => {
  const sql = postgres(Deno.env.get('DATABASE_URL')!, { max: 10, fetch_types: false })
  const user = crypto.randomUUID()
  const claims = JSON.stringify({ sub: user, role: 'authenticated', aud: 'authenticated' })
  const act = <T>(work: (sql: Sql) => Promise<T>): Promise<T> =>
    sql.begin(async (transaction) => {
      await transaction`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`
      return await work(transaction)
    }) as Promise<T>
  const all = async (times: number, work: (sql: Sql, i: number) => Promise<unknown>): Promise<string[]> => {
    const settled = await Promise.allSettled(
      Array.from({ length: times }, (_, i) => act((sql) => work(sql, i))),
    )
    return settled.flatMap((one) => one.status === 'rejected' ? [(one.reason as { code: string }).code] : [])
  }

  try {
    await sql`insert into auth.users (id, email, aud, role)
      values (${user}, ${user + '@example.test'}, 'authenticated', 'authenticated')`
    const lists = await act((sql) =>
      sql<Id[]>`insert into dashboard.task_lists (name) values ('A'), ('B') returning id`
    )
    const list = (i: number): string => lists[i % lists.length]!.id

    const refused = await all(
      100,
      (sql, i) =>
        sql`insert into dashboard.tasks (title, list_id, due_date, recurrence_rule)
        values (${'task ' + i}, ${list(i)}, '2026-03-01', ${i % 10 === 0 ? 'daily' : null})`,
    )
    deepStrictEqual(refused, [], 'every insert succeeds')
    const [places] = await sql<{ stored: number; distinct: number }[]>`
      select count(*)::integer as stored, count(distinct (list_id, sort_order))::integer as distinct
      from dashboard.tasks where user_id = ${user}`
    deepStrictEqual(places, { stored: 100, distinct: 100 }, 'and gets a place of its own')

    const tasks = await sql<Id[]>`select id from dashboard.tasks where user_id = ${user} order by id`
    const task = (i: number): string => tasks[(i * 37) % tasks.length]!.id
    const codes = await all(300, (sql, i) => {
      switch (i % 5) {
        case 0:
          return sql`select dashboard.move_task(${task(i)}, before_id => ${task(i + 1)})`
        case 1:
          return sql`select dashboard.move_task(${task(i)}, list_id => ${list(i)})`
        case 2:
          return sql`update dashboard.tasks set status = ${
            i % 2 ? 'open' : 'completed'
          } where recurrence_rule is not null and id = ${tasks[i % 10 * 10]!.id}`
        case 3:
          return sql`update dashboard.tasks set list_id = ${list(i)} where id = ${task(i)}`
        default:
          return sql`update dashboard.tasks set parent_id = ${task(i + 2)} where id = ${task(i)}`
      }
    })
    deepStrictEqual(
      codes.filter((code) => !EXPECTED.has(code)),
      [],
      'no write fails for the company it is in',
    )
    ok(codes.length < 150, 'and most succeed')

    const [faults] = await sql<{ twice: number; depth: number }[]>`
      with recursive mine as (
        select * from dashboard.tasks where user_id = ${user}
      ), chain (id, parent_id, level) as (
        select id, parent_id, 1 from mine
        union all
        select c.id, t.parent_id, c.level + 1 from chain as c join mine as t on t.id = c.parent_id where c.level < 20
      )
      select
        (select count(*)::integer from (
          select from mine group by parent_id, case when parent_id is null then list_id end, sort_order having count(*) > 1
        ) as same) as twice,
        (select max(level) from chain) as depth`
    deepStrictEqual(faults!.twice, 0, 'no two siblings share a place')
    ok(faults!.depth <= 10, 'no circle was closed')
  } finally {
    await sql`delete from auth.users where id = ${user}`
    await sql.end()
  }
})

Deno.test('fifty clients of one person sort one list', async () => {
  const sql = postgres(Deno.env.get('DATABASE_URL')!, { max: 50, fetch_types: false })
  const user = crypto.randomUUID()
  const claims = JSON.stringify({ sub: user, role: 'authenticated', aud: 'authenticated' })
  try {
    await sql`insert into auth.users (id, email, aud, role)
      values (${user}, ${user + '@example.test'}, 'authenticated', 'authenticated')`
    const [list] = await sql<
      Id[]
    >`insert into dashboard.task_lists (user_id, name) values (${user}, 'One') returning id`
    const tasks = await sql<Id[]>`insert into dashboard.tasks (user_id, list_id, title)
      select ${user}, ${list!.id}, 'task ' || n from generate_series(1, 50) as n returning id`
    const settled = await Promise.allSettled(
      Array.from({ length: 200 }, (_, i) =>
        sql.begin(async (transaction) => {
          await transaction`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`
          const [moved, next] = [tasks[i * 7 % 50]!.id, tasks[(i * 7 + 1 + i % 49) % 50]!.id]
          await transaction`select dashboard.move_task(${moved}, before_id => ${next})`
        })),
    )
    deepStrictEqual(
      settled.flatMap((one) => one.status === 'rejected' ? [(one.reason as Error).message] : []),
      [],
      'every move succeeds',
    )
    const [places] = await sql<{ tasks: number; places: number }[]>`
      select count(*)::integer as tasks, count(distinct sort_order)::integer as places
      from dashboard.tasks where user_id = ${user}`
    deepStrictEqual({ ...places }, { tasks: 50, places: 50 }, 'and every task has a place of its own')
  } finally {
    await sql`delete from auth.users where id = ${user}`
    await sql.end()
  }
})
