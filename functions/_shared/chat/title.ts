/** The title of a conversation: three to six words of the small model, or the first words of the question. */
import { collapseSpace, splitReasoning, truncate } from '../../_lib/text/mod.ts'
import type { SmallModel } from './small_model.ts'

const maxChars = 50
const timeoutMs = 8_000

export async function makeTitle(question: string, model: SmallModel | null): Promise<string> {
  const fallback = firstWords(question)
  if (!model || question.trim() === '') return fallback
  try {
    const text = await model({
      instructions:
        'You name conversations. Answer with a title of three to six words in the language of the message, ' +
        'without quotation marks and without a full stop. Do not answer the message.',
      prompt: truncate(question, 2_000),
      // Some models reason first, and their reasoning counts.
      maxOutputTokens: 500,
      timeoutMs,
    })
    return cut(titleIn(text)) || fallback
  } catch {
    return fallback
  }
}

const label =
  /^[*_]{0,3}(?:(?:conversation |chat |suggested |possible )?title|titel|titre|t[ií]tulo|titolo|название|заголовок|标题|タイトル)[*_]{0,3}\s*[:：]\s*[*_]{0,3}\s*/i
/** What models say before a title. It ends like an announcement. */
const preamble = /^(?:sure|certainly|okay|ok|of course|here(?: is|'s| are))\b.*[:!.]$/i
const quotes = [
  '""',
  "''",
  '“”',
  '„“',
  '„”',
  '«»',
  '»«',
  '‘’',
  '「」',
  '``',
  '****',
  '____',
  '**',
  '__',
] as const

/** The title in what a model wrote, without what models put around it. Signs that belong to a title stay. */
export function titleIn(written: string): string {
  const { text } = splitReasoning(written)
  const lines = text.split('\n').map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:```\w*|-{3,})$/.test(line))
  const named = titleOfJson(lines.join('\n'))
  if (named !== null) return cleanTitle(named)
  const titles = lines.filter((line) => !preamble.test(line)).map(cleanTitle)
  return titles.find((title) => title !== '') ?? ''
}

function cleanTitle(line: string): string {
  let title = line
  for (let before = ''; before !== title;) {
    before = title
    title = unwrapped(title.replace(/^(?:#{1,6}|[-•])\s+/, '').trim()).replace(label, '')
  }
  return /[^.]\.$/.test(title) && !abbreviation.test(title) ? title.replace(/\.$/, '') : title
}

const abbreviation = /(?:\.\p{L}+|\b(?:inc|ltd|co|corp|dr|jr|sr|st|no|etc|vs|approx))\.$/iu

function titleOfJson(text: string): string | null {
  try {
    const { title } = JSON.parse(text)
    return typeof title === 'string' ? title : null
  } catch {
    return null
  }
}

/** Without quotation marks or signs of Markdown around the whole of it. */
function unwrapped(title: string): string {
  for (const pair of quotes) {
    const [open, close] = [pair.slice(0, pair.length / 2), pair.slice(pair.length / 2)]
    const inner = title.slice(open.length, -close.length)
    const isWrapped = inner !== '' && title.length > pair.length && title.startsWith(open) &&
      title.endsWith(close)
    if (isWrapped && !inner.includes(open) && !inner.includes(close)) return inner.trim()
  }
  return title
}

export function firstWords(question: string): string {
  return cut(question) || 'New conversation'
}

/** At the end of a word, where there is one. */
function cut(text: string): string {
  const plain = collapseSpace(text)
  if (plain.length <= maxChars) return plain
  const start = truncate(plain, maxChars)
  const end = start.lastIndexOf(' ')
  return `${(end > maxChars / 2 ? start.slice(0, end) : truncate(start, maxChars - 1)).trimEnd()}…`
}
