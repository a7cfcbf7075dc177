/** Glyphs joined to runs of text: where they stand decides what belongs together, not how they were drawn. */

/** Text drawn in one go; places in points, turned so that its line runs from left to right. */
export interface Run {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly size: number
  readonly font: string
  readonly mono: boolean
  /** How it is turned on the page, in degrees. */
  readonly angle: number
  /** Written invisibly, as recognizers do over a scan. */
  readonly hidden: boolean
}

/** A glyph at its place, turned so that its line runs from left to right. */
export interface Glyph {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly style: Style
  /** What the page itself puts between characters. */
  readonly spacing: number
}

/** What the glyphs of a run share. */
export interface Style {
  readonly size: number
  readonly font: string
  readonly mono: boolean
  /** In degrees, 0 for a line from left to right, 90 for one that goes up. */
  readonly angle: number
  readonly hidden: boolean
}

/** In sizes of the type: a wider gap separates words. */
export const wordGap = 0.11
/** How far a glyph may stand within the one before it. */
const maxOverlap = 0.4

/** Hebrew, Arabic and the other scripts that run from right to left. */
export const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

/** Letters as one glyph, and forms that depend on the place in a word; radicals that look like the characters meant. */
const compatible = /[\u2e80-\u2fdf\uf900-\ufaff\ufb00-\ufb4f\ufb50-\ufdff\ufe70-\ufefc]/g

/** The characters that a glyph stands for, in the order in which they are seen. */
function seen(text: string): string {
  const plain = text.replace(compatible, (character) => character.normalize('NFKC'))
  // A ligature of Arabic is seen from its last letter to its first.
  return plain.length > 1 && rightToLeft.test(plain) ? Array.from(plain).reverse().join('') : plain
}

type OpenRun = { -readonly [Key in keyof Run]: Run[Key] }

/** Collects the runs of a page. */
export class Runs {
  readonly #runs: Run[] = []
  #open: OpenRun | null = null
  #style: Style | null = null
  /** Whether white space was drawn since the last glyph. */
  #space = false

  get count(): number {
    return this.#runs.length
  }

  add({ text: drawn, x, y, width, style, spacing }: Glyph): void {
    if (drawn.trim() === '') {
      this.#end()
      this.#space = true
      return
    }
    const text = seen(drawn)
    const open = this.#open
    if (open && this.#sharesStyle(style) && Math.abs(y - open.y) <= style.size * 0.2) {
      const widest = style.size * wordGap + Math.min(Math.max(0, spacing), style.size * 0.6)
      const after = x - (open.x + open.width)
      if (after >= -style.size * maxOverlap && after <= widest) {
        open.text += text
        open.width = Math.max(open.width, x + width - open.x)
        return
      }
      const before = open.x - (x + width)
      if (isMark(text) && before < 0 && after < 0) {
        open.text = open.text.replace(/^\P{M}\p{M}*/u, (first) => first + text)
        return
      }
      if (before >= -style.size * maxOverlap && before <= widest && rightToLeft.test(text + open.text)) {
        open.text = text + open.text
        open.width += open.x - x
        open.x = x
        return
      }
    }
    this.#end()
    const { size, font, mono, angle, hidden } = style
    this.#open = { text: (this.#space ? ' ' : '') + text, x, y, width, size, font, mono, angle, hidden }
    this.#style = style
    this.#space = false
  }

  /** All runs in the order in which they were drawn, each once. */
  end(): Run[] {
    this.#end()
    return withoutCopies(this.#runs)
  }

  #end(): void {
    if (this.#open) this.#runs.push(this.#open)
    this.#open = null
  }

  #sharesStyle(style: Style): boolean {
    const own = this.#style
    return own === style || (own !== null && own.font === style.font && own.size === style.size &&
      own.angle === style.angle && own.hidden === style.hidden)
  }
}

function isMark(text: string): boolean {
  return /^\p{M}+$/u.test(text)
}

/**
 * A word that is drawn twice at one place to look bold is one; so is what a recognizer wrote invisibly over words that
 * are text already.
 */
function withoutCopies(runs: readonly Run[]): Run[] {
  const places = new Places()
  for (const run of runs) if (!run.hidden) places.cover(run)
  const words = new Map<string, Run[]>()
  return runs.filter((run) => {
    if (run.hidden && places.has(run)) return false
    const key = `${run.text.trim()}\n${Math.round(run.y / 4)}`
    const same = words.get(key) ?? []
    const near = run.size * 0.2
    // Only the last ones: a line may repeat a word as often as it likes.
    const copy = same.slice(-8).some((other) =>
      Math.abs(other.x - run.x) <= near && Math.abs(other.y - run.y) <= near && other.angle === run.angle
    )
    if (copy) return false
    same.push(run)
    words.set(key, same)
    return true
  })
}

/** Where visible text stands, in squares of a few points. */
class Places {
  readonly #taken = new Set<string>()

  cover({ x, y, width, size, angle }: Run): void {
    // A line over the whole page takes about a hundred squares; a hostile one no more than that.
    const last = Math.min(Math.floor((x + width) / side), Math.floor(x / side) + 300)
    for (let column = Math.floor(x / side); column <= last; column++) {
      this.#taken.add(`${angle} ${column} ${Math.floor((y + size * 0.3) / side)}`)
    }
  }

  has({ x, y, width, size, angle }: Run): boolean {
    const column = Math.floor((x + width / 2) / side)
    const row = Math.floor((y + size * 0.3) / side)
    return [0, -1, 1].some((step) => this.#taken.has(`${angle} ${column} ${row + step}`))
  }
}

const side = 6
