/** What all paths of OpenAI's protocol share: where the key is, and the shape of errors. */
import { type AppError, toHttpStatus } from '../../../types/errors.ts'
import { errorHeaders } from '../http/error_response.ts'

/** OpenAI's SDKs send any key as a bearer token; a key of Supabase belongs in the header `apikey`. */
export function keyFromBearer(request: Request): Request {
  const key = /^Bearer (sb_[\w-]+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
  if (!key || request.headers.has('apikey')) return request
  const headers = new Headers(request.headers)
  headers.delete('authorization')
  headers.set('apikey', key)
  return new Request(request, { headers })
}

/** `{ error: { message, type, param, code } }`, from which the SDKs make their error classes. */
export function openAiError(error: AppError, requestId: string): Response {
  const headers = errorHeaders(error)
  // By default the SDKs repeat every 5xx and 409.
  headers.set('x-should-retry', String(error.retryable))
  return Response.json(openAiErrorBody(error, requestId), { status: toHttpStatus(error), headers })
}

/** The same within a stream that has begun. */
export function openAiErrorBody(
  error: AppError,
  requestId: string,
): { readonly error: Record<string, unknown> } {
  return {
    error: {
      message: error.hint === null ? error.message : `${error.message} ${error.hint}`,
      type: typeOf(error),
      param: error.kind === 'validation' ? error.field : null,
      code: codeOf(error),
      request_id: requestId,
    },
  }
}

/** OpenAI's code, where it has one that clients look for. */
function codeOf({ kind, code }: AppError): string {
  if (kind === 'authentication') return 'invalid_api_key'
  if (code === 'PT402') return 'insufficient_quota'
  return code === 'PT429' ? 'rate_limit_exceeded' : code
}

function typeOf({ kind, code }: AppError): string {
  if (code === 'PT402') return 'insufficient_quota'
  switch (kind) {
    case 'rate_limit':
      return 'rate_limit_error'
    case 'unavailable':
    case 'database':
      return 'server_error'
    case 'authorization':
      return 'permission_error'
    default:
      return 'invalid_request_error'
  }
}
