/** Answers to refused queries, as PostgREST gives them: its statuses by SQLSTATE, with DETAIL and HINT. */
import { isLostConnection } from '../database/lost_connections.ts'
import { Refusal, refusalResponse } from './refusal.ts'

type PostgresError = Error & { code: string; detail?: string; hint?: string }

/** HTTP statuses by SQLSTATE, longest prefix first. Source: PostgREST's documentation of errors. */
const statusByPrefix: [prefix: string, status: number][] = [
  ['23503', 409],
  ['23505', 409],
  ['25006', 405],
  ['42883', 404],
  ['42P01', 404],
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

/** The answer to an error of the database, or null for another one. `role` is the caller's. */
export function databaseErrorResponse(cause: unknown, role: string): Response | null {
  if (isLostConnection(cause)) return connectionLost(cause as Error & { code: string })
  if (!isPostgresError(cause)) return null
  const { code, message, detail = null, hint = null } = cause
  if (code === 'PGRST') return raisedResponse(message, detail)
  return refusalResponse({ code, details: detail, hint, message }, statusOf(cause, role))
}

function statusOf({ code, message }: PostgresError, role: string): number {
  if (code === '42501') return role === 'anon' ? 401 : 403
  if (code === '21000') return message.endsWith('requires a WHERE clause') ? 400 : 500
  if (code === '22023') return /^role .* does not exist$/.test(message) ? 401 : 400
  const custom = Number(/^PT(\d{3})$/.exec(code)?.[1])
  if (custom >= 200 && custom <= 599) return custom
  if (code.startsWith('PT')) return 500
  return statusByPrefix.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 400
}

/** Whether the database raised it. */
function isPostgresError(cause: unknown): cause is PostgresError {
  return cause instanceof Error && 'severity' in cause && 'code' in cause && typeof cause.code === 'string'
}

function connectionLost(cause: Error & { code: string }): Response {
  const wasThere = /^(CONNECTION_|EPIPE|ECONNRESET|57P01)/.test(cause.code)
  const [code, message] = wasThere
    ? ['PGRST001', 'Database client error. Retrying the connection.']
    : ['PGRST000', 'Database connection error. Retrying the connection.']
  return refusalResponse({ code, details: cause.message, hint: null, message }, 503)
}

/** Of `raise sqlstate 'PGRST'`, which says the whole answer: the error in its message, the status in its detail. */
function raisedResponse(message: string, detail: string | null): Response {
  try {
    const { code, message: text, details = null, hint = null } = JSON.parse(message)
    const { status, headers = {} } = JSON.parse(detail ?? '')
    const response = refusalResponse({ code, details, hint, message: text }, status)
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, String(value))
    return response
  } catch {
    return new Refusal(500, 'PGRST121', `Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error`)
      .response()
  }
}
