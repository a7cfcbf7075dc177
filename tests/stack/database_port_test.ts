/** The port of the embedded database, as psql, pg_dump and drivers use it: no client stops or disturbs the others. */
import { strict as assert } from 'node:assert'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { SessionQueue } from '../../stack/database/sessions.ts'
import { open as openDatabase } from '../../stack/database/open.ts'
import { copyTemplate } from '../../stack/database/template.ts'
import { startEmbedded } from '../../stack/database/embedded.ts'
import { sleep, until, within } from '../support/wait.ts'

async function withDatabase(use: (url: string) => Promise<void>): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'plinth-port-'))
  const database = await startEmbedded(data, 0, () => {})
  try {
    await use(database.url)
  } finally {
    await database.stop()
    await rm(data, { recursive: true, force: true })
  }
}

const open = (url: string): postgres.Sql => postgres(url, { max: 1, onnotice: () => {} })

/** The major version of a client of Postgres; 0 where it is not installed. */
async function versionOf(command: string): Promise<number> {
  const output = await new Deno.Command(command, { args: ['--version'] }).output().catch(() => null)
  return Number(/ (\d+)/.exec(new TextDecoder().decode(output?.stdout ?? new Uint8Array()))?.[1] ?? 0)
}
const psqlIsMissing = await versionOf('psql') === 0
if (psqlIsMissing) console.warn('Tests with psql are skipped: apt-get install postgresql-client.')
// It refuses a server that is newer than itself.
const pgDumpIsOld = await versionOf('pg_dump') < 18
if (pgDumpIsOld) console.warn('The test with pg_dump is skipped: it needs version 18 or later.')

const encoder = new TextEncoder()

/** A message with its type, or without one before the session. */
function frame(type: string, body: string | Uint8Array): Uint8Array {
  const bytes = typeof body === 'string' ? encoder.encode(body) : body
  const message = new Uint8Array(type.length + 4 + bytes.length)
  message.set(encoder.encode(type))
  new DataView(message.buffer).setInt32(type.length, 4 + bytes.length)
  message.set(bytes, type.length + 4)
  return message
}

const startup = frame('', '\0\x03\0\0user\0postgres\0\0')

/** Sends bytes as they are, and hangs up after the answer to them, or at once. */
async function send(url: string, parts: readonly Uint8Array[], waits = true): Promise<string> {
  using connection = await Deno.connect({ hostname: '127.0.0.1', port: Number(new URL(url).port) })
  for (const part of parts) {
    for (let sent = 0; sent < part.length;) sent += await connection.write(part.subarray(sent))
  }
  const answer = new Uint8Array(65_536)
  let text = ''
  while (waits) {
    const length = await within(connection.read(answer), 'the server neither answers nor hangs up')
    if (length === null) break
    text += new TextDecoder().decode(answer.subarray(0, length))
  }
  return text
}

async function run(command: string, args: string[], input = ''): Promise<{ code: number; text: string }> {
  const child = new Deno.Command(command, { args, stdin: 'piped', stdout: 'piped', stderr: 'piped' }).spawn()
  const writer = child.stdin.getWriter()
  await writer.write(new TextEncoder().encode(input)).catch(() => {})
  await writer.close().catch(() => {})
  const { code, stdout, stderr } = await within(child.output(), `${command} hangs`, 120_000)
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) }
}

Deno.test(
  'psql copies a million rows in and out',
  { ignore: psqlIsMissing },
  () =>
    withDatabase(async (url) => {
      const rows = Array.from({ length: 1_000_000 }, (_, index) => `row ${index}\t${index}\n`).join('')
      const script =
        `create table public.cc (a text, b int);\ncopy public.cc from stdin;\n${rows}\\.\nselect count(*), sum(b) from public.cc;\n`
      const copied = await run('psql', ['-At', '-v', 'ON_ERROR_STOP=1', url], script)
      assert.deepEqual([copied.code, copied.text.trim()], [
        0,
        'CREATE TABLE\nCOPY 1000000\n1000000|499999500000',
      ])
      const out = await run('psql', [
        '-At',
        url,
        '-c',
        'copy (select * from public.cc where b < 3 order by b) to stdout',
      ])
      assert.equal(out.text, 'row 0\t0\nrow 1\t1\nrow 2\t2\n')
    }),
)

Deno.test(
  'a COPY that fails says why, stores nothing, and the next client works',
  { ignore: psqlIsMissing },
  () =>
    withDatabase(async (url) => {
      await run('psql', [url, '-c', 'create table public.cc (a int)'])
      const cases: [sql: string, message: RegExp][] = [
        ['copy public.nowhere from stdin;\n1\n\\.\n', /relation "public.nowhere" does not exist/],
        ['copy public.cc from stdin;\n1\nx\n\\.\n', /invalid input syntax for type integer: "x"/],
        ['begin;\ncopy public.cc from stdin;\n1\n\\.\nrollback;\n', /ROLLBACK/],
        [
          'copy public.cc from stdin (format csv, header);\na\n1,2\n\\.\n',
          /extra data after last expected column/,
        ],
      ]
      for (const [sql, message] of cases) {
        assert.match((await run('psql', [url], sql)).text, message)
        assert.equal(
          (await run('psql', ['-At', url, '-c', 'select count(*) from public.cc'])).text.trim(),
          '0',
        )
      }
      // Where it stands among other statements, nothing asks the client for its data.
      const hidden = await run('psql', [url, '-c', 'select 1; copy public.cc from stdin'], '1\n')
      assert.match(hidden.text, /COPY FROM STDIN must be the only statement/)
      assert.equal(
        (await run('psql', ['-At', url, '-c', "select 'copy x from stdin'"])).text.trim(),
        'copy x from stdin',
      )
    }),
)

Deno.test('a client that leaves in the middle of a COPY leaves nothing behind', () =>
  withDatabase(async (url) => {
    const sql = open(url)
    await sql`create table public.cc (a int)`
    const leaving = open(url)
    const stream = await leaving`copy public.cc from stdin`.writable()
    stream.on('error', () => {})
    stream.write('1\n')
    await until(async () => (await sql`select 1 as one`)[0]?.['one'] === 1, 'others go on meanwhile')
    await leaving.end({ timeout: 0 })
    assert.deepEqual([...await sql`select * from public.cc`], [])
    const staying = await sql`copy public.cc from stdin`.writable()
    await new Promise<void>((resolve, reject) => {
      staying.on('finish', resolve).on('error', reject)
      staying.end('1\n2\n')
    })
    await until(async () => (await sql`select * from public.cc`).length === 2, 'the rows are there')
    await sql.end()
  }))

Deno.test('pg_dump works again and again', { ignore: pgDumpIsOld }, () =>
  withDatabase(async (url) => {
    await run('psql', [
      url,
      '-c',
      'create table public.kept (a int); create function public.one() returns int language sql as $$ select 1 $$',
    ])
    for (let time = 0; time < 3; time++) {
      const dump = await run('pg_dump', ['--schema=public', '--no-owner', url])
      assert.equal(dump.code, 0, dump.text)
      assert.match(dump.text, /CREATE TABLE public\.kept/)
      assert.match(dump.text, /CREATE FUNCTION public\.one/)
    }
  }))

Deno.test('statements made with PREPARE belong to their connection', () =>
  withDatabase(async (url) => {
    const [one, two] = [open(url), open(url)]
    await one.unsafe('prepare q as select 1 as n').simple()
    await two.unsafe('prepare q as select 2 as n').simple()
    assert.equal((await one.unsafe('execute q').simple())[0]?.['n'], 1)
    assert.equal((await two.unsafe('/* mine */ EXECUTE "q"').simple())[0]?.['n'], 2)
    await one.unsafe('deallocate q').simple()
    assert.equal((await two.unsafe('execute q').simple())[0]?.['n'], 2)
    await one.unsafe('prepare q as select 3 as n; execute q').simple()
    await one.end()
    const three = open(url)
    await three.unsafe('prepare q as select 4 as n').simple()
    assert.equal((await three.unsafe('execute q').simple())[0]?.['n'], 4)
    await Promise.all([two, three].map((sql) => sql.end()))
  }))

Deno.test('what a connection discards is its own', () =>
  withDatabase(async (url) => {
    const [one, two] = [open(url), open(url)]
    const heard: string[] = []
    const { unlisten } = await two.listen('news', (payload) => heard.push(payload))
    const ask = (sql: postgres.Sql): Promise<unknown> => sql`select ${1}::int as n`
    await ask(two)
    await two.unsafe('prepare q as select 2 as n').simple()
    await one.unsafe('set statement_timeout = 1234').simple()
    for (
      const statement of [
        'discard all',
        'DEALLOCATE ALL;',
        'deallocate prepare all',
        'unlisten *',
        'reset all',
      ]
    ) {
      await one.unsafe(statement).simple()
      await ask(two)
      assert.equal((await two.unsafe('execute q').simple())[0]?.['n'], 2, statement)
      await one`select pg_notify('news', ${statement})`
      await until(() => heard.includes(statement), `${statement} left the others listening`)
    }
    assert.equal((await one`show statement_timeout`)[0]?.['statement_timeout'], '0')
    await unlisten()
    await Promise.all([one.end(), two.end()])
  }))

Deno.test('a connection that keeps a transaction open and says nothing is ended, once others wait for it', async () => {
  const data = join(await mkdtemp(join(tmpdir(), 'plinth-port-')), 'postgres')
  await copyTemplate(data)
  const db = await openDatabase(data)
  await db.exec('create table t (a int)')
  const queue = new SessionQueue(db, { warn: () => {}, broken: assert.fail, limitMs: 200 })
  const told: string[] = []
  const ended = Promise.withResolvers<void>()
  const idle = {
    deliver: (bytes: Uint8Array) => void told.push(new TextDecoder().decode(bytes)),
    end: ended.resolve,
  }
  const other = { deliver: () => {}, end: () => {} }
  await queue.enqueue(1, startup, idle)
  await queue.enqueue(1, frame('Q', 'begin; insert into t values (1)\0'), idle)
  await queue.enqueue(2, startup, other)
  await queue.enqueue(2, frame('Q', 'insert into t values (2)\0'), other)
  await ended.promise
  assert.match(told.at(-1) ?? '', /25P03/)
  assert.deepEqual((await db.query('select * from t')).rows, [{ a: 2 }])
  await db.close()
  await rm(join(data, '..'), { recursive: true })
})

Deno.test('a statement that runs for longer than a connection may be silent does not end it', async () => {
  const data = join(await mkdtemp(join(tmpdir(), 'plinth-port-')), 'postgres')
  await copyTemplate(data)
  const db = await openDatabase(data)
  const queue = new SessionQueue(db, { warn: () => {}, broken: assert.fail, limitMs: 300 })
  const told: string[] = []
  const busy = {
    deliver: (bytes: Uint8Array) => void told.push(new TextDecoder().decode(bytes)),
    end: assert.fail,
  }
  const other = { deliver: () => {}, end: () => {} }
  await queue.enqueue(1, startup, busy)
  await queue.enqueue(2, startup, other)
  await queue.enqueue(1, frame('Q', 'begin\0'), busy)
  const waits = queue.enqueue(2, frame('Q', 'select 1\0'), other)
  await queue.enqueue(1, frame('Q', 'select pg_sleep(0.8)\0'), busy)
  await sleep(100)
  await queue.enqueue(1, frame('Q', 'commit\0'), busy)
  await waits
  assert.match(told.at(-2) ?? '', /COMMIT/)
  await db.close()
  await rm(join(data, '..'), { recursive: true })
})

Deno.test('what is not the protocol ends its connection, and disturbs no other', () =>
  withDatabase(async (url) => {
    const sql = open(url)
    const wrong: [name: string, parts: Uint8Array[], answer: RegExp][] = [
      ['an unknown type', [startup, frame('z', 'abc')], /08P01/],
      ['a password without a question', [startup, frame('p', 'secret\0')], /08P01/],
      ['a startup packet without content', [Uint8Array.of(0, 0, 0, 4)], /08P01/],
      ['another protocol', [Uint8Array.of(0, 0, 0, 12, 0, 2, 0, 0, 97, 98, 99, 100)], /08P01/],
      [
        'a startup packet without an end',
        [Uint8Array.of(1, 1, 1, 1), new Uint8Array(100_000).fill(65)],
        /08P01/,
      ],
      ['a startup packet of strings without an end', [frame('', '\0\x03\0\0userpostgres')], /08P01|28000/],
      ['a query in the middle of COPY', [
        startup,
        frame('Q', 'create table public.mid (a int)\0'),
        frame('Q', 'copy public.mid from stdin\0'),
        frame('Q', 'select 1\0'),
      ], /08P01/],
    ]
    for (const [name, parts, answer] of wrong) {
      assert.match(await send(url, parts), answer, name)
      assert.equal((await within(sql`select 1 as one`, `${name} stops the others`))[0]?.['one'], 1)
    }
    await sql.end()
  }))

Deno.test('no COPY makes the others wait, however it is sent', () =>
  withDatabase(async (url) => {
    const sql = open(url)
    await sql`create table public.ct (a int)`
    const parse = (name: string, text: string): Uint8Array => frame('P', `${name}\0${text}\0\0\0`)
    const bind = (portal: string, name: string): Uint8Array => frame('B', `${portal}\0${name}\0\0\0\0\0\0\0`)
    const execute = (portal: string): Uint8Array => frame('E', `${portal}\0\0\0\0\0`)
    const [sync, end] = [frame('S', ''), frame('X', '')]
    const hidden = [
      [
        parse('s', 'copy public.ct from stdin'),
        sync,
        parse('s', 'select 1'),
        sync,
        bind('', 's'),
        execute(''),
        sync,
        end,
      ],
      [
        parse('a', 'copy public.ct from stdin'),
        parse('b', 'select 1'),
        bind('p', 'a'),
        bind('q', 'b'),
        execute('p'),
        sync,
        end,
      ],
      [frame('Q', `do $$ begin end $$; copy public.ct from stdin\0`), end],
    ]
    for (const parts of hidden) {
      await send(url, [startup, ...parts])
      assert.equal((await within(sql`select 1 as one`, 'a COPY stops the others'))[0]?.['one'], 1)
    }
    const rows = Array.from({ length: 150_000 }, (_, index) => frame('d', `${index}\n`))
    const copied = await send(url, [
      startup,
      frame('Q', 'copy public.ct from stdin\0'),
      ...rows,
      frame('c', ''),
      end,
    ])
    assert.match(copied, /COPY 150000/)
    await sql.end()
  }))

Deno.test('what a client executed and did not confirm with Sync before it left is undone', () =>
  withDatabase(async (url) => {
    const sql = open(url)
    await sql`create table public.ct (a int)`
    const parts = [
      frame('P', '\0insert into public.ct values (1)\0\0\0'),
      frame('B', '\0\0\0\0\0\0\0\0'),
      frame('E', '\0\0\0\0\0'),
    ]
    await send(url, [startup, ...parts], false)
    for (let time = 0; time < 5; time++) {
      assert.deepEqual([...await within(sql`select * from public.ct`, 'the others wait')], [])
      await sleep(50)
    }
    await sql.end()
  }))

Deno.test('DISCARD ALL is the connection’s own in every way to send it', () =>
  withDatabase(async (url) => {
    const [one, two] = [open(url), open(url)]
    const heard: string[] = []
    const { unlisten } = await two.listen('news', (payload) => heard.push(payload))
    await two.unsafe('prepare q as select 2 as n').simple()
    await one.unsafe('listen other; listen "More"').simple()
    for (
      const discard of [
        () => one.unsafe('discard all'),
        () => one.unsafe('deallocate all'),
        () => one.unsafe('discard all -- bye').simple(),
        () => one.unsafe('/* now */ DEALLOCATE ALL /* bye */;').simple(),
      ]
    ) {
      await discard()
      assert.equal((await two.unsafe('execute q').simple())[0]?.['n'], 2)
      await one`select pg_notify('news', 'x')`
      await until(() => heard.splice(0).length > 0, 'the others still listen')
    }
    await two.unsafe('prepare e(text) as select $1 as said').simple()
    assert.equal(
      (await two.unsafe(`execute e('note; execute order now')`).simple())[0]?.['said'],
      'note; execute order now',
    )
    assert.match(JSON.stringify(await two.unsafe('explain (costs off) execute q').simple()), /Result/)
    await unlisten()
    await Promise.all([one.end(), two.end()])
  }))

Deno.test('what nests too deeply is refused, and the database goes on', () =>
  withDatabase(async (url) => {
    const sql = open(url)
    const deep = '['.repeat(5_000) + ']'.repeat(5_000)
    await assert.rejects(sql.unsafe(`select '${deep}'::jsonb`).simple(), { code: '54001' })
    const forever = `create function public.again(n int) returns int language plpgsql as
      $$ begin return public.again(n + 1); end $$`
    await sql.unsafe(forever).simple()
    await assert.rejects(sql`select public.again(0)`, { code: '54001' })
    assert.equal((await sql`select 1 as one`)[0]?.['one'], 1)
    await sql.end()
  }))

Deno.test('a database that a statement has broken says so at once, instead of letting everyone wait', async () => {
  const data = await mkdtemp(join(tmpdir(), 'plinth-port-'))
  const failed = Promise.withResolvers<string>()
  const database = await startEmbedded(data, 0, () => {}, failed.resolve)
  const sql = open(database.url)
  const levels = 7_000
  sql.unsafe(`select '${'['.repeat(levels)}${']'.repeat(levels)}'::jsonb`).simple().catch(() => {})
  assert.match(await within(failed.promise, 'it does not say so'), /middle of a statement/)
  await sql.end({ timeout: 0 })
  await database.stop()
  await rm(data, { recursive: true, force: true })
})
