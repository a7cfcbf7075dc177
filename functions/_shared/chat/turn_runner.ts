/** The turns of this process: it runs them, saves them while they run, and finds them for clients that come back. */
import type { Db } from '../database/client.ts'
import type { ModelSource } from '../embeddings/select_models.ts'
import { log } from '../http/log.ts'
import { waitUntil } from '../http/lifecycle.ts'
import { McpServers } from '../tools/mcp.ts'
import { admitTurn } from './admit_turn.ts'
import type { Caller } from './caller.ts'
import { Checkpointer } from './checkpointer.ts'
import { LiveTurn } from './live_turn.ts'
import type { TurnRequest } from './request.ts'
import type { LiveTurns } from './resume.ts'
import { runTurn } from './run_turn.ts'
import type { Turn } from './turn.ts'
import { cancelTurn, checkpointTurns } from './turns.ts'

/** Of no workspace, so the database refuses what such a turn asks of one. */
const noWorkspace = '00000000-0000-0000-0000-000000000000'

export class TurnRunner implements LiveTurns {
  readonly #admin: () => Db
  readonly #embeddingModels: ModelSource
  /** By conversation, which has one at most. */
  readonly #live = new Map<number, LiveTurn>()
  readonly #checkpointer: Checkpointer
  readonly #mcpServers: McpServers

  /** Answers, which users may not write, are stored by `admin`. */
  constructor(admin: () => Db, embeddingModels: ModelSource) {
    this.#admin = admin
    this.#embeddingModels = embeddingModels
    this.#checkpointer = new Checkpointer((turns) => checkpointTurns(admin(), turns))
    this.#mcpServers = new McpServers(admin)
  }

  /** Rejects, with nothing stored, where the turn is refused. Otherwise it runs to its end, whether it is read or not. */
  async begin(caller: Caller, request: TurnRequest): Promise<LiveTurn> {
    const admin = this.#admin()
    const turn = await admitTurn(caller, request, this.#embeddingModels, admin)
    const live = new LiveTurn(turn, caller.userId, request.max_output_tokens)
    this.#live.set(turn.conversation_id, live)
    this.#checkpointer.add({
      id: turn.turn_id,
      version: () => live.answer.version,
      content: () => live.answer.stored(),
      stop: (reason) => live.stop(reason),
    })
    waitUntil(this.#run(live, caller.clientIn(turn.workspace_id ?? noWorkspace), admin))
    return live
  }

  find(conversationId: number, userId: string): LiveTurn | null {
    const live = this.#live.get(conversationId)
    return live?.userId === userId ? live : null
  }

  /** Whether a turn was running, here or in another process, which learns of it with its next checkpoint. */
  async cancel({ client, userId }: Caller, conversationId: number): Promise<boolean> {
    const live = this.find(conversationId, userId)
    // A turn of this process stops without waiting for the database.
    live?.stop('cancelling')
    return await cancelTurn(client, conversationId) || live !== null
  }

  /** Saves what was written so far, should the process end before the turns do. */
  async flush(): Promise<void> {
    await this.#checkpointer.flush()
  }

  async #run(live: LiveTurn, client: Db, admin: Db): Promise<void> {
    const { turn } = live
    const release = (): void => this.#release(turn, live)
    try {
      const [mcpServers, embeddingModels] = [this.#mcpServers, this.#embeddingModels]
      await runTurn(live, { client, admin, mcpServers, embeddingModels, release })
    } catch (cause) {
      log('error', {
        event: 'turn_lost',
        turn_id: turn.turn_id,
        error: cause instanceof Error ? cause.name : 'unknown',
      })
    } finally {
      release()
      live.end()
    }
  }

  #release({ turn_id, conversation_id }: Turn, live: LiveTurn): void {
    this.#checkpointer.remove(turn_id)
    if (this.#live.get(conversation_id) === live) this.#live.delete(conversation_id)
  }
}
