/** Rows written by anyone are seen: in which order, and what is not. */
import postgres from 'postgres'
import { env } from '../support/clients.ts'
import { assert, connect, disconnect, quiet, test, watch, withTable } from './helpers.ts'
import { sleep, until } from '../support/wait.ts'

/** What a change says, in short: `I 1 name`. */
type Short = { eventType: string; new: Record<string, unknown>; old: Record<string, unknown> }
const short = ({ eventType, new: now, old }: Short): string =>
  `${eventType[0]} ${now.id ?? old.id} ${now.name ?? ''}`.trim()

async function withClient(use: (client: ReturnType<typeof connect>) => Promise<void>): Promise<void> {
  const client = connect()
  try {
    await use(client)
  } finally {
    await disconnect(client)
  }
}

test('changes come as they happened, with what triggers change in turn after it', () =>
  withClient(async (client) => {
    const setup = `
      create table $schema.logs (id integer generated always as identity primary key, name text);
      grant select on $schema.logs to anon;
      alter publication supabase_realtime add table $schema.logs;
      create function $schema.touch() returns trigger language plpgsql as $f$
      begin
        if new.name !~ '!' then
          insert into $schema.logs (name) values (tg_op || ' ' || new.id);
          -- Other rows of the same statement, whose own triggers have not run yet.
          update $schema.things set name = name || '!' where name !~ '!' and id > new.id;
        end if;
        return null;
      end $f$;
      create trigger touch after insert on $schema.things for each row execute function $schema.touch();`
    await withTable('id integer primary key, name text', async ({ schema, sql }) => {
      const { heard } = await watch(client, { schema })
      await sql.unsafe(`insert into ${schema}.things values (1, 'a'), (2, 'b'), (3, 'c')`)
      await until(() => heard.length === 8, 'all came')
      await sleep(quiet)
      assert.deepEqual(heard.map((change) => `${change.table} ${short(change)}`), [
        'things I 1 a',
        'things I 2 b',
        'things I 3 c',
        'logs I 1 INSERT 1',
        'things U 2 b!',
        'things U 3 c!',
        'logs I 2 INSERT 2',
        'logs I 3 INSERT 3',
      ])
    }, { setup })
  }))

test('a transaction is delivered when it commits, as a whole, without what it rolled back', () =>
  withClient(async (client) => {
    await withTable('id integer primary key, name text', async ({ schema, sql }) => {
      const { heard } = await watch(client, { schema, table: 'things' })
      await sql.begin(async (transaction) => {
        await transaction.unsafe(`insert into ${schema}.things values (1, 'kept')`)
        await transaction.unsafe('savepoint s')
        await transaction.unsafe(`insert into ${schema}.things values (2, 'taken back')`)
        await transaction.unsafe('rollback to s')
        await transaction.unsafe(`update ${schema}.things set name = 'changed'`)
        await sleep(200)
        assert.deepEqual(heard, [], 'nothing before the commit')
      })
      await assert.rejects(sql.begin(async (transaction) => {
        await transaction.unsafe(`insert into ${schema}.things values (3, 'never')`)
        throw new Error('no')
      }))
      await until(() => heard.length === 2, 'both came')
      await sleep(quiet)
      assert.deepEqual(heard.map(short), ['I 1 kept', 'U 1 changed'])
      assert.equal(heard[0]?.commit_timestamp, heard[1]?.commit_timestamp)
    })
  }))

test('transactions are delivered in the order of their commits, not of their starts', () =>
  withClient(async (client) => {
    await withTable('id integer primary key, name text', async ({ schema, sql }) => {
      const [{ embedded } = { embedded: true }] = await sql<
        { embedded: boolean }[]
      >`select version() ~ 'emcc|wasm' as embedded`
      // The embedded database has no transactions at the same time.
      if (embedded) return
      const { heard } = await watch(client, { schema, table: 'things' })
      const other = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })
      await sql.begin(async (first) => {
        await first.unsafe(`insert into ${schema}.things values (1, 'began first')`)
        await other.unsafe(`insert into ${schema}.things values (2, 'committed first')`)
        await until(() => heard.length === 1, 'the other came')
      })
      await other.end()
      await until(() => heard.length === 2, 'both came')
      assert.deepEqual(heard.map(short), ['I 2 committed first', 'I 1 began first'])
    })
  }))

test('what is written by psql, COPY, MERGE, upserts, cascades, functions and imports is seen; TRUNCATE is not', () =>
  withClient(async (client) => {
    const setup = `
      create table $schema.parts (id integer primary key, name text, thing_id integer references $schema.things on delete cascade);
      grant select on $schema.parts to anon;
      alter publication supabase_realtime add table $schema.parts;
      create function $schema.write() returns void language sql security definer as $f$
        insert into $schema.things values (9, 'function') $f$;`
    await withTable('id integer primary key, name text', async ({ schema, sql }) => {
      const { heard } = await watch(client, { schema })
      const psql = await new Deno.Command('psql', {
        args: [env('DATABASE_URL'), '-qc', `insert into ${schema}.things values (1, 'psql')`],
      }).output().catch(() => null)
      if (!psql?.success) await sql.unsafe(`insert into ${schema}.things values (1, 'psql')`)
      const [{ embedded } = { embedded: true }] = await sql<
        { embedded: boolean }[]
      >`select version() ~ 'emcc|wasm' as embedded`
      if (embedded) await sql.unsafe(`insert into ${schema}.things values (2, 'copied'), (3, 'copied')`)
      else {
        const copy = await sql.unsafe(`copy ${schema}.things from stdin`).writable()
        copy.end('2\tcopied\n3\tcopied\n')
        await new Promise((resolve) => copy.on('finish', resolve))
      }
      await sql.unsafe(`insert into ${schema}.things values (2, 'upserted'), (4, 'new')
        on conflict (id) do update set name = excluded.name`)
      await sql.unsafe(`merge into ${schema}.things t using (values (4), (5)) as v (id) on t.id = v.id
        when matched then delete when not matched then insert values (v.id, 'merged')`)
      await sql.unsafe(`select ${schema}.write()`)
      await sql.unsafe(`insert into ${schema}.parts values (1, 'part', 9)`)
      await sql.unsafe(`delete from ${schema}.things where id = 9`)
      await sql.unsafe(`do $d$ begin insert into ${schema}.things values (10, 'block'); end $d$`)
      await until(() => heard.length === 12, 'all came')
      await sql.unsafe(`truncate ${schema}.things cascade`)
      await sleep(quiet)
      const said = heard.map((change) => `${change.table} ${short(change)}`)
      assert.deepEqual(said.slice(0, 3), ['things I 1 psql', 'things I 2 copied', 'things I 3 copied'])
      assert.deepEqual([...said.slice(3, 5)].sort(), ['things I 4 new', 'things U 2 upserted'])
      assert.deepEqual([...said.slice(5, 7)].sort(), ['things D 4', 'things I 5 merged'])
      assert.deepEqual(said.slice(7), [
        'things I 9 function',
        'parts I 1 part',
        'things D 9',
        'parts D 1',
        'things I 10 block',
      ])
    }, { setup })
  }))

test('partitions, and tables whose rows look alike, are seen too', () =>
  withClient(async (client) => {
    const setup = `
      create table $schema.months (id integer, month integer, primary key (id, month)) partition by list (month);
      create table $schema.january partition of $schema.months for values in (1);
      create table $schema.february partition of $schema.months for values in (2);
      create table $schema.odd ("new" integer primary key, "old" text, n text, tg_op text);
      grant select on all tables in schema $schema to anon;
      alter publication supabase_realtime add table $schema.months, $schema.odd;`
    await withTable('id integer primary key', async ({ schema, sql }) => {
      const { heard } = await watch(client, { schema })
      await sql.unsafe(`insert into ${schema}.months values (1, 1), (2, 2)`)
      await sql.unsafe(`insert into ${schema}.odd values (1, 'a', 'c', 'd'), (2, 'a', 'c', 'd')`)
      await sql.unsafe(`update ${schema}.odd set "old" = 'x'`)
      await sql.unsafe(`delete from ${schema}.odd`)
      await until(() => heard.length === 8, 'all came')
      assert.deepEqual(heard.map(({ table, eventType, new: now, old }) => [table, eventType, now, old]), [
        ['january', 'INSERT', { id: 1, month: 1 }, {}],
        ['february', 'INSERT', { id: 2, month: 2 }, {}],
        ['odd', 'INSERT', { new: 1, old: 'a', n: 'c', tg_op: 'd' }, {}],
        ['odd', 'INSERT', { new: 2, old: 'a', n: 'c', tg_op: 'd' }, {}],
        ['odd', 'UPDATE', { new: 1, old: 'x', n: 'c', tg_op: 'd' }, { new: 1 }],
        ['odd', 'UPDATE', { new: 2, old: 'x', n: 'c', tg_op: 'd' }, { new: 2 }],
        ['odd', 'DELETE', {}, { new: 1 }],
        ['odd', 'DELETE', {}, { new: 2 }],
      ])
    }, { setup })
  }))

test('a bulk change comes whole and in order, in bounded pieces', () =>
  withClient(async (client) => {
    await withTable('id integer primary key, name text', async ({ schema, sql }) => {
      const { heard } = await watch(client, { schema, table: 'things' })
      const count = 20_000
      await sql.unsafe(
        `insert into ${schema}.things select n, 'name ' || n from generate_series(1, ${count}) as n`,
      )
      await sql.unsafe(`insert into ${schema}.things values (0, 'afterwards')`)
      await until(() => heard.length === count + 1, 'all came', 60_000)
      assert.deepEqual(heard.map(({ new: now }) => now.id), [
        ...Array.from({ length: count }, (_, index) => index + 1),
        0,
      ])
    })
  }))

test('names that need quotes are no trouble', () =>
  withClient(async (client) => {
    const setup = `
      create table $schema."Odd ""table"" name'; --" ("The id" integer primary key, "select" text);
      grant select on all tables in schema $schema to anon;
      alter table $schema."Odd ""table"" name'; --" enable row level security;
      create policy "p" on $schema."Odd ""table"" name'; --" for select to anon using ("select" <> 'hidden');
      alter publication supabase_realtime add table $schema."Odd ""table"" name'; --";`
    await withTable('id integer primary key', async ({ schema, sql }) => {
      const table = `Odd "table" name'; --`
      const { heard } = await watch(client, { schema, table, filter: 'select=like.%q%' })
      await sql.unsafe(
        `insert into ${schema}."Odd ""table"" name'; --" values (1, 'it''s "quoted"'), (2, 'hidden'), (3, 'no')`,
      )
      await sql.unsafe(`delete from ${schema}."Odd ""table"" name'; --" where "The id" = 3`)
      await until(() => heard.length === 1, 'it came')
      await sleep(quiet)
      assert.deepEqual(heard.map(({ new: now }) => now), [{ 'The id': 1, select: `it's "quoted"` }])
    }, { setup })
  }))

test('changes without subscribers are not recorded', () =>
  withClient((client) =>
    withTable('id integer primary key', async ({ schema, sql }) => {
      await watch(client, { schema, table: 'things' })
      // Tables share bits, so several are created until one is not watched.
      await sql.unsafe(`
        create table ${schema}.a (id integer primary key); create table ${schema}.b (id integer primary key);
        create table ${schema}.c (id integer primary key); create table ${schema}.d (id integer primary key);
        alter publication supabase_realtime add table ${schema}.a, ${schema}.b, ${schema}.c, ${schema}.d`)
      const url = new URL(env('DATABASE_URL'))
      url.username = 'supabase_admin'
      const admin = postgres(url.href, { max: 1, onnotice: () => {} })
      try {
        const [quietTable] = await admin<{ name: string }[]>`
          select oid::regclass::text as name from pg_class, _realtime.watched as w
          where relnamespace = ${schema}::regnamespace and relkind = 'r' and relname <> 'things'
            and _realtime.bit(oid) & w.last_value = 0`
        assert.ok(quietTable)
        const written = (table: string): Promise<number> =>
          admin.begin(async (transaction) => {
            await transaction.unsafe(`insert into ${table} values (1)`)
            // Seen from within the transaction, before it is announced.
            const [row] = await transaction.unsafe<{ count: number }[]>(
              `select count(*)::int as count from _realtime.changes where relation = '${table}'::regclass`,
            )
            return row?.count ?? -1
          }) as Promise<number>
        assert.equal(await written(quietTable.name), 0)
        assert.equal(await written(`${schema}.things`), 1)
      } finally {
        await admin.end()
      }
    })
  ))
