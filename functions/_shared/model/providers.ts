/**
 * The providers of models, which the environment configures:
 *
 * - `ANTHROPIC_API_KEY`, with `ANTHROPIC_BASE_URL` for a proxy.
 * - `OPENAI_API_KEY`, with `OPENAI_BASE_URL` for any server that speaks OpenAI's protocol. A self-hosted server may need
 *   no key.
 * - The built-in model, which needs no configuration and only repeats passages.
 *
 * The table ai_models lists the models. A key is read here and sent to its provider only.
 */
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { appError, AppFailure } from '../../../types/errors.ts'
import { alternate } from './alternate.ts'
import { builtInModel } from './built_in.ts'
import { mayBeginWithinReasoning, withInlineReasoning } from './inline_reasoning.ts'
import type { LanguageModel, ModelRow } from './types.ts'
import { type Attempt, type ModelTimeouts, withFallback } from './with_fallback.ts'

type Provider = 'anthropic' | 'openai' | 'builtin'

export interface ModelOptions {
  /** Answers where the model is overloaded. */
  readonly fallback?: ModelRow | null
  /** In place of the settings. */
  readonly timeouts?: Partial<ModelTimeouts>
  /** Called after every attempt; the last one is the answer's. */
  readonly onAttempt?: (attempt: Attempt) => void
}

/** The providers that are configured, in the order in which a model is chosen. */
export function configuredProviders(): Provider[] {
  return [
    ...(setting('ANTHROPIC_API_KEY') ? ['anthropic' as const] : []),
    ...(setting('OPENAI_API_KEY') || setting('OPENAI_BASE_URL') ? ['openai' as const] : []),
    'builtin',
  ]
}

/**
 * A model of the AI SDK for a row of ai_models, with time limits, one retry, and a fallback: see with_fallback.ts.
 * Failures are AppFailures.
 */
export function languageModel(row: ModelRow, options: ModelOptions = {}): LanguageModel {
  const rows = [row, ...(options.fallback ? [options.fallback] : [])]
  const model = withFallback(
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
  // Around the time limits: what waits for the end of its reasoning has been received.
  const ordered: LanguageModel = {
    ...model,
    doGenerate: (call) => model.doGenerate({ ...call, prompt: alternate(call.prompt) }),
    doStream: (call) => model.doStream({ ...call, prompt: alternate(call.prompt) }),
  }
  return withInlineReasoning(ordered, rows.some(mayBeginWithinReasoning))
}

function connect({ provider, provider_model: name }: ModelRow): LanguageModel {
  if (provider === 'builtin') return builtInModel()
  const apiKey = setting(provider === 'anthropic' ? 'ANTHROPIC_API_KEY' : 'OPENAI_API_KEY')
  if (provider === 'anthropic' && apiKey) return anthropic(apiKey)(name)
  if (provider === 'openai' && (apiKey || setting('OPENAI_BASE_URL'))) return openAi(apiKey)(name)
  throw new AppFailure(appError('unavailable', {
    code: 'model_not_set_up',
    message: 'The provider of the model is not configured.',
    hint: 'Set its API key in the secrets of the functions.',
    retryable: false,
  }))
}

function anthropic(apiKey: string): (name: string) => LanguageModel {
  const given = setting('ANTHROPIC_BASE_URL')?.replace(/\/+$/, '')
  // Anthropic's clients take the URL without the version, the AI SDK with it.
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
    ...(official ? { transformRequestBody: toOpenAiBody } : {}),
  })
  return (name) => provider(name)
}

/** OpenAI's newer models have another name for the limit of tokens, and accept no sampling parameters. */
export function toOpenAiBody(body: Record<string, unknown>): Record<string, unknown> {
  const { max_tokens, ...rest } = body
  if (max_tokens !== undefined) rest['max_completion_tokens'] = max_tokens
  if (/^(gpt-[5-9]|o\d)/.test(String(body['model']))) {
    for (const name of ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty']) delete rest[name]
  }
  return rest
}

/** The text of a conversation is sent to the configured URL only. */
const noRedirects: typeof fetch = (input, init) => fetch(input, { ...init, redirect: 'error' })

/** Undefined where it is empty. */
function setting(name: string): string | undefined {
  return Deno.env.get(name)?.trim() || undefined
}

function milliseconds(name: string, otherwise: number): number {
  const given = Number(setting(name))
  return Number.isFinite(given) && given > 0 ? given : otherwise
}
