/** Requests and responses of the functions, as zod schemas that functions and clients share. */
import { z } from 'zod'

/** GET /functions/v1/health for anyone. `degraded`: migrations of this release are not applied. */
export const HealthSummary = z.strictObject({
  status: z.enum(['ok', 'degraded']),
  request_id: z.string(),
})
export type HealthSummary = z.infer<typeof HealthSummary>

/** The same for the holder of a secret key. */
export const HealthReport = HealthSummary.extend({
  database: z.strictObject({ round_trip_ms: z.number().int().nonnegative() }),
  migrations: z.strictObject({
    applied: z.number().int(),
    present: z.number().int(),
    /** Part of this release, not applied. */
    pending: z.array(z.string()),
    /** Applied, but not part of this release: the database is ahead of the functions. */
    unknown: z.array(z.string()),
  }),
  versions: z.strictObject({
    plinth: z.string(),
    deno: z.string(),
    postgres: z.string(),
    extensions: z.record(z.string(), z.string()),
  }),
  feature_flags: z.record(z.string(), z.boolean()),
})
export type HealthReport = z.infer<typeof HealthReport>

/** Limits of one request to embed. */
export const embeddingLimits = { texts: 512, characters: 32_000, charactersTogether: 1_000_000 } as const

const { texts: maxTexts, characters: maxCharacters, charactersTogether } = embeddingLimits
const EmbeddingText = z.string()
  .refine((text) => text.trim() !== '', { error: 'must not be blank' })
  .max(maxCharacters, { error: `must have at most ${maxCharacters} characters` })
const textsUpTo = (max: number): z.ZodType<string[]> =>
  z.array(EmbeddingText)
    .min(1, { error: 'must have at least one text' })
    .max(max, { error: `must have at most ${max} texts` })
    .refine((texts) => texts.reduce((sum, text) => sum + text.length, 0) <= charactersTogether, {
      error: `must have at most ${charactersTogether} characters in total`,
    })
const EmbeddingTexts = textsUpTo(maxTexts)
const EmbeddingInput = z.union([EmbeddingText, EmbeddingTexts], {
  error: 'must be a text or a list of texts; tokens are not supported',
})
const embeddingOptions = {
  model: z.string().max(200).optional(),
  /** `base64` holds the same numbers, as little-endian 32-bit floats. */
  encoding_format: z.enum(['float', 'base64']).optional(),
  /** Must equal the dimensions of the model. */
  dimensions: z.number().int().positive().optional(),
}

/** POST /functions/v1/embed: `texts`, or `input` as OpenAI names it. */
export const EmbedRequest = z.strictObject({
  texts: EmbeddingTexts.optional(),
  input: EmbeddingInput.optional(),
  ...embeddingOptions,
}).refine(({ texts, input }) => (texts === undefined) !== (input === undefined), {
  error: 'exactly one of texts and input is required',
})
export type EmbedRequest = z.infer<typeof EmbedRequest>

const EmbeddingVector = z.union([z.array(z.number()), z.base64()])
const EmbeddingModel = z.strictObject({
  model: z.string(),
  dimensions: z.number().int(),
  /** Whether vectors close to each other mean similar texts; otherwise only texts with common words. */
  semantic: z.boolean(),
})

export const EmbedAnswer = EmbeddingModel.extend({
  /** One per text, in order, of length 1. */
  vectors: z.array(EmbeddingVector),
  /** Tokens that were read. */
  tokens: z.number().int(),
  request_id: z.string(),
})
export type EmbedAnswer = z.infer<typeof EmbedAnswer>

/** GET /functions/v1/embed: the models that are available. */
export const EmbeddingModelList = z.strictObject({
  /** The model of requests that name none. */
  standard: z.string(),
  models: z.array(EmbeddingModel.extend({ max_tokens: z.number().int() })),
  request_id: z.string(),
})
export type EmbeddingModelList = z.infer<typeof EmbeddingModelList>

/** As many as OpenAI takes in one request. */
export const openAiEmbeddingTexts = 2_048

/** POST /functions/v1/openai/v1/embeddings, as OpenAI's SDKs send it. */
export const OpenAiEmbeddingsRequest = z.strictObject({
  input: z.union([EmbeddingText, textsUpTo(openAiEmbeddingTexts)], {
    error: `must be a text or a list of 1 to ${openAiEmbeddingTexts} texts; tokens are not supported`,
  }),
  model: z.string().min(1).max(200),
  encoding_format: embeddingOptions.encoding_format.nullish(),
  dimensions: embeddingOptions.dimensions.nullish(),
  /** Accepted; no provider receives it. */
  user: z.string().max(512).nullish(),
})
export type OpenAiEmbeddingsRequest = z.infer<typeof OpenAiEmbeddingsRequest>

export const OpenAiEmbeddingsAnswer = z.strictObject({
  object: z.literal('list'),
  data: z.array(z.strictObject({
    object: z.literal('embedding'),
    index: z.number().int(),
    embedding: EmbeddingVector,
  })),
  model: z.string(),
  usage: z.strictObject({ prompt_tokens: z.number().int(), total_tokens: z.number().int() }),
})
export type OpenAiEmbeddingsAnswer = z.infer<typeof OpenAiEmbeddingsAnswer>

/** POST /functions/v1/embed-work: embeds the texts of the queue. */
export const EmbedWorkRequest = z.strictObject({
  /** Texts claimed at once. */
  batch: z.number().int().min(1).max(128).default(16),
  /** How long a claimed batch is reserved. */
  lease_seconds: z.number().int().min(10).max(3_600).default(60),
  /** No batch is claimed later than this. */
  budget_seconds: z.number().min(0).max(300).default(20),
})
export type EmbedWorkRequest = z.infer<typeof EmbedWorkRequest>

export const EmbedWorkReport = z.strictObject({
  claimed: z.number().int(),
  stored: z.number().int(),
  /** Skipped, since the text changed or another worker stored its vector. */
  outdated: z.number().int(),
  /** Reported as failed, each with its reason. */
  failed: z.number().int(),
  /** Returned to the queue because the process shuts down, or lost because the lease expired. */
  unfinished: z.number().int(),
  /** Whether there may be more to do. */
  more: z.boolean(),
})
export type EmbedWorkReport = z.infer<typeof EmbedWorkReport>

/** What one question of the chat may bring. */
export const chatLimits = { characters: 100_000, messages: 1_000, files: 10 } as const

const Id = z.number().int().positive()
const SessionId = z.string().min(1).max(200)

/** Only the last message of a request is read; those before it are what the client shows. */
export const ChatMessage = z.looseObject({
  id: z.string().max(200),
  role: z.enum(['system', 'user', 'assistant']),
  parts: z.array(z.looseObject({ type: z.string().max(200) })).max(2_000),
})
export type ChatMessage = z.infer<typeof ChatMessage>

/** A file in the bucket `apex-files`. */
export const ChatAttachment = z.strictObject({
  path: z.string().min(1).max(1_000),
  filename: z.string().max(200).optional(),
  media_type: z.string().max(200).optional(),
})

/** POST /functions/v1/chat: what `useChat` sends, and what else a client may say in the `body` of its transport. */
export const ChatRequest = z.strictObject({
  /** Of the chat, made by the client: the session of the conversation. */
  id: SessionId.optional(),
  messages: z.array(ChatMessage).max(chatLimits.messages),
  trigger: z.enum(['submit-message', 'regenerate-message']).default('submit-message'),
  messageId: z.string().max(200).nullish(),
  /** Instead of the session. */
  conversation_id: Id.optional(),
  /** Of the request, as the header x-workspace-id: where a new conversation belongs. */
  workspace_id: z.uuid().optional(),
  chat_project_id: Id.optional(),
  agent_id: Id.optional(),
  model_id: z.string().min(1).max(200).optional(),
  max_output_tokens: z.number().int().positive().max(1_000_000).optional(),
  attachments: z.array(ChatAttachment).max(chatLimits.files).optional(),
})
export type ChatRequest = z.infer<typeof ChatRequest>

/** POST /functions/v1/chat/<conversation or session>/cancel */
export const ChatCancelAnswer = z.strictObject({
  /** Whether an answer was being written. It ends within a second. */
  cancelled: z.boolean(),
  request_id: z.string(),
})
export type ChatCancelAnswer = z.infer<typeof ChatCancelAnswer>

/** A URL of another host in the text of an answer. */
export const ExternalUrl = z.strictObject({
  url: z.string(),
  /** A renderer of Markdown loads an image by itself; a link is followed by a person. */
  kind: z.enum(['image', 'link']),
  /** The model had read text of others, and neither the user nor the instructions contain this URL. */
  is_untrusted: z.boolean(),
})
export type ExternalUrl = z.infer<typeof ExternalUrl>

/** `metadata` of an answer, as `useChat` shows it. */
export const ChatMetadata = z.looseObject({
  conversation_id: Id.optional(),
  user_message_id: Id.optional(),
  message_id: Id.optional(),
  model_id: z.string().optional(),
  model_name: z.string().optional(),
  status: z.enum(['streaming', 'complete', 'cancelled', 'failed']).optional(),
  task_id: Id.nullish(),
  usage: z.strictObject({ input_tokens: z.number(), output_tokens: z.number() }).optional(),
  /** Of the finished answer. */
  external_urls: z.array(ExternalUrl).optional(),
})
export type ChatMetadata = z.infer<typeof ChatMetadata>

/** `dataPartSchemas` of a chat: what comes beside the answer and is not kept in it (`onData`). */
export const chatDataParts = {
  turn: z.strictObject({
    conversation_id: Id,
    user_message_id: Id,
    message_id: Id,
    is_new: z.boolean(),
    model_id: z.string(),
    model_name: z.string(),
  }),
  'model-switch': z.strictObject({
    from_model: z.string(),
    from_model_name: z.string().nullable(),
    to_model: z.string(),
    to_model_name: z.string(),
  }),
  title: z.strictObject({ conversation_id: Id, title: z.string() }),
}

/** What a client of the WebSocket sends. */
export const SocketRequest = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('message'),
    content: z.string().max(chatLimits.characters),
    model: z.string().max(200).nullish(),
    files: z.array(z.looseObject({
      /** A file in the bucket `apex-files`; what has no path is passed over. */
      path: z.string().max(1_000).optional(),
      name: z.string().max(200).optional(),
      mimeType: z.string().max(200).optional(),
    })).max(chatLimits.files).nullish(),
  }),
  /** A decision about a tool call. The answer continues once all calls of its message are decided. */
  z.looseObject({
    type: z.literal('tool_approval'),
    approval_id: z.string().max(200),
    approved: z.boolean(),
  }),
  z.looseObject({ type: z.literal('cancel') }),
  z.looseObject({ type: z.literal('resume'), session_id: SessionId }),
])
export type SocketRequest = z.infer<typeof SocketRequest>

/** Messages to the client of a WebSocket. */
export type SocketEvent =
  | {
    type: 'init'
    session_id: string
    conversation_id: number
    resumed: boolean
    chatProjectId: number | null
    history: SocketMessage[]
  }
  | {
    type: 'model_switch'
    from_model: string
    from_model_name: string | null
    to_model: string
    to_model_name: string
  }
  | { type: 'stream_start'; model: string; model_name: string }
  | { type: 'text_delta'; content: string }
  | { type: 'tool_use'; tool: { id: string; name: string; input: unknown; status: 'running' } }
  | { type: 'tool_result'; tool: { id: string; name: string; output: unknown; status: 'completed' } }
  | { type: 'tool_approval_request'; approval_id: string; tool: string; input: unknown }
  | { type: 'cancelled' }
  | { type: 'stream_end'; task_id: number | null; message_id: number; model: string; model_name: string }
  | { type: 'title_update'; conversation_id: number; title: string }
  | { type: 'error'; message: string }

export interface SocketMessage {
  id: number
  role: string
  content: string
  model: string | null
  modelName: string | null
  toolsUsed: unknown
  timestamp: string
}
/** POST /functions/v1/search. An empty list does not filter. */
export const SearchRequest = z.strictObject({
  q: z.string().max(5_000),
  /**
   * How `q` is read: as a sentence, of which a "quoted phrase" ranks higher, or as what people type into a search box,
   * where a "quoted phrase" is required and `-word` excludes.
   */
  syntax: z.enum(['question', 'operators']).default('question'),
  /** Number of results; at most 100 are returned. */
  k: z.number().int().min(1).max(1_000).default(10),
  offset: z.number().int().min(0).max(1_000).default(0),
  /** pdf, docx, csv, api, log, tag … Case is ignored; an unknown type matches nothing. */
  types: z.array(z.string().max(50)).max(50).default([]),
  tags: z.array(z.string().max(200)).max(50).default([]),
  document_ids: z.array(z.uuid()).max(1_000).default([]),
  /** Of the request, as the header x-workspace-id. */
  workspace_id: z.uuid().optional(),
  created_after: z.iso.datetime({ offset: true }).optional(),
  created_before: z.iso.datetime({ offset: true }).optional(),
  /** What `meta` of a passage must contain. */
  metadata: z.record(z.string(), z.json()).optional(),
})
export type SearchRequest = z.infer<typeof SearchRequest>

export const SearchAnswer = z.strictObject({
  took_ms: z.number().int().nonnegative(),
  /** Results in this response. */
  count: z.number().int().nonnegative(),
  results: z.array(z.strictObject({
    /** From 1, for the first both by words and by meaning, down to 0. */
    score: z.number(),
    text: z.string(),
    meta: z.looseObject({
      type: z.string(),
      deeplink: z.looseObject({ panel: z.string() }),
    }),
  })),
  /** Why the ranking is limited, where it is. */
  notice: z.string().optional(),
})
export type SearchAnswer = z.infer<typeof SearchAnswer>

/** POST /functions/v1/search/rebuild, for admins. */
export const RebuildSearchRequest = z.strictObject({
  /** All by default. */
  document_ids: z.array(z.uuid()).min(1).max(10_000).optional(),
  /** Of the request, as the header x-workspace-id. */
  workspace_id: z.uuid().optional(),
})
export type RebuildSearchRequest = z.infer<typeof RebuildSearchRequest>

export const RebuildSearchAnswer = z.strictObject({
  status: z.literal('ok'),
  /** Passages at the start of the rebuild. */
  items: z.number().int().nonnegative(),
  backend: z.literal('pgvector'),
  embedding_provider: z.string(),
  /** The row of `search_rebuilds` with the progress. */
  rebuild_id: z.uuid(),
})
export type RebuildSearchAnswer = z.infer<typeof RebuildSearchAnswer>

/** Limits of one request to files. Larger files are uploaded to Storage directly. */
export const fileLimits = { files: 20, urls: 10, bytes: 64 * 1024 * 1024 } as const

const { files: maxFiles, urls: maxUrls } = fileLimits

/** POST /functions/v1/files: the fields besides the files of a form, or besides `urls` in JSON. */
export const FilesTarget = z.strictObject({
  /** Groups reports, for example 2026-W01. */
  report_week: z.string().trim().max(50).optional(),
  job_id: z.coerce.number().int().positive().optional(),
  /** Of the request, as the header x-workspace-id. */
  workspace_id: z.uuid().optional(),
  folder: z.enum(['files', 'chat', 'media', 'receipts', 'estimates', 'workorders']).optional(),
})
export type FilesTarget = z.infer<typeof FilesTarget>

const Urls = z.array(z.string().trim().min(1).max(2_000)).max(maxUrls, {
  error: `must have at most ${maxUrls} URLs`,
})

export const FilesUrlRequest = FilesTarget.extend({
  urls: Urls.optional(),
  web_urls: Urls.optional(),
  url: z.string().trim().min(1).max(2_000).optional(),
}).refine(({ urls, web_urls, url }) => (urls?.length ?? 0) + (web_urls?.length ?? 0) + (url ? 1 : 0) > 0, {
  error: 'at least one URL is required',
})
export type FilesUrlRequest = z.infer<typeof FilesUrlRequest>

export const FilesFormRequest = FilesTarget.extend({
  files: z.array(z.file()).max(maxFiles, { error: `must have at most ${maxFiles} files` }),
  urls: Urls,
}).refine(({ files, urls }) => files.length + urls.length > 0, {
  error: 'at least one file or URL is required',
})
export type FilesFormRequest = z.infer<typeof FilesFormRequest>

export const FileResult = z.strictObject({
  /** The name of the file, or the URL. */
  filename: z.string(),
  artifact_id: z.string().nullable(),
  /** The same as `artifact_id`. */
  id: z.string().nullable(),
  /** In the bucket `apex-files`. */
  path: z.string().nullable(),
  /** Signed, for an hour. */
  url: z.string().nullable(),
  size: z.number().int().nullable(),
  mime_type: z.string().nullable(),
  /** `queued`: stored, and queued to be read; the row in artifacts has the further status. */
  status: z.enum(['queued', 'error']),
  error: z.strictObject({
    kind: z.string(),
    code: z.string(),
    message: z.string(),
    hint: z.string().nullable(),
    status: z.number().int(),
    retryable: z.boolean(),
    /** Seconds, where the workspace has too many files that are not read yet. */
    retry_after: z.number().nullable(),
  }).nullable(),
})
export type FileResult = z.infer<typeof FileResult>

/** One result per file, in order, then one per URL; that of a single stored file also beside the list. */
export const FilesAnswer = FileResult.pick({ id: true, path: true, url: true, size: true, mime_type: true })
  .partial().extend({ results: z.array(FileResult), request_id: z.string() }).strict()
export type FilesAnswer = z.infer<typeof FilesAnswer>

/** POST /functions/v1/files-work: reads the files of the queue. */
export const FilesWorkRequest = z.strictObject({
  /** How long a claimed file is reserved; reading renews it. */
  lease_seconds: z.number().int().min(5).max(3_600).default(120),
  /** No file is claimed later than this. */
  budget_seconds: z.number().min(0).max(300).default(20),
})
export type FilesWorkRequest = z.infer<typeof FilesWorkRequest>

export const FilesWorkReport = z.strictObject({
  /** Files that were read. */
  read: z.number().int(),
  /** Files that cannot be read; `last_error` of their rows has the reason. */
  failed: z.number().int(),
  /** Files that returned to the queue: the process shuts down, or a dependency was unavailable. */
  postponed: z.number().int(),
  /** Objects of deleted files that were removed. */
  removed: z.number().int(),
  /** Passages that were embedded. */
  embedded: z.number().int(),
  /** Files that became searchable. */
  searchable: z.number().int(),
  /** Whether there may be more to do. */
  more: z.boolean(),
})
export type FilesWorkReport = z.infer<typeof FilesWorkReport>

/** The largest file of which file-text reads the text. */
export const maxTextFileBytes = 20 * 1024 * 1024

export const FileTextAnswer = z.object({
  /** Empty where the file has no text that can be read. */
  text: z.string(),
})
export type FileTextAnswer = z.infer<typeof FileTextAnswer>
