/**
 * Error rates of the guards on examples that were not used for writing rules, compared with a count of known phrases, and
 * their run time. docs/reference/safety.md has the tables.
 *
 * deno run --allow-read bench/guards.ts [examples.jsonl …]    More examples: {"label": "attack" | "benign", "where": "user" |
 * "passage" | "tool", "text"} per line, for example texts of your own users.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  findPii,
  inspect,
  type PiiKind,
  type PiiSpan,
  redactor,
  scoreInjection,
  type TextSource,
} from '../functions/_lib/guards/mod.ts'

type Example = { label: 'attack' | 'benign'; style?: string; where: TextSource; text: string }
type PiiExample = { style: string; where: TextSource; text: string; spans: PiiSpan[] }

const data = join(import.meta.dirname ?? '.', 'data', 'guards')
const thresholds = [0.3, 0.5, 0.7, 0.9]

function lines<T>(file: string): T[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as T)
}

/**
 * A common baseline: 0.3 for each of 22 phrases, 0.4 for a short text that asks to override, 0.2 for each role marker after
 * the first, 0.3 for a run of code; at most 1. Products that also call a moderation service weight the sum with 0.7 and
 * block from 0.7 on.
 */
function phrases(text: string): number {
  let score = 0.3 * known.filter((pattern) => pattern.test(text)).length
  if (text.length < 100 && /\b(?:ignore|disregard|forget|override)\b/i.test(text)) score += 0.4
  const markers = text.match(/system:|assistant:|user:|\[INST\]|<\|im_start\|>|###/gi)?.length ?? 0
  if (markers > 1) score += 0.2 * markers
  if (/[A-Za-z\d+/]{40,}={0,2}|(?:\\x[\da-f]{2}){4,}|(?:%[\da-f]{2}){6,}/i.test(text)) score += 0.3
  return Math.min(1, score)
}

const known = [
  /ignore\s+(?:all\s+)?(?:the\s+)?(?:previous|prior|above|earlier)\s+(?:instructions|prompts|rules)/i,
  /disregard\s+(?:all\s+)?(?:the\s+)?(?:previous|prior|above|earlier)/i,
  /forget\s+(?:everything|all|your\s+(?:instructions|rules))/i,
  /override\s+(?:your|the|all)\s+(?:instructions|rules|programming)/i,
  /new\s+instructions?\s*:/i,
  /you\s+are\s+now\s+/i,
  /act\s+as\s+(?:if|though|an?)\s+/i,
  /pretend\s+(?:to\s+be|you\s+are|that)/i,
  /from\s+now\s+on/i,
  /(?:reveal|show|print|output)\s+(?:me\s+)?(?:your|the)\s+(?:system\s+)?(?:prompt|instructions)/i,
  /what\s+(?:is|are|were)\s+your\s+(?:system\s+prompt|instructions)/i,
  /repeat\s+(?:everything|the\s+(?:text|words))\s+above/i,
  /system\s*:\s*/i,
  /<\|im_start\|>|<\|im_end\|>/i,
  /\[\/?INST\]/i,
  /<\/?system>/i,
  /\bDAN\b|do\s+anything\s+now/,
  /jailbreak/i,
  /developer\s+mode/i,
  /without\s+(?:any\s+)?(?:restrictions|limitations|filters)/i,
  /bypass\s+(?:your|the|all)\s+(?:restrictions|filters|safety)/i,
  /\bsudo\b/i,
]

const patterns: Partial<Record<PiiKind, RegExp>> = {
  email: /\b[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Z|a-z]{2,}\b/g,
  phone: /\b(?:\+?1[-.]?)?\(?[0-9]{3}\)?[-.]?[0-9]{3}[-.]?[0-9]{4}\b/g,
  ssn: /\b\d{3}-\d{2}-\d{4}\b/g,
  credit_card: /\b(?:\d{4}[- ]?){3}\d{4}\b/g,
}

function matched(text: string): PiiSpan[] {
  return Object.entries(patterns).flatMap(([kind, pattern]) =>
    Array.from(text.matchAll(pattern), (match) => ({
      kind: kind as PiiKind,
      start: match.index,
      end: match.index + match[0].length,
    }))
  )
}

/** A proportion with its 95 % confidence interval (Wilson). */
function share(part: number, whole: number): string {
  if (whole === 0) return '-'
  const z = 1.96
  const p = part / whole
  const middle = p + z * z / (2 * whole)
  const spread = z * Math.sqrt(p * (1 - p) / whole + z * z / (4 * whole * whole))
  const percent = (value: number): string => (100 * Math.max(0, value) / (1 + z * z / whole)).toFixed(0)
  return `${(100 * p).toFixed(1)} % (${percent(middle - spread)}-${percent(middle + spread)})`
}

function row(...cells: (string | number)[]): void {
  console.log(`| ${cells.join(' | ')} |`)
}

function head(...cells: string[]): void {
  row(...cells)
  row(...cells.map(() => '---'))
}

function injections(title: string, examples: readonly Example[]): void {
  const attacks = examples.filter((example) => example.label === 'attack').length
  console.log(`\n## ${title}: ${attacks} attacks, ${examples.length - attacks} harmless texts\n`)
  head('Check', 'From', 'Precision', 'Recall', 'False positives')
  const judges: [string, (example: Example) => number][] = [
    ['guards', ({ text, where }) => scoreInjection(text, where).score],
    ['phrases alone', ({ text }) => phrases(text)],
    ['phrases, seven tenths', ({ text }) => 0.7 * phrases(text)],
  ]
  for (const [name, judge] of judges) {
    const scores = examples.map((example) => ({ attack: example.label === 'attack', score: judge(example) }))
    for (const threshold of thresholds) {
      const hits = scores.filter(({ score }) => score >= threshold - 1e-9)
      const right = hits.filter(({ attack }) => attack).length
      row(
        name,
        threshold,
        share(right, hits.length),
        share(right, attacks),
        share(hits.length - right, examples.length - attacks),
      )
    }
  }
}

function styles(examples: readonly Example[]): void {
  console.log()
  head('Style', 'Written by', 'Examples', 'Reported from 0.5', 'Phrases from 0.3')
  const groups = Map.groupBy(
    examples,
    ({ label, style, where }) => `${label} ${style}|${where === 'user' ? 'user' : 'others'}`,
  )
  for (const [key, group] of groups) {
    const reported = group.filter(({ text, where }) => scoreInjection(text, where).score >= 0.5).length
    const counted = group.filter(({ text }) => phrases(text) >= 0.3 - 1e-9).length
    row(...key.split('|'), group.length, reported, counted)
  }
}

function personal(title: string, examples: readonly PiiExample[]): void {
  const clean = examples.filter(({ spans }) => spans.length === 0)
  console.log(
    `\n## ${title}: ${examples.length - clean.length} texts with personal data, ${clean.length} without\n`,
  )
  head('Kind', 'To find', 'Precision', 'Recall', 'Precision of patterns', 'Recall of patterns')
  const place = ({ kind, start, end }: PiiSpan): string => `${kind} ${start} ${end}`
  for (const kind of ['email', 'phone', 'ssn', 'credit_card', 'iban'] as const) {
    const rates = [findPii, matched].flatMap((find) => {
      let right = 0
      let found = 0
      let wanted = 0
      for (const { text, spans } of examples) {
        const truth = new Set(spans.filter((span) => span.kind === kind).map(place))
        const own = find(text).filter((span) => span.kind === kind)
        wanted += truth.size
        found += own.length
        right += own.filter((span) => truth.has(place(span))).length
      }
      return [wanted, share(right, found), share(right, wanted)]
    })
    row(kind, rates[0] ?? 0, rates[1] ?? '', rates[2] ?? '', rates[4] ?? '', rates[5] ?? '')
  }
  const wrong = (find: (text: string) => PiiSpan[]): string =>
    share(clean.filter(({ text }) => find(text).length > 0).length, clean.length)
  console.log(
    `\nTexts without personal data in which some is found: ${wrong(findPii)}; by patterns: ${wrong(matched)}`,
  )
}

/** Milliseconds per kilobyte over half a megabyte of all examples, median of seven runs. */
function times(examples: readonly Example[], others: readonly PiiExample[]): void {
  const mixed = [...examples, ...others].map(({ text }) => text).join('\n')
  const prose = others.map(({ text }) => text).join('\n')
  const middle = (work: () => void, size: number): string => {
    const runs = Array.from({ length: 7 }, () => {
      const start = performance.now()
      work()
      return (performance.now() - start) / (size / 1024)
    })
    return `${(runs.sort((a, b) => a - b)[3] ?? 0).toFixed(2)} ms/KB`
  }
  console.log('\n## Time\n')
  head('Work', 'Time')
  row('inspect, examples of attacks and of data', middle(() => void inspect(mixed, 'passage'), mixed.length))
  row(
    'inspect, a question of 200 characters',
    middle(() => {
      for (let at = 0; at + 200 < mixed.length; at += 200) inspect(mixed.slice(at, at + 200), 'user')
    }, mixed.length),
  )
  row('personal data alone', middle(() => void findPii(prose), prose.length))
  row(
    'redaction of a stream, 6 characters at a time',
    middle(() => {
      const own = redactor()
      for (let at = 0; at < prose.length; at += 6) own.push(prose.slice(at, at + 6))
      own.end()
    }, prose.length),
  )
}

const half = (name: string, which: string): string => join(data, `${name}_${which}.jsonl`)
const heldOut = lines<Example>(half('injection', 'held_out'))
const heldOutPii = lines<PiiExample>(half('pii', 'held_out'))
injections('Injections, held out', heldOut)
styles(heldOut)
injections('Injections, written when the rules had settled', lines<Example>(half('injection', 'later')))
injections('Injections, what rules were written on', lines<Example>(half('injection', 'develop')))
personal('Personal data, held out', heldOutPii)
personal('Personal data, what rules were written on', lines<PiiExample>(half('pii', 'develop')))
for (const file of Deno.args) injections(file, lines<Example>(file))
times(heldOut, heldOutPii)
