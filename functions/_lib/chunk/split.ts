/** Cuts prose between paragraphs, else between sentences, else between words, and as a last resort between characters. */
import { charsPerToken } from '../text/mod.ts'
import type { TokenCount } from './tokens.ts'

/** How long chunks are, in tokens. */
export interface Sizes {
  readonly tokens: TokenCount
  /** A chunk ends once it has this many. */
  readonly target: number
  /** No chunk has more, unless a single character does. */
  readonly max: number
  /** How much a chunk repeats from the end of the one before. */
  readonly overlap: number
}

/** A part of a text. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly tokens: number
}

/** What is not cut: a sentence, or a piece of a sentence that is too long. */
interface Unit {
  readonly start: number
  readonly end: number
  readonly tokens: number
  /** Whether a paragraph ends here. */
  readonly last: boolean
}

/** Text with more characters for each token that a chunk may have is too long without counting. */
const maxCharsPerToken = 24

/**
 * Spans of the text, in order, that together cover everything in it but white space. Each begins at a sentence, where
 * sentences are short enough; overlaps begin at a word.
 */
export function* split(text: string, sizes: Sizes, language?: string | null): Generator<Span> {
  const units = [...unitsOf(text, sizes, language ?? undefined)]
  let first = 0
  /** What is repeated from the chunk before. */
  let repeated: Overlap | null = null
  while (first < units.length) {
    const begin: number = repeated?.start ?? units[first]?.start ?? 0
    let last = first
    let sum = (units[first]?.tokens ?? 0) + (repeated?.tokens ?? 0)
    while (last + 1 < units.length) {
      const next = units[last + 1]
      if (!next || sum + next.tokens > sizes.max) break
      // Beyond the target only to finish a paragraph.
      if (sum >= sizes.target || (sum + next.tokens > sizes.target && !next.last)) break
      sum += next.tokens
      last++
    }
    // The tokens of the parts do not quite add up to those of the whole.
    let end = units[last]?.end ?? text.length
    let count = sizes.tokens(text.slice(begin, end))
    if (count > sizes.max && last > first) {
      const upTo = (unit: number): string => text.slice(begin, units[unit]?.end)
      let low = first
      for (let high = last - 1; low < high;) {
        const middle = (low + high + 1) >> 1
        if (sizes.tokens(upTo(middle)) <= sizes.max) low = middle
        else high = middle - 1
      }
      last = low
      end = units[last]?.end ?? end
      count = sizes.tokens(upTo(last))
    }
    if (count > sizes.max && repeated !== null) {
      // The overlap leaves no room for the next unit.
      repeated = null
      continue
    }
    yield { start: begin, end, tokens: count }
    first = last + 1
    repeated = first < units.length ? overlapOf(text, begin, units, first, sizes) : null
  }
}

interface Overlap {
  readonly start: number
  readonly tokens: number
}

/** The end of the chunk that began at `begin`: its last sentences if they fit, else its last words; null for nothing. */
function overlapOf(
  text: string,
  begin: number,
  units: readonly Unit[],
  next: number,
  sizes: Sizes,
): Overlap | null {
  if (sizes.overlap <= 0) return null
  let start: number | null = null
  let tokens = 0
  for (let index = next - 1; index >= 0; index--) {
    const unit = units[index]
    if (!unit || unit.start <= begin || tokens + unit.tokens > sizes.overlap) break
    start = unit.start
    tokens += unit.tokens
  }
  if (start !== null) return { start, tokens }
  const unit = units[next - 1]
  if (!unit || unit.tokens === 0) return null
  // Estimated from the average of the sentence, then shortened until it fits.
  let from = Math.max(
    begin + 1,
    unit.start,
    unit.end - Math.floor((unit.end - unit.start) * sizes.overlap / unit.tokens),
  )
  for (let attempt = 0; attempt < 6; attempt++) {
    const gap = text.slice(from, unit.end).search(/\s\S/)
    if (gap < 0) return null
    from += gap + 1
    const count = sizes.tokens(text.slice(from, unit.end))
    if (count <= sizes.overlap) return { start: from, tokens: count }
    from += Math.max(1, Math.floor((unit.end - from) * 0.2))
  }
  return null
}

/** The tokens of a line with its line break; Infinity where the line is longer than a chunk without counting. */
export function lineTokens(line: string, sizes: Sizes): number {
  return line.length > sizes.max * maxCharsPerToken ? Infinity : sizes.tokens(line) + 1
}

function* unitsOf(text: string, sizes: Sizes, language: string | undefined): Generator<Unit> {
  const sentences = segmenter('sentence', language)
  for (const [start, end] of paragraphs(text)) {
    for (const { index, segment } of sentences.segment(text.slice(start, end))) {
      const from = start + index
      yield* fit(text, from, from + segment.length, sizes, language, start + index + segment.length >= end)
    }
  }
}

function* paragraphs(text: string): Generator<[number, number]> {
  let start = 0
  for (const match of text.matchAll(/\n[ \t]*\n\s*/g)) {
    yield [start, match.index]
    start = match.index + match[0].length
  }
  yield [start, text.length]
}

/** One sentence, or the pieces of one that is too long. */
function* fit(
  text: string,
  from: number,
  to: number,
  sizes: Sizes,
  language: string | undefined,
  last: boolean,
): Generator<Unit> {
  const [start, end] = trim(text, from, to)
  if (start >= end) return
  const tokens = countUpTo(text, start, end, sizes)
  if (tokens !== null) {
    yield { start, end, tokens, last }
    return
  }
  let at = start
  while (at < end) {
    const cut = cutOf(text, at, end, sizes, language)
    const [pieceStart, pieceEnd] = trim(text, at, cut)
    if (pieceStart < pieceEnd) {
      const count = sizes.tokens(text.slice(pieceStart, pieceEnd))
      yield { start: pieceStart, end: pieceEnd, tokens: count, last: last && cut >= end }
    }
    at = cut
  }
}

/** The tokens of a part; null where they exceed the size of a chunk. */
function countUpTo(text: string, start: number, end: number, sizes: Sizes): number | null {
  if (end - start > sizes.max * maxCharsPerToken) return null
  const part = text.slice(start, end)
  // Counting a very long word takes time quadratic in its length.
  if (/\S{300}/.test(part)) return null
  const tokens = sizes.tokens(part)
  return tokens > sizes.max ? null : tokens
}

/** Where to cut a sentence that is too long: after the last word that fits, else the last character, at least one. */
function cutOf(text: string, start: number, end: number, sizes: Sizes, language: string | undefined): number {
  let cut = Math.min(end, start + sizes.target * charsPerToken)
  while (cut > start + 1 && sizes.tokens(text.slice(start, cut)) > sizes.target) {
    const next = start + Math.max(1, Math.floor((cut - start) * 0.7))
    if (next >= cut) break
    cut = next
  }
  if (cut >= end) return end
  const space = lastSpace(text, start + ((cut - start) >> 1), cut)
  if (space > start) return space
  // Never inside of a grapheme.
  let boundary = start
  for (
    const { index, segment } of segmenter('grapheme', language).segment(
      text.slice(start, Math.min(end, cut + 64)),
    )
  ) {
    if (index + segment.length > cut - start) {
      return boundary > start ? boundary : start + index + segment.length
    }
    boundary = start + index + segment.length
  }
  return boundary > start ? boundary : end
}

function lastSpace(text: string, from: number, to: number): number {
  for (let index = to; index > from; index--) if (/\s/.test(text.charAt(index))) return index
  return -1
}

function trim(text: string, from: number, to: number): [number, number] {
  let start = from
  let end = to
  while (start < end && /\s/.test(text.charAt(start))) start++
  while (end > start && /\s/.test(text.charAt(end - 1))) end--
  return [start, end]
}

const segmenters = new Map<string, Intl.Segmenter>()

/** For the language of a document; the declared one may be invalid. */
function segmenter(granularity: 'sentence' | 'grapheme', language: string | undefined): Intl.Segmenter {
  const key = `${granularity} ${language ?? ''}`
  let found = segmenters.get(key)
  if (!found) {
    try {
      found = new Intl.Segmenter(language, { granularity })
    } catch {
      found = new Intl.Segmenter(undefined, { granularity })
    }
    // Real documents have a few languages; hostile ones may declare any number.
    if (segmenters.size > 64) segmenters.clear()
    segmenters.set(key, found)
  }
  return found
}
