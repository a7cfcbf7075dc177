/** /functions/v1/health of the platform, and of one whose database is unavailable. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { migrations } from '../../types/generated/migrations.ts'
import { version } from '../../functions/_shared/http/version.ts'
import { startFunctions } from '../../stack/functions/host.ts'
import { migrationList, renderMigrationList } from '../../tools/list_migrations.ts'
import { HealthReport } from '../../types/api.ts'
import packageJson from '../../package.json' with { type: 'json' }

const root = join(import.meta.dirname ?? '.', '..', '..')

function setting(name: string): string {
  return Deno.env.get(name) ?? assert.fail(`${name} is set: run npm test`)
}

async function health(headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  return await fetch(`${setting('SUPABASE_URL')}/functions/v1/health`, { method, headers })
}

Deno.test('anonymous callers learn only the state', async () => {
  for (const headers of [{}, { apikey: setting('SUPABASE_PUBLISHABLE_KEY') }]) {
    const answer = await health({ ...headers, 'x-request-id': 'probe-1' })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('x-request-id'), 'probe-1')
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.deepEqual(await answer.json(), { status: 'ok', request_id: 'probe-1' })
  }
})

Deno.test('a secret key gets the versions, migrations and flags', async () => {
  const answer = await health({ apikey: setting('SUPABASE_SECRET_KEY') })
  assert.equal(answer.status, 200)
  const body = HealthReport.parse(await answer.json())
  assert.equal(body.status, 'ok')
  assert.ok(body.database.round_trip_ms >= 0)
  assert.deepEqual(body.migrations, {
    applied: migrations.length,
    present: migrations.length,
    pending: [],
    unknown: [],
  })
  assert.deepEqual([body.versions.plinth, body.versions.deno], [packageJson.version, Deno.version.deno])
  assert.match(body.versions.postgres, /^1[5-9]\b/)
  assert.ok(body.versions.extensions['vector'])
  assert.equal(body.feature_flags['tasks'], true)
})

Deno.test('supabase-js can call it, and HEAD works for probes', async () => {
  const client = createClient(setting('SUPABASE_URL'), setting('SUPABASE_PUBLISHABLE_KEY'), {
    auth: { persistSession: false },
  })
  const { data, error } = await client.functions.invoke('health', { method: 'GET' })
  assert.equal(error, null)
  assert.equal(data.status, 'ok')
  const head = await health({}, 'HEAD')
  assert.deepEqual([head.status, await head.text()], [200, ''])
})

Deno.test('a wrong key and other methods are refused', async () => {
  const wrong = await health({ apikey: 'sb_secret_wrong' })
  assert.deepEqual([wrong.status, (await wrong.json()).kind], [401, 'authentication'])
  const posted = await health({}, 'POST')
  assert.deepEqual([posted.status, (await posted.json()).code, posted.headers.get('allow')], [
    405,
    'method_not_allowed',
    'GET, HEAD',
  ])
})

Deno.test('an unknown function is not found', async () => {
  const answer = await fetch(`${setting('SUPABASE_URL')}/functions/v1/no-such-function`, {
    headers: { authorization: `Bearer ${setting('SUPABASE_PUBLISHABLE_KEY')}` },
  })
  await answer.body?.cancel()
  assert.ok(answer.status === 404 || answer.status === 401)
})

/** The function in a separate host whose platform is at `url`. */
async function healthAt(
  url: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const env = {
    SUPABASE_URL: url,
    SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_x"}',
    SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
    SUPABASE_JWKS: '{"keys":[]}',
  }
  const functions = await startFunctions({ root, env, onLog: () => {} })
  try {
    const ask = (): Promise<Response> => functions.fetch(new Request('http://127.0.0.1/functions/v1/health'))
    // The first request waits until the functions are loaded.
    await (await functions.fetch(new Request('http://127.0.0.1/functions/v1/nothing'))).body?.cancel()
    const answer = await ask()
    return { status: answer.status, body: await answer.json() }
  } finally {
    await functions.stop()
  }
}

Deno.test('an unreachable database is reported at once', async () => {
  const listener = Deno.listen({ port: 0, hostname: '127.0.0.1' })
  const { port } = listener.addr
  listener.close()
  const { status, body } = await healthAt(`http://127.0.0.1:${port}`)
  assert.deepEqual([status, body['kind'], body['code'], body['retryable']], [
    503,
    'unavailable',
    'database_unreachable',
    true,
  ])
})

Deno.test('a database that does not respond is a timeout', async () => {
  const silent = Deno.serve(
    { port: 0, hostname: '127.0.0.1', onListen: () => {} },
    () => new Promise(() => {}),
  )
  const { status, body } = await healthAt(`http://127.0.0.1:${silent.addr.port}`)
  assert.deepEqual([status, body['code']], [503, 'database_timeout'])
  await Promise.race([silent.shutdown(), new Promise((resolve) => setTimeout(resolve, 500))])
})

Deno.test('missing migrations are degraded, and a schema without the health check is outdated', async () => {
  let report: Record<string, unknown> = {
    postgres_version: '17',
    extensions: {},
    applied_migrations: [],
    feature_flags: {},
  }
  const database = Deno.serve(
    { port: 0, hostname: '127.0.0.1', onListen: () => {} },
    () => Response.json(report),
  )
  const url = `http://127.0.0.1:${database.addr.port}`
  const behind = await healthAt(url)
  assert.deepEqual([behind.status, behind.body['status']], [200, 'degraded'])
  report = { code: 'PGRST202' }
  const strange = await healthAt(url)
  assert.deepEqual([strange.status, strange.body['code']], [503, 'database_outdated'])
  await database.shutdown()
})

Deno.test('the lists of migrations and the version in functions/ are current', async () => {
  assert.equal(
    await Deno.readTextFile(migrationList),
    await renderMigrationList(),
    'run npm run types',
  )
  assert.equal(version, packageJson.version)
  const imports = JSON.parse(await Deno.readTextFile(join(root, 'functions', 'import_map.json'))).imports
  for (const [name, address] of Object.entries<string>(imports)) {
    const [, packageName = '', pinned] = /^npm:(@?[^@]+)@([^/]+)/.exec(address) ?? []
    const wanted = Object.entries<string>(packageJson.dependencies).find(([known]) => known === packageName)
    assert.equal(pinned, wanted?.[1], `functions/import_map.json pins ${name} as package.json does`)
  }
})
