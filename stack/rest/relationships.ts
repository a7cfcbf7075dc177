/** Relationships between tables and views, by which rows of one are embedded in those of another. */
import type { Computed, ForeignKey, Relation } from './catalog.ts'
import type { Origin } from './view_columns.ts'

type Pairs = [column: string, foreignColumn: string][]

type Ends = { table: Relation; foreign: Relation }

export type ForeignKeyRelationship = Ends & {
  kind: 'many-to-one' | 'one-to-one' | 'one-to-many'
  constraint: string
  pairs: Pairs
}

export type JunctionRelationship = Ends & {
  kind: 'many-to-many'
  junction: Relation
  constraints: [string, string]
  /** Columns of the table, and of the junction. */
  source: Pairs
  /** Columns of the junction, and of the foreign table. */
  target: Pairs
}

export type ComputedRelationship = Ends & {
  kind: 'computed'
  function: { schema: string; name: string }
  isOne: boolean
}

export type Relationship = ForeignKeyRelationship | JunctionRelationship | ComputedRelationship

export function isToOne(relationship: Relationship): boolean {
  return relationship.kind === 'many-to-one' || relationship.kind === 'one-to-one' ||
    relationship.kind === 'computed' && relationship.isOne
}

type Parts = {
  relations: Relation[]
  foreignKeys: ForeignKey[]
  computed: Computed[]
  origins: Map<number, Origin[]>
}

/** All relationships. A function whose argument is a row of a table hides detected ones to the table of its name. */
export function relate({ relations, foreignKeys, computed, origins }: Parts): Relationship[] {
  const byOid = new Map(relations.map((relation) => [relation.oid, relation]))
  const functions = computed.flatMap(({ schema, name, relation, foreign, isOne }): ComputedRelationship[] => {
    const ends = { table: byOid.get(relation), foreign: byOid.get(foreign) }
    if (!ends.table || !ends.foreign) return []
    return [{ kind: 'computed', table: ends.table, foreign: ends.foreign, function: { schema, name }, isOne }]
  })
  const hidden = new Set(
    functions.map((each) => `${each.table.oid} ${each.function.schema}.${each.function.name}`),
  )
  const forward = foreignKeys.flatMap((key) => ofKey(key, relations, byOid, origins))
  const detected = [...forward, ...junctions(forward), ...forward.map(inverse)]
    .filter(({ table, foreign }) => !hidden.has(`${table.oid} ${foreign.schema}.${foreign.name}`))
  return [...detected, ...functions]
}

/** Of a foreign key: between its tables, and between the views that show its columns. */
function ofKey(
  key: ForeignKey,
  relations: Relation[],
  byOid: Map<number, Relation>,
  origins: Map<number, Origin[]>,
): ForeignKeyRelationship[] {
  const showing = (oid: number, columns: string[]): { relation: Relation; columns: string[] }[] => {
    const table = byOid.get(oid)
    const views = relations.filter(({ isView }) => isView).flatMap((view) => {
      const own = (origins.get(view.oid) ?? []).filter((origin) => origin.table === oid)
      return combine(
        columns.map((name) =>
          own.filter(({ tableColumn }) => tableColumn === name).map(({ column }) => column)
        ),
      ).map((names) => ({ relation: view, columns: names }))
    })
    return [...(table ? [{ relation: table, columns }] : []), ...views]
  }
  return showing(key.relation, key.columns).flatMap((from) =>
    showing(key.foreign, key.foreignColumns).map((to): ForeignKeyRelationship => ({
      kind: key.isUnique ? 'one-to-one' : 'many-to-one',
      table: from.relation,
      foreign: to.relation,
      constraint: key.name,
      pairs: from.columns.map((column, index) => [column, to.columns[index] ?? '']),
    }))
  )
}

/** Every choice of one item of each list. */
function combine(lists: string[][]): string[][] {
  return lists.reduce<string[][]>(
    (chosen, list) => chosen.flatMap((items) => list.map((item) => [...items, item])),
    [[]],
  )
}

function inverse(relationship: ForeignKeyRelationship): ForeignKeyRelationship {
  return {
    ...relationship,
    kind: relationship.kind === 'many-to-one' ? 'one-to-many' : 'one-to-one',
    table: relationship.foreign,
    foreign: relationship.table,
    pairs: relationship.pairs.map(([column, foreign]) => [foreign, column]),
  }
}

/** Through a table whose primary key contains the columns of two foreign keys. */
function junctions(relationships: ForeignKeyRelationship[]): JunctionRelationship[] {
  const keys = relationships.filter(({ kind, table }) => kind === 'many-to-one' && table.key.length > 0)
  return keys.flatMap((one) =>
    keys.filter((other) => other.table === one.table && other.constraint !== one.constraint)
      .filter((other) => [...one.pairs, ...other.pairs].every(([column]) => one.table.key.includes(column)))
      .map((other): JunctionRelationship => ({
        kind: 'many-to-many',
        table: one.foreign,
        foreign: other.foreign,
        junction: one.table,
        constraints: [one.constraint, other.constraint],
        source: one.pairs.map(([column, foreign]) => [foreign, column]),
        target: other.pairs,
      }))
  )
}
