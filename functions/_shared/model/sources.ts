/** The numbered passages that an answer may cite, and those it cites: `[2]`, or `[1, 3]`. */
import { z } from 'zod'
import { truncate } from '../../_lib/text/mod.ts'

/** A passage as search finds it. */
export const FoundPassage = z.object({
  n: z.number().int(),
  chunk_id: z.string(),
  document_id: z.string().nullable(),
  artifact_id: z.string().nullish(),
  title: z.string().nullable(),
  text: z.string(),
  page: z.number().nullish(),
  section: z.string().nullish(),
  // From the metadata of a document, where people may write anything.
  row: z.union([z.number(), z.string()]).nullish().catch(null),
  url: z.string().nullish().catch(null),
  score: z.number().optional(),
})
export type FoundPassage = z.infer<typeof FoundPassage>

/** A passage as it is stored with an answer and shown under it. */
export interface Citation {
  readonly n: number
  readonly chunk_id: string
  readonly document_id: string | null
  readonly artifact_id: string | null
  readonly title: string | null
  readonly page: number | null
  readonly section: string | null
  readonly row: number | string | null
  readonly url: string | null
  readonly text: string
}

export function citationOf(passage: FoundPassage, maxTextLength: number): Citation {
  const { n, chunk_id, document_id, artifact_id, title, page, section, row, url, text } = passage
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
    text: truncate(text, maxTextLength),
  }
}

export class Sources {
  readonly #passages = new Map<number, FoundPassage>()
  readonly #cited = new Map<number, FoundPassage>()
  #tail = ''

  constructor(
    passages: readonly FoundPassage[],
    /** The passage as people may see it. */
    private readonly shown: (passage: FoundPassage) => FoundPassage = (passage) => passage,
  ) {
    for (const passage of passages) this.#passages.set(passage.n, passage)
  }

  get passages(): FoundPassage[] {
    return [...this.#passages.values()]
  }

  /** Numbers passages that were found later. One that has a number already keeps it. */
  add(found: readonly Omit<FoundPassage, 'n'>[]): FoundPassage[] {
    return found.map((passage) => {
      const known = this.passages.find(({ chunk_id }) => chunk_id === passage.chunk_id)
      if (known) return known
      const numbered = { ...passage, n: Math.max(0, ...this.#passages.keys()) + 1 }
      this.#passages.set(numbered.n, numbered)
      return numbered
    })
  }

  /** Reads the next piece of the answer; returns the passages that it cites for the first time. */
  read(delta: string): FoundPassage[] {
    const text = this.#tail + delta
    const cited: FoundPassage[] = []
    for (const [, numbers = ''] of text.matchAll(/\[([\d,;\s]{1,24})\]/g)) {
      for (const digits of numbers.match(/\d{1,4}/g) ?? []) {
        const passage = this.#passages.get(Number(digits))
        if (!passage || this.#cited.has(passage.n)) continue
        const shown = this.shown(passage)
        this.#cited.set(passage.n, shown)
        cited.push(shown)
      }
    }
    this.#tail = /\[[\d,;\s]{0,24}$/.exec(text)?.[0] ?? ''
    return cited
  }

  /** What is stored with the answer, by number. */
  citations(): Citation[] {
    return [...this.#cited.values()].sort((a, b) => a.n - b.n).map((passage) => citationOf(passage, 1_000))
  }
}
