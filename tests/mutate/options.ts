/** The command line: `npm run mutate -- [words] [--all] [--unaccepted] [--sample N] [--seed S] [--seconds S] [--verbose]`. */

export type Options = {
  /** Parts of names; none means all. */
  words: string[]
  /** Constraints too. */
  all: boolean
  /** Leaves out what is accepted. */
  unaccepted: boolean
  /** How many are tried, chosen at random. */
  sample: number | undefined
  seed: number
  /** How long mutants are tried one by one; the preparation and the access matrix are not counted. */
  seconds: number
  /** Prints what noticed each of them. */
  verbose: boolean
}

export function readOptions(args: readonly string[]): Options {
  const options: Options = {
    words: [],
    all: false,
    unaccepted: false,
    sample: undefined,
    seed: crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
    seconds: Infinity,
    verbose: false,
  }
  const rest = [...args]
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--all') options.all = true
    else if (argument === '--unaccepted') options.unaccepted = true
    else if (argument === '--verbose') options.verbose = true
    else if (argument === '--sample') options.sample = readNumber(argument, rest.shift())
    else if (argument === '--seed') options.seed = readNumber(argument, rest.shift())
    else if (argument === '--seconds') options.seconds = readNumber(argument, rest.shift())
    else if (argument.startsWith('-')) throw new Error(`${argument} is not an option of npm run mutate.`)
    else options.words.push(argument)
  }
  return options
}

function readNumber(option: string, value: string | undefined): number {
  if (!/^\d+$/.test(value ?? '')) throw new Error(`${option} takes a number.`)
  return Number(value)
}

/** The same order for the same seed: mulberry32 and Fisher-Yates. */
export function shuffled<T>(values: readonly T[], seed: number): T[] {
  const result = [...values]
  let state = seed >>> 0
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const [one, two] = [result[last], result[other]]
    if (one === undefined || two === undefined) continue
    result[last] = two
    result[other] = one
  }
  return result
}
