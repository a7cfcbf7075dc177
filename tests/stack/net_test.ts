/** Requests that the database sends, and the vault, on an embedded database of their own. */
import { strict as assert } from 'node:assert'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { startEmbedded } from '../../stack/database/embedded.ts'
import { startNet, storeFunctionSecrets } from '../../stack/net.ts'

type Received = { method: string; path: string; headers: Headers; body: string }

/** An embedded database, and a server that its requests are sent to. */
type Bench = {
  /** As the superuser. */
  admin: postgres.Sql
  /** As `postgres`. */
  sql: postgres.Sql
  url: string
  received: Received[]
  log: string[]
}

/** Starts both once for all tests of this file. Paths decide how the server answers. */
async function withDatabase(use: (bench: Bench) => Promise<void>): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'plinth-net-'))
  const database = await startEmbedded(data, 0, () => {})
  const admin = postgres(database.adminUrl, { max: 2, onnotice: () => {} })
  const sql = postgres(database.url, { max: 1, onnotice: () => {} })
  const received: Received[] = []
  const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, async (request) => {
    const { pathname, search } = new URL(request.url)
    const { method, headers } = request
    received.push({ method, path: pathname + search, headers, body: await request.text() })
    if (pathname === '/failing') return new Response('broken', { status: 500 })
    if (pathname === '/slow') await sleep(1_000)
    return Response.json({ fine: true })
  })
  try {
    await use({ admin, sql, url: `http://127.0.0.1:${server.addr.port}`, received, log: [] })
  } finally {
    await server.shutdown()
    await sql.end()
    await admin.end({ timeout: 1 })
    await database.stop()
    await rm(data, { recursive: true })
  }
}

/** The stored response to a request. */
async function responseTo(sql: postgres.Sql, id: string | undefined): Promise<postgres.Row> {
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline) {
    const [row] = await sql`select * from net._http_response where id = ${id ?? null}`
    if (row) return row
    await sleep(50)
  }
  assert.fail(`request ${id} has no response`)
}

async function withNet({ admin, log }: Bench, use: () => Promise<void>): Promise<void> {
  const net = await startNet({ sql: admin, onLog: (line) => log.push(line) })
  try {
    await use()
  } finally {
    await net.stop()
  }
}

Deno.test('requests of the database, and the vault', async (t) => {
  await withDatabase(async (bench) => {
    const { admin, sql, url, received, log } = bench
    const step = (name: string, test: () => Promise<void>): Promise<boolean> =>
      t.step(name, async () => {
        received.length = 0
        await test()
      })

    await step(
      'a request is sent with its parameters, headers and body, and its response is stored',
      async () => {
        // Longer than a notification may be, and asked for before anything listens.
        const text = 'é'.repeat(20_000)
        const [post] = await sql<{ id: string }[]>`
      select net.http_post(url := ${`${url}/post?a=1#there`}, body := ${sql.json({ text })},
        params := '{"b": "x y&ü"}', headers := '{"apikey": "k"}') as id`
        await withNet(bench, async () => {
          const stored = await responseTo(sql, post?.id)
          const [get] = await sql<{ id: string }[]>`select net.http_get(${`${url}/get`}) as id`
          await responseTo(sql, get?.id)
          const [removal] = await sql<{ id: string }[]>`
        select net.http_delete(url := ${`${url}/delete`}, body := '{"id": 1}') as id`
          await responseTo(sql, removal?.id)
          assert.deepEqual(received.map(({ method, path, body }) => [method, path, body.length]), [
            ['POST', '/post?a=1&b=x%20y%26%C3%BC', JSON.stringify({ text }).length + 1],
            ['GET', '/get', 0],
            ['DELETE', '/delete', 9],
          ])
          assert.equal(JSON.parse(received[0]?.body ?? '').text, text)
          const { headers } = received[0] ?? assert.fail('it was sent')
          assert.deepEqual([headers.get('apikey'), headers.get('content-type')], ['k', 'application/json'])
          const { created, headers: answered, ...rest } = stored
          assert.ok(created instanceof Date)
          assert.equal(answered['content-type'], 'application/json')
          assert.deepEqual(rest, {
            id: post?.id,
            status_code: 200,
            content_type: 'application/json',
            content: '{"fine":true}',
            timed_out: false,
            error_msg: null,
          })
          assert.deepEqual([...await sql`select id from net.http_request_queue`], [])
        })
      },
    )

    await step('a request is sent when its transaction commits, and not after a rollback', async () => {
      await withNet(bench, async () => {
        const failing = sql.begin(async (transaction) => {
          await transaction`select net.http_get(${`${url}/undone`})`
          throw new Error('rolled back')
        })
        await assert.rejects(failing, /rolled back/)
        const id = await sql.begin(async (transaction) => {
          const [row] = await transaction<{ id: string }[]>`select net.http_get(${`${url}/done`}) as id`
          await sleep(300)
          assert.deepEqual(received, [])
          return row?.id
        })
        await responseTo(sql, id)
        assert.deepEqual(received.map(({ path }) => path), ['/done'])
      })
    })

    await step('a request that fails is not sent again, and its outcome is stored and logged', async () => {
      await withNet(bench, async () => {
        const send = async (address: string, timeoutMs: number): Promise<postgres.Row> => {
          const [row] = await sql<{ id: string }[]>`
          select net.http_get(${address}, timeout_milliseconds := ${timeoutMs}) as id`
          return await responseTo(sql, row?.id)
        }
        const failed = await send(`${url}/failing`, 5_000)
        assert.deepEqual([failed.status_code, failed.content, failed.error_msg], [500, 'broken', null])
        const late = await send(`${url}/slow`, 200)
        assert.deepEqual([late.status_code, late.timed_out, late.error_msg], [
          null,
          true,
          'Timeout of 200 ms reached',
        ])
        const refused = await send('http://127.0.0.1:1/', 5_000)
        assert.deepEqual([refused.status_code, refused.timed_out, typeof refused.error_msg], [
          null,
          false,
          'string',
        ])
        assert.deepEqual(received.map(({ path }) => path), ['/failing', '/slow'])
        assert.equal(log.length, 3)
        assert.match(log[0] ?? '', /^net: request \d+, GET http:\/\/.+\/failing: 500$/)
      })
    })

    await step(
      'requests that are not sent yet when the platform stops are sent after the next start',
      async () => {
        await withNet(bench, () => Promise.resolve())
        await sql`select net.http_get(${url} || '/' || n) from generate_series(1, 450) as n`
        assert.equal(received.length, 0)
        await withNet(bench, async () => {
          const deadline = Date.now() + 60_000
          while (received.length < 450 && Date.now() < deadline) await sleep(50)
        })
        assert.equal(new Set(received.map(({ path }) => path)).size, 450)
        assert.equal(received.length, 450)
      },
    )

    await step('responses are kept for six hours', async () => {
      await sql`insert into net._http_response (id, created) values
      (-1, now() - interval '6 hours 1 minute'), (-2, now() - interval '5 hours')`
      await withNet(bench, async () => {
        const [row] = await sql<{ id: string }[]>`select net.http_get(${url}) as id`
        await responseTo(sql, row?.id)
      })
      assert.deepEqual([...await sql`select id from net._http_response where id < 0`], [{ id: '-2' }])
    })

    await step('what pg_net refuses is refused', async () => {
      await assert.rejects(sql`select net.http_get('localhost/path')`, /Malformed input to a URL function/)
      await assert.rejects(
        sql`select net.http_get('file:///etc/passwd')`,
        /Malformed input to a URL function/,
      )
      await assert.rejects(
        sql`select net.http_post('http://localhost', headers := '{"content-type": "text/plain"}')`,
        /Content-Type header must be "application\/json"/,
      )
      for (const role of ['anon', 'authenticated', 'service_role']) {
        await assert.rejects(
          sql.begin(async (transaction) => {
            await transaction`select set_config('role', ${role}, true)`
            await transaction`select net.http_get('http://127.0.0.1:1/')`
            await transaction`select * from net.http_request_queue`
          }),
          /permission denied for table http_request_queue/,
        )
      }
    })

    await step('the vault keeps secrets by name, and the API roles of users cannot read it', async () => {
      await storeFunctionSecrets(admin, { project_url: 'http://one', secret_key: 'first' })
      await storeFunctionSecrets(admin, { project_url: 'http://two', secret_key: 'first' })
      assert.deepEqual(
        [...await sql`select name, decrypted_secret from vault.decrypted_secrets order by name`],
        [{ name: 'project_url', decrypted_secret: 'http://two' }, {
          name: 'secret_key',
          decrypted_secret: 'first',
        }],
      )
      assert.deepEqual([...await sql`select 1 from vault.secrets where secret ~ 'first|two'`], [])
      await sql`select vault.update_secret(s.id, new_name => 'renamed') from vault.secrets as s where s.name = 'secret_key'`
      assert.deepEqual(
        [...await sql`select decrypted_secret from vault.decrypted_secrets where name = 'renamed'`],
        [{ decrypted_secret: 'first' }],
      )
      await assert.rejects(sql`insert into vault.secrets (secret) values ('x')`, /permission denied/)
      for (const role of ['anon', 'authenticated']) {
        await assert.rejects(
          sql.begin(async (transaction) => {
            await transaction`select set_config('role', ${role}, true)`
            await transaction`select * from vault.decrypted_secrets`
          }),
          /permission denied for schema vault/,
        )
      }
    })
  })
})
