/** Answers to refused queries, as PostgREST gives them: its statuses by SQLSTATE, with DETAIL and HINT. */

type PostgresError = Error & { code: string; detail?: string; hint?: string }

/** `@supabase/lite` answers these itself: they need what it knows of the request or of the schema. */
const leftToLite = new Set(['PGRST', '42703', '42883', '42P01'])

/** HTTP statuses by SQLSTATE, longest prefix first. Source: PostgREST's documentation of errors. */
const statusByPrefix: [prefix: string, status: number][] = [
  ['23503', 409],
  ['23505', 409],
  ['25006', 405],
  ['42P17', 500],
  ['53400', 500],
  ['P0001', 400],
  ['08', 503],
  ['09', 500],
  ['0L', 403],
  ['0P', 403],
  ['25', 500],
  ['28', 403],
  ['2D', 500],
  ['38', 500],
  ['39', 500],
  ['3B', 500],
  ['40', 500],
  ['53', 503],
  ['54', 500],
  ['55', 500],
  ['57', 500],
  ['58', 500],
  ['F0', 500],
  ['HV', 500],
  ['P0', 500],
  ['XX', 500],
]

/** The answer to a query that the database refused, or null for another error. `role` is the caller's. */
export function databaseErrorResponse(cause: unknown, role: string): Response | null {
  if (!isPostgresError(cause) || leftToLite.has(cause.code)) return null
  const { code, message, detail = null, hint = null } = cause
  return Response.json({ code, details: detail, hint, message }, { status: statusOf(code, role) })
}

function statusOf(code: string, role: string): number {
  if (code === '42501') return role === 'anon' ? 401 : 403
  const custom = Number(/^PT(\d{3})$/.exec(code)?.[1])
  if (custom >= 200 && custom <= 599) return custom
  if (code.startsWith('PT')) return 500
  return statusByPrefix.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 400
}

/** Whether the database raised it. */
function isPostgresError(cause: unknown): cause is PostgresError {
  return cause instanceof Error && 'severity' in cause && 'code' in cause && typeof cause.code === 'string'
}
