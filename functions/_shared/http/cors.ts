/**
 * Which origins may read the responses of functions. `CORS_ALLOWED_ORIGINS` lists them, separated by commas, or is `*`; by
 * default only pages served from this machine may. Tokens are sent in headers, so cookies are never allowed.
 */

const allowedHeaders = [
  'authorization',
  'x-client-info',
  'apikey',
  'content-type',
  'x-workspace-id',
  'x-request-id',
  'x-retry-count',
  'x-region',
  'traceparent',
  'tracestate',
  'baggage',
  // The OpenAI SDK adds these in a browser.
  ...[
    'lang',
    'package-version',
    'os',
    'arch',
    'runtime',
    'runtime-version',
    'retry-count',
    'timeout',
    'helper-method',
  ].map((name) => `x-stainless-${name}`),
  'openai-organization',
  'openai-project',
].join(', ')

const local = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/** The headers of every response to a request from `origin`; `methods` are those of the path. */
export function corsHeaders(origin: string | null, methods: readonly string[]): Record<string, string> {
  const always = { vary: 'Origin' }
  if (origin === null || !allowed(origin)) return always
  return {
    ...always,
    'access-control-allow-origin': origin,
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': allowedHeaders,
    'access-control-expose-headers': 'x-request-id, retry-after, x-should-retry',
    'access-control-max-age': '3600',
  }
}

function allowed(origin: string): boolean {
  const listed = Deno.env.get('CORS_ALLOWED_ORIGINS')?.split(',').map((entry) => entry.trim()).filter(Boolean)
  if (!listed?.length) return local.test(origin)
  return listed.includes('*') || listed.includes(origin)
}
