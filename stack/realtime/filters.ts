/**
 * The filters of a subscription to changes: `column=operator.value`, joined by commas; all of them must match. `not.`
 * before an operator negates it. A value in double quotes may contain commas and parentheses.
 */
import { inspect } from './inspect.ts'
import { isRawNumber, type Row } from './rows.ts'

const operators = [
  'eq',
  'neq',
  'lt',
  'lte',
  'gt',
  'gte',
  'in',
  'like',
  'ilike',
  'is',
  'match',
  'imatch',
  'isdistinct',
] as const
type Operator = typeof operators[number]

/** `value` is a literal of Postgres: for `in`, an array. */
export type Filter = { column: string; operator: Operator; value: string; negated: boolean }

/** A filter that is not valid. The message is the platform's. */
export class FilterError extends Error {
  override name = 'FilterError'
}

/** Throws a FilterError for filters that the platform refuses. */
export function parseFilters(text: string): Filter[] {
  return text.trim() === '' ? [] : split(text.trim()).map(parseFilter)
}

/** Parts between commas that are neither in parentheses nor in quotes. */
function split(text: string): string[] {
  const parts = ['']
  let depth = 0
  let quoted = false
  let previous = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    let taken = character
    if (quoted) {
      if (character === '\\') taken += text[++at] ?? ''
      else if (character === '"') quoted = false
    } else if (character === '"' && ['.', '(', ','].includes(previous)) quoted = true
    else if (character === '(') depth++
    else if (character === ')') depth = Math.max(0, depth - 1)
    else if (character === ',' && depth === 0) {
      parts.push('')
      previous = ''
      continue
    }
    parts[parts.length - 1] += taken
    previous = taken.at(-1) ?? ''
  }
  return parts
}

function parseFilter(part: string): Filter {
  const text = part.trim()
  if (text === '') throw new FilterError('filter must not contain empty segments (check for extra commas)')
  const equals = text.indexOf('=')
  if (equals < 0) throw new FilterError(inspect([text]))
  const column = text.slice(0, equals)
  const condition = text.slice(equals + 1)
  const negated = condition.startsWith('not.')
  const rest = negated ? condition.slice(4) : condition
  const dot = rest.indexOf('.')
  if (dot < 0) throw new FilterError(inspect([rest]))
  const [name, value] = [rest.slice(0, dot), rest.slice(dot + 1)]
  const operator = operators.find((known) => known === name)
  if (!operator) throw new FilterError(inspect([name, value]))
  if (operator !== 'in') return { column, operator, value: unquote(value), negated }
  if (!/^\(.*\)$/s.test(value)) throw new FilterError('`in` filter value must be wrapped by parentheses')
  return { column, operator, value: `{${value.slice(1, -1)}}`, negated }
}

/** A value without the quotes around it. */
function unquote(value: string): string {
  const inner = /^"((?:[^"\\]|\\.)*)"$/s.exec(value)?.[1]
  return inner === undefined ? value : inner.replaceAll(/\\(.)/gs, '$1')
}

export type Test = (row: Row) => boolean

/** Types whose values are equal exactly when their JSON is. */
const plain = new Set(['int2', 'int4', 'int8', 'uuid', 'text', 'varchar', 'bool'])
const whole = new Set(['int2', 'int4', 'int8'])

/**
 * The filter as a function of a row, or null for comparisons that Postgres has to make. `type` is the type of the
 * column; `compared` is the value as JSON of that type, for `in` a list of them. As in SQL, a comparison with null is
 * never true, negated or not.
 */
export function compile({ column, operator, negated }: Filter, type: string, compared: unknown): Test | null {
  const test = compileValue(operator, type, compared)
  if (!test) return null
  return (row) => {
    const value = row[column]
    if (value === undefined) return false
    const result = test(value)
    return result !== null && result !== negated
  }
}

function compileValue(
  operator: Operator,
  type: string,
  compared: unknown,
): ((value: unknown) => boolean | null) | null {
  if (operator === 'is') {
    switch (compared) {
      case 'null':
        return (value) => value === null
      case 'unknown':
        return type === 'bool' ? (value) => value === null : null
      default:
        return type === 'bool' ? (value) => value === (compared === 'true') : null
    }
  }
  if (!plain.has(type)) return null
  if (operator === 'isdistinct') return (value) => key(value) !== key(compared)
  if (compared === null) return null
  const nullable = (test: (value: unknown) => boolean): (value: unknown) => boolean | null => (value) =>
    value === null ? null : test(value)
  switch (operator) {
    case 'eq':
      return nullable((value) => key(value) === key(compared))
    case 'neq':
      return nullable((value) => key(value) !== key(compared))
    case 'in': {
      if (!Array.isArray(compared) || compared.includes(null)) return null
      const keys = new Set(compared.map(key))
      return nullable((value) => keys.has(key(value)))
    }
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte': {
      if (!whole.has(type)) return null
      const limit = BigInt(key(compared))
      const compare = (value: unknown): number => {
        const difference = BigInt(key(value)) - limit
        return difference < 0n ? -1 : difference > 0n ? 1 : 0
      }
      return nullable(
        {
          lt: (value: unknown) => compare(value) < 0,
          lte: (value: unknown) => compare(value) <= 0,
          gt: (value: unknown) => compare(value) > 0,
          gte: (value: unknown) => compare(value) >= 0,
        }[operator],
      )
    }
    default:
      return null
  }
}

function key(value: unknown): string {
  return isRawNumber(value) ? value.rawJSON : String(value)
}
