/** The admin API of Auth, for the secret key: users, invitations and links. */
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { isBrowser, resolveKey } from '../gateway/api_keys.ts'
import type { Redirects } from '../gateway/redirects.ts'
import type { Keys } from '../keyring.ts'
import { verifyToken } from '../keys/tokens.ts'
import { refusals } from './errors.ts'
import { describeLink, Invitation, LinkRequest, mailOf, makeLink } from './links.ts'
import { type Account, shown, type Users } from './users.ts'

type Parts = {
  users: Users
  keys: Keys
  redirects: Redirects
  mail: (message: ReturnType<typeof mailOf>) => Promise<void>
  /** The address of the API. */
  url: string
}

const Data = z.record(z.string(), z.unknown())
const AccountRequest = z.object({
  id: z.uuid('ID must conform to the uuid v4 format').optional(),
  email: z.string().optional(),
  phone: z.string().optional(),
  password: z.string().optional(),
  password_hash: z.string().regex(/^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/, 'must be a bcrypt hash').optional(),
  role: z.string().max(255).optional(),
  email_confirm: z.boolean().optional(),
  user_metadata: Data.optional(),
  app_metadata: Data.optional(),
  ban_duration: z.string().optional(),
})
const Deletion = z.object({ should_soft_delete: z.boolean().optional() })

/** Paths that are for the secret key alone. */
export const adminPaths = /^\/auth\/v1\/(admin\/(users(\/[^/]+)?|generate_link)|invite)\/?$/

const maxPerPage = 1000

export function adminRoutes(parts: Parts): Hono {
  const { users } = parts
  return new Hono().basePath('/auth/v1')
    .use(async (c, next) => {
      await checkAdmin(c.req.raw, parts.keys)
      await next()
    })
    .get('/admin/users', (c) => list(c, parts))
    .post('/admin/users', async (c) => {
      const account = await accountOf(c)
      if (!account.email) throw refusals.invalid('Cannot create a user without either an email or phone')
      return c.json(shown(await users.create(account)))
    })
    .get('/admin/users/:id', async (c) => c.json(shown(await users.get(idOf(c)))))
    .put('/admin/users/:id', async (c) => c.json(shown(await users.update(idOf(c), await accountOf(c)))))
    .delete('/admin/users/:id', async (c) => {
      const { should_soft_delete: soft = false } = await bodyOf(c, Deletion)
      await users.remove(idOf(c), soft)
      return c.json({})
    })
    .post('/admin/generate_link', async (c) => {
      const target = parts.redirects.targetOf(c.req.raw)
      const link = await makeLink(await bodyOf(c, LinkRequest), target, parts.url, users)
      return c.json(describeLink(link, target))
    })
    .post('/invite', async (c) => {
      const asked = { ...await bodyOf(c, Invitation), type: 'invite' }
      const link = await makeLink(asked, parts.redirects.targetOf(c.req.raw), parts.url, users)
      await parts.mail(mailOf(link, link.user.email ?? ''))
      return c.json(shown(link.user))
    })
    .notFound((c) => c.body(null, 404))
    .onError((cause) => {
      throw cause
    })
}

/** Throws unless the key or the token of a request has the role service_role. */
async function checkAdmin(request: Request, keys: Keys): Promise<void> {
  const apikey = request.headers.get('apikey') ?? ''
  const token = /^Bearer\s+(.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  const credential = token ?? apikey
  const known = await resolveKey(credential, keys)
  if (known?.type === 'secret' && isBrowser(request)) throw refusals.keyInBrowser()
  const claims = known?.claims ?? await verifyToken(credential, { secret: keys.jwtSecret }).catch(() => null)
  if (!claims) throw refusals.noAuthorization()
  if (claims['role'] !== 'service_role') throw refusals.notAdmin()
}

/** Newest first, with the headers that supabase-js reads the number of pages from. */
async function list(c: Context, { users }: Parts): Promise<Response> {
  const page = numberOf(c.req.query('page'), 1)
  const perPage = Math.min(numberOf(c.req.query('per_page'), 50), maxPerPage)
  const found = await users.list(perPage, (page - 1) * perPage, c.req.query('filter') ?? '')
  const last = Math.max(Math.ceil(found.total / perPage), 1)
  const link = (number: number, rel: string): string =>
    `</admin/users?page=${number}&per_page=${perPage}>; rel="${rel}"`
  c.header('link', [...(page < last ? [link(page + 1, 'next')] : []), link(last, 'last')].join(', '))
  c.header('x-total-count', String(found.total))
  return c.json({ users: found.users.map(shown), aud: 'authenticated' })
}

function numberOf(text: string | undefined, usual: number): number {
  if (!text) return usual
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 1_000_000) {
    throw refusals.invalid(`Bad Pagination Parameters: ${text}`)
  }
  return number
}

function idOf(c: Context): string {
  const { success, data } = z.guid().safeParse(c.req.param('id'))
  if (!success) throw refusals.userNotFound('user_id must be an UUID')
  return data
}

async function accountOf(c: Context): Promise<Account> {
  const account = await bodyOf(c, AccountRequest)
  if (account.phone) throw refusals.phoneDisabled()
  return account
}

async function bodyOf<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.infer<Schema>> {
  const text = await c.req.text()
  const { success, data, error } = schema.safeParse(parse(text === '' ? '{}' : text))
  if (success) return data
  const [issue] = error.issues
  throw refusals.invalid(`${issue?.path.join('.')}: ${issue?.message}`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refusals.badJson()
  }
}
