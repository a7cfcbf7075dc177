/** tools/check_imports.ts finds circles, imports against the layers, and packages that are not declared. */
import { strict as assert } from 'node:assert'
import {
  type Declared,
  findBreaches,
  findCircles,
  findDeepImports,
  type Imports,
} from '../../tools/check_imports.ts'

function imports(files: Record<string, string[]>): Imports {
  return new Map(
    Object.entries(files).map(([file, imported]) => [file, {
      files: imported.filter((name) => name.includes('/')),
      packages: imported.filter((name) => !name.includes('/')),
    }]),
  )
}

const declared: Declared = {
  product: new Set(['zod']),
  development: new Set(['zod', 'openai']),
  platform: new Set(['hono']),
}

Deno.test('a circle of imports is found as its files in order, and files that share an import are none', () => {
  assert.deepEqual(
    findCircles(imports({
      'stack/main.ts': ['stack/a.ts', 'stack/b.ts', 'stack/d.ts'],
      'stack/a.ts': ['stack/b.ts'],
      'stack/b.ts': ['stack/c.ts'],
      'stack/c.ts': ['stack/a.ts', 'stack/d.ts'],
      'stack/d.ts': [],
    })),
    [['stack/a.ts', 'stack/b.ts', 'stack/c.ts', 'stack/a.ts']],
  )
})

Deno.test('imports run one way between the folders', () => {
  const forbidden = {
    'types/api.ts': ['functions/_lib/text.ts'],
    'functions/_lib/text.ts': ['functions/_shared/serve.ts'],
    'functions/_shared/serve.ts': ['functions/chat/index.ts'],
    'functions/_shared/http/serve.ts': ['functions/_shared/database/client.ts'],
    'functions/_shared/chat/turns.ts': ['functions/_shared/runtime.ts'],
    'functions/chat/index.ts': ['functions/files/index.ts'],
    'stack/main.ts': ['functions/_lib/text.ts'],
    'tools/generate.ts': ['tests/run.ts'],
    'elsewhere/main.ts': [],
  }
  assert.deepEqual(findBreaches(imports(forbidden), declared), [
    'types/api.ts must not import functions/_lib/text.ts',
    'functions/_lib/text.ts must not import functions/_shared/serve.ts',
    'functions/_shared/serve.ts must not import functions/chat/index.ts',
    'functions/_shared/http/serve.ts must not import functions/_shared/database/client.ts',
    'functions/_shared/chat/turns.ts must not import functions/_shared/runtime.ts',
    'functions/chat/index.ts must not import functions/files/index.ts',
    'stack/main.ts must not import functions/_lib/text.ts',
    'tools/generate.ts must not import tests/run.ts',
    'elsewhere/main.ts is in no folder that tools/check_imports.ts has a rule for',
  ])
})

Deno.test('what the layers allow is no breach, and a test may import what it tests, wherever it stands', () => {
  const allowed = {
    'functions/_lib/text.ts': ['types/api.ts', 'functions/_lib/async.ts'],
    'functions/_lib/text_test.ts': ['functions/_lib/text.ts', 'tests/support/rows.ts', 'openai'],
    'functions/_shared/serve.ts': ['functions/_lib/text.ts', 'types/api.ts'],
    'functions/_shared/tools/recall.ts': [
      'functions/_shared/search/search_model.ts',
      'functions/_lib/text.ts',
    ],
    'functions/chat/index.ts': ['functions/chat/routes.ts', 'functions/_shared/runtime.ts'],
    'stack/main.ts': ['stack/options.ts', 'hono'],
    'tools/generate.ts': ['stack/stack.ts'],
    'tools/generate_permissions.ts': ['tests/database/access_rules.ts'],
    'bench/search.ts': ['tests/support/rows.ts'],
  }
  assert.deepEqual(findBreaches(imports(allowed), declared), [])
})

Deno.test('a library is imported by its mod.ts, its test helpers by tests and benchmarks only', () => {
  const files = {
    'functions/_shared/read.ts': ['functions/_lib/extract/mod.ts', 'functions/_lib/extract/parts.ts'],
    'functions/_shared/write.ts': ['functions/_lib/extract/testing/pdfs.ts'],
    'functions/_lib/chunk/chunk.ts': ['functions/_lib/chunk/split.ts', 'functions/_lib/extract/parts.ts'],
    'functions/_lib/chunk/chunk_test.ts': ['functions/_lib/extract/testing/pdfs.ts'],
    'bench/extract.ts': ['functions/_lib/testing/random.ts'],
  }
  assert.deepEqual(findDeepImports(imports(files)), [
    'functions/_shared/read.ts must import functions/_lib/extract/mod.ts, not functions/_lib/extract/parts.ts',
    'functions/_shared/write.ts must import functions/_lib/extract/mod.ts, not functions/_lib/extract/testing/pdfs.ts',
    'functions/_lib/chunk/chunk.ts must import functions/_lib/extract/mod.ts, not functions/_lib/extract/parts.ts',
  ])
})

Deno.test('a package must be declared by the package.json of the folder that imports it', () => {
  const undeclared = { 'functions/chat/index.ts': ['openai'], 'stack/main.ts': ['zod'] }
  assert.deepEqual(findBreaches(imports(undeclared), declared), [
    'functions/chat/index.ts imports openai, which its package.json does not declare',
    'stack/main.ts imports zod, which its package.json does not declare',
  ])
})
