/** What a table amounts to: business figures by the names of its columns, and its first rows. */
import { truncate } from '../../text/mod.ts'
import type { Limits } from '../limits.ts'
import { toNumber } from '../output/tables.ts'
import type { Json, JsonObject } from '../parts.ts'

type Metrics = Record<string, number>

/** Which column is which metric. In sheets only the plain names count; tables in prose have more variants. */
const sheetColumns: readonly [string, RegExp][] = [
  ['spend', /spend|cost/i],
  ['revenue', /revenue/i],
  ['conversions', /conversion/i],
  ['clicks', /click/i],
  ['impressions', /impression/i],
]

const proseColumns: readonly [string, RegExp][] = [
  ['cpa', /\bcpa\b|cost per/i],
  ['roas', /\broas\b|return on/i],
  ['ctr', /\bctr\b|click rate/i],
  ['spend', /spend|cost|budget/i],
  ['conversions', /conversions?|leads/i],
  ['revenue', /revenue|sales|income/i],
  ['clicks', /clicks/i],
  ['impressions', /impressions|views/i],
]

const ratios = new Set(['ctr', 'cpa', 'roas'])

/** ctr = clicks / impressions, cpa = spend / conversions, roas = revenue / spend, where both are known. */
function derive(metrics: Metrics): Metrics {
  const { clicks, impressions, spend, conversions, revenue } = metrics
  const derived = { ...metrics }
  if (clicks !== undefined && impressions !== undefined && impressions > 0) {
    derived['ctr'] = clicks / impressions
  }
  if (spend !== undefined && conversions !== undefined && conversions > 0) {
    derived['cpa'] = spend / conversions
  }
  if (revenue !== undefined && spend !== undefined && spend > 0) derived['roas'] = revenue / spend
  return derived
}

/** How columns of one metric combine: in a sheet they add up, elsewhere the last one counts. */
type TableKind = 'csv' | 'xlsx' | 'prose'

/** Sums the metrics of a table while its rows pass, and keeps the first rows. */
export class TableDigest {
  readonly columns: readonly string[]
  readonly rows: (readonly Json[])[] = []
  rowCount = 0
  readonly #kind: TableKind
  readonly #limits: Limits
  readonly #watched: readonly { column: number; metric: string }[]
  readonly #sums: { sum: number; count: number }[]
  #chars = 0

  constructor(columns: readonly string[], kind: TableKind, limits: Limits) {
    this.columns = columns
    this.#kind = kind
    this.#limits = limits
    const known = kind === 'prose' ? proseColumns : sheetColumns
    this.#watched = columns.flatMap((name, column) => {
      const metric = known.find(([, pattern]) => pattern.test(name))?.[0]
      return metric ? [{ column, metric }] : []
    })
    this.#sums = this.#watched.map(() => ({ sum: 0, count: 0 }))
  }

  add(rows: readonly (readonly Json[])[]): void {
    for (const row of rows) {
      this.rowCount++
      if (this.rows.length < this.#limits.evidenceRows && this.#chars < this.#limits.evidenceChars) {
        this.rows.push(row)
        for (const cell of row) this.#chars += typeof cell === 'string' ? cell.length + 4 : 8
      }
      // A row of totals repeats what stands above it.
      if (this.#watched.length === 0 || /^\s*(grand\s+|sub-?)?totals?\b/i.test(String(row[0] ?? ''))) continue
      for (const [index, { column }] of this.#watched.entries()) {
        const number = toNumber(row[column])
        const total = this.#sums[index]
        if (number === null || !total) continue
        total.sum += number
        total.count++
      }
    }
  }

  metrics(): Metrics {
    const metrics: Metrics = {}
    for (const [index, { metric }] of this.#watched.entries()) {
      const { sum, count } = this.#sums[index] ?? { sum: 0, count: 0 }
      if (count === 0) continue
      const value = ratios.has(metric) ? sum / count : sum
      metrics[metric] = this.#kind === 'xlsx' ? (metrics[metric] ?? 0) + value : value
    }
    return derive(metrics)
  }

  /** The kept rows as objects; with `typed`, text that is exactly how a number prints becomes the number. */
  records(typed = false): JsonObject[] {
    return this.rows.map((row) =>
      Object.fromEntries(this.columns.map((name, index) => {
        const cell = row[index] ?? null
        return [
          name,
          typed && typeof cell === 'string' && String(Number(cell)) === cell ? Number(cell) : cell,
        ]
      })) as JsonObject
    )
  }

  preview(count: number): string {
    const line = (cells: readonly Json[]): string => {
      const texts = cells
        .map((cell) => cell === null ? '' : typeof cell === 'object' ? JSON.stringify(cell) : `${cell}`)
        .map((cell) => cell.length > 80 ? `${truncate(cell, 79)}…` : cell)
      return truncate(texts.join(' | '), 1_000)
    }
    return [this.columns, ...this.rows.slice(0, count)].map(line).join('\n')
  }
}
