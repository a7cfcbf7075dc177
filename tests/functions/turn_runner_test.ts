/** Turns without a platform: with a database whose results a test decides, and the built-in model. */
import { strict as assert } from 'node:assert'
import { createClient } from '@supabase/supabase-js'
import type { Caller } from '../../functions/_shared/chat/caller.ts'
import type { Turn } from '../../functions/_shared/chat/turn.ts'
import { TurnRunner } from '../../functions/_shared/chat/turn_runner.ts'
import {
  beginTurn,
  checkpointTurns,
  finishTurn,
  readUnsummarized,
} from '../../functions/_shared/chat/turns.ts'
import { admitCompletion } from '../../functions/_shared/completions/request.ts'
import type { Db } from '../../functions/_shared/database/client.ts'
import type { EmbeddingProvider } from '../../functions/_shared/embeddings/provider.ts'
import { type EmbeddingModels, selectModels } from '../../functions/_shared/embeddings/select_models.ts'
import type { Database } from '../../types/generated/database.ts'
import { AppFailure } from '../../types/errors.ts'
import { until } from '../support/wait.ts'
import type { Loose } from './chatting.ts'

/** A client of a database with fixed results of its functions, and the calls that it received. */
function databaseOf(results: Record<string, unknown>): { db: Db; calls: { name: string; args: Loose }[] } {
  const calls: { name: string; args: Loose }[] = []
  const db = createClient<Database>('http://database.test', 'key', {
    global: {
      fetch: async (input, init) => {
        const name = new URL(new Request(input).url).pathname.split('/').at(-1) ?? ''
        calls.push({ name, args: init?.body ? JSON.parse(await new Response(init.body).text()) : null })
        const result = results[name] ?? null
        return result instanceof Promise ? await result : Response.json(result)
      },
    },
  })
  return { db, calls }
}

const callerWith = (client: Db): Caller => ({ client, userId: 'user', clientIn: () => client })

const embeddingModels = (): ReturnType<typeof selectModels> => selectModels(() => undefined)

const builtIn = {
  id: 'builtin-retrieval',
  name: 'Built-in',
  provider: 'builtin',
  provider_model: 'retrieval',
  context_tokens: 8_000,
  max_output_tokens: 1_000,
  supports_tools: false,
  supports_images: false,
}

const turn: Turn = {
  turn_id: '8a0f3d6e-0000-4000-8000-000000000001',
  workspace_id: null,
  shares_memories: true,
  conversation_id: 1,
  is_new: false,
  title: 'Drying',
  user_message_id: 2,
  message_id: 3,
  previous_model_id: null,
  previous_model_name: null,
  model: builtIn,
  fallback: null,
  small_model: null,
  agent_prompt: null,
  instructions: [],
  project_job: null,
  summary: null,
  history: [{ id: 2, role: 'user', content: 'What is the moisture goal of plaster?', parts: [] }],
  memories: [],
  passages: [{
    n: 1,
    chunk_id: 'chunk-1',
    document_id: 'document-1',
    title: 'Drying goals',
    text: 'The moisture goal of plaster is 9 %.',
  }],
  tools: null,
  tool_approval: 'when_untrusted',
  is_untrusted: false,
  continuation: null,
  mcp_connection_ids: [],
  needs_summary: null,
  guard_policy: {},
}

const finished = { message_id: 3, task_id: 4, conversation_id: 1, status: 'complete', needs_title: false }

/** The failure of an operation. */
async function failureOf(work: Promise<unknown>): Promise<AppFailure> {
  const cause = await work.then(() => assert.fail('it is refused'), (cause: unknown) => cause)
  assert.ok(cause instanceof AppFailure, String(cause))
  return cause
}

Deno.test('a result of the database that does not match its schema is a 500 with a stable code', async () => {
  const wrong: unknown[] = [null, 'text', {}, { ...turn, model: { ...builtIn, max_output_tokens: null } }, [
    {},
  ]]
  const request = { trigger: 'submit', message: { content: 'x' }, providers: [] } as const
  const result: Loose = { status: 'complete', content: '' }
  const caller = { userId: 'user', workspaceId: null, apiKeyId: null }
  for (const value of wrong) {
    const operations: Record<string, (db: Db) => Promise<unknown>> = {
      chat_begin_turn: (db) => beginTurn(db, request),
      chat_finish_turn: (db) => finishTurn(db, turn.turn_id, result),
      chat_checkpoint: (db) => checkpointTurns(db, [{ turn_id: turn.turn_id }]),
      chat_unsummarized: (db) => readUnsummarized(db, 1, 2),
      begin_request: (db) => admitCompletion({ supabaseAdmin: db } as Loose, caller, null, embeddingModels),
    }
    for (const [name, operation] of Object.entries(operations)) {
      // Null says that nothing is left to summarize.
      if (name === 'chat_unsummarized' && value === null) continue
      const { db, calls } = databaseOf({ [name]: value })
      const { error } = await failureOf(operation(db))
      assert.deepEqual(
        [error.kind, error.code, error.status, error.retryable],
        ['database', 'invalid_database_result', 500, false],
        `${name}: ${JSON.stringify(value)}`,
      )
      assert.equal(calls.length, 1, 'it is not repeated')
    }
  }
})

Deno.test('a turn is read without fields that are unknown, and without places and tool names of unknown shape', async () => {
  const { db } = databaseOf({
    chat_begin_turn: {
      ...turn,
      tools: ['recall', null],
      passages: [{ ...turn.passages[0], row: { from: 1 }, url: 5, deeplink: {} }],
      something_new: true,
    },
  })
  const read = await beginTurn(db, { trigger: 'submit', message: { content: 'x' }, providers: [] })
  assert.deepEqual(read, {
    ...turn,
    tools: ['recall'],
    passages: [{ ...turn.passages[0], row: null, url: null }],
  })
})

Deno.test('runners of one process store answers with their own admin client, and release their conversations', async () => {
  const caller = callerWith(databaseOf({ chat_begin_turn: turn, chat_cancel_turn: false }).db)
  const admins = [databaseOf({ chat_finish_turn: finished }), databaseOf({ chat_finish_turn: finished })]
  const runners = admins.map(({ db }) => new TurnRunner(() => db, embeddingModels))
  const streams = await Promise.all(runners.map(async (runner) => {
    const live = await runner.begin(caller, {
      trigger: 'submit',
      message: { text: 'What is the moisture goal of plaster?', files: [] },
    })
    assert.equal(runner.find(1, 'user'), live)
    assert.equal(runner.find(1, 'another'), null, 'other users do not find it')
    return live.stream()
  }))
  for (const [index, stream] of streams.entries()) {
    const chunks: Loose[] = await Array.fromAsync(stream)
    assert.deepEqual([chunks[0].type, chunks.at(-1).type], ['start', 'finish'])
    assert.equal(chunks.at(-1).messageMetadata.task_id, 4)
    const [stored, ...others] = admins[index]?.calls.filter(({ name }) => name === 'chat_finish_turn') ?? []
    assert.deepEqual(others, [])
    assert.equal(stored?.args.turn_id, turn.turn_id)
    const { result } = stored?.args ?? {}
    assert.equal(result.status, 'complete')
    assert.match(result.content, /The moisture goal of plaster is 9 %\. \[1\]/)
    assert.deepEqual(result.citations.map(({ chunk_id }: Loose) => chunk_id), ['chunk-1'])
    assert.ok(result.usage.input_tokens > 0 && result.usage.output_tokens > 0)
    assert.equal(runners[index]?.find(1, 'user'), null)
  }
})

Deno.test('the question of a turn is embedded only where the database admits it, and what it used is recorded', async () => {
  let asked = 0
  const big: EmbeddingProvider = {
    model: 'big',
    dimensions: 2,
    semantic: true,
    maxTokens: 100,
    isEndpoint: true,
    embed: (_texts, _signal, usage) => {
      asked++
      if (usage) usage.tokens += 7
      return Promise.resolve([Float32Array.of(1, 0)])
    },
  }
  const source = (): Promise<EmbeddingModels> =>
    Promise.resolve({ standard: big, all: [big], find: () => big })
  for (const refusal of ['Too many requests.', null]) {
    const { db: client, calls } = databaseOf({
      chat_begin_question: { workspace_id: 'w', model: 'big', costs: true, refusal },
      chat_begin_turn: turn,
    })
    const { db: admin, calls: stored } = databaseOf({ chat_finish_turn: finished })
    const live = await new TurnRunner(() => admin, source).begin(callerWith(client), {
      trigger: 'submit',
      message: { text: 'What is the moisture goal of plaster?', files: [] },
    })
    await Array.fromAsync(live.stream())
    const [question, begun] = calls
    assert.deepEqual([question?.name, question?.args], ['chat_begin_question', {
      standard_model: 'big',
      endpoint_models: ['big'],
    }])
    assert.equal(begun?.args.turn.embedding_model, refusal ? undefined : 'big')
    const used = stored.filter(({ name }) => name === 'finish_request').map(({ args }) => args.usage)
    assert.deepEqual(
      used.map((
        { model_id, workspace_id, input_tokens, requests },
      ) => [model_id, workspace_id, input_tokens, requests]),
      refusal ? [] : [['big', 'w', 7, 0]],
    )
  }
  assert.equal(asked, 1)
})

Deno.test('a turn of this process is cancelled without waiting for the database', async () => {
  const file = { type: 'file', url: 'storage://apex-files/slow.txt', mediaType: 'text/plain' }
  const answering = Promise.withResolvers<Response>()
  const { db: client, calls } = databaseOf({
    chat_begin_turn: { ...turn, history: [{ ...turn.history[0], parts: [file] }] },
    chat_cancel_turn: answering.promise,
    // a file that never comes keeps the turn running
    'slow.txt': new Promise(() => {}),
  })
  const { db: admin, calls: stored } = databaseOf({ chat_finish_turn: { ...finished, status: 'cancelled' } })
  const runner = new TurnRunner(() => admin, embeddingModels)
  const caller = callerWith(client)
  const live = await runner.begin(caller, { trigger: 'submit', message: { text: 'Dry?', files: [] } })
  await until(() => calls.some(({ name }) => name === 'slow.txt'), 'the file is read')
  const cancelling = runner.cancel(caller, 1)
  const chunks: Loose[] = await Array.fromAsync(live.stream())
  assert.deepEqual(chunks.slice(-2).map(({ type }) => type), ['abort', 'finish'])
  const { result } = stored.find(({ name }) => name === 'chat_finish_turn')?.args ?? {}
  assert.deepEqual([result.status, result.error], ['cancelled', null])
  assert.deepEqual(result.usage, { input_tokens: 0, output_tokens: 0, cached_input_tokens: 0 })
  answering.resolve(Response.json(false))
  assert.equal(await cancelling, true, 'it was running here')
})

Deno.test('what was written so far is saved when the process is about to end', async () => {
  const { db: client } = databaseOf({ chat_begin_turn: turn })
  const { db: admin, calls } = databaseOf({
    chat_finish_turn: finished,
    chat_checkpoint: [{ turn_id: turn.turn_id, state: 'running' }],
  })
  const runner = new TurnRunner(() => admin, embeddingModels)
  const live = await runner.begin(callerWith(client), {
    trigger: 'submit',
    message: { text: 'Plaster?', files: [] },
  })
  await runner.flush()
  const saved = calls.find(({ name }) => name === 'chat_checkpoint')
  assert.equal(saved?.args.turns[0].turn_id, turn.turn_id)
  await Array.fromAsync(live.stream())
  await until(() => runner.find(1, 'user') === null, 'the turn ends')
})
