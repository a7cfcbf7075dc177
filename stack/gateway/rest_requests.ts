/** Refuses requests to REST that an extension of the database refuses on hosted projects. */

/** Parameters that choose columns, order and pages, and no rows. */
const modifiers = new Set(['select', 'columns', 'order', 'limit', 'offset', 'on_conflict', 'apikey'])

/**
 * The refusal of an update or a deletion that names no rows; null for other requests. On hosted projects the extension
 * safeupdate refuses it, so that a forgotten filter does not change a whole table.
 */
export function refuseUnfiltered(request: Request): Response | null {
  const { pathname, searchParams } = new URL(request.url)
  // In small letters it is no method of HTTP, but means the same.
  const method = request.method.toUpperCase()
  if (method !== 'PATCH' && method !== 'DELETE') return null
  if (pathname.startsWith('/rest/v1/rpc/') || [...searchParams.keys()].some(filtersRows)) return null
  const statement = method === 'PATCH' ? 'UPDATE' : 'DELETE'
  return Response.json(
    { code: '21000', details: null, hint: null, message: `${statement} requires a WHERE clause` },
    { status: 400 },
  )
}

/** Whether a parameter chooses rows of the table itself, and not those that are embedded in them. */
function filtersRows(name: string): boolean {
  return !modifiers.has(name) && (!name.includes('.') || /^not\.(and|or)$/.test(name))
}
