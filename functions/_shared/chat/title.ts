/** A title for a conversation: three to six words of the small model, or the first words of the question. */
import type { SmallModel } from './small_model.ts'

const longest = 50
/** How long the small model may take, in ms. */
const patience = 8_000

export async function makeTitle(question: string, model: SmallModel | null): Promise<string> {
  const fallback = firstWords(question)
  if (!model || question.trim() === '') return fallback
  try {
    const text = await model({
      instructions:
        'You name conversations. Answer with a title of three to six words in the language of the message, ' +
        'without quotation marks and without a full stop. Do not answer the message.',
      prompt: question.slice(0, 2_000),
      // Some models think first, and their thoughts count.
      maxOutputTokens: 500,
      patience,
    })
    return cut(
      text.split('\n').find((line) => line.trim() !== '')?.replace(/^[\s"'“„#*]+|[\s"'”.*]+$/g, '') ?? '',
    ) ||
      fallback
  } catch {
    return fallback
  }
}

export function firstWords(question: string): string {
  return cut(question) || 'New conversation'
}

/** At a word, where there is one. */
function cut(text: string): string {
  const plain = text.replace(/\s+/g, ' ').trim()
  if (plain.length <= longest) return plain
  const start = plain.slice(0, longest)
  const end = start.lastIndexOf(' ')
  return `${(end > longest / 2 ? start.slice(0, end) : start.slice(0, longest - 1)).trimEnd()}…`
}
