/** The suites of tests that the official clients have, and the project that each of them expects. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../stack/options.ts'
import { end, start } from '../support/instance.ts'

/** The address that the suites use, which they have in their code. */
const port = 54321
/** The secret of the keys that they have in their code. */
const secret = 'super-secret-jwt-token-with-at-least-32-characters-long'

export type Suite = {
  /** Folder of the package in packages/core. */
  name: string
  /** The Supabase project of the suite, in the package. */
  project: string
  /** Lines of its config.toml. */
  config: string
  /** What changes in its SQL, because it needs something that is not there. */
  sql?: readonly (readonly [RegExp, string])[]
  /** A command to run before the tests, in the package. */
  prepare?: string[]
  /** Arguments for jest. */
  jest: string[]
  /** Keys are added or exchanged on the way: see `withKeys`. */
  keys?: true
}

export const suites: readonly Suite[] = [
  {
    name: 'supabase-js',
    project: 'supabase',
    config: '[api]\nschemas = ["public"]\n',
    jest: ['test/integration.test.ts'],
  },
  {
    name: 'postgrest-js',
    project: 'test/supabase',
    config: '[api]\nschemas = ["public", "personal"]\n',
    sql: [
      [/create extension if not exists postgis schema extensions;/, ''],
      [/extensions\.geometry\(POINT, 4326\)/, 'text'],
    ],
    jest: ['--testPathIgnorePatterns=test/v12/'],
    keys: true,
  },
  {
    name: 'storage-js',
    project: 'test/supabase',
    config: '[api]\nschemas = ["public"]\n[storage]\nfile_size_limit = "50MiB"\n',
    jest: [],
  },
  {
    name: 'auth-js',
    project: 'test/supabase',
    config: `[api]
schemas = ["public"]
[auth]
site_url = "http://127.0.0.1:3000"
additional_redirect_urls = ["https://127.0.0.1:3000", "http://localhost:5173"]
minimum_password_length = 6
`,
    prepare: ['node', 'test/generate-signing-keys.js'],
    jest: ['--config', 'jest.config.cli.js'],
    keys: true,
  },
]

export type Outcome = { passed: string[]; failed: Map<string, string> }

/** Runs a suite of a checkout of supabase-js against a platform of its own. */
export async function runSuite(checkout: string, suite: Suite): Promise<Outcome> {
  await using cleanup = new AsyncDisposableStack()
  const packageFolder = join(checkout, 'packages', 'core', suite.name)
  const folder = await project(packageFolder, suite)
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  if (suite.prepare) await command(suite.prepare, packageFolder)
  const platform = await start(['--ephemeral', ...suite.keys ? [] : ['--port', String(port)]], {
    root: folder,
    env: { SUPABASE_JWT_SECRET: secret },
  })
  cleanup.defer(() => end(platform))
  if (suite.keys) {
    const proxy = Deno.serve(
      { hostname: '127.0.0.1', port, onListen: () => {} },
      (request) => fetch(withKeys(request, platform.env), { redirect: 'manual' }),
    )
    cleanup.defer(() => proxy.shutdown())
  }
  const report = join(folder, 'report.json')
  const printed = await command(
    [
      'node_modules/.bin/jest',
      '--runInBand',
      '--ci',
      '--coverage=false',
      '--testTimeout=60000',
      '--json',
      `--outputFile=${report}`,
      ...suite.jest,
    ],
    packageFolder,
  )
  const text = await readFile(report, 'utf8').catch(() => {
    throw new Error(`jest wrote no report:\n${printed}`)
  })
  return outcome(JSON.parse(text))
}

type Report = {
  testResults: {
    name: string
    message: string
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[]
  }[]
}

function outcome({ testResults }: Report): Outcome {
  const passed: string[] = []
  const failed = new Map<string, string>()
  for (const { name, message, assertionResults } of testResults) {
    const file = name.replace(/^.*\/test\//, '')
    if (assertionResults.length === 0) failed.set(file, message)
    for (const { fullName, status, failureMessages } of assertionResults) {
      if (status === 'passed') passed.push(`${file}: ${fullName}`)
      if (status === 'failed') failed.set(`${file}: ${fullName}`, failureMessages.join('\n'))
    }
  }
  return { passed, failed }
}

/** The platform with the SQL of the suite instead of Plinth's. */
async function project(packageFolder: string, suite: Suite): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-official-'))
  const source = join(packageFolder, suite.project)
  await cp(join(root, 'stack'), join(folder, 'stack'), { recursive: true })
  for (const name of ['deno.json', 'package.json']) await cp(join(root, name), join(folder, name))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const name of ['supabase/migrations', 'seed', 'functions', 'types']) {
    await mkdir(join(folder, name), { recursive: true })
  }
  await symlink('supabase/migrations', join(folder, 'migrations'))
  await writeFile(
    join(folder, 'supabase', 'config.toml'),
    `project_id = "official"\n${suite.config}\n[auth.email]\n[db.seed]\nsql_paths = ["../seed/*.sql"]\n`,
  )
  const copy = async (from: string, to: string): Promise<void> => {
    let text = await readFile(join(source, from), 'utf8')
    for (const [pattern, instead] of suite.sql ?? []) text = text.replace(pattern, instead)
    await writeFile(join(folder, to), text)
  }
  const entries = await readdir(source)
  if (entries.includes('seed.sql')) await copy('seed.sql', 'seed/seed.sql')
  if (entries.includes('migrations')) {
    for (const name of await readdir(join(source, 'migrations'))) {
      await copy(`migrations/${name}`, `supabase/migrations/${name}`)
    }
  }
  return folder
}

/**
 * The request for the platform. The Supabase CLI, for which the suites are written, asks for no API key; and one suite
 * signs its keys with a key pair, which the platform does not know.
 */
function withKeys(request: Request, env: Record<string, string>): Request {
  const url = new URL(request.url)
  const target = new URL(url.pathname + url.search, env['SUPABASE_URL'])
  const headers = new Headers(request.headers)
  headers.delete('host')
  const known = { anon: env['SUPABASE_ANON_KEY']!, service_role: env['SUPABASE_SERVICE_ROLE_KEY']! }
  const exchange = (token: string): string => {
    const role = keyRole(token)
    return role ? known[role] : token
  }
  const bearer = headers.get('authorization')?.replace(/^bearer /i, '')
  if (bearer) headers.set('authorization', `Bearer ${exchange(bearer)}`)
  headers.set('apikey', exchange(headers.get('apikey') ?? known.anon))
  return new Request(target, { method: request.method, headers, body: request.body, redirect: 'manual' })
}

function keyRole(token: string): 'anon' | 'service_role' | undefined {
  try {
    const [head, claims] = token.split('.').slice(0, 2).map((part) =>
      JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(part, { alphabet: 'base64url' })))
    )
    return head.alg === 'RS256' && ['anon', 'service_role'].includes(claims.role) ? claims.role : undefined
  } catch {
    return undefined
  }
}

async function command([name, ...args]: string[], cwd: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(name!, { args, cwd, stdin: 'null' }).output()
  return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join('\n')
}
