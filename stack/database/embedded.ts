/** Starts and stops the embedded database. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StackError } from '../options.ts'
import { within } from '../within.ts'
import { copyTemplate } from './template.ts'
import type { Reply, Request } from './worker.ts'

export type Database = {
  /** Connects as the superuser `supabase_admin`: for the platform's own services. */
  adminUrl: string
  /** Connects as `postgres`, the project's role: for psql, the Supabase CLI, migrations and tests. */
  url: string
  stop(): Promise<void>
}

/** How long a data folder may take to open. */
const openTimeoutMs = 60_000

/** Creates the database of a data folder, if it does not exist. `onTemplate` is called where that takes long. */
export async function createEmbedded(data: string, onTemplate?: () => void): Promise<void> {
  const dataDir = join(data, 'postgres')
  if (!(await stat(dataDir).catch(() => null))) await copyTemplate(dataDir, onTemplate)
}

/** Serves the database of a data folder, which is created if it does not exist. */
export async function startEmbedded(
  data: string,
  port: number,
  warn: (text: string) => void,
  onFailure: (message: string) => void = endProcess,
): Promise<Database> {
  const dataDir = join(data, 'postgres')
  await createEmbedded(data)
  const damaged = (reason: string): StackError =>
    new StackError(
      `The data folder ${dataDir} cannot be opened (${reason}): restore it from a copy, or remove it to start afresh.`,
    )
  if (!(await stat(join(dataDir, 'PG_VERSION')).catch(() => null))) {
    throw damaged('it holds no Postgres database')
  }

  const worker = new Worker(import.meta.resolve('./worker.ts'), { type: 'module' })
  const send = (request: Request): void => worker.postMessage(request)
  const answers = answersOf(worker, warn)
  send({ kind: 'open', dataDir, port })
  const reply = await within(answers.next(), openTimeoutMs)
  if (!reply) {
    worker.terminate()
    throw new StackError(
      `The database in ${dataDir} did not open within ${
        openTimeoutMs / 1000
      } s. If the machine is busy, try again.`,
    )
  }
  if (reply.kind !== 'ready') {
    worker.terminate()
    if (reply.kind === 'failed' && reply.code === 'EADDRINUSE') {
      throw new StackError(
        `Port ${port} is in use: stop what listens there, or choose another with --db-port.`,
      )
    }
    throw damaged(reply.kind === 'failed' ? reply.message : 'it closed at once')
  }
  const ended = answers.next().then((last) => {
    if (last.kind === 'failed') onFailure(last.message)
  })
  const at = `127.0.0.1:${reply.port}/postgres`
  return {
    adminUrl: `postgresql://supabase_admin:postgres@${at}`,
    url: `postgresql://postgres:postgres@${at}`,
    stop: async () => {
      send({ kind: 'close' })
      await ended
      worker.terminate()
    },
  }
}

/** A platform without its database would let all clients wait. */
function endProcess(message: string): void {
  console.error(`The embedded database has died (${message}). Start again; what was acknowledged is stored.`)
  Deno.exit(1)
}

/** The thread's answers, one by one. A thread that dies answers `failed`. */
function answersOf(worker: Worker, warn: (text: string) => void): { next(): Promise<Reply> } {
  const waiting: ((reply: Reply) => void)[] = []
  const received: Reply[] = []
  const take = (reply: Reply): void => {
    const next = waiting.shift()
    if (next) next(reply)
    else received.push(reply)
  }
  worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
    if (data.kind === 'warning') warn(data.message)
    else take(data)
  })
  worker.addEventListener('error', (event) => {
    event.preventDefault()
    take({ kind: 'failed', code: '', message: event.message })
  })
  return {
    next: () => {
      const reply = received.shift()
      return reply ? Promise.resolve(reply) : new Promise((resolve) => waiting.push(resolve))
    },
  }
}
