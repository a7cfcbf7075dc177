/** Finds the sentences of passages that answer a question, by the words they share with it. */
import { truncate } from '../../_lib/text/mod.ts'
import type { Passage } from './types.ts'

export interface Chosen {
  readonly sentence: string
  readonly n: number
  /** The part of the question that it covers, by weight of words, from 0 to 1. */
  readonly coverage: number
}

const maxSentences = 4
const maxSentenceChars = 400
/** The best sentence must cover more of the question than this, */
const minBestCoverage = 0.5
/** and every further one at least this. */
const minCoverage = 0.3
/** A sentence that is much worse than the best one, or that repeats another one, is left out. */
const minShareOfBest = 0.55
const maxOverlap = 0.7

interface Sentence {
  readonly text: string
  readonly n: number
  readonly rank: number
  readonly words: ReadonlySet<string>
  /** Words of its title and heading, which it need not repeat. */
  readonly title: ReadonlySet<string>
  readonly order: string
}

/** `questions` are newest first; an older one counts only where the newest has too few words. */
export function chooseSentences(questions: readonly string[], passages: readonly Passage[]): Chosen[] {
  const [newest = '', former = ''] = questions
  const asked = new Set(termsOf(newest))
  if (asked.size < 2) { for (const term of termsOf(former)) asked.add(term) }
  if (asked.size === 0) return []

  const sentences = passages.flatMap((passage, rank) => sentencesOf(passage, rank))
  const weights = weigh(asked, sentences)
  const whole = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  const order = termsOf(newest)
  const wantsNumber =
    /\b(how (much|many|long|old|often)|when|what (time|date|year|day)|deadline|due|cost|price|total)\b/i
      .test(newest)

  const scored = sentences.map((sentence) => {
    const own = sum(weights, (term) => sentence.words.has(term))
    const withTitle = sum(weights, (term) => sentence.words.has(term) || sentence.title.has(term))
    const pairs = order.filter((term, at) =>
      at > 0 && sentence.order.includes(` ${order[at - 1]} ${term} `)
    ).length
    return {
      sentence,
      // A title is about the whole document, so it counts for less than the sentence itself.
      coverage: (own + (withTitle - own) / 2) / whole,
      score: (own + (withTitle - own) / 2) / whole + pairs * 0.08 +
        (wantsNumber && /\d/.test(sentence.text) ? 0.1 : 0) -
        sentence.rank * 0.015 - (sentence.words.size > 45 ? 0.05 : 0),
      own,
    }
  }).filter(({ own }) => own > 0).sort((a, b) => b.score - a.score || a.sentence.rank - b.sentence.rank)

  const [best] = scored
  if (!best || best.coverage <= minBestCoverage) return []
  const chosen: { sentence: Sentence; coverage: number }[] = []
  for (const { sentence, coverage, score } of scored) {
    if (chosen.length === maxSentences) break
    if (coverage < minCoverage || score < best.score * minShareOfBest) continue
    if (chosen.some((other) => overlap(other.sentence.words, sentence.words) > maxOverlap)) continue
    chosen.push({ sentence, coverage })
  }
  return chosen.map(({ sentence: { text, n }, coverage }) => ({ sentence: text, n, coverage }))
}

function sentencesOf(passage: Passage, rank: number): Sentence[] {
  const { title: document, section } = passage
  const title = new Set(termsOf(`${document ?? ''} ${section ?? ''}`))
  return passage.text.split(/\n+/).flatMap((line) => splitLine(line)).flatMap((raw) => {
    const text = shown(raw)
    const terms = termsOf(text)
    if (terms.length < 2) return []
    return [{ text, n: passage.n, rank, words: new Set(terms), title, order: ` ${terms.join(' ')} ` }]
  })
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })

/** A full stop in a number or after an abbreviation does not end a sentence, nor one before a lower-case letter. */
function splitLine(line: string): string[] {
  const found: string[] = []
  for (const { segment } of segmenter.segment(line)) {
    const last = found.at(-1)
    if (
      last !== undefined &&
      (/^[a-z0-9]/.test(segment) || /\b(Mr|Mrs|Ms|Dr|No|St|Inc|Ltd|Co|vs|e\.g|i\.e|approx)\.\s*$/.test(last))
    ) {
      found[found.length - 1] = last + segment
    } else found.push(segment)
  }
  return found
}

/** A sentence as it may be shown: documents are not trusted, so they become no image, link, heading or citation. */
/** Text as it is quoted: without markup, on one line, of limited length. */
export function shown(raw: string): string {
  const text = raw
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/<[^>]{0,200}>/g, ' ')
    .replaceAll(/\[(\d+)\]/g, '($1)')
    .replaceAll(/[`*_#>|]+/g, ' ')
    .replace(/^\s*([-+•]|\d+[.)])\s+/, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return text.length <= maxSentenceChars
    ? text
    : `${truncate(text, maxSentenceChars).replace(/\s\S*$/, '')} …`
}

const stopWords = new Set(
  `a about above after again all also am an and any are as at be because been before being below between both but by can
  could did do does doing down during each few for from further had has have having he her here hers him his how i if in
  into is it its itself just let me more most my no nor not now of off on once only or other our ours out over own please
  same she should so some such tell than that the their theirs them then there these they this those through to too under
  until up us very was we were what when where which while who whom why will with would you your yours show give find know
  mean means meaning say says said hello hi hey thanks thank many much long`.split(/\s+/),
)

/** The significant words of a text, roughly stemmed. */
export function termsOf(text: string): string[] {
  const words = text.toLowerCase().normalize('NFKD').replaceAll(/\p{M}/gu, '').match(
    /[\p{L}\p{N}]+(?:[.,'’-][\p{L}\p{N}]+)*/gu,
  )
  return (words ?? []).flatMap((word) => {
    const plain = word.replace(/['’]s$/, '')
    return stopWords.has(plain) || plain.length < 2 && !/\d/.test(plain) ? [] : [stem(plain)]
  })
}

function stem(word: string): string {
  if (/\d/.test(word) || word.length < 4) return word
  for (const [ending, instead] of endings) {
    if (word.endsWith(ending) && word.length - ending.length >= 3) {
      const rest = word.slice(0, -ending.length) + instead
      // stopped and stopping have the stem of stops
      return /([^aeiouls])\1$/.test(rest) && ending !== 's' ? rest.slice(0, -1) : rest.replace(/e$/, '')
    }
  }
  return word.replace(/e$/, '')
}

const endings: readonly (readonly [string, string])[] = [
  ['ations', 'at'],
  ['ation', 'at'],
  ['ements', ''],
  ['ement', ''],
  ['ments', ''],
  ['ment', ''],
  ['ings', ''],
  ['ing', ''],
  ['ies', 'y'],
  ['ied', 'y'],
  ['sses', 'ss'],
  ['ed', ''],
  ['es', ''],
  ['ly', ''],
  ['s', ''],
]

/**
 * Rare words weigh more than frequent ones. A word that no sentence has weighs nearly as much as the rarest, since the
 * question asks for it: otherwise a sentence about something else, which shares a word or two with any question, would do.
 */
function weigh(asked: ReadonlySet<string>, sentences: readonly Sentence[]): Map<string, number> {
  const all = Math.max(sentences.length, 20)
  return new Map([...asked].map((term) => {
    const having = sentences.filter(({ words, title }) => words.has(term) || title.has(term)).length
    const rare = having > 0 ? Math.log(1 + all / having) : 0.9 * Math.log(1 + all)
    return [term, rare * (/\d/.test(term) ? 1.5 : 1)]
  }))
}

function sum(weights: ReadonlyMap<string, number>, has: (term: string) => boolean): number {
  let total = 0
  for (const [term, weight] of weights) if (has(term)) total += weight
  return total
}

function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = [...a].filter((word) => b.has(word)).length
  return both / (a.size + b.size - both || 1)
}
