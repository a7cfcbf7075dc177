/** The pace of background work: how large pieces become, and how long the pauses are. */
import assert from 'node:assert/strict'
import { Pace, sleep } from './mod.ts'

const elapsed = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return performance.now() - started
}

Deno.test('pieces become smaller where they take long, down to the smallest', async () => {
  const pace = new Pace({ pieceMs: 10, rest: 0, least: 1 / 16 })
  assert.equal(pace.share, 1 / 4)
  await pace.work(pace.share, () => sleep(15))
  assert.ok(pace.share < 1 / 4 && pace.share >= 1 / 16)
  await pace.work(pace.share, () => sleep(100))
  assert.equal(pace.share, 1 / 16)
})

Deno.test('pieces become larger where they are quick, up to the largest', async () => {
  const pace = new Pace({ pieceMs: 10_000, rest: 0 })
  const shares: number[] = []
  for (let piece = 0; piece < 5; piece++) {
    await pace.work(pace.share, () => Promise.resolve())
    shares.push(pace.share)
  }
  assert.deepEqual(shares, [1 / 2, 1, 1, 1, 1])
})

Deno.test('a small piece that was quick does not make the next one smaller', async () => {
  const pace = new Pace({ pieceMs: 10_000, rest: 0 })
  await pace.work(1 / 100, () => Promise.resolve())
  assert.equal(pace.share, 1 / 4)
})

Deno.test('the pause is a multiple of the time of the piece, limited, and ends with its signal', async () => {
  const pause = async (options: { rest: number; maxPauseMs: number }): Promise<number> =>
    await elapsed(() => new Pace(options).work(1, () => sleep(20)))
  assert.ok(await pause({ rest: 2, maxPauseMs: 1_000 }) >= 55)
  assert.ok(await pause({ rest: 1_000, maxPauseMs: 40 }) < 10_000)
  const reason = new Error('the end')
  await assert.rejects(
    new Pace({ rest: 1_000, maxPauseMs: 10_000 }).work(1, () => sleep(20), AbortSignal.timeout(40)),
    { name: 'TimeoutError' },
  )
  await assert.rejects(new Pace().work(1, () => Promise.reject(reason)), reason)
})
