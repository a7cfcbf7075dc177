/** Tests say what happens, not how fast: that is what bench/ is for. */
import { strict as assert } from 'node:assert'
import { readFile } from 'node:fs/promises'
import { root } from '../../stack/options.ts'
import { findTests } from '../selection.ts'

/** A machine that is busy with other tests is slower than this only where something waits for ever. In ms. */
const leastMs = 5_000
const limit = /(?:now\(\) - \w+|\btook|_ms) <=? ([\d_]+)/g

Deno.test('no test fails because a machine is busy', async () => {
  const short: string[] = []
  for (const path of (await findTests(root)).filter((path) => path.endsWith('.ts'))) {
    for (const [found, ms = ''] of (await readFile(`${root}/${path}`, 'utf8')).matchAll(limit)) {
      if (Number(ms.replaceAll('_', '')) < leastMs) short.push(`${path}: ${found}`)
    }
  }
  assert.deepEqual(short, [])
})
