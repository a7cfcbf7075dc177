/** Answers from the row that a statement of `answer_sql.ts` returns. */
import type { RequestContext, Row } from './database.ts'
import type { MediaType } from './media_types.ts'
import type { Node } from './plan.ts'
import { appliedPreferences, type Preferences } from './preferences.ts'
import { contentRangeOf, pageOf } from './ranges.ts'
import { Refusal } from './refusal.ts'
import type { Relation, Routine } from './catalog.ts'

export function answerToRead(
  row: Row,
  plan: Node,
  media: MediaType,
  context: RequestContext,
  parameters: URLSearchParams,
): Response {
  const { status, contentRange } = pageOf(plan.range, Number(row['page_total']), totalOf(row))
  const sorted = new URLSearchParams(parameters)
  sorted.delete('apikey')
  sorted.sort()
  const headers = {
    'content-range': contentRange,
    'content-location': `${encodeURI(context.path)}${sorted.size > 0 ? `?${sorted}` : ''}`,
    ...contentHeaders(media, context),
    ...applied(context, ['count', 'tx', 'handling', 'timezone']),
  }
  return finish(row, status, headers, context.method === 'HEAD' ? null : row['body'] ?? '')
}

export function answerToCall(
  row: Row,
  { isVoid }: Routine,
  plan: Node,
  media: MediaType,
  context: RequestContext,
): Response {
  const { status, contentRange } = pageOf(plan.range, Number(row['page_total']), totalOf(row))
  const headers = {
    'content-range': contentRange,
    ...applied(context, ['count', 'tx', 'handling', 'timezone', 'maxAffected']),
  }
  if (isVoid) return finish(row, 204, headers, null)
  const body = context.method === 'HEAD' ? null : row['body'] ?? ''
  return finish(row, status, { ...headers, ...contentHeaders(media, context) }, body)
}

export function answerToWrite(
  row: Row,
  table: Relation,
  media: MediaType,
  context: RequestContext,
): Response {
  const { method, preferences } = context
  const rows = Number(row['page_total'])
  const counted = preferences.count ? rows : null
  const isFull = preferences.return === 'representation'
  const headers = {
    ...(method === 'PUT' ? {} : {
      'content-range': method === 'PATCH'
        ? contentRangeOf(0, rows - 1, counted)
        : contentRangeOf(1, 0, counted),
    }),
    ...(method === 'POST' ? locationOf(row, table) : {}),
    ...applied(context, appliedTo(method, table)),
    ...(isFull ? contentHeaders(media, context) : {}),
  }
  return finish(row, writeStatus(row, context), headers, isFull ? row['body'] ?? '' : null)
}

function writeStatus(row: Row, { method, preferences }: RequestContext): number {
  const inserted = Number(row['response_inserted'] || 0)
  if (method === 'POST') return preferences.resolution === 'merge-duplicates' && inserted <= 0 ? 200 : 201
  if (preferences.return !== 'representation') return 204
  return method === 'PUT' && inserted > 0 ? 201 : 200
}

function appliedTo(method: string, { key }: Relation): (keyof Preferences)[] {
  const names: (keyof Preferences)[] = ['return', 'count', 'tx', 'handling', 'timezone']
  if (method === 'POST') return [...names, 'missing', ...(key.length > 0 ? ['resolution' as const] : [])]
  if (method === 'PATCH') return [...names, 'missing', 'maxAffected']
  return method === 'DELETE' ? [...names, 'maxAffected'] : names
}

function applied({ preferences }: RequestContext, names: (keyof Preferences)[]): Record<string, string> {
  const list = appliedPreferences(preferences, names)
  return list === null ? {} : { 'preference-applied': list }
}

function locationOf({ header }: Row, { name }: Relation): Record<string, string> {
  if (!header?.startsWith('[')) return {}
  const pairs = (JSON.parse(header) as string[]).map((pair) => {
    const at = pair.indexOf('=')
    return `${encodeURIComponent(pair.slice(0, at))}=${encodeURIComponent(pair.slice(at + 1))}`
  })
  return { location: `/${encodeURIComponent(name)}?${pairs.join('&')}` }
}

function contentHeaders(
  { contentType }: MediaType,
  { headers, schema }: RequestContext,
): Record<string, string> {
  const isNamed = headers.has('accept-profile') || headers.has('content-profile')
  return { 'content-type': contentType, ...(isNamed ? { 'content-profile': schema } : {}) }
}

function totalOf({ total_result_set: total }: Row): number | null {
  return total === null || total === undefined ? null : Number(total)
}

/** The database may set the status and headers itself (`response.status`, `response.headers`). */
function finish(row: Row, status: number, headers: Record<string, string>, body: string | null): Response {
  const set = new Headers(headers)
  for (const [name, value] of ownHeaders(row['response_headers'] ?? null)) set.set(name, value)
  const own = row['response_status']
  if (own && !/^[2-5]\d\d$/.test(own)) {
    throw new Refusal(500, 'PGRST112', 'response.status guc must be a valid status code')
  }
  return new Response(body, { status: own ? Number(own) : status, headers: set })
}

function ownHeaders(text: string | null): [string, string][] {
  if (!text) return []
  try {
    return (JSON.parse(text) as Record<string, string>[]).map((header) => {
      const [pair, ...others] = Object.entries(header)
      if (!pair || others.length > 0 || typeof pair[1] !== 'string') throw new TypeError(text)
      return pair
    })
  } catch {
    throw new Refusal(
      500,
      'PGRST111',
      'response.headers guc must be a JSON array composed of objects with a single key and a string value',
    )
  }
}
