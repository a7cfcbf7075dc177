/** Financial statements among tables. */
import { toNumber } from '../output/tables.ts'
import type { TableDigest } from './table_digest.ts'

/** Which financial statement a table is, and its main figures. */
interface Statement {
  readonly type: 'balance_sheet' | 'income_statement' | 'cash_flow' | 'unknown'
  readonly confidence: number
  readonly summary: Readonly<Record<string, number | null>>
}

const statementWords = {
  balance_sheet: ['assets', 'liabilities', 'equity'],
  income_statement: ['revenue', 'expenses', 'net income'],
  cash_flow: ['operating', 'investing', 'financing'],
} as const

/** A statement contains at least two of its three typical words; a single one occurs in many tables. */
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
  return { type, confidence: Math.round(confidence * 10_000) / 10_000, summary: summarize(digest, type) }
}

function summarize(digest: TableDigest, type: Statement['type']): Record<string, number | null> {
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

/** The first number of the row whose label contains one of the words; earlier words take precedence. */
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
