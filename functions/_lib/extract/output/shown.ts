/** Cells that a program shows in another way than it stores them: `00815` for 815, `12.5%` for 0.125. */
import type { Json } from '../parts.ts'

/** A value with the text that is shown for it. */
export class Shown {
  readonly value: number | string
  readonly text: string

  constructor(value: number | string, text: string) {
    this.value = value
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

/** A cell before it is stored. */
export type Cell = Json | Shown

/** The value alone. */
export function valueOf(cell: Cell): Json {
  return cell instanceof Shown ? cell.value : cell
}
