/**
 * What people wait for while files are read that were made to keep their reader busy: the same requests on a quiet
 * platform, and from the moment at which one user uploads 22 hostile files of every format at once until all of them are
 * read or refused.
 *
 *   first token   from a question to the first text of the answer
 *   health        the probe of the platform
 *   upload        another tenant's file, until it is stored
 *   readable      and until its text is found
 *
 *   deno run -A bench/hostile_files.ts [--rounds 20] [--native]
 */
import { strict as assert } from 'node:assert'
import { parseArgs } from 'node:util'
import type { SupabaseClient } from '@supabase/supabase-js'
import { hostileFiles } from '../functions/_lib/extract/testing/hostile.ts'
import { FilesAnswer } from '../types/api.ts'
import type { Person } from '../tests/support/clients.ts'
import { ask, chunksOf, headersOf, question } from '../tests/functions/chatting.ts'
import { end, start } from '../tests/support/instance.ts'
import { startPostgres } from '../tests/support/postgres.ts'
import { sleep, until } from '../tests/support/wait.ts'

const { values: options } = parseArgs({
  args: Deno.args,
  options: { rounds: { type: 'string', default: '20' }, native: { type: 'boolean', default: false } },
})
const rounds = Number(options.rounds)

const server = options.native ? await startPostgres() : null
const stack = await start(['--ephemeral', '--no-seed'], server ? { env: { DATABASE_URL: server.url } } : {})
for (const [name, value] of Object.entries(stack.env)) Deno.env.set(name, value)
const { env, raiseLimits, signUp } = await import('../tests/support/clients.ts')
await raiseLimits()
const url = env('SUPABASE_URL')
const [mallory, ann, ben] = [await signUp('mallory'), await signUp('ann'), await signUp('ben')]

/** What people do, and how long it takes, in ms. */
const doings = { 'first token': firstToken, health, upload: uploadOnly, readable } as const
type Doing = keyof typeof doings
type Times = Record<Doing, number[]>

async function firstToken(): Promise<void> {
  const response = await ask(
    { url },
    ann,
    question('How old is the roof?', { model_id: 'builtin-retrieval' }),
  )
  const types = new Set<string>()
  for await (const { type, ...chunk } of chunksOf(response)) {
    if (type === 'text-delta') return
    types.add(type === 'error' ? JSON.stringify(chunk) : type)
  }
  assert.fail(`the answer has no text (${response.status}; ${[...types].join(', ')})`)
}

async function health(): Promise<void> {
  const response = await fetch(`${url}/functions/v1/health`)
  const body = await response.json()
  assert.equal(body.status, 'ok', JSON.stringify(body))
}

async function upload(person: Person, file: File): Promise<string> {
  const form = new FormData()
  form.append('files[]', file)
  const response = await fetch(`${url}/functions/v1/files`, {
    method: 'POST',
    headers: headersOf(person),
    body: form,
  })
  const { results } = FilesAnswer.parse(await response.json())
  return results[0]?.artifact_id ?? assert.fail(JSON.stringify(results))
}

let last = ''

async function uploadOnly(): Promise<void> {
  last = await upload(ben, new File([`The roof is ${crypto.randomUUID()}. `.repeat(50)], 'roof.txt'))
}

async function readable(): Promise<void> {
  await until(async () => (await statuses(ben, [last]))[0] !== 'waiting', 'it is read', 300_000)
}

async function statuses(person: Person, ids: readonly string[]): Promise<('waiting' | 'done')[]> {
  const client = person.client as unknown as SupabaseClient
  const { data } = await client.from('artifacts').select('status').in('id', ids).throwOnError()
  return data.map(({ status }) => status === 'uploaded' || status === 'processing' ? 'waiting' : 'done')
}

/** One round after the other, while `goesOn`. Their pauses are those of people. */
async function measure(goesOn: (round: number) => boolean): Promise<Times> {
  const times: Times = { 'first token': [], health: [], upload: [], readable: [] }
  for (let round = 0; goesOn(round); round++) {
    for (const [doing, work] of Object.entries(doings)) {
      const started = performance.now()
      await work()
      times[doing as Doing].push(performance.now() - started)
    }
    await sleep(100)
  }
  return times
}

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN

const files = await hostileFiles()
// The first ones load what they need; the reader of files too.
await measure((round) => round < 3)
const quiet = await measure((round) => round < rounds)

const begun = performance.now()
let left = files.length
const attack = (async (): Promise<void> => {
  const ids = await Promise.all(files.map((file) => upload(mallory, file)))
  while (left > 0) {
    await sleep(500)
    left = (await statuses(mallory, ids)).filter((status) => status === 'waiting').length
  }
})()
const busy = await measure(() => left > 0)
await attack
const seconds = (performance.now() - begun) / 1000

console.log(
  `${options.native ? 'Postgres' : 'embedded'}; ${files.length} hostile files were read within ${
    seconds.toFixed(0)
  } s; ms`,
)
console.log('             rounds          median             p90             max   median, p90: times quiet')
for (const doing of Object.keys(doings) as Doing[]) {
  const cell = (share: number): string =>
    `${percentile(quiet[doing], share).toFixed(0)} → ${percentile(busy[doing], share).toFixed(0)}`.padStart(
      14,
    )
  const ratio = (share: number): string =>
    (percentile(busy[doing], share) / percentile(quiet[doing], share)).toFixed(1)
  console.log(
    `${doing.padEnd(12)} ${`${quiet[doing].length} → ${busy[doing].length}`.padStart(6)}  ${cell(0.5)}  ${
      cell(0.9)
    }  ${cell(1)}   ${ratio(0.5)}, ${ratio(0.9)}`,
  )
}
await end(stack)
await server?.stop()
Deno.exit()
