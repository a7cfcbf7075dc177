/** Each field of OpenAI's published requests is done, passed on or refused: never dropped without a word. */
import { strict as assert } from 'node:assert'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ChatCompletionsRequest } from '../../types/openai.ts'
import { OpenAiEmbeddingsRequest } from '../../types/api.ts'
import {
  completionFields,
  describeFields,
  embeddingFields,
  unsupportedFields,
} from '../../functions/_shared/completions/fields.ts'
import { CompletionChunks, newHead, toCompletion } from '../../functions/_shared/completions/format.ts'
import { toCallOptions } from '../../functions/_shared/completions/prompt.ts'
import { builtInModel, passageOptions } from '../../functions/_shared/model/built_in.ts'
import { languageModel } from '../../functions/_shared/model/providers.ts'
import { startProviders } from './providers.ts'

const root = join(import.meta.dirname ?? '.', '..', '..')

/** The fields of a type of the official SDK. */
async function publishedFields(file: string, type: string): Promise<string[]> {
  const source = await readFile(join(root, 'node_modules/openai/resources', file), 'utf8')
  const body = source.split(`export interface ${type} {`)[1]?.split(/^}/m)[0] ?? ''
  return [...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, name = '']) => name)
}

const messages = [{ role: 'user', content: 'Dry?' }]
const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' }, strict: true } }]
const schema = {
  type: 'object',
  properties: { a: { type: 'string' } },
  required: ['a'],
  additionalProperties: false,
}

/** A value that asks for something, and where it is in the body that OpenAI's protocol has. */
const samples: Record<string, [value: unknown, sent?: Record<string, unknown>]> = {
  max_completion_tokens: [5, { max_tokens: 5 }],
  max_tokens: [5],
  stop: ['END', { stop: ['END'] }],
  temperature: [0.5],
  top_p: [0.5],
  seed: [7],
  presence_penalty: [0.5],
  frequency_penalty: [0.5],
  logit_bias: [{ '50256': -100 }],
  tools: [tools],
  tool_choice: ['required'],
  parallel_tool_calls: [false],
  response_format: [
    { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } },
  ],
  reasoning_effort: ['high'],
  verbosity: ['low'],
  service_tier: ['flex'],
  store: [true],
  metadata: [{ topic: 'x' }],
  prompt_cache_key: ['x'],
  prompt_cache_options: [{ a: 'x' }],
  prompt_cache_retention: ['24h'],
  safety_identifier: ['x'],
  user: ['ann'],
  n: [2],
  logprobs: [true],
  top_logprobs: [3],
  modalities: [['text', 'audio']],
  audio: [{ voice: 'alloy', format: 'mp3' }],
  prediction: [{ type: 'content', content: 'x' }],
  web_search_options: [{}],
  moderation: [{}],
  functions: [[{ name: 'x' }]],
  function_call: ['auto'],
}

Deno.test('the table has exactly the published fields', async () => {
  const { creativity: _, ...published } = completionFields
  assert.deepEqual(
    Object.keys(published).sort(),
    (await publishedFields('chat/completions/completions.d.ts', 'ChatCompletionCreateParamsBase')).sort(),
  )
  assert.deepEqual(
    Object.keys(embeddingFields).sort(),
    (await publishedFields('embeddings.d.ts', 'EmbeddingCreateParams')).sort(),
  )
  assert.deepEqual(Object.keys(OpenAiEmbeddingsRequest.shape).sort(), Object.keys(embeddingFields).sort())
})

Deno.test('the documentation has the table', async () => {
  const page = await readFile(join(root, 'docs/guide/openai.md'), 'utf8')
  for (const fields of [completionFields, embeddingFields]) {
    assert.ok(page.includes(describeFields(fields)), describeFields(fields))
  }
})

Deno.test('a field that is passed on arrives in the body, a refused one is named', async () => {
  await using providers = startProviders({ deltas: ['Yes.'] })
  for (const [name, value] of Object.entries(providers.env)) Deno.env.set(name, value)
  const model = languageModel({ id: 'gpt-4.1', provider: 'openai', provider_model: 'gpt-4.1' })
  for (const [field, handling] of Object.entries(completionFields)) {
    if (handling.is === 'done') continue
    const [value, sent = { [field]: value }] = samples[field] ?? assert.fail(`${field} has no sample`)
    assert.deepEqual(unsupportedFields({ [field]: value }), handling.is === 'refused' ? [field] : [], field)
    for (const neutral of handling.neutral ?? []) {
      assert.deepEqual(unsupportedFields({ [field]: neutral }, 'builtin'), [])
    }
    assert.deepEqual(unsupportedFields({ [field]: null }), [])
    if (handling.is === 'refused') continue
    for (const provider of ['openai', 'anthropic', 'builtin'] as const) {
      assert.equal(
        unsupportedFields({ [field]: value }, provider).length,
        handling.by.includes(provider) ? 0 : 1,
      )
    }
    const request = ChatCompletionsRequest.parse({
      model: 'gpt-4.1',
      messages,
      ...(['tool_choice', 'parallel_tool_calls'].includes(field) ? { tools } : {}),
      [field]: value,
    })
    await model.doGenerate(toCallOptions(request))
    const body = providers.asked.at(-1)?.body ?? {}
    for (const [name, expected] of Object.entries(sent)) assert.deepEqual(body[name], expected, name)
  }
  assert.deepEqual(unsupportedFields({ top_k: 5 }), ['top_k'], 'a field that is not published')
})

Deno.test('the detail of an image is passed on', async () => {
  await using providers = startProviders({ deltas: ['Yes.'] })
  for (const [name, value] of Object.entries(providers.env)) Deno.env.set(name, value)
  const model = languageModel({ id: 'gpt-4.1', provider: 'openai', provider_model: 'gpt-4.1' })
  for (const url of ['https://x.example/a.png', 'data:image/png;base64,iVBORw0KGgo=']) {
    const content = [{ type: 'image_url', image_url: { url, detail: 'low' } }]
    await model.doGenerate(
      toCallOptions(ChatCompletionsRequest.parse({ model: 'x', messages: [{ role: 'user', content }] })),
    )
    assert.deepEqual(providers.asked.at(-1)?.body['messages'][0].content, content)
  }
})

Deno.test('what a model needs goes by its name, whatever the address is', async () => {
  await using providers = startProviders({ deltas: ['Yes.'] })
  for (const [name, value] of Object.entries(providers.env)) Deno.env.set(name, value)
  for (
    const [name, field] of [['gpt-5-mini', 'max_completion_tokens'], ['openai/o3', 'max_completion_tokens'], [
      'llama',
      'max_tokens',
    ]] as const
  ) {
    const model = languageModel({ id: name, provider: 'openai', provider_model: name })
    await model.doGenerate(
      toCallOptions(ChatCompletionsRequest.parse({ model: name, messages, max_tokens: 5 })),
    )
    const body = providers.asked.at(-1)?.body ?? {}
    assert.deepEqual([body[field], 'max_tokens' in body], [5, field === 'max_tokens'])
  }
})

Deno.test('a call of a tool ends with tool_calls, also where the server says stop', () => {
  const usage = { input_tokens: 1, output_tokens: 1, cached_input_tokens: 0 }
  const call = { type: 'tool-call' as const, toolCallId: 'a', toolName: 'look', input: '{}' }
  const end = { unified: 'stop' as const, raw: 'stop' }
  const whole = toCompletion(
    { content: [call], finishReason: end, warnings: [], usage: {} } as never,
    newHead('x'),
    usage,
    {},
  )
  assert.match(JSON.stringify(whole), /"finish_reason":"tool_calls"/)
  const chunks = new CompletionChunks(newHead('x'), false)
  chunks.eventsOf(call)
  assert.match(chunks.finish('stop', usage, {}), /"finish_reason":"tool_calls"/)
  assert.match(new CompletionChunks(newHead('x'), false).finish('stop', usage, {}), /"finish_reason":"stop"/)
})

Deno.test('the built-in model stops where it is asked to', async () => {
  const prompt = [{
    role: 'user' as const,
    content: [{ type: 'text' as const, text: 'How hot is the oven?' }],
  }]
  const providerOptions = passageOptions([{ n: 1, text: 'The oven is 200 degrees hot.' }])
  const { content, finishReason } = await builtInModel().doGenerate({
    prompt,
    providerOptions,
    stopSequences: ['200'],
  })
  const [part] = content
  assert.ok(part?.type === 'text' && part.text.endsWith('The oven is '), JSON.stringify(part))
  assert.equal(finishReason.unified, 'stop')
})

Deno.test('embeddings take up to 2048 texts; nulls, blanks, tokens and nothing are refused', () => {
  const accepts = (input: unknown): boolean =>
    OpenAiEmbeddingsRequest.safeParse({ model: 'x', input }).success
  for (const input of ['a', ['a'], Array(2_048).fill('a')]) assert.ok(accepts(input))
  for (const input of ['', [], [''], null, [null], ['a', null], [1, 2], [[1], [2]], Array(2_049).fill('a')]) {
    const { error } = OpenAiEmbeddingsRequest.safeParse({ model: 'x', input })
    assert.equal(error?.issues[0]?.path[0], 'input', JSON.stringify(input)?.slice(0, 40))
  }
  assert.ok(
    OpenAiEmbeddingsRequest.safeParse({
      model: 'x',
      input: 'a',
      user: null,
      dimensions: null,
      encoding_format: null,
    }).success,
  )
})
