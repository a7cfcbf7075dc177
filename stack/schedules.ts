/** Runs the jobs of cron.job where the stand-in for pg_cron is (platform/60_cron.sql). */
import { Cron } from 'croner'
import type postgres from 'postgres'
import { within } from './within.ts'

type Setup = {
  /** As a superuser, who may work as the owner of each job. Each running job holds one of its connections. */
  sql: postgres.Sql
  onLog: (line: string) => void
}
type Job = { jobid: string; schedule: string; command: string; username: string }
type Timer = { stop(): void; definition: string }

/** How long running jobs may take to finish when everything stops. */
const stopTimeoutMs = 2_000

/** Whether the database has the stand-in for pg_cron, and not pg_cron itself. */
export async function hasCronStandIn(sql: postgres.Sql): Promise<boolean> {
  const [found] = await sql<{ stands_in: boolean }[]>`
    select not exists (select from pg_catalog.pg_extension where extname = 'pg_cron') as stands_in`
  return found?.stands_in ?? false
}

/** Runs jobs until it is stopped. */
export async function startSchedules({ sql, onLog }: Setup): Promise<{ stop(): Promise<void> }> {
  const timers = new Map<string, Timer>()
  const running = new Map<string, Promise<void>>()
  let stopped = false
  let reading: Promise<void> = Promise.resolve()

  const run = (job: Job): void => {
    // As in pg_cron, a job that is still running is not started again.
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
          `schedules: the schedule of job ${id} is not valid: ${
            cause instanceof Error ? cause.message : cause
          }`,
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
  // The stand-in notifies of each change of a job. The second callback runs at once, and after each reconnection.
  const listening = await sql.listen('cron_job', reread, reread)
  return {
    stop: async () => {
      stopped = true
      await listening.unlisten()
      await reading
      for (const { stop } of timers.values()) stop()
      await within(Promise.all(running.values()), stopTimeoutMs)
    },
  }
}

/** Starts the timer of a job. As in pg_cron, in GMT: five cron fields, `N seconds`, `@reboot`, `@daily` and the like. */
function schedule(job: Job, run: (job: Job) => void): { stop(): void } {
  const text = job.schedule.trim().toLowerCase()
  const seconds = /^(\d+) seconds?$/.exec(text)?.[1]
  if (seconds) {
    const timer = setInterval(() => run(job), Number(seconds) * 1000)
    return { stop: () => clearInterval(timer) }
  }
  if (text === '@reboot') {
    run(job)
    return { stop: () => {} }
  }
  // pg_cron writes the last day of the month as $.
  const cron = new Cron(text.replace('$', 'L'), { timezone: 'Etc/GMT', mode: '5-part' }, () => run(job))
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

/** Runs the command in a session, not a transaction: it may be `vacuum`, or several statements. */
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
    // Undoes what the job did to its session.
    await session.unsafe('rollback; reset all; reset role').simple().catch(() => {})
    session.release()
  }
}
