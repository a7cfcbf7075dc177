/**
 * `npm run mutate`: changes one policy, right, check, trigger or condition of the schema at a time and runs the tests that
 * may notice. What no test notices is a hole in the tests: it fails the run unless accepted.ts has a reason.
 */
import process from 'node:process'
import { accepted, needless, reasonFor } from './accepted.ts'
import { mutantsOfFunction } from './bodies.ts'
import { readCatalogue } from './catalogue.ts'
import { prepareDatabase } from './database.ts'
import { type Kind, kinds, type Mutant } from './mutant.ts'
import { mutantsOfObjects } from './objects.ts'
import { type Options, readOptions, shuffled } from './options.ts'
import { Choice, measureScripts } from './scripts.ts'
import { type Result, tryMatrix, tryRules, tryScripts } from './trial.ts'

/** A mutant that may survive is tried with this many files, the likely ones first. One that may not is tried with all. */
const filesForAccepted = 10

type Count = { killed: number; survived: number; accepted: number; invalid: number; milliseconds: number }

async function run(options: Options, resources: AsyncDisposableStack): Promise<boolean> {
  const started = performance.now()
  const since = (): number => Math.round((performance.now() - started) / 1000)
  const sql = await prepareDatabase(resources)
  const catalogue = await readCatalogue(sql)
  const all = [...mutantsOfObjects(catalogue), ...catalogue.routines.flatMap(mutantsOfFunction)]
  const chosen = choose(all, options)
  console.log(`${chosen.length} of ${all.length} mutants, seed ${options.seed}`)
  if (chosen.length === 0) throw new Error('No mutant has such a name.')
  const { scripts, failing } = await measureScripts(sql)
  for (const { name, failure } of failing) {
    console.log(`${name} fails without a mutant: ${failure.split('\n')[0]}`)
  }
  const choice = new Choice(scripts)
  console.log(`${scripts.length} files of tests pass without a mutant; ${since()} s`)
  const counts = new Map<Kind, Count>(
    kinds.map((kind) => [kind, { killed: 0, survived: 0, accepted: 0, invalid: 0, milliseconds: 0 }]),
  )
  const byRules = await tryRules(sql, chosen.filter(({ kind }) => kind === 'grant'))
  console.log(`Rules about rights notice ${byRules.size}; ${since()} s`)
  const byMatrix = await tryMatrix(
    sql,
    chosen.filter((mutant) => mutant.kind === 'policy' || mutant.kind === 'grant' && !byRules.has(mutant)),
  )
  console.log(`The access matrix notices ${byMatrix.size}; ${since()} s`)
  const survivors: Mutant[] = []
  const results = new Map<string, Result['outcome']>()
  const deadline = performance.now() + options.seconds * 1000
  for (const mutant of chosen) {
    const begun = performance.now()
    if (begun >= deadline) break
    const reason = reasonFor(mutant)
    const result = byRules.has(mutant)
      ? { outcome: 'killed' as const, by: 'rules about rights' }
      : byMatrix.has(mutant)
      ? { outcome: 'killed' as const, by: 'the access matrix' }
      : await tryScripts(sql, mutant, choice, reason === undefined ? Infinity : filesForAccepted)
    results.set(mutant.name, result.outcome)
    record(counts, mutant, result, reason !== undefined, performance.now() - begun)
    if (result.outcome === 'survived' && reason === undefined) {
      survivors.push(mutant)
      console.log(`SURVIVED ${mutant.name}`)
    }
    if (options.verbose && result.outcome !== 'survived') {
      console.log(
        `${result.outcome} ${mutant.name} [${result.outcome === 'killed' ? result.by : result.error}]`,
      )
    }
    if (results.size % 100 === 0) console.log(`${results.size} of ${chosen.length}; ${since()} s`)
  }
  print(counts)
  const unneeded = needless(accepted, results, chosen.length === all.length && results.size === all.length)
  for (const name of unneeded) console.log(`ACCEPTED WITHOUT NEED ${name}`)
  console.log(`${since()} s; seed ${options.seed}`)
  const passed = results.size - survivors.length
  const failed = survivors.length + failing.length + unneeded.length
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0
}

/** In the order of the words. */
function choose(mutants: readonly Mutant[], { words, all, unaccepted, sample, seed }: Options): Mutant[] {
  const matches = (word: string) => ({ name, kind }: Mutant): boolean =>
    kinds.some((kind) => kind === word) ? kind === word : name.includes(word)
  const named = words.length > 0
    ? [...new Set(words.flatMap((word) => mutants.filter(matches(word))))]
    : mutants.filter(({ kind }) => all || kind !== 'constraint')
  const left = named.filter((mutant) => !unaccepted || reasonFor(mutant) === undefined)
  return sample === undefined ? left : shuffled(left, seed).slice(0, sample)
}

function record(
  counts: ReadonlyMap<Kind, Count>,
  { kind }: Mutant,
  { outcome }: Result,
  isAccepted: boolean,
  milliseconds: number,
): void {
  const count = counts.get(kind)
  if (!count) return
  count[outcome === 'survived' && isAccepted ? 'accepted' : outcome]++
  count.milliseconds += milliseconds
}

function print(counts: ReadonlyMap<Kind, Count>): void {
  console.log('kind        mutants  killed  survived  accepted  invalid  ms each')
  for (const [kind, { killed, survived, accepted, invalid, milliseconds }] of counts) {
    const total = killed + survived + accepted + invalid
    if (total === 0) continue
    const columns = [[total, 7], [killed, 6], [survived, 8], [accepted, 8], [invalid, 7], [
      Math.round(milliseconds / total),
      7,
    ]] as const
    console.log(
      [kind.padEnd(10), ...columns.map(([value, width]) => String(value).padStart(width))].join('  '),
    )
  }
}

const resources = new AsyncDisposableStack()
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
  Deno.addSignalListener(signal, () => void resources.disposeAsync().finally(() => process.exit(code)))
}
const passed = await run(readOptions(Deno.args), resources).finally(() => resources.disposeAsync())
process.exit(passed ? 0 : 1)
