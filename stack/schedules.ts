/**
 * What runs by itself: the jobs of cron.job where pg_cron is absent, and the calls of functions that the database asks
 * for where pg_net is absent.
 */
import { Cron } from 'croner'
import type postgres from 'postgres'
import { startFunctionCalls, within } from './function_calls.ts'

type Setup = {
  /** As a superuser, who may work as the owner of each job. Each running job holds one of its connections. */
  sql: postgres.Sql
  /** Calls an edge function; rejects unless it answered well. */
  invoke(name: string, body: unknown): Promise<void>
  onLog: (line: string) => void
}
type Job = { jobid: string; schedule: string; command: string; username: string }
type Timer = { stop(): void; definition: string }

export async function startSchedules({ sql, invoke, onLog }: Setup): Promise<{ stop(): Promise<void> }> {
  const [found] = await sql<{ cron: boolean; calls: boolean }[]>`
    select exists (select from pg_catalog.pg_extension where extname = 'pg_cron') as cron,
      to_regprocedure('private.claim_function_calls(integer, interval)') is not null as calls`
  const jobs = found?.cron ? null : await runJobs(sql, onLog)
  const calls = found?.calls ? await startFunctionCalls({ sql, invoke, onLog }) : null
  return {
    stop: async () => {
      await jobs?.stop()
      await calls?.stop()
    },
  }
}

async function runJobs(sql: postgres.Sql, onLog: (line: string) => void): Promise<{ stop(): Promise<void> }> {
  const timers = new Map<string, Timer>()
  const running = new Map<string, Promise<void>>()
  let stopped = false
  let reading: Promise<void> = Promise.resolve()

  const run = (job: Job): void => {
    // A job that is still running is not started again, as in pg_cron.
    if (running.has(job.jobid)) return
    const done = execute(sql, job).catch((cause) => onLog(`schedules: job ${job.jobid}: ${cause}`))
      .finally(() => running.delete(job.jobid))
    running.set(job.jobid, done)
  }
  const read = async (): Promise<void> => {
    const jobs = stopped ? [] : await sql<Job[]>`
      select jobid, schedule, command, username from cron.job
      where active and database = current_database() order by jobid`
    const wanted = new Map(jobs.map((job) => [job.jobid, job]))
    for (const [id, timer] of timers) {
      const job = wanted.get(id)
      if (job && timer.definition === JSON.stringify(job)) wanted.delete(id)
      else {
        timer.stop()
        timers.delete(id)
      }
    }
    for (const [id, job] of wanted) {
      const definition = JSON.stringify(job)
      try {
        timers.set(id, { ...schedule(job, run), definition })
      } catch (cause) {
        onLog(
          `schedules: job ${id} has no usable schedule: ${cause instanceof Error ? cause.message : cause}`,
        )
        timers.set(id, { stop: () => {}, definition })
      }
    }
  }
  const reread = (): void => {
    reading = reading.then(read).catch((cause) => onLog(`schedules: ${cause}`))
  }

  await sql`
    update cron.job_run_details set status = 'failed', return_message = 'server restarted', end_time = clock_timestamp()
    where status in ('starting', 'running')`
  // The stand-in announces every change of a job. The second callback runs at once, and after every reconnection.
  const listening = await sql.listen('cron_job', reread, reread)
  return {
    stop: async () => {
      stopped = true
      await listening.unlisten()
      await reading
      for (const { stop } of timers.values()) stop()
      await within(Promise.all(running.values()))
    },
  }
}

/** pg_cron's schedules, in GMT: five cron fields, `N seconds`, `@daily` and the like, or `@reboot`. */
function schedule(job: Job, run: (job: Job) => void): { stop(): void } {
  const wanted = job.schedule.trim().toLowerCase()
  const seconds = /^(\d+) seconds?$/.exec(wanted)?.[1]
  if (seconds) {
    const timer = setInterval(() => run(job), Number(seconds) * 1000)
    return { stop: () => clearInterval(timer) }
  }
  if (wanted === '@reboot') {
    run(job)
    return { stop: () => {} }
  }
  // pg_cron writes the last day of the month as $.
  const cron = new Cron(wanted.replace('$', 'L'), { timezone: 'Etc/GMT', mode: '5-part' }, () => run(job))
  return { stop: () => cron.stop() }
}

/** Runs a job as its owner and records the run as pg_cron does. */
async function execute(sql: postgres.Sql, job: Job): Promise<void> {
  const [started] = await sql<{ runid: string }[]>`
    insert into cron.job_run_details (jobid, database, username, command, status, start_time)
    values (${job.jobid}, current_database(), ${job.username}, ${job.command}, 'running', clock_timestamp())
    returning runid`
  const outcome = await runAs(sql, job).then(
    (message) => ({ status: 'succeeded', message }),
    (cause) => ({
      status: 'failed',
      message: cause instanceof Error ? `ERROR:  ${cause.message}` : String(cause),
    }),
  )
  await sql`update cron.job_run_details set status = ${outcome.status}, return_message = ${outcome.message},
    end_time = clock_timestamp() where runid = ${started?.runid ?? null}`
}

/** In a session of its own rather than a transaction: a job may be `vacuum`, or several statements. */
async function runAs(sql: postgres.Sql, job: Job): Promise<string> {
  const session = await sql.reserve()
  try {
    await session`select set_config('role', ${job.username}, false)`
    const results = await session.unsafe(job.command).simple()
    const last = Array.isArray(results.at(-1)) ? results.at(-1) : results
    const { command, count } = last as unknown as { command: string | null; count: number | null }
    return command === 'SELECT'
      ? `${count} row${count === 1 ? '' : 's'}`
      : `${command ?? ''} ${count ?? ''}`.trim()
  } finally {
    // Whatever the job did to its session ends with it.
    await session.unsafe('rollback; reset all; reset role').simple().catch(() => {})
    session.release()
  }
}
