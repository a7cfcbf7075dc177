/** Every filter operator that the platform documents, turned round too, on insert, update and delete. */
import { postgresChangesFilter } from '@supabase/supabase-js'
import { FilterError, parseFilters } from '../../stack/realtime/filters.ts'
import { assert, connect, disconnect, quiet, test, watch, withTable } from './helpers.ts'
import { sleep, until } from '../support/wait.ts'

const columns =
  `id integer primary key, big bigint, name text, code varchar(10), amount numeric(12,2), flag boolean,
  day date, at timestamptz, guid uuid, kind text`
const rows = [
  `1, 1, 'Alpha', 'a', 1.50, true, '2031-01-01', '2031-01-01T00:00:00Z', 'a0000000-0000-4000-8000-000000000001', null`,
  `2, 9007199254740993, 'beta, (gamma)', 'b', 10, false, '2031-02-01', '2031-02-01T00:00:00Z',
    'a0000000-0000-4000-8000-000000000002', 'x'`,
  `3, 9007199254740992, 'Delta', 'c', 2, null, '2031-03-01', '2031-03-01T00:00:00Z',
    'a0000000-0000-4000-8000-000000000003', e'two\\nlines, "quoted" \\\\'`,
  `4, null, null, null, null, null, null, null, null, null`,
]

/** Filters, and the ids of the rows that pass. */
const cases: [filter: string, ids: number[]][] = [
  ['id=eq.2', [2]],
  ['id=neq.2', [1, 3, 4]],
  ['id=lt.2', [1]],
  ['id=lte.2', [1, 2]],
  ['id=gt.2', [3, 4]],
  ['id=gte.2', [2, 3, 4]],
  ['id=in.(1,3)', [1, 3]],
  ['id=not.in.(1,3)', [2, 4]],
  ['id=not.eq.2', [1, 3, 4]],
  ['big=eq.9007199254740993', [2]],
  ['big=gt.9007199254740992', [2]],
  ['big=in.(9007199254740992)', [3]],
  ['name=eq.Alpha', [1]],
  ['name=eq."beta, (gamma)"', [2]],
  ['name=in.("beta, (gamma)",Delta)', [2, 3]],
  ['name=neq.Alpha', [2, 3]],
  ['name=not.eq.Alpha', [2, 3]],
  ['name=gt.C', [2, 3]],
  ['name=like.%lta', [3]],
  ['name=like.%lph%', [1]],
  ['name=ilike.ALPHA', [1]],
  ['name=not.ilike.%a', [2]],
  ['name=match.^[AD]', [1, 3]],
  ['name=imatch.^[ad]', [1, 3]],
  ['name=is.null', [4]],
  ['name=not.is.null', [1, 2, 3]],
  ['name=isdistinct.Alpha', [2, 3, 4]],
  ['name=not.isdistinct.Alpha', [1]],
  ['code=eq.b', [2]],
  ['amount=eq.1.5', [1]],
  ['amount=gt.2', [2]],
  ['amount=in.(10,2.0)', [2, 3]],
  ['flag=is.true', [1]],
  ['flag=not.is.true', [2, 3, 4]],
  ['flag=is.unknown', [3, 4]],
  ['flag=eq.false', [2]],
  ['day=gte.2031-02-01', [2, 3]],
  ['at=lt.2031-02-01T01:00:00+01:00', [1]],
  ['guid=eq.A0000000-0000-4000-8000-000000000003', [3]],
  ['id=gt.1,id=lt.4', [2, 3]],
  ['id=gt.1,name=ilike.%a%,flag=is.null', [3]],
  ['kind=eq."two\nlines, \\"quoted\\" \\\\"', [3]],
  ['kind=not.is.null,name=not.like.D%', [2]],
  [' ', [1, 2, 3, 4]],
]

test('each filter lets through what the same condition of a query would, on insert, update and delete', async () => {
  const client = connect()
  await withTable(columns, async ({ schema, sql }) => {
    // Deletes are compared by the replica identity, so here it is the whole row.
    await sql.unsafe(`alter table ${schema}.things replica identity full`)
    const watched = await Promise.all(
      cases.map(([filter]) => watch(client, { schema, table: 'things', filter })),
    )
    const all = await watch(client, { schema, table: 'things' })
    await sql.unsafe(`insert into ${schema}.things values (${rows.join('), (')})`)
    await sql.unsafe(`update ${schema}.things set id = id`)
    await sql.unsafe(`delete from ${schema}.things`)
    await until(() => all.heard.length === 12, 'everything came')
    await sleep(quiet)
    cases.forEach(([filter, ids], index) => {
      const heard = watched[index]?.heard ?? []
      for (const event of ['INSERT', 'UPDATE', 'DELETE']) {
        const found = heard.filter(({ eventType }) => eventType === event).map(({ new: now, old }) =>
          now.id ?? old.id
        )
        assert.deepEqual(found, ids, `${filter} on ${event}`)
      }
    })
  }, { policy: null })
  await disconnect(client)
})

test('a delete passes a filter on what identifies the row, and no other', async () => {
  const client = connect()
  await withTable(
    'id integer primary key, owner integer not null, name text, unique (owner, id)',
    async ({ schema, sql }) => {
      await sql.unsafe(`alter table ${schema}.things replica identity using index things_owner_id_key`)
      const byOwner = await watch(client, { schema, table: 'things', event: 'DELETE', filter: 'owner=eq.7' })
      const byName = await watch(client, { schema, table: 'things', event: 'DELETE', filter: 'name=eq.x' })
      await sql.unsafe(`insert into ${schema}.things values (1, 7, 'x'), (2, 8, 'x')`)
      await sql.unsafe(`delete from ${schema}.things`)
      await until(() => byOwner.heard.length === 1, 'it came')
      await sleep(quiet)
      assert.deepEqual(byOwner.heard.map(({ old }) => old), [{ id: 1 }], 'only the key is sent')
      assert.deepEqual(byName.heard, [])
    },
  )
  await disconnect(client)
})

test('filters that the library builds are understood', () => {
  const built = postgresChangesFilter().eq('name', 'a,b"c\\d').in('kind', ['x', 'y,z']).not('id', 'gt', 5).is(
    'flag',
    null,
  )
    .isDistinct('code', ' spaced ')
  assert.deepEqual(parseFilters(built.build()), [
    { column: 'name', operator: 'eq', value: 'a,b"c\\d', negated: false },
    { column: 'kind', operator: 'in', value: '{x,"y,z"}', negated: false },
    { column: 'id', operator: 'gt', value: '5', negated: true },
    { column: 'flag', operator: 'is', value: 'null', negated: false },
    { column: 'code', operator: 'isdistinct', value: ' spaced ', negated: false },
  ])
})

test("filters that mean nothing are refused, in the platform's words", () => {
  const refused: [filter: string, message: string][] = [
    ['undefined', '["undefined"]'],
    ['id=5', '["5"]'],
    ['id=foo.5', '["foo", "5"]'],
    ['id=in.1', '`in` filter value must be wrapped by parentheses'],
    ['id=gt.1,,id=lt.5', 'filter must not contain empty segments (check for extra commas)'],
  ]
  for (const [filter, message] of refused) {
    assert.throws(
      () => parseFilters(filter),
      (cause) => cause instanceof FilterError && cause.message === message,
      filter,
    )
  }
})

test('a subscription that cannot be is refused with the reason', async () => {
  const client = connect()
  await withTable('id integer primary key, name text, secret text', async ({ schema, sql }) => {
    await sql.unsafe(
      `revoke select on ${schema}.things from anon; grant select (id, name) on ${schema}.things to anon`,
    )
    await sql.unsafe(`create table ${schema}.unpublished (id integer primary key)`)
    const params = (table: string, filters = '', select = 'nil'): string =>
      `[event: *, schema: ${schema}, table: ${table}, filters: [${filters}], select: ${select}]`
    const failed =
      'Unable to subscribe to changes with given parameters. An exception happened so please check your connect parameters: '
    const absent =
      'Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: '
    const refused: [wanted: Record<string, unknown>, message: string][] = [
      [{ table: 'nothing' }, absent + params('nothing')],
      [{ table: 'unpublished' }, absent + params('unpublished')],
      [
        { table: 'things', filter: 'nope=eq.1' },
        `${failed}${
          params('things', '{"nope", "eq", "1", false}')
        }. Exception: ERROR P0001 (raise_exception) invalid column for filter nope`,
      ],
      [
        { table: 'things', filter: 'secret=eq.1' },
        `${failed}${
          params('things', '{"secret", "eq", "1", false}')
        }. Exception: ERROR P0001 (raise_exception) invalid column for filter secret`,
      ],
      [
        { table: 'things', filter: 'id=eq.hey' },
        `${failed}${
          params('things', '{"id", "eq", "hey", false}')
        }. Exception: ERROR 22P02 (invalid_text_representation) ` +
        'invalid input syntax for type integer: "hey"',
      ],
      [
        { table: 'things', filter: 'id=like.5' },
        `${failed}${
          params('things', '{"id", "like", "5", false}')
        }. Exception: ERROR P0001 (raise_exception) ` +
        'operator like requires a text-compatible column type, got integer',
      ],
      [
        { table: 'things', filter: 'name=not.match.[' },
        `${failed}${
          params('things', '{"name", "match", "[", true}')
        }. Exception: ERROR P0001 (raise_exception) ` +
        'invalid regular expression for match filter: invalid regular expression: brackets [] not balanced',
      ],
      [
        { table: 'things', filter: `id=in.(${Array.from({ length: 101 }, (_, n) => n).join()})` },
        `${failed}${
          params('things', `{"id", "in", "{${Array.from({ length: 101 }, (_, n) => n).join()}}", false}`)
        }. ` +
        'Exception: ERROR P0001 (raise_exception) too many values for `in` filter. Maximum 100',
      ],
      [
        { table: 'things', select: ['secret'] },
        `${failed}${
          params('things', '', '["secret"]')
        }. Exception: ERROR P0001 (raise_exception) invalid column for select secret`,
      ],
      [
        { select: ['id'] },
        'Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.',
      ],
      [{ table: 'things', filter: 'oops' }, 'Error parsing `filter` params: ["oops"]'],
    ]
    for (const [wanted, message] of refused) {
      await assert.rejects(watch(client, { schema, ...wanted } as never), { message })
    }
    await assert.rejects(watch(client, { schema: undefined as never }), {
      message:
        'No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: %{"event" => "*"}',
    })
  })
  await disconnect(client)
})

test('a client that waits for its subscription receives a refusal at once', async () => {
  const client = connect()
  const channel = client.channel('waiting', { config: { postgres_changes_options: { wait: true } } })
    .on('postgres_changes', { event: '*', schema: 'dashboard', table: 'nothing' }, () => {})
  const failed = Promise.withResolvers<string>()
  channel.subscribe((status, error) => status === 'CHANNEL_ERROR' && failed.resolve(error?.message ?? ''))
  assert.match(
    await failed.promise,
    /^RealtimeDisabledForConfiguration: Unable to subscribe to changes with given parameters\./,
  )
  await client.removeChannel(channel)

  await withTable('id integer primary key', async ({ schema, sql }) => {
    const heard: unknown[] = []
    const ready = Promise.withResolvers<void>()
    client.channel('patient', { config: { postgres_changes_options: { wait: true } } })
      .on('postgres_changes', { event: '*', schema, table: 'things' }, (change) => heard.push(change.new))
      .subscribe((status) => status === 'SUBSCRIBED' && ready.resolve())
    await ready.promise
    await sql.unsafe(`insert into ${schema}.things values (1)`)
    await until(() => heard.length === 1, 'it came')
  })
  await disconnect(client)
})
