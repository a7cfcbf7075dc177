/** The password that a sign-in is compared with where there is none. */
import { strict as assert } from 'node:assert'
import { comparingAlways, decoyPassword } from '../../stack/auth/decoy.ts'

type Row = Record<string, unknown>
type Node = Parameters<typeof decoyPassword.transformQuery>[0]['node']

const select = (table: string): Node =>
  ({
    kind: 'SelectQueryNode',
    from: {
      kind: 'FromNode',
      froms: [{
        kind: 'TableNode',
        table: {
          kind: 'SchemableIdentifierNode',
          schema: { kind: 'IdentifierNode', name: 'auth' },
          identifier: { kind: 'IdentifierNode', name: table },
        },
      }],
    },
  }) as unknown as Node

/** What a query of Auth finds where the database has these rows. */
async function find(table: string, rows: Row[]): Promise<Row[]> {
  const queryId = { queryId: crypto.randomUUID() }
  decoyPassword.transformQuery({ node: select(table), queryId })
  return (await decoyPassword.transformResult({ result: { rows }, queryId })).rows
}

const bcrypt = /^\$2a\$10\$[./A-Za-z0-9]{53}$/

Deno.test('a sign-in finds a password to compare for every address', async () => {
  const [decoy] = await comparingAlways(() => find('users', []))
  assert.match(String(decoy?.encrypted_password), bcrypt)
  assert.equal(typeof decoy?.email_confirmed_at, 'string')
  const [other] = await comparingAlways(() => find('users', []))
  assert.notEqual(other?.encrypted_password, decoy?.encrypted_password)

  const invited = { id: '1', encrypted_password: null, email_confirmed_at: null }
  const [found] = await comparingAlways(() => find('users', [invited]))
  assert.equal(found?.id, '1')
  assert.match(String(found?.encrypted_password), bcrypt)
  const own = { id: '1', encrypted_password: 'own', email_confirmed_at: '2026-01-01T00:00:00Z' }
  assert.deepEqual(await comparingAlways(() => find('users', [own])), [own])
})

Deno.test('other queries find what there is', async () => {
  assert.deepEqual(await find('users', []), [])
  const later = await comparingAlways(async () => {
    await find('users', [])
    return [await find('users', []), await find('sessions', [])]
  })
  assert.deepEqual(later, [[], []], 'only the first query of a sign-in is for its user')
  assert.deepEqual(await comparingAlways(() => find('sessions', [])), [])
})
