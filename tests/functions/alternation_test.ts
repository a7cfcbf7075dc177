/** What models are sent keeps the order that every provider takes, whatever happened in a conversation. */
import { strict as assert } from 'node:assert'
import { modelMessages } from '../../functions/_shared/chat/prompt.ts'
import { alternate } from '../../functions/_shared/model/alternate.ts'
import { languageModel } from '../../functions/_shared/model/providers.ts'
import type { Prompt } from '../../functions/_shared/model/types.ts'
import { startProviders } from './providers.ts'

/** The same numbers in every run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return Math.floor(state / 2 ** 32 * below)
  }
}

const texts = ['', ' ', 'Dry?', '<think>Hm', '<think>Hm</think>Yes.', 'Yes.']

Deno.test('the history of a chat alternates, begins and ends with the user, and says something', () => {
  const random = randomFrom(1)
  for (let round = 0; round < 500; round++) {
    const history = Array.from({ length: random(9) }, (_, id) => ({
      id,
      role: ['user', 'assistant', 'tool', 'system'][random(random(4) === 0 ? 4 : 2)] ?? 'user',
      content: texts[random(texts.length)] ?? '',
      parts: random(4) === 0 ? [{ type: 'file', url: 'storage://apex-files/a.txt', filename: 'a.txt' }] : [],
    }))
    const files = new Map(
      history.filter(({ role }) => role === 'user' && random(3) === 0).map(({ id }) =>
        [id, [{ kind: 'text' as const, name: 'a.txt', text: 'x' }]] as const
      ),
    )
    const messages = modelMessages(history, files)
    const roles = messages.map(({ role }) => role)
    assert.equal(roles.at(0), 'user')
    assert.equal(roles.at(-1), 'user')
    assert.ok(roles.every((role, index) => role !== roles[index - 1]), roles.join(' '))
    for (const { content } of messages) {
      assert.ok(typeof content === 'string' ? content.trim() !== '' : content.length > 0)
      assert.ok(!JSON.stringify(content).includes('<think>') || messages.some(({ role }) => role === 'user'))
    }
    for (const { role, content } of messages) {
      if (role === 'assistant') assert.ok(!String(content).includes('Hm'))
    }
  }
})

function randomPrompt(random: (below: number) => number): Prompt {
  const ids = ['a', 'b', 'c']
  return Array.from({ length: 1 + random(9) }, (): Prompt[number] => {
    const text = { type: 'text' as const, text: texts[random(texts.length)] ?? '' }
    const toolCallId = ids[random(3)] ?? 'a'
    const call = { type: 'tool-call' as const, toolCallId, toolName: 'look', input: {} }
    const output = { type: 'text' as const, value: 'found' }
    switch (random(5)) {
      case 0:
        return { role: 'system', content: text.text }
      case 1:
        return { role: 'user', content: random(4) === 0 ? [] : [text] }
      case 2:
        return { role: 'assistant', content: random(2) === 0 ? [text] : [text, call] }
      case 3:
        return { role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName: 'look', output }] }
      default:
        return { role: 'assistant', content: random(2) === 0 ? [call] : [{ type: 'reasoning', text: 'Hm' }] }
    }
  })
}

function checkOrder(prompt: Prompt): void {
  const turns = prompt.filter(({ role }) => role !== 'system')
  assert.equal(turns[0]?.role, 'user')
  for (const [index, turn] of turns.entries()) {
    const next = turns[index + 1]
    assert.notEqual(turn.role, next?.role)
    assert.ok(turn.content.length > 0)
    if (turn.role === 'tool') assert.equal(turns[index - 1]?.role, 'assistant')
    if (turn.role !== 'assistant') continue
    const calls = turn.content.flatMap((part) => part.type === 'tool-call' ? [part.toolCallId] : [])
    const results = next?.role === 'tool'
      ? next.content.flatMap((part) => part.type === 'tool-result' ? [part.toolCallId] : [])
      : []
    assert.deepEqual(results.toSorted(), calls.toSorted())
  }
}

Deno.test('any prompt is brought into an order that every provider takes', () => {
  const random = randomFrom(2)
  for (let round = 0; round < 2_000; round++) checkOrder(alternate(randomPrompt(random)))
})

Deno.test('a prompt that is in order stays as it is', () => {
  const prompt: Prompt = [
    { role: 'system', content: 'You help.' },
    { role: 'user', content: [{ type: 'text', text: 'Dry?' }] },
    { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'a', toolName: 'look', input: {} }] },
    {
      role: 'tool',
      content: [{
        type: 'tool-result',
        toolCallId: 'a',
        toolName: 'look',
        output: { type: 'text', value: 'no' },
      }],
    },
    { role: 'assistant', content: [{ type: 'text', text: 'No.' }] },
    { role: 'user', content: [{ type: 'text', text: 'And now?' }] },
  ]
  assert.deepEqual(alternate(prompt), prompt)
})

Deno.test('what each provider receives keeps the order', async () => {
  await using providers = startProviders({ deltas: ['Yes.'] })
  for (const [name, value] of Object.entries(providers.env)) Deno.env.set(name, value)
  const random = randomFrom(3)
  const rows = ['openai', 'anthropic'].map((provider) => ({
    id: provider,
    provider,
    provider_model: 'replay',
  }))
  for (let round = 0; round < 40; round++) {
    const prompt = randomPrompt(random)
    for (const row of rows) await languageModel(row).doGenerate({ prompt, maxOutputTokens: 100 })
  }
  for (const { protocol, body } of providers.asked) {
    const turns = body['messages'].filter(({ role }: { role: string }) => role !== 'system')
    assert.equal(turns[0].role, 'user')
    for (const [index, { role, content, tool_calls }] of turns.entries()) {
      assert.ok(tool_calls?.length > 0 || content.length > 0, protocol)
      if (role !== 'tool') assert.notEqual(role, turns[index + 1]?.role, protocol)
      const said = typeof content === 'string' ? [{ type: 'text', text: content }] : content ?? []
      for (const part of said) if (part.type === 'text') assert.notEqual(part.text.trim(), '', protocol)
    }
  }
  assert.equal(providers.asked.length, 80)
})
