/** The door of questions that search in the workspace of a client. */
import type { Db } from '../database/client.ts'
import type { QuestionDoor } from '../embeddings/embed_question.ts'

/**
 * With the rights of the caller. `standardModel` says whether a question is embedded where nothing else is: memories may
 * have vectors all the same.
 */
export function searchDoor(
  client: Db,
  record: QuestionDoor['record'],
  { standardModel }: { standardModel: boolean },
): QuestionDoor {
  return {
    admit: async ({ standard_model, endpoint_models }, signal) => {
      const known = standardModel ? { standard_model, endpoint_models } : { endpoint_models }
      const { data } = await client.rpc('begin_question', known).abortSignal(signal).throwOnError()
      return data
    },
    record,
  }
}
