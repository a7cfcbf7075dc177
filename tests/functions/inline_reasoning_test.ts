/** Models that write their reasoning into the answer: it becomes parts of its own. */
import { strict as assert } from 'node:assert'
import { languageModel } from '../../functions/_shared/model/providers.ts'
import { type Play, startProviders } from './providers.ts'

const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Dry?' }] }]

/** What a model writes, whole or as a stream. */
async function said(
  name: string,
  play: Play,
  streams: boolean,
): Promise<{ text: string; reasoning: string; types: string[] }> {
  await using providers = startProviders(play)
  for (const [key, value] of Object.entries(providers.env)) Deno.env.set(key, value)
  const model = languageModel({ id: name, provider: 'openai', provider_model: name })
  const found = { text: '', reasoning: '', types: new Array<string>() }
  if (!streams) {
    for (const part of (await model.doGenerate({ prompt })).content) {
      if (part.type === 'text' || part.type === 'reasoning') found[part.type] += part.text
      found.types.push(part.type)
    }
    return found
  }
  for await (const part of (await model.doStream({ prompt })).stream) {
    if (part.type === 'text-delta') found.text += part.delta
    if (part.type === 'reasoning-delta') found.reasoning += part.delta
    if (/^(text|reasoning)-(start|end)$|^error$/.test(part.type)) found.types.push(part.type)
  }
  return found
}

const thought = ['<thi', 'nk>', 'Hm', '.</th', 'ink>', '\n\nYes', '.']

Deno.test('inline reasoning becomes parts of its own, whole and in a stream', async () => {
  for (const streams of [true, false]) {
    const { text, reasoning, types } = await said('qwen3', { deltas: thought }, streams)
    assert.deepEqual([text, reasoning], ['Yes.', 'Hm.'])
    assert.deepEqual(
      types,
      streams ? ['reasoning-start', 'reasoning-end', 'text-start', 'text-end'] : ['reasoning', 'text'],
    )
  }
})

Deno.test('reasoning that is cut off, by a limit or a broken stream, is no answer', async () => {
  for (const play of [{ deltas: thought.slice(0, 4), cutOff: true }, { deltas: thought, errorAfter: 4 }]) {
    const { text, reasoning, types } = await said('qwen3', play, true)
    assert.deepEqual([text, reasoning], ['', 'Hm.</th'])
    assert.ok(!types.includes('text-start') && !types.includes('text-end'), types.join(' '))
  }
})

Deno.test('a model whose template writes the opening tag begins within its reasoning', async () => {
  const deltas = ['Hm', '.\n</think>', '\n\n', 'Yes.']
  for (const streams of [true, false]) {
    const { text, reasoning } = await said('deepseek-r1:8b', { deltas }, streams)
    assert.deepEqual([text, reasoning.trim()], ['Yes.', 'Hm.'])
    const plain = await said('deepseek-r1:8b', { deltas: ['Yes', '.'] }, streams)
    assert.deepEqual([plain.text, plain.reasoning], ['Yes.', ''])
  }
})

Deno.test('a stream that breaks off closes its text once', async () => {
  const { text, types } = await said('gpt', { deltas: ['Ye', 's, but', '.'], errorAfter: 2 }, true)
  assert.equal(text, 'Yes, but')
  assert.ok(types.filter((type) => type === 'text-end').length <= 1, types.join(' '))
  assert.ok(types.includes('error'))
})
