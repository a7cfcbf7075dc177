/** Concurrent requests: no token is taken twice, no usage is lost, and no limit is exceeded. */
import { deepStrictEqual, equal } from 'node:assert/strict'
import postgres from 'postgres'

const url = Deno.env.get('DATABASE_URL')!

interface Person {
  sql: postgres.Sql
  user: string
  workspace: string
  /** Runs it concurrently and returns the codes of the failures. */
  all: (times: number, work: (sql: postgres.TransactionSql) => Promise<unknown>) => Promise<string[]>
}

async function withPerson(work: (person: Person) => Promise<void>): Promise<void> {
  const sql = postgres(url, { max: 20, fetch_types: false, onnotice: () => {} })
  const user = crypto.randomUUID()
  const claims = JSON.stringify({ sub: user, role: 'authenticated' })
  try {
    await sql`insert into auth.users (id, email, aud, role)
      values (${user}, ${user + '@example.test'}, 'authenticated', 'authenticated')`
    const [row] = await sql<{ id: string }[]>`select id from public.workspaces where personal_of = ${user}`
    await work({
      sql,
      user,
      workspace: row!.id,
      all: async (times, one) => {
        const settled = await Promise.allSettled(
          Array.from({ length: times }, () =>
            sql.begin(async (transaction) => {
              await transaction`select set_config('request.jwt.claims', ${claims}, true)`
              await one(transaction)
            })),
        )
        return settled.flatMap((result) =>
          result.status === 'rejected' ? [(result.reason as { code: string }).code] : []
        )
      },
    })
  } finally {
    await sql`delete from auth.users where id = ${user}`
    await sql.end()
  }
}

Deno.test('of fifty concurrent requests, as many are allowed as the bucket holds', () =>
  withPerson(async ({ user, all }) => {
    const refused = await all(50, (sql) => sql`select private.check_limits(${user}, null, 'chat')`)
    deepStrictEqual(new Set(refused), new Set(['PT429']))
    // The burst is 20; one token is added every two seconds while requests wait.
    equal(refused.length >= 25 && refused.length <= 30, true, `${refused.length} were refused`)
  }))

Deno.test('two hundred concurrent requests are each counted once', () =>
  withPerson(async ({ sql, user, workspace, all }) => {
    const usage = {
      user_id: user,
      workspace_id: workspace,
      endpoint: 'chat',
      model_id: 'claude-haiku-4-5',
      input_tokens: 1_000,
      output_tokens: 100,
    }
    deepStrictEqual(await all(200, (sql) => sql`select private.record_usage(${sql.json(usage)})`), [])
    const days = await sql`
      select d.requests::int, d.input_tokens::int, d.output_tokens::int, d.cost_usd::float from studio.usage_days as d
      where d.user_id = ${user}`
    deepStrictEqual(days.map((row) => ({ ...row })), [
      { requests: 200, input_tokens: 200_000, output_tokens: 20_000, cost_usd: 0.3 },
    ])
    const [requests] =
      await sql`select count(*)::int as n from studio.api_usage as u where u.user_id = ${user}`
    equal(requests!['n'], 200)
  }))

Deno.test('of sixty keys created concurrently, fifty exist', () =>
  withPerson(async ({ sql, user, all }) => {
    const refused = await all(60, (sql) => sql`select private.create_api_key('x', '{chat}', null)`)
    deepStrictEqual(refused, Array.from({ length: 10 }, () => 'PT409'))
    const [keys] = await sql`
      select count(*)::int as n, count(distinct h.key_hash)::int as hashes
      from studio.api_keys as k join private.api_key_hashes as h on h.api_key_id = k.id where k.user_id = ${user}`
    deepStrictEqual({ ...keys }, { n: 50, hashes: 50 })
  }))
