/**
 * What is read as a stream needs no more memory for a long file than for a short one. Each file is read in a process
 * of its own whose heap is too small for it; bench/extract.ts does the same with 200 MB.
 */
import assert from 'node:assert/strict'
import { formats, measureApart } from '../../bench/extract.ts'

/** In MB. What the rows of so much text take, if they were kept, is some times that. */
const heap = 48
const size = 12

for (const [format, { streams }] of Object.entries(formats)) {
  if (!streams) continue
  Deno.test(`${format} of ${size} MB is read with a heap of ${heap} MB`, async () => {
    const found = await measureApart(format, size, false, heap)
    assert.ok(found.megabytes > size * 0.9, `${found.megabytes} MB were read`)
    assert.ok(found.parts > 10)
    // The runtime itself is half of it.
    assert.ok(found.peak < 180, `${found.peak} MB at most`)
  })
}

Deno.test('cutting what is read into chunks keeps nothing either', async () => {
  const found = await measureApart('csv', 2, true, heap)
  assert.ok(found.chunks > 2_500)
  assert.ok(found.peak < 240, `${found.peak} MB at most`)
})

Deno.test('a process that keeps what it reads does not pass', async () => {
  const script =
    'const kept = []; for (let n = 0; n < 2_000_000; n++) kept.push([`${n}`, `name ${n}`, `note ${n}`])'
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ['eval', `--v8-flags=--max-old-space-size=${heap}`, script],
    stdout: 'null',
    stderr: 'null',
  }).output()
  assert.equal(success, false)
})
