/** What the steps of a request share. */
import type { RequestContext, Row, Transactions } from './database.ts'
import type { MediaType } from './media_types.ts'
import type { Query } from './query.ts'
import { Refusal } from './refusal.ts'
import type { Schema } from './schema.ts'

export type Limits = {
  /** Exposed; the first one is meant where a request names none. */
  schemas: string[]
  /** The most rows of each table in an answer. */
  maxRows: number
}

/** A request that has been read. */
export type Work = {
  request: Request
  context: RequestContext
  schema: Schema
  query: Query
  media: MediaType
  database: Transactions
  limits: Limits
}

/** An answer of one object needs one row. */
export function requireOne({ page_total: total }: Row): void {
  if (total === '1') return
  throw new Refusal(
    406,
    'PGRST116',
    'Cannot coerce the result to a single JSON object',
    `The result contains ${total} rows`,
  )
}

/** With `handling=strict`, at most so many rows may be concerned. */
export function requireAtMost({ page_total: total }: Row, { preferences }: RequestContext): void {
  const { handling, maxAffected } = preferences
  if (handling !== 'strict' || maxAffected === undefined || Number(total) <= maxAffected) return
  throw new Refusal(
    400,
    'PGRST124',
    'Query result exceeds max-affected preference constraint',
    `The query affects ${total} rows`,
  )
}
