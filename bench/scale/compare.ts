/** Asks a request as a member and as the owner of the tables, and says what misses the goal. */
import type postgres from 'postgres'
import { ask, type Cost, type Person, policyCondition } from './measure.ts'
import { type Catalogue, type Request, statement } from './postgrest.ts'
import type { Tenant } from './tenants.ts'

/** A member may need that many times the owner's buffers and the allowance, for the claims and memberships. */
export const limits = { ms: 100, ratio: 1.2, allowance: 100 }

export interface Row {
  readonly request: string
  readonly tenant: string
  readonly medianMs: number
  readonly p95Ms: number
  readonly buffers: number
  readonly ownerBuffers: number
  readonly faults: readonly string[]
  readonly misses: readonly string[]
}

/** Nothing for a request about a row that the tenant does not have. */
export async function compare(
  sql: postgres.Sql | postgres.TransactionSql,
  catalogue: Catalogue,
  request: Request,
  tenant: Tenant,
  rounds: number,
  timed: boolean,
): Promise<Row | undefined> {
  const given = tenant.give(request)
  if (!given) return undefined
  const person: Person = tenant
  const [table = ''] = (given.get ?? '').replace(/^\//, '').split('?')
  const condition = given.get ? await policyCondition(sql, given.schema, table, person) : ''
  const member = statement(given, catalogue)
  const owner = statement(given, catalogue, condition)
  const costs: Cost[] = []
  let base: Cost | undefined
  for (let round = 0; round <= rounds; round++) {
    const cost = await ask(sql, person, 'authenticated', given.schema, member)
    if (round > 0) costs.push(cost)
    if (round < 2) base = await ask(sql, person, 'owner', given.schema, owner)
    // One that is far beyond its limit need not be asked twenty times.
    if (round > 2 && cost.ms > 20 * limits.ms) break
  }
  const times = costs.map((cost) => cost.ms).sort((a, b) => a - b)
  const at = (share: number): number =>
    times[Math.min(Math.ceil(times.length * share), times.length) - 1] ?? 0
  const last = costs.at(-1)
  if (!last || !base) throw new Error('Nothing was measured.')
  const row = {
    request: request.name,
    tenant: tenant.share,
    medianMs: at(0.5),
    p95Ms: at(0.95),
    buffers: last.buffers,
    ownerBuffers: base.buffers,
    faults: last.faults,
  }
  const misses = [
    ...(timed && row.p95Ms >= limits.ms ? ['time'] : []),
    ...(row.buffers > row.ownerBuffers * limits.ratio + limits.allowance ? ['buffers'] : []),
  ]
  return { ...row, misses }
}
