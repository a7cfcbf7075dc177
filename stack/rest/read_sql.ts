/** The query that reads a planned tree, and the one that counts its rows. */
import {
  columnOf,
  fieldOf,
  identifier,
  logicOf,
  orderOf,
  Parameters,
  type Place,
  qualified,
} from './fragments.ts'
import { labelOf, type Name, type Node } from './plan.ts'
import { isToOne } from './relationships.ts'
import type { Column } from './select.ts'

export function readQueryOf(node: Node, parameters: Parameters, extra: readonly Column[] = []): string {
  const place = placeOf(node, parameters)
  const isEmpty = node.columns.length === 0 && node.children.length === 0
  const columns = isEmpty ? [{ field: { name: '*', path: [] } }] : node.columns
  const selected = [...columns, ...extra].map((column) => columnSql(column, place))
  const embedded = node.children.flatMap(selectedOf)
  const from = fromOf(node)
  const joins = node.children.map((child) => joinOf(child, parameters)).join(' ')
  const conditions = conditionsOf(node, place)
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
  const order = node.spread && !isOne(node) ? '' : orderOf(node.order, place)
  return `SELECT ${[...selected, ...embedded].join(', ')}${from}${joins}${where}  ${order} ${
    pageOf(node, parameters)
  }`
}

/** Counts without pages; inner joins are conditions that rows exist. */
export function countQueryOf(node: Node, parameters: Parameters): string {
  const place: Place = {
    ...placeOf(node, parameters),
    ofEmbed: (child, isNull) => `${isNull ? 'NOT ' : ''}EXISTS (${countQueryOf(child, parameters)})`,
  }
  const conditions = [
    ...conditionsOf(node, place),
    ...node.children.filter(({ join }) => join === 'inner').map((child) =>
      `EXISTS (${countQueryOf(child, parameters)} )`
    ),
  ]
  return `SELECT 1 ${fromOf(node)}${conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''}`
}

function placeOf(node: Node, parameters: Parameters): Place {
  const name = tableOf(node)
  return { table: name, relation: node.relation, children: node.children, parameters }
}

function tableOf({ from, fromAlias }: Node): Name {
  return fromAlias === undefined ? from : { schema: '', name: fromAlias }
}

function isOne({ parent }: Node): boolean {
  return parent !== undefined && isToOne(parent.relationship)
}

function conditionsOf(node: Node, place: Place): string[] {
  return [...node.where.map((logic) => logicOf(logic, place)), ...joinConditions(node)]
}

function joinConditions({ from, fromAlias, parent }: Node): string[] {
  if (!parent || parent.relationship.kind === 'computed') return []
  const { relationship, alias } = parent
  const { table, foreign } = relationship
  const above: Name = alias === undefined
    ? { schema: table.schema, name: table.name }
    : { schema: '', name: alias }
  if (relationship.kind !== 'many-to-many') {
    const own: Name = fromAlias === undefined ? from : { schema: '', name: fromAlias }
    return relationship.pairs.map(([column, other]) => `${columnOf(own, other)} = ${columnOf(above, column)}`)
  }
  const junction: Name = { schema: relationship.junction.schema, name: relationship.junction.name }
  const target: Name = { schema: foreign.schema, name: foreign.name }
  return [
    ...relationship.target.map(([own, other]) => `${columnOf(junction, own)} = ${columnOf(target, other)}`),
    ...relationship.source.map(([column, own]) => `${columnOf(junction, own)} = ${columnOf(above, column)}`),
  ]
}

function columnSql({ field, cast, alias }: Column, place: Place): string {
  const value = fieldOf(place.table, field, place.relation, place.parameters)
  const typed = cast === undefined ? value : `CAST( ${value} AS ${cast} )`
  const name = alias ?? keyOf(field)
  return name === undefined ? typed : `${typed} AS ${identifier(name)}`
}

/** A value in JSON has the name of its last key. */
function keyOf({ name, path }: Column['field']): string | undefined {
  if (path.length === 0) return undefined
  return path.findLast(({ key }) => key !== undefined)?.key ?? name
}

/** What a column is called in the answer. */
function nameOf({ field, alias }: Column): string {
  return alias ?? keyOf(field) ?? field.name
}

function fromOf({ from, fromAlias, parent }: Node): string {
  const relationship = parent?.relationship
  const alias = fromAlias === undefined ? '' : ` AS ${identifier(fromAlias)}`
  if (relationship?.kind === 'computed') {
    const { table, function: called } = relationship
    const row = `${identifier(parent?.alias ?? table.name)}::${qualified(table)}`
    return ` FROM ${qualified(called)}(${row})${alias}`
  }
  const junction = relationship?.kind === 'many-to-many' ? `, ${qualified(relationship.junction)}` : ''
  return ` FROM ${qualified(from)}${alias}${junction}`
}

function pageOf({ range }: Node, parameters: Parameters): string {
  if (range.limit === null && range.offset === 0) return ''
  const limit = range.limit === null ? 'ALL' : parameters.add(String(range.limit))
  return `LIMIT ${limit} OFFSET ${parameters.add(String(range.offset))}`
}

/** Embeds that select nothing are only there for a condition. */
function selectsNothing({ columns, children }: Node): boolean {
  return columns.length === 0 && children.every(selectsNothing)
}

function selectedOf(child: Node): string[] {
  const joined = identifier(child.joined)
  if (child.spread) {
    return spreadNames(child).map((name) => name === '*' ? `${joined}.*` : `${joined}.${identifier(name)}`)
  }
  if (selectsNothing(child)) return []
  const name = identifier(labelOf(child))
  return isOne(child)
    ? [`row_to_json(${joined}.*)::jsonb AS ${name}`]
    : [`COALESCE( ${joined}.${joined}, '[]') AS ${name}`]
}

/** The columns that stand beside those of the node above. */
function spreadNames(node: Node): string[] {
  const columns = !isOne(node) && node.relation
    ? node.columns.flatMap((column) =>
      column.field.name === '*' ? node.relation?.columns.map(({ name }) => name) ?? [] : [nameOf(column)]
    )
    : node.columns.map(nameOf)
  return [
    ...columns,
    ...node.children.flatMap((child) =>
      child.spread ? spreadNames(child) : selectsNothing(child) ? [] : [labelOf(child)]
    ),
  ]
}

function joinOf(child: Node, parameters: Parameters): string {
  const joined = identifier(child.joined)
  const isInner = child.join === 'inner'
  const lateral = (query: string, condition: string): string =>
    ` ${isInner ? 'INNER' : 'LEFT'} JOIN LATERAL ( ${query} ) AS ${joined} ON ${condition}`
  if (isOne(child)) return lateral(readQueryOf(child, parameters), 'TRUE')
  const { columns, order } = child.spread ? spreadOrder(child) : { columns: [], order: '' }
  const lists = child.spread
    ? spreadNames(child).map((name) =>
      `, COALESCE(json_agg(${joined}.${identifier(name)} ${order}),'[]')::jsonb AS ${identifier(name)}`
    )
    : []
  const rows = readQueryOf(child, parameters, columns)
  const query = `SELECT json_agg(${joined})::jsonb AS ${joined}${lists.join('')} FROM (${rows} ) AS ${joined}`
  return lateral(query, isInner ? `${joined} IS NOT NULL` : 'TRUE')
}

/** The lists that a spread makes of several rows have one order; its columns are selected for it. */
function spreadOrder(node: Node): { columns: Column[]; order: string } {
  const columns = node.order.filter(({ relation }) => relation === undefined)
    .map(({ field }, index): Column => ({ field, alias: `${node.joined}_${field.name}_${index + 1}` }))
  const terms = columns.map(({ alias = '' }, index) => {
    const { direction, nulls } = node.order[index] ?? {}
    return {
      field: { name: alias, path: [] },
      ...(direction ? { direction } : {}),
      ...(nulls ? { nulls } : {}),
    }
  })
  const place = {
    table: { schema: '', name: node.joined },
    relation: undefined,
    children: [],
    parameters: new Parameters(),
  }
  return { columns, order: orderOf(terms, place) }
}
