/** The chat in a page of another origin: streams, a reload in the middle, and cancelling. */
import { strict as assert } from 'node:assert'
import { Gate, model, openStage, plays } from '../functions/chatting.ts'
import { browserTest, ready, signUpIn } from './browser.ts'

/** Text of the newest message of the kept chat, in the page. */
const shown = (text: string): boolean => app.kept.text() === text

browserTest('an answer of the platform streams into the chat of a page', async ({ open }) => {
  const page = await open()
  await signUpIn(page)
  const result = await page.evaluate(async () => {
    const chat = app.chat(`session-${crypto.randomUUID()}`)
    await chat.sendMessage({ text: 'What does error E4 mean?' })
    const { data } = await app.supabase.schema('dashboard').from('messages').select('role, status').order(
      'id',
    )
    return {
      error: chat.error?.message ?? null,
      status: chat.status,
      answered: chat.lastMessage?.parts.some((part) => part.type === 'text' && part.text !== ''),
      stored: data,
    }
  })
  assert.deepEqual(result, {
    error: null,
    status: 'ready',
    answered: true,
    stored: [{ role: 'user', status: 'complete' }, { role: 'assistant', status: 'complete' }],
  })
})

browserTest('a page can read why a question was refused', async ({ open }) => {
  const page = await open()
  const message = await page.evaluate(async () => {
    const chat = app.chat(`session-${crypto.randomUUID()}`)
    await chat.sendMessage({ text: 'Signed out?' })
    return JSON.parse(chat.error?.message ?? '{}')
  })
  assert.equal(message.kind, 'authentication')
})

browserTest('an answer goes on in the page after a reload', async ({ open }) => {
  const gate = new Gate(2)
  await using stage = await openStage(
    plays('"Title."', { deltas: ['The ', 'wall ', 'is ', 'dry.'], gate: gate.wait }),
  )
  const page = await open()
  await signUpIn(page)
  const args = { id: `session-${crypto.randomUUID()}`, api: stage.url, model_id: model }
  const begin = ({ id, api, model_id }: typeof args): void => {
    const chat = app.chat(id, { api, body: { model_id } })
    app.kept.chat = chat
    app.kept.text = () =>
      chat.lastMessage?.parts.map((part) => part.type === 'text' ? part.text : '').join('')
  }
  await page.evaluate(begin, args)
  await page.evaluate(() => void app.kept.chat.sendMessage({ text: 'How dry?' }))
  await page.waitForFunction(shown, 'The wall ')
  await page.reload()
  await ready(page)
  await page.evaluate(begin, args)
  await page.evaluate(() => {
    app.kept.resumed = app.kept.chat.resumeStream()
  })
  await page.waitForFunction(shown, 'The wall ')
  gate.open()
  const status = await page.evaluate(async () => {
    await app.kept.resumed
    return app.kept.chat.status
  })
  assert.equal(status, 'ready')
  assert.equal(await page.evaluate(() => app.kept.text()), 'The wall is dry.')
})

browserTest('a page cancels an answer and keeps what it has shown', async ({ open }) => {
  await using stage = await openStage(
    plays('"Title."', { deltas: ['As ', 'far ', 'as ', 'here', ' and on'], hangAfter: 4 }),
  )
  const page = await open()
  await signUpIn(page)
  const id = `session-${crypto.randomUUID()}`
  await page.evaluate(({ id, api, model_id }) => {
    const chat = app.chat(id, { api, body: { model_id } })
    app.kept.chat = chat
    app.kept.text = () =>
      chat.lastMessage?.parts.map((part) => part.type === 'text' ? part.text : '').join('')
    app.kept.sent = chat.sendMessage({ text: 'Long?' })
  }, { id, api: stage.url, model_id: model })
  await page.waitForFunction(shown, 'As far as here')
  const result = await page.evaluate(async ({ id, api }) => {
    const { data: { session } } = await app.supabase.auth.getSession()
    const answer = await fetch(`${api}/functions/v1/chat/${id}/cancel`, {
      method: 'POST',
      headers: { apikey: app.key, authorization: `Bearer ${session?.access_token}` },
    })
    const { cancelled } = await answer.json()
    await app.kept.sent
    const { data } = await app.supabase.schema('dashboard').from('messages').select('status, content')
      .eq('role', 'assistant').single()
    return {
      status: answer.status,
      cancelled,
      chat: app.kept.chat.status,
      text: app.kept.text(),
      stored: data,
    }
  }, { id, api: stage.url })
  assert.deepEqual(result, {
    status: 200,
    cancelled: true,
    chat: 'ready',
    text: 'As far as here',
    stored: { status: 'cancelled', content: 'As far as here' },
  })
})
