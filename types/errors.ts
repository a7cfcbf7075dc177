/**
 * The errors of Plinth: one set of kinds for clients and functions alike.
 *
 * A kind is decided by codes alone (SQLSTATE, `PTxyz`, `PGRSTxxx`, HTTP status, error class), never by the words of
 * a message. Names quoted inside a message (a constraint, a column) only add detail to a kind already decided.
 * docs/reference/errors.md lists every code; a test keeps it and this file in step.
 */
import { constraints } from './generated/constraints.ts'

interface Common {
  /** The most specific stable code known: a SQLSTATE, `PTxyz`, `PGRSTxxx`, or a snake_case code of a function. */
  readonly code: string
  /** For people. Never holds row contents, and never the text of an internal failure. */
  readonly message: string
  readonly hint: string | null
  readonly status: number
  /** Whether the same request may succeed later, unchanged. Safe to repeat is another question: see retry.ts. */
  readonly retryable: boolean
}

export type AppError =
  | Common & { readonly kind: 'authentication' | 'authorization' | 'not_found' | 'unavailable' | 'database' }
  | Common & {
    readonly kind: 'validation'
    readonly field: string | null
    readonly constraint: string | null
  }
  | Common & { readonly kind: 'conflict'; readonly constraint: string | null }
  /** A row of another schema that is referred to does not exist, or is still referred to. */
  | Common & { readonly kind: 'cross_schema_reference'; readonly source: string; readonly target: string }
  /** `retryAfter` in seconds, when the answer said. */
  | Common & { readonly kind: 'rate_limit'; readonly retryAfter: number | null }

export type ErrorKind = AppError['kind']

/** What every function answers when it fails; the HTTP status is not repeated in it. */
export interface ErrorBody {
  readonly kind: ErrorKind
  readonly code: string
  readonly message: string
  readonly hint: string | null
  readonly retryable: boolean
  readonly request_id: string
  readonly field?: string | null
  readonly constraint?: string | null
  readonly source?: string
  readonly target?: string
  readonly retry_after?: number | null
}

/** The throwable form, for code that has to unwind; its `error` is the response. */
export class AppFailure extends Error {
  override readonly name = 'AppFailure'
  constructor(readonly error: AppError, options?: ErrorOptions) {
    super(error.message, options)
  }
}

const statusOf: Record<ErrorKind, number> = {
  authentication: 401,
  authorization: 403,
  not_found: 404,
  validation: 400,
  conflict: 409,
  cross_schema_reference: 409,
  rate_limit: 429,
  unavailable: 503,
  database: 500,
}

interface Detail {
  code: string
  message: string
  hint?: string | null | undefined
  status?: number | undefined
  retryable?: boolean | undefined
  field?: string | null | undefined
  constraint?: string | null | undefined
  source?: string | undefined
  target?: string | undefined
  retryAfter?: number | null | undefined
}

/** Builds an error of a kind. A `database` error keeps its code and drops its text, which may name internals. */
export function appError(kind: ErrorKind, detail: Detail): AppError {
  const common = {
    code: detail.code,
    message: kind === 'database' ? 'The database could not do this.' : detail.message,
    hint: kind === 'database' ? null : detail.hint ?? null,
    status: detail.status ?? statusOf[kind],
    retryable: detail.retryable ?? (kind === 'unavailable' || kind === 'rate_limit'),
  }
  switch (kind) {
    case 'validation':
      return { kind, ...common, field: detail.field ?? null, constraint: detail.constraint ?? null }
    case 'conflict':
      return { kind, ...common, constraint: detail.constraint ?? null }
    case 'cross_schema_reference':
      return { kind, ...common, source: detail.source ?? '', target: detail.target ?? '' }
    case 'rate_limit':
      return { kind, ...common, retryAfter: detail.retryAfter ?? null }
    default:
      return { kind, ...common }
  }
}

export interface Rule {
  readonly kind: ErrorKind
  /** Only where it differs from what the kind says. */
  readonly retryable?: boolean
}

/** SQLSTATEs and PostgREST codes, most specific first: the whole code, then its class (the first two characters). */
export const codeRules: Readonly<Record<string, Rule>> = {
  '08': { kind: 'unavailable' },
  '22': { kind: 'validation' },
  '23': { kind: 'validation' },
  '23503': { kind: 'conflict' },
  '23505': { kind: 'conflict' },
  '23P01': { kind: 'conflict' },
  '28': { kind: 'authentication' },
  '40001': { kind: 'conflict', retryable: true },
  '40P01': { kind: 'conflict', retryable: true },
  '42501': { kind: 'authorization' },
  '42703': { kind: 'validation' },
  '42883': { kind: 'not_found' },
  '42P01': { kind: 'not_found' },
  '44000': { kind: 'validation' },
  '53': { kind: 'unavailable' },
  '53100': { kind: 'unavailable', retryable: false },
  '54': { kind: 'validation' },
  '55P03': { kind: 'unavailable' },
  // A statement that ran into its time limit will do so again: repeating it adds load and nothing else.
  '57014': { kind: 'unavailable', retryable: false },
  '57P01': { kind: 'unavailable' },
  '57P02': { kind: 'unavailable' },
  '57P03': { kind: 'unavailable' },
  P0001: { kind: 'validation' },
  P0002: { kind: 'not_found' },
  PGRST000: { kind: 'unavailable' },
  PGRST001: { kind: 'unavailable' },
  PGRST002: { kind: 'unavailable' },
  PGRST003: { kind: 'unavailable' },
  PGRST116: { kind: 'not_found' },
  PGRST200: { kind: 'validation' },
  PGRST201: { kind: 'validation' },
  PGRST202: { kind: 'not_found' },
  PGRST203: { kind: 'validation' },
  PGRST204: { kind: 'validation' },
  PGRST205: { kind: 'not_found' },
  PGRST301: { kind: 'authentication' },
  PGRST302: { kind: 'authentication' },
  PGRST303: { kind: 'authentication' },
}

/** HTTP statuses that say more than their hundred does. */
export const statusRules: Readonly<Record<number, Rule>> = {
  0: { kind: 'unavailable' },
  401: { kind: 'authentication' },
  402: { kind: 'authorization' },
  403: { kind: 'authorization' },
  404: { kind: 'not_found' },
  408: { kind: 'unavailable' },
  409: { kind: 'conflict' },
  410: { kind: 'not_found' },
  412: { kind: 'conflict' },
  425: { kind: 'unavailable' },
  429: { kind: 'rate_limit' },
  502: { kind: 'unavailable' },
  503: { kind: 'unavailable' },
  504: { kind: 'unavailable' },
}

function ruleOfStatus(status: number): Rule {
  return statusRules[status] ?? { kind: status >= 400 && status < 500 ? 'validation' : 'database' }
}

const custom = /^PT([1-5]\d\d)$/

function ruleOf(code: string, status: number | undefined): Rule {
  const raised = custom.exec(code)
  if (raised) return ruleOfStatus(Number(raised[1]))
  // Signing in may help a caller without a token (401), and does not help others (403).
  if (code === '42501' && status === 401) return { kind: 'authentication' }
  const known = codeRules[code] ?? (/^[0-9A-Z]{5}$/.test(code) ? codeRules[code.slice(0, 2)] : undefined)
  if (known) return known
  return status === undefined ? { kind: 'database' } : ruleOfStatus(status)
}

/** The statuses an error keeps although its kind would say another: they tell the caller more, and are no 5xx. */
function keptStatus(kind: ErrorKind, code: string, status: number | undefined): number | undefined {
  const raised = custom.exec(code)
  const wanted = raised ? Number(raised[1]) : status
  if (wanted === undefined || wanted < 400 || wanted > 499) return undefined
  return ruleOfStatus(wanted).kind === kind ? wanted : undefined
}

interface Refused {
  code: string
  message: string
  hint?: string | null | undefined
  status?: number | undefined
  retryAfter?: number | null | undefined
  /** Known from the wire protocol; read from the quoted names of the message otherwise. */
  constraint?: string | undefined
  column?: string | undefined
}

function quotedNames(message: string): string[] {
  return [...message.matchAll(/"((?:[^"]|"")+)"/g)].map((match) => (match[1] ?? '').replaceAll('""', '"'))
}

function fromCode(refused: Refused): AppError {
  const { code, message } = refused
  const rule = ruleOf(code, refused.status)
  const integrity = code.startsWith('23')
  const names = integrity ? quotedNames(message) : []
  const constraint = refused.constraint ?? names.find((name) => Object.hasOwn(constraints, name)) ?? null
  const about = constraint === null ? undefined : constraints[constraint]
  const detail: Detail = {
    code,
    message,
    hint: refused.hint ?? (about?.allowed ? `Use one of ${about.allowed.join(', ')}.` : null),
    status: keptStatus(rule.kind, code, refused.status),
    retryable: rule.retryable,
    retryAfter: refused.retryAfter,
    constraint,
    field: refused.column ?? (code === '23502' ? names[0] : about?.field) ?? null,
  }
  if (code === '23503' && about?.references) {
    return appError('cross_schema_reference', { ...detail, ...about.references })
  }
  return appError(rule.kind, detail)
}

/** Shape of a PostgrestError of supabase-js; `status` stands beside it in the answer and decides where the code cannot. */
export interface PostgrestLike {
  readonly code: string
  readonly message: string
  readonly hint?: string | null
  readonly details?: string | null
}

export function fromPostgrest(error: PostgrestLike, status: number): AppError {
  // supabase-js reports a request that got no answer as an error without a code and status 0.
  if (!error.code && status === 0) return unreachable()
  return fromCode({
    code: error.code || `http_${status}`,
    message: error.message,
    hint: error.hint,
    status,
    retryAfter: retryAfterOf(error.details),
  })
}

/** A refusal for a time says in its detail how long to wait: {"reason": "…", "retry_after": seconds}. */
function retryAfterOf(detail: string | null | undefined): number | null {
  const seconds = /^\{.*"retry_after": ?(\d{1,9})[,}]/.exec(detail ?? '')?.[1]
  return seconds === undefined ? null : Number(seconds)
}

/** Shape of a PostgresError of the `postgres` client, and of its connection errors (`CONNECT_TIMEOUT`, `ECONNREFUSED`). */
export interface PostgresLike {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly detail?: string
  readonly constraint_name?: string
  readonly column_name?: string
}

export function fromPostgres(error: PostgresLike): AppError {
  if (!/^[0-9A-Z]{5}$/.test(error.code)) return unreachable(error.code.toLowerCase())
  return fromCode({
    code: error.code,
    message: error.message,
    hint: error.hint,
    retryAfter: retryAfterOf(error.detail),
    constraint: error.constraint_name,
    column: error.column_name,
  })
}

/** Codes of the Auth service whose status alone would mislead. */
export const authRules: Readonly<Record<string, Rule>> = {
  bad_jwt: { kind: 'authentication' },
  email_exists: { kind: 'conflict' },
  email_not_confirmed: { kind: 'authentication' },
  identity_already_exists: { kind: 'conflict' },
  invalid_credentials: { kind: 'authentication' },
  no_authorization: { kind: 'authentication' },
  otp_expired: { kind: 'authentication' },
  phone_exists: { kind: 'conflict' },
  refresh_token_already_used: { kind: 'authentication' },
  refresh_token_not_found: { kind: 'authentication' },
  session_expired: { kind: 'authentication' },
  session_missing: { kind: 'authentication' },
  session_not_found: { kind: 'authentication' },
  signup_disabled: { kind: 'authorization' },
  user_already_exists: { kind: 'conflict' },
  user_banned: { kind: 'authorization' },
  user_not_found: { kind: 'not_found' },
  weak_password: { kind: 'validation' },
}

export interface AuthLike {
  readonly name: string
  readonly message: string
  readonly status?: number | undefined
  readonly code?: string | undefined
}

const fieldOfAuth: Readonly<Record<string, string>> = {
  weak_password: 'password',
  email_address_invalid: 'email',
}

export function fromAuth(error: AuthLike): AppError {
  if (error.name === 'AuthRetryableFetchError') return unreachable()
  const code = error.code ??
    (error.name === 'AuthSessionMissingError' ? 'session_missing' : `http_${error.status ?? 500}`)
  const rule = authRules[code] ?? ruleOfStatus(error.status ?? 500)
  return appError(rule.kind, { code, message: error.message, field: fieldOfAuth[code] })
}

export interface StorageLike {
  readonly name: string
  readonly message: string
  readonly status?: number | undefined
  readonly statusCode?: string | undefined
}

/** Storage names what went wrong in `statusCode`, which is a status as text ("404") or a word ("Duplicate"). */
export function fromStorage(error: StorageLike): AppError {
  if (error.status === undefined && error.statusCode === undefined) return unreachable()
  const named = Number(error.statusCode)
  const status = Number.isInteger(named) && named >= 400 ? named : error.status ?? 500
  // Storage passes on only the code of what a trigger of the database raises.
  const raised = /^database error, code: (PT4\d\d)$/.exec(error.message)?.[1]
  if (raised) return fromCode({ code: raised, message: raisedMessage, retryAfter: raisedRetrySeconds })
  const code = error.statusCode && !Number.isInteger(named) ? error.statusCode : `http_${status}`
  return appError(ruleOfStatus(status).kind, { code, message: error.message, status: keptOrNone(status) })
}

const raisedMessage = 'The workspace cannot take the file now.'
/** A worker of the queue runs every minute. */
const raisedRetrySeconds = 60

function keptOrNone(status: number): number | undefined {
  return status >= 400 && status < 500 ? status : undefined
}

/** Errors of `functions.invoke`: the answer of a Plinth function is read back into the error it was made from. */
export async function fromFunctions(
  error: { readonly name: string; readonly context?: unknown },
): Promise<AppError> {
  const answer = error.context
  if (!(answer instanceof Response) || error.name === 'FunctionsRelayError') return unreachable()
  return await fromResponse(answer)
}

/** Reads the error out of any answer that is not ok: a Plinth function's, the platform's, or a stranger's. */
export async function fromResponse(answer: Response): Promise<AppError> {
  const body: unknown = await answer.clone().json().catch(() => null)
  const retryAfter = parseRetryAfter(answer.headers.get('retry-after'))
  const text = (key: string): string | undefined => {
    const value = isRecord(body) ? body[key] : undefined
    return typeof value === 'string' ? value : undefined
  }
  const kind = text('kind')
  const common = {
    code: text('code') ?? `http_${answer.status}`,
    message: text('message') ?? `The service answered ${answer.status}.`,
    hint: text('hint'),
    retryAfter,
  }
  if (kind && isKind(kind) && isRecord(body)) {
    return appError(kind, {
      ...common,
      status: answer.status,
      retryable: body['retryable'] === true,
      field: text('field'),
      constraint: text('constraint'),
      source: text('source'),
      target: text('target'),
    })
  }
  return fromCode({ ...common, status: answer.status })
}

/** No answer came: a refused connection, a time limit, a broken line. An abort by the caller is not worth repeating. */
export function fromNetwork(error: unknown): AppError {
  const name = error instanceof Error ? error.name : ''
  if (name === 'AbortError') {
    return appError('unavailable', {
      code: 'aborted',
      message: 'The request was cancelled.',
      retryable: false,
    })
  }
  if (name === 'TimeoutError') {
    return appError('unavailable', { code: 'timeout', message: 'The service did not answer in time.' })
  }
  return unreachable()
}

function unreachable(code = 'unreachable'): AppError {
  return appError('unavailable', { code, message: 'The service cannot be reached.' })
}

export interface ZodLike {
  readonly issues: readonly {
    readonly path: readonly PropertyKey[]
    readonly message: string
    readonly code?: string
  }[]
}

/** The error of the first issue, because people fix one field at a time. */
export function fromZod(error: ZodLike): AppError {
  const issue = error.issues[0]
  const field = issue?.path.map(String).join('.') || null
  const message = issue ? `${field ?? 'The body'}: ${issue.message}` : 'The body is not valid.'
  return appError('validation', { code: 'invalid_request', message, field })
}

/**
 * Any thrown value as an error of the set. An unknown value is a defect: kind `database`, code
 * `internal`, no text of its own.
 */
export function fromUnknown(error: unknown): AppError {
  if (error instanceof AppFailure) return error.error
  if (error instanceof DOMException) return fromNetwork(error)
  if (!isRecord(error)) return appError('database', { code: 'internal', message: '' })
  const name = typeof error['name'] === 'string' ? error['name'] : ''
  const message = typeof error['message'] === 'string' ? error['message'] : ''
  const code = typeof error['code'] === 'string' ? error['code'] : undefined
  const status = typeof error['status'] === 'number' ? error['status'] : undefined
  const hint = typeof error['hint'] === 'string' ? error['hint'] : undefined
  const statusCode = typeof error['statusCode'] === 'string' ? error['statusCode'] : undefined
  if (Array.isArray(error['issues']) && name.includes('Zod')) return fromZod(error as unknown as ZodLike)
  if (name === 'PostgresError' && code) return fromPostgres(error as unknown as PostgresLike)
  if (name === 'PostgrestError' && code !== undefined) {
    const details = typeof error['details'] === 'string' ? error['details'] : null
    return fromPostgrest({ code, message, hint: hint ?? null, details }, status ?? 500)
  }
  if ('__isAuthError' in error) return fromAuth({ name, message, status, code })
  if ('__isStorageError' in error) return fromStorage({ name, message, status, statusCode })
  if (code !== undefined && connectionCodes.has(code)) return unreachable(code.toLowerCase())
  return appError('database', { code: 'internal', message: '' })
}

const connectionCodes = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])

/** Seconds, from either form of the header: a number, or a date. */
export function parseRetryAfter(value: string | null, now = Date.now()): number | null {
  if (value === null || value.trim() === '') return null
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, seconds)
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now) / 1000))
}

export function toHttpStatus(error: AppError): number {
  return error.status
}

export function toErrorBody(error: AppError, requestId: string): ErrorBody {
  const { kind, code, message, hint, retryable } = error
  const common = { kind, code, message, hint, retryable, request_id: requestId }
  switch (error.kind) {
    case 'validation':
      return { ...common, field: error.field, constraint: error.constraint }
    case 'conflict':
      return { ...common, constraint: error.constraint }
    case 'cross_schema_reference':
      return { ...common, source: error.source, target: error.target }
    case 'rate_limit':
      return { ...common, retry_after: error.retryAfter }
    default:
      return common
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isKind(value: string): value is ErrorKind {
  return Object.hasOwn(statusOf, value)
}
