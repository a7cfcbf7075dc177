/** Tries every cell of the access matrix, then proves that a door left open or shut by mistake would be noticed. */
import { strict as assert } from 'node:assert'
import postgres from 'postgres'
import { Matrix } from './access_matrix.ts'
import { accessRules, commands } from './access_rules.ts'
import { load } from './helpers.ts'

const url = Deno.env.get('DATABASE_URL') ?? ''
await load(url)

/** Runs in a transaction that is always undone. */
async function undone(work: (sql: postgres.TransactionSql) => Promise<void>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const undo = new Error('undo')
  try {
    await sql.begin(async (transaction) => {
      await work(transaction)
      throw undo
    }).catch((cause) => {
      if (cause !== undo) throw cause
    })
  } finally {
    await sql.end()
  }
}

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
        for (const cell of matrix.cells(table)) {
          const { persona, command, relation, expected } = cell
          await t.step(`${persona}: ${command} of ${relation} row is ${expected}`, async () => {
            assert.equal(await matrix.attempt(table, cell), expected)
          })
        }
      })
    }
  })
})

Deno.test('the access matrix notices every door that is opened or shut', async (t) => {
  await undone(async (sql) => {
    const matrix = new Matrix(sql, accessRules)
    await matrix.arrange()
    for (const [table, rules] of Object.entries(accessRules)) {
      const mutants = [
        `grant select, insert, update, delete on ${table} to anon`,
        `revoke delete on ${table} from service_role`,
        ...commands.filter((command) =>
          rules[command] !== 'everyone' &&
          !(command === 'insert' && rules.insert === 'employee' && 'parent' in rules)
        ).map((command) => {
          const sides = [
            ...(command === 'insert' ? [] : ['using (true)']),
            ...(command === 'insert' || command === 'update' ? ['with check (true)'] : []),
          ]
          return `grant ${command} on ${table} to authenticated;
            create policy planted on ${table} for ${command} to authenticated ${sides.join(' ')}`
        }),
        ...commands.filter((command) => rules[command] !== 'nobody').map((command) =>
          `create policy planted on ${table} as restrictive for ${command} to authenticated ${
            command === 'insert' ? 'with check' : 'using'
          } (false)`
        ),
      ]
      for (const mutant of mutants) {
        await t.step(`${table}: ${mutant.replaceAll(/\s+/g, ' ')}`, async () => {
          await sql.unsafe(`savepoint mutant; ${mutant}`).simple()
          try {
            assert.notEqual(await matrix.firstSurprise(table), null)
          } finally {
            await sql.unsafe('rollback to savepoint mutant; release savepoint mutant').simple()
          }
        })
      }
    }
  })
})
