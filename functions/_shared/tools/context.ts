/** What every tool works with: the rights of the caller, and the sources of the turn. */
import { InvalidToolInputError, NoSuchToolError } from 'ai'
import { AppFailure, fromPostgrest, type PostgrestLike } from '../../../types/errors.ts'
import { withoutSecrets } from '../../_lib/text/mod.ts'
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

  /** `shown`: as people read it. */
  constructor(message: string, readonly shown: string = message) {
    super(message)
  }
}

/** Why a call of a tool failed, for people: never the text of an internal failure, and without secrets. */
export function toolFailureText(cause: unknown): string {
  if (cause instanceof ToolError) return withoutSecrets(cause.shown) || failed
  if (cause instanceof AppFailure) return withoutSecrets(cause.error.message) || failed
  if (NoSuchToolError.isInstance(cause)) return 'The model called a tool that does not exist.'
  if (InvalidToolInputError.isInstance(cause)) {
    return 'The model called the tool with input that the tool does not accept.'
  }
  return failed
}

const failed = 'The tool failed.'

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
