/** Bodies of requests that arrive too slowly. */
import assert from 'node:assert/strict'
import { z } from 'zod'
import { readBytes, readJson } from '../../functions/_shared/http/body.ts'
import { proxy } from '../../stack/functions/proxy.ts'
import { refuseSlowBodies } from '../../stack/gateway/slow_bodies.ts'
import { AppFailure, toHttpStatus } from '../../types/errors.ts'
import { within } from '../support/wait.ts'

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

/** Sends a large body as a browser does: whole, before it reads the first line of the answer. */
async function sendBeforeReading(port: number): Promise<string> {
  using connection = await Deno.connect({ hostname: '127.0.0.1', port })
  const chunk = new Uint8Array(65_536)
  const chunks = 300
  const head = `POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: ${chunks * chunk.length}\r\n\r\n`
  await connection.write(new TextEncoder().encode(head))
  for (let i = 0; i < chunks; i++) {
    for (let sent = 0; sent < chunk.length;) sent += await connection.write(chunk.subarray(sent))
  }
  const length = await connection.read(chunk) ?? 0
  return new TextDecoder().decode(chunk.subarray(0, length)).split('\r\n')[0] ?? ''
}

Deno.test('a client that sends everything first hears that a function refused it', async () => {
  const listen = { hostname: '127.0.0.1', port: 0, onListen: () => {} }
  await using functions = Deno.serve(listen, () => Response.json({}, { status: 413 }))
  await using gateway = Deno.serve(
    listen,
    refuseSlowBodies((request) => proxy(request, functions.addr.port)),
  )
  for (let i = 0; i < 10; i++) {
    const answer = await within(sendBeforeReading(gateway.addr.port), 'the body is not taken in')
    assert.equal(answer, 'HTTP/1.1 413 Payload Too Large')
  }
})
