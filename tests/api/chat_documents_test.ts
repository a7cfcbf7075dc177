/** The chat of the platform without a key of a provider: answers from the documents of the demo workspace. */
import { strict as assert } from 'node:assert'
import { Chat } from '@ai-sdk/react'
import { DefaultChatTransport, type UIMessage } from 'ai'
import { socketOf } from '../functions/chatting.ts'
import { client, env, signUp } from '../support/clients.ts'

async function signIn(name: string): Promise<{ token: string; db: ReturnType<typeof client> }> {
  const db = client()
  const { data, error } = await db.auth.signInWithPassword({
    email: `${name}@harbor.example`,
    password: env('DEMO_PASSWORD'),
  })
  assert.equal(error, null)
  return { token: data.session?.access_token ?? '', db }
}

Deno.test('a question about the documents is answered from their passages, streamed, with valid citations', async () => {
  const { token, db } = await signIn('tom')
  const streamed: string[] = []
  const chat = new Chat<UIMessage>({
    transport: new DefaultChatTransport({
      api: `${env('SUPABASE_URL')}/functions/v1/chat`,
      headers: { authorization: `Bearer ${token}` },
    }),
  })
  const stop = chat['~registerMessagesCallback'](() => {
    const text = chat.lastMessage?.parts.find(({ type }) => type === 'text')
    if (text?.type === 'text') streamed.push(text.text)
  })
  await chat.sendMessage({ text: 'What does error E4 of the dehumidifier mean?' })
  stop()
  assert.equal(chat.error, undefined)
  const answer = chat.lastMessage
  const text = answer?.parts.map((part) => part.type === 'text' ? part.text : '').join('') ?? ''
  assert.match(text, /E4 is a fault of the defrost sensor/)
  assert.ok(new Set(streamed).size > 3, 'the text grows word by word')

  const named = [...new Set([...text.matchAll(/\[(\d+)\]/g)].map(([, n]) => Number(n)))]
  assert.ok(named.length > 0)
  const sources = answer?.parts.filter((part) => part.type === 'source-document') ?? []
  assert.equal(sources.length, named.length)
  for (const source of sources) {
    const told = source.providerMetadata?.['plinth'] as {
      n: number
      document_id: string
      page: number | null
    }
    assert.ok(named.includes(told.n))
    const passage = await db.from('search_chunks').select('text, document_id, documents(title)').eq(
      'id',
      source.sourceId,
    )
      .single()
    assert.deepEqual([passage.data?.document_id, passage.data?.documents?.title], [
      told.document_id,
      source.title,
    ])
  }
  assert.ok(sources.some(({ title }) => title === 'LGR dehumidifier: operating manual'))

  const stored = await db.schema('dashboard').from('messages').select('content, citations, model_id, status')
    .eq('id', Number(answer?.id)).single()
  assert.equal(stored.data?.content, text)
  assert.equal(stored.data?.model_id, 'builtin-retrieval')
  assert.deepEqual(
    (stored.data?.citations as { n: number }[]).map(({ n }) => n),
    named.toSorted((a, b) => a - b),
  )
  const conversation = await db.schema('dashboard').from('conversations').select('title').eq(
    'session_id',
    chat.id,
  ).single()
  assert.equal(conversation.data?.title, 'What does error E4 of the dehumidifier mean?')
})

Deno.test('a question without an answer in the documents gets none, and documents of another workspace are not found', async () => {
  const { token } = await signIn('tom')
  const ask = async (text: string, headers: Record<string, string>): Promise<string> => {
    const chat = new Chat<UIMessage>({
      transport: new DefaultChatTransport({ api: `${env('SUPABASE_URL')}/functions/v1/chat`, headers }),
    })
    await chat.sendMessage({ text })
    assert.equal(chat.error, undefined)
    return JSON.stringify(chat.lastMessage?.parts)
  }
  const lost = await ask('Who won the chess championship of 1972?', { authorization: `Bearer ${token}` })
  assert.match(lost, /I found (no sentence|nothing)/)
  assert.doesNotMatch(lost, /chess/)
  const stranger = client()
  const { data } = await stranger.auth.signUp({
    email: `stranger.${crypto.randomUUID()}@example.com`,
    password: 'correct-horse-battery',
  })
  const foreign = await ask('What does error E4 of the dehumidifier mean?', {
    authorization: `Bearer ${data.session?.access_token}`,
  })
  assert.doesNotMatch(foreign, /defrost|source-document/)
})

Deno.test('a greeting names no documents, and a question about tasks is answered from those of the caller', async () => {
  const ann = await signUp('ann')
  const dashboard = ann.client.schema('dashboard')
  await dashboard.from('tasks').insert([
    { title: 'Call Kim', is_my_day: true },
    { title: 'Water plants', is_my_day: true },
    { title: 'Someday', is_my_day: false },
  ]).throwOnError()
  const ask = async (text: string): Promise<{ text: string; types: string[] }> => {
    const chat = new Chat<UIMessage>({
      transport: new DefaultChatTransport({
        api: `${env('SUPABASE_URL')}/functions/v1/chat`,
        headers: { authorization: `Bearer ${ann.token}` },
      }),
    })
    await chat.sendMessage({ text })
    assert.equal(chat.error, undefined)
    const parts = chat.lastMessage?.parts ?? []
    return {
      text: parts.map((part) => part.type === 'text' ? part.text : '').join(''),
      types: parts.map(({ type }) => type),
    }
  }
  const hello = await ask('Hello')
  assert.match(hello.text, /^Hello\. I am the built-in retrieval model/)
  const tasks = await ask('How many tasks do I have today?')
  assert.match(
    tasks.text,
    /^You have 2 tasks today\.\n\n- My Day: (Call Kim; Water plants|Water plants; Call Kim)\n- Inbox: no items/,
  )
  const { data: { job_number } } = await ann.client.schema('business').from('jobs').insert({
    job_type: 'abatement',
  })
    .select('job_number').single().throwOnError()
  assert.match(
    (await ask(`How is ${job_number}?`)).text,
    new RegExp(`^Job ${job_number} has the type abatement and the status lead\\.`),
  )
  assert.doesNotMatch((await ask(`How is ${job_number.replace('001', '002')}?`)).text, /^Job/)
  assert.ok(![...hello.types, ...tasks.types].includes('source-document'))
})

Deno.test('a socket of the platform receives an answer, or an error where it is refused', async () => {
  const ann = await signUp('socket')
  const platform = { url: env('SUPABASE_URL') }
  const socket = socketOf(platform, ann, `session-${crypto.randomUUID()}`)
  await socket.heard('init')
  socket.send({ type: 'message', content: 'Are you there?' })
  const end = await socket.heard('stream_end')
  assert.equal(end.model, 'builtin-retrieval')
  await socket.close()
  const refused = socketOf(platform, { ...ann, token: 'forged' }, 'session')
  const { code } = await refused.closed
  assert.deepEqual([code, refused.types()], [4001, ['error']])
})
