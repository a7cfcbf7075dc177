/** Accounts in the database, as the admin API of Auth reads and changes them. */
import { randomUUID } from 'node:crypto'
import type postgres from 'postgres'
import { unknownHash } from './decoy.ts'
import { refusals } from './errors.ts'
import { parseDuration } from './limits.ts'

type Data = Record<string, unknown>
type Sql = postgres.TransactionSql

/** What the admin API may set of an account. */
export type Account = {
  id?: string | undefined
  email?: string | undefined
  password?: string | undefined
  password_hash?: string | undefined
  role?: string | undefined
  email_confirm?: boolean | undefined
  user_metadata?: Data | undefined
  app_metadata?: Data | undefined
  ban_duration?: string | undefined
}

/** A row of auth.users. */
export type UserRow = Data & {
  id: string
  email: string | null
  email_confirmed_at: Date | null
  raw_app_meta_data: Data | null
  raw_user_meta_data: Data | null
  banned_until: Date | null
  phone: string | null
  phone_confirmed_at: Date | null
  is_anonymous: boolean | null
}

export type User = UserRow & { identities: Data[] }

export class Users {
  readonly #sql: postgres.Sql
  readonly #minimumPassword: number

  /** `sql` must be allowed to become `supabase_auth_admin`, the role of Auth on the platform. */
  constructor(sql: postgres.Sql, minimumPassword: number) {
    this.#sql = sql
    this.#minimumPassword = minimumPassword
  }

  /** Runs statements with the rights of Auth. */
  async asAuth<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return await this.#sql.begin(async (sql) => {
      await sql`set local role supabase_auth_admin`
      return await work(sql)
    }) as T
  }

  async list(limit: number, offset: number, filter: string): Promise<{ users: User[]; total: number }> {
    const pattern = `%${filter.replaceAll(/[\\%_]/g, '\\$&')}%`
    return await this.asAuth(async (sql) => {
      const matching = sql`deleted_at is null and (
        ${filter} = '' or email ilike ${pattern} or raw_user_meta_data ->> 'full_name' ilike ${pattern})`
      const [counted] = await sql<{ total: number }[]>`
        select count(*)::integer as total from auth.users where ${matching}`
      const users = await sql<User[]>`
        select u.*, ${identities(sql)} from auth.users as u where ${matching}
        order by u.created_at desc, u.id limit ${limit} offset ${offset}`
      return { users, total: counted?.total ?? 0 }
    })
  }

  async get(id: string): Promise<User> {
    return await this.asAuth((sql) => find(sql, id))
  }

  async byEmail(email: string): Promise<User | null> {
    const [user] = await this.asAuth((sql) =>
      sql<User[]>`
        select u.*, ${identities(sql)} from auth.users as u
        where u.email = ${email.toLowerCase()} and not u.is_sso_user`
    )
    return user ?? null
  }

  /** Without a password, one that is known to no one. */
  async create(account: Account): Promise<User> {
    const id = account.id ?? randomUUID()
    const email = checkEmail(account.email ?? '')
    if (account.password) this.checkPassword(account.password)
    if (await this.byEmail(email)) throw refusals.emailExists()
    const hash = account.password_hash ??
      (account.password ? await this.#hash(account.password) : unknownHash())
    const row = {
      ...{ id, aud: 'authenticated', role: account.role ?? 'authenticated', email, encrypted_password: hash },
      ...bannedUntil(account),
      email_confirmed_at: account.email_confirm ? new Date() : null,
      created_at: new Date(),
      updated_at: new Date(),
    }
    const app = { provider: 'email', providers: ['email'], ...account.app_metadata }
    const own = { ...account.user_metadata, ...(account.email_confirm ? { email_verified: true } : {}) }
    return await this.asAuth(async (sql) => {
      const data = { raw_app_meta_data: sql.json(app as never), raw_user_meta_data: sql.json(own as never) }
      await sql`insert into auth.users ${sql({ ...row, ...data })}`
      await addIdentity(sql, id, email, account.email_confirm ?? false)
      return await find(sql, id)
    })
  }

  async update(id: string, account: Account): Promise<User> {
    const user = await this.get(id)
    const { email: asked, password, role, app_metadata, user_metadata } = account
    const email = asked ? checkEmail(asked) : undefined
    const other = email === undefined ? null : await this.byEmail(email)
    if (other && other.id !== id) throw refusals.emailExists()
    if (password !== undefined) this.checkPassword(password)
    const hash = password === undefined ? undefined : await this.#hash(password)
    const confirmed = account.email_confirm && !user.email_confirmed_at
    const own = { ...user_metadata, ...(confirmed ? { email_verified: true } : {}) }
    return await this.asAuth(async (sql) => {
      const row = {
        updated_at: new Date(),
        ...(email === undefined ? {} : { email }),
        ...(role ? { role } : {}),
        ...(hash === undefined ? {} : { encrypted_password: hash }),
        ...(confirmed ? { email_confirmed_at: new Date() } : {}),
        ...bannedUntil(account),
        raw_app_meta_data: sql.json(merged(user.raw_app_meta_data, app_metadata) as never),
        raw_user_meta_data: sql.json(merged(user.raw_user_meta_data, own) as never),
      }
      await sql`update auth.users set ${sql(row)} where id = ${id}`
      if (email !== undefined) await readdress(sql, id, email, account.email_confirm ?? false)
      if (password !== undefined) await sql`delete from auth.sessions where user_id = ${id}`
      return await find(sql, id)
    })
  }

  /** A soft deletion keeps the row, without what it says of the user. */
  async remove(id: string, soft: boolean): Promise<void> {
    await this.get(id)
    await this.asAuth(async (sql) => {
      if (!soft) return await sql`delete from auth.users where id = ${id}`
      await sql`delete from auth.sessions where user_id = ${id}`
      await sql`delete from auth.identities where user_id = ${id}`
      return await sql`
        update auth.users set email = encode(sha256(convert_to(coalesce(email, ''), 'utf8')), 'hex'),
          encrypted_password = '', raw_user_meta_data = '{}', raw_app_meta_data = '{}', confirmation_token = null,
          recovery_token = null, email_change = null, email_change_token_new = null, email_change_token_current = null,
          phone = null, deleted_at = now(), updated_at = now()
        where id = ${id}`
    })
  }

  /** Ends all sessions of a user but one. */
  async endOtherSessions(id: string, session: string): Promise<void> {
    await this.asAuth((sql) => sql`delete from auth.sessions where user_id = ${id} and id <> ${session}`)
  }

  /** No code and no link that was mailed to an address is good for anything from now on. */
  async burnCodes(email: string): Promise<void> {
    await this.asAuth((sql) =>
      sql`
        update auth.users set confirmation_token = null, recovery_token = null, reauthentication_token = null,
          email_change_token_current = null, email_change_token_new = null
        where email = ${email} or email_change = ${email}`
    )
  }

  /** Throws for a password that no user may have. */
  checkPassword(password: string): void {
    if (password.length > 72) throw refusals.invalid('Password cannot be longer than 72 characters')
    const least = this.#minimumPassword
    if (password.length < least) {
      throw refusals.weakPassword(`Password should be at least ${least} characters.`)
    }
  }

  /** As the seed and the hosted service make it. */
  async #hash(password: string): Promise<string> {
    const [row] = await this.#sql<{ hash: string }[]>`
      select extensions.crypt(${password}, extensions.gen_salt('bf', 10)) as hash`
    return row?.hash ?? ''
  }
}

/** A user as the API shows it. */
export function shown(user: User): Data {
  const visible = [
    ...[
      'id',
      'aud',
      'role',
      'email_confirmed_at',
      'invited_at',
      'phone_confirmed_at',
      'confirmation_sent_at',
    ],
    ...[
      'confirmed_at',
      'recovery_sent_at',
      'email_change_sent_at',
      'reauthentication_sent_at',
      'last_sign_in_at',
    ],
    ...['created_at', 'updated_at', 'banned_until', 'deleted_at'],
  ]
  return {
    ...Object.fromEntries(visible.map((name) => [name, user[name]]).filter(([, value]) => value !== null)),
    email: user.email ?? '',
    phone: user.phone ?? '',
    ...(user['email_change'] ? { new_email: user['email_change'] } : {}),
    app_metadata: user.raw_app_meta_data ?? {},
    user_metadata: user.raw_user_meta_data ?? {},
    identities: user.identities,
    is_anonymous: user.is_anonymous ?? false,
  }
}

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
/** Addresses that browsers take in a field for them, with a domain of several labels. */
const address = new RegExp(`^[\\w.!#$%&'*+/=?^\`{|}~-]+@${label}(?:\\.${label})+$`, 'i')

/** The address in the form that is stored; throws for text that is none. */
export function checkEmail(email: string): string {
  if (!address.test(email) || email.length > 255) {
    throw refusals.invalid('Unable to validate email address: invalid format')
  }
  return email.toLowerCase()
}

async function find(sql: Sql, id: string): Promise<User> {
  const [user] = await sql<User[]>`select u.*, ${identities(sql)} from auth.users as u where u.id = ${id}`
  if (!user) throw refusals.userNotFound()
  return user
}

function identities(sql: Sql): postgres.PendingQuery<postgres.Row[]> {
  return sql`(
    select coalesce(jsonb_agg(jsonb_build_object('identity_id', i.id, 'id', i.provider_id, 'user_id', i.user_id,
      'identity_data', i.identity_data, 'provider', i.provider, 'last_sign_in_at', i.last_sign_in_at,
      'created_at', i.created_at, 'updated_at', i.updated_at, 'email', i.email) order by i.created_at), '[]')
    from auth.identities as i where i.user_id = u.id) as identities`
}

async function addIdentity(sql: Sql, id: string, email: string, verified: boolean): Promise<void> {
  const data = { sub: id, email, email_verified: verified, phone_verified: false }
  await sql`
    insert into auth.identities (provider_id, user_id, identity_data, provider, created_at, updated_at)
    values (${id}, ${id}, ${sql.json(data)}, 'email', now(), now())`
}

async function readdress(sql: Sql, id: string, email: string, verified: boolean): Promise<void> {
  const { count } = await sql`
    update auth.identities set identity_data = identity_data || ${
    sql.json({ email, email_verified: verified })
  },
      updated_at = now()
    where user_id = ${id} and provider = 'email'`
  if (count === 0) await addIdentity(sql, id, email, verified)
}

/** Null removes a field. */
function merged(former: Data | null, changes: Data = {}): Data {
  return Object.fromEntries(Object.entries({ ...former, ...changes }).filter(([, value]) => value !== null))
}

function bannedUntil({ ban_duration: duration }: Account): { banned_until?: Date | null } {
  if (duration === undefined) return {}
  if (duration === 'none') return { banned_until: null }
  const ms = parseDuration(duration)
  if (ms === null) throw refusals.invalid(`invalid format for ban duration: ${duration}`)
  return { banned_until: new Date(Date.now() + ms) }
}
