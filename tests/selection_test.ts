/** `npm test` runs what is named, all of it, and nothing else. */
import { strict as assert } from 'node:assert'
import { readFile } from 'node:fs/promises'
import { findTests, lanesOf, select } from './selection.ts'

const tests = [
  'functions/_lib/text/text_test.ts',
  'tests/api/budgets_api_test.ts',
  'tests/api/chat_test.ts',
  'tests/database/budgets_test.sql',
  'tests/database/chat_context_test.sql',
  'tests/database/database_test.ts',
  'tests/database/plans/chat_plans_test.sql',
  'tests/database/plans_test.ts',
  'tests/functions/chat_test.ts',
  'tests/stack/start_test.ts',
]

Deno.test('no word selects every module with every script', () => {
  assert.deepEqual(select(tests, []), {
    modules: tests.filter((path) => path.endsWith('.ts')),
    scripts: [],
  })
})

Deno.test('a script is run by the module of its folder, and alone', () => {
  assert.deepEqual(select(tests, ['tests/database/budgets_test.sql']), {
    modules: ['tests/database/database_test.ts'],
    scripts: ['tests/database/budgets_test.sql'],
  })
  assert.deepEqual(select(tests, ['chat_plans_test.sql']), {
    modules: ['tests/database/plans_test.ts'],
    scripts: [],
  }, 'it is the only one there')
})

Deno.test('a module is run with all its scripts', () => {
  assert.deepEqual(select(tests, ['tests/database/database_test.ts']), {
    modules: ['tests/database/database_test.ts'],
    scripts: [],
  })
})

Deno.test('a folder is everything below it', () => {
  assert.deepEqual(select(tests, ['tests/database']), {
    modules: ['tests/database/database_test.ts', 'tests/database/plans_test.ts'],
    scripts: [],
  })
  assert.deepEqual(select(tests, ['./tests/database/plans/']).modules, ['tests/database/plans_test.ts'])
})

Deno.test('another word is a part of paths, of modules and of scripts', () => {
  assert.deepEqual(select(tests, ['budgets']), {
    modules: ['tests/api/budgets_api_test.ts', 'tests/database/database_test.ts'],
    scripts: ['tests/database/budgets_test.sql'],
  })
})

Deno.test('several words select what each of them does', () => {
  assert.deepEqual(select(tests, ['budgets_test.sql', 'tests/api/chat_test.ts', 'chat_context']), {
    modules: ['tests/api/chat_test.ts', 'tests/database/database_test.ts'],
    scripts: [],
  })
})

Deno.test('a word that names nothing is an error, whatever the others name', () => {
  assert.throws(() => select(tests, ['chat', 'budgetz']), /No test is called budgetz/)
})

Deno.test('tests of the database run beside the others, and what needs no platform gets none', () => {
  assert.deepEqual(
    lanesOf(select(tests, [])).map((lane) => lane.map(({ name, platform }) => [name, platform])),
    [[['database', true], ['code', false]], [['functions', true]], [['platform', true], ['alone', false]]],
  )
  assert.deepEqual(
    lanesOf(select(tests, ['functions'])).map((lane) => lane.map(({ name }) => name)),
    [['code']],
  )
})

Deno.test('every test of the repository is found, and is in exactly one group', async () => {
  const found = await findTests(new URL('..', import.meta.url).pathname)
  assert.ok(found.includes('tests/selection_test.ts') && found.includes('tests/database/budgets_test.sql'))
  const groups = lanesOf(select(found, [])).flat()
  const modules = groups.flatMap((group) => group.modules)
  assert.deepEqual(modules.toSorted(), found.filter((path) => path.endsWith('.ts')))
  // What is called alone has nothing to be run against.
  const own = groups.find(({ name }) => name === 'alone')?.modules ?? []
  for (const path of own) {
    const text = await readFile(new URL(`../${path}`, import.meta.url), 'utf8')
    assert.doesNotMatch(text, /support\/clients|chatting\.ts|env\.get\('(DATABASE|SUPABASE)_URL/, path)
  }
})
