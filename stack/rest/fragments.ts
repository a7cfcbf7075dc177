/** Pieces of SQL, written as PostgREST writes them. */
import type { Filter, Logic, Operation } from './filters.ts'
import { nestsTooDeep } from '../nesting.ts'
import { Refusal } from './refusal.ts'
import { labelOf, type Name, type Node } from './plan.ts'
import type { OrderTerm } from './query.ts'
import type { Field } from './reader.ts'
import type { Relation } from './catalog.ts'

/** The values of a statement: they never stand in its text. */
export class Parameters {
  readonly values: (string | null)[] = []

  /** The place of a value in the text. */
  add(value: string | null): string {
    if (value !== null && nestsTooDeep(value)) {
      throw new Refusal(400, '54001', 'stack depth limit exceeded')
    }
    this.values.push(value)
    return `$${this.values.length}`
  }
}

export function identifier(name: string): string {
  return `"${beforeNull(name).replaceAll('"', '""')}"`
}

export function qualified({ schema, name }: Name): string {
  return schema === '' ? identifier(name) : `${identifier(schema)}.${identifier(name)}`
}

export function columnOf(table: Name, name: string): string {
  return `${qualified(table)}.${name === '*' ? '*' : identifier(name)}`
}

export function literal(text: string): string {
  const quoted = `'${beforeNull(text).replaceAll("'", "''")}'`
  return quoted.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted
}

function beforeNull(text: string): string {
  return text.split('\0', 1)[0] ?? ''
}

/** A column, or a value in it. JSON operators need JSON, so other types are converted. */
export function fieldOf(
  table: Name,
  { name, path }: Field,
  relation: Relation | undefined,
  parameters: Parameters,
): string {
  if (path.length === 0) return columnOf(table, name)
  const type = relation?.columns.find((column) => column.name === name)?.type
  const isJson = type === 'json' || type === 'jsonb'
  const steps = path.map(({ arrow, key, index }) =>
    arrow + (index === undefined ? parameters.add(key ?? '') : `${parameters.add(index)}::int`)
  )
  return (isJson ? columnOf(table, name) : `to_jsonb(${columnOf(table, name)})`) + steps.join('')
}

/** Where a condition is evaluated. */
export type Place = {
  table: Name
  relation: Relation | undefined
  /** Embedded rows, which conditions can ask to be there. */
  children: readonly Node[]
  parameters: Parameters
  /** A condition on embedded rows; where they are joined unless given. */
  ofEmbed?: (child: Node, isNull: boolean) => string
}

export function logicOf(logic: Logic, place: Place): string {
  if (logic.kind === 'filter') return filterOf(logic, place)
  const branches = logic.branches.map((branch) => logicOf(branch, place))
  return `${logic.negated ? 'NOT' : ''} (${branches.join(logic.operator === 'and' ? ' AND ' : ' OR ')})`
}

function filterOf(filter: Filter, place: Place): string {
  const { field, operation, negated } = filter
  if (field.path.length === 0 && operation.kind === 'is' && operation.value === 'NULL') {
    const child = place.children.find((each) => labelOf(each) === field.name)
    if (child) return (place.ofEmbed ?? joinedEmbed)(child, !negated)
  }
  const { table, relation, parameters } = place
  const value = operation.kind === 'text'
    ? vectorOf(filter, operation, place)
    : fieldOf(table, field, relation, parameters)
  return `${negated ? 'NOT' : ''} ${value}${operationOf(operation, parameters)}`
}

function joinedEmbed({ joined }: Node, isNull: boolean): string {
  return `${identifier(joined)} IS ${isNull ? 'NOT ' : ''}DISTINCT FROM NULL`
}

function vectorOf(
  { field }: Filter,
  { language }: { language?: string },
  { table, relation, parameters }: Place,
): string {
  const type = relation?.columns.find(({ name }) => name === field.name)?.type
  if (type === 'tsvector') return fieldOf(table, field, relation, parameters)
  const words = language === undefined ? '' : `${parameters.add(language)}, `
  return `to_tsvector(${words}${fieldOf(table, field, relation, parameters)})`
}

function operationOf(operation: Operation, parameters: Parameters): string {
  switch (operation.kind) {
    case 'is':
      return ` IS ${operation.value}`
    case 'distinct':
      return ` IS DISTINCT FROM ${parameters.add(operation.value)}`
    case 'in': {
      const { values } = operation
      return values.length === 1 && values[0] === ''
        ? " = ANY('{}') "
        : ` = ANY (${parameters.add(arrayOf(values))}) `
    }
    case 'text': {
      const language = operation.language === undefined ? '' : `${parameters.add(operation.language)}, `
      return ` @@ ${operation.operator}(${language}${parameters.add(operation.value)}) `
    }
    case 'compare': {
      const { operator, quantifier, isPattern } = operation
      const value = parameters.add(isPattern ? operation.value.replaceAll('*', '%') : operation.value)
      return ` ${operator} ${quantifier ? `${quantifier.toUpperCase()}(${value})` : value}`
    }
  }
}

function arrayOf(values: string[]): string {
  const items = values.map((value) =>
    `"${beforeNull(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  )
  return `{${items.join(',')}}`
}

export function orderOf(terms: readonly OrderTerm[], place: Omit<Place, 'ofEmbed'>): string {
  if (terms.length === 0) return ''
  return `ORDER BY ${
    terms.map((term) => {
      const child = place.children.find((each) => labelOf(each) === term.relation)
      const value = child
        ? fieldOf({ schema: '', name: child.joined }, term.field, undefined, place.parameters)
        : fieldOf(place.table, term.field, place.relation, place.parameters)
      return `${value} ${[term.direction, term.nulls].filter(Boolean).join(' ')}`
    }).join(', ')
  }`
}
