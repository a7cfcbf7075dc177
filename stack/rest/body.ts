/** The body of a request: what columns it has, and the JSON that the database reads. */
import { readCsv } from './csv.ts'
import { Refusal } from './refusal.ts'

export type Body = {
  /** JSON, or for functions of a single argument any text; null where there is none. */
  text: string | null
  /** Names of the columns or arguments. */
  keys: string[]
}

const malformed = (message: string): Refusal => new Refusal(400, 'PGRST102', message)

/** The media type of a body; JSON unless it is named. */
export function contentTypeOf(headers: Headers): string {
  return headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() || 'application/json'
}

/** `columns`: as the parameter names them; then rows may have others, which are ignored. */
export function readBody(
  text: string,
  contentType: string,
  { columns, isCall }: { columns: string[] | null; isCall: boolean },
): Body {
  switch (contentType) {
    case 'application/json':
      if (columns) return { text, keys: unique(columns) }
      if (text === '' && isCall) return { text: '{}', keys: [] }
      return readJson(text)
    case 'text/csv':
      return withKeys(csvRows(text), columns)
    case 'application/x-www-form-urlencoded':
      return withKeys(Object.fromEntries(new URLSearchParams(text)), columns)
    case 'text/plain':
    case 'text/xml':
    case 'application/octet-stream':
      if (isCall) return { text, keys: [] }
  }
  throw malformed(`Content-Type not acceptable: ${contentType}`)
}

function withKeys(rows: unknown, columns: string[] | null): Body {
  return { text: JSON.stringify(rows), keys: columns ? unique(columns) : keysOf(rows) }
}

function unique(names: string[]): string[] {
  return [...new Set(names)].sort()
}

/** The text is passed on as it is: numbers keep all their digits. What is no object and no list counts as no rows. */
function readJson(text: string): Body {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw malformed('Empty or invalid json')
  }
  return typeof value === 'object' && value !== null
    ? { text, keys: keysOf(value) }
    : { text: '[]', keys: [] }
}

/** The keys that all rows have. */
function keysOf(value: unknown): string[] {
  if (!Array.isArray(value)) return isObject(value) ? Object.keys(value).sort() : []
  const [first, ...others] = value.map((row) => isObject(row) ? Object.keys(row).sort() : null)
  if (first === undefined) return []
  const isUniform = first !== null &&
    others.every((keys) => keys?.length === first.length && keys.every((key, index) => key === first[index]))
  if (!isUniform) throw malformed('All object keys must match')
  return first
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Rows of a text whose first line has their names; NULL is null. */
function csvRows(text: string): Record<string, string | null>[] {
  const [names = [], ...lines] = readCsv(text) ?? refuseLines()
  return lines.map((line) => {
    if (line.length !== names.length) refuseLines()
    return Object.fromEntries(names.map((name, index) => {
      const value = line[index] ?? ''
      return [name, value === 'NULL' ? null : value]
    }))
  })
}

function refuseLines(): never {
  throw malformed('All lines must have same number of fields')
}
