/**
 * Who answers, decided by secrets alone:
 *
 * - `ANTHROPIC_API_KEY`, and `ANTHROPIC_BASE_URL` for a server in between.
 * - `OPENAI_API_KEY`, and `OPENAI_BASE_URL` for any server that speaks OpenAI's protocol; one of your own may need no key.
 * - The built-in model, always: it needs nothing, and only repeats what passages say.
 *
 * Which models there are is in the table ai_models. A key is read here and goes to its provider, nowhere else.
 */
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { appError, AppFailure } from '../../../types/errors.ts'
import { builtInModel } from './built_in.ts'
import type { LanguageModel, ModelRow } from './types.ts'
import { type Attempt, type ModelTimeouts, withFallback } from './with_fallback.ts'

export type Provider = 'anthropic' | 'openai' | 'builtin'

export interface ModelOptions {
  /** Answers where the model is overloaded. */
  readonly fallback?: ModelRow | null
  /** In place of the settings. */
  readonly timeouts?: Partial<ModelTimeouts>
  /** Called after every attempt; the last one is the answer's. */
  readonly onAttempt?: (attempt: Attempt) => void
}

/** The providers that can be asked, best first. */
export function configuredProviders(): Provider[] {
  return [
    ...(setting('ANTHROPIC_API_KEY') ? ['anthropic' as const] : []),
    ...(setting('OPENAI_API_KEY') || setting('OPENAI_BASE_URL') ? ['openai' as const] : []),
    'builtin',
  ]
}

/**
 * A model of the AI SDK for a row of ai_models. It keeps time limits, tries an overloaded model once more before its
 * first token, and then asks the fallback. Failures are AppFailures.
 */
export function languageModel(row: ModelRow, options: ModelOptions = {}): LanguageModel {
  const rows = [row, ...(options.fallback ? [options.fallback] : [])]
  return withFallback(
    rows.map((row) => ({ id: row.id, maxOutputTokens: row.max_output_tokens, open: () => connect(row) })),
    {
      firstTokenMs: milliseconds('MODEL_FIRST_TOKEN_TIMEOUT', 60_000),
      nextTokenMs: milliseconds('MODEL_NEXT_TOKEN_TIMEOUT', 30_000),
      totalMs: milliseconds('MODEL_TIMEOUT', 300_000),
      retryPauseMs: 500,
      ...options.timeouts,
    },
    options.onAttempt,
  )
}

function connect({ provider, provider_model: name }: ModelRow): LanguageModel {
  if (provider === 'builtin') return builtInModel()
  const apiKey = setting(provider === 'anthropic' ? 'ANTHROPIC_API_KEY' : 'OPENAI_API_KEY')
  if (provider === 'anthropic' && apiKey) return anthropic(apiKey)(name)
  if (provider === 'openai' && (apiKey || setting('OPENAI_BASE_URL'))) return openAi(apiKey)(name)
  throw new AppFailure(appError('unavailable', {
    code: 'model_not_set_up',
    message: 'The provider of this model is not set up.',
    hint: 'Set its key among the secrets of the functions.',
    retryable: false,
  }))
}

function anthropic(apiKey: string): (name: string) => LanguageModel {
  const given = setting('ANTHROPIC_BASE_URL')?.replace(/\/+$/, '')
  // Anthropic's own clients take the address without the version, the AI SDK with it.
  const baseURL = given && !given.endsWith('/v1') ? `${given}/v1` : given
  return createAnthropic({ apiKey, baseURL: baseURL ?? 'https://api.anthropic.com/v1', fetch: noRedirects })
}

const openAiAddress = 'https://api.openai.com/v1'

function openAi(apiKey: string | undefined): (name: string) => LanguageModel {
  const baseURL = setting('OPENAI_BASE_URL')?.replace(/\/+$/, '') ?? openAiAddress
  const official = baseURL === openAiAddress
  const provider = createOpenAICompatible({
    name: 'openai',
    baseURL,
    ...(apiKey ? { apiKey } : {}),
    includeUsage: true,
    supportsStructuredOutputs: official,
    fetch: noRedirects,
    ...(official ? { transformRequestBody: asOpenAiWants } : {}),
  })
  return (name) => provider(name)
}

/** OpenAI's newer models count thoughts as tokens too, under another name, and let nobody choose a temperature. */
export function asOpenAiWants(body: Record<string, unknown>): Record<string, unknown> {
  const { max_tokens, ...rest } = body
  if (max_tokens !== undefined) rest['max_completion_tokens'] = max_tokens
  if (/^(gpt-[5-9]|o\d)/.test(String(body['model']))) {
    for (const name of ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty']) delete rest[name]
  }
  return rest
}

/** The text of a conversation goes to the address that was set, and follows nobody elsewhere. */
const noRedirects: typeof fetch = (input, init) => fetch(input, { ...init, redirect: 'error' })

/** A setting that is empty is not set. */
function setting(name: string): string | undefined {
  return Deno.env.get(name)?.trim() || undefined
}

function milliseconds(name: string, otherwise: number): number {
  const given = Number(setting(name))
  return Number.isFinite(given) && given > 0 ? given : otherwise
}
