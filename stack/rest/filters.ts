/** Filters of rows: `column=operator.value`, and trees of them in `and` and `or`. */
import { type Field, Reader } from './reader.ts'

export type Filter = { kind: 'filter'; field: Field; negated: boolean; operation: Operation }

export type Logic = Filter | { kind: 'tree'; negated: boolean; operator: 'and' | 'or'; branches: Logic[] }

export type Operation =
  | { kind: 'compare'; operator: string; value: string; quantifier?: 'any' | 'all'; isPattern: boolean }
  | { kind: 'is'; value: string }
  | { kind: 'distinct'; value: string }
  | { kind: 'in'; values: string[] }
  | { kind: 'text'; operator: string; language?: string; value: string }

/** Operators that `(any)` and `(all)` may follow. */
const quantified = new Map(Object.entries({
  eq: '=',
  gte: '>=',
  gt: '>',
  lte: '<=',
  lt: '<',
  like: 'like',
  ilike: 'ilike',
  match: '~',
  imatch: '~*',
}))
const simple = new Map(Object.entries({
  neq: '<>',
  cs: '@>',
  cd: '<@',
  ov: '&&',
  sl: '<<',
  sr: '>>',
  nxr: '&<',
  nxl: '&>',
  adj: '-|-',
}))
const textSearch = new Map(Object.entries({
  fts: 'to_tsquery',
  plfts: 'plainto_tsquery',
  phfts: 'phraseto_tsquery',
  wfts: 'websearch_to_tsquery',
}))
const truths = new Map(Object.entries({
  null: 'NULL',
  not_null: 'NOT NULL',
  true: 'TRUE',
  false: 'FALSE',
  unknown: 'UNKNOWN',
}))

/** How deep `and` and `or` may lie in each other: deeper ones could exhaust the stack of the database. */
const maxDepth = 100

/** Whether a value of a query begins with an operator; arguments of a function do not. */
export function isOperation(text: string): boolean {
  const name = /^(?:not\.)?([a-z]+)(?:\([^)]*\))?\./.exec(text)?.[1] ?? ''
  return quantified.has(name) || simple.has(name) || textSearch.has(name) || /^(is|in|isdistinct)$/.test(name)
}

export function readFilter(field: Field, text: string): Filter {
  const reader = new Reader(text, 'filter')
  return { kind: 'filter', field, ...readOperation(reader, (rest) => rest.match(/[\s\S]*/y) ?? '') }
}

/** `or=(a.eq.1,and(b.eq.2,c.is.null))`: the tree in parentheses, of the operator that the parameter names. */
export function readLogic(operator: 'and' | 'or', negated: boolean, text: string): Logic {
  const reader = new Reader(text, 'logic tree')
  const branches = readBranches(reader, 1)
  reader.expectEnd()
  return { kind: 'tree', negated, operator, branches }
}

function readBranches(reader: Reader, depth: number): Logic[] {
  if (depth > maxDepth) reader.refuse(`at most ${maxDepth} levels`)
  const branches: Logic[] = []
  reader.expect('(')
  do {
    reader.match(/ +/y)
    branches.push(readBranch(reader, depth))
    reader.match(/ +/y)
  } while (reader.take(','))
  reader.expect(')')
  return branches
}

function readBranch(reader: Reader, depth: number): Logic {
  const opening = reader.match(/(not\.)?(and|or)(?=\()/y)
  if (opening !== null) {
    return {
      kind: 'tree',
      negated: opening.startsWith('not.'),
      operator: opening.endsWith('or') ? 'or' : 'and',
      branches: readBranches(reader, depth + 1),
    }
  }
  const field = reader.field()
  reader.expect('.')
  return { kind: 'filter', field, ...readOperation(reader, readBranchValue) }
}

/**
 * An array. A quote opens a text wherever it stands: were it a character of its own, too, the number of ways to read many of
 * them would be without bounds.
 */
const braces = /\{(?:"(?:[^"\\]|\\.)*"|[^{}"])*\}(?=[,)])/y

/** A value within a tree ends at a comma or a parenthesis, unless it is in quotes or in braces. */
function readBranchValue(reader: Reader): string {
  const start = reader.position
  const quoted = reader.quoted()
  if (quoted !== null && /^[,)]/.test(reader.rest)) return quoted
  reader.position = start
  return reader.match(braces) ?? reader.match(/[^,)]*/y) ?? ''
}

function readOperation(
  reader: Reader,
  readValue: (reader: Reader) => string,
): { negated: boolean; operation: Operation } {
  const negated = reader.take('not.')
  const start = reader.position
  const name = reader.match(/[a-z]+/y) ?? ''
  const option = reader.match(/\([^)]*\)(?=\.)/y)?.slice(1, -1)
  const operator = quantified.get(name) ?? simple.get(name) ?? textSearch.get(name)
  const isOperator = operator !== undefined || ['is', 'in', 'isdistinct'].includes(name)
  if (!isOperator || !reader.take('.')) {
    reader.position = start
    reader.refuse('operator (eq, gt, ...)')
  }
  return { negated, operation: readOperand(reader, readValue, name, option) }
}

function readOperand(
  reader: Reader,
  readValue: (reader: Reader) => string,
  name: string,
  option: string | undefined,
): Operation {
  if (name === 'in') return { kind: 'in', values: readList(reader) }
  if (name === 'is') {
    const at = reader.position
    const truth = truths.get(readValue(reader).toLowerCase())
    if (truth !== undefined) return { kind: 'is', value: truth }
    reader.position = at
    reader.refuse('isVal: (null, not_null, true, false, unknown)')
  }
  const value = readValue(reader)
  if (name === 'isdistinct') return { kind: 'distinct', value }
  const search = textSearch.get(name)
  if (search) {
    return { kind: 'text', operator: search, value, ...(option === undefined ? {} : { language: option }) }
  }
  const isPattern = name === 'like' || name === 'ilike'
  const operator = quantified.get(name) ?? simple.get(name) ?? ''
  if (option === undefined) return { kind: 'compare', operator, value, isPattern }
  if (!quantified.has(name) || option !== 'any' && option !== 'all') reader.refuse('any or all')
  return { kind: 'compare', operator, value, isPattern, quantifier: option }
}

function readList(reader: Reader): string[] {
  reader.expect('(')
  const values: string[] = []
  do values.push(readElement(reader))
  while (reader.take(','))
  reader.expect(')')
  return values
}

function readElement(reader: Reader): string {
  const start = reader.position
  const quoted = reader.quoted()
  if (quoted !== null && /^[,)]/.test(reader.rest)) return quoted
  reader.position = start
  return reader.match(/[^,)]*/y) ?? ''
}
