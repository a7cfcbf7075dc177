/** The name that a misspelled one may mean, for hints. */

/** The most similar of the names; null where none has half of its letters in place. */
export function mostSimilar(name: string, names: readonly string[]): string | null {
  const ranked = names.map((other) => ({ other, changes: distance(name, other) }))
    .filter(({ other, changes }) => changes <= Math.max(name.length, other.length) / 2)
    .sort((one, two) => one.changes - two.changes)
  return ranked[0]?.other ?? null
}

/** How many letters have to be inserted, removed or replaced (Levenshtein). */
function distance(one: string, two: string): number {
  let above = Array.from({ length: two.length + 1 }, (_, index) => index)
  for (const [row, letter] of [...one].entries()) {
    const line = [row + 1]
    for (const [column, other] of [...two].entries()) {
      const replaced = (above[column] ?? 0) + (letter === other ? 0 : 1)
      line.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1))
    }
    above = line
  }
  return above.at(-1) ?? 0
}
