/** Values as Postgres stores them in `jsonb`. */
import type { Json } from '../../../types/generated/database.ts'

/** Drops U+0000, replaces lone surrogates, and leaves out what JSON does not have. */
export function toJson(value: unknown): Json {
  if (typeof value === 'string') return storableText(value)
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value !== 'object' || value === null) return null
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === undefined ? [] : [[storableText(key), toJson(inner)]]
    ),
  )
}

/** The same for a text. */
export function storableText(text: string): string {
  // A text that is still being written may end with half of a surrogate pair, which the next piece completes.
  const whole = text.isWellFormed() ? text : text.replace(/[\ud800-\udbff]$/, '').toWellFormed()
  return whole.includes('\0') ? whole.replaceAll('\0', '') : whole
}
