/** Names and figures in prose, found by patterns without a model: fewer than a model would find, with fewer mistakes. */

/** A name or figure, with its place in the text. */
interface Entity {
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

/** At most `max`, in the order of the text, none inside another. */
export function findEntities(text: string, max: number): Entity[] {
  const found: Entity[] = []
  for (const [label, pattern] of patterns) {
    for (const match of text.matchAll(pattern)) {
      if (found.length >= max * 4) break
      found.push({ label, text: match[0], start: match.index, end: match.index + match[0].length })
    }
  }
  found.sort((a, b) => a.start - b.start || b.end - a.end)
  const kept: Entity[] = []
  for (const entity of found) {
    if (kept.length >= max) break
    if (entity.start >= (kept.at(-1)?.end ?? 0)) kept.push(entity)
  }
  return kept
}
