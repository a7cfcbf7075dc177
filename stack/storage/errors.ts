/** Refusals of Storage, as the hosted service answers them: the status is in the body, and HTTP says 400. */
import { z } from 'zod'

export class StorageError extends Error {
  constructor(
    readonly statusCode: number,
    readonly code: string,
    override readonly message: string,
    readonly error = code,
    readonly headers: Record<string, string> = {},
    /** Of HTTP. */
    readonly status = statusCode >= 500 ? statusCode : 400,
  ) {
    super(message)
  }

  respond(): Response {
    const { statusCode, code, error, message, headers, status } = this
    return Response.json({ statusCode: String(statusCode), code, error, message }, { status, headers })
  }
}

export const refusals = {
  noSuchBucket: () => new StorageError(404, 'NoSuchBucket', 'Bucket not found', 'Bucket not found'),
  noSuchKey: () => new StorageError(404, 'NoSuchKey', 'Object not found', 'not_found'),
  exists: () => new StorageError(409, 'ResourceAlreadyExists', 'The resource already exists', 'Duplicate'),
  notEmpty: () =>
    new StorageError(
      409,
      'ResourceNotEmpty',
      'The bucket you tried to delete is not empty',
      'InvalidRequest',
    ),
  denied: () =>
    new StorageError(403, 'AccessDenied', 'new row violates row-level security policy', 'Unauthorized'),
  noToken: () => new StorageError(403, 'AccessDenied', 'Invalid Compact JWS', 'Unauthorized'),
  invalidKey: (key: string) => new StorageError(400, 'InvalidKey', `Invalid key: ${key.slice(0, 200)}`),
  invalidBucketName: () => new StorageError(400, 'InvalidBucketName', 'Bucket name invalid', 'Invalid Input'),
  invalidMimeType: (type: string) =>
    new StorageError(415, 'InvalidMimeType', `mime type ${type} is not supported`, 'invalid_mime_type'),
  tooLarge: (entity = 'object') =>
    new StorageError(
      413,
      'EntityTooLarge',
      `The ${entity} exceeded the maximum allowed size`,
      'Payload too large',
    ),
  invalidRequest: (message: string) => new StorageError(400, 'InvalidRequest', message, 'Error'),
  invalidToken: (message: string) => new StorageError(400, 'InvalidJWT', message),
  invalidSignature: (message = 'Invalid signature') => new StorageError(400, 'InvalidSignature', message),
  notAvailable: (what: string) =>
    new StorageError(
      501,
      'NotAvailableLocally',
      `The local platform has no ${what}.`,
      'not_available_locally',
    ),
}

const Wait = z.object({ retry_after: z.number() })
const DatabaseError = z.looseObject({ severity: z.string(), code: z.string(), detail: z.string().optional() })

/** The refusal that an error of the database stands for; null for another error. */
export function databaseRefusal(cause: unknown): StorageError | null {
  if (cause instanceof StorageError) return cause
  const { success, data } = DatabaseError.safeParse(cause)
  if (!success) return null
  if (data.code === '42501') return refusals.denied()
  if (data.code === '23505') return refusals.exists()
  if (data.code === '23503') {
    return new StorageError(404, 'InvalidRequest', 'The related resource does not exist')
  }
  return raised(data.code, data.detail)
}

/**
 * The hosted service answers 500 for what a trigger raises. A refusal of ours (`PT4xx`) has the status here that it
 * names, so that a client that knows nothing of the code waits or gives up as it should.
 */
function raised(sqlstate: string, detail = ''): StorageError {
  const message = `database error, code: ${sqlstate}`
  const status = Number(/^PT(4\d\d)$/.exec(sqlstate)?.[1] ?? 500)
  if (status === 500) return new StorageError(500, 'DatabaseError', message)
  const retryAfter = status === 429 ? retryAfterOf(detail) : null
  const headers: Record<string, string> = retryAfter === null ? {} : { 'retry-after': `${retryAfter}` }
  return new StorageError(status, sqlstate, message, sqlstate, headers, status)
}

/** The seconds to wait, which such a refusal has in its detail. */
function retryAfterOf(detail: string): number | null {
  try {
    return Wait.safeParse(JSON.parse(detail)).data?.retry_after ?? null
  } catch {
    return null
  }
}
