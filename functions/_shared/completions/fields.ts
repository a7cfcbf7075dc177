/**
 * What becomes of each field of OpenAI's published requests: none is dropped without a word. docs/guide/openai.md shows
 * these tables, and tests walk them with the fields of the installed SDK.
 *
 *   done      Plinth does it itself
 *   passed    the provider gets it; a model of a provider that does not know it refuses it
 *   refused   any other value than those listed, which ask for nothing
 */
type Handling =
  | { readonly is: 'done'; readonly note?: string }
  | {
    readonly is: 'passed'
    readonly note?: string
    readonly by: readonly Provider[]
    readonly neutral?: readonly unknown[]
  }
  | { readonly is: 'refused'; readonly note?: string; readonly neutral?: readonly unknown[] }

type Provider = 'openai' | 'anthropic' | 'builtin'

const all: readonly Provider[] = ['openai', 'anthropic', 'builtin']
const languageModels: readonly Provider[] = ['openai', 'anthropic']
const openAi: readonly Provider[] = ['openai']

export const completionFields: Readonly<Record<string, Handling>> = {
  model: { is: 'done' },
  messages: { is: 'done' },
  stream: { is: 'done' },
  stream_options: {
    is: 'done',
    note: '`include_usage`; streams are not padded, so `include_obfuscation` can be false only',
  },
  max_completion_tokens: { is: 'passed', by: all },
  max_tokens: { is: 'passed', by: all },
  stop: { is: 'passed', by: all },
  temperature: { is: 'passed', by: all, note: 'the built-in model always writes the same' },
  top_p: { is: 'passed', by: all, note: 'the built-in model always writes the same' },
  seed: { is: 'passed', by: ['openai', 'builtin'], note: 'the built-in model always writes the same' },
  presence_penalty: { is: 'passed', by: openAi, neutral: [0] },
  frequency_penalty: { is: 'passed', by: openAi, neutral: [0] },
  logit_bias: { is: 'passed', by: openAi },
  tools: { is: 'passed', by: languageModels, note: 'with `strict`' },
  tool_choice: { is: 'passed', by: languageModels, neutral: ['auto', 'none'] },
  parallel_tool_calls: { is: 'passed', by: languageModels, neutral: [true] },
  response_format: {
    is: 'passed',
    by: languageModels,
    note: "with `strict`; `json_object` by OpenAI's protocol only",
  },
  reasoning_effort: { is: 'passed', by: languageModels },
  verbosity: { is: 'passed', by: openAi, neutral: ['medium'] },
  service_tier: { is: 'passed', by: openAi, neutral: ['auto', 'default'] },
  store: { is: 'passed', by: openAi, neutral: [false] },
  metadata: { is: 'passed', by: openAi },
  prompt_cache_key: { is: 'passed', by: openAi },
  prompt_cache_options: { is: 'passed', by: openAi },
  prompt_cache_retention: { is: 'passed', by: openAi },
  safety_identifier: { is: 'passed', by: openAi },
  user: { is: 'passed', by: all, note: 'with a secret key, it names the user that the request is for' },
  n: { is: 'refused', neutral: [1] },
  logprobs: { is: 'refused', neutral: [false] },
  top_logprobs: { is: 'refused', neutral: [0] },
  modalities: { is: 'refused', neutral: [['text']] },
  audio: { is: 'refused' },
  prediction: { is: 'refused' },
  web_search_options: { is: 'refused' },
  moderation: { is: 'refused' },
  functions: { is: 'refused', note: '`tools` replaced it' },
  function_call: { is: 'refused', note: '`tool_choice` replaced it' },
  creativity: { is: 'done', note: 'an extension of Plinth' },
}

export const embeddingFields: Readonly<Record<string, Handling>> = {
  model: { is: 'done' },
  input: { is: 'done', note: 'a text, or 1 to 2048 texts; lists of token ids are refused' },
  dimensions: { is: 'done', note: 'those of the model only' },
  encoding_format: { is: 'done' },
  user: { is: 'done', note: 'accepted; no provider receives it' },
}

/** Fields of a request that would have no effect: of any model, or of models of one provider. */
export function unsupportedFields(request: Readonly<Record<string, unknown>>, provider?: string): string[] {
  return Object.entries(request).flatMap(([field, value]) => {
    if (value === null || value === undefined) return []
    const handling = Object.hasOwn(completionFields, field) ? completionFields[field] : undefined
    if (!handling) return [field]
    if (handling.is === 'done') return []
    const isNeutral = (handling.neutral ?? []).some((neutral) =>
      JSON.stringify(neutral) === JSON.stringify(value)
    )
    if (isNeutral) return []
    if (handling.is === 'refused') return [field]
    return provider === undefined || handling.by.some((one) => one === provider) ? [] : [field]
  })
}

/** Fields that the AI SDK has no option for, as its module of OpenAI's protocol puts them into the body. */
export const bodyFields = Object.entries(completionFields).flatMap(([field, handling]) =>
  handling.is === 'passed' && handling.by === openAi && !/_penalty$/.test(field) ? [field] : []
)

/** The table of the documentation. */
export function describeFields(fields: Readonly<Record<string, Handling>>): string {
  const rows = Object.entries(fields).map(([field, handling]) => {
    const neutral = handling.is === 'done' ? [] : handling.neutral ?? []
    const values = neutral.map((value) => `\`${JSON.stringify(value)}\``).join(', ')
    const what = handling.is === 'done'
      ? 'by Plinth'
      : handling.is === 'refused'
      ? values === '' ? 'refused' : `${values} only`
      : `passed on: ${handling.by.join(', ')}${values === '' ? '' : `; others accept ${values}`}`
    return [`\`${field}\``, handling.note ? `${what}; ${handling.note}` : what]
  })
  const [first, second] = [0, 1].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0), 8))
  const line = ([field = '', what = '']: readonly string[]): string =>
    `| ${field.padEnd(first ?? 0)} | ${what.padEnd(second ?? 0)} |`
  return [
    line(['Field', 'Handling']),
    `| ${'-'.repeat(first ?? 0)} | ${'-'.repeat(second ?? 0)} |`,
    ...rows.map(line),
  ].join('\n')
}
