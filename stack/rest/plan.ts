/** The plan of what a request reads: a tree of tables with the filters, order and page of each. */
import type { Logic } from './filters.ts'
import { findRelationship } from './find_relationship.ts'
import type { OrderTerm, Path, Query, Range } from './query.ts'
import { Refusal } from './refusal.ts'
import { isToOne, type Relationship } from './relationships.ts'
import type { Relation } from './catalog.ts'
import type { Schema } from './schema.ts'
import type { Column, Embed } from './select.ts'

export type Name = { schema: string; name: string }

/** What a statement reads its rows from when it changed or called something first. */
export const source: Name = { schema: '', name: 'pgrst_source' }

export type Node = {
  /** As `select` names it. */
  name: string
  alias?: string
  join?: 'inner' | 'left'
  spread: boolean
  from: Name
  fromAlias?: string
  /** Where the types of columns are known. */
  relation?: Relation
  columns: Column[]
  where: Logic[]
  order: OrderTerm[]
  range: Range
  children: Node[]
  /** What connects it with the node above; the root has none. */
  parent?: { relationship: Relationship; alias: string | undefined }
  /** Under which name the node above joins its rows. */
  joined: string
}

type Root = {
  schema: string
  /** The table, or the type that a function returns. */
  name: string
  /** The rows are those that the statement changed or returned. */
  fromSource: boolean
  /** The filters of the root have been applied where the rows were changed. */
  filtersRoot: boolean
  /** The most rows of each table; null for no limit. */
  maxRows: number | null
}

/** Plans the reading; a Refusal for embeds, filters and orders that cannot be meant. */
export function planRead(query: Query, schema: Schema, root: Root): Node {
  const tree = planRoot(query, schema, root)
  for (const { path, filter } of query.filters) {
    if (path.length > 0 || root.filtersRoot) nodeAt(tree, path).where.push(filter)
  }
  // PostgREST filters changed rows by such trees again.
  for (const { path, tree: logic } of query.logic) nodeAt(tree, path).where.push(logic)
  for (const { path, terms } of query.order) nodeAt(tree, path).order = terms
  if (root.filtersRoot) { for (const { path, range } of query.ranges) nodeAt(tree, path).range = range }
  checkOrders(tree)
  if (root.maxRows !== null) limit(tree, root.maxRows)
  return tree
}

function planRoot({ select }: Query, schema: Schema, { schema: name, ...root }: Root): Node {
  const relation = schema.relation(name, root.name)
  const node: Node = {
    name: root.name,
    spread: false,
    from: root.fromSource ? source : { schema: name, name: root.name },
    ...(root.fromSource ? { fromAlias: root.name } : {}),
    ...(relation ? { relation } : {}),
    ...empty(),
    columns: select.columns,
    joined: '',
  }
  node.children = select.embeds.map((embed) => planEmbed(embed, node, schema, name, 1))
  return node
}

function empty(): Pick<Node, 'where' | 'order' | 'range' | 'children'> {
  return { where: [], order: [], range: { offset: 0, limit: null }, children: [] }
}

function planEmbed(embed: Embed, above: Node, schema: Schema, inSchema: string, depth: number): Node {
  const { name, alias, join, spread, columns, embeds, hint } = embed
  const origin = depth === 1 ? above.fromAlias ?? above.from.name : above.from.name
  const relationship = findRelationship({ schema: inSchema, origin, target: name, hint }, schema)
  const { table, foreign } = relationship
  const node: Node = {
    name,
    ...(alias === undefined ? {} : { alias }),
    ...(join ? { join } : {}),
    spread,
    from: { schema: foreign.schema, name: foreign.name },
    ...(relationship.kind === 'many-to-many' ? {} : { fromAlias: `${foreign.name}_${depth}` }),
    relation: foreign,
    ...empty(),
    columns,
    parent: { relationship, alias: above.fromAlias },
    joined: `${table.name}_${alias ?? name}_${depth}`,
  }
  node.children = embeds.map((each) => planEmbed(each, node, schema, inSchema, depth + 1))
  return node
}

/** What rows of a node are called in the answer and in filters. */
export function labelOf({ name, alias }: Node): string {
  return alias ?? name
}

function nodeAt(tree: Node, path: Path): Node {
  let node = tree
  for (const name of path) {
    const next = node.children.find((child) => child.name === name || child.alias === name)
    if (!next) throw notEmbedded(name)
    node = next
  }
  return node
}

function notEmbedded(name: string): Refusal {
  return new Refusal(
    400,
    'PGRST108',
    `'${name}' is not an embedded resource in this request`,
    null,
    `Verify that '${name}' is included in the 'select' query parameter.`,
  )
}

/** Rows can be in the order of an embedded row where there is at most one. */
function checkOrders(node: Node): void {
  for (const { relation } of node.order) {
    if (relation === undefined) continue
    const child = node.children.find((each) => labelOf(each) === relation)
    if (!child?.parent) throw notEmbedded(relation)
    if (!isToOne(child.parent.relationship)) {
      throw new Refusal(
        400,
        'PGRST118',
        `A related order on '${relation}' is not possible`,
        `'${
          node.fromAlias ?? node.from.name
        }' and '${relation}' do not form a many-to-one or one-to-one relationship`,
      )
    }
  }
  node.children.forEach(checkOrders)
}

function limit(node: Node, maxRows: number): void {
  const { offset, limit: asked } = node.range
  node.range = { offset, limit: asked === null ? maxRows : Math.min(asked, maxRows) }
  for (const child of node.children) limit(child, maxRows)
}

/** The columns that the statement before a reading must return for it; sorted. `key`: of the table's primary key. */
export function neededColumns({ columns, children }: Node, key: readonly string[]): string[] {
  const names = columns.map(({ field }) => field.name)
  if (names.includes('*') || children.some(({ parent }) => parent?.relationship.kind === 'computed')) {
    return ['*']
  }
  const joined = children.flatMap(({ parent }) => {
    const relationship = parent?.relationship
    if (!relationship || relationship.kind === 'computed') return []
    return (relationship.kind === 'many-to-many' ? relationship.source : relationship.pairs).map(([own]) =>
      own
    )
  })
  return [...new Set([...names, ...joined, ...key])].sort()
}
