/** `npm run keys`, run as a person runs it. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { base64url, SignJWT } from 'jose'
import { verifyCredentials } from '@supabase/server/core'
import { generateSecret, jwks, signToken } from '../../stack/keys/tokens.ts'

const main = join(import.meta.dirname ?? '.', '../../stack/keys/main.ts')
const secret = 'a-secret-of-sufficient-length-for-hs256'

async function keys(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ['run', '-A', '--quiet', main, ...args],
    env: { SUPABASE_JWT_SECRET: '', ...env },
  }).output()
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trim()
  return { code, out: decode(stdout), err: decode(stderr) }
}

function sign(claims: Record<string, unknown>, key = secret, alg = 'HS256'): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg, typ: 'JWT' }).sign(new TextEncoder().encode(key))
}

Deno.test('a secret of 64 characters is made, with keys it verifies', async () => {
  const { code, out } = await keys([])
  assert.equal(code, 0)
  const lines = out.split('\n')
  assert.equal(lines[0], 'Generated JWT Secret (64 chars):')
  assert.match(lines[1] ?? '', /^[\w-]{64}$/)
  assert.deepEqual(lines.slice(2, 7), [
    '',
    'PostgREST Configuration:',
    `PGRST_JWT_SECRET=${lines[1]}`,
    '',
    'Service Role Key (sample payload):',
  ])
  const verified = await keys(['--verify', lines[7] ?? '', '--secret', lines[1] ?? '', '--json'])
  assert.equal(verified.code, 0)
  const { role, iss, iat, exp } = JSON.parse(verified.out).claims
  assert.deepEqual({ role, iss }, { role: 'service_role', iss: 'supabase' })
  assert.ok(iat < exp)
})

Deno.test('no secret begins with a hyphen, which a command would take for an option', () => {
  const secrets = Array.from({ length: 2_000 }, () => generateSecret(40))
  assert.deepEqual(secrets.filter((made) => made.startsWith('-') || made.length !== 40), [])
})

Deno.test('keys carry the checksum of the platform', async () => {
  const { out } = await keys(['--json', '--secret', secret])
  const made = JSON.parse(out)
  assert.equal(made.jwtSecret, secret)
  for (const key of [made.publishableKey, made.secretKey]) {
    const [, body, checksum] = /^(sb_(?:publishable|secret)_[\w-]{22})_([\w-]{8})$/.exec(key) ?? []
    assert.ok(body && checksum, `${key} has the form of a key`)
    const digest = createHash('sha256').update(`supabase-self-hosted|${body}`).digest('base64url')
    assert.equal(checksum, digest.slice(0, 8))
  }
})

Deno.test('--env prints lines for a .env file', async () => {
  const { out } = await keys(['--env', '--secret-length', '40'])
  const names = out.split('\n').map((line) => line.split('=')[0])
  assert.deepEqual(names, [
    'SUPABASE_JWT_SECRET',
    'SUPABASE_PUBLISHABLE_KEY',
    'SUPABASE_SECRET_KEY',
    'SUPABASE_ANON_KEY',
    'SUPABASE_SERVICE_ROLE_KEY',
  ])
  assert.equal(out.split('\n')[0]?.length, 'SUPABASE_JWT_SECRET='.length + 40)
})

Deno.test('a token is checked with SUPABASE_JWT_SECRET', async () => {
  const token = await sign({ sub: 'someone', exp: 4102444800 })
  const { code, out } = await keys(['--verify', token], { SUPABASE_JWT_SECRET: secret })
  assert.equal(code, 0)
  assert.match(
    out,
    /^The token is valid\.\n {2}sub: someone\n {2}exp: 4102444800 \(2100-01-01T00:00:00\.000Z\)$/,
  )
})

Deno.test('a token that does not hold is refused in one sentence, with exit code 1', async () => {
  const part = (value: unknown): string => base64url.encode(JSON.stringify(value))
  const cases: [string, string, string][] = [
    ['another secret', await sign({}, `other-${secret}`), 'The token was not signed with this secret.'],
    ['expired', await sign({ exp: 1704067200 }), 'The token expired at 2024-01-01T00:00:00.000Z.'],
    ['not yet valid', await sign({ nbf: 4102444800 }), 'The claim "nbf" of the token is not valid.'],
    [
      'no algorithm',
      `${part({ alg: 'none' })}.${part({ role: 'service_role' })}.`,
      'The token is not signed with HS256, the only accepted algorithm.',
    ],
    [
      'another algorithm',
      await sign({}, secret.repeat(2), 'HS512'),
      'The token is not signed with HS256, the only accepted algorithm.',
    ],
    ['no token at all', 'anon', 'The value is not a JWT.'],
  ]
  for (const [name, token, sentence] of cases) {
    assert.deepEqual(
      await keys(['--verify', token, '--secret', secret]),
      { code: 1, out: '', err: sentence },
      name,
    )
  }
})

Deno.test('a command that cannot be followed is refused in one sentence, with exit code 2', async () => {
  const cases: [string[], string][] = [
    [['--secret-length', '31'], '--secret-length must be an integer from 32 to 1024.'],
    [['--secret-length', 'long'], '--secret-length must be an integer from 32 to 1024.'],
    [['--secret', 'short'], '--secret must have at least 32 characters, not 5.'],
    [['--verify', 'x'], 'Set SUPABASE_JWT_SECRET or give --secret to verify a token.'],
    [['--json', '--env'], 'Choose one of --json and --env.'],
  ]
  for (const [args, sentence] of cases) {
    assert.deepEqual(await keys(args), { code: 2, out: '', err: sentence })
  }
  const unknown = await keys(['--frobnicate'])
  assert.equal(unknown.code, 2)
  assert.match(unknown.err, /^Unknown option '--frobnicate'.* See --help\.$/)
})

Deno.test('functions accept what is signed, by the published key set, and nothing else', async () => {
  const env = { url: 'http://127.0.0.1', publishableKeys: {}, secretKeys: {}, jwks: jwks(secret) }
  const verify = (token: string): ReturnType<typeof verifyCredentials> =>
    verifyCredentials({ token, apikey: null }, { auth: 'user', env: env as never })
  const accepted = await verify(await signToken({ sub: 'someone' }, { secret }))
  assert.equal(accepted.data?.userClaims?.id, 'someone')
  const forged = await verify(await signToken({ sub: 'someone' }, { secret: `other-${secret}` }))
  assert.equal(forged.error?.code, 'INVALID_JWT')
})
