/** Many connections of one person at once: one clock runs, no two spans overlap, places stay distinct, nobody deadlocks. */
import { deepStrictEqual, equal, ok } from 'node:assert/strict'
import postgres from 'postgres'

type Sql = postgres.TransactionSql

const sql = postgres(Deno.env.get('DATABASE_URL')!, { max: 20, fetch_types: false, onnotice: () => {} })
globalThis.addEventListener('unload', () => void sql.end())

/** Runs for a new person, who is gone afterwards. */
async function withPerson(
  work: (
    attempt: (each: (sql: Sql) => Promise<unknown>) => Promise<string>,
    user: string,
  ) => Promise<void>,
): Promise<void> {
  const user = crypto.randomUUID()
  const claims = JSON.stringify({ sub: user, role: 'authenticated', aud: 'authenticated' })
  try {
    await sql`insert into auth.users (id, email, aud, role)
      values (${user}, ${user + '@example.test'}, 'authenticated', 'authenticated')`
    await work((each) =>
      sql.begin(async (transaction) => {
        await transaction`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`
        await each(transaction)
      }).then(() => 'done', (error: { code: string }) => error.code), user)
  } finally {
    await sql`delete from auth.users where id = ${user}`
  }
}

function tally(outcomes: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

Deno.test('twenty clients of one person clock in at once: one starts the clock', () =>
  withPerson(async (attempt, user) => {
    const outcomes = await Promise.all(
      times(20).map(() => attempt((sql) => sql`select dashboard.clock_in()`)),
    )
    deepStrictEqual(tally(outcomes), { done: 1, PT409: 19 })
    const [row] =
      await sql`select count(*)::integer as entries from dashboard.time_entries where user_id = ${user}`
    equal(row?.entries, 1)
  }))

Deno.test('twenty clients of one person clock out at once: one stops the clock', () =>
  withPerson(async (attempt) => {
    await attempt((sql) => sql`select dashboard.clock_in(at => now() - interval '1 hour')`)
    const outcomes = await Promise.all(
      times(20).map(() => attempt((sql) => sql`select dashboard.clock_out()`)),
    )
    deepStrictEqual(tally(outcomes), { done: 1, PT409: 19 })
  }))

Deno.test('twenty clients of one person store the same two hours at once, in either order: one is heard', () =>
  withPerson(async (attempt) => {
    const outcomes = await Promise.all(
      times(20).map((index) =>
        attempt(async (sql) => {
          for (const hour of index % 2 ? [10, 14] : [14, 10]) {
            await sql`insert into dashboard.time_entries (clock_in, clock_out)
            values (${`2026-03-02 ${hour}:${10 + index}:00+00`}, ${`2026-03-02 ${hour + 1}:${
              10 + index
            }:00+00`})`
          }
        })
      ),
    )
    deepStrictEqual(tally(outcomes), { done: 1, '23P01': 19 })
  }))

Deno.test('a crowd clocks in and out without end: spans follow each other', () =>
  withPerson(async (attempt, user) => {
    const outcomes = await Promise.all(
      times(200).map((index) =>
        attempt((sql) => index % 2 ? sql`select dashboard.clock_out()` : sql`select dashboard.clock_in()`)
      ),
    )
    const { done = 0, PT409: refused = 0, ...faults } = tally(outcomes)
    deepStrictEqual(faults, {}, 'nothing else goes wrong')
    equal(done + refused, 200)
    ok(done >= 2)
    const [row] = await sql<{ entries: number; running: number; overlaps: number }[]>`
      select count(*)::integer as entries, (count(*) filter (where e.clock_out is null))::integer as running,
        (select count(*)::integer from dashboard.time_entries as a join dashboard.time_entries as b
          on b.user_id = a.user_id and b.id > a.id
          and tstzrange(a.clock_in, a.clock_out) && tstzrange(b.clock_in, b.clock_out)
          where a.user_id = ${user}) as overlaps
      from dashboard.time_entries as e where e.user_id = ${user}`
    equal(row?.overlaps, 0)
    ok((row?.running ?? 2) <= 1)
    equal(2 * (row?.entries ?? 0) - (row?.running ?? 0), done)
  }))

Deno.test('projects and milestones that are added and moved at once keep places of their own', () =>
  withPerson(async (attempt, user) => {
    await attempt((sql) => sql`insert into dashboard.goals (name) values ('A'), ('B')`)
    const goals = await sql<
      { id: string }[]
    >`select id from dashboard.goals where user_id = ${user} order by id`
    const goal = (index: number): string => goals[index % 2]?.id ?? ''
    const added = await Promise.all(
      times(40).map((index) =>
        attempt((sql) =>
          index % 2
            ? sql`insert into dashboard.projects (name) values (${'project ' + index})`
            : sql`insert into dashboard.milestones (goal_id, name) values (${goal(index / 2)}, ${
              'step ' + index
            })`
        )
      ),
    )
    deepStrictEqual(tally(added), { done: 40 })
    const moved = await Promise.all(
      times(120).map((index) => {
        const which = index % 20
        return attempt((sql) => {
          switch (index % 6) {
            case 0:
              return sql`update dashboard.projects set sort_order = -1`
            case 1:
              return sql`update dashboard.projects set sort_order = -1 where name = ${
                'project ' + (which | 1)
              }`
            case 2:
              return sql`update dashboard.milestones set sort_order = -1`
            case 3:
              return sql`update dashboard.milestones set goal_id = ${goal(which)} where name = ${
                'step ' + (which & ~1)
              }`
            case 4:
              return sql`update dashboard.milestones set sort_order = -1 where name = ${'step ' + which}`
            default:
              return sql`update dashboard.projects set sort_order = -1 where name = ${
                'project ' + (39 - which)
              }`
          }
        })
      }),
    )
    deepStrictEqual(tally(moved), { done: 120 })
    const [places] = await sql`
      select (select count(distinct p.sort_order)::integer from dashboard.projects as p where p.user_id = ${user}) as projects,
        (select count(distinct (m.goal_id, m.sort_order))::integer from dashboard.milestones as m where m.user_id = ${user})
          as milestones`
    deepStrictEqual(places, { projects: 20, milestones: 20 })
  }))
