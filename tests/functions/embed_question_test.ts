/** Which model embeds a question of the chat. */
import { strict as assert } from 'node:assert'
import { searchModel } from '../../functions/_shared/search/search_model.ts'
import { lexical } from '../../functions/_shared/embeddings/lexical.ts'
import { embedQuestion, type QuestionVector } from '../../functions/_shared/embeddings/embed_question.ts'
import { selectModels } from '../../functions/_shared/embeddings/select_models.ts'
import { type Person, signUp } from '../support/clients.ts'

async function ownerOf(model: string): Promise<Person> {
  const person = await signUp('asker')
  await person.client.rpc('reembed', { model, dimensions: 384 }).throwOnError()
  const document_id = crypto.randomUUID()
  await person.client.from('documents').insert({ id: document_id, type: 'pdf', title: 'Roof' }).throwOnError()
  await person.client.from('search_chunks')
    .insert({ document_id, source_type: 'pdf', text: 'The roof leaks.', chunk_index: 0 }).throwOnError()
  return person
}

const models = (): ReturnType<typeof selectModels> => selectModels((name) => Deno.env.get(name))

const ask = (client: Person['client']): Promise<QuestionVector> =>
  embedQuestion(models, 'Does it leak?', (signal) => searchModel(client, signal))

Deno.test('a question is embedded with the model of the passages, whatever the standard model is', async () => {
  const { client } = await ownerOf(lexical.model)
  const { query_embedding, embedding_model } = await ask(client)
  assert.deepEqual([embedding_model, query_embedding?.length], [lexical.model, 384])
})

Deno.test('a question has no vector where the model of the passages is unavailable, since others do not compare', async () => {
  const { client } = await ownerOf('unavailable-model')
  assert.deepEqual(await ask(client), {})
})

Deno.test('a question is embedded with the standard model where nothing is embedded yet', async () => {
  const { client } = await signUp('asker')
  const { embedding_model } = await ask(client)
  assert.equal(embedding_model, (await models()).standard.model)
})
