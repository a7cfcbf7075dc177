/**
 * A deployment, rehearsed: the commands of docs/guide/deploy.md and of .github/workflows/deploy.yml run with the pinned
 * CLI against a stand-in for the Management API. What they send is what a project needs, no more; every function starts
 * from its upload alone, within the limits of a hosted one.
 */
import { strict as assert } from 'node:assert'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import postgres from 'postgres'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Database, startEmbedded } from '../../stack/database/embedded.ts'
import { root } from '../../stack/options.ts'
import { examineDatabase } from '../../tools/doctor.ts'
import { migrations } from '../../types/generated/migrations.ts'
import { env } from '../support/clients.ts'
import { copyProject } from '../support/instance.ts'
import { type ManagementApi, projectRef, startManagementApi } from '../support/management_api.ts'

/** What Supabase bundles at most is 5 MB. */
const maxBundle = 4_000_000
/** Of a hosted function. */
const memoryMb = 256

const guide = await readFile(join(root, 'docs', 'guide', 'deploy.md'), 'utf8')
const hosted = guide.slice(guide.indexOf('## To a hosted project'), guide.indexOf('## To another Postgres'))
const commands = blocks(hosted, 'sh').flatMap((block) => block.split('\n')).filter((line) =>
  line.startsWith('npx supabase ')
)
const Workflow = z.object({ jobs: z.object({ deploy: z.object({ steps: z.array(z.unknown()) }) }) })
const Step = z.object({ run: z.string().startsWith('npx supabase ') })
const workflow = Workflow.parse(
  parse(await readFile(join(root, '.github', 'workflows', 'deploy.yml'), 'utf8')),
).jobs.deploy.steps.flatMap((step) => Step.safeParse(step).data?.run ?? [])

/** The code blocks of a language, without the indentation of the list that they are in. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\n([^]*?)^ *\`\`\`$`, 'gm'))].map((
    [, indent, code],
  ) => (code ?? '').split('\n').map((line) => line.slice(indent?.length)).join('\n').trim())
}

/** Runs a command of the guide. The stand-in has no database, so migrations go to `database`. */
async function run(
  api: ManagementApi,
  folder: string,
  command: string,
  { yes, database }: { yes: boolean; database: string },
): Promise<string> {
  const args = command.replace('"$SUPABASE_PROJECT_ID"', projectRef).split(' ').slice(2).map((argument) =>
    argument === '--remote' ? `--remote=${database}` : argument
  )
  const { code, output } = await api.supabase(folder, ...args, ...(yes ? ['--yes'] : []))
  assert.equal(code, 0, `${command}: ${output}`)
  return output
}

/** Writes what was uploaded for each function into a folder, with the packages that it names. Returns where each begins. */
async function unpack(
  api: ManagementApi,
  treeOf: (name: string) => string,
): Promise<Map<string, string>> {
  const trees = new Map<string, string>()
  for (const { path, query, form } of api.changes) {
    if (path !== '/v1/functions/deploy' || !form) continue
    const name = query.get('slug') ?? ''
    const tree = treeOf(name)
    const { entrypoint_path, import_map_path, verify_jwt } = Metadata.parse(
      JSON.parse(`${form.get('metadata')}`),
    )
    assert.equal(verify_jwt, false, `${name} authenticates callers itself`)
    for (const file of form.getAll('file')) {
      assert.ok(file instanceof File)
      await mkdir(dirname(join(tree, file.name)), { recursive: true })
      await writeFile(join(tree, file.name), file.stream())
    }
    const { imports } = ImportMap.parse(JSON.parse(await readFile(join(tree, import_map_path), 'utf8')))
    const dependencies = Object.fromEntries(
      Object.values(imports).map((address) => {
        const [, packageName, version] = /^npm:((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(address) ?? []
        assert.ok(packageName && version, `${address} has a version`)
        return [packageName, version]
      }),
    )
    await writeFile(join(tree, 'package.json'), JSON.stringify({ dependencies }))
    await writeFile(
      join(tree, 'deno.json'),
      JSON.stringify({ nodeModulesDir: 'manual', lock: false, importMap: import_map_path }),
    )
    await writeFile(join(tree, 'main.ts'), main(entrypoint_path))
    await symlink(join(root, 'node_modules'), join(tree, 'node_modules')).catch(() => {})
    trees.set(name, entrypoint_path)
  }
  return trees
}

const Metadata = z.object({
  entrypoint_path: z.string(),
  import_map_path: z.string(),
  verify_jwt: z.boolean(),
})
const ImportMap = z.object({ imports: z.record(z.string(), z.string()) })

/** Starts a function as the platform would, and says where it listens and how long it took. */
const main = (entrypoint: string): string => `
  const started = performance.now()
  const { default: served } = await import('./${entrypoint}')
  const onListen = ({ port }) => console.log(JSON.stringify({
    port, ms: Math.round(performance.now() - started), mb: Math.round(Deno.memoryUsage().rss / 1e6),
  }))
  Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, served.fetch)
`

const Graph = z.object({
  modules: z.array(z.object({
    specifier: z.string(),
    error: z.string().optional(),
    dependencies: z.array(z.object({ specifier: z.string() })).default([]),
  })),
})

/** The modules of a function that are not of a package. Each import is in the upload or in its import map. */
async function readGraph(tree: string, entrypoint: string): Promise<{ packages: string[]; bytes: number }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ['info', '--json', '--quiet', entrypoint],
    cwd: tree,
    stdin: 'null',
  }).output()
  const text = new TextDecoder()
  assert.ok(success, text.decode(stderr))
  const { modules } = Graph.parse(JSON.parse(text.decode(stdout)))
  const own = new URL(`file://${await realpath(tree)}/`).href
  const map = ImportMap.parse(
    JSON.parse(await readFile(join(tree, 'supabase/functions/import_map.json'), 'utf8')),
  )
  const packages = new Set<string>()
  let bytes = 0
  for (const { specifier, error, dependencies } of modules) {
    assert.equal(error, undefined, specifier)
    if (specifier.startsWith('node:')) continue
    const found = /^file:\/\/(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(specifier)?.[1]
    if (found) {
      if (!/\.d\.[cm]?ts$/.test(specifier)) packages.add(found)
      continue
    }
    assert.ok(specifier.startsWith(own), `${specifier} was uploaded`)
    bytes += compressed([await readFile(new URL(specifier))])
    for (const { specifier: name } of dependencies) {
      assert.ok(/^(\.{1,2}\/|node:)/.test(name) || name in map.imports, `${name} is in the import map`)
    }
  }
  return { packages: [...packages], bytes }
}

/** The packages and those that they need, by folder. A bundle contains whole packages. */
async function withDependencies(folders: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>()
  const next = [...folders]
  for (let folder = next.pop(); folder !== undefined; folder = next.pop()) {
    if (found.has(folder)) continue
    found.add(folder)
    const { dependencies } = z.object({ dependencies: z.record(z.string(), z.string()).default({}) })
      .parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')))
    for (const name of Object.keys(dependencies)) {
      const place = await placeOf(name, folder)
      if (place) next.push(place)
    }
  }
  return found
}

async function placeOf(name: string, from: string): Promise<string | null> {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const place = await realpath(join(folder, 'node_modules', name)).catch(() => null)
    if (place) return place
  }
  return null
}

const sizes = new Map<string, number>()

/** The size of a package in a bundle, all of its files compressed. */
async function sizeOf(folder: string): Promise<number> {
  const known = sizes.get(folder)
  if (known !== undefined) return known
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile() && !entry.parentPath.slice(folder.length).includes('/node_modules')
  ).map((entry) => join(entry.parentPath, entry.name)).sort()
  const size = compressed(await Promise.all(files.map((file) => readFile(file))))
  sizes.set(folder, size)
  return size
}

/** Brotli as bundles have it, at a level that takes a tenth of the time and is a little larger. */
function compressed(contents: readonly Uint8Array[]): number {
  const all = Buffer.concat(contents)
  return brotliCompressSync(all, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: all.length },
  }).length
}

const Started = z.object({ port: z.number(), ms: z.number(), mb: z.number() })

/** Starts a function from its tree alone and asks it for `path`. */
async function ask(
  tree: string,
  path: string,
): Promise<{ status: number; body: unknown; ms: number; mb: number }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      'run',
      '--quiet',
      '--no-prompt',
      '--cached-only',
      `--v8-flags=--max-old-space-size=${memoryMb}`,
      '--allow-env',
      '--allow-sys',
      '--allow-net=127.0.0.1',
      `--allow-read=${tree},${join(root, 'node_modules')}`,
      'main.ts',
    ],
    cwd: tree,
    clearEnv: true,
    env: {
      PATH: Deno.env.get('PATH') ?? '',
      HOME: Deno.env.get('HOME') ?? '',
      NO_COLOR: '1',
      SUPABASE_URL: env('SUPABASE_URL'),
      SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: env('SUPABASE_PUBLISHABLE_KEY') }),
      SUPABASE_SECRET_KEYS: JSON.stringify({ default: env('SUPABASE_SECRET_KEY') }),
      SUPABASE_JWKS: '{"keys":[]}',
    },
    stdin: 'null',
    stdout: 'piped',
    stderr: 'piped',
  }).spawn()
  const errors = new Response(child.stderr).text()
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader()
  try {
    const { value, done } = await lines.read()
    assert.ok(!done && value, await (done ? errors : ''))
    const { port, ...measured } = Started.parse(JSON.parse(value.slice(0, value.indexOf('\n'))))
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: path.endsWith('/health') ? 'GET' : 'POST',
    })
    return { status: response.status, body: await response.json(), ...measured }
  } finally {
    child.kill('SIGKILL')
    await lines.cancel()
    await Promise.all([child.status, errors])
  }
}

async function startDatabase(folder: string): Promise<Database> {
  Deno.env.set('PGSSLMODE', 'prefer')
  return await startEmbedded(join(folder, 'database'), 0, () => {})
}

Deno.test('a deployment as the guide has it ships what a project needs', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-rehearsal-'))
  const project = await copyProject()
  const api = await startManagementApi()
  const database = await startDatabase(folder)
  const sql = postgres(database.url, { max: 1, onnotice: () => {} })
  const step = async (command: string): Promise<string> =>
    await run(api, project, command, { yes: true, database: database.url })
  try {
    assert.deepEqual(commands.map((command) => command.split(' ').slice(2, 4).join(' ')), [
      'link --project-ref',
      'db push',
      'config push',
      'secrets set',
      'functions deploy',
    ])
    const [link = '', push = '', config = '', secrets = '', deploy = ''] = commands

    await t.step('link and db push: the migrations go to the project, not to this machine', async () => {
      await step(link)
      const { output } = await api.supabase(project, ...push.split(' ').slice(2), '--yes')
      assert.match(output, /^Target: project rehearsal/)
      await step(push)
      const applied = await sql`select version from supabase_migrations.schema_migrations order by version`
      assert.deepEqual(applied.map(({ version }) => version), migrations)
      assert.match(await step(push), /up to date/)
    })

    await t.step('config push: what Plinth needs, and nothing else', async () => {
      api.forget()
      await step(config)
      assert.deepEqual(api.changes.map(({ method, path, body }) => ({ method, path, body })), [
        {
          method: 'PATCH',
          path: '/v1/postgrest',
          body: { db_schema: 'public,graphql_public,dashboard,business,studio' },
        },
        {
          method: 'PATCH',
          path: '/v1/config/auth',
          body: {
            hook_custom_access_token_enabled: true,
            hook_custom_access_token_uri: 'pg-functions://postgres/public/custom_access_token_hook',
          },
        },
      ])
    })

    await t.step('config push: addresses are confirmed, whatever the project had', async () => {
      api.forget()
      api.settings.auth['mailer_autoconfirm'] = true
      api.settings.auth['mailer_secure_email_change_enabled'] = false
      await step(config)
      const auth = z.record(z.string(), z.unknown()).parse(api.changes.at(-1)?.body)
      assert.equal(auth['mailer_autoconfirm'], false)
      assert.equal(auth['mailer_secure_email_change_enabled'], true)
    })

    await t.step('secrets set', async () => {
      api.forget()
      await step(secrets)
      assert.deepEqual(api.changes[0]?.body, [{
        name: 'CORS_ALLOWED_ORIGINS',
        value: 'https://app.example.com',
      }])
    })

    await t.step('the vault: the database finds the functions', async () => {
      const [statements = ''] = blocks(hosted, 'sql')
      await sql.unsafe(statements.replaceAll('<reference>', projectRef))
      const [call] = await sql`select private.invoke_function('files-work') is not null as sent`
      assert.deepEqual(call, { sent: true })
    })

    await t.step('the doctor finds nothing missing in the database', async () => {
      const findings = await sql.begin('read only', examineDatabase)
      assert.deepEqual(findings.filter(({ problems }) => problems.length > 0), [])
    })

    await t.step('functions deploy: every function starts from what was uploaded', async () => {
      api.forget()
      await step(deploy)
      const names = (await readdir(join(root, 'functions'), { withFileTypes: true }))
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_')).map(({ name }) => name).sort()
      const trees = await unpack(api, (name) => join(folder, name))
      assert.deepEqual([...trees.keys()].sort(), names)
      assert.equal(api.changes.at(-1)?.method, 'PUT', 'the functions are published')
      for (const [name, entrypoint] of trees) {
        const tree = join(folder, name)
        const graph = await readGraph(tree, entrypoint)
        let size = graph.bytes
        for (const place of await withDependencies(graph.packages)) size += await sizeOf(place)
        const { status, body, ms, mb } = await ask(tree, `/functions/v1/${name}`)
        console.log(
          `${name.padEnd(12)} ${(size / 1e6).toFixed(2)} MB, starts in ${ms} ms with ${mb} MB of memory`,
        )
        if (name === 'health') {
          assert.deepEqual({ status, body }, { status: 200, body: { ...body as object, status: 'ok' } })
        } else assert.ok([401, 404].includes(status), `${name}: ${status} ${JSON.stringify(body)}`)
        assert.ok(size < maxBundle, `${name} has ${size} bytes`)
      }
    })

    await t.step('the uploads have the types that they need', async () => {
      // What two functions share is the same file, so all are checked at once.
      const all = join(folder, 'all')
      const names = [...await unpack(api, () => all)].map(([, entrypoint]) => entrypoint)
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ['check', '--quiet', ...names],
        cwd: all,
        stdin: 'null',
      }).output()
      assert.ok(success, new TextDecoder().decode(stderr))
    })
  } finally {
    await sql.end()
    await database.stop()
    await api.stop()
    for (const path of [folder, project]) await rm(path, { recursive: true, force: true })
  }
})

Deno.test('the workflow runs the same commands, and changes a project without being asked', async () => {
  assert.deepEqual(
    workflow.map((command) => command.replace(/ --yes$/, '')),
    commands.filter((command) => !command.includes(' secrets ')),
  )
  const project = await copyProject()
  const api = await startManagementApi()
  try {
    for (const command of workflow) {
      await run(api, project, command, { yes: false, database: env('DATABASE_URL') })
    }
    assert.deepEqual(
      [...new Set(api.changes.map(({ path }) => path))],
      ['/v1/postgrest', '/v1/config/auth', '/v1/functions/deploy', '/v1/functions'],
    )
  } finally {
    await api.stop()
    await rm(project, { recursive: true, force: true })
  }
})
