/** Which relationship an embed means. */
import { Refusal } from './refusal.ts'
import type { ForeignKeyRelationship, JunctionRelationship, Relationship } from './relationships.ts'
import type { Schema } from './schema.ts'

type Wanted = {
  schema: string
  /** Name of the table that the rows are embedded in. */
  origin: string
  /** What `select` names: a table, a column, a constraint or a function. */
  target: string
  hint: string | undefined
}

/** The only relationship that fits; a Refusal where there is none (PGRST200) or several (PGRST201). */
export function findRelationship(wanted: Wanted, { relationships }: Schema): Relationship {
  const { schema, origin } = wanted
  const fitting = relationships.filter((relationship) =>
    relationship.table.schema === schema && relationship.table.name === origin && fits(relationship, wanted)
  )
  if (fitting.length > 1) throw ambiguous(wanted, fitting)
  if (!fitting[0]) throw missing(wanted)
  return fitting[0]
}

function fits(relationship: Relationship, { schema, target, hint }: Wanted): boolean {
  if (relationship.kind === 'computed') {
    return relationship.function.schema === schema && relationship.function.name === target
  }
  const { table, foreign, kind } = relationship
  if (foreign.schema !== schema) return false
  const isNamed = foreign.name === target
  if (table === foreign) {
    if (hint !== undefined) return isNamed && kind === 'one-to-many' && foreignColumn(relationship) === hint
    return isNamed && kind === 'one-to-many' || kind === 'many-to-one' && column(relationship) === target
  }
  if (hint === undefined) {
    return isNamed ||
      !foreign.isView && (constraint(relationship) === target || column(relationship) === target)
  }
  if (!isNamed) return false
  if (relationship.kind === 'many-to-many') return relationship.junction.name === hint
  return [relationship.constraint, column(relationship), foreignColumn(relationship)].includes(hint)
}

type Detected = ForeignKeyRelationship | JunctionRelationship

function constraint(relationship: Detected): string | undefined {
  return relationship.kind === 'many-to-many' ? undefined : relationship.constraint
}

/** Its column, where it is one of a single column. */
function column(relationship: Detected): string | undefined {
  return relationship.kind !== 'many-to-many' && relationship.pairs.length === 1
    ? relationship.pairs[0]?.[0]
    : undefined
}

function foreignColumn(relationship: Detected): string | undefined {
  return relationship.kind !== 'many-to-many' && relationship.pairs.length === 1
    ? relationship.pairs[0]?.[1]
    : undefined
}

function missing({ schema, origin, target, hint }: Wanted): Refusal {
  const by = hint === undefined ? '' : ` using the hint '${hint}'`
  return new Refusal(
    400,
    'PGRST200',
    `Could not find a relationship between '${origin}' and '${target}' in the schema cache`,
    `Searched for a foreign key relationship between '${origin}' and '${target}'${by} in the schema '${schema}', but no matches were found.`,
  )
}

function ambiguous({ origin, target }: Wanted, fitting: Relationship[]): Refusal {
  const detected = fitting.filter((relationship) => relationship.kind !== 'computed')
  const hints = detected.map((each) =>
    `'${each.foreign.name}!${each.kind === 'many-to-many' ? each.junction.name : each.constraint}'`
  )
  return new Refusal(
    300,
    'PGRST201',
    `Could not embed because more than one relationship was found for '${origin}' and '${target}'`,
    detected.map(describe),
    `Try changing '${target}' to one of the following: ${
      hints.join(', ')
    }. Find the desired relationship in the 'details' key.`,
  )
}

function describe(relationship: Detected): Record<string, string> {
  const { kind, table, foreign } = relationship
  const list = (names: string[]): string => `(${names.join(', ')})`
  return {
    cardinality: kind,
    embedding: `${table.name} with ${foreign.name}`,
    relationship: relationship.kind === 'many-to-many'
      ? `${relationship.junction.name} using ${relationship.constraints[0]}${
        list(relationship.source.map(([, own]) => own))
      } and ${relationship.constraints[1]}${list(relationship.target.map(([own]) => own))}`
      : `${relationship.constraint} using ${table.name}${
        list(relationship.pairs.map(([own]) => own))
      } and ${foreign.name}${list(relationship.pairs.map(([, other]) => other))}`,
  }
}
