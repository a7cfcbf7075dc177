/** Runs every pgTAP file of this folder as one test, with a step for each of its assertions. */
import { strict as assert } from 'node:assert'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from './helpers.ts'
import { judge, runTap } from './tap.ts'

const folder = import.meta.dirname ?? '.'
const url = Deno.env.get('DATABASE_URL') ?? ''

await load(url)
const files = (await readdir(folder)).filter((name) => name.endsWith('_test.sql')).sort()
for (const file of files) {
  Deno.test(file, async (t) => {
    const { output, error } = await runTap(url, await readFile(join(folder, file), 'utf8'))
    const { assertions, faults } = judge(output, error)
    for (const { name, ok, skipped, diagnosis } of assertions) {
      await t.step({ name, ignore: skipped, fn: () => assert.ok(ok, diagnosis) })
    }
    assert.ok(faults.length === 0, faults.join('\n'))
  })
}
