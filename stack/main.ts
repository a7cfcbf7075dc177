/** `npm start`: the local platform, from the command line to the summary. */
import { writeFile } from 'node:fs/promises'
import { isLostConnection } from './database/lost_connections.ts'
import { type Options, readOptions, StackError, usage } from './options.ts'
import { startStack } from './stack.ts'
import { envFile, summary } from './summary.ts'

const started = performance.now()

// On each new connection, the driver queries the types of arrays by itself. When the database goes away meanwhile, that
// rejection can only be caught here; the query that the connection was for gets an error of its own.
globalThis.addEventListener('unhandledrejection', (event) => {
  if (isLostConnection(event.reason)) event.preventDefault()
})

async function main(options: Options): Promise<void> {
  const stack = await startStack(options, (text) => console.error(text))
  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    // Ctrl-C reaches every process of the terminal, and this one a second time through its parent.
    await (stopping ??= stack.stop())
    Deno.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) Deno.addSignalListener(signal, () => void stop())
  if (options.envFile) await writeFile(options.envFile, envFile(stack), { mode: 0o600 })
  console.log(summary(stack, options, (performance.now() - started) / 1000))
}

try {
  const options = readOptions(Deno.args, (name) => Deno.env.get(name))
  if (options === null) console.log(usage)
  else await main(options)
} catch (cause) {
  console.error(cause instanceof StackError ? cause.message : cause)
  Deno.exit(1)
}
