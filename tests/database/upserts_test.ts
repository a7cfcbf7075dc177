/** Upserts as PostgREST sends them: every column of the payload is set, those of the conflict too. */
import { strict as assert } from 'node:assert'
import { accessRules } from './access_rules.ts'
import { load } from './helpers.ts'
import { literal, quoted, SampleRows } from './sample_rows.ts'
import { undone } from './undone.ts'

await load(Deno.env.get('DATABASE_URL') ?? '')

type Column = { name: string; type: string }

/** The statement that PostgREST 13 makes of a POST with `on_conflict` and `resolution=merge-duplicates`. */
function upsert(table: string, columns: readonly Column[], key: readonly string[], payload: unknown): string {
  const names = columns.map(({ name }) => quoted(name)).join(', ')
  const types = columns.map(({ name, type }) => `${quoted(name)} ${type}`).join(', ')
  const set = columns.map(({ name }) => `${quoted(name)} = excluded.${quoted(name)}`).join(', ')
  return `
    with pgrst_source as (
      insert into ${table} (${names})
      select ${names} from json_to_record(${literal(JSON.stringify(payload))}::json) as _ (${types})
      on conflict (${key.map(quoted)}) do update set ${set}
      returning ${table}.*)
    select count(*)::int as count from pgrst_source`
}

Deno.test('what an admin of a workspace may insert can be sent again, by every unique key', async (t) => {
  await undone(async (sql) => {
    const rows = new SampleRows(sql, accessRules, [{ name: 'ann', workspace: 'company', role: 'admin' }])
    await rows.arrange()
    const keys = await sql<{ relation: string; columns: string[] }[]>`select * from tests.unique_keys()`
    for (const { relation: table, columns: key } of keys) {
      const { insertable, updatable } = rows.entry(table)
      if (!updatable || rows.rulesOf(table).insert === 'nobody') continue
      if (!key.every((name) => insertable?.includes(name))) continue
      await t.step(`${table} on conflict (${key.join(', ')})`, async () => {
        const columns = await sql<Column[]>`
          select a.attname as name, pg_catalog.format_type(a.atttypid, a.atttypmod) as type
          from pg_catalog.pg_attribute as a
          where a.attrelid = ${table}::regclass and a.attname = any (${insertable}) order by a.attnum`
        const read = async (): Promise<unknown> => {
          const [row] = await sql.unsafe(
            `select to_jsonb(t) - 'updated_at' as row from ${table} as t where ${rows.row(table, 'ann')}`,
          )
          return row?.['row']
        }
        const before = await read()
        await sql.savepoint(async (transaction) => {
          await transaction`select tests.act_as('ann')`
          const [sent] = await transaction.unsafe(upsert(table, columns, key, before))
          await transaction`select tests.act_as_owner()`
          assert.equal(sent?.['count'], 1)
        })
        assert.deepEqual(await read(), before)
      })
    }
  })
})

Deno.test('no column that a row keeps gets another value by its owner', async (t) => {
  await undone(async (sql) => {
    const rows = new SampleRows(sql, accessRules, [{ name: 'ann', workspace: 'company', role: 'admin' }])
    await rows.arrange()
    const kept = await sql<{ relation: string; name: string; type: string }[]>`
      select w.table_name as relation, c.name, pg_catalog.format_type(a.atttypid, null) as type
      from tests.written_columns() as w
      cross join unnest(w.sent_once) as c (name)
      join pg_catalog.pg_attribute as a on a.attrelid = w.table_name::regclass and a.attname = c.name
      where w.table_name not in (select r.table_name from tests.allowed_records() as r)`
    assert.ok(kept.length > 50)
    for (const { relation: table, name, type } of kept) {
      await t.step(`${table}.${name}`, async () => {
        const other = type === 'uuid'
          ? 'gen_random_uuid()'
          : type === 'text'
          ? "'other'"
          : type === 'timestamp with time zone'
          ? `${quoted(name)} + interval '1 day'`
          : `coalesce(${quoted(name)}, 0) + 1`
        const [answer] = await sql<{ outcome: string }[]>`
          select tests.answer('ann', ${`update ${table} set ${quoted(name)} = ${other} where ${
          rows.row(table, 'ann')
        }`}) as outcome`
        assert.match(
          answer?.outcome ?? '',
          /^PT409 A row of \S+ (keeps its \w+|cannot change its (owner|workspace))\./,
        )
      })
    }
  })
})
