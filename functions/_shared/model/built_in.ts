/**
 * The model that needs no key. It is an extractive model and says so: it answers with sentences of the passages it is
 * given, cites each, and says when none fits. The same question about the same passages always has the same answer.
 */
import { z } from 'zod'
import { charsPerToken, estimateTokens, excerpt, truncate } from '../../_lib/text/mod.ts'
import { chooseSentences, type Chosen, shown } from './sentences.ts'
import type { CallOptions, FinishPart, GenerateResult, LanguageModel, Passage, StreamPart } from './types.ts'

/** What rows of the caller say to a question. */
export interface OwnRows {
  readonly heading: string
  readonly lines: string[]
  /** Whether they are the answer even where passages have the words of the question. */
  readonly isWhole: boolean
}

/** The provider options that hand it passages, and rows of the caller; other models ignore them. */
export function passageOptions(
  passages: readonly Passage[],
  rows: OwnRows | null = null,
): NonNullable<CallOptions['providerOptions']> {
  return {
    plinth: {
      ...(rows ? { rows: { ...rows } } : {}),
      passages: passages.map(({ n, text, title = null, section = null }) => ({ n, text, title, section })),
    },
  }
}

export const whatItIs =
  'I am the built-in retrieval model, not a language model: I can only repeat what documents and rows say.'

/** Said to who asks nothing yet. */
const whatItCan = [
  'Ask me about something in your documents, and I quote the sentences that answer it. In a conversation I can also',
  'read your day ("How many tasks do I have today?") and a job by its number. An administrator can configure a',
  'language model, which can do more.',
].join(' ')

export function builtInModel(): LanguageModel {
  return {
    specificationVersion: 'v4',
    provider: 'plinth.builtin',
    modelId: 'retrieval',
    supportedUrls: {},
    doGenerate: (options) => {
      const { text, ...rest } = answer(options)
      const result: GenerateResult = { content: [{ type: 'text', text }], ...rest }
      return Promise.resolve(result)
    },
    doStream: (options) => {
      const { text, warnings, ...end } = answer(options)
      const parts: StreamPart[] = [
        { type: 'stream-start', warnings },
        { type: 'response-metadata', modelId: 'retrieval', timestamp: new Date() },
        { type: 'text-start', id: '0' },
        ...words(text).map((delta) => ({ type: 'text-delta' as const, id: '0', delta })),
        { type: 'text-end', id: '0' },
        { type: 'finish', ...end },
      ]
      return Promise.resolve({
        stream: new ReadableStream<StreamPart>({
          pull: (controller) => {
            const part = parts.shift()
            if (part) controller.enqueue(part)
            else controller.close()
          },
        }),
      })
    },
  }
}

interface Answer {
  text: string
  warnings: GenerateResult['warnings']
  usage: FinishPart['usage']
  finishReason: FinishPart['finishReason']
  providerMetadata: NonNullable<FinishPart['providerMetadata']>
}

function answer(options: CallOptions): Answer {
  options.abortSignal?.throwIfAborted()
  const passages = passagesOf(options)
  const questions = questionsOf(options)
  const rows = rowsOf(options)
  const found = rows?.isWhole ? [] : chooseSentences(questions, passages)
  const chosen = isGreeting(questions[0] ?? '') ? [] : found
  const whole = wholeAnswer(questions[0] ?? '', chosen, rows, passages)
  const stopped = cutAtStop(whole, options.stopSequences ?? [])
  const text = cut(stopped, options.maxOutputTokens)
  const input = estimateTokens([...questions, ...passages.map((passage) => passage.text)].join(' ').length)
  const output = estimateTokens(text.length)
  return {
    text,
    warnings: unsupported(options),
    usage: {
      inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: output, text: output, reasoning: 0 },
    },
    finishReason: text === stopped ? { unified: 'stop', raw: 'stop' } : { unified: 'length', raw: 'length' },
    providerMetadata: { plinth: { citations: [...new Set(chosen.map(({ n }) => n))] } },
  }
}

function wholeAnswer(
  question: string,
  chosen: readonly Chosen[],
  rows: OwnRows | null,
  passages: readonly Passage[],
): string {
  if (isGreeting(question)) return `Hello. ${whatItIs}\n\n${whatItCan}`
  if (chosen.length > 0) return quote(chosen)
  return rows ? tell(rows) : nothingFits(passages)
}

/** What is no question about anything. */
const greeting = new RegExp(
  `^\\W*(${
    [
      'hi|hello|hey|good (morning|afternoon|evening|day)|thanks|thank you|help( me)?|test',
      '(who|how) are you|what are you|are you there|what can (you|i) (do|ask)( for me| here)?',
    ].join('|')
  })( there| again| all)?\\W*$`,
  'i',
)

function isGreeting(question: string): boolean {
  return greeting.test(question)
}

function tell({ heading, lines }: OwnRows): string {
  return `${shown(heading)}\n\n${lines.map((line) => `- ${shown(line)}`).join('\n')}\n\n${whatItIs}`
}

/** A sentence that covers less of the question may be about something else. */
const sureCoverage = 0.7

function quote(chosen: readonly Chosen[]): string {
  const lines = chosen.map(({ sentence, n }) => `- ${sentence} [${n}]`)
  const sure = (chosen[0]?.coverage ?? 0) >= sureCoverage
  const start = sure
    ? 'This is what the documents say:'
    : 'This is the closest match in the documents, and it may not answer the question:'
  return `${start}\n\n${lines.join('\n')}\n\n${whatItIs}`
}

function nothingFits(passages: readonly Passage[]): string {
  const titles = new Map<string, number>()
  for (const { title, n } of passages) {
    const name = title?.replaceAll(/[[\]()*_`<>]/g, ' ').replaceAll(/\s+/g, ' ').trim()
    if (name && !titles.has(name)) titles.set(name, n)
  }
  const near = [...titles].slice(0, 3).map(([title, n]) => `${title} [${n}]`).join(', ')
  const found = passages.length === 0
    ? 'I found nothing about this in the documents that I can read.'
    : `I found no sentence in the documents that answers this.${
      near ? ` The closest documents are: ${near}.` : ''
    }`
  return `${found}\n\n${whatItIs} Other words may find more; an administrator can configure a language model.`
}

function passagesOf({ providerOptions }: CallOptions): readonly Passage[] {
  const given: unknown = providerOptions?.['plinth']?.['passages']
  if (!Array.isArray(given)) return []
  return given.flatMap((passage) => {
    const parsed = PassageOption.safeParse(passage)
    return parsed.success ? [parsed.data] : []
  })
}

function rowsOf({ providerOptions }: CallOptions): OwnRows | null {
  return Rows.safeParse(providerOptions?.['plinth']?.['rows']).data ?? null
}

const Rows = z.object({ heading: z.string(), lines: z.array(z.string()), isWhole: z.boolean() })

const PassageOption = z.object({
  n: z.number().int(),
  text: z.string(),
  title: z.string().nullish(),
  section: z.string().nullish(),
})

/** The last two questions of the user, newest first. */
function questionsOf({ prompt }: CallOptions): string[] {
  return prompt.toReversed().flatMap((message) =>
    message.role === 'user'
      ? [truncate(message.content.map((part) => part.type === 'text' ? part.text : '').join('\n'), 4_000)]
      : []
  ).slice(0, 2)
}

function unsupported(options: CallOptions): GenerateResult['warnings'] {
  const named = {
    tools: options.tools?.length,
    responseFormat: options.responseFormat && options.responseFormat.type !== 'text',
  }
  return Object.entries(named).flatMap(([feature, given]) =>
    given ? [{ type: 'unsupported' as const, feature }] : []
  )
}

/** Words, each with the space after it. */
function words(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? []
}

function cutAtStop(text: string, stops: readonly string[]): string {
  const found = stops.map((stop) => text.indexOf(stop)).filter((index) => index >= 0)
  return excerpt(text, 0, Math.min(text.length, ...found))
}

function cut(text: string, tokens: number | undefined): string {
  if (tokens === undefined || estimateTokens(text.length) <= tokens) return text
  return truncate(text, tokens * charsPerToken).replace(/\S*$/, '').trimEnd()
}
