/** The catalog of the database as schema.sql selects it. */
import { z } from 'zod'

const Relation = z.object({
  oid: z.number(),
  schema: z.string(),
  name: z.string(),
  isView: z.boolean(),
  columns: z.array(
    z.object({ number: z.number(), name: z.string(), type: z.string(), default: z.string().nullable() }),
  ),
  /** Columns of the primary key. */
  key: z.array(z.string()),
  definition: z.string().nullable(),
})

const ForeignKey = z.object({
  name: z.string(),
  relation: z.number(),
  foreign: z.number(),
  columns: z.array(z.string()),
  foreignColumns: z.array(z.string()),
  /** At most one row refers to another. */
  isUnique: z.boolean(),
})

const Routine = z.object({
  schema: z.string(),
  name: z.string(),
  arguments: z.array(
    z.object({ name: z.string(), type: z.string(), required: z.boolean(), variadic: z.boolean() }),
  ),
  volatility: z.enum(['i', 's', 'v']),
  isSet: z.boolean(),
  isVoid: z.boolean(),
  isComposite: z.boolean(),
  /** Name of the type that it returns: of a table, or `record`. */
  resultName: z.string(),
})

const Computed = z.object({
  schema: z.string(),
  name: z.string(),
  relation: z.number(),
  foreign: z.number(),
  isOne: z.boolean(),
})

export const Document = z.object({
  relations: z.array(Relation),
  foreignKeys: z.array(ForeignKey),
  functions: z.array(Routine),
  computed: z.array(Computed),
})

export type Relation = z.infer<typeof Relation>
export type ForeignKey = z.infer<typeof ForeignKey>
export type Routine = z.infer<typeof Routine>
export type Computed = z.infer<typeof Computed>
