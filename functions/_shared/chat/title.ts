/** The title of a conversation: three to six words of the small model, or the first words of the question. */
import { collapseSpace, truncate } from '../../_lib/text/mod.ts'
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
    const line = text.split('\n').find((line) => line.trim() !== '') ?? ''
    return cut(line.replace(/^[\s"'“„#*]+|[\s"'”.*]+$/g, '')) || fallback
  } catch {
    return fallback
  }
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
