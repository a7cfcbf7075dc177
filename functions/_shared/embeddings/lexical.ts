/**
 * Vectors of the words and letters of a text, without a model. They are not semantic: "car" and "automobile" have nothing
 * in common. They exist so that everything that needs vectors works on a machine without weights; their name and a flag
 * say what they are. docs/reference/embeddings.md has their measured quality, which is well below that of full-text search.
 *
 * A feature is a word or three adjacent letters of a word; each is hashed into a dimension and a sign, weighted by its
 * frequency. Nothing depends on the platform, its locale or its version of Unicode's word breaking, so the same text has
 * the same vector everywhere. Any change of this needs a new model name.
 */
import { yieldToEventLoop } from '../../_lib/async/mod.ts'
import { type EmbeddingProvider, refuseBlank, type TokenCount } from './provider.ts'
import { toUnit } from './vectors.ts'

const dimensions = 384
const maxTokens = 8192
/** Words of up to three letters are mostly articles and prepositions. */
const shortWord = 3
const shortWeight = 0.3
/** Texts between two pauses for the event loop. */
const textsPerPause = 16

/** The lexical model, which is not semantic. */
export const lexical: EmbeddingProvider = {
  model: 'lexical-hash-384',
  dimensions,
  semantic: false,
  maxTokens,
  embed: async (texts, signal, usage) => {
    refuseBlank(texts)
    const vectors: Float32Array[] = []
    for (const text of texts) {
      if (vectors.length % textsPerPause === 0) await yieldToEventLoop()
      signal.throwIfAborted()
      vectors.push(embedOne(text, usage))
    }
    return vectors
  },
}

function embedOne(text: string, usage: TokenCount | undefined): Float32Array {
  const normal = text.normalize('NFKC').toLowerCase()
  const words = (normal.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).slice(0, maxTokens)
  if (usage) usage.tokens += Math.max(1, words.length)
  const counts = new Map<string, number>()
  // A text without letters and digits is one word.
  for (const word of words.length > 0 ? words : [normal.trim()]) counts.set(word, (counts.get(word) ?? 0) + 1)

  const vector = new Float64Array(dimensions)
  const add = (feature: string, weight: number): void => {
    const hash = hashOf(feature)
    const index = hash % dimensions
    vector[index] = (vector[index] ?? 0) + (hash >>> 31 ? -weight : weight)
  }
  for (const [word, count] of counts) {
    const weight = [...word].length > shortWord ? count : count * shortWeight
    add(`w${word}`, weight)
    const grams = gramsOf(word)
    for (const gram of grams) add(`g${gram}`, weight / Math.sqrt(grams.length))
  }
  // All features may cancel each other out; then the whole text decides.
  if (vector.every((value) => value === 0)) vector[hashOf(normal) % dimensions] = 1
  return toUnit(vector, dimensions)
}

/** Every three adjacent characters, with the ends of the word marked. */
function gramsOf(word: string): string[] {
  const marked = ['^', ...word, '$']
  return marked.slice(2).map((_, index) => marked.slice(index, index + 3).join(''))
}

/** FNV-1a over UTF-16 units, then the finish of MurmurHash3, so that the high bits depend on every character too. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
