/** The chat over a WebSocket, in the order that Apex's clients expect. */
import { strict as assert } from 'node:assert'
import type { SocketEvent } from '../../types/api.ts'
import { signUp } from '../support/clients.ts'
import {
  chatOf,
  conversationOf,
  Gate,
  type Loose,
  messageOf,
  messagesOf,
  model,
  openStage,
  Socket,
  socketOf,
  textOf,
} from './chatting.ts'
import { sleep, until } from '../support/wait.ts'
import type { Play } from './providers.ts'

const isTitle = (body: Loose): boolean => JSON.stringify(body.system ?? '').includes('You name conversations')
const newSession = (): string => `session-${Date.now()}-${crypto.randomUUID().slice(0, 8)}`

function plays(...answers: Play[]): (asked: { body: Loose }) => Play {
  let next = 0
  return ({ body }) =>
    isTitle(body) ? { deltas: ['A call'] } : answers[Math.min(next++, answers.length - 1)] ?? assert.fail()
}

/** The types of events in their order, with consecutive deltas as one. */
const order = (events: readonly SocketEvent[]): string[] =>
  events.map(({ type }) => type).filter((type, at, all) =>
    type !== 'text_delta' || all[at - 1] !== 'text_delta'
  )

const said = (events: readonly SocketEvent[]): string =>
  events.map((event) => event.type === 'text_delta' ? event.content : '').join('')

Deno.test('events come in Apex’s order, with tools and a change of model', async () => {
  const call = {
    id: 'toolu_1',
    name: 'create_task',
    input: { title: 'Call the adjuster', due_date: '2026-12-01' },
  }
  await using stage = await openStage(
    plays(
      { deltas: ['I will', ' add it.'], toolCalls: [call] },
      { deltas: ['It is', ' on your list.'] },
      { deltas: ['Yes.'] },
    ),
  )
  const ann = await signUp('caller')
  const session = newSession()
  const socket = socketOf(stage, ann, session)
  const init = await socket.heard('init')
  assert.deepEqual(init, {
    type: 'init',
    session_id: session,
    conversation_id: init.conversation_id,
    resumed: false,
    chatProjectId: null,
    history: [],
  })
  socket.send({ type: 'message', content: '   ' })
  socket.send({ type: 'message', content: 'Remind me to call the adjuster', model })
  await socket.heard('title_update')
  assert.deepEqual(order(socket.events), [
    'init',
    'stream_start',
    'text_delta',
    'tool_use',
    'tool_result',
    'text_delta',
    'stream_end',
    'title_update',
  ])
  assert.deepEqual(await socket.heard('stream_start'), {
    type: 'stream_start',
    model,
    model_name: 'Haiku 4.5',
  })
  assert.deepEqual(await socket.heard('tool_use'), {
    type: 'tool_use',
    tool: {
      id: 'toolu_1',
      name: 'create_task',
      input: { ...call.input, priority: 'none' },
      status: 'running',
    },
  })
  const { tool } = await socket.heard('tool_result')
  assert.deepEqual([tool.id, tool.name, tool.status], ['toolu_1', 'create_task', 'completed'])
  const tasks = await ann.client.schema('dashboard').from('tasks').select('id, title, due_date')
  assert.deepEqual(tasks.data, [{
    id: (tool.output as Loose).id,
    title: 'Call the adjuster',
    due_date: '2026-12-01',
  }])
  assert.equal(said(socket.events), 'I will add it.\n\nIt is on your list.')

  const end = await socket.heard('stream_end')
  const stored = await messageOf(ann, end.message_id)
  assert.deepEqual([stored.content, stored.status, end.model, end.model_name], [
    said(socket.events),
    'complete',
    model,
    'Haiku 4.5',
  ])
  assert.deepEqual(stored.tools_used, [{
    id: 'toolu_1',
    name: 'create_task',
    input: { ...call.input, priority: 'none' },
    status: 'completed',
  }])
  const task = await ann.client.schema('dashboard').from('ai_tasks').select('id, status, tools_used').single()
  assert.deepEqual(task.data, { id: end.task_id, status: 'completed', tools_used: ['create_task'] })
  assert.deepEqual(await socket.heard('title_update'), {
    type: 'title_update',
    conversation_id: init.conversation_id,
    title: 'A call',
  })

  const before = socket.events.length
  socket.send({ type: 'message', content: 'Sure?', model: 'gpt-5-mini' })
  await socket.heard('stream_end', 2)
  assert.deepEqual(order(socket.events.slice(before)), [
    'model_switch',
    'stream_start',
    'text_delta',
    'stream_end',
  ])
  assert.deepEqual(await socket.heard('model_switch'), {
    type: 'model_switch',
    from_model: model,
    from_model_name: 'Haiku 4.5',
    to_model: 'gpt-5-mini',
    to_model_name: 'GPT-5 mini',
  })
  await socket.close()

  // a client that reconnects gets the history
  const again = socketOf(stage, ann, session)
  const resumed = await again.heard('init')
  assert.deepEqual([resumed.resumed, resumed.conversation_id], [true, init.conversation_id])
  assert.deepEqual(
    resumed.history.map(({ role, content, model, modelName }) => [role, content, model, modelName]),
    [
      ['user', 'Remind me to call the adjuster', null, null],
      ['assistant', 'I will add it.\n\nIt is on your list.', model, 'Haiku 4.5'],
      ['user', 'Sure?', null, null],
      ['assistant', 'Yes.', 'gpt-5-mini', 'GPT-5 mini'],
    ],
  )
  assert.equal((resumed.history[1]?.toolsUsed as Loose)[0].name, 'create_task')
  assert.ok(Date.parse(resumed.history[0]?.timestamp ?? '') > 0)
  await again.close()
})

Deno.test('cancel stops a running answer with cancelled and stream_end, and its text is kept', async () => {
  await using stage = await openStage(plays({ deltas: ['One ', 'two ', 'three'], hangAfter: 2 }))
  const ann = await signUp('canceller')
  const socket = socketOf(stage, ann, newSession())
  await socket.heard('init')
  socket.send({ type: 'cancel' })
  socket.send({ type: 'message', content: 'Count', model })
  await socket.heard('text_delta', 2)
  socket.send({ type: 'cancel' })
  const end = await socket.heard('stream_end')
  assert.deepEqual(order(socket.events).slice(0, 5), [
    'init',
    'stream_start',
    'text_delta',
    'cancelled',
    'stream_end',
  ])
  const stored = await messageOf(ann, end.message_id)
  assert.deepEqual([stored.status, stored.content], ['cancelled', 'One two '])
  stage.providers.play(plays({ deltas: ['Going on.'] }))
  socket.send({ type: 'message', content: 'Go on', model })
  await socket.heard('stream_end', 2)
  assert.equal(said(socket.events), 'One two Going on.')
  await socket.close()
})

Deno.test('a closed socket does not end an answer: the next one receives it from its beginning to its end', async () => {
  const gate = new Gate(2)
  await using stage = await openStage(plays({ deltas: ['One ', 'two ', 'three'], gate: gate.wait }))
  const ann = await signUp('loser')
  const session = newSession()
  const socket = socketOf(stage, ann, session)
  await socket.heard('init')
  socket.send({ type: 'message', content: 'Count', model })
  await socket.heard('text_delta', 2)
  await socket.close()

  const again = socketOf(stage, ann, session)
  const other = socketOf(stage, ann, newSession())
  await other.heard('init')
  other.send({ type: 'resume', session_id: session })
  await until(
    () => said(again.events) === 'One two ' && said(other.events) === 'One two ',
    'both receive the deltas',
  )
  gate.open()
  await Promise.all([again.heard('stream_end'), other.heard('stream_end')])
  assert.deepEqual(order(again.events).slice(0, 4), ['init', 'stream_start', 'text_delta', 'stream_end'])
  assert.equal(said(again.events), 'One two three')
  assert.equal(said(other.events), 'One two three')
  const [first, second] = other.events.filter((event) => event.type === 'init')
  assert.deepEqual([first?.resumed, second?.resumed, second?.session_id], [false, true, session])
  assert.deepEqual(second?.history.map(({ content }) => content), ['Count'])
  await Promise.all([again.close(), other.close()])
})

Deno.test('a socket continues a conversation of useChat', async () => {
  await using stage = await openStage(plays({ deltas: ['Hello.'] }, { deltas: ['Still here.'] }))
  const ann = await signUp('mixer')
  const chat = chatOf(stage, ann)
  await chat.sendMessage({ text: 'Hello?' })
  const { id } = await conversationOf(ann, chat.id)
  const socket = socketOf(stage, ann, newSession(), `&conversation_id=${id}`)
  const init = await socket.heard('init')
  assert.deepEqual([init.resumed, init.session_id, init.history.length], [true, chat.id, 2])
  socket.send({ type: 'message', content: 'There?', model: 'a-model-that-is-not-set-up' })
  await socket.heard('stream_end')
  assert.equal(said(socket.events), 'Still here.')
  assert.equal((await messagesOf(ann, id)).length, 4)
  assert.equal(textOf(chat.lastMessage), 'Hello.')
  await socket.close()
})

Deno.test('an error replaces the answer, and the socket stays open', async () => {
  const gate = new Gate(1)
  await using stage = await openStage(
    plays({ status: 400, message: 'prompt is too long' }, { deltas: ['a', 'b'], gate: gate.wait }),
  )
  const ann = await signUp('unlucky')
  const session = newSession()
  const socket = socketOf(stage, ann, session)
  await socket.heard('init')
  socket.send({ type: 'message', content: 'Fail', model })
  await socket.heard('error')
  assert.deepEqual(order(socket.events).filter((type) => type !== 'stream_start'), ['init', 'error'])
  for (const wrong of [{ type: 'dance' }, { type: 'message' }, { type: 'resume', session_id: 'unknown' }]) {
    const before = socket.types().filter((type) => type === 'error').length
    socket.send(wrong)
    await socket.heard('error', before + 1)
  }
  socket.send({ type: 'message', content: 'Now', model })
  await socket.heard('text_delta')
  const second = socketOf(stage, ann, session)
  await second.heard('text_delta')
  const busy = await fetch(`${stage.url}/functions/v1/chat`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ann.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      id: session,
      messages: [{ id: 'm', role: 'user', parts: [{ type: 'text', text: 'x' }] }],
    }),
  })
  assert.equal(busy.status, 409)
  await busy.body?.cancel()
  gate.open()
  await Promise.all([socket.heard('stream_end'), second.heard('stream_end')])
  await Promise.all([socket.close(), second.close()])
})

Deno.test('without a token, or with the conversation of another user, a socket gets an error and is closed', async () => {
  await using stage = await openStage(plays({ deltas: ['x'] }))
  const ann = await signUp('owner')
  const eve = await signUp('stranger')
  const chat = chatOf(stage, ann)
  await chat.sendMessage({ text: 'Mine?' })
  const { id } = await conversationOf(ann, chat.id)
  const base = `${stage.url.replace(/^http/, 'ws')}/functions/v1/chat`
  for (const url of [`${base}/s-1`, `${base}/s-1?token=forged`]) {
    const socket = new Socket(url)
    const { code } = await socket.closed
    assert.deepEqual([code, socket.types()], [4001, ['error']])
  }
  const socket = socketOf(stage, eve, newSession(), `&conversation_id=${id}`)
  const { code } = await socket.closed
  assert.deepEqual([code, socket.events], [4404, [{
    type: 'error',
    message: 'The conversation does not exist.',
  }]])
})

Deno.test('two sockets of a new session that open at the same time share one conversation', async () => {
  await using stage = await openStage(plays({ deltas: ['Here.'] }))
  const ann = await signUp('twice')
  const session = newSession()
  const sockets = Array.from({ length: 4 }, () => socketOf(stage, ann, session))
  const inits = await Promise.all(sockets.map((socket) => socket.heard('init')))
  assert.equal(new Set(inits.map(({ conversation_id }) => conversation_id)).size, 1)
  const [first, ...others] = sockets
  await Promise.all(others.map((socket) => socket.close()))
  first?.send({ type: 'message', content: 'Still here?', model })
  await first?.heard('stream_end')
  await first?.close()
})

Deno.test('a file without text is a question', async () => {
  await using stage = await openStage(plays({ deltas: ['A reading.'] }))
  const ann = await signUp('wordless')
  const path = `chat/user_${ann.id}/reading.txt`
  await ann.client.storage.from('apex-files').upload(path, new Blob(['11 %'], { type: 'text/plain' }))
  const socket = socketOf(stage, ann, newSession())
  await socket.heard('init')
  socket.send({ type: 'message', content: ' ', model, files: [{ name: 'not sent.txt' }] })
  socket.send({
    type: 'message',
    content: '',
    model,
    files: [{ path, name: 'reading.txt', mimeType: 'text/plain' }],
  })
  await socket.heard('stream_end')
  assert.deepEqual(socket.types().filter((type) => type === 'stream_start' || type === 'error'), [
    'stream_start',
  ])
  assert.match(
    JSON.stringify(stage.providers.asked.at(-1)?.body ?? '') + JSON.stringify(stage.providers.asked[0]?.body),
    /11 %/,
  )
  await socket.close()
})

Deno.test('a socket that closes before a question leaves no conversation behind', async () => {
  await using stage = await openStage(plays({ deltas: ['Here.'] }))
  await using elsewhere = await openStage(plays({ deltas: ['Elsewhere.'] }))
  const ann = await signUp('looking')
  const ids = async (): Promise<number[]> => {
    const { data } = await ann.client.schema('dashboard').from('conversations').select('id').order('id')
    return data?.map(({ id }) => id) ?? []
  }
  const visit = async (session = newSession()): Promise<[Socket, number]> => {
    const socket = socketOf(stage, ann, session)
    return [socket, (await socket.heard('init')).conversation_id]
  }
  const [silent] = await visit()
  await silent.close()
  await until(async () => (await ids()).length === 0, 'it is gone')

  // it is deleted with its last socket
  const session = newSession()
  const [first, shared] = await visit(session)
  const [second] = await visit(session)
  await first.close()
  await sleep(200)
  assert.deepEqual(await ids(), [shared])
  await second.close()
  await until(async () => (await ids()).length === 0, 'it goes with the last')

  // also where the socket resumes another conversation
  const [wandering] = await visit()
  await ann.client.schema('dashboard').from('conversations').insert({ session_id: 'destination' })
  wandering.send({ type: 'resume', session_id: 'destination' })
  await wandering.heard('init', 2)
  await until(async () => (await ids()).length === 1, 'what it came from is gone')
  await wandering.close()
  await ann.client.schema('dashboard').from('conversations').delete().eq('session_id', 'destination')

  // a conversation with a title, a question, or another origin stays
  const [titled, kept] = await visit()
  await ann.client.schema('dashboard').from('conversations').update({ title: 'Mine' }).eq('id', kept)
  await titled.close()
  const { data: made } = await ann.client.schema('dashboard').from('conversations')
    .insert({ session_id: 'made-by-hand' }).select('id').single()
  await (await visit('made-by-hand'))[0].close()
  const [asking, asked] = await visit()
  asking.send({ type: 'message', content: 'Anybody?', model })
  await asking.close()
  await until(async () => (await messagesOf(ann, asked)).length === 2, 'it is asked')
  await sleep(200)
  assert.deepEqual(await ids(), [kept, made?.id, asked])

  // a socket in another process whose conversation was deleted that way starts a new one
  const again = newSession()
  const [leaving, gone] = await visit(again)
  const staying = socketOf(elsewhere, ann, again)
  await staying.heard('init')
  await leaving.close()
  await until(async () => !(await ids()).includes(gone), 'it is gone')
  staying.send({ type: 'message', content: 'Still here?', model })
  const anew = await staying.heard('init', 2)
  await staying.heard('stream_end')
  assert.deepEqual([anew.session_id, anew.resumed, anew.history], [again, false, []])
  assert.notEqual(anew.conversation_id, gone)
  assert.deepEqual(order(staying.events).slice(0, 4), ['init', 'init', 'stream_start', 'text_delta'])

  // but not where the user deleted a conversation with messages
  await staying.heard('title_update')
  await ann.client.schema('dashboard').from('conversations').delete().eq('id', anew.conversation_id)
  staying.send({ type: 'message', content: 'And now?', model })
  assert.match((await staying.heard('error')).message, /does not exist/)
  await staying.close()
})
