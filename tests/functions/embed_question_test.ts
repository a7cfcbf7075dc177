/** Which model embeds a question, and what limits and records that. */
import { strict as assert } from 'node:assert'
import { lexical } from '../../functions/_shared/embeddings/lexical.ts'
import {
  embedQuestion,
  questionRecorder,
  type QuestionVector,
} from '../../functions/_shared/embeddings/embed_question.ts'
import type { EmbeddingProvider } from '../../functions/_shared/embeddings/provider.ts'
import { type EmbeddingModels, selectModels } from '../../functions/_shared/embeddings/select_models.ts'
import { searchDoor } from '../../functions/_shared/search/search_door.ts'
import { searchPassages } from '../../functions/_shared/search/search_passages.ts'
import { SearchRequest } from '../../types/api.ts'
import { type Person, service, signUp } from '../support/clients.ts'
import { until } from '../support/wait.ts'

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

const recorder = ({ id }: Person): ReturnType<typeof questionRecorder> => questionRecorder(service(), id, 1)

async function ask(person: Person): Promise<QuestionVector> {
  const door = searchDoor(person.client, recorder(person), { standardModel: true })
  return (await embedQuestion(models, 'Does it leak?', door)).vector
}

/** A model of an endpoint, which counts what it is asked for. */
function endpointModel(
  embed?: EmbeddingProvider['embed'],
): { source: () => Promise<EmbeddingModels>; asked: string[] } {
  const asked: string[] = []
  const provider: EmbeddingProvider = {
    model: 'big',
    dimensions: 384,
    semantic: true,
    maxTokens: 100,
    isEndpoint: true,
    embed: (texts, signal, usage) => {
      asked.push(...texts)
      if (usage) usage.tokens += 7
      return embed?.(texts, signal, usage) ?? lexical.embed(texts, signal)
    },
  }
  const find = (name?: string | null): EmbeddingProvider => name === lexical.model ? lexical : provider
  return { source: () => Promise.resolve({ standard: provider, all: [provider, lexical], find }), asked }
}

const allow = ({ id }: Person) =>
  service().schema('studio').from('limits').insert({ name: 'paid_models', user_id: id, value: 1 })
    .throwOnError()
const refuse = ({ id }: Person) =>
  service().schema('studio').from('limits').insert({ name: 'paid_models', user_id: id, value: 0 })
    .throwOnError()

type Used = { endpoint: string; model_id: string; status: string; input_tokens: number }

async function usageOf({ client }: Person): Promise<Used[]> {
  const { data } = await client.schema('studio').from('api_usage').select(
    'endpoint, model_id, status, input_tokens',
  )
    .throwOnError()
  return data
}

Deno.test('a question is embedded with the model of the passages, whatever the standard model is', async () => {
  const { query_embedding, embedding_model } = await ask(await ownerOf(lexical.model))
  assert.deepEqual([embedding_model, query_embedding?.length], [lexical.model, 384])
})

Deno.test('a question has no vector where the model of the passages is unavailable, since others do not compare', async () => {
  assert.deepEqual(await ask(await ownerOf('unavailable-model')), {})
})

Deno.test('a question is embedded with the standard model where nothing is embedded yet', async () => {
  const { embedding_model } = await ask(await signUp('asker'))
  assert.equal(embedding_model, (await models()).standard.model)
})

Deno.test('what a question uses at an endpoint is recorded, also where it fails or takes too long', async () => {
  const person = await ownerOf('big')
  await allow(person)
  const door = searchDoor(person.client, recorder(person), { standardModel: false })
  const { source } = endpointModel()
  const { vector } = await embedQuestion(source, 'Does it leak?', door)
  assert.equal(vector.embedding_model, 'big')
  const failing = endpointModel(() => Promise.reject(new Error('away')))
  assert.deepEqual((await embedQuestion(failing.source, 'Does it leak?', door)).vector, {})
  const slow = endpointModel((_texts, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  )
  assert.deepEqual((await embedQuestion(slow.source, 'Does it leak?', door, { timeoutMs: 500 })).vector, {})
  await until(async () => (await usageOf(person)).length === 3, 'all three are recorded')
  assert.deepEqual(
    (await usageOf(person)).map((
      { endpoint, model_id, status, input_tokens },
    ) => [endpoint, model_id, status, input_tokens])
      .sort(),
    [['embeddings', 'big', 'cancelled', 7], ['embeddings', 'big', 'complete', 7], [
      'embeddings',
      'big',
      'failed',
      7,
    ]],
  )
})

Deno.test('a search beyond a limit goes by words, says so, and asks no endpoint', async () => {
  const person = await ownerOf('big')
  await refuse(person)
  const { source, asked } = endpointModel()
  const { signal } = new AbortController()
  const answer = await searchPassages(
    person.client,
    source,
    SearchRequest.parse({ q: 'leaks' }),
    recorder(person),
    signal,
  )
  assert.deepEqual(answer.results.map(({ text }) => text), ['The roof leaks.'])
  assert.equal(
    answer.notice,
    'Ranked by words alone: Embedding models with a price are not enabled for this account.',
  )
  assert.deepEqual([asked, await usageOf(person)], [[], []])
})

Deno.test('a question in a model that runs in this process is neither limited nor recorded', async () => {
  const person = await ownerOf(lexical.model)
  await refuse(person)
  const { source, asked } = endpointModel()
  const door = searchDoor(person.client, recorder(person), { standardModel: false })
  assert.equal((await embedQuestion(source, 'Does it leak?', door)).vector.embedding_model, lexical.model)
  assert.deepEqual([asked, await usageOf(person)], [[], []])
})
