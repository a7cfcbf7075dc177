/** Answers whose process is killed before their end. */
import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { startProcess } from '../../stack/functions/process.ts'
import { raiseLimits, signUp } from '../support/clients.ts'
import {
  ask,
  chatOf,
  chunksOf,
  conversationOf,
  messageOf,
  openStage,
  platformEnv,
  question,
  textOf,
} from './chatting.ts'
import { sleep, until } from '../support/wait.ts'
import { startProviders } from './providers.ts'

const root = join(import.meta.dirname ?? '.', '..', '..')
/** By then, an answer whose process died has ended, however busy the machine is. In ms. */
const deadline = 90_000

Deno.test('after kill -9 an answer fails and keeps its partial text, and regenerating works', async () => {
  await raiseLimits()
  await using providers = startProviders({ deltas: ['The wall', ' is nearly', ' dry'], hangAfter: 2 })
  const victim = await startProcess({
    root,
    platform: { ...platformEnv(), ...providers.env },
    onLog: () => {},
    select: (names) => [...names],
    limits: null,
  })
  const ann = await signUp('survivor')
  const id = `session-${crypto.randomUUID()}`
  const answer = await ask({ url: `http://127.0.0.1:${victim.port}` }, ann, question('How dry?', { id }))
  const chunks = chunksOf(answer)
  const heard: string[] = []
  let messageId = 0
  while (heard.join('') !== 'The wall is nearly') {
    const { value } = await chunks.next()
    if (value.type === 'start') messageId = Number(value.messageId)
    if (value.type === 'text-delta') heard.push(value.delta)
  }
  await until(
    async () => (await messageOf(ann, messageId)).content === 'The wall is nearly',
    'the text is saved while it streams',
  )
  const killed = performance.now()
  Deno.kill(victim.pid, 'SIGKILL')
  await victim.ended
  await chunks.next().catch(() => {})

  // another process, which has only the row of the answer
  await using stage = await openStage({ deltas: ['The wall is dry.'] })
  const screen = chatOf(stage, ann, { id })
  await screen.resumeStream()
  const took = performance.now() - killed
  assert.ok(took < deadline, `it took ${Math.round(took)} ms`)
  console.log(`ended ${Math.round(took)} ms after kill -9`)
  assert.equal(screen.status, 'error')
  assert.equal(screen.error?.message, 'The answer was interrupted.')
  assert.equal(textOf(screen.lastMessage), 'The wall is nearly')
  const stored = await messageOf(ann, messageId)
  assert.deepEqual([stored.status, stored.content, stored.error.code], [
    'failed',
    'The wall is nearly',
    'interrupted',
  ])
  assert.ok(stored.input_tokens > 0 && stored.output_tokens > 0 && stored.metadata.usage_estimated)

  await screen.regenerate({ messageId: String(messageId) })
  assert.deepEqual([screen.status, textOf(screen.lastMessage)], ['ready', 'The wall is dry.'])
  const again = await messageOf(ann, Number(screen.lastMessage?.id))
  assert.deepEqual([again.status, again.parent_id], ['complete', stored.parent_id])
})

Deno.test('a conversation whose process died accepts a new question once the lease has expired', async () => {
  await raiseLimits()
  await using providers = startProviders({ deltas: ['Never', ' told'], hangAfter: 1 })
  const victim = await startProcess({
    root,
    platform: { ...platformEnv(), ...providers.env },
    onLog: () => {},
    select: (names) => [...names],
    limits: null,
  })
  const ann = await signUp('heir')
  const id = `session-${crypto.randomUUID()}`
  const answer = await ask({ url: `http://127.0.0.1:${victim.port}` }, ann, question('First?', { id }))
  for await (const chunk of chunksOf(answer)) if (chunk.type === 'text-delta') break
  Deno.kill(victim.pid, 'SIGKILL')
  await victim.ended
  await using stage = await openStage({ deltas: ['Second answer.'] })
  const refused = await ask(stage, ann, question('Second?', { id }))
  assert.equal(refused.status, 409)
  await refused.body?.cancel()
  const accepted = await until(
    async () => {
      const answer = await ask(stage, ann, question('Second?', { id }))
      if (answer.status === 200) return answer
      await answer.body?.cancel()
      await sleep(500)
      return null
    },
    'the conversation is free',
    deadline,
  )
  const texts: string[] = []
  for await (const chunk of chunksOf(accepted)) if (chunk.type === 'text-delta') texts.push(chunk.delta)
  assert.equal(texts.join(''), 'Second answer.')
  assert.equal((await conversationOf(ann, id)).message_count, 4)
})
