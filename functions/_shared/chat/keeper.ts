/**
 * Keeps the turns of this process: every half second, one call to the database saves what was written since, prolongs
 * the leases, and learns which turns are to stop. Without turns it rests.
 */
import { fromUnknown } from '../../../types/errors.ts'
import { log } from '../http/log.ts'
import type { Checkpoint, CheckpointState } from './turns.ts'

export interface Kept {
  readonly id: string
  /** Counts up with every change. */
  version(): number
  content(): Omit<Checkpoint, 'turn_id'>
  /** `cancelling`: somebody asked it to stop. `gone`: it is no longer ours to answer. */
  stop(reason: 'cancelling' | 'gone'): void
}

interface Entry {
  readonly turn: Kept
  saved: number
}

export class Keeper {
  readonly #turns = new Map<string, Entry>()
  #looping = false
  #saving: Promise<void> = Promise.resolve()

  constructor(
    private readonly save: (turns: Checkpoint[]) => Promise<readonly CheckpointState[]>,
    private readonly interval = 500,
  ) {}

  add(turn: Kept): void {
    this.#turns.set(turn.id, { turn, saved: turn.version() })
    void this.#loop()
  }

  remove(id: string): void {
    this.#turns.delete(id)
  }

  /** Saves now, for example because the process is about to end. */
  async flush(): Promise<void> {
    await this.#saving
    await this.#keep()
  }

  /** One at a time, and none where there is nothing to keep. */
  async #loop(): Promise<void> {
    if (this.#looping) return
    this.#looping = true
    for (let took = 0; this.#turns.size > 0;) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(50, this.interval - took)))
      const started = performance.now()
      this.#saving = this.#keep()
      await this.#saving
      took = performance.now() - started
    }
    this.#looping = false
  }

  async #keep(): Promise<void> {
    await this.#save([...this.#turns.values()])
  }

  /**
   * A failure is no reason to stop: leases last longer than several calls, and the next one sends everything again. What
   * would fail for ever is tried turn by turn, so that one of them does not take the others with it.
   */
  async #save(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return
    const versions = entries.map(({ turn }) => turn.version())
    const checkpoints = entries.map(({ turn, saved }, index) => ({
      turn_id: turn.id,
      ...(versions[index] === saved ? {} : turn.content()),
    }))
    try {
      const states = await this.save(checkpoints)
      for (const [index, entry] of entries.entries()) entry.saved = versions[index] ?? entry.saved
      for (const { turn_id, state } of states) {
        if (state !== 'running') this.#turns.get(turn_id)?.turn.stop(state)
      }
    } catch (cause) {
      const { code, retryable } = fromUnknown(cause)
      log('warn', { event: 'turns_not_saved', turns: entries.length, code })
      if (entries.length > 1 && !retryable) { for (const entry of entries) await this.#save([entry]) }
    }
  }
}
