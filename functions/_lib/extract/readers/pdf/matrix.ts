/** Transformations of PDF: `[a, b, c, d, e, f]`. */

/** The six numbers of a transformation. */
export type Matrix = readonly [number, number, number, number, number, number]

/** What changes nothing. */
export const identity: Matrix = [1, 0, 0, 1, 0, 0]

/** First `inner`, then `outer`. */
export function multiply(outer: Matrix, inner: Matrix): Matrix {
  const [a, b, c, d, e, f] = outer
  const [g, h, i, j, k, l] = inner
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f]
}

/** A place after the transformation. */
export function apply([a, b, c, d, e, f]: Matrix, x: number, y: number): [number, number] {
  return [a * x + c * y + e, b * x + d * y + f]
}

/** The transformation of an operator; what is not six numbers changes nothing. */
export function toMatrix(value: unknown): Matrix {
  const numbers = Array.from(value as ArrayLike<unknown> ?? [], Number)
  return numbers.length === 6 && numbers.every(Number.isFinite) ? numbers as unknown as Matrix : identity
}
