/** Makes the calls of functions that the database asks for (private.invoke_function): each at least once. */
import type postgres from 'postgres'

type Setup = {
  sql: postgres.Sql
  /** Calls a function; rejects unless it answered well. */
  invoke(name: string, body: unknown): Promise<void>
  onLog: (line: string) => void
}

type Call = { id: string; name: string; body: unknown; attempts: number }

/** How often calls are looked for that nobody announced: retries, and those of a platform that was killed, in ms. */
const polling = 5_000
/** How long a call belongs to us: longer than any function may run. */
const lease = '10 minutes'

export async function startFunctionCalls({ sql, invoke, onLog }: Setup): Promise<{ stop(): Promise<void> }> {
  const making = new Set<Promise<void>>()
  let stopped = false
  let looking: Promise<void> | null = null
  let announced = false

  const make = async ({ id, name, body, attempts }: Call): Promise<void> => {
    try {
      await invoke(name, body)
      await sql`delete from private.function_calls where id = ${id}`
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      onLog(`schedules: call ${id} of ${name}, attempt ${attempts}: ${reason}`)
      await sql`select private.fail_function_call(${id}, ${reason})`
    }
  }
  const claim = async (): Promise<void> => {
    do {
      announced = false
      const calls = await sql<Call[]>`select * from private.claim_function_calls(10, ${lease}::interval)`
      for (const call of calls) {
        const done = make(call).catch((cause) => onLog(`schedules: ${cause}`)).finally(() =>
          making.delete(done)
        )
        making.add(done)
      }
      if (calls.length === 10) announced = true
    } while (announced && !stopped)
  }
  const look = (): void => {
    announced = true
    looking ??= claim().catch((cause) => onLog(`schedules: ${cause}`)).finally(() => looking = null)
  }

  // Also after every reconnection, since a notification may have been missed.
  const listening = await sql.listen('invoke_function', look, look)
  const timer = setInterval(look, polling)
  return {
    stop: async () => {
      stopped = true
      clearInterval(timer)
      await listening.unlisten()
      await looking
      await within(Promise.all(making))
    },
  }
}

/** What runs when everything stops may take this long, in ms; a call that was cut off is made again. */
const stopping = 2_000

export async function within(work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, stopping)
  await Promise.race([work, late.promise])
  clearTimeout(timer)
}
