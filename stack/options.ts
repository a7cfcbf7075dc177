/** What `npm start` can be told, and where everything is. */
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { join, resolve } from 'node:path'

/** The repository. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** A mistake of the person at the keyboard, or of their machine: told in one sentence, without a stack trace. */
export class StackError extends Error {
  override name = 'StackError'
}

export type Options = {
  /** Port of the API; 0 takes a free one. */
  port: number
  /** Port of the embedded database; 0 takes a free one. */
  dbPort: number
  /** Folder of everything that survives a restart. */
  data: string
  /** Keep nothing: a data folder that is removed at the end. */
  ephemeral: boolean
  seed: boolean
  /** File that receives the URL, the keys and the demo users once everything is ready. */
  envFile: string | null
  /** A Postgres of one's own instead of the embedded one; its user must be a superuser. */
  databaseUrl: string | null
}

export const usage = `Usage: npm start -- [options]

  --port N          port of the API (54321; 0 takes a free one)
  --db-port N       port of the embedded Postgres (54322; 0 takes a free one)
  --data DIR        where data is kept (.plinth)
  --ephemeral       keep nothing
  --no-seed         without the demo company
  --env-file FILE   write URL, keys and demo users to FILE once ready
  --help            this text

DATABASE_URL=postgres://superuser@host/database runs on that Postgres instead of the embedded one.`

/** Reads the command line; null when it asks for help. */
export function readOptions(args: string[], env: (name: string) => string | undefined): Options | null {
  let values
  try {
    values = parseArgs({
      args,
      options: {
        'port': { type: 'string', default: '54321' },
        'db-port': { type: 'string', default: '54322' },
        'data': { type: 'string', default: join(root, '.plinth') },
        'ephemeral': { type: 'boolean', default: false },
        'no-seed': { type: 'boolean', default: false },
        'env-file': { type: 'string' },
        'help': { type: 'boolean', default: false },
      },
    }).values
  } catch (cause) {
    throw new StackError(`${cause instanceof Error ? cause.message : String(cause)}\n\n${usage}`)
  }
  if (values.help) return null
  return {
    port: port('--port', values.port),
    dbPort: port('--db-port', values['db-port']),
    data: resolve(values.data),
    ephemeral: values.ephemeral,
    seed: !values['no-seed'],
    envFile: values['env-file'] ? resolve(values['env-file']) : null,
    databaseUrl: env('DATABASE_URL') || null,
  }
}

function port(option: string, text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number > 65535) {
    throw new StackError(`${option} takes a port from 0 to 65535, not "${text}".`)
  }
  return number
}
