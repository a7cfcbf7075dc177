/** Which character separates the cells of a file, and whether quotes mean anything in it. */

const delimiters = [',', ';', '\t', '|'] as const

/**
 * The quote character, or false where quotes are plain characters. Files separated by tabs often use them as such; taken
 * for the start of a quoted cell, one would swallow what follows it.
 */
export function quoteOf(sample: string, delimiter: string): string | false {
  if (delimiter !== '\t') return '"'
  const quoted = countCells(sample, delimiter, true)
  if (!quoted.open) return '"'
  const plain = countCells(sample, delimiter, false)
  return agreementOf(plain.widths).agreement >= agreementOf(quoted.widths).agreement ? false : '"'
}

function agreementOf(widths: readonly number[]): { columns: number; agreement: number } {
  const tally = new Map<number, number>()
  for (const width of widths) tally.set(width, (tally.get(width) ?? 0) + 1)
  const [columns, agreeing] = [...tally].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [1, 0]
  return { columns, agreement: agreeing / Math.max(1, widths.length) }
}

/** How well a delimiter fits. */
interface Delimiter {
  readonly delimiter: string
  readonly columns: number
  /** The share of the lines that have this number of columns. */
  readonly agreement: number
  readonly lines: number
}

/** The delimiter that cuts most lines into the same number of cells. */
export function findDelimiter(sample: string): Delimiter | null {
  let best: Delimiter | null = null
  let bestScore = 0
  for (const delimiter of delimiters) {
    const { widths } = countCells(sample.slice(0, 64 * 1024), delimiter, true)
    const { columns, agreement } = agreementOf(widths)
    if (columns < 2) continue
    const score = agreement * (1 + Math.log2(columns) / 10)
    if (score > bestScore) {
      bestScore = score
      best = { delimiter, columns, agreement, lines: widths.length }
    }
  }
  return best
}

/** Cells of each of the first 50 records; the last record is left out where the sample may cut it. */
function countCells(sample: string, delimiter: string, quotes: boolean): { widths: number[]; open: boolean } {
  const widths: number[] = []
  let width = 1
  let inside = false
  let begun = false
  let fresh = true
  for (let index = 0; index < sample.length && widths.length < 50; index++) {
    const character = sample[index]
    if (inside) {
      if (character === '"') {
        if (sample[index + 1] === '"') index++
        else inside = false
      }
      continue
    }
    if (quotes && character === '"' && fresh) {
      inside = true
      begun = true
      fresh = false
    } else if (character === delimiter) {
      width++
      begun = true
      fresh = true
    } else if (character === '\n' || character === '\r') {
      if (begun) widths.push(width)
      width = 1
      begun = false
      fresh = true
    } else {
      begun = true
      fresh = false
    }
  }
  if (begun && !inside && widths.length < 3) widths.push(width)
  return { widths, open: inside }
}
