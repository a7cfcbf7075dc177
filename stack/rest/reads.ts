/** GET and HEAD of a table. */
import { answerRead, bodyOf, nothing } from './answer_sql.ts'
import { answerToRead } from './answers.ts'
import type { Relation } from './catalog.ts'
import { Parameters } from './fragments.ts'
import { planRead } from './plan.ts'
import { countQueryOf, readQueryOf } from './read_sql.ts'
import { requireOne, type Work } from './work.ts'

export async function read(
  { context, schema, query, media, database, limits, request }: Work,
  { name }: Relation,
): Promise<Response> {
  const root = { schema: context.schema, name, fromSource: false, filtersRoot: true, maxRows: limits.maxRows }
  const plan = planRead(query, schema, root)
  const parameters = new Parameters()
  const reading = readQueryOf(plan, parameters)
  const count = context.preferences.count ? countQueryOf(plan, parameters) : null
  const body = context.method === 'HEAD' ? nothing : bodyOf(media, null)
  const statement = answerRead(reading, count, body)
  const row = await database.transaction(context, true, async (run) => {
    const found = await run(statement, parameters.values)
    if (media.kind === 'object') requireOne(found)
    return found
  })
  return answerToRead(row, plan, media, context, new URL(request.url).searchParams)
}
