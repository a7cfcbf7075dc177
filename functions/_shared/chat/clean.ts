/** What Postgres takes as JSON: no U+0000, and no half of a character. */

export function clean<T>(value: T): T {
  if (typeof value === 'string') return cleanText(value) as T
  if (Array.isArray(value)) return value.map(clean) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [cleanText(key), clean(inner)])) as T
}

function cleanText(text: string): string {
  // A text that is still written may end in the midst of a character, which is whole with the next piece.
  const whole = text.isWellFormed() ? text : text.replace(/[\ud800-\udbff]$/, '').toWellFormed()
  return whole.includes('\0') ? whole.replaceAll('\0', '') : whole
}
