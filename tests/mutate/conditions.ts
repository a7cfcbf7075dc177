/** The parts of conditions: what stands between `and` and `or`, in policies, in `where` and in `if`. */
import { type Token, tokenize } from './tokens.ts'

/** A part of a text. */
export type Span = { start: number; end: number }

/** The text with a part of it replaced. */
export function replaced(text: string, { start, end }: Span, by: string): string {
  return text.slice(0, start) + by + text.slice(end)
}

/** In one line, for names. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** Operands of `and`, at every level of a condition; none of a condition without `and`. */
export function conjuncts(tokens: readonly Token[]): Span[] {
  const inner = unwrapped(tokens)
  const alternatives = split(inner, 'or')
  if (alternatives.length > 1) return alternatives.flatMap(conjuncts)
  const operands = split(inner, 'and')
  if (operands.length > 1) return operands.flatMap((operand) => [span(operand), ...conjuncts(operand)])
  return inner[0]?.text === 'not' ? conjuncts(inner.slice(1)) : []
}

/** Operands of the outermost `or`; none of a condition without it. */
export function disjuncts(tokens: readonly Token[]): Span[] {
  const operands = split(unwrapped(tokens), 'or')
  return operands.length > 1 ? operands.map(span) : []
}

const endsWhere = new Set(
  'group order limit offset fetch returning for union except intersect having window on loop then else when do ;'
    .split(' '),
)

/** The condition of each `where`, with its operands of `and`. */
export function whereConditions(sql: string): { condition: Span; parts: Span[] }[] {
  const tokens = tokenize(sql)
  return tokens.flatMap((token, index) => {
    if (token.text !== 'where') return []
    const rest = tokens.slice(index + 1)
    const length = rest.findIndex(({ text, depth }) =>
      depth < token.depth || depth === token.depth && endsWhere.has(text)
    )
    const condition = length < 0 ? rest : rest.slice(0, length)
    return condition.length === 0 ? [] : [{ condition: span(condition), parts: conjuncts(condition) }]
  })
}

export function span(tokens: readonly Token[]): Span {
  return { start: tokens[0]?.start ?? 0, end: tokens.at(-1)?.end ?? 0 }
}

/** Without the parentheses around all of it. */
function unwrapped(tokens: readonly Token[]): readonly Token[] {
  const [first, last] = [tokens[0], tokens.at(-1)]
  if (first?.text !== '(' || last?.text !== ')' || tokens.length < 3) return tokens
  const inner = tokens.slice(1, -1)
  // Between them, everything is deeper.
  return inner.every(({ depth }) => depth > first.depth) ? unwrapped(inner) : tokens
}

function split(tokens: readonly Token[], operator: 'and' | 'or'): Token[][] {
  const depth = Math.min(...tokens.map((token) => token.depth))
  const parts: Token[][] = [[]]
  let between = false
  for (const token of tokens) {
    if (token.depth === depth && token.text === 'between') between = true
    if (token.depth === depth && token.text === operator && !between) parts.push([])
    else {
      if (token.depth === depth && token.text === 'and') between = false
      parts.at(-1)?.push(token)
    }
  }
  return parts
}
