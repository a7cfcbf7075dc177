/** Statements that insert, update and delete rows. */
import type { Body } from './body.ts'
import type { Logic } from './filters.ts'
import { columnOf, identifier, logicOf, type Parameters, qualified } from './fragments.ts'
import { type Entry, payloadOf } from './payload_sql.ts'
import { Refusal } from './refusal.ts'
import type { Relation } from './catalog.ts'

export type Write = {
  table: Relation
  /** Of the root, which choose rows to change. */
  where: Logic[]
  /** Columns that the changed rows are returned with; none where only their number matters. */
  returning: string[]
  appliesDefaults: boolean
}

export type Conflict = { resolution: 'merge-duplicates' | 'ignore-duplicates'; columns: string[] }

/** Columns of the body in the table; a Refusal (PGRST204) for one that it lacks. */
function entriesOf({ keys }: Body, { name: table, columns }: Relation): Entry[] {
  return keys.map((name) => {
    const column = columns.find((each) => each.name === name)
    if (!column) {
      throw new Refusal(
        400,
        'PGRST204',
        `Could not find the '${name}' column of '${table}' in the schema cache`,
      )
    }
    return column
  })
}

/** `isPut`: the one row that the filters name. */
export function insertOf(
  { table, where, returning, appliesDefaults }: Write,
  body: Body,
  conflict: Conflict | null,
  isPut: boolean,
  parameters: Parameters,
): string {
  const entries = entriesOf(body, table)
  const names = entries.map(({ name }) => identifier(name)).join(', ')
  const counts = isPut || conflict?.resolution === 'merge-duplicates'
  const rows = payloadOf(body.text ?? '', entries, { selects: true, appliesDefaults }, parameters)
  const place = {
    table: { schema: '', name: 'pgrst_body' },
    relation: table,
    children: [],
    parameters,
  }
  const conditions = [
    ...(counts ? [countInserted('+')] : []),
    ...(isPut ? where.map((logic) => logicOf(logic, place)) : []),
  ]
  const filter = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
  return `INSERT INTO ${qualified(table)}${entries.length > 0 ? `(${names}) ` : ' '}${rows}${filter}${
    conflict && conflict.columns.length > 0 ? conflictOf(conflict, entries, counts) : ''
  } ${returningOf(table, returning)}`
}

/** An upsert sets every column that it sends. */
function conflictOf({ resolution, columns }: Conflict, entries: Entry[], counts: boolean): string {
  const target = ` ON CONFLICT(${columns.map(identifier).join(', ')}) `
  if (resolution === 'ignore-duplicates' || entries.length === 0) return `${target}DO NOTHING`
  const set = entries.map(({ name }) => `${identifier(name)} = EXCLUDED.${identifier(name)}`).join(', ')
  return `${target}DO UPDATE SET ${set}${counts ? `WHERE ${countInserted('-')}` : ''}`
}

/** Counts rows that are inserted, less those that turn out to be updated; always true. */
function countInserted(sign: '+' | '-'): string {
  return `set_config('pgrst.inserted', (coalesce(nullif(current_setting('pgrst.inserted', true), '')::int, 0) ${sign} 1)::text, true) <> '${
    sign === '+' ? '0' : '-1'
  }'`
}

export function updateOf(
  { table, where, returning, appliesDefaults }: Write,
  body: Body,
  parameters: Parameters,
): string {
  const entries = entriesOf(body, table)
  if (entries.length === 0) {
    const columns = returning.map((name) => columnOf({ schema: '', name: table.name }, name))
    return `SELECT ${columns.length > 0 ? columns.join(', ') : 'NULL'} FROM ${qualified(table)} WHERE false`
  }
  const set = entries.map(({ name }) => `${identifier(name)} = "pgrst_body".${identifier(name)}`).join(', ')
  const rows = payloadOf(body.text ?? '', entries, { selects: false, appliesDefaults }, parameters)
  return `UPDATE ${qualified(table)} SET ${set} ${rows}${whereOf(table, where, parameters)} ${
    returningOf(table, returning)
  }`
}

export function deleteOf({ table, where, returning }: Write, parameters: Parameters): string {
  return `DELETE FROM ${qualified(table)} ${whereOf(table, where, parameters)} ${
    returningOf(table, returning)
  }`
}

function whereOf(table: Relation, where: Logic[], parameters: Parameters): string {
  const place = { table, relation: table, children: [], parameters }
  return where.length > 0 ? ` WHERE ${where.map((logic) => logicOf(logic, place)).join(' AND ')}` : ''
}

function returningOf(table: Relation, columns: string[]): string {
  return `RETURNING ${columns.length > 0 ? columns.map((name) => columnOf(table, name)).join(', ') : '1'}`
}
