/** Clients that retry, edit, use ids of their own, or follow from another process; and the usage that is recorded. */
import { strict as assert } from 'node:assert'
import type { UIMessage } from 'ai'
import type { ErrorBody } from '../../types/errors.ts'
import { createWorkspace, service, signUp } from '../support/clients.ts'
import {
  allChunks,
  ask,
  chatOf,
  conversationOf,
  Gate,
  headersOf,
  isTitle,
  type Loose,
  messagesOf,
  openStage,
  plays,
  question,
  type Stage,
  textOf,
} from './chatting.ts'
import { until } from '../support/wait.ts'

type Person = Parameters<typeof headersOf>[0]

/** The messages that the model received, without requests for titles. */
function asked({ providers }: Stage): string[] {
  return providers.asked.filter(({ body }) => !isTitle(body)).map(({ body }) =>
    JSON.stringify(body['messages'])
  )
}

async function usageOf({ id }: { id: string }): Promise<Loose[]> {
  const { data, error } = await service().schema('studio').from('api_usage')
    .select('status, input_tokens, output_tokens').eq('user_id', id).order('created_at')
  assert.equal(error, null)
  return data ?? []
}

/** Messages as a client reads them from the database. */
async function load(person: Person, conversationId: number): Promise<UIMessage[]> {
  return (await messagesOf(person as Loose, conversationId)).map(({ id, role, content }) => ({
    id: String(id),
    role,
    parts: [{ type: 'text', text: content }],
  }))
}

Deno.test('a question that was refused can be retried with regenerate, as useChat does', async () => {
  await using stage = await openStage(plays('"A dry wall."', { deltas: ['Dry.'] }))
  const ann = await signUp('retrying')
  const refused = chatOf(stage, ann, { body: { model_id: 'no-such-model' } })
  await refused.sendMessage({ text: 'How dry is it?' })
  assert.equal(refused.status, 'error')
  const chat = chatOf(stage, ann, { id: refused.id, messages: refused.messages })
  await chat.regenerate()
  assert.deepEqual([chat.error, textOf(chat.lastMessage)], [undefined, 'Dry.'])
  const { id } = await conversationOf(ann, chat.id)
  assert.deepEqual((await messagesOf(ann, id)).map(({ client_id }) => client_id), [
    chat.messages[0]?.id,
    null,
  ])

  // also within a conversation
  const next = chatOf(stage, ann, {
    id: chat.id,
    messages: chat.messages,
    body: { model_id: 'no-such-model' },
  })
  await next.sendMessage({ text: 'And now?' })
  const again = chatOf(stage, ann, { id: chat.id, messages: next.messages })
  await again.regenerate()
  assert.deepEqual([again.error, textOf(again.lastMessage)], [undefined, 'Dry.'])
  const stored = await messagesOf(ann, id)
  assert.deepEqual(stored.map(({ content }) => content), ['How dry is it?', 'Dry.', 'And now?', 'Dry.'])
  assert.equal(stored[2].parent_id, stored[1].id)

  const unknown = await ask(
    stage,
    ann,
    question('x', { id: chat.id, trigger: 'regenerate-message', messageId: 'never-said' }),
  )
  assert.deepEqual([unknown.status, (await unknown.json() as ErrorBody).code], [404, 'unknown_message'])
})

Deno.test('regenerating an edited question that was read from the database answers the edited version', async () => {
  await using stage = await openStage(plays('"A dry wall."', { deltas: ['Dry.'] }))
  const ann = await signUp('editing')
  const first = chatOf(stage, ann)
  await first.sendMessage({ text: 'The hall?' })
  await first.sendMessage({ text: 'The kitchen?' })
  const { id } = await conversationOf(ann, first.id)
  const loaded = await load(ann, id)
  const chat = chatOf(stage, ann, { id: first.id, messages: loaded })
  await chat.sendMessage({ text: 'The cellar?', messageId: loaded[2]?.id ?? '' })
  await chat.regenerate()
  assert.equal(chat.error, undefined)
  const [edited, again] = asked(stage).slice(-2)
  assert.equal(again, edited)
  assert.match(again ?? '', /The hall\?.*The cellar\?/)
  const stored = await messagesOf(ann, id)
  const [, , kitchen, , cellar, ...answers] = stored
  assert.equal(cellar.parent_id, kitchen.parent_id)
  assert.deepEqual(answers.map(({ parent_id }) => parent_id), [cellar.id, cellar.id])

  // The earlier version can still be answered again.
  const before = chatOf(stage, ann, { id: first.id, messages: loaded.slice(0, 3) })
  await before.regenerate()
  assert.match(asked(stage).at(-1) ?? '', /The kitchen\?/)

  // A client that sends only the edited question does not start the conversation anew.
  const lone = question('The attic?', { id: first.id, messageId: loaded[2]?.id })
  Object.assign((lone['messages'] as Loose[])[0], { id: loaded[2]?.id })
  await allChunks(await ask(stage, ann, lone))
  assert.match(asked(stage).at(-1) ?? '', /The hall\?.*The attic\?/)
})

Deno.test('the same ids with another question are a conflict, and not the old answer', async () => {
  await using stage = await openStage(plays('"A dry wall."', { deltas: ['Dry.'] }))
  const ann = await signUp('copying')
  const send = (text: string): Promise<Response> =>
    ask(stage, ann, {
      id: 'first',
      messages: [{ id: '1', role: 'user', parts: [{ type: 'text', text }] }],
    })
  await allChunks(await send('How dry is it?'))
  const repeated = await allChunks(await send('How dry is it?'))
  assert.ok(JSON.stringify(repeated).includes('Dry.'), 'the same question gets its answer')
  const other = await send('How wet is it?')
  const { code, message, hint } = await other.json() as ErrorBody
  assert.deepEqual([other.status, code, message, hint], [
    409,
    'PT409',
    'Another message with this client_id was already sent.',
    'Give the new message an id of its own.',
  ])
})

Deno.test('the same text with another file is another question', async () => {
  await using stage = await openStage(plays('"A dry wall."', { deltas: ['Dry.'] }))
  const ann = await signUp('attaching')
  const path = (name: string): string => `chat/user_${ann.id}/${name}.txt`
  for (const name of ['one', 'two']) {
    const { error } = await ann.client.storage.from('apex-files')
      .upload(path(name), new Blob([`Reading ${name}`], { type: 'text/plain' }))
    assert.equal(error, null)
  }
  const send = async (name: string, messageId?: string): Promise<void> => {
    const parts = [
      { type: 'text', text: 'What is this?' },
      { type: 'file', mediaType: 'text/plain', filename: name, url: `storage://apex-files/${path(name)}` },
    ]
    const body = { id: 'session-of-files', messages: [{ id: 'm1', role: 'user', parts }], messageId }
    await allChunks(await ask(stage, ann, body))
  }
  await send('one')
  await send('two', 'm1')
  await send('one', 'm1')
  await send('two', 'm1')
  assert.deepEqual(asked(stage).map((messages) => /Reading \w+/.exec(messages)?.[0]), [
    'Reading one',
    'Reading two',
    'Reading one',
  ], 'a version that was sent before is not answered again')
})

Deno.test('files with invalid paths are refused', async () => {
  await using stage = await openStage()
  const ann = await signUp('naming')
  for (const path of ['100%.pdf', '%2e%2e/other', 'chat/./a', 'chat/../a', 'chat//a', 'a\nb', '/a', 'a/']) {
    const refused = await ask(stage, ann, question('x', { attachments: [{ path }] }))
    assert.deepEqual([refused.status, (await refused.json() as ErrorBody).code], [400, 'unknown_file'], path)
  }
})

Deno.test('a session whose name is a number is not confused with the conversation of that number', async () => {
  const gate = new Gate(1)
  await using stage = await openStage((asked) =>
    isTitle(asked.body) ? { deltas: ['Numbers'] } : { deltas: ['One', ' two'], gate: gate.wait }
  )
  const ann = await signUp('counting')
  const conversations = ann.client.schema('dashboard').from('conversations')
  const { data: other } = await conversations.insert({ session_id: 'other' }).select('id').single()
  const number = String(other?.id)
  const at = async (path: string, method = 'GET'): Promise<Response> =>
    await fetch(`${stage.url}/functions/v1/chat/${path}`, { method, headers: headersOf(ann) })

  // A name that only one of them has is not ambiguous.
  assert.equal((await at(`${number}/stream`)).status, 204)
  const running = await ask(stage, ann, question('How many?', { id: number }))
  const { id } = await conversationOf(ann, number)
  assert.notEqual(id, other?.id)

  for (const [path, method] of [['stream', 'GET'], ['cancel', 'POST']] as const) {
    const refused = await at(`${number}/${path}`, method)
    const { kind, code, hint }: ErrorBody = await refused.json()
    assert.deepEqual([refused.status, kind, code], [409, 'conflict', 'ambiguous_conversation'])
    assert.match(hint ?? '', /\?by=number or \?by=session/)
  }
  assert.equal((await at(`${number}/stream?by=number`)).status, 204)
  assert.equal((await (await at(`${number}/cancel?by=number`, 'POST')).json()).cancelled, false)
  const [start] = await Array.fromAsync([await at(`${number}/stream?by=session`)], async (answer) => {
    const chunks = allChunks(answer)
    assert.equal((await (await at(`${number}/cancel?by=session`, 'POST')).json()).cancelled, true)
    gate.open()
    return (await chunks)[0]
  })
  assert.equal(start.messageMetadata.conversation_id, id)
  await running.body?.cancel()

  // The id of a question is always a session, also to regenerate.
  stage.providers.play(plays('"Numbers"', { deltas: ['Three'] }))
  await until(async () => (await messagesOf(ann, id))[1]?.status === 'cancelled', 'it is cancelled')
  const [asked] = await messagesOf(ann, id)
  const again = await ask(stage, ann, {
    id: number,
    trigger: 'regenerate-message',
    messages: [{ id: asked.client_id, role: 'user', parts: [{ type: 'text', text: 'How many?' }] }],
  })
  assert.equal(again.status, 200)
  await again.body?.cancel()
})

Deno.test('a numeric client id of a question is not confused with a row', async () => {
  await using stage = await openStage(plays('"Numbers"', { deltas: ['One'] }, { deltas: ['Two'] }))
  const ann = await signUp('numbering')
  const first = question('First?')
  Object.assign((first['messages'] as Loose[])[0], { id: '1763735266000' })
  await allChunks(await ask(stage, ann, first))
  const again = await ask(stage, ann, {
    ...first,
    trigger: 'regenerate-message',
    messageId: '1763735266000',
  })
  assert.equal(again.status, 200)
  await allChunks(again)
  const { id } = await conversationOf(ann, String(first['id']))
  assert.deepEqual((await messagesOf(ann, id)).map(({ content }) => content), ['First?', 'One', 'Two'])
})

Deno.test('a surrogate pair that is cut in two is whole for a reader in another process', async () => {
  const gate = new Gate(2)
  await using stage = await openStage((asked) =>
    isTitle(asked.body)
      ? { deltas: ['Helmet'] }
      : { deltas: ['Safe ', 'with \ud83e', '\uddba on', '.'], gate: gate.wait }
  )
  await using other = await openStage()
  const ann = await signUp('following')
  const body = question('Helmet?')
  const telling = allChunks(await ask(stage, ann, body))
  const { id } = await conversationOf(ann, String(body['id']))
  await until(
    async () => (await messagesOf(ann, id))[1]?.content === 'Safe with ',
    'the first deltas are stored',
  )
  const following = await fetch(`${other.url}/functions/v1/chat/${id}/stream`, { headers: headersOf(ann) })
  const reader = allChunks(following)
  gate.open()
  const text = (chunks: Loose[]): string =>
    chunks.flatMap(({ type, delta }) => type === 'text-delta' ? [delta] : []).join('')
  assert.equal(text(await telling), 'Safe with 🦺 on.')
  assert.equal(text(await reader), 'Safe with 🦺 on.')
})

Deno.test('a model that refuses costs nothing, and one that is cancelled costs its input', async () => {
  await using stage = await openStage({ status: 401, message: 'no' })
  const long = 'How dry is it? '.repeat(400)
  const ann = await signUp('spending')
  await allChunks(await ask(stage, ann, question(long)))
  assert.deepEqual(await usageOf(ann), [{ status: 'failed', input_tokens: 0, output_tokens: 0 }])

  // Attached files count too.
  const bob = await signUp('leaving')
  const path = `chat/user_${bob.id}/long.txt`
  await bob.client.storage.from('apex-files').upload(path, new Blob([long], { type: 'text/plain' }))
  const gate = new Gate(0)
  stage.providers.play((asked) =>
    isTitle(asked.body) ? { deltas: ['T'] } : { deltas: ['x'], gate: gate.wait }
  )
  const body = question('What is this?', { attachments: [{ path, media_type: 'text/plain' }] })
  const running = allChunks(await ask(stage, bob, body))
  await until(() => asked(stage).some((messages) => messages.includes('What is this')), 'it asks')
  const cancelled = await fetch(`${stage.url}/functions/v1/chat/${body['id']}/cancel`, {
    method: 'POST',
    headers: headersOf(bob),
  })
  assert.equal((await cancelled.json()).cancelled, true)
  await running
  gate.open()
  const used = (await usageOf(bob)).find(({ status }) => status === 'cancelled')
  assert.ok(used.input_tokens > long.length / 4, `${used.input_tokens} tokens were counted`)
})

Deno.test('the small model of the workspace writes titles, and the model of the answer where it fails', async () => {
  const titled = ({ providers }: Stage): string[] =>
    providers.asked.filter(({ body }) =>
      isTitle(body) || /You name conv/.test(JSON.stringify(body['messages']))
    )
      .map((asked) => asked.model)
  await using stage = await openStage(plays('"Dry walls."', { deltas: ['Dry.'] }))
  const ann = await signUp('titling')
  await createWorkspace(ann, 'Titled')
  const { data: workspace } = await ann.client.rpc('current_workspace')
  const choose = async (id: string | null): Promise<void> => {
    const { error } = await (ann.client as Loose).from('ai_settings').update({ small_model_id: id })
      .eq('workspace_id', workspace)
    assert.equal(error, null)
  }
  const titleOf = async (body: Record<string, unknown>): Promise<string> => {
    const asking = question('How dry is it?', body)
    await allChunks(await ask(stage, ann, asking))
    return (await conversationOf(ann, String(asking['id']))).title
  }
  assert.equal(await titleOf({ model_id: 'claude-sonnet-5-5' }), 'Dry walls')
  await choose('claude-opus-4-5')
  assert.equal(await titleOf({ model_id: 'claude-sonnet-5-5' }), 'Dry walls')
  assert.deepEqual(titled(stage), ['claude-haiku-4-5', 'claude-opus-4-5'])

  stage.providers.play((asked) =>
    asked.model === 'claude-opus-4-5'
      ? { status: 404, message: 'model: claude-opus-4-5' }
      : isTitle(asked.body)
      ? { deltas: ['Still a title'] }
      : { deltas: ['Dry.'] }
  )
  assert.equal(await titleOf({ model_id: 'claude-sonnet-5-5' }), 'Still a title')
  assert.deepEqual(titled(stage).slice(2), ['claude-opus-4-5', 'claude-sonnet-5-5'])
  const before = titled(stage).length
  assert.equal(await titleOf({ model_id: 'builtin-retrieval' }), 'How dry is it?')
  assert.equal(titled(stage).length, before)
})

Deno.test('files of a question that is refused or a duplicate are removed from Storage', async () => {
  await using stage = await openStage(plays('"A note."', { deltas: ['Read.'] }))
  const ann = await signUp('refused')
  const stored = async (): Promise<number> =>
    (await ann.client.storage.from('apex-files').list(`chat/user_${ann.id}`)).data?.length ?? 0
  const file = {
    type: 'file',
    mediaType: 'text/plain',
    filename: 'a.txt',
    url: `data:text/plain;base64,${btoa('11 %')}`,
  }
  const body = (more: unknown[], rest: Record<string, unknown> = {}): Record<string, unknown> => ({
    id: 'session-of-notes',
    messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'What is it?' }, file, ...more] }],
    ...rest,
  })
  const refusals: [Record<string, unknown>, number][] = [
    [body([], { model_id: 'no-such-model' }), 404],
    [body([{ ...file, url: 'https://elsewhere.example/a.txt' }]), 400],
  ]
  for (const [refused, status] of refusals) {
    const answer = await ask(stage, ann, refused)
    assert.equal(answer.status, status)
    await answer.body?.cancel()
    assert.equal(await stored(), 0)
  }
  await allChunks(await ask(stage, ann, body([])))
  assert.equal(await stored(), 1)
  await allChunks(await ask(stage, ann, body([])))
  assert.equal(await stored(), 1)
})
