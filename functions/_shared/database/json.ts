/** Values as clients of the database send them. */
import type { Json } from '../../../types/generated/database.ts'

/** A value of which JSON has all that matters: `undefined` and functions are left out on the way. */
export function asJson(value: unknown): Json {
  return value as Json
}
