/** Rows as JSON. Numbers that JavaScript would round or format differently stay as Postgres wrote them. */

/** A number as it was written. */
type RawNumber = { rawJSON: string }
export type Row = Record<string, unknown>

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown
/** Functions of JSON that the compiler's types lack. */
const json = JSON as unknown as {
  parse(text: string, reviver: Reviver): unknown
  rawJSON(text: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
}

export function parseJson(text: string): unknown {
  return json.parse(
    text,
    (_key, value, { source }) =>
      typeof value === 'number' && source !== undefined && String(value) !== source
        ? json.rawJSON(source)
        : value,
  )
}

export function parseRow(text: string | null): Row | null {
  return text === null ? null : parseJson(text) as Row
}

export function isRawNumber(value: unknown): value is RawNumber {
  return json.isRawJSON(value)
}
