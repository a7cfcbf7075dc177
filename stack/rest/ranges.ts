/** Pages of rows. */
import type { Query, Range } from './query.ts'
import { Refusal } from './refusal.ts'

/** The page of the table itself: of `limit` and `offset`, within that of the header `Range`. */
export function topRange({ ranges }: Query, header: string | null): Range {
  const asked = ranges.find(({ path }) => path.length === 0)?.range ?? { offset: 0, limit: null }
  if (asked.limit !== null && asked.limit < 0) {
    throw unsatisfiable('Limit should be greater than or equal to zero.')
  }
  const [, from, to] = /^(?:items=)?(\d+)-(\d*)$/.exec(header ?? '') ?? []
  if (from === undefined) return asked
  const offset = Math.max(asked.offset, Number(from))
  const ends = [to ? Number(to) + 1 : null, asked.limit === null ? null : asked.offset + asked.limit]
    .filter((end) => end !== null)
  if (to && Number(from) > Number(to)) {
    throw unsatisfiable(
      'The lower boundary must be lower than or equal to the upper boundary in the Range header.',
    )
  }
  return { offset, limit: ends.length > 0 ? Math.max(0, Math.min(...ends) - offset) : null }
}

/** Status and `Content-Range` of a page. `total` counts all rows, if they were counted. */
export function pageOf(
  { offset }: Range,
  rows: number,
  total: number | null,
): { status: number; contentRange: string } {
  const contentRange = contentRangeOf(offset, offset + rows - 1, total)
  if (total === null) return { status: 200, contentRange }
  if (offset > total) {
    throw unsatisfiable(
      `An offset of ${offset} was requested, but there are only ${total} rows.`,
      contentRange,
    )
  }
  return { status: rows < total ? 206 : 200, contentRange }
}

export function contentRangeOf(first: number, last: number, total: number | null): string {
  const rows = total !== 0 && first <= last ? `${first}-${last}` : '*'
  return `${rows}/${total ?? '*'}`
}

/** A page that there is not. */
export class RangeRefusal extends Refusal {
  constructor(details: string, readonly contentRange: string | undefined) {
    super(416, 'PGRST103', 'Requested range not satisfiable', details)
  }

  override response(): Response {
    const response = super.response()
    if (this.contentRange) response.headers.set('content-range', this.contentRange)
    return response
  }
}

function unsatisfiable(details: string, contentRange?: string): RangeRefusal {
  return new RangeRefusal(details, contentRange)
}
