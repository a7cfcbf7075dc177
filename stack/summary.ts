/** The output once everything runs: for people, and as an environment file for programs. */
import type { Options } from './options.ts'
import type { Stack } from './stack.ts'

/** The users of the demo data in seed/10_people.sql. A test signs in as each of them. */
const demoPassword = 'plinth-demo-2026'
const demoUsers: readonly { email: string; who: string }[] = [
  { email: 'olivia@harbor.example', who: 'admin of Harbor Restoration' },
  { email: 'marcus@harbor.example', who: 'manager there, employee of Lakeside Estimating' },
  { email: 'elena@harbor.example', who: 'employee of Harbor Restoration' },
  { email: 'tom@harbor.example', who: 'employee of Harbor Restoration' },
  { email: 'nora@lakeside.example', who: 'admin of Lakeside Estimating' },
  { email: 'sam@elsewhere.example', who: 'belongs to neither' },
]

/** The environment of a client of this stack, as NAME=value lines. */
export function envFile(stack: Stack): string {
  return Object.entries({
    SUPABASE_URL: stack.url,
    SUPABASE_PUBLISHABLE_KEY: stack.keys.publishableKey,
    SUPABASE_SECRET_KEY: stack.keys.secretKey,
    SUPABASE_ANON_KEY: stack.keys.anonKey,
    SUPABASE_SERVICE_ROLE_KEY: stack.keys.serviceRoleKey,
    SUPABASE_JWT_SECRET: stack.keys.jwtSecret,
    DATABASE_URL: stack.databaseUrl,
    DEMO_PASSWORD: demoPassword,
    DEMO_USERS: demoUsers.map((user) => user.email).join(','),
  }).map(([name, value]) => `${name}=${value}\n`).join('')
}

/** The text printed at the end of the start. */
export function summary(stack: Stack, options: Options, seconds: number): string {
  const key = stack.keys.publishableKey
  const first = demoUsers[0]?.email ?? 'you@example.com'
  const people = demoUsers.map(({ email, who }) => `                  ${email.padEnd(28)} ${who}`).join('\n')
  return `
Plinth is ready (${seconds.toFixed(1)} s).

  API             ${stack.url}
  Database        ${stack.databaseUrl}
  Mailbox         ${stack.url}/mailbox
  Publishable key ${key}
  Secret key      ${stack.keys.secretKey}
${options.seed && people ? `  Demo users      password ${demoPassword}\n${people}\n` : ''}
Try:
  curl ${stack.url}/functions/v1/health
  curl -X POST '${stack.url}/auth/v1/token?grant_type=password' -H 'apikey: ${key}' \\
    -H 'content-type: application/json' -d '{"email":"${first}","password":"${demoPassword}"}'
  psql '${stack.databaseUrl}' -c 'select title, status from dashboard.tasks limit 5'   # where psql is installed
Next: docs/guide/getting_started.md

${options.ephemeral ? 'No data is kept.' : `Data is kept in ${options.data}.`} Ctrl-C stops.`
}
