/** Business figures in tables and prose, by the names of columns and by patterns. */
import type { Limits } from './limits.ts'
import type { Json, JsonObject, MetricHitPart } from './parts.ts'
import { toNumber } from './tables.ts'

type Metrics = Record<string, number>

/** Which column means which metric. Sheets know the plain names only; tables in prose are searched more widely. */
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
export function derive(metrics: Metrics): Metrics {
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

/** How columns of the same meaning combine: in a CSV the last one counts, in a sheet they add up. */
export type TableKind = 'csv' | 'xlsx' | 'prose'

/** Watches the rows of a table as they pass: sums what columns mean, keeps the first rows. */
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

  get complete(): boolean {
    return this.rows.length === this.rowCount
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

  /** The kept rows as objects. `typed` makes numbers of text that is exactly how a number prints. */
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
    const line = (cells: readonly Json[]): string =>
      cells.map((cell) => cell === null ? '' : typeof cell === 'object' ? JSON.stringify(cell) : `${cell}`)
        .map((cell) => cell.length > 80 ? `${cell.slice(0, 79)}…` : cell).join(' | ').slice(0, 1_000)
    return [this.columns, ...this.rows.slice(0, count)].map(line).join('\n')
  }
}

export interface Statement {
  readonly type: 'balance_sheet' | 'income_statement' | 'cash_flow' | 'unknown'
  readonly confidence: number
  readonly summary: Readonly<Record<string, number | null>>
}

const statementWords = {
  balance_sheet: ['assets', 'liabilities', 'equity'],
  income_statement: ['revenue', 'expenses', 'net income'],
  cash_flow: ['operating', 'investing', 'financing'],
} as const

/** A statement names at least two of the three things it is made of; one word alone stands in many a table. */
export function detectStatement(digest: TableDigest): Statement {
  const words = [...digest.columns, ...digest.rows.slice(0, 200).flat()]
    .filter((cell) => typeof cell === 'string').join(' ').toLowerCase()
  let type: Statement['type'] = 'unknown'
  let confidence = 0
  for (const [name, wanted] of Object.entries(statementWords)) {
    const found = wanted.filter((word) => words.includes(word)).length
    if (found < 2 || found / wanted.length <= confidence) continue
    type = name as keyof typeof statementWords
    confidence = found / wanted.length
  }
  return { type, confidence: Math.round(confidence * 10_000) / 10_000, summary: summarise(digest, type) }
}

function summarise(digest: TableDigest, type: Statement['type']): Record<string, number | null> {
  const value = (...labels: string[]): number | null => firstValue(digest, labels)
  switch (type) {
    case 'income_statement':
      return {
        revenue: value('total revenue', 'revenue'),
        expenses: value('total expenses', 'expenses'),
        net_income: value('net income', 'profit'),
        gross_profit: value('gross profit'),
      }
    case 'balance_sheet': {
      const liabilities = value('total liabilities', 'liabilities')
      const equity = value('total equity', 'equity')
      return {
        total_assets: value('total assets', 'assets'),
        total_liabilities: liabilities,
        total_equity: equity,
        liabilities_plus_equity: liabilities === null && equity === null
          ? null
          : (liabilities ?? 0) + (equity ?? 0),
      }
    }
    case 'cash_flow':
      return {
        operating: value('net cash provided by operating', 'operating activities', 'operating'),
        investing: value('net cash used in investing', 'investing activities', 'investing'),
        financing: value('net cash used in financing', 'financing activities', 'financing'),
        net_change: value('net increase', 'net decrease', 'net change'),
      }
    case 'unknown':
      return {}
  }
}

/** The first number of the row whose label has one of the words; earlier words are better. */
function firstValue(digest: TableDigest, labels: readonly string[]): number | null {
  for (const label of labels) {
    for (const row of digest.rows) {
      if (!String(row[0] ?? '').toLowerCase().includes(label)) continue
      for (const cell of row.slice(1)) {
        const number = toNumber(cell)
        if (number !== null) return number
      }
    }
  }
  return null
}

const amount = String
  .raw`\$?\s{0,3}(\d[\d,]{0,20}(?:\.\d{1,10})?(?:\s?(?:[KMB]\b|thousand|million|billion))?)`
const textPatterns: readonly [string, RegExp][] = [
  ['roas', new RegExp(String.raw`\bROAS[:\s]{1,5}(\d{1,12}(?:\.\d{1,10})?)`, 'i')],
  ['cpa', new RegExp(String.raw`\bCPA[:\s]{1,5}${amount}`, 'i')],
  ['ctr', new RegExp(String.raw`\bCTR[:\s]{1,5}(\d{1,12}(?:\.\d{1,10})?)`, 'i')],
  ['revenue', new RegExp(String.raw`\brevenue[:\s]{1,5}${amount}`, 'i')],
  ['spend', new RegExp(String.raw`\bspend[:\s]{1,5}${amount}`, 'i')],
  ['conversions', /\bconversions?[:\s]{1,5}(\d[\d,]{0,20})/i],
  ['clicks', /\bclicks?[:\s]{1,5}(\d[\d,]{0,20})/i],
  ['impressions', /\bimpressions?[:\s]{1,5}(\d[\d,]{0,20})/i],
]

/** By the first letter: K, M, B, thousand, million, billion. */
const scales: Readonly<Record<string, number>> = { k: 1e3, t: 1e3, m: 1e6, b: 1e9 }

/** Figures that prose gives by name, as in `Revenue: $1,200`. The first of each name counts. */
export function textMetrics(text: string): Metrics {
  const metrics: Metrics = {}
  for (const [name, pattern] of textPatterns) {
    const [, digits = '', scale = ''] = /^([\d,.]+)\s?(\w?)/.exec(pattern.exec(text)?.[1] ?? '') ?? []
    const value = digits ? Number(digits.replaceAll(',', '')) * (scales[scale.toLowerCase()] ?? 1) : NaN
    if (Number.isFinite(value)) metrics[name] = value
  }
  return metrics
}

const money = String.raw`\$?\s{0,3}(\d[\d,]{0,20}(?:\.\d{1,10})?\s?(?:[KMB]\b|thousand|million|billion)?)`
const percent = String.raw`(\d{1,12}(?:\.\d{1,10})?)\s?%`
const verbs = String.raw`(?:[:\s]{1,5}|\s+(?:of|was|is|reached|totaled|totalled|grew to|rose to)\s+)`
const hitPatterns: readonly [MetricHitPart['type'], RegExp][] = [
  ['revenue', new RegExp(String.raw`\b(?:revenue|sales)${verbs}${money}`, 'gi')],
  ['revenue', new RegExp(String.raw`${money}\s+in\s+(?:revenue|sales)\b`, 'gi')],
  ['growth', new RegExp(String.raw`\bgrowth${verbs}${percent}`, 'gi')],
  ['growth', new RegExp(String.raw`\b(?:increased?|grew|rose)\s+(?:by\s+)?${percent}`, 'gi')],
  ['growth', new RegExp(String.raw`${percent}\s+growth\b`, 'gi')],
  ['margin', new RegExp(String.raw`\bmargin${verbs}${percent}`, 'gi')],
  ['margin', new RegExp(String.raw`${percent}\s+(?:\w{1,12}\s+)?margin\b`, 'gi')],
  ['profit', new RegExp(String.raw`\b(?:profit|net\s+income)${verbs}${money}`, 'gi')],
]

export interface MetricHit {
  readonly type: MetricHitPart['type']
  readonly value: string
  readonly context: string
  readonly position: number
}

/** Every mention of revenue, growth, margin and profit with a figure, in the order of the text. */
export function metricHits(text: string, around = 50): MetricHit[] {
  const hits = new Map<string, MetricHit>()
  for (const [type, pattern] of hitPatterns) {
    for (const match of text.matchAll(pattern)) {
      const value = (match[1] ?? '').trim()
      const end = match.index + match[0].length
      const key = `${type}:${text.indexOf(value, match.index)}`
      if (hits.has(key)) continue
      const context = text.slice(Math.max(0, match.index - around), Math.min(text.length, end + around))
      hits.set(key, { type, value, context, position: match.index })
    }
  }
  return [...hits.values()].sort((a, b) => a.position - b.position)
}
