/** What every tool works with: the rights of the caller, and the sources of the turn. */
import { fromPostgrest, type PostgrestLike } from '../../../types/errors.ts'
import type { Db } from '../database/client.ts'
import { embedQuestion, type QuestionDoor } from '../embeddings/embed_question.ts'
import type { ModelSource } from '../embeddings/select_models.ts'
import type { Sources } from '../model/sources.ts'

export interface ToolContext {
  /** Of the caller, in the workspace of the turn: row level security decides what a tool reads and writes. */
  readonly client: Db
  readonly sources: Sources
  readonly embeddingModels: ModelSource
  /** Admits and records the questions of the tools. */
  readonly questions: QuestionDoor
}

/** The vector of a query as functions of the database take it; nothing where it cannot be embedded. */
export async function embedQuery(
  { embeddingModels, questions }: ToolContext,
  query: string,
): Promise<{ query_embedding?: string; embedding_model?: string }> {
  const { vector: { query_embedding, embedding_model } } = await embedQuestion(
    embeddingModels,
    query,
    questions,
  )
  return query_embedding && embedding_model
    ? { query_embedding: JSON.stringify(query_embedding), embedding_model }
    : {}
}

/** A refusal that the model reads, so that it can correct its call or explain the problem. */
export class ToolError extends Error {
  override readonly name = 'ToolError'
}

/** The data of a result of the database; throws its error as a ToolError. */
export function unwrap<T>(
  { data, error, status }: { data: T; error: PostgrestLike | null; status: number },
): NonNullable<T> {
  if (error) {
    const { message, hint } = fromPostgrest(error, status)
    throw new ToolError(hint ? `${message} ${hint}` : message)
  }
  if (data === null || data === undefined) throw new ToolError('The tool returned no result.')
  return data
}
