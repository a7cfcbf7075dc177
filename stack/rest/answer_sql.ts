/** The statement around a reading or a change: it makes the body of the answer in the database. */
import type { MediaType } from './media_types.ts'
import type { Routine } from './catalog.ts'

const settings =
  `nullif(current_setting('response.headers', true), '') AS response_headers, nullif(current_setting('response.status', true), '') AS response_status`

/** What a reading returns. `count`: the query that counts all rows. */
export function answerRead(query: string, count: string | null, body: string): string {
  return `WITH pgrst_source AS ( ${query} ) ${
    count === null ? '' : `, pgrst_source_count AS (${count})`
  } SELECT ${
    totalOf(count)
  } AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total, ${body} AS body, ${settings}, '' AS response_inserted FROM ( SELECT * FROM pgrst_source ) _postgrest_t`
}

export function answerCall(
  routine: Routine,
  call: string,
  reading: string,
  count: string | null,
  body: string,
): string {
  const rows = routine.isSet ? 'pg_catalog.count(_postgrest_t)' : '1'
  return `WITH pgrst_source AS (${call}) ${
    count === null ? '' : `, pgrst_source_count AS (${count})`
  }SELECT ${
    totalOf(count)
  } AS total_result_set, ${rows} AS page_total, ${body} AS body, ${settings}, '' AS response_inserted FROM (${reading}) _postgrest_t`
}

function totalOf(count: string | null): string {
  return count === null ? 'null::bigint' : '(SELECT pg_catalog.count(*) FROM pgrst_source_count)'
}

/** `location`: the columns of the primary key, where the answer shall say where the row is. */
export function answerWrite(
  change: string,
  reading: string,
  { body, location, counts }: { body: string; location: string[] | null; counts: boolean },
): string {
  const inserted = counts ? `nullif(current_setting('pgrst.inserted', true),'')::int` : `''`
  return `WITH pgrst_source AS (${change}) SELECT '' AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total, ${
    location ? locationOf(location) : 'array[]::text[]'
  } AS header, ${body} AS body, ${settings}, ${inserted} AS response_inserted FROM (${reading}) _postgrest_t`
}

function locationOf(key: string[]): string {
  const names = key.map((name) => `'${name.replaceAll("'", "''")}'`).join(',')
  return `CASE WHEN pg_catalog.count(_postgrest_t) = 1 THEN (
  WITH data AS (SELECT row_to_json(_) AS row FROM pgrst_source AS _ LIMIT 1)
  SELECT json_agg(json_data.key || '=' || coalesce('eq.' || json_data.value, 'is.null'))::text
  FROM data CROSS JOIN json_each_text(data.row) AS json_data
  WHERE json_data.key IN (${names || "''"})) END`
}

/** The expression of the body. */
export function bodyOf(media: MediaType, routine: Routine | null): string {
  const strip = (json: string): string => media.stripsNulls ? `json_strip_nulls(${json})` : json
  const isScalar = routine !== null && !routine.isComposite
  const rows = isScalar ? 'json_agg(_postgrest_t.pgrst_scalar)' : 'json_agg(_postgrest_t)'
  if (media.kind === 'csv') return csv
  const isOne = media.kind === 'object' ? !(isScalar && routine?.isSet) : routine !== null && !routine.isSet
  return isOne ? `coalesce(${strip(`${rows}->0`)}, 'null')` : `coalesce(${strip(rows)}, '[]')`
}

export const nothing = `''::text`

const csv =
  `(SELECT coalesce(string_agg(a.k, ','), '')  FROM (    SELECT json_object_keys(r)::text as k    FROM (       SELECT row_to_json(hh) as r from pgrst_source as hh limit 1    ) s  ) a) || '
' || coalesce(string_agg(substring(_postgrest_t::text, 2, length(_postgrest_t::text) - 2), '
'), '')`
