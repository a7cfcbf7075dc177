/** Calls of functions. */
import { answerCall, bodyOf, nothing } from './answer_sql.ts'
import { answerToCall } from './answers.ts'
import { contentTypeOf, readBody } from './body.ts'
import type { Routine } from './catalog.ts'
import type { RequestContext } from './database.ts'
import { Parameters } from './fragments.ts'
import { planRead } from './plan.ts'
import { countQueryOf, readQueryOf } from './read_sql.ts'
import { Refusal } from './refusal.ts'
import { type Arguments, callOf, findRoutine } from './routines.ts'
import { requireAtMost, requireOne, type Work } from './work.ts'

export async function call(work: Work, name: string): Promise<Response> {
  const { context, schema, query, request } = work
  const { method } = context
  const isPost = method === 'POST'
  const contentType = contentTypeOf(request.headers)
  const body = isPost
    ? readBody(await request.text(), contentType, { columns: query.columns, isCall: true })
    : null
  const keys = body ? body.keys : [...new Set(query.arguments.map(([key]) => key))].sort()
  const routine = findRoutine({ schema: context.schema, name, keys, contentType, isPost }, schema)
  const changes = routine.volatility === 'v'
  if (method === 'OPTIONS') {
    return new Response(null, { headers: { allow: changes ? 'OPTIONS,POST' : 'OPTIONS,GET,HEAD,POST' } })
  }
  requireSet(routine, context)
  return await run(work, routine, body ? { body } : { named: query.arguments })
}

/** A limit of rows only makes sense where there may be several. */
function requireSet({ isSet }: Routine, { preferences: { handling, maxAffected } }: RequestContext): void {
  if (isSet || handling !== 'strict' || maxAffected === undefined) return
  throw new Refusal(
    400,
    'PGRST128',
    'Function must return SETOF or TABLE when max-affected preference is used with handling=strict',
  )
}

async function run(
  { context, schema, query, media, database, limits }: Work,
  routine: Routine,
  given: Arguments,
): Promise<Response> {
  const { method, preferences } = context
  const plan = planRead(query, schema, {
    schema: context.schema,
    name: routine.isComposite ? routine.resultName : routine.name,
    fromSource: true,
    filtersRoot: true,
    maxRows: limits.maxRows,
  })
  const readOnly = method !== 'POST' || routine.volatility !== 'v'
  const parameters = new Parameters()
  const called = callOf(routine, given, plan, parameters)
  const reading = readQueryOf(plan, parameters)
  const count = preferences.count ? countQueryOf(plan, parameters) : null
  const statement = answerCall(
    routine,
    called,
    reading,
    count,
    method === 'HEAD' ? nothing : bodyOf(media, routine),
  )
  const row = await database.transaction(context, readOnly, async (send) => {
    const result = await send(statement, parameters.values)
    if (media.kind === 'object') requireOne(result)
    requireAtMost(result, context)
    return result
  })
  return answerToCall(row, routine, plan, media, context)
}
