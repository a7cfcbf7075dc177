/** One turn from its question to everything that follows from its answer: it is stored, titled and summarized. */
import { abortable, sleep } from '../../_lib/async/mod.ts'
import type { Db } from '../database/client.ts'
import { questionRecorder } from '../embeddings/embed_question.ts'
import type { ModelSource } from '../embeddings/select_models.ts'
import { log } from '../http/log.ts'
import { waitUntil } from '../http/lifecycle.ts'
import { blockedMessage } from '../model/guard.ts'
import { ModelCall } from '../model/model_call.ts'
import { Sources } from '../model/sources.ts'
import type { ChosenModel } from '../model/types.ts'
import { searchDoor } from '../search/search_door.ts'
import type { McpServers } from '../tools/mcp.ts'
import { ownTools } from '../tools/tools.ts'
import { toolNameOf } from './answer.ts'
import { beginsUntrusted, continuedMessages, externalUrls, ToolApprovals } from './approvals.ts'
import { readFiles, readTextApart, textOrFileNames } from './attachments.ts'
import type { LiveTurn } from './live_turn.ts'
import { readOwnRows } from './own_rows.ts'
import { modelMessages, passagesOfFiles, systemPrompt } from './prompt.ts'
import { smallModelOf } from './small_model.ts'
import { summarize } from './summary.ts'
import { makeTitle } from './title.ts'
import type { ToolPart } from './parts.ts'
import type { FinishedTurn, Turn, TurnStatus } from './turn.ts'
import { describeFailure, interrupted } from './turn_failure.ts'
import { TurnGuard } from './turn_guard.ts'
import { finishTurn, setTitle, type TurnResult } from './turns.ts'
import { type AnswerOutcome, closeAnswer, writeAnswer } from './write_answer.ts'

/** Of an answer where the request does not limit it, in tokens: with more, models with a small context refuse. */
const defaultMaxOutputTokens = 8_192
/** How long a stream stays open for a title. */
const titleWaitMs = 2_000

interface TurnContext {
  /** Of the caller, in the workspace of the turn. */
  readonly client: Db
  readonly admin: Db
  readonly mcpServers: McpServers
  readonly embeddingModels: ModelSource
  /** Called as soon as the answer is stored: the conversation may have its next turn. */
  release(): void
}

/** What one answer is written and recorded with. */
interface AnswerSetup {
  readonly call: ModelCall<ChosenModel>
  readonly guard: TurnGuard
  readonly sources: Sources
  /** As the model may read it; null where the policy of the workspace blocks the question. */
  readonly history: Turn['history'] | null
}

export async function runTurn(live: LiveTurn, context: TurnContext): Promise<void> {
  const { turn } = live
  const { admin } = context
  const started = performance.now()
  const smallModel = smallModelOf(turn, admin, live.userId)
  const setup = setUpAnswer(live)
  const question = setup.history?.at(-1)
  // Starts with the answer, so that the stream need not stay open for it.
  const title = turn.title === null && setup.history
    ? makeTitle(question ? setup.guard.said(textOrFileNames(question)) : '', smallModel)
    : null

  const { outcome, isUntrusted } = await answer(live, context, setup)
  const status: TurnStatus = outcome.failure ? 'failed' : live.stopped ? 'cancelled' : 'complete'
  log(status === 'failed' ? 'warn' : 'info', {
    event: 'turn',
    turn_id: turn.turn_id,
    conversation_id: turn.conversation_id,
    model: turn.model.id,
    status,
    code: outcome.failure?.code ?? null,
    first_token_ms: rounded(outcome.firstTokenMs),
    duration_ms: Math.round(performance.now() - started),
  })
  const result = resultOf(live, setup, outcome, status, isUntrusted)
  const finished = await store(admin, turn.turn_id, result)
  if (!finished) {
    live.emit({ type: 'error', errorText: 'The answer could not be stored.' })
    return
  }
  context.release()
  emitEnd(live, setup, outcome, result, finished.task_id)
  if (title && finished.needs_title) {
    const naming = nameConversation(live, admin, title)
    waitUntil(naming)
    // Clients that miss the event read the title from the conversation.
    await Promise.race([naming, sleep(titleWaitMs)])
  }
  if (status === 'complete' && turn.needs_summary) {
    waitUntil(
      summarize(admin, turn, smallModel, (text) => setup.guard.said(text)).catch(() =>
        log('warn', { event: 'summary_failed', conversation_id: turn.conversation_id })
      ),
    )
  }
}

function setUpAnswer({ turn }: LiveTurn): AnswerSetup {
  const guard = new TurnGuard(turn.guard_policy)
  // The passages of an answer that continues were inspected when it began.
  const passages = turn.continuation ? turn.passages : guard.passages(turn.passages)
  const sources = new Sources(passages, (passage) => guard.quotation(passage))
  for (const part of turn.continuation?.parts ?? []) if (part.type === 'text') sources.read(`${part.text}\n`)
  return {
    guard,
    sources,
    history: guard.history(turn),
    call: new ModelCall({
      model: turn.model,
      fallback: turn.fallback,
      logFields: { turn_id: turn.turn_id },
    }),
  }
}

/** Never rejects. The answer goes without an MCP server or a file that fails; other failures are its own. */
async function answer(
  live: LiveTurn,
  { client, admin, mcpServers, embeddingModels }: TurnContext,
  { call, guard, sources, history }: AnswerSetup,
): Promise<{ outcome: AnswerOutcome; isUntrusted: boolean }> {
  const { turn } = live
  const { model } = turn
  try {
    if (history === null) throw blockedMessage('message')
    const [mcpTools, files] = await abortable(
      Promise.all([
        model.supports_tools ? mcpServers.tools(client, turn.mcp_connection_ids) : {},
        readFiles(client, readTextApart(admin), history, model.supports_images),
      ]),
      live.signal,
    )
    const readable = guard.files(files)
    const questions = searchDoor(client, questionRecorder(admin, live.userId, 0), { standardModel: true })
    const isBuiltIn = model.provider === 'builtin'
    if (isBuiltIn) sources.add(passagesOfFiles(readable))
    const question = history.at(-1)
    const rows = isBuiltIn && question ? await readOwnRows(client, textOrFileNames(question)) : null
    const offered = model.supports_tools
      ? {
        ...mcpTools,
        ...ownTools({ client, sources, embeddingModels, questions }, turn.tools, turn.shares_memories),
      }
      : {}
    const memories = guard.memories(turn.memories)
    const isUntrusted = memories.areSuspicious || beginsUntrusted(turn, files)
    const approvals = new ToolApprovals(turn.tool_approval, offered, isUntrusted)
    const tools = guard.tools(approvals.tools())
    const continued = continuedMessages(guard.continuation(turn.continuation), live.answer.toolCalls(), tools)
    const outcome = await writeAnswer(live, {
      model: call.model,
      system: systemPrompt(guard.prompt({ ...turn, memories: memories.readable }), sources.passages),
      messages: [...modelMessages(history, isBuiltIn ? new Map() : readable), ...continued],
      tools,
      sources,
      rows,
      guard,
      approvals,
      maxOutputTokens: Math.min(live.maxOutputTokens ?? defaultMaxOutputTokens, model.max_output_tokens),
    })
    const paused = outcome.paused && [...continued, ...outcome.paused]
    return { outcome: { ...outcome, paused }, isUntrusted: approvals.isUntrusted }
  } catch (cause) {
    closeAnswer(live, false)
    const failure = live.stopped === 'cancelling' ? null : live.stopped ? interrupted : describeFailure(cause)
    return { outcome: { finishReason: null, failure, firstTokenMs: null, paused: null }, isUntrusted: true }
  }
}

function resultOf(
  { answer, turn }: LiveTurn,
  { call, guard, sources }: AnswerSetup,
  { failure, finishReason, firstTokenMs, paused }: AnswerOutcome,
  status: TurnStatus,
  isUntrusted: boolean,
): TurnResult {
  const uses = answer.toolCalls().map((part) => ({
    id: part.toolCallId,
    name: toolNameOf(part),
    input: part.input,
    output: part.state === 'output-available' ? part.output : { error: part.errorText ?? null },
    status: useStatusOf(part),
  }))
  const urls = externalUrls(answer.content, turn, isUntrusted)
  return {
    status,
    ...answer.stored(),
    model_id: call.answeredBy.id,
    model_name: call.answeredBy.name,
    tools_used: uses.map(({ id, name, input, status }) => ({ id, name, input, status })),
    tool_calls: uses.map(({ id, name, input }) => ({ id, name, input })),
    tool_results: uses.map(({ id, name, output, status }) => ({ id, name, output, status })),
    citations: sources.citations(),
    usage: call.usage,
    error: failure,
    metadata: {
      finish_reason: finishReason,
      first_token_ms: rounded(firstTokenMs),
      ...(call.isEstimated ? { usage_estimated: true } : {}),
      ...(isUntrusted ? { is_untrusted: true } : {}),
      ...(urls.length > 0 ? { external_urls: urls } : {}),
      ...(call.failedAttempts.length > 0 ? { attempts: call.failedAttempts } : {}),
    },
    checks: guard.findings(answer.content),
    ...(paused
      ? {
        paused: {
          approval_ids: answer.awaitingApproval().flatMap(({ approval }) => approval ? [approval.id] : []),
          messages: paused,
          passages: sources.passages,
        },
      }
      : {}),
  }
}

function useStatusOf({ state }: ToolPart): 'completed' | 'failed' | 'denied' | 'awaiting_approval' {
  switch (state) {
    case 'output-available':
      return 'completed'
    case 'output-denied':
      return 'denied'
    case 'approval-requested':
      return 'awaiting_approval'
    default:
      return 'failed'
  }
}

async function store(admin: Db, turnId: string, result: TurnResult): Promise<FinishedTurn | null> {
  try {
    return await finishTurn(admin, turnId, result)
  } catch (cause) {
    log('error', {
      event: 'turn_not_stored',
      turn_id: turnId,
      error: cause instanceof Error ? cause.name : 'unknown',
    })
    return null
  }
}

function emitEnd(
  live: LiveTurn,
  { call }: AnswerSetup,
  { failure, finishReason }: AnswerOutcome,
  { status, metadata: { external_urls } }: TurnResult,
  taskId: number | null,
): void {
  if (failure) {
    live.emit({ type: 'error', errorText: failure.message })
    return
  }
  if (status === 'cancelled') live.emit({ type: 'abort', reason: 'cancelled' })
  const { input_tokens, output_tokens } = call.usage
  live.emit({
    type: 'finish',
    finishReason: status === 'cancelled' ? 'other' : finishReasonOf(finishReason),
    messageMetadata: {
      status,
      model_id: call.answeredBy.id,
      model_name: call.answeredBy.name,
      task_id: taskId,
      usage: { input_tokens, output_tokens },
      ...(external_urls ? { external_urls } : {}),
    },
  })
}

const finishReasons = ['stop', 'length', 'content-filter', 'tool-calls', 'error', 'other'] as const

function finishReasonOf(reason: string | null): typeof finishReasons[number] {
  return finishReasons.find((one) => one === reason) ?? 'other'
}

async function nameConversation(live: LiveTurn, admin: Db, making: Promise<string>): Promise<void> {
  const { conversation_id } = live.turn
  try {
    const title = await making
    await setTitle(admin, conversation_id, title)
    live.emit({ type: 'data-title', data: { conversation_id, title }, transient: true })
  } catch {
    log('warn', { event: 'title_failed', conversation_id })
  }
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms)
}
