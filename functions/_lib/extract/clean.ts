/** Makes text and JSON fit for Postgres: neither text nor jsonb takes NUL, and jsonb takes no lone surrogate. */
import type { Json } from './parts.ts'
import { tooDeep } from './errors.ts'

const nul = /\0/g
const beyondAscii = /[^\0-\x7f]/

/** Without NUL and lone surrogates, in Unicode NFC. */
export function cleanText(text: string): string {
  let clean = text.includes('\0') ? text.replace(nul, '') : text
  if (!beyondAscii.test(clean)) return clean
  if (!clean.isWellFormed()) {
    clean = clean.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '')
  }
  return clean.normalize('NFC')
}

const deepest = 1_000

/**
 * Any value as JSON: NaN and the infinities become null, dates ISO text, big integers text beyond 2^53, `undefined`
 * and functions null (in an object: left out). Keys are cleaned as well; of two that become equal, the last stays.
 */
export function cleanJson(value: unknown, depth = 0): Json {
  if (depth > deepest) throw tooDeep()
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

/** The first `length` characters, never half of a surrogate pair. */
export function truncate(text: string, length: number): string {
  if (text.length <= length) return text
  const end = /[\ud800-\udbff]/.test(text.charAt(length - 1)) ? length - 1 : length
  return text.slice(0, end)
}

/** Spaces and line breaks as one space. */
export function collapse(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
