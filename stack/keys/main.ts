/** `npm run keys`: generates the JWT secret and the API keys of a project, or verifies a token. See `--help`. */
import { parseArgs } from 'node:util'
import { errors, type JWTPayload } from 'jose'
import {
  type GeneratedKeys,
  generateKeys,
  generateSecret,
  minimumSecretLength,
  verifyToken,
} from './tokens.ts'

const help = `Generates the JWT secret and the API keys of a project, or verifies a token.

Usage: npm run keys -- [options]

  --secret-length N   length of the new secret, at least ${minimumSecretLength} (64)
  --secret VALUE      generates the keys for this secret instead of a new one
  --verify TOKEN      verifies a token against --secret, or else SUPABASE_JWT_SECRET
  --json              prints JSON
  --env               prints lines for a .env file

Exit codes: 0 success, 1 the token is not valid, 2 the arguments are not valid.`

/** Arguments that are not valid, in one sentence. */
class UsageError extends Error {}
/** A token that is refused, in one sentence. */
class RefusedToken extends Error {}

export async function run(args: string[], env: (name: string) => string | undefined): Promise<string> {
  const options = read(args)
  if (options.help) return help
  if (options.json && options.env) throw new UsageError('Choose one of --json and --env.')
  if (options.verify !== undefined) {
    const secret = options.secret ?? env('SUPABASE_JWT_SECRET')
    if (!secret) throw new UsageError('Set SUPABASE_JWT_SECRET or give --secret to verify a token.')
    const claims = await verify(options.verify, secret)
    return options.json ? JSON.stringify({ valid: true, claims }) : describe(claims)
  }
  const keys = await generateKeys({ secret: secretFor(options.secret, options['secret-length']) })
  if (options.json) return JSON.stringify(keys, null, 2)
  return options.env ? toEnv(keys) : print(keys)
}

function read(
  args: string[],
): {
  help?: boolean
  json?: boolean
  env?: boolean
  secret?: string
  verify?: string
  'secret-length'?: string
} {
  try {
    return parseArgs({
      args,
      options: {
        help: { type: 'boolean' },
        json: { type: 'boolean' },
        env: { type: 'boolean' },
        secret: { type: 'string' },
        verify: { type: 'string' },
        'secret-length': { type: 'string' },
      },
    }).values
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('. ')[0] : String(cause)
    throw new UsageError(`${reason}. See --help.`)
  }
}

function secretFor(given: string | undefined, length: string | undefined): string {
  if (given !== undefined) {
    if (length !== undefined) throw new UsageError('Choose one of --secret and --secret-length.')
    if (given.length < minimumSecretLength) {
      throw new UsageError(
        `--secret must have at least ${minimumSecretLength} characters, not ${given.length}.`,
      )
    }
    return given
  }
  const wanted = Number(length ?? 64)
  if (!Number.isInteger(wanted) || wanted < minimumSecretLength || wanted > 1024) {
    throw new UsageError(`--secret-length must be an integer from ${minimumSecretLength} to 1024.`)
  }
  return generateSecret(wanted)
}

async function verify(token: string, secret: string): Promise<JWTPayload> {
  try {
    return await verifyToken(token, { secret })
  } catch (cause) {
    throw new RefusedToken(refusal(cause), { cause })
  }
}

function refusal(cause: unknown): string {
  if (cause instanceof errors.JWTExpired) {
    const at = cause.payload.exp
    return `The token expired${at === undefined ? '' : ` at ${time(at)}`}.`
  }
  if (cause instanceof errors.JWSSignatureVerificationFailed) {
    return 'The token was not signed with this secret.'
  }
  if (cause instanceof errors.JOSEAlgNotAllowed || cause instanceof errors.JOSENotSupported) {
    return 'The token is not signed with HS256, the only accepted algorithm.'
  }
  if (cause instanceof errors.JWTClaimValidationFailed) {
    return `The claim "${cause.claim}" of the token is not valid.`
  }
  return 'The value is not a JWT.'
}

function describe(claims: JWTPayload): string {
  const lines = Object.entries(claims).map(([name, value]) => {
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
    return `  ${name}: ${text}${isTime(name) && typeof value === 'number' ? ` (${time(value)})` : ''}`
  })
  return ['The token is valid.', ...lines].join('\n')
}

function isTime(claim: string): boolean {
  return claim === 'iat' || claim === 'exp' || claim === 'nbf'
}

function time(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? `${seconds}` : date.toISOString()
}

function print(keys: GeneratedKeys): string {
  return [
    `Generated JWT Secret (${keys.jwtSecret.length} chars):`,
    keys.jwtSecret,
    '',
    'PostgREST Configuration:',
    `PGRST_JWT_SECRET=${keys.jwtSecret}`,
    '',
    'Service Role Key (sample payload):',
    keys.serviceRoleKey,
    '',
    'Anon Key:',
    keys.anonKey,
    '',
    'Publishable Key:',
    keys.publishableKey,
    '',
    'Secret Key:',
    keys.secretKey,
  ].join('\n')
}

function toEnv(keys: GeneratedKeys): string {
  return [
    `SUPABASE_JWT_SECRET=${keys.jwtSecret}`,
    `SUPABASE_PUBLISHABLE_KEY=${keys.publishableKey}`,
    `SUPABASE_SECRET_KEY=${keys.secretKey}`,
    `SUPABASE_ANON_KEY=${keys.anonKey}`,
    `SUPABASE_SERVICE_ROLE_KEY=${keys.serviceRoleKey}`,
  ].join('\n')
}

if (import.meta.main) {
  try {
    console.log(await run(Deno.args, (name) => Deno.env.get(name)))
  } catch (cause) {
    if (!(cause instanceof UsageError || cause instanceof RefusedToken)) throw cause
    console.error(cause.message)
    Deno.exit(cause instanceof UsageError ? 2 : 1)
  }
}
