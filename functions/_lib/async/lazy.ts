/** Calls `make` when its result is first needed, and shares it. A failure is forgotten: the next call tries again. */
export function lazy<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () =>
    made ??= make().catch((cause) => {
      made = undefined
      throw cause
    })
}
