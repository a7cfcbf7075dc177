/**
 * `npm run doctor -- --remote=URL [--api=URL --key=SECRET_KEY --token=TOKEN]`: whether a project has everything that Plinth needs, and
 * how to fix what is missing. It changes nothing: the connection is read-only, and requests are refused or only read.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { z } from 'zod'
import { readConfig } from '../stack/gateway/config.ts'
import { root } from '../stack/options.ts'
import { migrations } from '../types/generated/migrations.ts'

/** One thing that a project needs. */
export type Finding = { readonly name: string; readonly problems: readonly string[]; readonly fix: string }

/** An API, and a secret key for it. */
export type Api = {
  readonly url: string
  readonly key?: string | undefined
  /** The access token of a user, which shows whether the hook is enabled. */
  readonly token?: string | undefined
  /** The local platform confirms every address itself. */
  readonly local: boolean
}

/** How long an answer may take. */
const timeoutMs = 20_000

const push = 'npx supabase db push --remote'
const configure = 'npx supabase config push'
const guide = 'See docs/guide/deploy.md.'

/** What the migrations say of the objects that a later change may have removed. */
async function readExpected(): Promise<{ jobs: Map<string, string>; tables: string[] }> {
  const folder = join(root, 'migrations')
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const sql = (await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))).join('\n')
  const jobs = [...sql.matchAll(/^select cron\.schedule\('([^']+)', '([^']+)'/gm)]
  const tables = [...sql.matchAll(/^alter publication supabase_realtime add table ([\w.]+);/gm)]
  return {
    jobs: new Map(jobs.map(([, name = '', schedule = '']) => [name, schedule])),
    tables: tables.map(([, name = '']) => name),
  }
}

/** Examines a database, which is only read. */
export async function examineDatabase(sql: postgres.Sql | postgres.TransactionSql): Promise<Finding[]> {
  const expected = await readExpected()
  return [
    await findMigrations(sql),
    await findExtensions(sql),
    await findJobs(sql, expected.jobs),
    await findSecrets(sql),
    await findBucket(sql),
    await findPublication(sql, expected.tables),
    await findHook(sql),
  ]
}

type Sql = postgres.Sql | postgres.TransactionSql

async function exists(sql: Sql, name: string): Promise<boolean> {
  const [row] = await sql<{ found: boolean }[]>`select to_regclass(${name}) is not null as found`
  return row?.found ?? false
}

async function findMigrations(sql: Sql): Promise<Finding> {
  const applied = await exists(sql, 'supabase_migrations.schema_migrations')
    ? (await sql<{ version: string }[]>`select version from supabase_migrations.schema_migrations`)
      .map(({ version }) => version)
    : []
  const pending = migrations.filter((version) => !applied.includes(version))
  const unknown = applied.filter((version) => !migrations.includes(version))
  return {
    name: 'migrations',
    problems: [
      ...(pending.length > 0
        ? [`${pending.length} of ${migrations.length} are not applied, from ${pending[0]}`]
        : []),
      ...(unknown.length > 0 ? [`${unknown.length} are of another release, such as ${unknown[0]}`] : []),
    ],
    fix: push,
  }
}

async function findExtensions(sql: Sql): Promise<Finding> {
  const found = new Map(
    (await sql<{ extname: string; extversion: string }[]>`select extname, extversion from pg_extension`)
      .map(({ extname, extversion }) => [extname, extversion]),
  )
  const names = ['pgcrypto', 'pg_trgm', 'vector', 'btree_gist', 'btree_gin']
  const problems = names.filter((name) => !found.has(name)).map((name) => `${name} is missing`)
  const vector = found.get('vector')
  if (vector && /^0\.[0-7](\.|$)/.test(vector)) problems.push(`vector ${vector} is older than 0.8`)
  const [stand] = await sql<{ net: boolean; vault: boolean }[]>`
    select to_regproc('net.http_post') is not null as net, to_regclass('vault.decrypted_secrets') is not null as vault`
  if (!await exists(sql, 'cron.job')) problems.push('pg_cron is missing: no job runs')
  if (!stand?.net) problems.push('pg_net is missing: the database cannot call functions')
  if (!stand?.vault) problems.push('supabase_vault is missing: nothing says where the functions are')
  return {
    name: 'extensions',
    problems,
    fix: 'Enable them in the dashboard (Database, Extensions), or as a superuser.',
  }
}

async function findJobs(sql: Sql, expected: ReadonlyMap<string, string>): Promise<Finding> {
  const fix = `${push}; an inactive job with: select cron.alter_job(job_id := <jobid>, active := true)`
  if (!await exists(sql, 'cron.job')) return { name: 'scheduled jobs', problems: ['there are none'], fix }
  const jobs = await sql<{ jobname: string; schedule: string; active: boolean; failure: string | null }[]>`
    select j.jobname, j.schedule, j.active, (
      select case when r.status = 'failed' then coalesce(r.return_message, 'without a message') end
      from cron.job_run_details as r where r.jobid = j.jobid and r.end_time is not null
      order by r.runid desc limit 1) as failure
    from cron.job as j where j.jobname is not null`
  const byName = new Map(jobs.map((job) => [job.jobname, job]))
  const problems = [...expected].flatMap(([name, schedule]) => {
    const job = byName.get(name)
    if (!job) return [`${name} is not scheduled`]
    return [
      ...(job.active ? [] : [`${name} is inactive`]),
      ...(job.schedule === schedule ? [] : [`${name} runs at ${job.schedule}, not at ${schedule}`]),
      ...(job.failure === null ? [] : [`${name} failed last: ${job.failure.split('\n')[0]}`]),
    ]
  })
  return { name: 'scheduled jobs', problems, fix }
}

async function findSecrets(sql: Sql): Promise<Finding> {
  const fix = `select vault.create_secret('<value>', '<name>'), in the SQL editor. ${guide}`
  if (!await exists(sql, 'vault.decrypted_secrets')) {
    return { name: 'vault', problems: ['there is no vault'], fix }
  }
  const { url, key } = await readCallSecrets(sql)
  const problems = [...(url ? [] : ['project_url']), ...(key ? [] : ['secret_key'])].map((name) =>
    `${name} is not stored: the database cannot call functions`
  )
  if (url && !/^https?:\/\/[^/]+\/?$/.test(url)) problems.push('project_url is not the address of a project')
  // The keys of earlier projects are tokens.
  if (key && !/^(sb_secret_|eyJ)/.test(key)) problems.push('secret_key is not a secret key')
  return { name: 'vault', problems, fix }
}

async function findBucket(sql: Sql): Promise<Finding> {
  const [bucket] = await sql<
    { public: boolean }[]
  >`select public from storage.buckets where id = 'apex-files'`
  return {
    name: 'bucket apex-files',
    problems: !bucket
      ? ['it is missing: no file can be stored']
      : bucket.public
      ? ['it is public: anyone reads its files']
      : [],
    fix:
      `insert into storage.buckets (id, name, public, file_size_limit) values ('apex-files', 'apex-files', false, 209715200)
      on conflict (id) do update set public = false`.replace(/\s+/g, ' '),
  }
}

async function findPublication(sql: Sql, expected: readonly string[]): Promise<Finding> {
  const published = (await sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_publication_tables
    where pubname = 'supabase_realtime'`).map(({ name }) => name)
  const missing = expected.filter((name) => !published.includes(name))
  const own = /^(public|dashboard|business|studio|private|auth)\./
  const added = published.filter((name) => own.test(name) && !expected.includes(name))
  const [topics] = await sql<{ count: number }[]>`
    select count(*)::integer as count from pg_policies where schemaname = 'realtime' and tablename = 'messages'`
  return {
    name: 'realtime',
    problems: [
      ...missing.map((name) => `${name} is not published`),
      ...added.map((name) => `${name} is published, and should not be`),
      ...(topics?.count ? [] : ['realtime.messages has no policies: no user can join a topic']),
    ],
    fix: `alter publication supabase_realtime add table <name>, or drop table <name>; policies: ${push}`,
  }
}

async function findHook(sql: Sql): Promise<Finding> {
  const [hook] = await sql<{ found: boolean; allowed: boolean | null }[]>`
    select p.oid is not null as found, has_function_privilege('supabase_auth_admin', p.oid, 'execute')
      and has_schema_privilege('supabase_auth_admin', 'public', 'usage') as allowed
    from (select to_regprocedure('public.custom_access_token_hook(jsonb)') as oid) as p`
  return {
    name: 'access token hook',
    problems: !hook?.found
      ? ['the function public.custom_access_token_hook is missing']
      : hook.allowed
      ? []
      : ['supabase_auth_admin may not call public.custom_access_token_hook: no user can sign in'],
    fix: `${push}; grant execute on function public.custom_access_token_hook(jsonb) to supabase_auth_admin`,
  }
}

const Refusal = z.object({ code: z.string().optional() })
const Settings = z.object({ mailer_autoconfirm: z.boolean() })
const Health = z.object({
  status: z.string(),
  migrations: z.object({ pending: z.array(z.string()) }).optional(),
})

/** Examines what is reached over HTTP. */
export async function examineApi(api: Api): Promise<Finding[]> {
  return [
    await findSchemas(api),
    await findAuth(api),
    await findFunctions(api),
    ...(api.token ? [findClaims(api.token)] : []),
  ]
}

/** What the database calls functions with. */
export type CallSecrets = { readonly url: string | null; readonly key: string | null }

export async function readCallSecrets(sql: Sql): Promise<CallSecrets> {
  const none = { url: null, key: null }
  if (!await exists(sql, 'vault.decrypted_secrets')) return none
  const [secrets] = await sql<CallSecrets[]>`
    select max(s.decrypted_secret) filter (where s.name = 'project_url') as url,
      max(s.decrypted_secret) filter (where s.name = 'secret_key') as key
    from vault.decrypted_secrets as s`
  return secrets ?? none
}

/** Whether functions accept calls of the database. Not within a transaction, which the function would wait for. */
export async function examineCalls({ url, key }: CallSecrets): Promise<Finding> {
  const name = 'calls of the database'
  const fix = `select vault.update_secret(id, '<value>') from vault.secrets where name = '<name>'. ${guide}`
  if (!url || !key) {
    return { name, fix, problems: ['the vault lacks the address or the key'] }
  }
  const { status, body } = await ask({ url, key, local: true }, '/functions/v1/health').catch(() => ({
    status: 0,
    body: null,
  }))
  // Only a secret key gets the migrations.
  const accepted = Health.safeParse(body).data?.migrations !== undefined
  return {
    name,
    fix,
    problems: accepted
      ? []
      : status === 0
      ? ['nothing answers at project_url']
      : [`functions refuse secret_key, or are not at project_url (status ${status})`],
  }
}

function findClaims(token: string): Finding {
  const finding = { name: 'claims of tokens', fix: configure }
  try {
    const payload = token.split('.')[1] ?? ''
    const claims = z.record(z.string(), z.unknown()).parse(
      JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(payload, { alphabet: 'base64url' }))),
    )
    return {
      ...finding,
      problems: 'user_role' in claims ? [] : ['the access token hook is not enabled: user_role is missing'],
    }
  } catch {
    return {
      ...finding,
      problems: ['--token is not an access token'],
      fix: 'session.access_token of a signed-in user',
    }
  }
}

async function ask(
  { url, key }: Api,
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: unknown }> {
  const headers = new Headers(init.headers)
  if (key && !headers.has('apikey')) headers.set('apikey', key)
  const response = await fetch(url.replace(/\/$/, '') + path, {
    ...init,
    headers,
    signal: AbortSignal.timeout(timeoutMs),
  })
  const text = await response.text()
  try {
    return { status: response.status, body: JSON.parse(text) }
  } catch {
    return { status: response.status, body: text }
  }
}

async function findSchemas(api: Api): Promise<Finding> {
  const finding = { name: 'exposed schemas', fix: configure }
  if (!api.key) return { ...finding, problems: ['not examined: give a secret key with --key'], fix: '--key' }
  const problems: string[] = []
  for (const name of [...(await readConfig()).api.schemas, 'private']) {
    const { status, body } = await ask(api, '/rest/v1/plinth_doctor', { headers: { 'accept-profile': name } })
    if (status === 401) {
      return {
        ...finding,
        problems: ['the secret key is refused'],
        fix: 'Take it from the dashboard (Settings, API keys).',
      }
    }
    const exposed = Refusal.safeParse(body).data?.code !== 'PGRST106' && status !== 406
    if (exposed !== (name !== 'private')) problems.push(`${name} is ${exposed ? '' : 'not '}exposed`)
  }
  return { ...finding, problems }
}

async function findAuth(api: Api): Promise<Finding> {
  const { status, body } = await ask(api, '/auth/v1/settings')
  const settings = Settings.safeParse(body).data
  return {
    name: 'auth',
    problems: !settings
      ? [`its settings cannot be read (status ${status})`]
      : settings.mailer_autoconfirm && !api.local
      ? ['addresses are not confirmed, and an invitation goes to any user who claims its address']
      : [],
    fix: configure,
  }
}

async function findFunctions(api: Api): Promise<Finding> {
  const names = (await readdir(join(root, 'functions'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_')).map(({ name }) => name).sort()
  const problems: string[] = []
  for (const name of names) {
    const health = name === 'health'
    // Without credentials every other function refuses the request before it reads it.
    const { status, body } = health
      ? await ask(api, '/functions/v1/health')
      : await ask({ url: api.url, local: api.local }, `/functions/v1/${name}`, { method: 'POST' })
    const code = Refusal.safeParse(body).data?.code ?? ''
    if (health) {
      const report = Health.safeParse(body).data
      if (report?.status === 'ok') continue
      if (report?.status === 'degraded') {
        const pending = report.migrations?.pending
        problems.push(
          `the functions are of a later release than the database${
            pending ? `: ${pending.length} migrations are missing` : ''
          }`,
        )
      } else {problems.push(
          status === 404 ? 'health is not deployed' : `health answers ${status} ${code}`.trim(),
        )}
    } else if (status === 404 && /^NOT_FOUND$/i.test(code)) problems.push(`${name} is not deployed`)
    else if (status === 401 && /JWT|AUTH/.test(code)) problems.push(`${name} is deployed with verify_jwt`)
    else if (status >= 500) problems.push(`${name} does not start: ${status} ${code}`.trim())
  }
  return { name: 'functions', problems, fix: 'npx supabase functions deploy --use-api' }
}

/** Lines for people, and whether nothing is missing. */
export function report(findings: readonly Finding[]): { lines: string[]; ok: boolean } {
  const lines = findings.flatMap(({ name, problems, fix }) =>
    problems.length === 0
      ? [`ok       ${name}`]
      : [...problems.map((problem) => `MISSING  ${name}: ${problem}`), `         to fix it: ${fix}`]
  )
  return { lines, ok: findings.every(({ problems }) => problems.length === 0) }
}

const usage =
  `Usage: npm run doctor -- --remote=DATABASE_URL [--api=URL] [--key=SECRET_KEY] [--token=ACCESS_TOKEN]
Lists what a project lacks, and how to fix it. Changes nothing.`

async function main(args: readonly string[]): Promise<number> {
  const given = new Map(args.map((argument) => {
    const [, name = argument, value = ''] = /^--(remote|api|key|token)=(.+)$/.exec(argument) ?? []
    return [name, value]
  }))
  const remote = given.get('remote')
  if (!remote || [...given.values()].includes('')) {
    console.error(usage)
    return 2
  }
  if (!URL.canParse(remote) || !/^postgres(ql)?:$/.test(new URL(remote).protocol)) {
    console.error(
      'The value of --remote is no connection string: postgresql://user:password@host:port/database. Characters such as # / ? @ in the password are percent-encoded.',
    )
    return 2
  }
  const sql = postgres(remote, {
    max: 1,
    onnotice: () => {},
    connect_timeout: timeoutMs / 1000,
    connection: { application_name: 'plinth doctor', default_transaction_read_only: true },
  })
  try {
    const url = given.get('api')
    const api = url && {
      url,
      key: given.get('key'),
      token: given.get('token'),
      local: /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$)/.test(url),
    }
    const findings = await sql.begin('read only', examineDatabase)
    if (api) findings.push(...await examineApi(api), await examineCalls(await readCallSecrets(sql)))
    const { lines, ok } = report(findings)
    console.log(lines.join('\n'))
    if (!api) console.log('--       schemas, auth and functions were not examined: give --api and --key')
    if (!api || !api.token) {
      console.log('--       whether the hook is enabled was not examined: give --api and --token')
    }
    return ok ? 0 : 1
  } catch (cause) {
    console.error(`The project cannot be examined: ${cause instanceof Error ? cause.message : cause}`)
    return 1
  } finally {
    await sql.end()
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args))
