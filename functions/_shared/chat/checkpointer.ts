/**
 * Saves the running turns of this process: every half second, one call to the database stores what was written since,
 * extends the leases, and reads which turns have to stop. It is idle while there are no turns.
 */
import { fromUnknown } from '../../../types/errors.ts'
import { sleep } from '../../_lib/async/mod.ts'
import { log } from '../http/log.ts'
import type { CheckpointState } from './turn.ts'
import type { Checkpoint } from './turns.ts'

export interface CheckpointedTurn {
  readonly id: string
  /** Changes with the content. */
  version(): number
  content(): Omit<Checkpoint, 'turn_id'>
  /** `cancelling`: its user cancelled it. `gone`: it ended elsewhere, or its answer was deleted. */
  stop(reason: 'cancelling' | 'gone'): void
}

interface Entry {
  readonly turn: CheckpointedTurn
  savedVersion: number
}

const minPauseMs = 50

export class Checkpointer {
  readonly #turns = new Map<string, Entry>()
  #looping = false
  #saving: Promise<void> = Promise.resolve()

  constructor(
    private readonly save: (turns: Checkpoint[]) => Promise<readonly CheckpointState[]>,
    private readonly intervalMs = 500,
  ) {}

  add(turn: CheckpointedTurn): void {
    this.#turns.set(turn.id, { turn, savedVersion: turn.version() })
    void this.#loop()
  }

  remove(id: string): void {
    this.#turns.delete(id)
  }

  /** Saves now, for example because the process is about to end. */
  async flush(): Promise<void> {
    await this.#saving
    await this.#saveAll()
  }

  /** One save at a time, and none without turns. */
  async #loop(): Promise<void> {
    if (this.#looping) return
    this.#looping = true
    for (let tookMs = 0; this.#turns.size > 0;) {
      await sleep(Math.max(minPauseMs, this.intervalMs - tookMs))
      const started = performance.now()
      this.#saving = this.#saveAll()
      await this.#saving
      tookMs = performance.now() - started
    }
    this.#looping = false
  }

  async #saveAll(): Promise<void> {
    await this.#save([...this.#turns.values()])
  }

  /**
   * A failure does not end turns: their leases outlast several calls, and the next call sends everything again. After a
   * permanent failure, turns are saved one by one, so that one that cannot be saved does not affect the others.
   */
  async #save(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return
    const versions = entries.map(({ turn }) => turn.version())
    const checkpoints = entries.map(({ turn, savedVersion }, index) => ({
      turn_id: turn.id,
      ...(versions[index] === savedVersion ? {} : turn.content()),
    }))
    try {
      const states = await this.save(checkpoints)
      for (const [index, entry] of entries.entries()) {
        entry.savedVersion = versions[index] ?? entry.savedVersion
      }
      for (const { turn_id, state } of states) {
        if (state !== 'running') this.#turns.get(turn_id)?.turn.stop(state)
      }
    } catch (cause) {
      const { code, retryable } = fromUnknown(cause)
      log('warn', { event: 'turns_not_saved', turns: entries.length, code })
      if (retryable || entries.length === 1) return
      for (const entry of entries) await this.#save([entry])
    }
  }
}
