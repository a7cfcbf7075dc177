/** `npm run doctor` finds nothing missing in a platform that has everything, and each thing that is. */
import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import postgres from 'postgres'
import { root } from '../../stack/options.ts'
import {
  examineApi,
  examineCalls,
  examineDatabase,
  type Finding,
  readCallSecrets,
  report,
} from '../../tools/doctor.ts'
import { env, signUp } from '../support/clients.ts'

/** As the superuser, who may break everything. */
const admin = new URL(env('DATABASE_URL'))
admin.username = 'supabase_admin'

async function doctor(...args: string[]): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ['run', '-A', '--no-check', join(root, 'tools', 'doctor.ts'), ...args],
    cwd: root,
    stdin: 'null',
  }).output()
  const text = new TextDecoder()
  return { code, output: text.decode(stdout) + text.decode(stderr) }
}

/** The problems of a finding, after `damage` in a transaction that is rolled back. */
async function damaged(sql: postgres.Sql, damage: string): Promise<Finding[]> {
  let findings: Finding[] = []
  const undo = new Error('undone')
  await sql.begin(async (transaction) => {
    await transaction.unsafe(damage)
    findings = await examineDatabase(transaction)
    throw undo
  }).catch((cause) => {
    if (cause !== undo) throw cause
  })
  return findings
}

const missing = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`))

Deno.test('nothing is missing in a platform that has everything', async () => {
  const { token } = await signUp('doctor')
  const { code, output } = await doctor(
    `--remote=${env('DATABASE_URL')}`,
    `--api=${env('SUPABASE_URL')}`,
    `--key=${env('SUPABASE_SECRET_KEY')}`,
    `--token=${token}`,
  )
  assert.equal(code, 0, output)
  assert.doesNotMatch(output, /MISSING|not examined/)
  assert.match(output, /^ok {7}claims of tokens$/m)
})

Deno.test('a wrong call is explained, and a database that cannot be reached is an error', async () => {
  for (const args of [[], ['--remote='], ['--other=1', '--remote=postgres://127.0.0.1:1/x']]) {
    const { code, output } = await doctor(...args)
    assert.equal(code, 2, output)
    assert.match(output, /^Usage/)
  }
  for (const remote of ['postgres://postgres:pa#ss@127.0.0.1:1/x', '127.0.0.1', 'https://127.0.0.1/x']) {
    const refused = await doctor(`--remote=${remote}`)
    assert.equal(refused.code, 2, refused.output)
    assert.match(refused.output, /is no connection string/)
    assert.doesNotMatch(refused.output, /pa#ss/, 'a password is not printed')
  }
  const { code, output } = await doctor('--remote=postgres://postgres@127.0.0.1:1/postgres')
  assert.equal(code, 1)
  assert.match(output, /The project cannot be examined/)
})

/** How a database is broken, and what the doctor says of it. */
const damages: [damage: string, problem: RegExp][] = [
  [
    `delete from supabase_migrations.schema_migrations where version = '20260101120000'`,
    /^migrations: 1 of \d+ are not applied, from 20260101120000$/,
  ],
  ['drop schema supabase_migrations cascade', /^migrations: (\d+) of \1 are not applied/],
  [
    `insert into supabase_migrations.schema_migrations (version) values ('20990101000000')`,
    /^migrations: 1 are of another release, such as 20990101000000$/,
  ],
  ['drop extension btree_gist cascade', /^extensions: btree_gist is missing$/],
  [`drop function net.http_post`, /^extensions: pg_net is missing/],
  [
    `delete from cron.job where jobname = 'process-ingestion'`,
    /^scheduled jobs: process-ingestion is not scheduled$/,
  ],
  [
    `update cron.job set active = false where jobname = 'sweep-files'`,
    /^scheduled jobs: sweep-files is inactive$/,
  ],
  [
    `update cron.job set schedule = '1 1 * * *' where jobname = 'sweep-files'`,
    /^scheduled jobs: sweep-files runs at 1 1 \* \* \*, not at 23 \* \* \* \*$/,
  ],
  [
    `insert into cron.job_run_details (jobid, runid, status, return_message, end_time)
      select jobid, 1000000000, 'failed', 'The URL or the key is not configured', now() from cron.job where jobname = 'sweep-files'`,
    /^scheduled jobs: sweep-files failed last: The URL or the key is not configured$/,
  ],
  [`delete from vault.secrets where name = 'project_url'`, /^vault: project_url is not stored/],
  [`delete from vault.secrets where name = 'secret_key'`, /^vault: secret_key is not stored/],
  [
    `select vault.update_secret(id, 'not an address') from vault.secrets where name = 'project_url'`,
    /^vault: project_url is not the address of a project$/,
  ],
  [
    `select vault.update_secret(id, 'sb_publishable_x') from vault.secrets where name = 'secret_key'`,
    /^vault: secret_key is not a secret key$/,
  ],
  [
    `set local session_replication_role = replica; delete from storage.buckets where id = 'apex-files'`,
    /^bucket apex-files: it is missing/,
  ],
  [`update storage.buckets set public = true where id = 'apex-files'`, /^bucket apex-files: it is public/],
  [
    'alter publication supabase_realtime drop table dashboard.tasks',
    /^realtime: dashboard.tasks is not published$/,
  ],
  [
    'alter publication supabase_realtime add table public.profiles',
    /^realtime: public.profiles is published, and should/,
  ],
  ['drop publication supabase_realtime', /^realtime: dashboard.tasks is not published$/],
  [
    `do $$ declare p record; begin for p in select policyname from pg_policies where schemaname = 'realtime' and tablename = 'messages'
      loop execute format('drop policy %I on realtime.messages', p.policyname); end loop; end $$`,
    /^realtime: realtime.messages has no policies/,
  ],
  [
    'revoke execute on function public.custom_access_token_hook(jsonb) from supabase_auth_admin',
    /^access token hook: supabase_auth_admin may not call/,
  ],
  ['drop function public.custom_access_token_hook(jsonb)', /^access token hook: the function .* is missing$/],
]

Deno.test('what a database lacks is found, and how to fix it is said', async (t) => {
  const sql = postgres(admin.href, { max: 1, onnotice: () => {} })
  try {
    assert.deepEqual(missing(await sql.begin('read only', examineDatabase)), [])
    for (const [damage, problem] of damages) {
      await t.step(damage.split('\n')[0] ?? '', async () => {
        const findings = await damaged(sql, damage)
        assert.ok(missing(findings).some((text) => problem.test(text)), missing(findings).join('\n'))
        const { lines, ok } = report(findings)
        assert.equal(ok, false)
        assert.ok(lines.some((line) => /^ {9}to fix it: \S/.test(line)))
      })
    }
    assert.deepEqual(missing(await sql.begin('read only', examineDatabase)), [])
  } finally {
    await sql.end()
  }
})

/** What a project answers that lacks everything. */
function broken(request: Request): Response {
  const { pathname } = new URL(request.url)
  if (pathname.startsWith('/rest/')) {
    const exposed = ['public', 'private'].includes(request.headers.get('accept-profile') ?? '')
    return exposed
      ? Response.json({ code: 'PGRST205' }, { status: 404 })
      : Response.json({ code: 'PGRST106' }, { status: 406 })
  }
  switch (pathname) {
    case '/auth/v1/settings':
      return Response.json({ mailer_autoconfirm: true })
    case '/functions/v1/health':
      return Response.json({ status: 'degraded', migrations: { pending: ['20260101120000'] } })
    case '/functions/v1/chat':
      return Response.json({ code: 'NOT_FOUND' }, { status: 404 })
    case '/functions/v1/openai':
      return Response.json({ code: 'UNAUTHORIZED_NO_AUTH_HEADER' }, { status: 401 })
    case '/functions/v1/files':
      return Response.json({ code: 'BOOT_ERROR' }, { status: 503 })
    default:
      return Response.json({ code: 'unauthenticated' }, { status: 401 })
  }
}

Deno.test('what an API lacks is found', async () => {
  await using server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, broken)
  const url = `http://127.0.0.1:${server.addr.port}`
  const token = `x.${btoa(JSON.stringify({ sub: 'x' })).replaceAll('=', '')}.x`
  assert.deepEqual(missing(await examineApi({ url, key: 'sb_secret_x', token, local: false })), [
    'exposed schemas: dashboard is not exposed',
    'exposed schemas: business is not exposed',
    'exposed schemas: studio is not exposed',
    'exposed schemas: private is exposed',
    'auth: addresses are not confirmed, and an invitation goes to any user who claims its address',
    'functions: chat is not deployed',
    'functions: files does not start: 503 BOOT_ERROR',
    'functions: the functions are of a later release than the database: 1 migrations are missing',
    'functions: openai is deployed with verify_jwt',
    'claims of tokens: the access token hook is not enabled: user_role is missing',
  ])
})

Deno.test('a key that functions refuse is found, and so is a key that the API refuses', async () => {
  const sql = postgres(admin.href, { max: 1, onnotice: () => {} })
  await using server = Deno.serve(
    { port: 0, hostname: '127.0.0.1', onListen: () => {} },
    () => Response.json({ code: 'unauthenticated' }, { status: 401 }),
  )
  const url = `http://127.0.0.1:${server.addr.port}`
  try {
    const secrets = await readCallSecrets(sql)
    assert.deepEqual(missing([await examineCalls(secrets)]), [])
    assert.match(
      missing([await examineCalls({ ...secrets, key: 'sb_secret_x' })]).join(),
      /functions refuse secret_key/,
    )
    assert.match(missing([await examineCalls({ ...secrets, url })]).join(), /or are not at project_url/)
    assert.match(
      missing([await examineCalls({ ...secrets, url: 'http://127.0.0.1:1' })]).join(),
      /nothing answers at project_url/,
    )
    assert.match(missing([await examineCalls({ ...secrets, key: null })]).join(), /the vault lacks/)
    assert.ok(
      missing(await examineApi({ url, key: 'sb_secret_x', local: false })).includes(
        'exposed schemas: the secret key is refused',
      ),
    )
  } finally {
    await sql.end()
  }
})
