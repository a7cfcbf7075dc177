/** What is expensive to make, and made when it is first needed. */

/** Calls `make` once and shares its result. A failure is forgotten, so that the next call tries again. */
export function lazy<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () =>
    made ??= make().catch((cause) => {
      made = undefined
      throw cause
    })
}
