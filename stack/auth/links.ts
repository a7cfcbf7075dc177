/** Links and codes that the admin API makes: invitations, and those that an application mails itself. */
import { createHash, randomInt } from 'node:crypto'
import { z } from 'zod'
import { refusals } from './errors.ts'
import { checkEmail, shown, type User, type Users } from './users.ts'

const Data = z.record(z.string(), z.unknown())
export const LinkRequest = z.object({
  type: z.string(),
  email: z.string(),
  new_email: z.string().optional(),
  password: z.string().optional(),
  data: Data.optional(),
})
export const Invitation = z.object({ email: z.string(), data: Data.optional() })

type Link = { user: User; type: string; code: string; hash: string; url: string }

/** Columns of a token and of the time when it was made, by the kind of link. */
const columns: Record<string, [token: string, sentAt: string]> = {
  signup: ['confirmation_token', 'confirmation_sent_at'],
  invite: ['confirmation_token', 'confirmation_sent_at'],
  magiclink: ['recovery_token', 'recovery_sent_at'],
  recovery: ['recovery_token', 'recovery_sent_at'],
  email_change_current: ['email_change_token_current', 'email_change_sent_at'],
  email_change_new: ['email_change_token_new', 'email_change_sent_at'],
}

/** A link of the kind asked for, to the page `target`. An address without an account gets one, where the kind is for that. */
export async function makeLink(
  asked: z.infer<typeof LinkRequest>,
  target: string,
  apiUrl: string,
  users: Users,
): Promise<Link> {
  const email = checkEmail(asked.email)
  if (!(asked.type in columns)) {
    throw refusals.invalid(`Invalid email action link type requested: ${asked.type}`)
  }
  const existing = await users.byEmail(email)
  const type = !existing && asked.type === 'magiclink' ? 'signup' : asked.type
  const isNew = type === 'signup' || type === 'invite'
  if (!existing && !isNew) throw refusals.userNotFound('User with this email not found')
  if (isNew && existing?.email_confirmed_at) throw refusals.emailExists()
  if (!existing && asked.type === 'signup' && !asked.password) {
    throw refusals.invalid('Signup requires a valid password')
  }
  const user = existing ?? await users.create({ email, password: asked.password, user_metadata: asked.data })
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  const changed = type.startsWith('email_change_') ? await checkChange(asked.new_email, users) : null
  const address = type === 'email_change_new' ? changed ?? email : email
  const hash = createHash('sha256').update(address + code).digest('hex')
  await keepToken(user.id, type, hash, changed, users)
  const kind = changed === null ? type : 'email_change'
  const query = new URLSearchParams({ token: hash, type: kind, redirect_to: target })
  return { user: await users.get(user.id), type, code, hash, url: `${apiUrl}/auth/v1/verify?${query}` }
}

/** What `generateLink` answers. */
export function describeLink({ user, type, code, hash, url }: Link, target: string): Record<string, unknown> {
  return {
    ...shown(user),
    action_link: url,
    email_otp: code,
    hashed_token: hash,
    verification_type: type,
    redirect_to: target,
  }
}

const subjects: Record<string, [subject: string, action: string]> = {
  invite: ['You have been invited', 'Accept the invitation'],
  signup: ['Confirm Your Signup', 'Confirm your address'],
  email_change_current: ['Confirm Email Change', 'Confirm the change of your address'],
  email_change_new: ['Confirm Email Change', 'Confirm your new address'],
}

/** The mail with a link. */
export function mailOf(
  { type, code, url }: Link,
  to: string,
): { to: string; subject: string; text: string; html: string } {
  const [subject, action] = subjects[type] ?? ['Your Magic Link', 'Sign in']
  return {
    ...{ to, subject },
    text: `${action} with this code: ${code}\n\nOr follow this link: ${url}`,
    html: `<h1>${subject}</h1><p><a href="${
      url.replaceAll('&', '&amp;')
    }">${action}</a></p><p>Code: ${code}</p>`,
  }
}

async function checkChange(email: string | undefined, users: Users): Promise<string> {
  const address = checkEmail(email ?? '')
  if (await users.byEmail(address)) throw refusals.emailExists()
  return address
}

async function keepToken(
  id: string,
  type: string,
  hash: string,
  newEmail: string | null,
  users: Users,
): Promise<void> {
  const [token, sentAt] = columns[type] ?? []
  if (!token || !sentAt) throw refusals.unexpected()
  const row = {
    ...{ [token]: hash, [sentAt]: new Date() },
    ...(type === 'invite' ? { invited_at: new Date() } : {}),
    ...(newEmail === null ? {} : { email_change: newEmail, email_change_confirm_status: 0 }),
  }
  await users.asAuth((sql) => sql`update auth.users set ${sql(row)} where id = ${id}`)
}
