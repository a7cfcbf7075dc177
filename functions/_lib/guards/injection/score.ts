/** How likely it is that a text tries to take over the assistant that reads it. */
import { rules } from './rules/rules.ts'
import type { Rule } from './rules/vocabulary.ts'
import { type Anomaly, type Variant, variantsOf } from './variants.ts'

/** Where a text comes from: the user, a document, a tool, or the assistant itself. */
export type TextSource = 'user' | 'passage' | 'tool' | 'answer'

/** From 0 to 1, with the names of the rules that matched. */
export type InjectionScore = { readonly score: number; readonly rules: readonly string[] }

/** An obfuscated text is suspect whatever it says; only text that is invisible to people is enough by itself. */
const anomalyWeights: Readonly<Record<Anomaly, number>> = {
  hidden_text: 0.6,
  invisible_letters: 0.35,
  mixed_alphabets: 0.3,
}

/** Encoding a text that looks like an attack anyway makes it more certain. */
const encodedWeight = 0.5
const suspicious = 0.3

/** How much of its weight a finding keeps in words that are quoted, or reported of another person. */
const quotedFactor = 0.35

const rulesForUsers = rules.filter((rule) => rule.only !== 'outside')

/** The score of the window of the text that scores highest. */
export function scoreInjection(text: string, source: TextSource): InjectionScore {
  const applicable = source === 'user' ? rulesForUsers : rules
  const { variants, anomalies } = variantsOf(text)
  let best: { score: number; names: readonly string[] } = { score: 0, names: [] }
  for (const variant of variants) {
    const weights = weigh(variant, applicable, source)
    let score = combine(weights.values())
    const names = [...weights.keys()]
    if (variant.form === 'encoded' && score >= suspicious) {
      score = combine([score, encodedWeight])
      names.push('encoded')
    }
    if (score > best.score) best = { score, names }
  }
  const score = combine([best.score, ...Array.from(anomalies, (anomaly) => anomalyWeights[anomaly])])
  return { score: Math.round(score * 1000) / 1000, rules: [...best.names, ...anomalies] }
}

/** The greatest weight that each rule has in a window. */
function weigh(variant: Variant, applicable: readonly Rule[], source: TextSource): Map<string, number> {
  const weights = new Map<string, number>()
  const mention = source === 'tool' ? null : mentions(variant.words)
  for (const { name, weight, pattern, marks } of applicable) {
    for (const match of (marks ? variant.marks : variant.words).matchAll(pattern)) {
      const mentioned = !marks && mention?.(match.index, match.index + match[0].length)
      const found = mentioned ? weight * quotedFactor : weight
      if (found > (weights.get(name) ?? 0)) weights.set(name, found)
      if (found === weight) break
    }
  }
  if (defies(variant.words)) weights.set('defiance', defianceWeight)
  return weights
}

const defianceWeight = 0.5
const machine = /\b(?:you|your|you're|ai|a\.i\.|assistant|chat ?bot|bot|llm|language model|gpt|chatgpt)\b/
const control =
  /\b(?:censor\p{L}*|moderation|guard ?rails?(?! (?:on|of|at)\b)|safeguards?|limiters?|content (?:filters?|rules|polic(?:y|ies))|safety (?:training|filters?|layer|rules)|constraints?(?! (?:from|of|in)\b)|(?:your|its) (?:developers?|creators?|makers?|operators?|programming|training))\b/u
const defeat =
  /\b(?:ignor\p{L}*|disregard\p{L}*|drop|disabled?|lift\p{L}*|remov\p{L}*|expir\p{L}*|abolish\p{L}*|crash\p{L}*|break\p{L}*|broken|opposite|outdated|revoked?|replac\p{L}*|outrank\p{L}*|overrid\p{L}*|overrul\p{L}*|void|nobody|no one|no rules|without|skip|raised|elevat\p{L}*|no longer|bypass\p{L}*|gone|switched|suspend\p{L}*|escap\p{L}*)\b/u

/** Whether a sentence mentions a machine, its constraints, and undoing them, in whatever words. */
function defies(words: string): boolean {
  if (!control.test(words) || !defeat.test(words)) return false
  return words.split(/[.!?](?: |$)/).some((sentence) =>
    control.test(sentence) && defeat.test(sentence) && machine.test(sentence)
  )
}

/** One minus the chance that all of the evidence is wrong. */
function combine(weights: Iterable<number>): number {
  let doubt = 1
  for (const weight of weights) doubt *= 1 - weight
  return 1 - doubt
}

const orders =
  /\b(?:carry (?:it|them|this) out|obey|execute|do (?:it|what|the following)|follow (?:it|them)|as your instruction|act on it)\b/
const telling =
  /\b(?:sa(?:y|ys|id|ying)|wrote|writes?|typ(?:es?|ed|ing)|pasted|contain(?:s|ed|ing)?|sentences?|phrases?|words?|such as|for example|example|called|reads?|lines?|heading|translate|rewrite|rephrase|mails?)\b/
const reported =
  /\b(?:told|asked|instructed|wants?|wanted|advised|ordered|tells|asks) (?:us|him|her|them|everyone|everybody|(?:the|our) (?:crew|team|tenant|client|office)|employees|staff|tenants)(?: all)? (?:to|not to|that we)\b|\b(?:employees|tenants|crews?|technicians|staff|callers|contractors?|homeowners?|clients?|customers) (?:must|should|may|can|have to|always|never)?\b/

/**
 * Returns whether a place in the text is quoted after a word such as "says", or reported of another person. Nothing
 * counts as quoted where the text asks to act on it.
 */
function mentions(words: string): (start: number, end: number) => boolean {
  const acts = orders.test(words)
  const quotes = Array.from(
    words.matchAll(/(?<![\p{L}\d])(["'])(?=[^\s])[^"]{3,240}?\1(?![\p{L}\d])/gu),
    (quote) => ({
      start: quote.index,
      end: quote.index + quote[0].length,
    }),
  )
  return (start, end) => {
    if (acts) return false
    if (reported.test(words.slice(Math.max(0, start - 50), start + 1))) return true
    return quotes.some((quote) =>
      quote.start <= start && end <= quote.end &&
      telling.test(words.slice(Math.max(0, quote.start - 80), quote.start))
    )
  }
}
