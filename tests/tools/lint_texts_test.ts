/** The lint against cutting texts within characters. */
import { strict as assert } from 'node:assert'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import plugin, { allowed } from '../../tools/lint_texts.ts'

const root = join(import.meta.dirname ?? '.', '..', '..')
const found = (source: string, file = 'functions/x.ts'): number =>
  Deno.lint.runPlugin(plugin, `${root}/${file}`, source).length

Deno.test('texts that are cut by code units are reported', () => {
  for (
    const source of [
      'const f = (text: string): string => text.slice(0, 5)',
      'const title = name.trim(); title.slice(0, 5)',
      'JSON.stringify(x).slice(0, 9)',
      '`a${b}`.slice(1)',
      "(a + 'b').slice(1)",
      '(a ?? "").slice(1)',
      'x.substring(1)',
      'x.substr(1)',
    ]
  ) assert.equal(found(source), 1, source)
})

Deno.test('lists, tests and listed files are not', () => {
  assert.equal(found('const f = (rows: number[]): number[] => rows.slice(0, 5)'), 0)
  assert.equal(found('const f = (text: string): string => text.slice(0, 5)', 'functions/x_test.ts'), 0)
  assert.equal(
    found('const f = (text: string): string => text.slice(0, 5)', 'functions/_lib/text/unicode.ts'),
    0,
  )
})

Deno.test('every listed file exists', () => {
  for (const file of Object.keys(allowed)) assert.ok(existsSync(join(root, file)), file)
})
