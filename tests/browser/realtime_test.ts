/** Realtime between tabs of a page of another origin. */
import { strict as assert } from 'node:assert'
import type { Page } from 'playwright-core'
import { browserTest, signUpIn } from './browser.ts'

/** Subscribes to the tasks and the topic of the user; what arrives is kept in the page. */
async function subscribe(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { supabase, kept } = app
    const { data: { user } } = await supabase.auth.getUser()
    const ready = { changes: Promise.withResolvers<void>(), topic: Promise.withResolvers<void>() }
    kept.changes = []
    kept.messages = []
    supabase.channel('tasks')
      .on(
        'postgres_changes',
        { event: '*', schema: 'dashboard', table: 'tasks' },
        ({ eventType, new: row }) => {
          kept.changes.push([eventType, (row as { title?: string }).title ?? null])
        },
      )
      .on('system', {}, ({ extension, status }: { extension: string; status: string }) => {
        if (extension === 'postgres_changes' && status === 'ok') ready.changes.resolve()
      })
      .subscribe()
    kept.topic = supabase.channel(`user:${user?.id}`, { config: { private: true } })
      .on('broadcast', { event: 'typing' }, ({ payload }) => kept.messages.push(payload))
      .subscribe((status: string, error?: Error) => {
        if (status === 'SUBSCRIBED') ready.topic.resolve()
        if (error) ready.topic.reject(error)
      })
    await Promise.all([ready.changes.promise, ready.topic.promise])
  })
}

browserTest('a tab sees the rows that another one changes, and its broadcasts', async ({ open }) => {
  const writer = await open()
  await signUpIn(writer)
  const reader = await open()
  await Promise.all([subscribe(writer), subscribe(reader)])
  await writer.evaluate(async () => {
    const tasks = app.supabase.schema('dashboard').from('tasks')
    const { data } = await tasks.insert({ title: 'Call' }).select('id').single()
    await tasks.update({ title: 'Call back' }).eq('id', data?.id ?? 0)
    await app.kept.topic.send({ type: 'broadcast', event: 'typing', payload: { by: 'writer' } })
  })
  await reader.waitForFunction(() => app.kept.changes.length === 2 && app.kept.messages.length === 1)
  await writer.waitForFunction(() => app.kept.changes.length === 2)
  const heard = await reader.evaluate(() => [app.kept.changes, app.kept.messages])
  assert.deepEqual(heard, [[['INSERT', 'Call'], ['UPDATE', 'Call back']], [{ by: 'writer' }]])
  assert.deepEqual(
    await writer.evaluate(() => app.kept.messages),
    [],
    'a tab does not get its own broadcasts',
  )
})
