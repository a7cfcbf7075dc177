/** A turn as the functions of the database return it. */
import { modelMessageSchema } from 'ai'
import { z } from 'zod'
import { ExternalUrl } from '../../../types/api.ts'
import { FoundPassage } from '../model/sources.ts'
import { ChosenModel } from '../model/types.ts'
import { AnswerParts } from './parts.ts'

export const HistoryMessage = z.object({
  id: z.number(),
  role: z.string(),
  content: z.string(),
  /** People write parts too, of any shape. */
  parts: z.array(z.unknown()),
})
export type HistoryMessage = z.infer<typeof HistoryMessage>

/** A decision of the user about a tool call. */
export const ToolDecision = z.object({
  approval_id: z.string(),
  approved: z.boolean(),
  reason: z.string().optional(),
})
export type ToolDecision = z.infer<typeof ToolDecision>

/** An answer that continues after the user decided about its tool calls. */
export const Continuation = z.object({
  /** What the model wrote and read in the answer so far. */
  messages: z.array(modelMessageSchema),
  decisions: z.array(ToolDecision),
  /** Of the answer so far, with the decisions. */
  parts: AnswerParts,
})
export type Continuation = z.infer<typeof Continuation>

/** chat_begin_turn: everything that is needed to answer. */
export const Turn = z.object({
  turn_id: z.string(),
  /** Where the turn reads and writes: that of the conversation, or the personal one; null for a user without one. */
  workspace_id: z.string().nullable(),
  /** Whether personal memories may be read and written in the workspace. */
  shares_memories: z.boolean(),
  conversation_id: z.number(),
  is_new: z.boolean(),
  title: z.string().nullable(),
  user_message_id: z.number(),
  message_id: z.number(),
  previous_model_id: z.string().nullable(),
  previous_model_name: z.string().nullable(),
  model: ChosenModel,
  fallback: ChosenModel.nullable(),
  /** Writes titles and summaries; null beside the built-in model. */
  small_model: ChosenModel.nullable(),
  /** Which only admins write. */
  agent_prompt: z.string().nullable(),
  /** Sections that the user wrote. */
  instructions: z.array(z.string()),
  /** Which others wrote. */
  project_job: z.object({
    job_number: z.string(),
    client_name: z.string().nullable(),
    status: z.string(),
  }).nullable(),
  summary: z.string().nullable(),
  history: z.array(HistoryMessage),
  memories: z.array(z.object({ category: z.string(), content: z.unknown() })),
  passages: z.array(FoundPassage),
  /** Names; null allows all. An agent may list definitions without a name. */
  tools: z.array(z.string().nullable()).nullable()
    .transform((names) => names && names.filter((name) => name !== null)),
  /** When tools that write need the approval of the user. */
  tool_approval: z.enum(['always', 'when_untrusted', 'never']),
  /** Whether the history may repeat what others wrote. */
  is_untrusted: z.boolean(),
  continuation: Continuation.nullable(),
  mcp_connection_ids: z.array(z.number()),
  needs_summary: z.object({ from_id: z.number(), upto_id: z.number() }).nullable(),
  guard_policy: z.record(z.string(), z.string()),
})
export type Turn = z.infer<typeof Turn>

export const TurnStatus = z.enum(['complete', 'cancelled', 'failed'])
export type TurnStatus = z.infer<typeof TurnStatus>

/** chat_finish_turn: `gone` where the account, or a turn that ended long ago, does not exist any more. */
export const FinishedTurn = z.object({
  message_id: z.number().nullable(),
  task_id: z.number().nullable(),
  conversation_id: z.number().nullable(),
  status: z.enum([...TurnStatus.options, 'gone']),
  needs_title: z.boolean(),
})
export type FinishedTurn = z.infer<typeof FinishedTurn>

/** chat_checkpoint: `gone` where the turn ended or its answer was deleted. */
export const CheckpointState = z.object({
  turn_id: z.string(),
  state: z.enum(['running', 'cancelling', 'gone']),
})
export type CheckpointState = z.infer<typeof CheckpointState>

/** chat_unsummarized: the messages to summarize next; null where none is left. */
export const Unsummarized = z.object({
  summary: z.string().nullable(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  upto_id: z.number(),
}).nullable()
export type Unsummarized = z.infer<typeof Unsummarized>

/** An answer as its row has it. */
export const AnswerRow = z.object({
  id: z.number(),
  conversation_id: z.number(),
  parent_id: z.number().nullable(),
  status: z.enum(['streaming', ...TurnStatus.options]),
  content: z.string(),
  parts: AnswerParts,
  model_id: z.string().nullable(),
  model_name: z.string().nullable(),
  error: z.object({ message: z.string().optional().catch(undefined) }).nullable(),
  input_tokens: z.number().nullable(),
  output_tokens: z.number().nullable(),
  metadata: z.object({ external_urls: z.array(ExternalUrl).optional().catch(undefined) }),
})
export type AnswerRow = z.infer<typeof AnswerRow>
