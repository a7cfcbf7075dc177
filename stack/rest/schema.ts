/** Tables, views and functions of the database, as REST looks them up: PostgREST calls it the schema cache. */
import { Document, type Relation, type Routine } from './catalog.ts'
import { relate, type Relationship } from './relationships.ts'
import { originsOf } from './view_columns.ts'

export type Schema = {
  relation(schema: string, name: string): Relation | undefined
  /** Names of the tables and views of a schema. */
  names(schema: string): string[]
  relationships: readonly Relationship[]
  routines: readonly Routine[]
}

/** From the document that schema.sql selects. */
export function readSchema(document: string): Schema {
  const { relations, foreignKeys, functions, computed } = Document.parse(JSON.parse(document))
  const origins = originsOf(relations)
  for (const view of relations) {
    if (view.isView) view.key = keyOfView(view, relations, origins)
  }
  const byName = new Map(relations.map((relation) => [`${relation.schema}.${relation.name}`, relation]))
  return {
    relation: (schema, name) => byName.get(`${schema}.${name}`),
    names: (schema) => relations.filter((each) => each.schema === schema).map(({ name }) => name),
    relationships: relate({ relations, foreignKeys, computed, origins }),
    routines: functions,
  }
}

/** The columns of a view that show the whole primary key of a table. */
function keyOfView(view: Relation, relations: Relation[], origins: ReturnType<typeof originsOf>): string[] {
  const shown = origins.get(view.oid) ?? []
  for (const table of relations) {
    if (table.isView || table.key.length === 0) continue
    const columns = table.key.map((key) =>
      shown.find((origin) => origin.table === table.oid && origin.tableColumn === key)?.column
    )
    if (columns.every((column) => column !== undefined)) return columns
  }
  return []
}
