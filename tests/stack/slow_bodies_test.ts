/** Bodies of requests that arrive too slowly. */
import assert from 'node:assert/strict'
import { z } from 'zod'
import { readBytes, readJson } from '../../functions/_shared/http/body.ts'
import { refuseSlowBodies } from '../../stack/gateway/slow_bodies.ts'
import { AppFailure, toHttpStatus } from '../../types/errors.ts'

/** Sends a byte at a time, without end. */
function trickle(): { body: ReadableStream<Uint8Array>; left: Promise<void> } {
  const left = Promise.withResolvers<void>()
  let timer: ReturnType<typeof setInterval> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(controller): void {
      timer = setInterval(() => controller.enqueue(Uint8Array.of(0x20)), 10)
    },
    cancel(): void {
      clearInterval(timer)
      left.resolve()
    },
  })
  return { body, left: left.promise }
}

const requestOf = (body: BodyInit): Request => new Request('http://platform/x', { method: 'POST', body })

Deno.test('the gateway cuts a body that trickles, with 408 as JSON', async () => {
  const { body, left } = trickle()
  const handle = refuseSlowBodies(async (request) => Response.json((await request.bytes()).length), {
    graceMs: 100,
    bytesPerSecond: 100_000,
  })
  const answer = await handle(requestOf(body))
  assert.equal(answer.status, 408)
  assert.equal((await answer.json()).code, 'request_timeout')
  assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  await left
})

Deno.test('a body that has arrived is not cut, however long the answer takes', async () => {
  const handle = refuseSlowBodies(async (request) => {
    const text = await request.text()
    await new Promise((resolve) => setTimeout(resolve, 300))
    return new Response(text)
  }, { graceMs: 100, bytesPerSecond: 100_000 })
  assert.equal(await (await handle(requestOf('hello'))).text(), 'hello')
  assert.equal(await (await handle(new Request('http://platform/x'))).text(), '')
})

Deno.test('a function cuts a body that trickles with 408', async () => {
  const { body, left } = trickle()
  const failure = await readBytes(requestOf(body), 1_000_000, 100).catch((cause: unknown) => cause)
  assert.ok(failure instanceof AppFailure)
  assert.deepEqual([failure.error.code, toHttpStatus(failure.error)], ['request_timeout', 408])
  await left
  const json = new Request('http://platform/x', {
    method: 'POST',
    body: new Blob(['{"a":1}'], { type: 'application/json' }),
  })
  assert.deepEqual(await readJson(json, z.object({ a: z.number() })), { a: 1 })
})

Deno.test('the rest of a refused body is taken in, since a browser reads no answer before', async () => {
  for (const cancels of [false, true]) {
    const sent = Promise.withResolvers<void>()
    let chunks = 300
    const body = new ReadableStream<Uint8Array>({
      pull(controller): void {
        if (chunks-- > 0) return controller.enqueue(new Uint8Array(65_536))
        controller.close()
        sent.resolve()
      },
    })
    const handle = refuseSlowBodies(async (request) => {
      if (cancels) await request.body?.cancel()
      return Response.json({}, { status: 413 })
    })
    assert.equal((await handle(requestOf(body))).status, 413)
    await sent.promise
  }
})
