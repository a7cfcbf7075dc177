/** What the database returns as JSON: only a schema says what is in it. */
import type { z } from 'zod'
import { appError, AppFailure } from '../../../types/errors.ts'
import { log } from '../http/log.ts'

/**
 * The result in its type. One that does not match is a defect of this release or of a migration, so the caller gets a
 * 500 with a stable code, and the log has the name of the function or table and the first path that differs, never a
 * value.
 */
export function parseResult<Result>(schema: z.ZodType<Result>, result: unknown, name: string): Result {
  const parsed = schema.safeParse(result)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  log('error', {
    event: 'invalid_database_result',
    name,
    path: issue?.path.join('.') ?? '',
    issue: issue?.code ?? '',
  })
  throw new AppFailure(appError('database', { code: 'invalid_database_result', message: '' }), {
    cause: parsed.error,
  })
}
