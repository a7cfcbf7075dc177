/** Which function a call means, and the statement that calls it. */
import type { Body } from './body.ts'
import type { Filter, Logic } from './filters.ts'
import { columnOf, identifier, type Parameters, qualified } from './fragments.ts'
import { neededColumns, type Node } from './plan.ts'
import { payloadOf } from './payload_sql.ts'
import { Refusal } from './refusal.ts'
import type { Routine } from './catalog.ts'
import type { Schema } from './schema.ts'
import { mostSimilar } from './similar.ts'

export type Call = {
  schema: string
  name: string
  /** Names of the given arguments. */
  keys: string[]
  contentType: string
  /** Arguments are in the query where the method is GET or HEAD. */
  isPost: boolean
}

/** The only function that takes the arguments; a Refusal where there is none (PGRST202) or several (PGRST203). */
export function findRoutine(call: Call, { routines }: Schema): Routine {
  const named = routines.filter(({ schema, name }) => schema === call.schema && name === call.name)
  const taking = named.filter((routine) => takesKeys(routine, call))
  const fitting = taking.length > 0 ? taking : named.filter((routine) => takesWhole(routine, call))
  if (fitting.length > 1) throw ambiguous(fitting)
  if (!fitting[0]) throw missing(call, routines, named)
  return fitting[0]
}

const wholeTypes = new Map(Object.entries({
  'application/json': ['json', 'jsonb'],
  'text/plain': ['text'],
  'text/xml': ['xml'],
  'application/octet-stream': ['bytea'],
}))

/** Whether it has one argument without a name, which is the whole body. */
function takesWhole({ arguments: all }: Routine, { contentType, isPost }: Call): boolean {
  const [only] = all
  return isPost && all.length === 1 && only?.name === '' &&
    (wholeTypes.get(contentType) ?? []).includes(only.type)
}

function takesKeys({ arguments: all }: Routine, { keys, contentType, isPost }: Call): boolean {
  const isText = isPost && ['text/plain', 'text/xml', 'application/octet-stream'].includes(contentType)
  if (all.length === 0) return keys.length === 0 && !isText
  const names = all.map(({ name }) => name)
  const required = all.filter((argument) => argument.required)
  return keys.every((key) => names.includes(key)) && required.every(({ name }) => keys.includes(name))
}

function ambiguous(fitting: Routine[]): Refusal {
  const list = fitting
    .map(({ schema, name, arguments: all }) => ({
      length: all.length,
      text: `${schema}.${name}(${all.map((argument) => `${argument.name} => ${argument.type}`).join(', ')})`,
    }))
    .sort((a, b) => a.length - b.length || (a.text < b.text ? -1 : 1))
    .map(({ text }) => text)
  return new Refusal(
    300,
    'PGRST203',
    `Could not choose the best candidate function between: ${list.join(', ')}`,
    null,
    'Try renaming the parameters or the function itself in the database so function overloading can be resolved',
  )
}

function missing(
  { schema, name, keys, contentType, isPost }: Call,
  all: readonly Routine[],
  named: Routine[],
): Refusal {
  const list = keys.join(', ')
  const by = keys.length === 0
    ? ' without parameters'
    : ` with parameter${keys.length > 1 ? 's' : ''} ${list}`
  const whole = isPost && contentType === 'application/json'
    ? ' or with a single unnamed json/jsonb parameter'
    : ''
  const other = named[0]
  const similar = other
    ? `${name}(${other.arguments.map((argument) => argument.name).sort().join(', ')})`
    : mostSimilar(name, all.filter((each) => each.schema === schema).map((each) => each.name))
  return new Refusal(
    404,
    'PGRST202',
    `Could not find the function ${schema}.${name}${
      keys.length === 0 ? ' without parameters' : `(${list})`
    } in the schema cache`,
    `Searched for the function ${schema}.${name}${by}${whole}, but no matches were found in the schema cache.`,
    similar ? `Perhaps you meant to call the function ${schema}.${similar}` : null,
  )
}

/** Values of arguments: from the body, or for GET and HEAD and forms by name. */
export type Arguments = { body: Body } | { named: [name: string, value: string][] }

/** The statement that calls the function with what the reading needs. */
export function callOf(routine: Routine, given: Arguments, reading: Node, parameters: Parameters): string {
  const { isComposite, arguments: all } = routine
  const keys = 'body' in given ? given.body.keys : given.named.map(([name]) => name)
  const used = all.filter(({ name }) => keys.includes(name))
  const columns = isComposite ? resultColumns(reading) : 'pgrst_call.pgrst_scalar'
  const call = (list: string): string =>
    isComposite
      ? `${qualified(routine)}(${list}) pgrst_call`
      : `(SELECT ${qualified(routine)}(${list}) pgrst_scalar) pgrst_call`
  const [only] = all
  if (all.length === 1 && only?.name === '') {
    const text = 'body' in given ? given.body.text : null
    return `SELECT ${columns} FROM ${call(`${parameters.add(text)}::${only.type}`)}`
  }
  if (used.length === 0) return `SELECT ${columns} FROM ${call('')}`
  if ('named' in given) {
    const list = used.map((argument) =>
      `${identifier(argument.name)} := ${valueOf(argument, given.named, parameters)}`
    )
    return `SELECT ${columns} FROM ${call(list.join(', '))}`
  }
  const rows = payloadOf(given.body.text ?? '', used, { selects: false, onlyFirst: true }, parameters)
  const list = used.map(({ name, variadic }) =>
    `${variadic ? 'VARIADIC ' : ''}${identifier(name)} := pgrst_body.${identifier(name)}`
  )
  return `SELECT ${columns} ${rows}, LATERAL ${call(list.join(', '))}`
}

function valueOf(
  { name, type, variadic }: Routine['arguments'][number],
  named: [string, string][],
  parameters: Parameters,
): string {
  const values = named.filter(([key]) => key === name).map(([, value]) => value)
  const text = variadic
    ? JSON.stringify(values).replace(/^\[/, '{').replace(/\]$/, '}')
    : values.at(-1) ?? null
  return `${parameters.add(text)}::${type}`
}

function resultColumns(reading: Node): string {
  const needed = neededColumns(reading, [])
  if (needed.length === 0) return '*'
  const filtered = needed.includes('*') ? [] : reading.where.flatMap(namesOf)
  return [...new Set([...needed, ...filtered])].sort()
    .map((name) => columnOf({ schema: '', name: 'pgrst_call' }, name)).join(', ')
}

function namesOf(logic: Logic): string[] {
  return logic.kind === 'tree' ? logic.branches.flatMap(namesOf) : [(logic as Filter).field.name]
}
