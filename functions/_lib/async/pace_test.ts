/** The pace of background work: how large pieces become. */
import assert from 'node:assert/strict'
import { Pace, sleep } from './mod.ts'

Deno.test('pieces become smaller where they take long, down to the smallest', async () => {
  const pace = new Pace({ pieceMs: 10, least: 1 / 16 })
  assert.equal(pace.share, 1 / 4)
  await pace.work(pace.share, () => sleep(15))
  assert.ok(pace.share < 1 / 4 && pace.share >= 1 / 16)
  await pace.work(pace.share, () => sleep(100))
  assert.equal(pace.share, 1 / 16)
})

Deno.test('pieces become larger where they are quick, up to the largest', async () => {
  const pace = new Pace({ pieceMs: 10_000 })
  const shares: number[] = []
  for (let piece = 0; piece < 5; piece++) {
    await pace.work(pace.share, () => Promise.resolve())
    shares.push(pace.share)
  }
  assert.deepEqual(shares, [1 / 2, 1, 1, 1, 1])
})

Deno.test('a small piece that was quick does not make the next one smaller', async () => {
  const pace = new Pace({ pieceMs: 10_000 })
  await pace.work(1 / 100, () => Promise.resolve())
  assert.equal(pace.share, 1 / 4)
})

Deno.test('a piece that fails changes nothing', async () => {
  const pace = new Pace()
  const reason = new Error('no')
  await assert.rejects(pace.work(1, () => Promise.reject(reason)), reason)
  assert.equal(pace.share, 1 / 4)
})
