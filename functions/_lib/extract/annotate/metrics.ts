/** Business figures in prose, found by patterns. */
import { excerpt } from '../../text/mod.ts'
import type { MetricHitPart } from '../parts.ts'

type Metrics = Record<string, number>

const amount = String
  .raw`\$?\s{0,3}(\d[\d,]{0,20}(?:\.\d{1,10})?(?:\s?(?:[KMB]\b|thousand|million|billion))?)`
const textPatterns: readonly [string, RegExp][] = [
  ['roas', new RegExp(String.raw`\bROAS[:\s]{1,5}(\d{1,12}(?:\.\d{1,10})?)`, 'i')],
  ['cpa', new RegExp(String.raw`\bCPA[:\s]{1,5}${amount}`, 'i')],
  ['ctr', new RegExp(String.raw`\bCTR[:\s]{1,5}(\d{1,12}(?:\.\d{1,10})?)`, 'i')],
  ['revenue', new RegExp(String.raw`\brevenue[:\s]{1,5}${amount}`, 'i')],
  ['spend', new RegExp(String.raw`\bspend[:\s]{1,5}${amount}`, 'i')],
  ['conversions', /\bconversions?[:\s]{1,5}(\d[\d,]{0,20})/i],
  ['clicks', /\bclicks?[:\s]{1,5}(\d[\d,]{0,20})/i],
  ['impressions', /\bimpressions?[:\s]{1,5}(\d[\d,]{0,20})/i],
]

/** By the first letter: K, M, B, thousand, million, billion. */
const scales: Readonly<Record<string, number>> = { k: 1e3, t: 1e3, m: 1e6, b: 1e9 }

/** Figures with a name, as in `Revenue: $1,200`; the first of each name counts. */
export function textMetrics(text: string): Metrics {
  const metrics: Metrics = {}
  for (const [name, pattern] of textPatterns) {
    const [, digits = '', scale = ''] = /^([\d,.]+)\s?(\w?)/.exec(pattern.exec(text)?.[1] ?? '') ?? []
    const value = digits ? Number(digits.replaceAll(',', '')) * (scales[scale.toLowerCase()] ?? 1) : NaN
    if (Number.isFinite(value)) metrics[name] = value
  }
  return metrics
}

const money = String.raw`\$?\s{0,3}(\d[\d,]{0,20}(?:\.\d{1,10})?\s?(?:[KMB]\b|thousand|million|billion)?)`
const percent = String.raw`(\d{1,12}(?:\.\d{1,10})?)\s?%`
const verbs = String.raw`(?:[:\s]{1,5}|\s+(?:of|was|is|reached|totaled|totalled|grew to|rose to)\s+)`
const hitPatterns: readonly [MetricHitPart['type'], RegExp][] = [
  ['revenue', new RegExp(String.raw`\b(?:revenue|sales)${verbs}${money}`, 'gi')],
  ['revenue', new RegExp(String.raw`${money}\s+in\s+(?:revenue|sales)\b`, 'gi')],
  ['growth', new RegExp(String.raw`\bgrowth${verbs}${percent}`, 'gi')],
  ['growth', new RegExp(String.raw`\b(?:increased?|grew|rose)\s+(?:by\s+)?${percent}`, 'gi')],
  ['growth', new RegExp(String.raw`${percent}\s+growth\b`, 'gi')],
  ['margin', new RegExp(String.raw`\bmargin${verbs}${percent}`, 'gi')],
  ['margin', new RegExp(String.raw`${percent}\s+(?:\w{1,12}\s+)?margin\b`, 'gi')],
  ['profit', new RegExp(String.raw`\b(?:profit|net\s+income)${verbs}${money}`, 'gi')],
]

/** A figure of a metric, with its place in the text. */
interface MetricHit {
  readonly type: MetricHitPart['type']
  readonly value: string
  readonly context: string
  readonly position: number
}

/** Every mention of revenue, growth, margin and profit with a figure, in the order of the text. */
export function metricHits(text: string, around = 50): MetricHit[] {
  const hits = new Map<string, MetricHit>()
  for (const [type, pattern] of hitPatterns) {
    for (const match of text.matchAll(pattern)) {
      const value = (match[1] ?? '').trim()
      const end = match.index + match[0].length
      const key = `${type}:${text.indexOf(value, match.index)}`
      if (hits.has(key)) continue
      const context = excerpt(text, match.index - around, end + around)
      hits.set(key, { type, value, context, position: match.index })
    }
  }
  return [...hits.values()].sort((a, b) => a.position - b.position)
}
