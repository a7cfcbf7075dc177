/** Mutants of functions: checks that do not refuse, conditions that do not tell apart, steps that are left out. */
import type { Routine } from './catalogue.ts'
import { conjuncts, disjuncts, oneLine, replaced, type Span, span, whereConditions } from './conditions.ts'
import type { Kind, Mutant } from './mutant.ts'
import { loweredRoles } from './roles.ts'
import { type Token, tokenize } from './tokens.ts'

type Edit = { span: Span; by: string; what: string; kind?: Kind }

/** Conditions that say whose a row is. */
const aboutOwner = /workspace|user_id|auth\.uid|owner|caller|created_by|personal_of/
/** Functions that workers and schedules run: each of their conditions counts. */
const isWorker = /skip locked|\blease|attempts/

export function mutantsOfFunction({ signature, name, definition, body, returnsBoolean }: Routine): Mutant[] {
  const at = definition.lastIndexOf(body)
  if (at < 0) throw new Error(`${signature} has a definition without its body`)
  const tokens = tokenize(body)
  const edits: Edit[] = [
    ...guards(body, tokens),
    ...steps(body, tokens),
    ...conditions(body),
    ...loweredRoles(body).map(({ span, by, what }) => ({ span, by, what: `for ${what}` })),
    ...(returnsBoolean ? answers(body, tokens) : []),
    ...locks(tokens),
  ]
  const names = new Map<string, number>()
  return edits.map(({ span, by, what, kind = 'function' }) => {
    const seen = (names.get(what) ?? 0) + 1
    names.set(what, seen)
    return {
      kind,
      name: `${signature}: ${what}${seen > 1 ? ` (${seen})` : ''}`,
      change: definition.slice(0, at) + replaced(body, span, by) + definition.slice(at + body.length),
      tables: [],
      functions: [name],
    }
  })
}

/** `if … then raise`: never, and with one of its reasons less. */
function guards(body: string, tokens: readonly Token[]): Edit[] {
  return tokens.flatMap((token, index): Edit[] => {
    if (!(token.text === 'if' || token.text === 'elsif') || tokens[index - 1]?.text === 'end') return []
    const rest = tokens.slice(index + 1)
    const length = rest.findIndex(({ text, depth }) => text === 'then' && depth === token.depth)
    if (length < 1 || rest[length + 1]?.text !== 'raise') return []
    const condition = rest.slice(0, length)
    const reasons = disjuncts(condition)
    return [
      { span: span(condition), by: 'false', what: `never refuses: ${quote(body, span(condition))}` },
      ...reasons.map((reason) => ({
        span: reason,
        by: 'false',
        what: `does not refuse: ${quote(body, reason)}`,
      })),
    ]
  })
}

/** `perform private.…;` left out. */
function steps(body: string, tokens: readonly Token[]): Edit[] {
  return tokens.flatMap((token, index): Edit[] => {
    if (token.text !== 'perform') return []
    const statement = tokens.slice(index)
    const length = statement.findIndex(({ text, depth }) => text === ';' && depth === token.depth)
    const whole = span(statement.slice(0, length))
    const isLock = /^perform\s+(pg_advisory|from\b|private\.(block|lock)_)/i.test(
      body.slice(whole.start, whole.end),
    )
    return [{
      span: whole,
      by: 'null',
      what: `without: ${quote(body, whole)}`,
      kind: isLock ? 'lock' : 'function',
    }]
  })
}

/** Conditions of `where` that always hold. */
function conditions(body: string): Edit[] {
  const all = isWorker.test(body)
  return whereConditions(body)
    .flatMap(({ condition, parts }) => parts.length > 0 ? parts : [condition])
    .filter(({ start, end }) => all || aboutOwner.test(body.slice(start, end)))
    .map((part) => ({ span: part, by: 'true', what: `without: ${quote(body, part)}` }))
}

/** What a function that says yes or no says: yes. */
function answers(body: string, tokens: readonly Token[]): Edit[] {
  return tokens.flatMap((token, index): Edit[] => {
    const isCase = (token.text === 'then' || token.text === 'when') && token.depth > 0
    if (token.text !== 'return' && !isCase) return []
    const rest = tokens.slice(index + 1)
    const length = rest.findIndex(({ text, depth }) =>
      depth < token.depth || depth === token.depth && /^(;|when|then|else)$/.test(text)
    )
    const value = rest.slice(0, length)
    if (value.length === 0) return []
    const parts = [...(token.text === 'when' ? [] : [span(value)]), ...conjuncts(value)]
    return parts.map((part) => ({ span: part, by: 'true', what: `true for: ${quote(body, part)}` }))
      .filter(({ what }) => what !== 'true for: true')
  })
}

/** `for update` and the like left out. */
function locks(tokens: readonly Token[]): Edit[] {
  return tokens.flatMap((token, index): Edit[] => {
    if (token.text !== 'for' || !/^(update|share|no|key)$/.test(tokens[index + 1]?.text ?? '')) return []
    const rest = tokens.slice(index + 1)
    const length = rest.findIndex(({ text, depth }) => depth < token.depth || /^(;|\)|loop)$/.test(text))
    const clause = [token, ...rest.slice(0, length)]
    return [{
      span: span(clause),
      by: '',
      what: `without: ${clause.map(({ text }) => text).join(' ')}`,
      kind: 'lock',
    }]
  })
}

function quote(body: string, { start, end }: Span): string {
  return oneLine(body.slice(start, end))
}
