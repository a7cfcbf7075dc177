/**
 * Overhead of the function `chat`, measured with a provider that replays fixed streams on this machine:
 *
 *   first token   time from the provider's first write to the client's read, turns in sequence; the same for later chunks
 *   streams       many concurrent streams with different texts and pauses: lost, duplicated and reordered chunks, byte for
 *                 byte, in the received and in the stored text, and the delay of chunks
 *
 *   deno run -A bench/chat.ts [--turns 40] [--streams 100] [--pieces 200] [--native]
 */
import { parseArgs } from 'node:util'
import type { Person } from '../tests/support/clients.ts'
import {
  allChunks,
  ask,
  chunksOf,
  type Loose,
  messageOf,
  openStage,
  question,
} from '../tests/functions/chatting.ts'
import { startPostgres } from '../tests/support/postgres.ts'
import { end, start } from '../tests/support/instance.ts'

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    turns: { type: 'string', default: '40' },
    streams: { type: 'string', default: '100' },
    pieces: { type: 'string', default: '200' },
    native: { type: 'boolean', default: false },
  },
})
const [turns, streams, pieces] = [Number(options.turns), Number(options.streams), Number(options.pieces)]

const server = options.native ? await startPostgres() : null
const stack = await start(['--ephemeral', '--no-seed'], server ? { env: { DATABASE_URL: server.url } } : {})
for (const [name, value] of Object.entries(stack.env)) Deno.env.set(name, value)
const { signUp } = await import('../tests/support/clients.ts')

/** A user may start twenty turns at once. */
const each = 10
const people: Person[] = []
for (let index = 0; index < Math.ceil(Math.max(turns, streams) / each); index++) {
  people.push(await signUp(`person${index}`))
}
const personOf = (index: number): Person => people[Math.floor(index / each)] ?? people[0] as Person

/** The same numbers in every run. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0
    return state / 2 ** 32
  }
}

const alphabet = [
  'a',
  'e',
  'n',
  'r',
  't',
  ' ',
  ' ',
  '\n',
  'ü',
  '“',
  '—',
  '漢',
  '🦺',
  '{',
  '"',
  '\\',
  'data: ',
]

/** Chunks that reveal mixed-up streams and split characters. */
function textOf(stream: number, count: number): string[] {
  const next = random(stream + 1)
  return Array.from({ length: count }, (_, index) =>
    `${stream}.${index}` +
    Array.from({ length: 1 + Math.floor(next() * 8) }, () => alphabet[Math.floor(next() * alphabet.length)])
      .join(''))
}

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN
const told = (values: readonly number[]): string =>
  [0.5, 0.95, 0.99, 1].map((share) =>
    `${share === 1 ? 'max' : `p${share * 100}`} ${percentile(values, share).toFixed(1)}`
  ).join('  ') + ' ms'
const now = (): number => performance.timeOrigin + performance.now()

/** A conversation with a title, so that the run asks no small model for one. */
async function conversation(person: Person): Promise<number> {
  const { data } = await person.client.schema('dashboard').from('conversations').insert({ title: 'Bench' })
    .select('id').single()
  return data?.id ?? 0
}

const stage = await openStage(({ question: asked }) => {
  const stream = Number(asked)
  const next = random(stream + 7)
  return { deltas: textOf(stream, stream < 0 ? 20 : pieces), firstPause: 30, pause: () => 2 + next() * 30 }
})

async function measureFirstTokens(): Promise<void> {
  const first: number[] = []
  const further: number[] = []
  const begun: number[] = []
  for (let index = -3; index < turns; index++) {
    const person = personOf(Math.max(0, index))
    const id = await conversation(person)
    const arrived: number[] = []
    const asked = now()
    const answer = await ask(stage, person, question('-1', { id: undefined, conversation_id: id }))
    const accepted = now()
    for await (const chunk of chunksOf(answer)) if (chunk.type === 'text-delta') arrived.push(now())
    const { sentAt } = stage.providers.asked.at(-1) as { sentAt: number[] }
    // the first ones warm up
    if (index < 0) continue
    const late = arrived.map((at, piece) => at - (sentAt[piece] ?? NaN))
    first.push(late[0] ?? NaN)
    further.push(...late.slice(1))
    begun.push(accepted - asked)
  }
  console.log(`${turns} turns, one after the other:`)
  console.log(`  the question is stored, all is read, the stream is open   ${told(begun)}`)
  console.log(`  first token after the provider's                          ${told(first)}`)
  console.log(`  further tokens after the provider's                       ${told(further)}`)
}

async function measureStreams(): Promise<void> {
  const ids = await Promise.all(Array.from({ length: streams }, (_, index) => conversation(personOf(index))))
  stage.providers.asked.length = 0
  const started = performance.now()
  let wrongHeard = 0
  let wrongStored = 0
  const late: number[] = []
  const firsts: number[] = []
  await Promise.all(ids.map(async (id, index) => {
    const person = personOf(index)
    const answer = await ask(stage, person, question(String(index), { id: undefined, conversation_id: id }))
    if (!answer.ok) throw new Error(await answer.text())
    const heard: string[] = []
    const arrived: number[] = []
    let messageId = 0
    for await (const chunk of chunksOf(answer)) {
      if (chunk.type === 'start') messageId = Number(chunk.messageId)
      if (chunk.type !== 'text-delta') continue
      heard.push(chunk.delta)
      arrived.push(now())
    }
    const wanted = textOf(index, pieces)
    if (heard.join('') !== wanted.join('') || heard.length !== wanted.length) wrongHeard++
    const stored: Loose = await messageOf(person, messageId)
    if (stored.content !== wanted.join('') || stored.status !== 'complete') wrongStored++
    const { sentAt } = stage.providers.asked.find((asked) => asked.question === String(index)) as {
      sentAt: number[]
    }
    firsts.push((arrived[0] ?? NaN) - (sentAt[0] ?? NaN))
    late.push(...arrived.slice(1).map((at, piece) => at - (sentAt[piece + 1] ?? NaN)))
  }))
  const seconds = (performance.now() - started) / 1000
  console.log(`${streams} streams of ${pieces} pieces at once, ${seconds.toFixed(1)} s:`)
  console.log(`  heard otherwise than replayed ${wrongHeard}, stored otherwise ${wrongStored}`)
  console.log(`  ${Math.round(streams * pieces / seconds)} pieces a second`)
  console.log(`  first token after the provider's                          ${told(firsts)}`)
  console.log(`  further tokens after the provider's                       ${told(late)}`)
  if (wrongHeard + wrongStored > 0) Deno.exitCode = 1
}

try {
  await allChunks(await ask(stage, personOf(0), question('-1')))
  await measureFirstTokens()
  await measureStreams()
} finally {
  await stage[Symbol.asyncDispose]()
  await end(stack)
  await server?.stop()
}
