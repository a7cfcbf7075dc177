/** Turns with stock supabase-js: a user asks and cancels, a secret key answers; refusals have their details. */
import { strict as assert } from 'node:assert'
import type { SupabaseClient } from '@supabase/supabase-js'
import { service, signUp } from '../support/clients.ts'

// deno-lint-ignore no-explicit-any
type Any = any

/** What the calls take and give is said in docs/reference/turns.md, not in types. */
const calls = (client: unknown) => {
  const db = (client as SupabaseClient<Any>).schema('dashboard')
  return async (name: string, args: object = {}) => await db.rpc(name, args) as Any
}
const asked = (turn: object) => ({
  turn: { providers: ['builtin'], max_passages: 0, max_memories: 0, ...turn },
})

Deno.test('a question is asked, answered, rated, found and exported over HTTP', async () => {
  const ann = await signUp('asker')
  const [person, process] = [calls(ann.client), calls(service())]
  const begun = await person('chat_begin_turn', asked({ message: { content: 'How dry is the kitchen?' } }))
  assert.equal(begun.error, null)
  const { turn_id, message_id, conversation_id, history, model } = begun.data
  assert.equal(history.at(-1).content, 'How dry is the kitchen?')
  assert.equal(model.id, 'builtin-retrieval')

  const saved = await process('chat_checkpoint', { turns: [{ turn_id, content: 'Half an' }] })
  assert.deepEqual(saved.data, [{ turn_id, state: 'running' }])
  const { data: partly } = await ann.client.schema('dashboard').from('messages').select('content, status')
    .eq('id', message_id).single()
  assert.deepEqual(partly, { content: 'Half an', status: 'streaming' }, 'its owner sees it grow')
  assert.equal((await person('chat_cancel_turn', { conversation_id })).data, true)
  const told = await process('chat_checkpoint', { turns: [{ turn_id }] })
  assert.deepEqual(told.data, [{ turn_id, state: 'cancelling' }])
  const ended = await process('chat_finish_turn', {
    turn_id,
    result: { status: 'cancelled', content: 'Half an hour' },
  })
  assert.deepEqual([ended.data.status, ended.data.message_id], ['cancelled', message_id])

  assert.equal((await person('rate_message', { message_id, rating: 1 })).data.rating, 1)
  const embedded = await (ann.client as SupabaseClient<Any>).schema('dashboard').from('messages')
    .select('content, message_feedback(rating)').eq('id', message_id).single()
  assert.deepEqual(embedded.data, { content: 'Half an hour', message_feedback: { rating: 1 } })
  const found = await person('search_messages', { query: 'hour' })
  assert.deepEqual(found.data.map((hit: Any) => [hit.message_id, hit.excerpt_html]), [
    [message_id, 'Half an <mark>hour</mark>'],
  ])
  const exported = await person('export_my_conversations')
  assert.equal(exported.data.conversations[0].messages[1].feedback.rating, 1)
})

Deno.test('refusals have their status, and details that programs read', async () => {
  const ann = await signUp('asker')
  const bob = await signUp('stranger')
  const person = calls(ann.client)
  const message = { client_id: 'm1', content: 'How dry?' }
  const first = await person('chat_begin_turn', asked({ session_id: 's', message }))
  assert.equal(first.error, null)
  const { conversation_id, user_message_id, message_id } = first.data

  const again = await person('chat_begin_turn', asked({ session_id: 's', message }))
  assert.deepEqual([again.status, again.error.code], [409, 'PT409'])
  assert.deepEqual(JSON.parse(again.error.details), {
    reason: 'duplicate',
    conversation_id,
    user_message_id,
    message_id,
  })
  const busy = await person('chat_begin_turn', asked({ session_id: 's', message: { content: 'And now?' } }))
  assert.deepEqual([busy.status, busy.error.code], [409, 'PT409'])
  assert.deepEqual(JSON.parse(busy.error.details), { reason: 'busy', conversation_id, message_id })
  const foreign = await calls(bob.client)('chat_begin_turn', asked({ conversation_id, message }))
  assert.deepEqual([foreign.status, foreign.error.code], [404, 'PT404'])
  const empty = await person('chat_begin_turn', asked({ message: { content: ' ' } }))
  assert.deepEqual([empty.status, empty.error.code], [400, '22023'])
  const forbidden = await person('chat_finish_turn', {
    turn_id: first.data.turn_id,
    result: { status: 'complete' },
  })
  assert.deepEqual([forbidden.status, forbidden.error.code], [403, '42501'])
})
