/** Scheduled jobs, on an embedded database of their own. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { startEmbedded } from '../../stack/database/embedded.ts'
import { startSchedules } from '../../stack/schedules.ts'
import { sleep, until } from '../support/wait.ts'

type Bench = {
  /** As the superuser. */
  admin: postgres.Sql
  /** As `postgres`, who schedules. */
  sql: postgres.Sql
  start(): Promise<{ stop(): Promise<void> }>
}

async function withDatabase(use: (bench: Bench) => Promise<void>): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'plinth-schedules-'))
  const database = await startEmbedded(data, 0, () => {})
  const admin = postgres(database.adminUrl, { max: 4, onnotice: () => {} })
  const sql = postgres(database.url, { max: 1, onnotice: () => {} })
  try {
    await use({ admin, sql, start: () => startSchedules({ sql: admin, onLog: () => {} }) })
  } finally {
    await sql.end()
    await admin.end({ timeout: 1 })
    await database.stop()
    await rm(data, { recursive: true })
  }
}

Deno.test('jobs run as their owner, are recorded as pg_cron records them, and stop when they are removed', async () => {
  await withDatabase(async ({ sql, admin, start }) => {
    await sql`create table public.ticks (who text, at timestamptz default clock_timestamp())`
    const schedules = await start()
    await sql`select cron.schedule('tick', '1 second', 'insert into public.ticks (who) values (current_user)')`
    await sql`select cron.schedule('rows', '1 second', 'select * from generate_series(1, 3)')`
    await sql`select cron.schedule('broken', '1 second', 'select 1 / 0')`
    await sql`select cron.schedule('vacuum', '1 second', 'vacuum public.ticks')`
    await sql`select cron.schedule('tidy', '@reboot', 'select 1; select 2')`

    const runs = await until(async () => {
      const done = await admin<
        { jobname: string; username: string; status: string; return_message: string }[]
      >`
        select distinct on (j.jobname) j.jobname, d.username, d.status, d.return_message
        from cron.job_run_details as d join cron.job as j using (jobid)
        where d.end_time is not null order by j.jobname, d.runid`
      return done.length === 5 ? done : undefined
    }, 'every job ran')
    assert.deepEqual(runs.map((run) => [run.jobname, run.status, run.return_message]), [
      ['broken', 'failed', 'ERROR:  division by zero'],
      ['rows', 'succeeded', '3 rows'],
      ['tick', 'succeeded', 'INSERT 1'],
      ['tidy', 'succeeded', '1 row'],
      ['vacuum', 'succeeded', 'VACUUM'],
    ])
    assert.ok(runs.every((run) => run.username === 'postgres'))
    const ticks = await until(async () => {
      const rows = await sql`select who from public.ticks`
      return rows.length >= 2 ? rows : undefined
    }, 'the job repeats beside a failing one')
    assert.ok(ticks.every(({ who }) => who === 'postgres'))

    await sql`select cron.unschedule('tick')`
    await until(async () => {
      const [before] = await sql`select count(*) from public.ticks`
      await sleep(2500)
      const [after] = await sql`select count(*) from public.ticks`
      return before?.count === after?.count
    }, 'a removed job stopped')
    await schedules.stop()
  })
})

Deno.test('a job that takes longer than its interval never overlaps itself', async () => {
  await withDatabase(async ({ sql, admin, start }) => {
    await sql`select cron.schedule('slow', '1 second', 'select pg_sleep(1.6)')`
    const schedules = await start()
    const runs = await until(async () => {
      const done = await admin<{ start_time: Date; end_time: Date | null }[]>`
        select start_time, end_time from cron.job_run_details order by runid`
      return done.length >= 3 ? done : undefined
    }, 'it ran three times')
    for (const [index, run] of runs.slice(1).entries()) {
      assert.ok(run.start_time >= (runs[index]?.end_time ?? assert.fail('the run before it has ended')))
    }
    await schedules.stop()
  })
})

Deno.test('a run cut off by a restart is recorded as failed', async () => {
  await withDatabase(async ({ admin, start }) => {
    await admin`insert into cron.job_run_details (jobid, status, start_time) values (1, 'running', now())`
    const schedules = await start()
    const [run] = await admin`select status, return_message from cron.job_run_details`
    assert.deepEqual({ ...run }, { status: 'failed', return_message: 'server restarted' })
    await schedules.stop()
  })
})
