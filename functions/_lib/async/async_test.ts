/** Waiting with aborts and time limits, pauses of long computations, and limits of streams. */
import assert from 'node:assert/strict'
import { abortable, lazy, limitBytes, sleep, TimeSlice, withTimeout, yieldToEventLoop } from './mod.ts'

const never = new Promise<never>(() => {})

Deno.test('work that is done in time gives its result', async () => {
  assert.equal(await abortable(Promise.resolve(1), new AbortController().signal), 1)
  assert.equal(await withTimeout(() => Promise.resolve(2), { timeoutMs: 1_000 }), 2)
})

Deno.test('an abort ends the wait for work that ignores it, with the reason of the signal', async () => {
  const controller = new AbortController()
  const reason = new Error('left')
  const waiting = abortable(never, controller.signal)
  controller.abort(reason)
  await assert.rejects(waiting, (cause) => cause === reason)
  await assert.rejects(abortable(Promise.resolve(1), controller.signal), (cause) => cause === reason)
})

Deno.test('what the work makes of an abort gives way to the reason of the signal', async () => {
  const controller = new AbortController()
  const reason = new Error('left')
  const work = sleep(10_000, controller.signal).catch((): never => {
    throw new Error('of the work')
  })
  const waiting = abortable(work, controller.signal)
  controller.abort(reason)
  await assert.rejects(waiting, (cause) => cause === reason)
})

Deno.test('work that fails by itself keeps its error', async () => {
  const failure = new Error('broken')
  const signal = new AbortController().signal
  await assert.rejects(abortable(Promise.reject(failure), signal), (cause) => cause === failure)
})

Deno.test('work that fails after the wait was ended does not end the process', async () => {
  const late = Promise.withResolvers<never>()
  await assert.rejects(abortable(late.promise, AbortSignal.abort()))
  late.reject(new Error('too late'))
  await yieldToEventLoop()
})

Deno.test('a time limit ends the wait and aborts the work', async () => {
  const reason = new Error('slow')
  const aborted: unknown[] = []
  const work = (signal: AbortSignal): Promise<never> => {
    signal.addEventListener('abort', () => aborted.push(signal.reason))
    return never
  }
  await assert.rejects(withTimeout(work, { timeoutMs: 5, reason: () => reason }), (cause) => cause === reason)
  assert.deepEqual(aborted, [reason])
  await assert.rejects(withTimeout(work, { timeoutMs: 5 }), { name: 'TimeoutError' })
})

Deno.test('a time limit ends with the signal of the caller too', async () => {
  const reason = new Error('left')
  const waiting = withTimeout(() => never, { timeoutMs: 60_000, signal: AbortSignal.abort(reason) })
  await assert.rejects(waiting, (cause) => cause === reason)
})

Deno.test('a pause ends after its time, or with the reason of its signal', async () => {
  const started = performance.now()
  await sleep(20)
  assert.ok(performance.now() - started >= 18)
  const reason = new Error('left')
  await assert.rejects(sleep(10_000, AbortSignal.abort(reason)), (cause) => cause === reason)
  const controller = new AbortController()
  setTimeout(() => controller.abort(reason), 5)
  await assert.rejects(sleep(10_000, controller.signal), (cause) => cause === reason)
})

Deno.test('a loop that renews its time slice lets timers run', async () => {
  let ran = false
  setTimeout(() => ran = true, 1)
  const slice = new TimeSlice(5)
  const deadline = performance.now() + 30_000
  while (!ran && performance.now() < deadline) if (slice.isOver) await slice.renew()
  assert.ok(ran)
})

Deno.test('a stream passes up to its limit of bytes and fails beyond it', async () => {
  const read = async (...sizes: number[]): Promise<number> => {
    const source = ReadableStream.from(sizes.map((size) => new Uint8Array(size)))
    const limited = source.pipeThrough(limitBytes(10, () => new RangeError('too much')))
    return (await new Response(limited).arrayBuffer()).byteLength
  }
  assert.equal(await read(4, 6), 10)
  await assert.rejects(read(4, 6, 1), RangeError)
})

Deno.test('a lazy value is made once, when it is needed, and again after a failure', async () => {
  let calls = 0
  const value = lazy(() => ++calls === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve(calls))
  assert.equal(calls, 0)
  await assert.rejects(value(), /not yet/)
  assert.deepEqual(await Promise.all([value(), value()]), [2, 2])
})
