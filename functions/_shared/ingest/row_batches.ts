/** Rows on their way to the database, in batches that keep a pace: people wait while a batch is stored. */
import { Pace } from '../../_lib/async/mod.ts'
import type { Rows } from './file_queue.ts'
import type { Row } from './file_rows.ts'

const maxRows = 500
const maxCharacters = 512 * 1024

/** Collects rows and sends them once a batch is full. */
export class RowBatches {
  readonly #send: (rows: Rows) => Promise<void>
  readonly #pace = new Pace()
  #rows: Rows = {}
  #count = 0
  #characters = 0

  constructor(send: (rows: Rows) => Promise<void>) {
    this.#send = send
  }

  async add({ table, row }: Row): Promise<void> {
    const size = JSON.stringify(row).length
    if (this.#count > 0 && this.#characters + size > maxCharacters * this.#pace.share) await this.flush()
    const rows = this.#rows[table] ??= []
    rows.push(row)
    this.#count++
    this.#characters += size
    if (this.#count >= maxRows * this.#pace.share) await this.flush()
  }

  /** Sends what is left. */
  async flush(): Promise<void> {
    if (this.#count === 0) return
    const rows = this.#rows
    const share = Math.max(this.#count / maxRows, this.#characters / maxCharacters)
    this.#rows = {}
    this.#count = 0
    this.#characters = 0
    await this.#pace.work(share, () => this.#send(rows))
  }
}
