/** The options of `npm start`, and the location of the repository. */
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { join, resolve } from 'node:path'

/** The folder of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** An error that the user can fix. It is reported in one sentence, without a stack trace. */
export class StackError extends Error {
  override name = 'StackError'
}

export type Options = {
  /** Port of the API; 0 takes a free one. */
  port: number
  /** Port of the embedded database; 0 takes a free one. */
  dbPort: number
  /** Folder of all data that survives a restart. */
  data: string
  /** Use a temporary data folder and remove it at the end. */
  ephemeral: boolean
  seed: boolean
  /** File to which the URL, the keys and the demo users are written once everything is ready. */
  envFile: string | null
  /** A Postgres to use instead of the embedded one. Its user must be a superuser. */
  databaseUrl: string | null
  /** A PostgREST on the same database, to use instead of the platform's own REST. */
  postgrestUrl: string | null
}

export const usage = `Usage: npm start -- [options]

  --port N          port of the API (54321; 0 takes a free one)
  --db-port N       port of the embedded Postgres (54322; 0 takes a free one)
  --data DIR        data folder (.plinth)
  --ephemeral       keep no data
  --no-seed         without the demo data
  --env-file FILE   write URL, keys and demo users to FILE once ready
  --help            print this text

DATABASE_URL=postgres://superuser@host/database uses that Postgres instead of the embedded one.
POSTGREST_URL=http://host:3000 uses that PostgREST, which has to be on the same database.`

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
    postgrestUrl: address('POSTGREST_URL', env('POSTGREST_URL')),
  }
}

function address(name: string, text: string | undefined): string | null {
  if (!text) return null
  if (URL.canParse(text) && /^https?:/.test(text)) return text
  throw new StackError(`${name} must be an address such as http://127.0.0.1:3000, not "${text}".`)
}

function port(option: string, text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number > 65535) {
    throw new StackError(`${option} must be a port from 0 to 65535, not "${text}".`)
  }
  return number
}
