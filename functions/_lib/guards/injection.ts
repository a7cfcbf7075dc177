/** How sure one may be that a text tries to take over the assistant that reads it. */
import { foreignRules, type Rule, rules } from './injection_rules.ts'
import { type Oddity, read, type Reading } from './readings.ts'

/** Who wrote the text: the person who asks, a document, a tool, or the assistant itself. */
export type Where = 'user' | 'passage' | 'tool' | 'answer'

export type Suspicion = { readonly score: number; readonly rules: readonly string[] }

/** A prepared text is suspect whatever it says; only text that nobody can see is enough alone. */
const oddityWeights: Readonly<Record<Oddity, number>> = {
  hidden_text: 0.6,
  invisible_letters: 0.35,
  mixed_alphabets: 0.3,
}

/** Hiding what already looks like an attack makes it more certain. */
const encodedWeight = 0.5
const suspicious = 0.3

/** What is left of a finding in words that are quoted, or reported of somebody else. */
const quoted = 0.35

const all: readonly Rule[] = [...rules, ...foreignRules]
const inside = all.filter((rule) => rule.only !== 'outside')

export function suspect(text: string, where: Where): Suspicion {
  const applicable = where === 'user' ? inside : all
  const { readings, oddities } = read(text)
  let best: { score: number; names: readonly string[] } = { score: 0, names: [] }
  for (const reading of readings) {
    const weights = weigh(reading, applicable, where)
    let score = together(weights.values())
    const names = [...weights.keys()]
    if (reading.how === 'encoded' && score >= suspicious) {
      score = together([score, encodedWeight])
      names.push('encoded')
    }
    if (score > best.score) best = { score, names }
  }
  const score = together([best.score, ...Array.from(oddities, (oddity) => oddityWeights[oddity])])
  return { score: Math.round(score * 1000) / 1000, rules: [...best.names, ...oddities] }
}

/** The greatest weight that each rule has in a stretch. */
function weigh(reading: Reading, applicable: readonly Rule[], where: Where): Map<string, number> {
  const weights = new Map<string, number>()
  const mention = where === 'tool' ? null : mentions(reading.words)
  for (const { name, weight, pattern, marks } of applicable) {
    for (const match of (marks ? reading.marks : reading.words).matchAll(pattern)) {
      const mentioned = !marks && mention?.(match.index, match.index + match[0].length)
      const found = mentioned ? weight * quoted : weight
      if (found > (weights.get(name) ?? 0)) weights.set(name, found)
      if (found === weight) break
    }
  }
  if (defies(reading.words)) weights.set('defiance', defiance)
  return weights
}

const defiance = 0.5
const machine = /\b(?:you|your|you're|ai|a\.i\.|assistant|chat ?bot|bot|llm|language model|gpt|chatgpt)\b/
const control =
  /\b(?:censor\p{L}*|moderation|guard ?rails?(?! (?:on|of|at)\b)|safeguards?|limiters?|content (?:filters?|rules|polic(?:y|ies))|safety (?:training|filters?|layer|rules)|constraints?(?! (?:from|of|in)\b)|(?:your|its) (?:developers?|creators?|makers?|operators?|programming|training))\b/u
const defeat =
  /\b(?:ignor\p{L}*|disregard\p{L}*|drop|disabled?|lift\p{L}*|remov\p{L}*|expir\p{L}*|abolish\p{L}*|crash\p{L}*|break\p{L}*|broken|opposite|outdated|revoked?|replac\p{L}*|outrank\p{L}*|overrid\p{L}*|overrul\p{L}*|void|nobody|no one|no rules|without|skip|raised|elevat\p{L}*|no longer|bypass\p{L}*|gone|switched|suspend\p{L}*|escap\p{L}*)\b/u

/** Whether a sentence speaks of a machine, of what holds it, and of undoing that, in whatever words. */
function defies(words: string): boolean {
  if (!control.test(words) || !defeat.test(words)) return false
  return words.split(/[.!?](?: |$)/).some((sentence) =>
    control.test(sentence) && defeat.test(sentence) && machine.test(sentence)
  )
}

/** One minus the chance that every sign deceives. */
function together(weights: Iterable<number>): number {
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
 * Tells of a place in the text whether it is quoted after a word of telling, or reported of somebody else. Nothing
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
