/** Tries every cell of the access matrix, then proves that a door left open or shut by mistake would be noticed. */
import { strict as assert } from 'node:assert'
import { type Cell, Matrix, type Mutant } from './access_matrix.ts'
import { accessRules, type Command, commands, type TableRules } from './access_rules.ts'
import { load } from './helpers.ts'
import { undone } from './undone.ts'

await load(Deno.env.get('DATABASE_URL') ?? '')

Deno.test('every exposed table has rules, and every rule a table', () =>
  undone(async (sql) => {
    assert.deepEqual(await new Matrix(sql, accessRules).unmatched(), [])
  }))

Deno.test('a table without rules is noticed, and so are rules without a table', () =>
  undone(async (sql) => {
    await sql`create table dashboard.planted (id bigint)`
    const { 'public.profiles': rules } = accessRules
    assert.ok(rules)
    assert.deepEqual(await new Matrix(sql, { ...accessRules, 'public.gone': rules }).unmatched(), [
      'access_rules.ts has rules for public.gone, which does not exist',
      'dashboard.planted has no rules in access_rules.ts',
    ])
  }))

Deno.test('access matrix', async (t) => {
  await undone(async (sql) => {
    const matrix = new Matrix(sql, accessRules)
    await matrix.arrange()
    for (const table of Object.keys(accessRules)) {
      await t.step(table, async (t) => {
        const cells = matrix.cells(table)
        const outcomes = await matrix.attempt(table, cells)
        for (const [index, { persona, command, relation, expected }] of cells.entries()) {
          await t.step(`${persona}: ${command} of ${relation} row is ${expected}`, () => {
            assert.equal(outcomes[index], expected)
          })
        }
      })
    }
    for (const [table, rules] of Object.entries(accessRules)) {
      await t.step(`${table}: every door that is opened or shut is noticed`, async (t) => {
        const mutants = mutantsOf(table, rules)
        const noticed = await matrix.notices(table, mutants)
        for (const [index, { change }] of mutants.entries()) {
          await t.step(change.replaceAll(/\s+/g, ' '), () => assert.equal(noticed[index], true))
        }
      })
    }
  })
})

/** Rights and policies that nobody declared, one at a time. */
function mutantsOf(table: string, rules: TableRules): Mutant[] {
  const opened = commands.filter((command) =>
    rules[command] !== 'everyone' &&
    // Its parent refuses strangers before its policy has to.
    !(command === 'insert' && rules.insert === 'employee' && 'parent' in rules)
  )
  const shut = commands.filter((command) => rules[command] !== 'nobody')
  const ofUsers = (command: Command) => (cell: Cell): boolean =>
    cell.command === command && cell.persona !== 'anon' && cell.persona !== 'service'
  return [
    {
      change: `grant select, insert, update, delete on ${table} to anon`,
      reveals: ({ persona }) => persona === 'anon',
    },
    {
      change: `revoke delete on ${table} from service_role`,
      reveals: ({ persona, command }) => persona === 'service' && command === 'delete',
    },
    ...opened.map((command): Mutant => {
      const sides = [
        ...(command === 'insert' ? [] : ['using (true)']),
        ...(command === 'insert' || command === 'update' ? ['with check (true)'] : []),
      ]
      return {
        change: `grant ${command} on ${table} to authenticated;
          create policy planted on ${table} for ${command} to authenticated ${sides.join(' ')}`,
        reveals: (cell) => ofUsers(command)(cell) && cell.expected !== 'allowed',
      }
    }),
    ...shut.map((command): Mutant => ({
      change: `create policy planted on ${table} as restrictive for ${command} to authenticated ${
        command === 'insert' ? 'with check' : 'using'
      } (false)`,
      reveals: (cell) => ofUsers(command)(cell) && cell.expected === 'allowed',
    })),
  ]
}
