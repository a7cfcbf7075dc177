/** Many sockets and many changes: nothing is lost, doubled or out of order. bench/realtime.ts measures the time. */
import { asPostgres, assert, connect, disconnect, quiet, test, token, watch } from './helpers.ts'
import { sleep, until } from '../support/wait.ts'

test('two hundred users hear of each change of their own task, once, in order', async () => {
  const users = Array.from({ length: 200 }, () => crypto.randomUUID())
  const rounds = 10
  await asPostgres(async (sql) => {
    await sql`insert into auth.users (instance_id, id, aud, role, email)
      select '00000000-0000-0000-0000-000000000000', id, 'authenticated', 'authenticated', id || '@soak.example'
      from unnest(${users}::uuid[]) as id`
    try {
      await sql`insert into dashboard.tasks (user_id, title) select id, '0' from unnest(${users}::uuid[]) as id`
      const clients = await Promise.all(users.map(async (sub) => connect({ token: await token({ sub }) })))
      const watched = await Promise.all(clients.map((client, index) =>
        watch(client, {
          schema: 'dashboard',
          table: 'tasks',
          event: 'UPDATE',
          // Half of them rely on the policies alone.
          ...(index % 2 === 0 ? { filter: `user_id=eq.${users[index]}` } : {}),
        })
      ))
      for (let round = 1; round <= rounds; round++) {
        await sql`update dashboard.tasks set title = ${String(round)} where user_id = any (${users}::uuid[])`
      }
      await until(() => watched.every(({ heard }) => heard.length >= rounds), 'all received it', 60_000)
      await sleep(quiet)
      const expected = Array.from({ length: rounds }, (_, index) => String(index + 1))
      watched.forEach(({ heard }, index) => {
        assert.deepEqual(heard.map(({ new: now }) => now.title), expected)
        assert.ok(heard.every(({ new: now }) => now.user_id === users[index]))
      })
      await disconnect(...clients)
    } finally {
      await sql`delete from auth.users where id = any (${users}::uuid[])`
    }
  })
})
