/**
 * What a text is checked for before and after a model reads it: attempts to give the assistant other instructions, and
 * personal data. Checks are facts for a policy to act on; they decide nothing. How often they are right is measured by
 * bench/guards.ts and written in docs/reference/safety.md.
 */
import { suspect, type Where } from './injection.ts'
import { findPii, type PiiKind, type PiiSpan } from './pii.ts'

export type { PiiKind, PiiSpan } from './pii.ts'
export type { Where } from './injection.ts'
export { placeholders, redact, redacting, redactJson, type Redactor, redactor } from './redaction.ts'

export type InjectionCheck = {
  readonly check: 'prompt_injection'
  /** 0 to 1: how sure one may be. */
  readonly score: number
  readonly rules: readonly string[]
}

export type PiiCheck = {
  readonly check: 'pii'
  readonly kinds: Readonly<Partial<Record<PiiKind, number>>>
  /** The first of them, by position in the text; never what they say. */
  readonly spans: readonly PiiSpan[]
}

export type Check = InjectionCheck | PiiCheck

/** From this score on a text is reported: where docs/reference/safety.md gives the rates. */
export const threshold = 0.5

/** A check is kept with its message; a document full of addresses has more of them than anybody reads. */
const mostSpans = 200

/** Only what was found. What the assistant says itself is looked through for personal data alone. */
export function inspect(text: string, where: Where, from = threshold): Check[] {
  const checks: Check[] = []
  if (where !== 'answer') {
    const { score, rules } = suspect(text, where)
    if (score >= from) checks.push({ check: 'prompt_injection', score, rules })
  }
  const spans = findPii(text)
  if (spans.length > 0) {
    const kinds: Partial<Record<PiiKind, number>> = {}
    for (const { kind } of spans) kinds[kind] = (kinds[kind] ?? 0) + 1
    checks.push({ check: 'pii', kinds, spans: spans.slice(0, mostSpans) })
  }
  return checks
}
