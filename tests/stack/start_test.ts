/** Starts that fail print one clear sentence and leave nothing running; so does an end of npm. */
import { strict as assert } from 'node:assert'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../stack/options.ts'
import { Progress } from '../../stack/progress.ts'
import { copyProject, end, run, start } from '../support/instance.ts'
import { until } from '../support/wait.ts'

async function temporary(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'plinth-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

Deno.test('an unknown option is refused with the usage', async () => {
  const { code, output } = await run(['--prot', '1'])
  assert.equal(code, 1)
  assert.match(output, /'--prot'[^]*Usage: npm start/)
  assert.doesNotMatch(output, /^ +at /m)
})

Deno.test('npm start passes every option on, those that Node would take for its own too', async () => {
  const { code, stdout } = await new Deno.Command('npm', {
    args: ['run', '--silent', 'start', '--', '--help', '--env-file', 'nowhere'],
    cwd: root,
  }).output()
  assert.equal(code, 0)
  assert.match(new TextDecoder().decode(stdout), /^Usage: npm start/)
})

Deno.test('a start says what it does, and what it waits for where that takes long', async () => {
  const platform = await start(['--ephemeral', '--no-seed'])
  await end(platform)
  const stages = [...platform.output().matchAll(/^\[ *\d+\.\d s\] (?!Still)(.+) \.\.\.$/gm)].map((
    [, stage],
  ) => stage)
  assert.deepEqual(stages, ['Opening the database', 'Applying the migrations', 'Starting the services'])

  const lines: string[] = []
  const progress = new Progress((text) => lines.push(text), 1)
  progress.begin('reading')
  progress.at('one.sql')
  await until(() => lines.length > 2, 'a long stage is repeated')
  assert.equal(progress.end(), 'reading')
  assert.match(lines[0] ?? '', /^\[ +0\.\d s\] Reading \.\.\.$/)
  assert.match(lines[1] ?? '', /\] Still reading: one\.sql \.\.\.$/)
  assert.equal(progress.end(), null)
})

Deno.test('ending npm ends the platform', async () => {
  await using folder = await temporary()
  const file = join(folder.path, 'env')
  // That of the platform under test would be taken for a database of the user's own.
  const { DATABASE_URL: _, ...env } = Deno.env.toObject()
  const npm = new Deno.Command('npm', {
    args: ['start', '--', '--ephemeral', '--no-seed', '--port', '0', '--db-port', '0', '--env-file', file],
    cwd: root,
    clearEnv: true,
    env,
    stdin: 'null',
    stdout: 'null',
    stderr: 'null',
  }).spawn()
  const text = await until(() => Deno.readTextFile(file).catch(() => ''), 'the platform started', 180_000)
  const url = /^SUPABASE_URL=(.+)$/m.exec(text)?.[1] ?? assert.fail('the file has the URL')
  assert.equal((await fetch(url).then((answer) => answer.json())).name, 'Plinth')
  npm.kill('SIGTERM')
  await npm.status
  await until(() => fetch(url).then((answer) => answer.body?.cancel(), () => true), 'the platform ended')
})

Deno.test('a port that is in use is named, with the option that changes it', async () => {
  using listener = Deno.listen({ hostname: '127.0.0.1', port: 0 })
  const { port } = listener.addr as Deno.NetAddr
  const api = await run(['--ephemeral', '--port', String(port), '--db-port', '0'])
  assert.deepEqual([api.code, api.output.trim()], [
    1,
    `Port ${port} is in use: stop what listens there, or choose another with --port.`,
  ])
  const database = await run(['--ephemeral', '--port', '0', '--db-port', String(port)])
  assert.deepEqual([database.code, database.output.trim().split('\n').at(-1)], [
    1,
    `Port ${port} is in use: stop what listens there, or choose another with --db-port.`,
  ])
})

Deno.test('a damaged data folder is refused and left as it is', async () => {
  await using folder = await temporary()
  await mkdir(join(folder.path, 'postgres'))
  await writeFile(join(folder.path, 'postgres', 'notes.txt'), 'mine')
  const { code, output } = await run(['--data', folder.path, '--port', '0', '--db-port', '0'])
  assert.equal(code, 1)
  assert.match(
    output.trim(),
    /^The data folder .+ cannot be opened \(it holds no Postgres database\): .+\.$/m,
  )
  assert.equal(await Deno.readTextFile(join(folder.path, 'postgres', 'notes.txt')), 'mine')
})

Deno.test('a data folder whose control file is lost is refused', async () => {
  await using folder = await temporary()
  await end(await start(['--data', folder.path, '--no-seed']))
  await rm(join(folder.path, 'postgres', 'global', 'pg_control'))
  const { code, output } = await run(['--data', folder.path, '--port', '0', '--db-port', '0'])
  assert.equal(code, 1)
  assert.match(output, /^The data folder .+ cannot be opened \(/m)
})

Deno.test('a database that cannot be reached is named', async () => {
  const { code, output } = await run(['--ephemeral', '--port', '0'], {
    env: { DATABASE_URL: 'postgres://postgres@127.0.0.1:1/postgres' },
  })
  assert.equal(code, 1)
  assert.match(output.trim(), /^The database of DATABASE_URL \(127\.0\.0\.1:1\) cannot be reached: .+$/m)
})

Deno.test('a migration that fails is named with the database error, and nothing keeps running', async () => {
  const project = await copyProject()
  await using _ = { [Symbol.asyncDispose]: () => rm(project, { recursive: true, force: true }) }
  await writeFile(join(project, 'migrations', '20991231235959_break.sql'), 'select * from nowhere;\n')
  const { code, output } = await run(['--ephemeral', '--port', '0', '--db-port', '0'], { root: project })
  assert.equal(code, 1)
  assert.match(
    output,
    /^20991231235959_break\.sql failed: relation "nowhere" does not exist \(SQLSTATE 42P01\)/m,
  )
})
