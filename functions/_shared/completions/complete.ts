/** POST /v1/chat/completions. */
import { ChatCompletionsRequest, completionLimits } from '../../../types/openai.ts'
import { fromUnknown } from '../../../types/errors.ts'
import { readJson } from '../http/body.ts'
import { embedQuestion } from '../embeddings/embed_question.ts'
import { redact } from '../../_lib/guards/guards.ts'
import { log } from '../http/log.ts'
import { languageModel } from '../model/providers.ts'
import type { CallOptions, Passage } from '../model/types.ts'
import { openAiErrorBody } from './protocol.ts'
import type { FunctionContext } from '../http/serve.ts'
import { runtime } from '../runtime.ts'
import { Chunks, countTokens, event, newHead, toCompletion, type TokenUsage } from './answer.ts'
import { type Caller, onBehalf } from './caller.ts'
import { checkMessages, redactorFor } from './guard.ts'
import { type Asking, beginRequest, type Begun, finishRequest, type Used } from './limits.ts'
import { hasImages, invalid, questionOf, toCallOptions } from './prompt.ts'

/** Stands for whatever the workspace has chosen. */
const anyModel = 'default'

export async function complete(
  request: Request,
  context: FunctionContext,
  caller: Caller,
): Promise<Response> {
  const body = await readJson(request, ChatCompletionsRequest, completionLimits.bytes)
  const asking = onBehalf(caller, body.user)
  const options = toCallOptions(body)
  const begun = await beginRequest(
    context,
    asking,
    'completions',
    body.model === anyModel ? null : body.model,
  )
  const { model, fallback } = begun
  if (!model) throw new TypeError('a model was chosen')
  checkMessages(body, begun.checks, context.requestId)
  const most = options.maxOutputTokens
  if (most !== undefined && most > model.max_output_tokens) {
    const field = body.max_completion_tokens ? 'max_completion_tokens' : 'max_tokens'
    throw invalid(field, `${model.id} writes at most ${model.max_output_tokens} tokens.`)
  }
  if (body.tools?.length && !model.supports_tools) throw invalid('tools', `${model.id} calls no tools.`)
  if (hasImages(body) && !model.supports_images) throw invalid('messages', `${model.id} sees no images.`)

  if (model.provider === 'builtin' || fallback?.provider === 'builtin') {
    const passages = await findPassages(context, asking, begun, questionOf(body))
    // deno-lint-ignore no-explicit-any
    options.providerOptions = { plinth: { passages: passages as any } }
  }
  const started = performance.now()
  const chosen = { id: model.id }
  const asked = languageModel(model, {
    fallback,
    onAttempt: ({ model_id, outcome }) => {
      if (outcome === 'answered') chosen.id = model_id
      else log('warn', { event: 'model_attempt', request_id: context.requestId, model: model_id, outcome })
    },
  })
  const record = (status: Used['status'], tokens: TokenUsage): Promise<void> =>
    finishRequest(context, asking, begun, 'completions', {
      ...tokens,
      model_id: chosen.id,
      status,
      duration_ms: Math.round(performance.now() - started),
    })
  const headers = {
    'cache-control': 'no-store',
    'x-ratelimit-limit-requests': `${begun.rate_limit.limit}`,
    'x-ratelimit-remaining-requests': `${begun.rate_limit.remaining}`,
  }

  const leaving = new AbortController()
  const abortSignal = AbortSignal.any([request.signal, leaving.signal])
  if (!body.stream) {
    try {
      const result = await asked.doGenerate({ ...options, abortSignal })
      await record('complete', countTokens(result.usage))
      const content = redactorFor(begun.checks)
        ? result.content.map((part) => part.type === 'text' ? { ...part, text: redact(part.text) } : part)
        : result.content
      const completion = toCompletion({ ...result, content }, newHead(chosen.id))
      return Response.json({ ...completion, ...citationsOf(options, result.providerMetadata) }, { headers })
    } catch (cause) {
      const left = abortSignal.aborted
      await record(left ? 'cancelled' : 'failed', left ? estimate(options, 0) : nothing)
      throw cause
    }
  }

  // Fails here as long as nothing was said: the caller then gets a status, and no stream.
  const { stream } = await Promise.resolve(asked.doStream({ ...options, abortSignal })).catch(
    async (cause) => {
      await record(abortSignal.aborted ? 'cancelled' : 'failed', nothing)
      throw cause
    },
  )
  const head = newHead(chosen.id)
  const chunks = new Chunks(head, body.stream_options?.include_usage === true)
  const guard = redactorFor(begun.checks)
  const encoder = new TextEncoder()
  const reader = stream.getReader()
  let ended = false
  const end = (status: Used['status'], tokens: TokenUsage): Promise<void> => {
    if (ended) return Promise.resolve()
    ended = true
    return record(status, tokens)
  }
  return new Response(
    new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          while (true) {
            const { done, value: part } = await reader.read()
            if (done) return controller.close()
            if (part.type === 'error') throw part.error
            if (part.type === 'finish') {
              const rest = guard?.end()
              if (rest) {
                controller.enqueue(encoder.encode(chunks.of({ type: 'text-delta', id: '', delta: rest })))
              }
              const tokens = countTokens(part.usage)
              await end('complete', tokens)
              const citations = citationsOf(options, part.providerMetadata)
              controller.enqueue(
                encoder.encode(chunks.finish(part.finishReason.unified, tokens, citations)),
              )
              return controller.close()
            }
            const text = chunks.of(
              guard && part.type === 'text-delta' ? { ...part, delta: guard.push(part.delta) } : part,
            )
            if (text) return controller.enqueue(encoder.encode(text))
          }
        } catch (cause) {
          const left = abortSignal.aborted
          afterwards(end(left ? 'cancelled' : 'failed', estimate(options, chunks.written)))
          if (left) return controller.error(cause)
          const error = fromUnknown(cause)
          controller.enqueue(encoder.encode(event(openAiErrorBody(error, context.requestId))))
          controller.close()
        }
      },
      cancel: async (reason) => {
        leaving.abort(reason)
        afterwards(end('cancelled', estimate(options, chunks.written)))
        await reader.cancel(reason).catch(() => {})
      },
    }),
    {
      headers: { ...headers, 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
    },
  )
}

const nothing: TokenUsage = { input_tokens: 0, output_tokens: 0, cached_input_tokens: 0 }

/** Whoever leaves before the provider has counted is charged what it must have been, or leaving would be free. */
function estimate({ prompt }: CallOptions, written: number): TokenUsage {
  const read = JSON.stringify(prompt, (key, value) => key === 'data' ? undefined : value).length
  return { input_tokens: Math.ceil(read / 4), output_tokens: Math.ceil(written / 4), cached_input_tokens: 0 }
}

/** What has to be done although nobody waits for it any more. */
function afterwards(work: Promise<void>): void {
  const { EdgeRuntime } = globalThis as { EdgeRuntime?: { waitUntil(work: Promise<unknown>): void } }
  if (EdgeRuntime) EdgeRuntime.waitUntil(work)
  else void work.catch(() => {})
}

/** What the built-in model answers from, found as the one who asks. */
async function findPassages(
  { supabaseAdmin }: FunctionContext,
  { userId }: Asking,
  { workspace_id, embedding_model }: Begun,
  question: string,
): Promise<Passage[]> {
  const query = question.trim().slice(0, 1_000)
  if (!query) return []
  const vector = await embedQuestion(runtime.embeddingModels, query, () => Promise.resolve(embedding_model))
  const { data } = await supabaseAdmin.schema('studio').rpc('find_passages', {
    user_id: userId,
    workspace_id,
    query,
    ...(vector.query_embedding ? { ...vector, query_embedding: JSON.stringify(vector.query_embedding) } : {}),
  }).throwOnError()
  return data
}

/** What [1] means, for an answer that cites: no field of OpenAI's has a place for it. */
function citationsOf(
  { providerOptions }: CallOptions,
  metadata: Record<string, Record<string, unknown>> | undefined,
): Record<string, unknown> {
  const cited = metadata?.['plinth']?.['citations']
  const passages = providerOptions?.['plinth']?.['passages'] as unknown as Passage[] | undefined
  if (!Array.isArray(cited) || !passages) return {}
  const citations = passages.filter(({ n }) => cited.includes(n))
    .map(({ n, title, chunk_id, document_id, page }) => ({ n, title, chunk_id, document_id, page }))
  return { plinth: { citations } }
}
