/** Prepares the Postgres of DATABASE_URL: creates what a Supabase project has before its first migration. */
import postgres from 'postgres'
import { StackError } from '../options.ts'
import type { Database } from './embedded.ts'
import { platformFiles } from './template.ts'

const connectTimeoutSeconds = 10

export async function useExternal(adminUrl: string): Promise<Database> {
  let target: URL
  try {
    target = new URL(adminUrl)
  } catch {
    throw new StackError(
      'DATABASE_URL is not a URL: it should look like postgres://user:password@host:5432/database.',
    )
  }
  const sql = postgres(adminUrl, { max: 1, connect_timeout: connectTimeoutSeconds, onnotice: () => {} })
  try {
    const [role] = await sql<{ superuser: boolean; user: string; prepared: boolean }[]>`
      select rolsuper as superuser, rolname as user, to_regclass('auth.users') is not null as prepared
      from pg_catalog.pg_roles where rolname = current_user`.catch((cause: Error) => {
      throw new StackError(
        `The database of DATABASE_URL (${target.host}) cannot be reached: ${cause.message}`,
      )
    })
    if (!role?.superuser) {
      throw new StackError(
        `DATABASE_URL signs in as ${role?.user}, which is not a superuser: the platform's roles cannot be created.`,
      )
    }
    if (!role.prepared) await prepare(sql, decodeURIComponent(target.password))
  } finally {
    await sql.end()
  }
  const url = new URL(target)
  url.username = 'postgres'
  return { adminUrl, url: url.href, stop: () => Promise.resolve() }
}

async function prepare(sql: postgres.Sql, password: string): Promise<void> {
  await sql.begin(async (transaction) => {
    // The project's role signs in with the password that its administrator has.
    if (password) await transaction`select set_config('plinth.postgres_password', ${password}, true)`
    for (const file of await platformFiles()) await transaction.unsafe(file.sql)
  })
}
