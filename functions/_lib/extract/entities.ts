/** Names and figures in prose that patterns find without a model: fewer than a model would, each of them certain. */

export interface Entity {
  readonly label: 'ORG' | 'PERSON' | 'MONEY' | 'PERCENT' | 'DATE'
  readonly text: string
  readonly start: number
  readonly end: number
}

const months = 'January|February|March|April|May|June|July|August|September|October|November|December' +
  '|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec'
const name = String.raw`\p{Lu}[\p{L}\d&'’-]{0,30}`
const legalForm = String
  .raw`(?:Inc|LLC|LLP|Ltd|Limited|Corp|Corporation|Company|Co|PLC|GmbH|AG|SE|SA|S\.A|BV|NV|Group|Bank|University|Association|Foundation|Institute)`

const patterns: readonly [Entity['label'], RegExp][] = [
  ['DATE', /\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b/gu],
  ['DATE', new RegExp(String.raw`\b(?:${months})\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}\b`, 'gu')],
  ['DATE', new RegExp(String.raw`\b\d{1,2}\.?\s+(?:${months})\.?,?\s+\d{4}\b`, 'gu')],
  ['DATE', new RegExp(String.raw`\b(?:${months})\s+\d{4}\b`, 'gu')],
  ['DATE', /\b(?:0?[1-9]|1[0-2])\/(?:0?[1-9]|[12]\d|3[01])\/(?:\d{4}|\d{2})\b/gu],
  ['DATE', /\bQ[1-4]\s+\d{4}\b/gu],
  [
    'MONEY',
    /(?:US)?[$€£¥]\s?\d[\d,]{0,20}(?:\.\d{1,4})?(?:\s?(?:[KMB]\b|thousand|million|billion|trillion))?/giu,
  ],
  [
    'MONEY',
    /\b\d[\d,]{0,20}(?:\.\d{1,4})?\s?(?:(?:thousand|million|billion|trillion)\s+)?(?:USD|EUR|GBP|dollars|euros)\b/gu,
  ],
  ['PERCENT', /(?<![\d.])\d{1,6}(?:\.\d{1,6})?\s?(?:%|percent\b)/gu],
  ['PERSON', new RegExp(String.raw`\b(?:Mr|Mrs|Ms|Dr|Prof)\.?\s+${name}(?:\s+${name}){0,2}`, 'gu')],
  ['ORG', new RegExp(String.raw`\b${name}(?:[ ]+(?:&[ ]+)?${name}){0,4},?[ ]+${legalForm}\b\.?`, 'gu')],
]

/** In the order of the text, none inside another; at most `most`. */
export function findEntities(text: string, most: number): Entity[] {
  const found: Entity[] = []
  for (const [label, pattern] of patterns) {
    for (const match of text.matchAll(pattern)) {
      if (found.length >= most * 4) break
      found.push({ label, text: match[0], start: match.index, end: match.index + match[0].length })
    }
  }
  found.sort((a, b) => a.start - b.start || b.end - a.end)
  const kept: Entity[] = []
  for (const entity of found) {
    if (kept.length >= most) break
    if (entity.start >= (kept.at(-1)?.end ?? 0)) kept.push(entity)
  }
  return kept
}

const emptyWords = new Set(
  ('a an the this that these those it its we our you your they their he she his her i in on at of for from to by with ' +
    'and or but if as is are was were be when where while what which who how why not no all any some each every there ' +
    'here please note see also however then than after before during since until yes')
    .split(' '),
)

/** Capitalised phrases of up to three words, the first five that differ: what can be said without a model. */
export function heuristicTags(text: string, most = 5): string[] {
  const tags = new Map<string, string>()
  for (const match of text.matchAll(/\p{Lu}[\p{L}\d&'’-]{1,30}(?:[ ]\p{Lu}[\p{L}\d&'’-]{1,30}){0,11}/gu)) {
    const words = match[0].split(' ')
    while (words.length && emptyWords.has(words[0]?.toLowerCase() ?? '')) words.shift()
    while (words.length) {
      const tag = words.splice(0, 3).join(' ').replace(/['’-]+$/, '')
      if (tag.length >= 3 && !tags.has(tag.toLowerCase())) tags.set(tag.toLowerCase(), tag)
      if (tags.size === most) return [...tags.values()]
    }
  }
  return [...tags.values()]
}

export interface Formula {
  readonly content: string
  readonly latex: string
  readonly kind: 'block' | 'inline'
}

const texPatterns: readonly [Formula['kind'], RegExp][] = [
  ['block', /\$\$([^$]{1,2000})\$\$/g],
  ['block', /\\\[([^]{1,2000}?)\\\]/g],
  ['block', /\\begin\{(?:equation|align)\*?\}([^]{1,2000}?)\\end\{(?:equation|align)\*?\}/g],
  ['inline', /\\\((.{1,500}?)\\\)/g],
  ['inline', /(?<![\w$])\$(?=\S)([^$\n]{1,200}[^$\s\\])\$(?![\w$])/g],
]

/** What TeX marks as a formula. `typeset` also takes lines that are a formula by their signs, as PDF has them. */
export function findFormulas(text: string, typeset: boolean, most: number): Formula[] {
  const formulas = new Map<string, Formula>()
  for (const [kind, pattern] of texPatterns) {
    for (const match of text.matchAll(pattern)) {
      const content = (match[1] ?? '').trim()
      // Between two prices stands no formula.
      if (kind === 'inline' && !/[\\^_={}]/.test(content)) continue
      if (content && formulas.size < most) formulas.set(content, { content, latex: content, kind })
    }
  }
  if (!typeset) return [...formulas.values()]
  for (const line of text.split('\n')) {
    const content = line.trim()
    if (formulas.size >= most) break
    if (isMathLine(content) && !formulas.has(content)) {
      formulas.set(content, { content, latex: content, kind: 'block' })
    }
  }
  return [...formulas.values()]
}

function isMathLine(line: string): boolean {
  if (line.length < 5 || line.length > 160) return false
  const [, left = '', right = ''] = /^(.{1,40}?)\s?[=≈≤≥∝≡]\s?(.+)$/.exec(line) ?? []
  if (!left || !right || /[;{}"|]|:\/\//.test(line)) return false
  const words = line.match(/\p{L}{4,}/gu)?.length ?? 0
  const operators = right.match(/[+\-−*/^√∑∏∫π·×÷²³()]/g)?.length ?? 0
  return words <= 3 && operators >= 1 && /^[\p{L}\p{N}()\[\],.'′ _^∂∇Δ²³+\-*/·]+$/u.test(left)
}
