/**
 * Keeps the turns of this process: every half second, one call to the database saves what was written since, prolongs
 * the leases, and learns which turns are to stop. Without turns there is no timer.
 */
import { log } from '../log.ts'
import type { Checkpoint, CheckpointState } from './turns.ts'

export interface Kept {
  readonly id: string
  /** Counts up with every change. */
  version(): number
  content(): Omit<Checkpoint, 'turn_id'>
  /** `cancelling`: somebody asked it to stop. `gone`: it is no longer ours to answer. */
  stop(reason: 'cancelling' | 'gone'): void
}

export class Keeper {
  readonly #turns = new Map<string, { turn: Kept; saved: number }>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #saving: Promise<void> | undefined

  constructor(
    private readonly save: (turns: Checkpoint[]) => Promise<readonly CheckpointState[]>,
    private readonly interval = 500,
  ) {}

  add(turn: Kept): void {
    this.#turns.set(turn.id, { turn, saved: turn.version() })
    this.#schedule()
  }

  remove(id: string): void {
    this.#turns.delete(id)
    if (this.#turns.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Saves now, for example because the process is about to end. */
  async flush(): Promise<void> {
    await this.#saving
    await this.#keep()
  }

  #schedule(pause = this.interval): void {
    if (this.#timer !== undefined || this.#turns.size === 0) return
    this.#timer = setTimeout(async () => {
      const started = performance.now()
      this.#saving = this.#keep()
      await this.#saving
      this.#timer = undefined
      this.#schedule(Math.max(50, this.interval - (performance.now() - started)))
    }, pause)
  }

  /** A failure is no reason to stop: leases last longer than several calls, and the next one sends everything again. */
  async #keep(): Promise<void> {
    const entries = [...this.#turns.values()]
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
      log('warn', {
        event: 'turns_not_saved',
        turns: entries.length,
        error: cause instanceof Error ? cause.name : typeof cause,
      })
    }
  }
}
