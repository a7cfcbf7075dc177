/** The numbered passages an answer may stand on, and which of them it names: `[2]`, or `[1, 3]`. */
import type { Chunk } from './answer.ts'
import type { Passage } from './turns.ts'

export class Sources {
  readonly #passages = new Map<number, Passage>()
  readonly #cited = new Map<number, Passage>()
  #tail = ''

  constructor(
    passages: readonly Passage[],
    /** What may be shown of a passage that is named. */
    private readonly shown: (passage: Passage) => Passage = (passage) => passage,
  ) {
    for (const passage of passages) this.#passages.set(passage.n, passage)
  }

  get passages(): Passage[] {
    return [...this.#passages.values()]
  }

  /** Numbers passages that were found later. One that is known already keeps its number. */
  add(found: readonly Omit<Passage, 'n'>[]): Passage[] {
    return found.map((passage) => {
      const known = this.passages.find(({ chunk_id }) => chunk_id === passage.chunk_id)
      if (known) return known
      const numbered = { ...passage, n: Math.max(0, ...this.#passages.keys()) + 1 }
      this.#passages.set(numbered.n, numbered)
      return numbered
    })
  }

  /** Reads on in the answer; gives the passages that are named for the first time. */
  read(delta: string): Passage[] {
    const text = this.#tail + delta
    const named: Passage[] = []
    for (const [, numbers = ''] of text.matchAll(/\[([\d,;\s]{1,24})\]/g)) {
      for (const digits of numbers.match(/\d{1,4}/g) ?? []) {
        const passage = this.#passages.get(Number(digits))
        if (!passage || this.#cited.has(passage.n)) continue
        const shown = this.shown(passage)
        this.#cited.set(passage.n, shown)
        named.push(shown)
      }
    }
    this.#tail = /\[[\d,;\s]{0,24}$/.exec(text)?.[0] ?? ''
    return named
  }

  /** What is stored with the answer. */
  citations(): Record<string, unknown>[] {
    return [...this.#cited.values()].sort((a, b) => a.n - b.n)
      .map((passage) => ({ ...about(passage), text: passage.text.slice(0, 1_000) }))
  }
}

export function sourceChunk(passage: Passage): Chunk {
  const { chunk_id: sourceId, title, url } = passage
  const providerMetadata = { plinth: { ...about(passage), text: passage.text.slice(0, 300) } }
  return url ? { type: 'source-url', sourceId, url, title: title ?? url, providerMetadata } : {
    type: 'source-document',
    sourceId,
    mediaType: 'text/plain',
    title: title ?? 'Untitled',
    providerMetadata,
  }
}

type Told = Record<string, string | number | null>

function about(passage: Passage): Told {
  const { n, chunk_id, document_id, artifact_id, title, page, section, row, url } = passage
  return {
    n,
    chunk_id,
    document_id,
    artifact_id: artifact_id ?? null,
    title,
    page: page ?? null,
    section: section ?? null,
    row: row ?? null,
    url: url ?? null,
  }
}
