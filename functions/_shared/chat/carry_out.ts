/**
 * Carries a turn out: the model writes, the answer is stored, and what follows from it is done. Nobody has to listen:
 * the platform is asked to wait for it (`EdgeRuntime.waitUntil`) after the client has left.
 */
import { log } from '../http/log.ts'
import { languageModel } from '../model/providers.ts'
import { orAborted } from '../../_lib/async/or_aborted.ts'
import { serverTools } from '../tools/mcp.ts'
import { ownTools } from '../tools/tools.ts'
import { readFiles, saidIn } from './attachments.ts'
import type { Caller } from './begin.ts'
import { describeFailure, interrupted } from './failure.ts'
import { Keeper } from './keeper.ts'
import { type LiveTurn, liveTurns } from './live.ts'
import { produce, type Production } from './produce.ts'
import { modelMessages, passagesOf, systemPrompt } from './prompt.ts'
import { smallModel } from './small_model.ts'
import { Sources } from './sources.ts'
import { summarise } from './summary.ts'
import { makeTitle } from './title.ts'
import { type FinishedTurn, finishTurn, saveTurns, setTitle, type TurnStatus } from './turns.ts'
import { Watch } from './watch.ts'

/** The service role is the same for all turns of the process: the keeper uses the client of the latest. */
let service: Caller['admin']
const keeper = new Keeper((turns) => saveTurns(service, turns))

/** What an answer may have where nobody says, in tokens: models with a smaller context refuse more. */
const usualLength = 8_192
/** How long a stream stays open for a title, in ms. */
const titlePatience = 2_000

/** The platform announces the end of the process: what was written so far is saved, should there be no time for more. */
addEventListener('beforeunload', () => waitUntil(keeper.flush()))

export function carryOut(live: LiveTurn, caller: Caller): void {
  const { turn } = live
  service = caller.admin
  liveTurns.set(turn.conversation_id, live)
  keeper.add({
    id: turn.turn_id,
    version: () => live.answer.version,
    content: () => live.answer.stored(),
    stop: (reason) => live.stop(reason),
  })
  waitUntil(
    answer(live, caller).catch((cause) => {
      log('error', {
        event: 'turn_lost',
        turn_id: turn.turn_id,
        error: cause instanceof Error ? cause.name : 'unknown',
      })
    }).finally(() => {
      letGo(live)
      live.end()
    }),
  )
}

/** The conversation is free: nobody joins this turn any more. */
function letGo(live: LiveTurn): void {
  const { turn_id, conversation_id } = live.turn
  keeper.remove(turn_id)
  if (liveTurns.get(conversation_id) === live) liveTurns.delete(conversation_id)
}

async function answer(live: LiveTurn, caller: Caller): Promise<void> {
  const { turn } = live
  const started = performance.now()
  const question = turn.history.at(-1)
  // In time for the end of the answer, so that the stream need not stay open for it.
  const writer = smallModel(turn, caller.admin, caller.userId)
  const title = turn.title === null ? makeTitle(question ? saidIn(question) : '', writer) : null

  const watch = new Watch(turn.guard_policy)
  const sources = new Sources(watch.passages(turn.passages), (passage) => watch.quotation(passage))
  const production = await writeAnswer(live, caller, { sources, watch })
  const status: TurnStatus = production.failure ? 'failed' : live.stopped ? 'cancelled' : 'complete'
  log(status === 'failed' ? 'warn' : 'info', {
    event: 'turn',
    turn_id: turn.turn_id,
    conversation_id: turn.conversation_id,
    model: turn.model.id,
    status,
    code: production.failure?.code ?? null,
    first_token_ms: production.firstToken === null ? null : Math.round(production.firstToken),
    duration_ms: Math.round(performance.now() - started),
  })
  const finished = await store(live, caller, { sources, watch }, production, status)
  if (!finished) {
    live.emit({ type: 'error', errorText: 'The answer could not be stored.' })
    return
  }
  letGo(live)
  tellEnd(live, production, status, finished.task_id)
  if (title && finished.needs_title) {
    const naming = name(live, caller, title)
    waitUntil(naming)
    // A screen that is not told now reads it from the conversation.
    await Promise.race([naming, new Promise((resolve) => setTimeout(resolve, titlePatience))])
  }
  if (status === 'complete' && turn.needs_summary) {
    waitUntil(
      summarise(caller.admin, turn, writer).catch(() =>
        log('warn', { event: 'summary_failed', conversation_id: turn.conversation_id })
      ),
    )
  }
}

async function name(live: LiveTurn, { admin }: Caller, making: Promise<string>): Promise<void> {
  const { conversation_id } = live.turn
  try {
    const title = await making
    await setTitle(admin, conversation_id, title)
    live.emit({ type: 'data-title', data: { conversation_id, title }, transient: true })
  } catch {
    log('warn', { event: 'title_failed', conversation_id })
  }
}

/** A tool server or a file that fails is passed over; what fails beyond that is the failure of the answer. */
async function writeAnswer(
  live: LiveTurn,
  caller: Caller,
  { sources, watch }: { sources: Sources; watch: Watch },
): Promise<Production> {
  const { turn, attempts } = live
  try {
    const { model } = turn
    const takesTools = model.supports_tools
    const preparing = Promise.all([
      takesTools ? serverTools(caller, turn.mcp_connection_ids) : {},
      readFiles(caller.client, turn.history, model.supports_images),
    ])
    const [servers, read] = await orAborted(preparing, live.signal)
    const files = watch.files(read)
    const readsPassagesAlone = model.provider === 'builtin'
    if (readsPassagesAlone) sources.add(passagesOf(files))
    const rows = [model, ...(turn.fallback ? [turn.fallback] : [])]
    return await produce(live, {
      model: languageModel(model, {
        fallback: turn.fallback,
        onAttempt: ({ model_id, outcome }) => {
          live.answeredBy = rows.find(({ id }) => id === model_id) ?? model
          if (outcome !== 'answered') attempts.push({ model_id, outcome })
        },
      }),
      system: systemPrompt(turn, sources.passages),
      messages: modelMessages(turn.history, readsPassagesAlone ? new Map() : files),
      tools: watch.tools(
        takesTools ? { ...servers, ...ownTools({ client: caller.client, sources }, turn.tools) } : {},
      ),
      sources,
      redactor: () => watch.redactor(),
      redact: (value) => watch.redact(value, 'tool'),
      maxOutputTokens: Math.min(live.maxOutputTokens ?? usualLength, model.max_output_tokens ?? usualLength),
    })
  } catch (cause) {
    const usage = { input: 0, output: 0, cached: 0, estimated: false }
    const failure = live.stopped === 'cancelling' ? null : live.stopped ? interrupted : describeFailure(cause)
    return { finishReason: null, failure, usage, firstToken: null }
  }
}

async function store(
  live: LiveTurn,
  { admin }: Caller,
  { sources, watch }: { sources: Sources; watch: Watch },
  { usage, failure, finishReason, firstToken }: Production,
  status: TurnStatus,
): Promise<FinishedTurn | null> {
  const { turn, answer } = live
  const calls = answer.calls().map((call) => ({
    id: call.toolCallId,
    name: call.toolName ?? call.type.replace(/^tool-/, ''),
    input: call.input,
    output: call.state === 'output-available' ? call.output : { error: call.errorText ?? null },
    status: call.state === 'output-available' ? 'completed' : 'failed',
  }))
  try {
    return await finishTurn(admin, turn.turn_id, {
      status,
      ...answer.stored(),
      model_id: live.answeredBy.id,
      model_name: live.answeredBy.name,
      tools_used: calls.map(({ id, name, input, status }) => ({ id, name, input, status })),
      tool_calls: calls.map(({ id, name, input }) => ({ id, name, input })),
      tool_results: calls.map(({ id, name, output, status }) => ({ id, name, output, status })),
      citations: sources.citations(),
      usage: { input_tokens: usage.input, output_tokens: usage.output, cached_input_tokens: usage.cached },
      error: failure,
      metadata: {
        finish_reason: finishReason,
        first_token_ms: firstToken === null ? null : Math.round(firstToken),
        ...(usage.estimated ? { usage_estimated: true } : {}),
        ...(live.attempts.length > 0 ? { attempts: live.attempts } : {}),
      },
      checks: watch.findings(answer.content),
    })
  } catch (cause) {
    log('error', {
      event: 'turn_not_stored',
      turn_id: turn.turn_id,
      error: cause instanceof Error ? cause.name : 'unknown',
    })
    return null
  }
}

function tellEnd(
  live: LiveTurn,
  { usage, failure, finishReason }: Production,
  status: TurnStatus,
  taskId: number | null,
): void {
  if (failure) {
    live.emit({ type: 'error', errorText: failure.message })
    return
  }
  if (status === 'cancelled') live.emit({ type: 'abort', reason: 'cancelled' })
  live.emit({
    type: 'finish',
    finishReason: status === 'cancelled' ? 'other' : finishReasonOf(finishReason),
    messageMetadata: {
      status,
      model_id: live.answeredBy.id,
      model_name: live.answeredBy.name,
      task_id: taskId,
      usage: { input_tokens: usage.input, output_tokens: usage.output },
    },
  })
}

type FinishReason = 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'error' | 'other'

function finishReasonOf(reason: string | null): FinishReason {
  const known: FinishReason[] = ['stop', 'length', 'content-filter', 'tool-calls', 'error', 'other']
  return known.find((one) => one === reason) ?? 'other'
}

/** Where the platform offers it, it keeps the process for work that goes on after the answer. */
function waitUntil(work: Promise<unknown>): void {
  const { EdgeRuntime } = globalThis as { EdgeRuntime?: { waitUntil(work: Promise<unknown>): void } }
  EdgeRuntime?.waitUntil(work)
}
