/** What was acknowledged is there after kill -9; what belongs to one instance is not taken by another. */
import { strict as assert } from 'node:assert'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { end, run, start } from '../support/instance.ts'
import { until } from '../support/wait.ts'

const minimumAcknowledged = 3000

Deno.test('kill -9 during a stream of inserts loses none that was acknowledged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-durability-'))
  try {
    const first = await start(['--data', folder])
    const owner = createClient(first.env.SUPABASE_URL ?? '', first.env.SUPABASE_PUBLISHABLE_KEY ?? '', {
      auth: { persistSession: false, autoRefreshToken: false },
    })
    const { data, error } = await owner.auth.signUp({
      email: 'durable@example.com',
      password: 'a-long-password',
    })
    assert.equal(error, null)
    const user = data.user?.id ?? ''

    const sql = postgres(first.env.DATABASE_URL ?? '', { max: 4, onnotice: () => {} })
    const acknowledged: number[] = []
    let killed = false
    const overSql = async (): Promise<void> => {
      while (!killed) {
        const rows = await sql<{ id: string }[]>`
          insert into dashboard.tasks (user_id, title) values (${user}, 'kept') returning id`
        for (const row of rows) acknowledged.push(Number(row.id))
      }
    }
    const overRest = async (): Promise<void> => {
      while (!killed) {
        const { data: rows } = await owner.schema('dashboard').from('tasks').insert({ title: 'kept' }).select(
          'id',
        )
        for (const row of rows ?? []) acknowledged.push(row.id)
      }
    }
    const ended = Promise.allSettled([overSql(), overSql(), overSql(), overSql(), overRest(), overRest()])
    await until(() => acknowledged.length >= minimumAcknowledged, 'enough was acknowledged', 120_000)
    await end(first, 'SIGKILL')
    killed = true
    await ended
    await sql.end({ timeout: 0 }).catch(() => {})

    const second = await start(['--data', folder])
    try {
      const after = postgres(second.env.DATABASE_URL ?? '', { max: 1, onnotice: () => {} })
      const kept = new Set(
        (await after<{ id: string }[]>`select id from dashboard.tasks`).map((row) => Number(row.id)),
      )
      assert.deepEqual(acknowledged.filter((id) => !kept.has(id)), [])
      await after.end()
      assert.equal(
        second.env.SUPABASE_PUBLISHABLE_KEY,
        first.env.SUPABASE_PUBLISHABLE_KEY,
        'keys stay the same',
      )
    } finally {
      await end(second)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

Deno.test('a second instance on one data folder is refused while the first goes on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-second-'))
  try {
    const first = await start(['--data', folder, '--no-seed'])
    try {
      const { code, output } = await run(['--data', folder, '--port', '0', '--db-port', '0'])
      assert.deepEqual([code, output.trim()], [
        1,
        `Another instance is using the data folder ${folder}: stop it, or choose another with --data.`,
      ])
      assert.equal((await fetch(`${first.env.SUPABASE_URL}/`)).status, 200)
    } finally {
      await end(first)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

Deno.test('an ephemeral instance leaves no data behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-ephemeral-'))
  try {
    const instance = await start(['--ephemeral', '--no-seed'], { env: { TMPDIR: folder } })
    const data = async (): Promise<string[]> =>
      (await readdir(folder)).filter((name) => name.startsWith('plinth-'))
    assert.equal((await data()).length, 1, 'it keeps its data there while it runs')
    await end(instance)
    assert.deepEqual(await data(), [])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
