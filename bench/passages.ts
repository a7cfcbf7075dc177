/**
 * Any number of passages and questions, identical in every run: texts with Zipf-distributed words, each about a subject with
 * words of its own, and vectors around those of real texts, if available.
 */

export type Passage = { heading: string; text: string; vector: Float32Array }

/** Reproducible random numbers from 0 to below 1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6D2B79F5) >>> 0
    let mixed = Math.imul(state ^ state >>> 15, 1 | state)
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32
  }
}

function gaussian(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}

function toUnit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

/** Synthetic vectors around 60 centers, with most of the variance in few dimensions. */
export function inventedVectors(count: number, dimensions: number, next: () => number): Float32Array[] {
  const weights = Array.from({ length: dimensions }, (_, at) => 1 / Math.sqrt(1 + at / 8))
  const draw = (spread: number): Float32Array =>
    Float32Array.from(weights, (weight) => gaussian(next) * weight * spread)
  const centres = Array.from({ length: 60 }, () => draw(1))
  return Array.from({ length: count }, () => {
    const centre = centres[Math.floor(next() * centres.length)]
    return toUnit(draw(0.8).map((value, at) => value + (centre?.[at] ?? 0)))
  })
}

const syllables =
  ('ba be bi bo bra da de di do dra fa fi fo ga ge go gra ka ke ko kra la le li lo ma me mi mo na ne no ' +
    'pa pe po pra ra re ri ro sa si so sta ta te ti to tra va ve vo za zo').split(' ')
const stopWords =
  ('the of and to in a is that for it was on are as with his they at be this from have or by one had not ' +
    'but what all were when we there can an your which their said if do will each about how up out them then she')
    .split(' ')

/** A rank below `count` with Zipf-like frequency; the first ranks are stop words. */
function zipf(count: number): (next: () => number) => number {
  const sums = new Float64Array(count)
  let sum = 0
  for (let rank = 0; rank < count; rank++) sums[rank] = sum += 1 / (rank + 20)
  return (next) => {
    const wanted = next() * sum
    let low = 0
    for (let high = count - 1; low < high;) {
      const middle = low + high >> 1
      if ((sums[middle] ?? 0) < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

export class Writer {
  readonly #words: string[]
  readonly #common = zipf(60_000)
  readonly #special = zipf(80)

  /** `vectors` belong to real texts; each is a subject. */
  constructor(private readonly vectors: readonly Float32Array[]) {
    const next = random(7)
    const words = new Set<string>()
    while (words.size < 60_000) {
      const length = 2 + Math.floor(next() * 3)
      words.add(Array.from({ length }, () => syllables[Math.floor(next() * syllables.length)]).join(''))
    }
    this.#words = [...words]
  }

  /** A common word, or one of the subject's words. */
  #word(subject: number, special: number, next: () => number): string {
    if (next() >= special) return this.#words[this.#common(next)] ?? ''
    return this.#words[(subject * 7919 + this.#special(next) * 104_729) % 59_000 + 1000] ?? ''
  }

  #sentence(subject: number, words: number, special: number, next: () => number): string {
    return Array.from(
      { length: words },
      () =>
        next() < 0.4 ? stopWords[Math.floor(next() * stopWords.length)] : this.#word(subject, special, next),
    ).join(' ')
  }

  *passages(count: number): Generator<Passage> {
    const next = random(42)
    const { vectors } = this
    for (let made = 0; made < count; made++) {
      const subject = Math.floor(next() * vectors.length)
      const other = Math.floor(next() * vectors.length)
      const length = Math.round(Math.min(320, Math.max(30, 170 * Math.exp(gaussian(next) * 0.45))))
      const noise = 0.5 / Math.sqrt(vectors[0]?.length ?? 1)
      yield {
        heading: this.#sentence(subject, 6, 0.5, next),
        text: this.#sentence(subject, length, 0.25, next),
        vector: toUnit(
          Float32Array.from(
            vectors[subject] ?? [],
            (value, at) => value + 0.5 * (vectors[other]?.[at] ?? 0) + noise * gaussian(next),
          ),
        ),
      }
    }
  }

  /** Alternately a full question and a few words, about the subject with the nearest vector. */
  question(vector: Float32Array, place: number): string {
    const next = random(1000 + place)
    const nearness = this.vectors.map((own) =>
      own.reduce((sum, value, at) => sum + value * (vector[at] ?? 0), 0)
    )
    const subject = nearness.indexOf(Math.max(...nearness))
    return place % 2 === 0
      ? this.#sentence(subject, 16, 0.5, next)
      : Array.from({ length: 3 }, () => this.#word(subject, 0.7, next)).join(' ')
  }
}
