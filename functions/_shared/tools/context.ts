/** What tools work with: the caller's own rights, and the passages of the turn. */
import { searchModel } from '../search/search_model.ts'
import type { Sources } from '../chat/sources.ts'
import type { Db } from '../chat/turns.ts'
import { runtime } from '../runtime.ts'
import { embedQuestion } from '../embeddings/embed_question.ts'
import { fromPostgrest, type PostgrestLike } from '../../../types/errors.ts'

export interface ToolContext {
  /** The caller's: row level security decides what a tool can see and do. */
  readonly client: Db
  readonly sources: Sources
}

/** The vector of a query, as functions of the API take one. */
export async function vectorOf(
  client: Db,
  query: string,
): Promise<{ query_embedding?: string; embedding_model?: string }> {
  const { query_embedding, embedding_model } = await embedQuestion(
    runtime.embeddingModels,
    query,
    (signal) => searchModel(client, signal),
  )
  return query_embedding && embedding_model
    ? { query_embedding: JSON.stringify(query_embedding), embedding_model }
    : {}
}

/** A refusal as the model is told: the words for people, so that it can mend its call or explain. */
export class ToolError extends Error {
  override readonly name = 'ToolError'
}

export function must<T>(
  { data, error, status }: { data: T; error: PostgrestLike | null; status: number },
): NonNullable<T> {
  if (error) {
    const { message, hint } = fromPostgrest(error, status)
    throw new ToolError(hint ? `${message} ${hint}` : message)
  }
  if (data === null || data === undefined) throw new ToolError('There is no answer.')
  return data
}
