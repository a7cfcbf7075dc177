/** Evidence and facts of a document, bounded. */
import type { EvidencePart, FactPart, Part } from '../parts.ts'

/** Evidence, and the fact that it supports. */
export interface Finding {
  readonly evidence: Omit<EvidencePart, 'kind'>
  readonly fact?: Omit<FactPart, 'kind' | 'evidence'> | undefined
}

/** What is bounded, each by itself. */
export type Bounded = 'evidence' | 'entity' | 'metric_hit'

/** Counts what is found, and drops what is beyond `max` of a kind. */
export class Findings {
  readonly #max: number
  readonly #counts: Record<Bounded, number> = { evidence: 0, entity: 0, metric_hit: 0 }
  facts = 0
  /** How many were dropped. */
  dropped = 0

  constructor(max: number) {
    this.#max = max
  }

  /** How much evidence was kept. */
  get evidence(): number {
    return this.#counts.evidence
  }

  /** Whether one more of a kind may be kept. */
  take(kind: Bounded): boolean {
    if (this.#counts[kind] >= this.#max) {
      this.dropped++
      return false
    }
    this.#counts[kind]++
    return true
  }

  /** Counts evidence that comes from the reader of the format, without a bound. */
  countEvidence(): void {
    this.#counts.evidence++
  }

  /** A fact is kept only with its evidence. */
  *add({ evidence, fact }: Finding): Generator<Part> {
    if (!this.take('evidence')) return
    yield { kind: 'evidence', ...evidence }
    if (!fact) return
    this.facts++
    yield { kind: 'fact', ...fact, evidence: evidence.locator }
  }
}
