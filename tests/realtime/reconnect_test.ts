/** A lost connection comes back by itself, on either side of the server. */
import postgres from 'postgres'
import { env } from '../support/clients.ts'
import { end, start } from '../support/instance.ts'
import { assert, connect, disconnect, quiet, subscribed, test, token, watch, withTable } from './helpers.ts'
import { sleep, until } from '../support/wait.ts'

/** A way to the stack that can be cut. */
class Wire {
  #listener = Deno.listen({ hostname: '127.0.0.1', port: 0 })
  #open = new Set<Deno.Conn>()
  #cut = false
  readonly url = `http://127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}`

  constructor(target: string) {
    void this.#accept(Number(new URL(target).port))
  }

  async #accept(port: number): Promise<void> {
    for await (const client of this.#listener) {
      if (this.#cut) {
        client.close()
        continue
      }
      const server = await Deno.connect({ hostname: '127.0.0.1', port })
      for (const [from, to] of [[client, server], [server, client]] as const) {
        this.#open.add(from)
        void from.readable.pipeTo(to.writable).catch(() => {}).finally(() => this.#open.delete(from))
      }
    }
  }

  /** Loses every connection, and refuses new ones until `mend`. */
  cut(): void {
    this.#cut = true
    for (const conn of this.#open) {
      try {
        conn.close()
      } catch {
        // It is closed already.
      }
    }
  }

  mend(): void {
    this.#cut = false
  }

  end(): void {
    this.cut()
    this.#listener.close()
  }
}

test('a dropped socket reconnects and joins its channels again by itself', async () => {
  const wire = new Wire(env('SUPABASE_URL'))
  const [client, other] = [connect({ url: wire.url, heartbeatIntervalMs: 5_000 }), connect()]
  await withTable('id integer primary key', async ({ schema, sql }) => {
    const { heard } = await watch(client, { schema, table: 'things' })
    const statuses: string[] = []
    const said: unknown[] = []
    const room = client.channel(`room-${schema}`, { config: { presence: { key: 'client' } } })
      .on('broadcast', { event: 'e' }, ({ payload }) => said.push(payload.n))
      .on('presence', { event: 'sync' }, () => {})
    room.subscribe((status) => {
      statuses.push(status)
      if (status === 'SUBSCRIBED') void room.track({ here: true })
    })
    const witness = other.channel(`room-${schema}`).on('presence', { event: 'sync' }, () => {})
    await subscribed(witness)
    await until(() => witness.presenceState().client !== undefined, 'the witness sees the client')
    await sql.unsafe(`insert into ${schema}.things values (1)`)
    await until(() => heard.length === 1, 'the first change came')

    wire.cut()
    await until(() => witness.presenceState().client === undefined, 'the lost socket left')
    await sql.unsafe(`insert into ${schema}.things values (2)`)
    wire.mend()
    await until(() => witness.presenceState().client !== undefined, 'the client is back', 20_000)
    await sleep(quiet)
    await witness.send({ type: 'broadcast', event: 'e', payload: { n: 1 } })
    await sql.unsafe(`insert into ${schema}.things values (3)`)
    await until(() => heard.length === 2 && said.length === 1, 'it hears again')
    await sleep(quiet)
    assert.deepEqual(heard.map(({ new: now }) => now.id), [1, 3], 'each once; not what happened meanwhile')
    assert.deepEqual(said, [1])
    assert.equal(statuses[0], 'SUBSCRIBED')
    assert.equal(statuses.at(-1), 'SUBSCRIBED')
    assert.ok(statuses.includes('CHANNEL_ERROR'))
  })
  await disconnect(client, other)
  wire.end()
})

test('when the platform restarts, clients come back and hear what happens from then on', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'plinth-realtime-' })
  const args = ['--data', folder, '--no-seed']
  const first = await start(args)
  const port = new URL(first.env.SUPABASE_URL ?? '').port
  const client = connect({
    url: first.env.SUPABASE_URL ?? '',
    key: first.env.SUPABASE_SECRET_KEY ?? '',
    heartbeatIntervalMs: 5_000,
  })
  const heard: number[] = []
  let ready = 0
  client.channel('all')
    .on(
      'postgres_changes',
      { event: 'INSERT', schema: 'dashboard', table: 'task_lists' },
      ({ new: now }) => heard.push(now.id),
    )
    .on('system', {}, ({ message }) => ready += message === 'Subscribed to PostgreSQL' ? 1 : 0)
    .subscribe()
  await until(() => ready === 1, 'it is subscribed')
  await end(first, 'SIGKILL')
  const second = await start([...args, '--port', port])
  await until(() => ready === 2, 'it is subscribed again', 30_000)
  const created = await fetch(`${second.env.SUPABASE_URL}/auth/v1/signup`, {
    method: 'POST',
    headers: { apikey: second.env.SUPABASE_PUBLISHABLE_KEY ?? '', 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'new@example.com', password: 'correct-horse-battery' }),
  })
  assert.equal(created.status, 200, await created.text())
  await until(() => heard.length >= 4, 'the four lists of a new user came')
  await sleep(quiet)
  assert.deepEqual(heard, [...heard].sort((a, b) => a - b))
  assert.equal(heard.length, 4)
  await disconnect(client)
  await end(second)
  await Deno.remove(folder, { recursive: true })
})

/**
 * Ends all connections of Realtime and returns how many there were; none for the embedded database, which has one
 * backend for all.
 */
async function endConnections(sql: postgres.Sql): Promise<number | null> {
  const [{ embedded } = { embedded: true }] = await sql<
    { embedded: boolean }[]
  >`select version() ~ 'emcc|wasm' as embedded`
  if (embedded) return null
  const url = new URL(env('DATABASE_URL'))
  url.username = 'supabase_admin'
  const admin = postgres(url.href, { max: 1, onnotice: () => {} })
  const ended = await admin`
    select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'plinth realtime'`
  await admin.end()
  return ended.length
}

test('a subscriber is not refused while Realtime loses its connections', async () => {
  const clients = await Promise.all(
    Array.from({ length: 60 }, async () => connect({ token: await token() })),
  )
  await withTable('id integer primary key', async ({ schema, sql }) => {
    const [watched, lost] = await Promise.all([
      Promise.all(clients.map((client) => watch(client, { schema, table: 'things' }))),
      sleep(50).then(() => endConnections(sql)),
    ])
    assert.ok((lost ?? 2) >= 2)
    await sql.unsafe(`insert into ${schema}.things values (1)`)
    await until(() => watched.every(({ heard }) => heard.length === 1), 'all received it')
  })
  await disconnect(...clients)
})

test('when Realtime loses its connection to the database, nothing is missed or delivered twice', async () => {
  const client = connect({ token: await token() })
  await withTable('id integer primary key', async ({ schema, sql }) => {
    const { heard } = await watch(client, { schema, table: 'things' })
    const write = async (from: number, to: number): Promise<void> => {
      for (let id = from; id <= to; id++) await sql.unsafe(`insert into ${schema}.things values (${id})`)
    }
    await write(1, 5)
    assert.ok((await endConnections(sql) ?? 2) >= 2)
    await write(6, 30)
    await until(() => heard.length === 30, 'all came', 20_000)
    await sleep(quiet)
    assert.deepEqual(heard.map(({ new: now }) => now.id), Array.from({ length: 30 }, (_, index) => index + 1))
  })
  await disconnect(client)
})
