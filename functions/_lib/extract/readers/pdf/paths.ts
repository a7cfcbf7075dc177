/** The straight lines that a page draws: strokes, and the sides of rectangles, which often are lines themselves. */
import { apply, type Matrix } from './matrix.ts'

/** A line across or down, from its lower or left end, in points. */
export interface Rule {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
}

const stroke = new Set([20, 21, 24, 25, 26, 27])
const fill = new Set([22, 23, 24, 25, 26, 27])
/** In points: how far a line may be from level, and how short it may be. */
const maxSlope = 0.5
const minLength = 0.9

/** Collects the lines of one page. */
export class PathLines {
  readonly #max: number
  readonly #rules: Rule[] = []
  #count = 0

  constructor(max: number) {
    this.#max = max
  }

  /** What was collected; nothing where a page draws more lines than tables have. */
  end(): { rules: readonly Rule[]; cut: boolean } {
    const cut = this.#count > this.#max
    return { rules: cut ? [] : this.#rules, cut }
  }

  /** `args` as pdf.js has them: how the path is painted, and its points. */
  add(args: readonly unknown[], matrix: Matrix): void {
    if (this.#count > this.#max) return
    const [paint, data] = args
    const numbers = Array.isArray(data) ? data[0] : null
    if (typeof paint !== 'number' || !(numbers instanceof Float32Array)) return
    const stroked = stroke.has(paint)
    if (!stroked && !fill.has(paint)) return
    for (const points of subpaths(numbers, matrix, this.#max - this.#count + 2)) {
      // What is only filled is a line where it is a rectangle, and a drawing otherwise.
      if (stroked || isRectangle(points)) this.#addSides(points)
      if (this.#count > this.#max) return
    }
  }

  #addSides(points: readonly (readonly [number, number])[]): void {
    for (let index = 1; index < points.length; index++) {
      const [x0, y0] = points[index - 1] ?? [0, 0]
      const [x1, y1] = points[index] ?? [0, 0]
      const [width, height] = [Math.abs(x1 - x0), Math.abs(y1 - y0)]
      if (Math.min(width, height) > maxSlope || Math.max(width, height) < minLength) continue
      this.#count++
      const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2]
      this.#rules.push(
        width >= height
          ? { x0: Math.min(x0, x1), y0: y, x1: Math.max(x0, x1), y1: y }
          : { x0: x, y0: Math.min(y0, y1), x1: x, y1: Math.max(y0, y1) },
      )
    }
  }
}

/** The corners of each part of a path, without its curves; at most `max` of them. */
function* subpaths(
  data: Float32Array,
  matrix: Matrix,
  max: number,
): Generator<(readonly [number, number])[]> {
  let points: (readonly [number, number])[] = []
  let count = 0
  const at = (index: number): [number, number] => apply(matrix, data[index] ?? 0, data[index + 1] ?? 0)
  for (let index = 0; index < data.length;) {
    const kind = data[index++]
    if (kind === 4) {
      const [first] = points
      if (first) points.push(first)
      continue
    }
    if (kind !== 1) {
      // A curve ends one piece and begins another.
      if (points.length > 1) yield points
      points = []
    }
    const length = kind === 2 ? 6 : kind === 3 ? 4 : 2
    points.push(at(index + length - 2))
    index += length
    if (++count > max * 2) break
  }
  if (points.length > 1) yield points
}

function isRectangle(points: readonly (readonly [number, number])[]): boolean {
  if (points.length < 3 || points.length > 6) return false
  return points.every(([x, y], index) => {
    const [before, above] = points[index - 1] ?? [x, y]
    return Math.min(Math.abs(x - before), Math.abs(y - above)) <= maxSlope
  })
}
