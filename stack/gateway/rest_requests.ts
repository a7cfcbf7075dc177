/** Refuses requests to REST that hosted projects refuse, and `@supabase/lite` carries out. */

/** Parameters that choose columns, order and pages, and no rows. */
const modifiers = new Set(['select', 'columns', 'order', 'limit', 'offset', 'on_conflict', 'apikey'])

/**
 * The refusal of an update or a deletion that names no rows; null for other requests. On hosted projects the extension
 * safeupdate refuses it, so that a forgotten filter does not change a whole table.
 */
export function refuseUnfiltered({ method, url }: Request): Response | null {
  const { pathname, searchParams } = new URL(url)
  if (method !== 'PATCH' && method !== 'DELETE') return null
  if (pathname.startsWith('/rest/v1/rpc/') || [...searchParams.keys()].some((name) => !modifiers.has(name))) {
    return null
  }
  const statement = method === 'PATCH' ? 'UPDATE' : 'DELETE'
  return Response.json(
    { code: '21000', details: null, hint: null, message: `${statement} requires a WHERE clause` },
    { status: 400 },
  )
}
