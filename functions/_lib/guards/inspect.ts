/**
 * Checks a text for prompt injection and personal data, before and after a model reads it. Checks are facts for a policy
 * to act on; they decide nothing. bench/guards.ts measures their error rates, docs/reference/safety.md lists them.
 */
import { scoreInjection, type TextSource } from './injection/score.ts'
import { findPii, type PiiKind, type PiiSpan } from './pii/find.ts'

/** A text that tries to take over the assistant. */
export type InjectionCheck = {
  readonly check: 'prompt_injection'
  /** The confidence, from 0 to 1. */
  readonly score: number
  readonly rules: readonly string[]
}

/** Personal data in a text. */
export type PiiCheck = {
  readonly check: 'pii'
  /** How many of each kind. */
  readonly kinds: Readonly<Partial<Record<PiiKind, number>>>
  /** Where the first of them are; never the data itself. */
  readonly spans: readonly PiiSpan[]
}

/** What was found in a text. */
export type Check = InjectionCheck | PiiCheck

/** Scores from here on are reported. */
export const injectionThreshold = 0.5

/** A check is stored with its message; a document full of addresses has far more. */
const maxSpans = 200

/** Only what was found. Text of the assistant itself is checked for personal data alone. */
export function inspect(text: string, source: TextSource, threshold = injectionThreshold): Check[] {
  const checks: Check[] = []
  if (source !== 'answer') {
    const { score, rules } = scoreInjection(text, source)
    if (score >= threshold) checks.push({ check: 'prompt_injection', score, rules })
  }
  const spans = findPii(text)
  if (spans.length > 0) {
    const kinds: Partial<Record<PiiKind, number>> = {}
    for (const { kind } of spans) kinds[kind] = (kinds[kind] ?? 0) + 1
    checks.push({ check: 'pii', kinds, spans: spans.slice(0, maxSpans) })
  }
  return checks
}
