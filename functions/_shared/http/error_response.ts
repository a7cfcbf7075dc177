/** Errors as responses. */
import { type AppError, toErrorBody, toHttpStatus } from '../../../types/errors.ts'

/** An error in the shape of Plinth. */
export function errorResponse(error: AppError, requestId: string): Response {
  return Response.json(toErrorBody(error, requestId), {
    status: toHttpStatus(error),
    headers: errorHeaders(error),
  })
}

/** The headers of a response with an error, whatever the shape of its body. */
export function errorHeaders(error: AppError): Headers {
  const headers = new Headers({ 'cache-control': 'no-store' })
  if (error.kind === 'rate_limit' && error.retryAfter !== null) {
    headers.set('retry-after', `${error.retryAfter}`)
  }
  return headers
}
