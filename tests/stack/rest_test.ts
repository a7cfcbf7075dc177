/** Parts of REST that need no database, or none that is there. */
import { strict as assert } from 'node:assert'
import { generateKeys } from '../../stack/keys/tokens.ts'
import { readCsv } from '../../stack/rest/csv.ts'
import { readLogic } from '../../stack/rest/filters.ts'
import { Parameters } from '../../stack/rest/fragments.ts'
import { planRead } from '../../stack/rest/plan.ts'
import { readQuery } from '../../stack/rest/query.ts'
import { createRest } from '../../stack/rest/rest.ts'
import { callOf, findRoutine } from '../../stack/rest/routines.ts'
import { readSchema, type Schema } from '../../stack/rest/schema.ts'

/** A function of the schema `api` with such arguments. */
function schemaWith(...argumentsOf: { name: string; type: string; required?: boolean }[][]): Schema {
  const functions = argumentsOf.map((all) => ({
    schema: 'api',
    name: 'run',
    arguments: all.map((argument) => ({ required: true, variadic: false, ...argument })),
    volatility: 'v',
    isSet: false,
    isVoid: false,
    isComposite: false,
    resultName: 'text',
  }))
  return readSchema(JSON.stringify({ relations: [], foreignKeys: [], computed: [], functions }))
}

const asked = { schema: 'api', name: 'run', contentType: 'application/json', isPost: true }

Deno.test('a function with one argument without a name takes the whole body', () => {
  const schema = schemaWith([{ name: '', type: 'jsonb' }])
  const routine = findRoutine({ ...asked, keys: ['a'] }, schema)
  const plan = planRead(readQuery(new URLSearchParams(), false), schema, {
    schema: 'api',
    name: 'run',
    fromSource: true,
    filtersRoot: true,
    maxRows: null,
  })
  const parameters = new Parameters()
  const call = callOf(routine, { body: { text: '[{"a": 1}]', keys: ['a'] } }, plan, parameters)
  assert.equal(
    call,
    'SELECT pgrst_call.pgrst_scalar FROM (SELECT "api"."run"($1::jsonb) pgrst_scalar) pgrst_call',
  )
  assert.deepEqual(parameters.values, ['[{"a": 1}]'])
  assert.throws(() => findRoutine({ ...asked, isPost: false, keys: ['a'] }, schema), { code: 'PGRST202' })
  assert.throws(() => findRoutine({ ...asked, contentType: 'text/plain', keys: [] }, schema), {
    code: 'PGRST202',
  })
})

Deno.test('functions of one name are distinguished by their arguments, or refused', () => {
  const optional = { name: 'b', type: 'text', required: false }
  const schema = schemaWith([{ name: 'a', type: 'text' }], [{ name: 'a', type: 'text' }, {
    ...optional,
    required: true,
  }])
  assert.equal(findRoutine({ ...asked, keys: ['a', 'b'] }, schema).arguments.length, 2)
  const same = schemaWith([{ name: 'a', type: 'text' }], [{ name: 'a', type: 'text' }, optional])
  assert.throws(() => findRoutine({ ...asked, keys: ['a'] }, same), { code: 'PGRST203', status: 300 })
})

Deno.test('functions that could all be meant are listed in the order of PostgREST', () => {
  const [text, integer, both] = ['text', 'integer', 'text'].map((type) => ({ name: 'a', type }))
  const optional = { name: 'b', type: 'text', required: false }
  const schema = schemaWith([both!, optional], [text!], [integer!])
  assert.throws(() => findRoutine({ ...asked, keys: ['a'] }, schema), {
    message: 'Could not choose the best candidate function between: ' +
      'api.run(a => integer), api.run(a => text), api.run(a => text, b => text)',
  })
})

Deno.test('values within a tree end at commas, unless they are in quotes or braces', () => {
  const tree = readLogic('or', false, '(a.eq.1,b.eq."x,)\\"y",c.cs.{1,2},not.and(d.is.null,e.in.(1,"2,3")))')
  assert.deepEqual(
    tree.kind === 'tree' &&
      tree.branches.map((branch) =>
        branch.kind === 'filter' && branch.operation.kind === 'compare'
          ? branch.operation.value
          : branch.negated
      ),
    ['1', 'x,)"y', '{1,2}', true],
  )
})

Deno.test('braces that are not closed are read once, whatever is in them', () => {
  assert.throws(() => readLogic('or', false, `(a.eq.{${'""'.repeat(5_000)}`), { code: 'PGRST100' })
  const tree = readLogic('or', false, '(a.cs.{"x}",b},b.eq.{"c,d.eq.1)')
  assert.deepEqual(
    tree.kind === 'tree' &&
      tree.branches.map((branch) =>
        branch.kind === 'filter' && branch.operation.kind === 'compare' && branch.operation.value
      ),
    ['{"x}",b}', '{"c', '1'],
  )
})

Deno.test('CSV has quotes, commas and line ends in its fields', () => {
  assert.deepEqual(readCsv('a,b\r\n"1,""2""","x\ny"\n,\n'), [['a', 'b'], ['1,"2"', 'x\ny'], ['', '']])
  assert.equal(readCsv('a\n"b'), null)
})

Deno.test('CSV of many empty lines, and of one long field, is read once', () => {
  const many = 400_000
  assert.equal(readCsv(`a${'\n'.repeat(many)}x`)?.length, many + 1)
  assert.deepEqual(readCsv(`a${'\r\n'.repeat(many)}`), [['a']])
  assert.deepEqual(readCsv(`"${'""'.repeat(4 * many)}"`), [['"'.repeat(4 * many)]])
  for (const rest of ['""', 'a""', 'ab']) assert.equal(readCsv(`"${rest.repeat(4 * many)}x`), null)
  for (const odd of ['a"b', '"a"b', 'a\rb', '"a"\r']) assert.equal(readCsv(odd), null, odd)
})

Deno.test('while the database is away, REST is 503 and says when to come again', async () => {
  const keys = await generateKeys()
  const rest = createRest({
    adminUrl: 'postgres://nobody@127.0.0.1:1/none',
    keys,
    connections: 1,
    postgrestUrl: null,
    schemas: ['public'],
    maxRows: 10,
  })
  try {
    const headers = { apikey: keys.publishableKey }
    const answer = await rest.fetch(new Request('http://localhost/rest/v1/tasks', { headers }))
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1'])
    assert.equal((await answer.json()).code, 'PGRST000')
  } finally {
    await rest.stop()
  }
})
