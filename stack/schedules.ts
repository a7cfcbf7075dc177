/**
 * What runs by itself: the jobs of cron.job where pg_cron is absent, and the calls of functions that the database asks
 * for where pg_net is absent.
 */
import { Cron } from 'croner'
import type postgres from 'postgres'
import { z } from 'zod'

type Setup = {
  /** As a superuser, who may work as the owner of each job. */
  sql: postgres.Sql
  /** Calls an edge function. */
  invoke(name: string, body: unknown): Promise<void>
  onLog: (line: string) => void
}
type Job = { jobid: string; schedule: string; command: string; username: string }

/** How often cron.job is read for changes, in ms. */
const polling = 2_000

const Call = z.object({ name: z.string(), body: z.unknown() })

export async function startSchedules({ sql, invoke, onLog }: Setup): Promise<{ stop(): Promise<void> }> {
  const listening = await sql.listen('invoke_function', (payload) => {
    const call = Call.safeParse(JSON.parse(payload))
    if (!call.success) return onLog(`schedules: not a function call: ${payload}`)
    invoke(call.data.name, call.data.body).catch((cause) =>
      onLog(`schedules: ${cause instanceof Error ? cause.message : cause}`)
    )
  })
  const [{ native } = { native: false }] = await sql<{ native: boolean }[]>`
    select exists (select from pg_catalog.pg_extension where extname = 'pg_cron') as native`
  const jobs = native ? null : runJobs(sql, onLog)
  return {
    stop: async () => {
      await jobs?.stop()
      await listening.unlisten()
    },
  }
}

function runJobs(sql: postgres.Sql, onLog: (line: string) => void): { stop(): Promise<void> } {
  const timers = new Map<string, { stop(): void; definition: string }>()
  const running = new Map<string, Promise<void>>()

  const run = (job: Job): void => {
    // A job that is still running is not started again, as in pg_cron.
    if (running.has(job.jobid)) return
    running.set(
      job.jobid,
      execute(sql, job).catch((cause) => onLog(`schedules: ${cause}`)).finally(() =>
        running.delete(job.jobid)
      ),
    )
  }
  const read = async (): Promise<void> => {
    const jobs = await sql<
      Job[]
    >`select jobid, schedule, command, username from cron.job where active order by jobid`
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
      try {
        timers.set(id, { ...schedule(job, run), definition: JSON.stringify(job) })
      } catch (cause) {
        onLog(
          `schedules: job ${id} has no usable schedule: ${cause instanceof Error ? cause.message : cause}`,
        )
        timers.set(id, { stop: () => {}, definition: JSON.stringify(job) })
      }
    }
  }
  const poll = (): Promise<void> => read().catch((cause) => onLog(`schedules: ${cause}`))
  let reading = poll()
  const timer = setInterval(() => reading = reading.then(poll), polling)
  return {
    stop: async () => {
      clearInterval(timer)
      await reading
      for (const { stop } of timers.values()) stop()
      await Promise.all(running.values())
    },
  }
}

/** pg_cron's schedules: five cron fields in GMT, or `N seconds`. */
function schedule(job: Job, run: (job: Job) => void): { stop(): void } {
  const seconds = /^(\d+) seconds?$/i.exec(job.schedule.trim())?.[1]
  if (seconds) {
    const timer = setInterval(() => run(job), Number(seconds) * 1000)
    return { stop: () => clearInterval(timer) }
  }
  // pg_cron writes the last day of the month as $.
  const cron = new Cron(job.schedule.replace('$', 'L'), { timezone: 'UTC' }, () => run(job))
  return { stop: () => cron.stop() }
}

/** Runs a job as its owner and records the run as pg_cron does. */
async function execute(sql: postgres.Sql, job: Job): Promise<void> {
  const [started] = await sql<{ runid: string }[]>`
    insert into cron.job_run_details (jobid, database, username, command, status, start_time)
    values (${job.jobid}, current_database(), ${job.username}, ${job.command}, 'running', clock_timestamp())
    returning runid`
  const outcome = await sql.begin(async (transaction) => {
    await transaction`set local role ${transaction(job.username)}`
    return await transaction.unsafe(job.command)
  }).then(
    (rows) => ({ status: 'succeeded', message: `${rows.count ?? 0} rows` }),
    (cause) => ({ status: 'failed', message: cause instanceof Error ? cause.message : String(cause) }),
  )
  await sql`update cron.job_run_details set status = ${outcome.status}, return_message = ${outcome.message},
    end_time = clock_timestamp() where runid = ${started?.runid ?? null}`
}
