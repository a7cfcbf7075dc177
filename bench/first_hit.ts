/**
 * From the end of an upload to the first hit: how long a page of text takes until a search by words finds it, on a
 * platform with nothing else to do, and while a table of 100,000 rows of another account is being read. Files are stored
 * with supabase-js, as an application does. Prints the median and the longest of the rounds.
 *
 * deno run -A bench/first_hit.ts [--rounds 10] [--rows 100000]
 */
import { parseArgs } from 'node:util'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { end, start } from '../tests/support/instance.ts'
import { startPostgres } from '../tests/support/postgres.ts'
import { until } from '../tests/support/wait.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '10' }, rows: { type: 'string', default: '100000' } },
})
const bucket = 'apex-files'
const server = await startPostgres()
const platform = await start(['--ephemeral', '--no-seed'], { env: { DATABASE_URL: server.url } })
const { SUPABASE_URL = '', SUPABASE_PUBLISHABLE_KEY = '' } = platform.env

/** A new account. */
async function signUp(name: string): Promise<{ client: SupabaseClient; workspace: string }> {
  const client = createClient(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, { auth: { persistSession: false } })
  await client.auth.signUp({
    email: `${name}-${crypto.randomUUID()}@example.com`,
    password: 'correct-horse-battery',
  })
  const { data } = await client.rpc('current_workspace').throwOnError()
  return { client, workspace: data }
}

type Account = Awaited<ReturnType<typeof signUp>>

async function store({ client, workspace }: Account, name: string, text: string): Promise<string> {
  const path = `files/workspace_${workspace}/${name}`
  const { error } = await client.storage.from(bucket).upload(path, new Blob([text], { type: 'text/plain' }))
  if (error) throw error
  return path
}

/** The milliseconds of each round. */
async function rounds(account: Account, label: string): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    const word = `quibbler${label}${round}`
    await store(
      account,
      `${word}.txt`,
      `The ${word} hangs beside the northern gate, and is dry.\n`.repeat(40),
    )
    const stored = performance.now()
    await until(
      async () => {
        const { data } = await account.client.rpc('search', { query: word }).throwOnError()
        return data.length > 0
      },
      `${word} is found`,
      120_000,
    )
    times.push(performance.now() - stored)
  }
  return times
}

function line(label: string, times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const format = (value: number | undefined): string => `${Math.round(value ?? 0)} ms`.padStart(9)
  return `${label.padEnd(32)} median ${format(sorted[sorted.length >> 1])}  longest ${format(sorted.at(-1))}`
}

try {
  const page = await signUp('page')
  await rounds(page, 'warm')
  console.log(line('alone', await rounds(page, 'alone')))
  const table = await signUp('table')
  const rows = Array.from(
    { length: Number(values.rows) },
    (_, row) => `${row},room ${row % 7},${row % 100},placed`,
  )
  const path = await store(table, 'table.csv', `id,room,moisture,notes\n${rows.join('\n')}\n`)
  const statusOf = async (): Promise<string> =>
    (await table.client.from('artifacts').select('status').eq('filepath', path).single().throwOnError()).data
      .status
  await until(async () => await statusOf() === 'processing', 'the table is being read')
  const times = await rounds(page, 'beside')
  console.log(line(`beside ${values.rows} rows of others`, times), `(the table is ${await statusOf()})`)
} finally {
  await end(platform)
  await server.stop()
}
