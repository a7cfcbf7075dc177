/**
 * Every code block of README.md and docs/ works as written, on a platform with the demo data.
 *
 * TypeScript is checked under `strict` and executed top to bottom, page by page, shell commands and SQL likewise. Pages
 * continue the first example of docs/guide/getting_started.md of their language, which signs Olivia in. The only things
 * replaced are the address of the platform and its keys.
 */
import { strict as assert } from 'node:assert'
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { SupabaseClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { root } from '../../stack/options.ts'
import { env } from '../support/clients.ts'
import { type Block, blocksOf, type Page, programOf, readPages, refusalsOf } from './pages.ts'

/** Blocks that do not run here, by page and by how they begin, with the reason. */
const notRun: { page: string; begins: string; reason: string }[] = [
  { page: 'README.md', begins: 'npm start', reason: 'This test runs on what it starts.' },
  { page: 'docs/guide/getting_started.md', begins: 'npm start', reason: 'The same.' },
  {
    page: 'README.md',
    begins: 'npx supabase link',
    reason: 'tests/stack/rehearsal_test.ts runs the commands.',
  },
  ...['export SUPABASE_PROJECT_ID', 'npx supabase', 'select vault.create_secret'].map((begins) => ({
    page: 'docs/guide/deploy.md',
    begins,
    reason: 'tests/stack/rehearsal_test.ts and tests/stack/supabase_cli_test.ts run them.',
  })),
  {
    page: 'docs/reference/functions.md',
    begins: 'select vault.create_secret',
    reason: 'The same as in docs/guide/deploy.md; this platform has stored its own.',
  },
  { page: 'docs/guide/deploy.md', begins: 'npm run doctor', reason: 'tests/stack/doctor_test.ts runs it.' },
  {
    page: 'docs/guide/chat.md',
    begins: '',
    reason: 'Components of React: tests/browser/chat_test.ts has a page with useChat.',
  },
  {
    page: 'docs/guide/openai.md',
    begins: 'import os',
    reason: 'tests/functions/openai_python_test.ts runs the SDK where it is installed.',
  },
  {
    page: 'docs/guide/models.md',
    begins: '# functions/.env',
    reason: 'A file of settings: tests/functions/providers.ts stands in for providers.',
  },
  {
    page: 'docs/reference/embeddings.md',
    begins: 'git clone',
    reason: 'Downloads weights: tests/functions/embedding_models_test.ts uses those at hand.',
  },
  {
    page: 'docs/reference/extraction.md',
    begins: 'Deno.serve',
    reason: 'Needs Tesseract: tests/functions/recognizer_test.ts has a recognizer.',
  },
  {
    page: 'docs/reference/platform.md',
    begins: '(cd ../supabase-js',
    reason: 'Needs a checkout of supabase-js: tests/official runs where there is one.',
  },
  { page: 'docs/reference/mutations.md', begins: 'npm run mutate', reason: 'Takes hours.' },
  { page: 'docs/reference/safety.md', begins: 'npx deno run', reason: 'Benchmarks.' },
  { page: 'docs/performance.md', begins: 'npx deno run', reason: 'Takes hours, and a Postgres of its own.' },
  {
    page: 'docs/reference/platform.md',
    begins: 'export DATABASE_URL',
    reason: 'Starts a platform and a PostgREST: tests/stack/postgrest_test.ts stands in for it.',
  },
  {
    page: 'docs/reference/platform.md',
    begins: 'for file in stack/platform',
    reason: 'Every run on a native Postgres does the same.',
  },
]

const pages = (await readPages(root)).filter(({ blocks }) => blocks.length > 0)
const placeholders: [string, string][] = [
  ['http://127.0.0.1:54321', env('SUPABASE_URL')],
  ['<publishable key that npm start printed>', env('SUPABASE_PUBLISHABLE_KEY')],
  ['<secret key that npm start printed>', env('SUPABASE_SECRET_KEY')],
]
const filled = (code: string): string =>
  placeholders.reduce((text, [from, to]) => text.replaceAll(from, to), code)

/** The blocks of a page in a language, with the addresses of this platform. */
function blocksIn({ path, blocks }: Page, ...languages: string[]): Block[] {
  return blocks.filter((block) => languages.includes(block.language) && !exceptionOf(path, block))
    .map((block) => ({ ...block, code: filled(block.code) }))
}

function exceptionOf(path: string, { language, code }: Block): typeof notRun[number] | undefined {
  return notRun.find(({ page, begins }) =>
    page === path && (begins === '' ? language === 'tsx' : code.startsWith(begins))
  )
}

// What the first examples of Getting started leave behind: for TypeScript a client, for bash variables.
const opening = blocksOf(filled(await readFile(join(root, 'docs/guide/getting_started.md'), 'utf8')))
const [signIn, variables] = ['ts', 'sh'].map((language) =>
  opening.find((block) => block.language === language && block.code.includes('olivia@'))?.code ?? ''
) as [string, string]

/** Where a page is a program: its folder has what this repository has, so that relative imports find it. */
const folder = await mkdtemp(join(tmpdir(), 'plinth-docs-'))
await mkdir(join(folder, 'functions'))
for (const name of ['node_modules', 'types', 'functions/_lib', 'functions/_shared']) {
  await symlink(join(root, name), join(folder, name))
}
await writeFile(
  join(folder, 'deno.json'),
  JSON.stringify({
    nodeModulesDir: 'manual',
    lock: false,
    unstable: ['no-legacy-abort'],
    compilerOptions: { strict: true, skipLibCheck: true },
  }),
)
globalThis.addEventListener('unload', () => Deno.removeSync(folder, { recursive: true }))

/** A page as a module: beside the others, or in a folder of functions where it is a part of one. */
type Program = { page: Page; file: string; code: string }

/** The type that an example of Getting started has, for tests that look at what it left. */
type Started = { supabase: SupabaseClient }

const programs: Program[] = []
for (const page of pages) {
  const blocks = blocksIn(page, 'ts')
  if (blocks.length === 0) continue
  const name = basename(page.path, '.md')
  const code = programOf(blocks, '')
  const inFunction = code.includes("from '../_")
  const file = join(folder, inFunction ? `functions/${name}/index.ts` : `${name}.ts`)
  await mkdir(dirname(file), { recursive: true })
  const continues = !inFunction && !/^const supabase = /m.test(code)
  if (continues) {
    await writeFile(startOf(file), `${signIn}\nexport { publishableKey, supabase, url }\n`)
  }
  const start = continues ? `import { publishableKey, supabase, url } from './${name}.start.ts'` : ''
  await writeFile(file, `${start}${code}${/^export /m.test(code) ? '' : 'export {}\n'}`)
  programs.push({ page, file, code })
}

function startOf(file: string): string {
  return file.replace(/\.ts$/, '.start.ts')
}

/** A line of a page, for a line of the program that it is. */
function onPage({ page, file }: Program, text: string): string {
  return text.replaceAll(`file://${file}`, page.path).replaceAll(
    startOf(`file://${file}`),
    `${page.path} (sign-in)`,
  )
}

// Takes longer than all else, and runs beside it.
const checked = new Deno.Command(Deno.execPath(), {
  args: ['check', '--quiet', ...programs.map(({ file }) => file)],
  cwd: folder,
  env: { NO_COLOR: '1' },
  stdin: 'null',
}).output()
for (const program of programs) {
  Deno.test({
    name: `the TypeScript of ${program.page.path} does what it says`,
    // Clients keep refreshing sessions.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const { fetch } = globalThis
      const refused: { line: number; answer: string }[] = []
      const log: unknown[][] = []
      const print = console.log
      console.log = (...values) => void log.push(values)
      globalThis.fetch = async (...request) => {
        const at = new Error().stack ?? ''
        const response = await fetch(...request)
        if (!response.ok) {
          const { code } = await response.clone().json().catch(() => ({}))
          refused.push({ line: lineIn(program, at), answer: `${response.status}, ${code}` })
        }
        return response
      }
      try {
        await import(`file://${program.file}`)
        const { page, code } = program
        const said = (refusals: { line: number; answer: string }[]): string[] =>
          refusals.map(({ line, answer }) => `${page.path}:${line} is answered ${answer}`)
        const wanted = refusalsOf(code)
        // A request is sent where its statement begins, and the comment may be at its end.
        if (refused.map(({ answer }) => answer).join() !== wanted.map(({ answer }) => answer).join()) {
          assert.deepEqual(said(refused), said(wanted))
        }
      } catch (cause) {
        const stack = cause instanceof Error ? cause.stack ?? cause.message : JSON.stringify(cause)
        assert.fail(`${onPage(program, stack)}\n${refused.map((one) => JSON.stringify(one)).join('\n')}`)
      } finally {
        globalThis.fetch = fetch
        console.log = print
        await close(program)
      }
    },
  })
}

function lineIn({ file }: Program, stack: string): number {
  return Number(new RegExp(`file://${file}:(\\d+)`).exec(stack)?.[1] ?? 0)
}

/** Ends the sockets and timers of the client that the page continued. */
async function close({ file }: Program): Promise<void> {
  const started: Started | null = await import(`file://${startOf(file)}`).catch(() => null)
  await started?.supabase.removeAllChannels()
  await started?.supabase.auth.stopAutoRefresh()
}

const shell = pages.filter((page) => blocksIn(page, 'sh').length > 0)
for (const page of shell) {
  Deno.test(`the commands of ${page.path} work`, async () => {
    const place = await mkdtemp(join(folder, 'shell-'))
    const script = programOf(blocksIn(page, 'sh'), '')
    const continues = !script.includes('olivia@')
    await writeFile(
      join(place, 'start.sh'),
      // A refusal ends curl with success by itself.
      `curl() { command curl --fail-with-body "$@"; }\n${continues ? variables : ''}`,
    )
    await writeFile(
      join(place, 'page.sh'),
      `set -euo pipefail; trap 'echo "${page.path}:$LINENO" >&2' ERR; source ./start.sh${script}`,
    )
    const { success, stdout, stderr } = await new Deno.Command('bash', {
      args: ['page.sh'],
      cwd: place,
      stdin: 'null',
      signal: AbortSignal.timeout(60_000),
    }).output()
    const text = new TextDecoder()
    assert.ok(success, `${text.decode(stderr)}${text.decode(stdout)}`)
  })
}

Deno.test('the SQL of every page runs', async () => {
  const sql = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })
  try {
    for (const page of pages) {
      for (const { line, code } of blocksIn(page, 'sql')) {
        await sql.begin(async (transaction) => {
          await transaction.unsafe(code)
          throw new Error('undone')
        }).catch((cause) => {
          if (cause instanceof postgres.PostgresError) {
            const before = code.slice(0, Number(cause.position ?? 1) - 1)
            assert.fail(`${page.path}:${line + before.split('\n').length}: ${cause.message}`)
          }
          if (cause.message !== 'undone') throw cause
        })
      }
    }
  } finally {
    await sql.end()
  }
})

Deno.test('JSON is valid, settings are those of the files, and no other language is left out', async () => {
  const config = await readFile(join(root, 'supabase/config.toml'), 'utf8')
  for (const page of pages) {
    for (const block of page.blocks) {
      const at = `${page.path}:${block.line}`
      if (exceptionOf(page.path, block) || ['ts', 'sh', 'sql'].includes(block.language)) continue
      if (block.language === 'json') assert.doesNotThrow(() => JSON.parse(block.code), at)
      else if (block.language === 'toml') assert.ok(config.includes(block.code), at)
      else assert.fail(`${at}: nothing runs "${block.language}"`)
    }
  }
  const unused = notRun.filter(({ page, begins }) =>
    !pages.some(({ path, blocks }) =>
      path === page && blocks.some((block) => exceptionOf(path, block)?.begins === begins)
    )
  )
  assert.deepEqual(unused, [], 'every exception is needed')
})

Deno.test({
  name: 'the TypeScript of every page has the types of the schema',
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const { success, stderr } = await checked
    const text = programs.reduce((all, program) => onPage(program, all), new TextDecoder().decode(stderr))
    assert.ok(success, text)
  },
})

Deno.test('a block has the line that it has on its page', () => {
  const blocks = blocksOf('# A\n\n1. b\n\n   ```ts\n   c()\n   ```\n\n```ts\nd()\n```\n')
  assert.deepEqual(blocks, [
    { language: 'ts', line: 5, code: 'c()\n' },
    { language: 'ts', line: 9, code: 'd()\n' },
  ])
  assert.equal(programOf(blocks, 'start'), 'start\n\n\n\n\nc()\n\n\n\nd()\n')
})
