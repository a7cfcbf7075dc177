/** The query parameters of a request to REST. */
import { type Filter, isOperation, type Logic, readFilter, readLogic } from './filters.ts'
import { type Field, Reader } from './reader.ts'
import { type Embed, readSelect } from './select.ts'

/** The names of the embeds that lead from the table of the request to that of a filter; none for itself. */
export type Path = string[]

export type OrderTerm = { field: Field; relation?: string; direction?: 'ASC' | 'DESC'; nulls?: string }

export type Range = { offset: number; limit: number | null }

export type Query = {
  select: Pick<Embed, 'columns' | 'embeds'>
  filters: { path: Path; filter: Filter }[]
  logic: { path: Path; tree: Logic }[]
  order: { path: Path; terms: OrderTerm[] }[]
  ranges: { path: Path; range: Range }[]
  columns: string[] | null
  onConflict: string[] | null
  /** Of a function that is called with GET or HEAD. */
  arguments: [name: string, value: string][]
}

const paging = /^(?:(.+)\.)?(limit|offset|order)$/
const logic = /^(.+\.)?(and|or)$/

/** `takesArguments`: what names no operator is an argument. */
export function readQuery(parameters: URLSearchParams, takesArguments: boolean): Query {
  const query: Query = {
    select: readSelect(parameters.get('select') ?? '*'),
    filters: [],
    logic: [],
    order: [],
    ranges: readRanges(parameters),
    columns: readNames(parameters.get('columns'), 'columns parameter'),
    onConflict: readNames(parameters.get('on_conflict'), 'on_conflict parameter'),
    arguments: [],
  }
  for (const [key, value] of parameters) {
    if (['select', 'columns', 'on_conflict', 'apikey'].includes(key)) continue
    const page = paging.exec(key)
    const tree = logic.exec(key)
    if (page) {
      if (page[2] === 'order') query.order.push({ path: readPath(page[1]), terms: readOrder(value) })
    } else if (tree && value.startsWith('(')) {
      const above = (tree[1] ?? '').split('.').slice(0, -1)
      const negated = above.at(-1) === 'not'
      const path = readPath((negated ? above.slice(0, -1) : above).join('.') || undefined)
      query.logic.push({ path, tree: readLogic(tree[2] === 'or' ? 'or' : 'and', negated, value) })
    } else if (takesArguments && !isOperation(value)) query.arguments.push([key, value])
    else query.filters.push(readKey(key, value))
  }
  return query
}

function readKey(key: string, value: string): { path: Path; filter: Filter } {
  const reader = new Reader(key, 'tree path')
  const names: string[] = []
  let field = reader.field()
  while (reader.take('.')) {
    names.push(field.name)
    field = reader.field()
  }
  reader.expectEnd()
  return { path: names, filter: readFilter(field, value) }
}

function readPath(text: string | undefined): Path {
  if (text === undefined) return []
  const reader = new Reader(text, 'tree path')
  const names = [reader.name()]
  while (reader.take('.')) names.push(reader.name())
  return names
}

function readNames(text: string | null, parameter: string): string[] | null {
  if (text === null) return null
  const reader = new Reader(text, parameter)
  const names = [reader.name()]
  while (reader.take(',')) names.push(reader.name())
  reader.expectEnd()
  return names
}

function readOrder(text: string): OrderTerm[] {
  const reader = new Reader(text, 'order')
  const terms: OrderTerm[] = []
  do terms.push(readTerm(reader))
  while (reader.take(','))
  reader.expectEnd()
  return terms
}

function readTerm(reader: Reader): OrderTerm {
  let field = reader.field()
  const term: OrderTerm = { field }
  if (reader.take('(')) {
    term.relation = field.name
    field = reader.field()
    reader.expect(')')
    term.field = field
  }
  const direction = reader.match(/\.(asc|desc)(?=[.,]|$)/y)
  if (direction) term.direction = direction === '.asc' ? 'ASC' : 'DESC'
  const nulls = reader.match(/\.nulls(first|last)(?=,|$)/y)
  if (nulls) term.nulls = nulls === '.nullsfirst' ? 'NULLS FIRST' : 'NULLS LAST'
  return term
}

/** What is no number counts as absent. */
function readRanges(parameters: URLSearchParams): { path: Path; range: Range }[] {
  const ranges = new Map<string, Range>()
  for (const [key, value] of parameters) {
    const [, path = '', name] = paging.exec(key) ?? []
    if (name === undefined || name === 'order' || !/^-?\d+$/.test(value)) continue
    const range = ranges.get(path) ?? { offset: 0, limit: null }
    ranges.set(
      path,
      name === 'limit'
        ? { ...range, limit: Number(value) }
        : { ...range, offset: Math.max(0, Number(value)) },
    )
  }
  return [...ranges].map(([path, range]) => ({ path: readPath(path || undefined), range }))
}
