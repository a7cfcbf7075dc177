/** /functions/v1/chat with `useChat`: the Chat class of the AI SDK over HTTP, with providers that replay. */
import { strict as assert } from 'node:assert'
import postgres from 'postgres'
import { chatDataParts, ChatMetadata } from '../../types/api.ts'
import type { ErrorBody } from '../../types/errors.ts'
import { createWorkspace, env, service, signUp } from '../support/clients.ts'
import {
  allChunks,
  ask,
  chatOf,
  chunksOf,
  conversationOf,
  Gate,
  headersOf,
  isTitle,
  type Loose,
  messageOf,
  messagesOf,
  model,
  openStage,
  plays,
  question,
  type Stage,
  textOf,
} from './chatting.ts'
import { sleep, until } from '../support/wait.ts'

async function cancel(
  stage: Stage,
  person: Parameters<typeof headersOf>[0],
  name: string | number,
): Promise<Loose> {
  const answer = await fetch(`${stage.url}/functions/v1/chat/${encodeURIComponent(name)}/cancel`, {
    method: 'POST',
    headers: headersOf(person),
  })
  return { status: answer.status, ...await answer.json() }
}

async function resume(
  stage: Stage,
  person: Parameters<typeof headersOf>[0],
  name: string | number,
): Promise<Response> {
  return await fetch(`${stage.url}/functions/v1/chat/${encodeURIComponent(name)}/stream`, {
    headers: headersOf(person),
  })
}

Deno.test('an answer streams into useChat and is stored as it was shown', async () => {
  const deltas = ['Dry', ' since', ' Tuesday', '.', ' “Ünïcode” 🦺', '\n\n- a list']
  await using stage = await openStage(
    plays('"A dry wall."', { deltas, usage: { input: 21, output: 4, cached: 5 } }),
  )
  const ann = await signUp('asker')
  const data: { type: string; data: unknown }[] = []
  const chat = chatOf(stage, ann, { onData: (part) => data.push(part) })
  await chat.sendMessage({ text: 'How dry is it?' })
  assert.equal(chat.error, undefined)
  assert.equal(chat.status, 'ready')
  const [asked, answered] = chat.messages
  assert.equal(chat.messages.length, 2)
  assert.equal(textOf(answered), deltas.join(''))

  const conversation = await conversationOf(ann, chat.id)
  const [stored, answer, ...others] = await messagesOf(ann, conversation.id)
  assert.deepEqual(others, [])
  assert.deepEqual(
    [stored.role, stored.content, stored.client_id, stored.status],
    ['user', 'How dry is it?', asked?.id, 'complete'],
  )
  assert.deepEqual(
    [
      answer.role,
      answer.content,
      answer.parts,
      answer.status,
      answer.parent_id,
      answer.model_id,
      answer.error,
    ],
    ['assistant', deltas.join(''), [], 'complete', stored.id, model, null],
  )
  assert.deepEqual([answer.input_tokens, answer.output_tokens, answer.metadata.cached_input_tokens], [
    21,
    4,
    5,
  ])
  assert.equal(answered?.id, String(answer.id))
  const metadata = ChatMetadata.parse(answered?.metadata)
  assert.deepEqual(
    [
      metadata.conversation_id,
      metadata.message_id,
      metadata.user_message_id,
      metadata.status,
      metadata.usage,
    ],
    [conversation.id, answer.id, stored.id, 'complete', { input_tokens: 21, output_tokens: 4 }],
  )

  assert.deepEqual(data.map(({ type }) => type), ['data-turn', 'data-title'])
  chatDataParts.turn.parse(data[0]?.data)
  assert.deepEqual(chatDataParts.title.parse(data[1]?.data), {
    conversation_id: conversation.id,
    title: 'A dry wall',
  })
  assert.equal(conversation.title, 'A dry wall')
  const tasks = await ann.client.schema('dashboard').from('ai_tasks').select('id, status, message_id')
  assert.deepEqual(tasks.data, [{ id: metadata.task_id, status: 'completed', message_id: answer.id }])
})

Deno.test('the model receives the conversation so far, and the client the model that answers', async () => {
  await using stage = await openStage(
    plays('"A dry wall."', { deltas: ['One.'] }, { deltas: ['Two.'] }, { deltas: ['Three.'] }),
  )
  const ann = await signUp('talker')
  const data: { type: string; data: unknown }[] = []
  const chat = chatOf(stage, ann, { onData: (part) => data.push(part) })
  await chat.sendMessage({ text: 'First?' })
  await chat.sendMessage({ text: 'Second?' })
  const asked = stage.providers.asked.filter(({ body }) => !isTitle(body)).at(-1)
  assert.deepEqual(
    asked?.body['messages'].map((
      { role, content }: Loose,
    ) => [role, content.map((part: Loose) => part.text).join('')]),
    [['user', 'First?'], ['assistant', 'One.'], ['user', 'Second?']],
  )
  assert.match(JSON.stringify(asked?.body['system']), /talker/)
  assert.equal(asked?.body['max_tokens'], 8_192)

  await chat.sendMessage({ text: 'Third?' }, { body: { model_id: 'gpt-5-mini', max_output_tokens: 77 } })
  assert.equal(textOf(chat.lastMessage), 'Three.')
  assert.equal(stage.providers.asked.at(-1)?.protocol, 'openai')
  assert.equal(stage.providers.asked.at(-1)?.body['max_completion_tokens'], 77)
  const switches = data.filter(({ type }) => type === 'data-model-switch').map((part) => part.data)
  assert.deepEqual(switches, [{
    from_model: model,
    from_model_name: 'Haiku 4.5',
    to_model: 'gpt-5-mini',
    to_model_name: 'GPT-5 mini',
  }])
  // there is one title
  assert.equal(data.filter(({ type }) => type === 'data-title').length, 1)
})

Deno.test('regenerating answers the same question again, and an edited question becomes a branch', async () => {
  await using stage = await openStage(
    plays('"A dry wall."', { deltas: ['A'] }, { deltas: ['B'] }, { deltas: ['C'] }, { deltas: ['D'] }, {
      deltas: ['E'],
    }),
  )
  const ann = await signUp('editor')
  const chat = chatOf(stage, ann)
  await chat.sendMessage({ text: 'First?' })
  await chat.regenerate()
  assert.deepEqual(chat.messages.map(textOf), ['First?', 'B'])
  await chat.regenerate({ messageId: chat.lastMessage?.id ?? '' })
  assert.deepEqual(chat.messages.map(textOf), ['First?', 'C'])
  const conversation = await conversationOf(ann, chat.id)
  const stored = await messagesOf(ann, conversation.id)
  assert.deepEqual(stored.map(({ role, content }) => [role, content]), [
    ['user', 'First?'],
    ['assistant', 'A'],
    ['assistant', 'B'],
    ['assistant', 'C'],
  ])
  assert.ok(stored.slice(1).every(({ parent_id }) => parent_id === stored[0].id))

  const questionId = chat.messages[0]?.id ?? ''
  await chat.sendMessage({ text: 'Rather this?', messageId: questionId })
  assert.equal(chat.error, undefined)
  assert.deepEqual(chat.messages.map(textOf), ['Rather this?', 'D'])
  const last = stage.providers.asked.filter(({ body }) => !isTitle(body)).at(-1)
  assert.equal(last?.body['messages'].length, 1, 'a branch has no messages of another one')
  await chat.regenerate()
  assert.deepEqual(chat.messages.map(textOf), ['Rather this?', 'E'])
  const edited = (await messagesOf(ann, conversation.id)).findLast(({ role }) => role === 'user')
  const again = await messageOf(ann, Number(chat.lastMessage?.id))
  assert.equal(again.parent_id, edited.id)
})

Deno.test('a message that is sent twice is answered once, and both requests receive the answer', async () => {
  const gate = new Gate(1)
  await using stage = await openStage(plays('"A dry wall."', { deltas: ['Only', ' once'], gate: gate.wait }))
  const ann = await signUp('repeater')
  const body = question('Once?')
  const first = chunksOf(await ask(stage, ann, body))
  const heard: Loose[] = []
  for await (const chunk of first) {
    heard.push(chunk)
    if (chunk.type === 'text-delta') break
  }
  const second = await ask(stage, ann, body)
  assert.equal(second.status, 200)
  gate.open()
  const again = await allChunks(second)
  assert.equal(
    again.filter(({ type }) => type === 'text-delta').map(({ delta }) => delta).join(''),
    'Only once',
  )
  assert.equal(again[0].messageId, heard[0].messageId)
  const third = await allChunks(await ask(stage, ann, body))
  assert.deepEqual(third.map(({ type }) => type), ['start', 'text-start', 'text-delta', 'text-end', 'finish'])
  assert.equal(third[2].delta, 'Only once')
  assert.equal(stage.providers.asked.filter(({ body }) => !isTitle(body)).length, 1)
})

Deno.test('an answer is completed and stored after its client has left, and another client sees it grow', async () => {
  const gate = new Gate(2)
  const deltas = Array.from({ length: 40 }, (_, index) => `word${index} `)
  await using stage = await openStage(plays('"A dry wall."', { deltas, gate: gate.wait }))
  const ann = await signUp('leaver')
  const leaving = new AbortController()
  const body = question('Long?')
  const answer = await ask(stage, ann, body, { signal: leaving.signal })
  const chunks = chunksOf(answer)
  const { value: start } = await chunks.next()
  leaving.abort()
  await chunks.next().catch(() => {})
  // another client of the conversation sees it grow and end
  const screen = chatOf(stage, ann, { id: String(body['id']) })
  const watching = screen.resumeStream()
  await until(() => textOf(screen.lastMessage) === 'word0 word1 ', 'the beginning is shown')
  gate.open()
  await watching
  assert.deepEqual([screen.status, textOf(screen.lastMessage)], ['ready', deltas.join('')])
  const stored = await until(async () => {
    const message = await messageOf(ann, Number(start.messageId))
    return message.status === 'streaming' ? null : message
  }, 'the answer ends')
  assert.deepEqual([stored.status, stored.content], ['complete', deltas.join('')])
  assert.ok(stage.providers.asked.every(({ left }) => !left), 'the provider was read to the end')
})

Deno.test('useChat resumes after a reload: it gets the beginning, the rest and the same end', async () => {
  const gate = new Gate(3)
  const deltas = ['The ', 'wall ', 'is ', 'nearly ', 'dry.']
  await using stage = await openStage(plays('"A dry wall."', { deltas, gate: gate.wait }))
  const ann = await signUp('reloader')
  const chat = chatOf(stage, ann)
  const sending = chat.sendMessage({ text: 'How dry?' })
  await until(() => textOf(chat.lastMessage) === 'The wall is ', 'three words are shown')

  const reloaded = chatOf(stage, ann, { id: chat.id, messages: chat.messages.slice(0, 1) })
  const resuming = reloaded.resumeStream()
  await until(() => textOf(reloaded.lastMessage) === 'The wall is ', 'the other client shows them too')
  gate.open()
  await Promise.all([sending, resuming])
  assert.deepEqual(
    reloaded.messages.map(({ id, parts }) => ({ id, parts })),
    chat.messages.map(({ id, parts }) => ({ id, parts })),
  )
  assert.equal(textOf(reloaded.lastMessage), deltas.join(''))
  assert.equal(reloaded.status, 'ready')

  // there is no running answer, here or in a session without messages
  assert.equal((await resume(stage, ann, chat.id)).status, 204)
  assert.equal((await resume(stage, ann, `session-${crypto.randomUUID()}`)).status, 204)
  await reloaded.resumeStream()
  assert.equal(reloaded.status, 'ready')
})

Deno.test('an answer can be followed from another process', async () => {
  const gate = new Gate(3)
  const deltas = ['The ', 'wall ', 'is ', 'nearly ', 'dry.']
  await using stage = await openStage(plays('"A dry wall."', { deltas, gate: gate.wait }))
  await using other = await openStage()
  const ann = await signUp('follower')
  const chat = chatOf(stage, ann)
  const sending = chat.sendMessage({ text: 'How dry?' })
  await until(() => textOf(chat.lastMessage) === 'The wall is ', 'three words are shown')
  const elsewhere = chatOf(other, ann, { id: chat.id, messages: chat.messages.slice(0, 1) })
  const resuming = elsewhere.resumeStream()
  await until(() => textOf(elsewhere.lastMessage) === 'The wall is ', 'the other process sends them too')
  gate.open()
  await Promise.all([sending, resuming])
  assert.equal(elsewhere.status, 'ready')
  assert.deepEqual(elsewhere.lastMessage?.parts, chat.lastMessage?.parts)
  assert.equal(elsewhere.lastMessage?.id, chat.lastMessage?.id)
})

Deno.test('cancelling ends an answer that would never end and keeps its text, also from another process', async () => {
  for (const isOther of [false, true]) {
    await using stage = await openStage(
      plays('"A dry wall."', { deltas: ['As ', 'far ', 'as ', 'here', ' and on'], hangAfter: 4 }),
    )
    const other = isOther ? await openStage() : null
    const ann = await signUp('stopper')
    const chat = chatOf(stage, ann)
    const sending = chat.sendMessage({ text: 'Long?' })
    await until(() => textOf(chat.lastMessage) === 'As far as here', 'four words are shown')
    const answered = await cancel(other ?? stage, ann, chat.id)
    assert.deepEqual([answered.status, answered.cancelled], [200, true])
    await sending
    assert.deepEqual([chat.status, textOf(chat.lastMessage)], ['ready', 'As far as here'])
    const metadata = chat.lastMessage?.metadata as Loose
    assert.equal(metadata.status, 'cancelled')
    const stored = await messageOf(ann, metadata.message_id)
    assert.deepEqual([stored.status, stored.content, stored.error], ['cancelled', 'As far as here', null])
    assert.ok(stored.output_tokens > 0 && stored.metadata.usage_estimated, 'usage is counted')
    await until(() => stage.providers.asked.some(({ left }) => left), 'the provider is left')
    assert.equal((await cancel(stage, ann, chat.id)).cancelled, false)

    // the conversation can go on
    stage.providers.play({ deltas: ['Again.'] })
    await chat.sendMessage({ text: 'And now?' })
    assert.equal(textOf(chat.lastMessage), 'Again.')
    await other?.[Symbol.asyncDispose]()
  }
})

Deno.test('a second question at the same time in one conversation is refused and not stored', async () => {
  const gate = new Gate(0)
  await using stage = await openStage(plays('"A dry wall."', { deltas: ['One.'], gate: gate.wait }))
  const ann = await signUp('impatient')
  const body = question('First?')
  const first = await ask(stage, ann, body)
  const second = await ask(stage, ann, question('Second?', { id: body['id'] }))
  const refusal: ErrorBody = await second.json()
  assert.deepEqual(
    [second.status, refusal.kind, refusal.message],
    [409, 'conflict', 'An answer is being written in this conversation.'],
  )
  gate.open()
  assert.equal((await allChunks(first)).at(-1).type, 'data-title')
  const conversation = await conversationOf(ann, String(body['id']))
  assert.deepEqual((await messagesOf(ann, conversation.id)).map(({ content }) => content), ['First?', 'One.'])
})

Deno.test('a provider that fails leaves a failed answer with its partial text, and regenerating works', async () => {
  await using stage = await openStage(
    plays('"A dry wall."', {
      deltas: ['Half an', ' answer', ' never told'],
      resetAfter: 2,
      pause: (index) => index === 2 ? 200 : 0,
    }),
  )
  const ann = await signUp('unlucky')
  const chat = chatOf(stage, ann)
  await chat.sendMessage({ text: 'Will it fail?' })
  assert.equal(chat.status, 'error')
  assert.equal(textOf(chat.lastMessage), 'Half an answer')
  assert.doesNotMatch(chat.error?.message ?? '', /sk-|127\.0\.0\.1|test wants/)
  const stored = await messageOf(ann, Number(chat.lastMessage?.id))
  assert.deepEqual([stored.status, stored.content], ['failed', 'Half an answer'])
  assert.equal(stored.error.message, chat.error?.message)
  assert.match(stored.error.code, /^model_/)
  assert.ok(stored.input_tokens > 0 && stored.output_tokens > 0, 'its input and output are counted')
  stage.providers.play(plays('"A dry wall."', { deltas: ['A whole answer'] }))
  await chat.regenerate()
  assert.deepEqual([chat.status, textOf(chat.lastMessage)], ['ready', 'A whole answer'])

  stage.providers.play({ status: 401, message: 'Incorrect API key provided: sk-ant-replay' })
  await chat.sendMessage({ text: 'And without a key?' })
  const refused = await messageOf(ann, Number(chat.lastMessage?.id))
  assert.deepEqual([refused.status, refused.error.code, refused.content], ['failed', 'model_not_set_up', ''])
})

Deno.test('invalid requests are refused with a code, and conversations of other users are not found', async () => {
  await using stage = await openStage(plays('"A dry wall."', { deltas: ['Secret.'] }))
  const ann = await signUp('owner')
  const eve = await signUp('stranger')
  const chat = chatOf(stage, ann)
  await chat.sendMessage({ text: 'Mine?' })
  const conversation = await conversationOf(ann, chat.id)

  const refusals: [Record<string, unknown>, number, string][] = [
    [{ messages: [] }, 400, 'invalid_request'],
    [question('', {}), 400, 'invalid_request'],
    [{ id: 'x', messages: [{ id: '1', role: 'assistant', parts: [] }] }, 400, 'invalid_request'],
    [question('x', { id: undefined }), 400, 'invalid_request'],
    [question('x', { colour: 'blue' }), 400, 'invalid_request'],
    [question('x', { model_id: 'no-such-model' }), 404, 'PT404'],
    [question('x', { id: undefined, conversation_id: conversation.id }), 404, 'PT404'],
    [question('x', { agent_id: 999_999_999 }), 404, 'PT404'],
    [question('x', { chat_project_id: 999_999_999 }), 404, 'PT404'],
    [question('x', { trigger: 'regenerate-message', messageId: String(999_999_999) }), 404, 'PT404'],
    [question('x', { attachments: [{ path: '../etc/passwd' }] }), 400, 'unknown_file'],
  ]
  for (const [body, status, code] of refusals) {
    const answer = await ask(stage, eve, body)
    const refusal: ErrorBody = await answer.json()
    assert.deepEqual([answer.status, refusal.code], [status, code], JSON.stringify([body, refusal]))
    assert.doesNotMatch(refusal.message, /Name the message/)
  }
  assert.equal((await eve.client.schema('dashboard').from('messages').select('id')).data?.length, 0)

  assert.equal((await resume(stage, eve, conversation.id)).status, 204)
  assert.equal((await cancel(stage, eve, conversation.id)).status, 404)
  const anonymous = await fetch(`${stage.url}/functions/v1/chat`, {
    method: 'POST',
    headers: { apikey: env('SUPABASE_PUBLISHABLE_KEY'), 'content-type': 'application/json' },
    body: JSON.stringify(question('x')),
  })
  assert.equal(anonymous.status, 401)
  await anonymous.body?.cancel()
  const unknown = await fetch(`${stage.url}/functions/v1/chat/1/2/3`, { headers: headersOf(ann) })
  assert.deepEqual([unknown.status, (await unknown.json()).code], [404, 'unknown_path'])
})

Deno.test('concurrent answers are streamed and stored as they were written', async () => {
  const streams = 12
  const wanted = (stream: number): string[] =>
    Array.from(
      { length: 60 },
      (_, index) => `${stream}.${index} ${['🦺', 'ü', '\n\n', 'data: {}', '漢'][index % 5]}`,
    )
  await using stage = await openStage((asked) =>
    isTitle(asked.body) ? { deltas: ['Many'] } : {
      deltas: wanted(Number(asked.question)),
      pause: (index) => (index * 7) % 12,
    }
  )
  const people = await Promise.all([signUp('one'), signUp('two')])
  await Promise.all(Array.from({ length: streams }, async (_, index) => {
    const person = people[index % 2] ?? assert.fail()
    const chunks = await allChunks(await ask(stage, person, question(String(index))))
    const deltas = chunks.flatMap((chunk) => chunk.type === 'text-delta' ? [chunk.delta] : [])
    assert.deepEqual(deltas, wanted(index))
    const stored = await messageOf(person, Number(chunks[0].messageId))
    assert.equal(stored.content, wanted(index).join(''))
  }))
})

Deno.test('characters that a database cannot store are left out, and do not affect other turns', async () => {
  const gate = new Gate(2)
  await using stage = await openStage(
    plays('"A dry wall."', {
      deltas: ['half \ud83e', '\uddba nul\u0000 lone \udc00', ' end'],
      gate: gate.wait,
    }),
  )
  const ann = await signUp('sender')
  const chat = chatOf(stage, ann)
  const sending = chat.sendMessage({ text: 'Odd \u0000 text \ud800?' })
  await until(() => textOf(chat.lastMessage).includes('nul'), 'the text is shown')
  const { id } = await conversationOf(ann, chat.id)
  await until(async () => (await messagesOf(ann, id))[1]?.content !== '', 'it is saved while it streams')
  gate.open()
  await sending
  const [asked, answered] = await messagesOf(ann, id)
  assert.equal(asked.content, 'Odd  text ?')
  assert.equal(answered.status, 'complete')
  assert.match(answered.content, /^half .* nul lone {2}end$/u)
  assert.equal(stage.log.filter((line) => line.includes('turns_not_saved')).length, 0)
})

Deno.test('when a model is overloaded its fallback answers, and the answer names it', async () => {
  await using stage = await openStage((asked) =>
    isTitle(asked.body)
      ? { deltas: ['Fallback'] }
      : asked.model === 'claude-opus-4-5'
      ? { status: 529, message: 'Overloaded' }
      : { deltas: ['I stand in.'] }
  )
  const ann = await signUp('patient')
  const chat = chatOf(stage, ann, { body: { model_id: 'claude-opus-4-5' } })
  await chat.sendMessage({ text: 'Who is there?' })
  assert.equal(textOf(chat.lastMessage), 'I stand in.')
  const stored = await messageOf(ann, Number(chat.lastMessage?.id))
  assert.notEqual(stored.model_id, 'claude-opus-4-5')
  assert.equal((chat.lastMessage?.metadata as Loose).model_id, stored.model_id)
  assert.equal(stored.metadata.attempts[0].model_id, 'claude-opus-4-5')
  assert.equal(stored.metadata.attempts[0].outcome, 'model_overloaded')
})

Deno.test('a conversation that outgrows the context is summarized and continues with its summary', async () => {
  await using stage = await openStage((asked) => {
    const system = JSON.stringify(asked.body['system'] ?? '')
    if (system.includes('You name conversations')) return { deltas: ['Long'] }
    if (system.includes('You keep the minutes')) return { deltas: ['They spoke of the roof.'] }
    return { deltas: ['Noted.'] }
  })
  const ann = await signUp('writer')
  const chat = chatOf(stage, ann)
  for (let turn = 0; turn < 4; turn++) {
    await chat.sendMessage({ text: `The roof, part ${turn}: ${'x '.repeat(9_000)}` })
  }
  assert.equal(chat.error, undefined)
  const summary = await until(async () => (await conversationOf(ann, chat.id)).summary, 'there is a summary')
  assert.equal(summary, 'They spoke of the roof.')
  const conversation = await conversationOf(ann, chat.id)
  const { data: used } = await service().schema('studio').from('api_usage').select('model_id, message_id')
    .eq('conversation_id', conversation.id).throwOnError()
  assert.equal(
    used.filter(({ message_id }) => message_id !== null).length,
    4,
    'each answer is recorded',
  )
  assert.ok(
    used.filter(({ message_id }) => message_id === null).length >= 2,
    'titles and summaries are recorded too',
  )
  await chat.sendMessage({ text: 'What did we speak of?' })
  const last = stage.providers.asked.filter(({ question }) => question === 'What did we speak of?').at(-1)
  assert.match(JSON.stringify(last?.body['system']), /They spoke of the roof\./)
  assert.ok(last?.body['messages'].length < 9)
  assert.match(last?.body['messages'].at(-1).content[0].text, /What did we speak of/)
})

Deno.test('too many requests are refused with retry-after, and not stored', async () => {
  await using stage = await openStage({ deltas: ['Yes.'] })
  const ann = await signUp('hasty')
  const answered = await ask(stage, ann, question('Dry?'))
  assert.equal(answered.status, 200)
  await answered.body?.cancel()
  const sql = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })
  // Counted in the future, so that none comes back while the next request is on its way.
  await sql`update private.rate_limits set tokens = 0, counted_at = now() + interval '1 hour'
    where user_id = ${ann.id}`
  await sql.end()
  const refused = await ask(stage, ann, question('Again?'))
  assert.equal(refused.status, 429)
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  const body: ErrorBody = await refused.json()
  assert.deepEqual([body.kind, body.retryable], ['rate_limit', true])
  const { count } = await ann.client.schema('dashboard').from('conversations').select('id', {
    count: 'exact',
    head: true,
  })
  assert.equal(count, 1)
})

Deno.test('a slow title does not delay the answer, and is stored later', async () => {
  await using stage = await openStage(({ body }) =>
    isTitle(body) ? { deltas: ['Late title'], firstPause: 4_000 } : { deltas: ['Quick.'] }
  )
  const ann = await signUp('hurried')
  const chat = chatOf(stage, ann)
  const sending = chat.sendMessage({ text: 'Quick?' })
  await until(() => (chat.lastMessage?.metadata as Loose)?.status === 'complete', 'the answer is stored')
  // the conversation accepts questions although the stream is still open for the title
  assert.equal((await resume(stage, ann, chat.id)).status, 204)
  const second = await ask(stage, ann, question('And?', { id: chat.id }))
  assert.equal(second.status, 200)
  await allChunks(second)
  await sending
  assert.equal((await conversationOf(ann, chat.id)).title, null)
  await until(async () => (await conversationOf(ann, chat.id)).title === 'Late title', 'the title is stored')
})

Deno.test('a used-up budget refuses a question before a provider is called', async () => {
  await using stage = await openStage({ deltas: ['Costly.'], usage: { input: 900, output: 200 } })
  const ann = await signUp('thrifty')
  await createWorkspace(ann, 'Thrift')
  const { data: workspace_id } = await ann.client.rpc('current_workspace')
  const limited = await (ann.client as Loose).schema('studio').from('budgets').insert({
    workspace_id,
    period: 'day',
    limit_tokens: 1_000,
  })
  assert.equal(limited.error, null)
  const chat = chatOf(stage, ann)
  await chat.sendMessage({ text: 'One?' })
  assert.equal(textOf(chat.lastMessage), 'Costly.')
  const before = stage.providers.asked.length
  const refused = await ask(stage, ann, question('Two?', { id: chat.id }))
  assert.equal(refused.status, 402)
  assert.match((await refused.json()).message, /budget/i)
  assert.equal(stage.providers.asked.length, before)
})

Deno.test('a realtime topic and the row show another client how the answer grows', async () => {
  const gates = [new Gate(2), new Gate(4)]
  const deltas = ['The ', 'wall ', 'is ', 'nearly ', 'dry.']
  await using stage = await openStage(
    plays('"A dry wall."', {
      deltas,
      gate: async (index) => await Promise.all(gates.map((gate) => gate.wait(index))).then(() => {}),
    }),
  )
  const ann = await signUp('watcher')
  const made = await ann.client.schema('dashboard').from('conversations').insert({ title: 'Watched' })
    .select('id').single()
  const id = made.data?.id ?? 0
  let heard = 0
  await ann.client.realtime.setAuth(ann.token)
  const channel = ann.client.channel(`conversation:${id}`, { config: { private: true } })
    .on('broadcast', { event: '*' }, () => heard++)
  await new Promise<void>((resolve) => channel.subscribe((status) => status === 'SUBSCRIBED' && resolve()))
  const asking = ask(stage, ann, question('How dry?', { id: undefined, conversation_id: id }))
  const seen: string[] = []
  const look = async (text: string): Promise<void> => {
    await until(async () => {
      const last = (await messagesOf(ann, id)).at(-1)
      return last?.content === text && last.status === 'streaming'
    }, `the row says ${text}`)
    seen.push(text)
  }
  await look('The wall ')
  const before = await until(() => heard, 'a change is announced')
  gates[0]?.open()
  await look('The wall is nearly ')
  await until(() => heard > before, 'the change is announced')
  gates[1]?.open()
  await allChunks(await asking)
  assert.deepEqual((await messagesOf(ann, id)).at(-1).content, deltas.join(''))
  await ann.client.removeAllChannels()
  await ann.client.realtime.disconnect()
  await sleep(50)
})
