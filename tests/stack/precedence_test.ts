/** Requests in the background wait while people are served, and only so long. */
import assert from 'node:assert/strict'
import { Precedence } from '../../stack/gateway/precedence.ts'
import { sleep, until } from '../support/wait.ts'

const person = (): Request => new Request('http://127.0.0.1/rest/v1/jobs')
const background = (priority = 'u=7'): Request =>
  new Request('http://127.0.0.1/rest/v1/rpc/store', { method: 'POST', headers: { priority } })
const empty = (): Response => new Response(null)

Deno.test('a request in the background waits until a person was served', async () => {
  const precedence = new Precedence()
  const served = Promise.withResolvers<Response>()
  const order: string[] = []
  const first = precedence.answer(person(), async () => {
    const response = await served.promise
    order.push('person')
    return response
  })
  const second = precedence.answer(background(), () => {
    order.push('background')
    return empty()
  })
  await sleep(30)
  assert.deepEqual(order, [])
  served.resolve(empty())
  await Promise.all([first, second])
  assert.deepEqual(order, ['person', 'background'])
})

Deno.test('a person never waits, nor does a request in the background while no person is served', async () => {
  const precedence = new Precedence()
  const stored = Promise.withResolvers<Response>()
  let begun = false
  const slow = precedence.answer(background('u=7, i'), () => {
    begun = true
    return stored.promise
  })
  await until(() => begun, 'it begins')
  await precedence.answer(person(), empty)
  await precedence.answer(background('u=1, i'), empty)
  stored.resolve(empty())
  await slow
})

Deno.test('a request in the background goes on where people never pause', async () => {
  const precedence = new Precedence()
  const served = Promise.withResolvers<Response>()
  const forever = precedence.answer(person(), () => served.promise)
  await precedence.answer(background(), empty)
  served.resolve(empty())
  await forever
})

Deno.test('a call of a worker keeps nothing waiting', async () => {
  const precedence = new Precedence()
  const worked = Promise.withResolvers<Response>()
  const work = precedence.answer(
    new Request('http://127.0.0.1/functions/v1/files-work', { method: 'POST' }),
    () => worked.promise,
  )
  let waits = true
  const stored = precedence.answer(background(), () => {
    waits = false
    return empty()
  })
  await sleep(100)
  assert.equal(waits, false)
  worked.resolve(empty())
  await Promise.all([work, stored])
})
