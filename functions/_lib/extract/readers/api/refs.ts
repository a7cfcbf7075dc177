/**
 * `$ref` of an API description, inside its own file. Bounded, because a few lines can refer to millions: types that
 * refer to each other are followed a few steps; further references stay as they are in the file.
 */
import { isObject, type Json, type JsonObject } from '../../parts.ts'

/** How deep references are followed inside one another. */
const maxDepth = 8
/** How many values the references of one value may bring in. */
const maxValues = 10_000

/** Resolves the references of one file; `total` bounds the values that they bring in. */
export class References {
  readonly #root: unknown
  #total: number
  #budget = 0
  /** References that lead nowhere or out of the file; those kept for their size or a circle are not counted. */
  unresolved = 0

  constructor(root: unknown, total: number) {
    this.#root = root
    this.#total = total
  }

  /** The value with its local references replaced by what they refer to. */
  resolve(value: unknown): Json {
    const before = this.#budget = Math.min(maxValues, this.#total)
    const resolved = this.#walk(value, [])
    this.#total -= before - this.#budget
    return resolved
  }

  /** Follows references of the value itself, not inside of it. */
  shallow(value: unknown): unknown {
    let current = value
    for (let step = 0; step < maxDepth && isObject(current); step++) {
      const reference = current['$ref']
      if (typeof reference !== 'string') return current
      const target = this.#find(reference)
      if (target === undefined) {
        this.unresolved++
        return current
      }
      current = target
    }
    return current
  }

  #walk(value: unknown, within: readonly string[]): Json {
    if (within.length) this.#budget--
    if (Array.isArray(value)) return value.map((item) => this.#walk(item, within))
    if (!isObject(value)) return value as Json
    const reference = value['$ref']
    if (typeof reference === 'string') {
      if (this.#budget <= 0 || within.length >= maxDepth || within.includes(reference)) return { ...value }
      const target = this.#find(reference)
      if (target !== undefined) return this.#walk(target, [...within, reference])
      this.unresolved++
      return { ...value }
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, this.#walk(item, within)]),
    ) as JsonObject
  }

  #find(reference: string): unknown {
    if (!reference.startsWith('#')) return undefined
    let current: unknown = this.#root
    for (const token of reference.slice(1).split('/').slice(1)) {
      let key = token
      try {
        key = decodeURIComponent(token)
      } catch {
        // A stray percent sign is part of the name.
      }
      key = key.replaceAll('~1', '/').replaceAll('~0', '~')
      if (Array.isArray(current)) current = current[Number(key)]
      else if (isObject(current) && Object.hasOwn(current, key)) current = current[key]
      else return undefined
    }
    return current
  }
}
