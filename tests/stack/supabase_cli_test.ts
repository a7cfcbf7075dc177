/** What the Supabase CLI says of the schema: nothing to apply, nothing to lint, nothing to advise, types current. */
import { strict as assert } from 'node:assert'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { z } from 'zod'
import { root } from '../../stack/options.ts'
import { generateTypes } from '../../tools/generate.ts'

const url = Deno.env.get('DATABASE_URL') ?? ''
const sql = postgres(url, { max: 1, onnotice: () => {} })
const [server] = await sql<{ embedded: boolean }[]>`select version() like '%PGlite%' as embedded`
const bound = await sql<{ name: string }[]>`
  select format('%I.%I', n.nspname, p.proname) as name
  from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
  where p.prosqlbody is not null and n.nspname in ('public', 'dashboard', 'business', 'studio', 'private')`
await sql.end()

const Lint = z.array(z.object({
  function: z.string(),
  issues: z.array(z.object({ level: z.string(), message: z.string() })),
}))
/**
 * plpgsql_check 2.10 follows what functions call: to Postgres format() and jsonb_agg() are stable whatever they
 * are given, and set_config() is volatile though the functions set for themselves alone.
 */
const declinedLint =
  /^routine is marked as (IMMUTABLE, but expression is STABLE|STABLE, but expression is VOLATILE)$/

const Advice = z.array(z.object({ name: z.string(), level: z.string(), detail: z.string() }))

/** What is not to be followed, with the reason. */
const declined: { name: string; detail: RegExp; because: string }[] = [
  {
    name: 'function_search_path_mutable',
    detail: /`tests\.\w+`/,
    because: 'only a database under test has these',
  },
  {
    name: 'rls_enabled_no_policy',
    detail: /`studio\.limits`/,
    because: 'only the secret key, which bypasses policies, has a right on it',
  },
  { name: 'unused_index', detail: /./, because: 'a database made for the tests has not been used' },
  { name: 'table_bloat', detail: /./, because: 'tests fill tables and take all of it back' },
  {
    name: 'function_search_path_mutable',
    detail: new RegExp(`\`(${bound.map(({ name }) => name.replace('.', '\\.')).join('|')})\``),
    because:
      'begin atomic binds every name at creation, and a set clause would keep the planner from inlining them',
  },
]

async function supabase(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(join(root, 'node_modules', '.bin', 'supabase'), {
    args,
    cwd: root,
    env: { DO_NOT_TRACK: '1', SUPABASE_TELEMETRY_DISABLED: '1' },
    stdin: 'null',
  }).output()
  const text = new TextDecoder()
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) }
}

/** The list that a command prints, which may have other lines before it. */
function list<T>({ stdout, stderr }: { stdout: string; stderr: string }, shape: z.ZodType<T[]>): T[] {
  const start = stdout.search(/^\[/m)
  assert.ok(
    start >= 0 || /No (issues|schema errors) found/i.test(stdout + stderr),
    `it printed no list: ${stdout}${stderr}`,
  )
  return start < 0 ? [] : shape.parse(JSON.parse(stdout.slice(start)))
}

Deno.test('pushing again finds nothing to apply', async () => {
  const { code, stdout, stderr } = await supabase('db', 'push', `--remote=${url}`, '--include-seed', '--yes')
  assert.equal(code, 0, stderr)
  assert.match(stdout, /Remote database is up to date\./)
})

Deno.test({
  name: 'supabase db lint reports nothing',
  // It needs the extension plpgsql_check, which the embedded database cannot load.
  ignore: server?.embedded ?? false,
  fn: async () => {
    const schemas = 'public,dashboard,business,studio,private'
    const printed = await supabase(
      'db',
      'lint',
      `--remote=${url}`,
      `--schema=${schemas}`,
      '--level=warning',
      '--fail-on=none',
    )
    const open = list(printed, Lint).flatMap(({ function: name, issues }) =>
      issues.filter(({ message }) => !declinedLint.test(message)).map(({ level, message }) =>
        `${level} ${name}: ${message}`
      )
    )
    assert.deepEqual(open, [])
  },
})

Deno.test('supabase db advisors reports nothing that is not declined for a reason', async () => {
  const printed = await supabase(
    'db',
    'advisors',
    `--remote=${url}`,
    '--type=all',
    '--level=info',
    '--fail-on=none',
  )
  const advice = list(printed, Advice)
  const open = advice.filter((item) =>
    !declined.some(({ name, detail }) => name === item.name && detail.test(item.detail))
  )
  assert.deepEqual(open.map((item) => `${item.level} ${item.name}: ${item.detail}`), [])
})

Deno.test('types/generated/database.ts is what the migrations make', async () => {
  assert.equal(
    await readFile(join(root, 'types', 'generated', 'database.ts'), 'utf8'),
    await generateTypes(url),
    'run npm run types',
  )
})
