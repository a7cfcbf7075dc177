/** `npm start`: the local platform, from the command line to the summary. */
import { writeFile } from 'node:fs/promises'
import { isLostConnection } from './database/lost_connections.ts'
import { type Options, readOptions, StackError, usage } from './options.ts'
import { startStack } from './stack.ts'
import { envFile, summary } from './summary.ts'

const started = performance.now()

// On each new connection the driver asks for the types of arrays by itself. Nobody but us can catch it when the database
// goes away meanwhile; what was to be asked on that connection is told so on its own.
globalThis.addEventListener('unhandledrejection', (event) => {
  if (isLostConnection(event.reason)) event.preventDefault()
})

async function main(options: Options): Promise<void> {
  const stack = await startStack(options, (text) => console.error(text))
  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    // Ctrl-C reaches every process of the terminal, so it can arrive twice.
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
