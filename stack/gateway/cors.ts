/**
 * Lets pages of any origin use the services, as hosted Supabase does: callers identify themselves by headers, never by
 * cookies, so credentials are not allowed. Edge functions decide on their own which origins they answer.
 */

/** Methods of all services. */
const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/** Headers of answers that pages may read: those of PostgREST, Auth and Storage. */
const exposedHeaders = [
  'content-encoding',
  'content-location',
  'content-profile',
  'content-range',
  'date',
  'etag',
  'link',
  'location',
  'preference-applied',
  'range-unit',
  'retry-after',
  'server',
  'transfer-encoding',
  'x-request-id',
  'x-supabase-api-version',
  'x-total-count',
].join(', ')

/** How long a browser may remember the answer to a preflight. */
const maxAgeSeconds = 86_400

/** Whether a browser asks if a page of another origin may send a request. */
export function isPreflight({ method, headers }: Request): boolean {
  return method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')
}

/** Allows the request that a browser asks about, with any headers. */
export function answerPreflight({ headers }: Request): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': methods,
      'access-control-allow-headers': headers.get('access-control-request-headers') ?? '',
      'access-control-max-age': String(maxAgeSeconds),
      vary: 'Access-Control-Request-Headers',
    },
  })
}

/** The same answer, readable by pages of other origins. An upgrade to a socket stays as it is. */
export function withCors(response: Response): Response {
  if (response.status === 101) return response
  const headers = new Headers(response.headers)
  for (const name of [...headers.keys()]) if (name.startsWith('access-control-')) headers.delete(name)
  headers.set('access-control-allow-origin', '*')
  headers.set('access-control-expose-headers', exposedHeaders)
  const { status, statusText } = response
  return new Response(response.body, { status, statusText, headers })
}

/**
 * An error that the platform answers in place of a service or a function. A preflight is allowed instead: the browser
 * would hide the error of a refused one from the page, and the request that follows gets it.
 */
export function refuse(request: Request, refusal: Response): Response {
  return isPreflight(request) ? answerPreflight(request) : withCors(refusal)
}
