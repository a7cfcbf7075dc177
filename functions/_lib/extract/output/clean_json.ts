/** Makes any value JSON that Postgres can store. */
import { cleanText } from '../../text/mod.ts'
import { tooDeep } from '../errors.ts'
import type { Json } from '../parts.ts'

const maxDepth = 1_000

/**
 * NaN and the infinities become null, dates ISO text, big integers text beyond 2^53, `undefined` and functions null (in
 * an object: left out). Text and keys are cleaned (see `cleanText`); of two keys that become equal, the last stays.
 */
export function cleanJson(value: unknown, depth = 0): Json {
  if (depth > maxDepth) throw tooDeep()
  switch (typeof value) {
    case 'string':
      return cleanText(value)
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'boolean':
      return value
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
    case 'object':
      break
    default:
      return null
  }
  if (value === null) return null
  if (Array.isArray(value)) return value.map((item) => cleanJson(item, depth + 1))
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  const entries: [string, Json][] = []
  for (const [key, item] of value instanceof Map ? value : Object.entries(value)) {
    if (item === undefined || typeof item === 'function') continue
    entries.push([cleanText(String(key)), cleanJson(item, depth + 1)])
  }
  // Defines own properties, so a key named __proto__ is a key like any other.
  return Object.fromEntries(entries)
}
