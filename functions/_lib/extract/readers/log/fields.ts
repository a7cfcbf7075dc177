/** What the entries of a log consist of, and under which names. */
import type { JsonObject, LogEntryPart } from '../../parts.ts'

/** The fields of an entry, as written. */
export type LogFields = Pick<LogEntryPart, 'ts' | 'level' | 'code' | 'component' | 'message' | 'attrs'>

/** Whether a word names a severity. */
export function isLevel(word: string): boolean {
  return levelWord.test(word)
}

const levelWord =
  /^(?:TRACE|DEBUG|VERBOSE|FINEST|FINER|FINE|CONFIG|INFO|INFORMATION|NOTICE|LOG|WARN|WARNING|ERROR|ERR|SEVERE|CRITICAL|CRIT|FATAL|ALERT|EMERG|PANIC|AUDIT)$/i

/** Fields that are known; `attrs` without those that are empty or `-`. */
export function fieldsOf(
  some: { readonly [Name in keyof LogFields]?: LogFields[Name] | undefined },
  attrs: Record<string, string | undefined> = {},
): LogFields {
  const kept = Object.fromEntries(
    Object.entries(attrs).filter((entry): entry is [string, string] =>
      entry[1] !== undefined && entry[1] !== '' && entry[1] !== '-'
    ),
  )
  return {
    ts: some.ts ?? null,
    level: some.level ?? null,
    code: some.code ?? null,
    component: some.component ?? null,
    message: some.message ?? null,
    attrs: some.attrs ?? (Object.keys(kept).length ? kept : null),
  }
}

/** A code such as `E1001`, `ORA-00942` or `[ERR-12]` at the start of a message, or `code=…` within its first 200 characters. */
export function codeOf(message: string): string | undefined {
  const start = message.slice(0, 200)
  return /^\[?([A-Z]{1,8}[-_]?\d{2,6})\]?(?=[:\s\])])/.exec(start)?.[1] ??
    /\b(?:error_?)?code[=:]\s?"?([\w.-]{1,64})/i.exec(start)?.[1]
}

/** Names of the fields in common formats, the most specific first. */
export const aliases = {
  ts: ['ts', 'timestamp', '@timestamp', 'time', 'datetime', 'date', 'eventTime', 'asctime', 't'],
  level: ['level', 'severity', 'levelname', 'log.level', 'loglevel', 'lvl', 'priority'],
  code: ['code', 'error_code', 'errorCode', 'error', 'status', 'statusCode', 'status_code'],
  component: ['component', 'service', 'module', 'logger', 'name', 'logger_name', 'source', 'app'],
  message: ['message', 'msg', 'text', 'log', 'body', 'event'],
} as const

const numericLevels: Readonly<Record<string, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

/** The fields of an object by their names, and the rest as attributes. */
export function fieldsOfRecord(record: Readonly<Record<string, unknown>>): LogFields {
  const rest = new Map(Object.entries(record))
  const take = (names: readonly string[]): string | undefined => {
    for (const name of names) {
      const value = rest.get(name)
      if (typeof value !== 'string' && typeof value !== 'number') continue
      if (value === '') continue
      rest.delete(name)
      return String(value)
    }
    return undefined
  }
  const message = take(aliases.message)
  const ts = take(aliases.ts)
  const level = take(aliases.level)
  const code = take(aliases.code)
  const component = take(aliases.component)
  const attrs = Object.fromEntries(rest) as JsonObject
  return {
    ts: ts ?? null,
    level: level === undefined ? null : numericLevels[level] ?? level,
    code: code ?? null,
    component: component ?? null,
    message: message?.replace(/\s+$/, '') ?? null,
    attrs: rest.size ? attrs : null,
  }
}

/** The object on a line of JSON; null for anything else. */
export function parseRecord(line: string): Record<string, unknown> | null {
  if (!/^\s*\{/.test(line)) return null
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return null
  }
}

/** For detecting the format: an object with a message, and a time or a level. */
export function looksLikeJsonLog(record: Readonly<Record<string, unknown>>): boolean {
  const has = (names: readonly string[]): boolean => names.some((name) => record[name] !== undefined)
  return has(aliases.message) && (has(aliases.ts) || has(aliases.level))
}
