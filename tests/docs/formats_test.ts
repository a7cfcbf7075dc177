/** The table of formats in the documentation. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { formatNotes } from '../../functions/_lib/extract/mod.ts'
import { formatsFile, renderFormats } from '../../tools/generate_formats.ts'

Deno.test('docs/reference/extraction.md has the table of formats that the notes beside the readers say', async () => {
  assert.equal(await readFile(formatsFile, 'utf8'), await renderFormats(), 'run npm run types')
})

Deno.test('no two formats have one name', () => {
  const names = formatNotes.map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
})
