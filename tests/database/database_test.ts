/** Runs every pgTAP file of this folder as one test, with a step for each of its assertions. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from './helpers.ts'
import { report, runTap, tapFiles } from './tap.ts'

const folder = import.meta.dirname ?? '.'
const url = Deno.env.get('DATABASE_URL') ?? ''

await load(url)
for (const file of await tapFiles(folder)) {
  Deno.test(file, async (t) => {
    const printed = await runTap(url, await readFile(join(folder, file), 'utf8'))
    await report((step) => t.step(step), printed)
  })
}
