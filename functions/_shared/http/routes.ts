/**
 * The routes of a function by method and path.
 *
 * Paths are patterns of URLPattern, which Deno and the hosted runtime provide and TypeScript has types for. A router of a
 * package such as hono would be a dependency of every deployed function for these few lines; it does not distinguish a
 * 405 from a 404, and passes on parameters that cannot be decoded without decoding them.
 */
import { appError, AppFailure } from '../../../types/errors.ts'
import { decodeName } from './decode_name.ts'

/** HEAD is implied by GET, and OPTIONS by every path. */
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * `GET /:conversation/stream`: a method, and a path below the name of the function. `:name` is one segment, `:name+` one
 * or more. `WEBSOCKET` stands for requests to upgrade to a WebSocket.
 */
export type RouteKey = `${Method | 'WEBSOCKET'} /${string}`

/** The names of the parameters of a path. */
export type ParamNames<Path extends string> = Path extends `${string}:${infer Rest}`
  ? Rest extends `${infer Name}/${infer Others}` ? WithoutPlus<Name> | ParamNames<Others> : WithoutPlus<Rest>
  : never
type WithoutPlus<Name extends string> = Name extends `${infer Plain}+` ? Plain : Name

/** A route that matches a request. */
export interface Match<Target> {
  readonly target: Target
  /** Decoded. */
  readonly params: Readonly<Record<string, string>>
}

interface Route<Target> {
  readonly method: string
  readonly pattern: URLPattern
  readonly target: Target
}

/** The routes of one function. The first that matches a request is used. */
export class RouteTable<Target> {
  /** Lists the routes in the error of an unknown path. */
  readonly #hint: string
  readonly #routes: readonly Route<Target>[]
  readonly #name: string
  readonly hasSockets: boolean

  constructor(name: string, routes: Readonly<Record<string, Target>>) {
    this.#name = name
    this.#routes = Object.entries(routes).map(([key, target]) => {
      const [method = '', pathname = ''] = key.split(' ')
      return { method, pattern: new URLPattern({ pathname }), target }
    })
    this.#hint = `Routes: ${
      Object.keys(routes).map((key) => key.replace(/ \/(.*)/, atFunction(name))).join(', ')
    }.`
    this.hasSockets = this.#routes.some(({ method }) => method === 'WEBSOCKET')
  }

  /** The path below the name of the function. The hosted platform leaves `/functions/v1` out. */
  pathOf(request: Request): string {
    const { pathname } = new URL(request.url)
    const below = new RegExp(`^(?:/functions/v1)?/${this.#name}(?=/|$)`)
    return pathname.replace(below, '').replace(/\/+$/, '') || '/'
  }

  /** The methods of a path in the order of the table; of the whole function for an unknown path. */
  methodsAt(path: string): readonly string[] {
    const here = this.#at(path).map(({ method }) => method)
    const methods = here.length > 0 ? here : this.#routes.map(({ method }) => method)
    const plain = methods.filter((method) => method !== 'WEBSOCKET')
    return [...new Set(plain.flatMap((method) => method === 'GET' ? ['GET', 'HEAD'] : [method]))]
  }

  /** Throws `unknown_path`, `method_not_allowed` or `upgrade_required` where no route matches. */
  match(method: string, path: string): Match<Target> {
    const here = this.#at(path)
    const wanted = method === 'HEAD' ? 'GET' : method
    const found = here.find((route) => route.method === wanted)
    if (found) return found
    if (here.length === 0) {
      const message = 'This function has no such path.'
      throw new AppFailure(appError('not_found', { code: 'unknown_path', message, hint: this.#hint }))
    }
    if (here.every((route) => route.method === 'WEBSOCKET')) {
      const message = 'This path only accepts WebSocket connections.'
      throw new AppFailure(appError('validation', { code: 'upgrade_required', status: 426, message }))
    }
    const message = `This path accepts ${this.methodsAt(path).join(', ')}.`
    throw new AppFailure(appError('validation', { code: 'method_not_allowed', status: 405, message }))
  }

  /** A route whose parameters cannot be decoded does not match. */
  #at(path: string): (Match<Target> & { method: string })[] {
    return this.#routes.flatMap(({ method, pattern, target }) => {
      const groups = pattern.exec({ pathname: path })?.pathname.groups
      const params = groups && decodeAll(groups)
      return params ? [{ method, target, params }] : []
    })
  }
}

function atFunction(name: string): (match: string, path: string) => string {
  return (_, path) => ` /${name}${path === '' ? '' : `/${path}`}`
}

function decodeAll(groups: Record<string, string | undefined>): Record<string, string> | null {
  const params: Record<string, string> = {}
  for (const [name, value = ''] of Object.entries(groups)) {
    const decoded = decodeName(value)
    if (decoded === null) return null
    params[name] = decoded
  }
  return params
}
