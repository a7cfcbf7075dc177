/** Calls `make` when its result is first needed, and gives the same result from then on. */
export function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => (made ??= { value: make() }).value
}
