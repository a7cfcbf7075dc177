/**
 * Lets a sign-in take the same work whether there is such a user or not. `@supabase/lite` compares no password where
 * there is none, or where the address is not confirmed, so that its time would show which addresses have an account. For the
 * time of a sign-in, the query for the user finds one anyway, with a password that no text has.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { KyselyPlugin, QueryResult, RootOperationNode, UnknownRow } from 'kysely'

type SignIn = { query?: object }

const signIn = new AsyncLocalStorage<SignIn>()

/** Runs a sign-in with a password. */
export function comparingAlways<T>(work: () => T): T {
  return signIn.run({}, work)
}

/** Of the connection of Auth. */
export const decoyPassword: KyselyPlugin = {
  transformQuery: ({ node, queryId }) => {
    const current = signIn.getStore()
    if (current && !current.query && selectsUsers(node)) current.query = queryId
    return node
  },
  transformResult: ({ result, queryId }) =>
    Promise.resolve(signIn.getStore()?.query === queryId ? withPassword(result) : result),
}

function selectsUsers(node: RootOperationNode): boolean {
  const [table] = node.kind === 'SelectQueryNode' ? node.from?.froms ?? [] : []
  return table?.kind === 'TableNode' && 'table' in table && JSON.stringify(table.table).includes('"users"')
}

function withPassword(result: QueryResult<UnknownRow>): QueryResult<UnknownRow> {
  const [row = { id: randomUUID(), raw_app_meta_data: {}, raw_user_meta_data: {} }] = result.rows
  const confirmed = row['email_confirmed_at'] ?? new Date().toISOString()
  const hash = row['encrypted_password'] || unknownHash()
  return { ...result, rows: [{ ...row, email_confirmed_at: confirmed, encrypted_password: hash }] }
}

/** A bcrypt hash of the cost that passwords have; what it is a hash of, is unknown. */
export function unknownHash(): string {
  const alphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  const characters = crypto.getRandomValues(new Uint8Array(53))
  return `$2a$10$${[...characters].map((byte) => alphabet[byte % 64]).join('')}`
}
