/** What REST takes from the database: its own settings, and which functions can be called. */
import { strict as assert } from 'node:assert'
import postgres from 'postgres'
import { RestDatabase } from '../../stack/rest/database.ts'
import { env, request, signUp } from '../support/clients.ts'
import { until } from '../support/wait.ts'

const isReal = Boolean(Deno.env.get('POSTGREST_URL'))

/** Works with REST configured so, and leaves it as it was. */
async function configured(setting: string, work: () => Promise<void>): Promise<void> {
  const sql = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })
  const [name] = setting.split(' ')
  try {
    // As the role of the project, which may do so on hosted projects.
    await sql.unsafe(`alter role authenticator set ${setting}`)
    await sql`notify pgrst, 'reload config'`
    await work()
  } finally {
    await sql.unsafe(`alter role authenticator reset ${name}`)
    await sql`notify pgrst, 'reload config'`
    await sql.end()
  }
}

Deno.test(
  'a transaction is undone by preference, where the project allows it',
  { ignore: isReal },
  async () => {
    const ann = await signUp('undone')
    const add = async (prefer: string): Promise<unknown> => {
      const { status, headers, body } = await request('/rest/v1/tasks?select=title', {
        method: 'POST',
        token: ann.token,
        headers: { 'content-profile': 'dashboard', prefer: `return=representation,${prefer}` },
        body: '{"title":"x"}',
      })
      return [status, headers.get('preference-applied'), (body as unknown[]).length]
    }
    const tasks = async (): Promise<number> =>
      (await ann.client.schema('dashboard').from('tasks').select('id').throwOnError()).data.length
    assert.deepEqual(
      await add('tx=rollback'),
      [201, 'return=representation', 1],
      'as on hosted projects by default',
    )
    assert.equal(await tasks(), 1)
    await configured(`pgrst.db_tx_end = 'commit-allow-override'`, async () => {
      await until(async () => {
        const headers = { 'accept-profile': 'dashboard', prefer: 'tx=rollback' }
        const answer = await request('/rest/v1/tasks?select=id', { token: ann.token, headers })
        return answer.headers.has('preference-applied')
      }, 'REST read the setting')
      assert.deepEqual(await add('tx=rollback'), [201, 'return=representation, tx=rollback', 1])
      assert.equal(await tasks(), 1)
      assert.deepEqual(await add('tx=commit'), [201, 'return=representation, tx=commit', 1])
      assert.equal(await tasks(), 2)
    })
  },
)

Deno.test('functions with arguments without names are called only where the body can be one', async () => {
  const admin = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })
  const schema = `functions_${crypto.randomUUID().slice(0, 8)}`
  const database = new RestDatabase(env('DATABASE_URL'), { schemas: [schema], connections: 1 })
  try {
    await admin.unsafe(`
      create schema ${schema};
      create function ${schema}.named(a integer) returns integer language sql return 1;
      create function ${schema}.of_json(json) returns integer language sql return 1;
      create function ${schema}.of_text(text default '') returns integer language sql return 1;
      create function ${schema}.of_integer(integer) returns integer language sql return 1;
      create function ${schema}.of_two(json, text) returns integer language sql return 1;`)
    const { routines } = await database.schema()
    assert.deepEqual(routines.map(({ name }) => name).sort(), ['named', 'of_json', 'of_text'])
  } finally {
    await admin.unsafe(`drop schema if exists ${schema} cascade`)
    await admin.end()
    await database.stop()
  }
})
