/** Rows of a JSON body within a statement. */
import { identifier, literal, type Parameters } from './fragments.ts'

/** A column or an argument that the body has. */
export type Entry = { name: string; type: string; default?: string | null }

type Options = {
  /** Whether the rows are selected, or joined to a statement that uses them. */
  selects: boolean
  onlyFirst?: boolean
  /** What a row leaves out gets the column's default. */
  appliesDefaults?: boolean
}

/** The part of a statement that reads `entries` from the body as `pgrst_body`. */
export function payloadOf(
  body: string,
  entries: readonly Entry[],
  options: Options,
  parameters: Parameters,
): string {
  const { selects, onlyFirst = false, appliesDefaults = false } = options
  const isObject = body.trimStart().startsWith('{')
  const names = entries.map(({ name }) => identifier(name))
  const selected = selects ? `SELECT ${names.map((name) => `"pgrst_body".${name}`).join(', ')} ` : ''
  const place = `${parameters.add(body)}::${appliesDefaults ? 'jsonb' : 'json'}`
  const type = appliesDefaults ? 'jsonb' : 'json'
  const value = appliesDefaults ? 'pgrst_json_defs.val' : 'pgrst_payload.json_data'
  const typed = entries.map((entry) => `${identifier(entry.name)} ${entry.type}`).join(', ')
  const rows = entries.length > 0
    ? `${type}_to_record${isObject ? '' : 'set'}(${value}) AS _(${typed}) ${onlyFirst ? 'LIMIT 1' : ''}`
    : isObject
    ? '(values(1)) _ '
    : `${type}_array_elements(${value}) _ `
  return `${selected}FROM (SELECT ${place} AS json_data) pgrst_payload, ${
    appliesDefaults ? defaultsOf(entries, isObject) : ''
  }LATERAL (SELECT ${names.join(', ')} FROM ${rows}) pgrst_body `
}

function defaultsOf(entries: readonly Entry[], isObject: boolean): string {
  const pairs = entries.flatMap(({ name, default: value }) => value ? [`${literal(name)}, ${value}`] : [])
  const defaults = `jsonb_build_object(${pairs.join(',')})`
  return isObject
    ? `LATERAL (SELECT ${defaults} || pgrst_payload.json_data AS val) pgrst_json_defs, `
    : `LATERAL (SELECT jsonb_agg(${defaults} || elem) AS val from jsonb_array_elements(pgrst_payload.json_data) elem) pgrst_json_defs, `
}
