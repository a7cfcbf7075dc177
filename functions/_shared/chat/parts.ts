/** The parts of a message as the database has them: what a client of the AI SDK shows of an answer. */
import type { ProviderMetadata as AnyProviderMetadata, UIMessageChunk } from 'ai'
import { z } from 'zod'

/** A piece of the UI message protocol of the AI SDK. */
export type Chunk = UIMessageChunk

const BlockState = z.enum(['streaming', 'done'])
const TextPart = z.object({ type: z.literal('text'), text: z.string(), state: BlockState.optional() })
const ReasoningPart = TextPart.extend({ type: z.literal('reasoning'), id: z.string().optional() })
const ToolPart = z.object({
  type: z.union([z.literal('dynamic-tool'), z.templateLiteral(['tool-', z.string()])]),
  toolName: z.string().optional(),
  toolCallId: z.string(),
  state: z.enum([
    'input-available',
    'approval-requested',
    'approval-responded',
    'output-available',
    'output-error',
    'output-denied',
  ]),
  /** `approved` is missing while the user has not decided. */
  approval: z.object({
    id: z.string(),
    approved: z.boolean().exactOptional(),
    reason: z.string().exactOptional(),
  }).optional(),
  input: z.unknown(),
  output: z.unknown().optional(),
  errorText: z.string().optional(),
})
const Metadata = z.record(z.string(), z.record(z.string(), z.unknown()))
const ProviderMetadata = z.custom<AnyProviderMetadata>((value) => Metadata.safeParse(value).success)
const SourceUrlPart = z.object({
  type: z.literal('source-url'),
  sourceId: z.string(),
  url: z.string(),
  title: z.string().exactOptional(),
  providerMetadata: ProviderMetadata.exactOptional(),
})
const SourceDocumentPart = z.object({
  type: z.literal('source-document'),
  sourceId: z.string(),
  mediaType: z.string(),
  title: z.string(),
  filename: z.string().exactOptional(),
  providerMetadata: ProviderMetadata.exactOptional(),
})

const AnswerPart = z.union([
  TextPart,
  ReasoningPart,
  z.object({ type: z.literal('step-start') }),
  ToolPart,
  SourceUrlPart,
  SourceDocumentPart,
])
export type AnswerPart = z.infer<typeof AnswerPart>
export type BlockPart = z.infer<typeof TextPart> | z.infer<typeof ReasoningPart>
export type ToolPart = z.infer<typeof ToolPart>
type SourcePart = z.infer<typeof SourceUrlPart> | z.infer<typeof SourceDocumentPart>

/** Parts that an answer cannot have, of messages that were imported, are left out. */
export const AnswerParts = z.array(z.unknown()).transform((parts) =>
  parts.flatMap((part) => {
    const parsed = AnswerPart.safeParse(part)
    return parsed.success ? [parsed.data] : []
  })
)

export function isBlock(part: AnswerPart): part is BlockPart {
  return part.type === 'text' || part.type === 'reasoning'
}

export function isTool(part: AnswerPart): part is ToolPart {
  return part.type === 'dynamic-tool' || part.type.startsWith('tool-')
}

export function isSource(part: AnswerPart): part is SourcePart {
  return part.type === 'source-url' || part.type === 'source-document'
}
