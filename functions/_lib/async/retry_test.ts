/** The retry helper, with pauses of a few milliseconds. */
import assert from 'node:assert/strict'
import { type AppError, appError, AppFailure } from '../../../types/errors.ts'
import { retry } from './mod.ts'

const away = appError('unavailable', { code: 'unreachable', message: 'm' })

/** Fails with each error in turn, then answers how often it was asked. */
function failing(...errors: AppError[]): { (): Promise<number>; times: number[] } {
  const times: number[] = []
  const operation = (): Promise<number> => {
    times.push(performance.now())
    const error = errors[times.length - 1]
    return error ? Promise.reject(new AppFailure(error)) : Promise.resolve(times.length)
  }
  return Object.assign(operation, { times })
}

async function failure(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise
  } catch (cause) {
    assert.ok(cause instanceof AppFailure, `${cause}`)
    return cause.error
  }
  assert.fail('it fails')
}

Deno.test('a failure that may pass is tried again, after growing pauses', async () => {
  const operation = failing(away, away, away)
  assert.equal(await retry(operation, { idempotent: true, pauseMs: 20 }), 4)
  const pauses = operation.times.slice(1).map((time, index) => time - (operation.times[index] ?? 0))
  for (const [index, pause] of pauses.entries()) {
    assert.ok(pause >= 20 * 2 ** index - 2, `pause ${index} of ${pause} ms`)
  }
})

Deno.test('attempts are bounded, and the last failure is the answer', async () => {
  const operation = failing(away, away, away, away, away)
  assert.equal(
    (await failure(retry(operation, { idempotent: true, attempts: 3, pauseMs: 1 }))).code,
    'unreachable',
  )
  assert.equal(operation.times.length, 3)
})

Deno.test('time is bounded', async () => {
  const operation = failing(...Array<AppError>(50).fill(away))
  await failure(retry(operation, { idempotent: true, attempts: 50, pauseMs: 10, budgetMs: 100 }))
  // Pauses of 10, 20 and 40 ms fit, the next one does not.
  assert.ok(operation.times.length <= 4)
})

Deno.test('what is not safe to repeat, or cannot get better, is tried once', async () => {
  const once = failing(away)
  assert.equal((await failure(retry(once, { idempotent: false, pauseMs: 1 }))).kind, 'unavailable')
  assert.equal(once.times.length, 1)
  const refused = failing(appError('conflict', { code: '23505', message: 'm' }))
  assert.equal((await failure(retry(refused, { idempotent: true, pauseMs: 1 }))).kind, 'conflict')
  assert.equal(refused.times.length, 1)
})

Deno.test('any thrown value is judged by the same rules', async () => {
  let asked = 0
  const lost = (): Promise<string> => {
    if (++asked === 1) return Promise.reject(Object.assign(new Error('x'), { code: 'ECONNRESET' }))
    return Promise.resolve('found')
  }
  assert.equal(await retry(lost, { idempotent: true, pauseMs: 1 }), 'found')
  const defect = (): Promise<never> => Promise.reject(new TypeError('a defect'))
  assert.equal((await failure(retry(defect, { idempotent: true, pauseMs: 1 }))).code, 'internal')
})

Deno.test('Retry-After is waited for, unless it exceeds the budget', async () => {
  const limited = (retryAfter: number): AppError =>
    appError('rate_limit', { code: 'PT429', message: 'm', retryAfter })
  const patient = failing(limited(0.2))
  assert.equal(await retry(patient, { idempotent: true, pauseMs: 1 }), 2)
  assert.ok((patient.times[1] ?? 0) - (patient.times[0] ?? 0) >= 198)
  const hopeless = failing(limited(60))
  const error = await failure(retry(hopeless, { idempotent: true, pauseMs: 1, budgetMs: 500 }))
  assert.equal(error.kind, 'rate_limit')
  assert.equal(hopeless.times.length, 1)
})

Deno.test('an abort ends the pause', async () => {
  const caller = new AbortController()
  const reason = new Error('left')
  setTimeout(() => caller.abort(reason), 30)
  const operation = failing(away, away)
  const waiting = retry(operation, { idempotent: true, pauseMs: 5_000, signal: caller.signal })
  await assert.rejects(waiting, (cause) => cause === reason)
  assert.equal(operation.times.length, 1)
})
