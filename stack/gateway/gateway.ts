/** The address of the API: routes each request to its service. */
import { Hono } from 'hono'
import { verifyToken } from '../keys/tokens.ts'
import type { Keys } from '../keyring.ts'
import type { Config } from './config.ts'
import { answerPreflight, isPreflight, refuse, withCors } from './cors.ts'
import type { Mailbox } from './mailbox.ts'
import { Precedence } from './precedence.ts'
import type { Services } from './services.ts'
import { refuseSlowBodies } from './slow_bodies.ts'

type Parts = {
  services: Services
  mailbox: Mailbox
  functions: (request: Request) => Promise<Response>
  realtime: (request: Request) => Response | Promise<Response>
  config: Config
  keys: Keys
}

/** Paths of the services that pages of all origins may use. */
const openServices = /^\/(rest|auth|storage|realtime)\/v1(\/|$)/

export function createGateway(parts: Parts): (request: Request) => Promise<Response> {
  const app = routes(parts)
  return refuseSlowBodies(async (asked) => {
    const request = withPlainPath(asked)
    if (!openServices.test(new URL(request.url).pathname)) return await app.fetch(request)
    return isPreflight(request) ? answerPreflight(request) : withCors(await app.fetch(request))
  })
}

/**
 * The same request, with a path that has no more escapes than it needs: `/verif%79` is `/verify`, as the routes of the
 * services read it, and no limit that looks at the path may take it for another one.
 */
function withPlainPath(request: Request): Request {
  const url = new URL(request.url)
  const plain = url.pathname.replaceAll(/%[2-7][\da-f]/gi, (escape) => {
    const character = decodeURIComponent(escape)
    return /[\w.~-]/.test(character) ? character : escape
  })
  if (plain === url.pathname) return request
  url.pathname = plain
  return new Request(url, request)
}

function routes({ services, mailbox, functions, realtime, config, keys }: Parts): Hono {
  const precedence = new Precedence()
  return new Hono()
    .all('/rest/v1/*', (c) => precedence.answer(c.req.raw, () => services.rest(c.req.raw)))
    .all('/auth/v1/*', (c) => precedence.answer(c.req.raw, () => services.auth(c.req.raw)))
    .all('/storage/v1/*', (c) => precedence.answer(c.req.raw, () => services.storage(c.req.raw)))
    .all('/realtime/v1/*', (c) => realtime(c.req.raw))
    .all('/functions/v1/:name/*', async (c) => {
      const settings = config.functions[c.req.param('name')]
      if (c.req.method !== 'OPTIONS' && (settings?.verify_jwt ?? true)) {
        const refusal = await refuseToken(c.req.header('authorization'), keys)
        if (refusal) return withCors(c.json(refusal, 401))
      }
      return await precedence.answer(c.req.raw, () => functions(c.req.raw))
    })
    .route('/mailbox', mailbox.routes)
    .get(
      '/',
      (c) =>
        c.json({
          name: 'Plinth',
          rest: '/rest/v1/',
          auth: '/auth/v1/',
          storage: '/storage/v1/',
          realtime: '/realtime/v1/',
          mailbox: '/mailbox',
        }),
    )
    .notFound((c) =>
      refuse(c.req.raw, c.json({ message: `No service is at ${new URL(c.req.url).pathname}.` }, 404))
    )
}

/** The answer of the platform's gateway to a request without a valid token, for functions that require one; or null. */
async function refuseToken(
  authorization: string | undefined,
  keys: Keys,
): Promise<{ code: number; message: string } | null> {
  if (!authorization) return { code: 401, message: 'Missing authorization header' }
  const token = authorization.replace(/^Bearer\s+/i, '')
  return await verifyToken(token, { secret: keys.jwtSecret }).then(
    () => null,
    () => ({ code: 401, message: 'Invalid JWT' }),
  )
}
