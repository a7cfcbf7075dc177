/** Requests to /functions/v1/openai, as OpenAI's clients send them. What becomes of each field is in functions/_shared/completions/fields.ts. */
import { z } from 'zod'

/** Limits of one request. */
export const completionLimits = {
  messages: 1_000,
  parts: 100,
  tools: 128,
  stops: 4,
  /** Of all messages in total. */
  characters: 4_000_000,
  /** Of the body, with images. */
  bytes: 20 * 1024 * 1024,
} as const

const Text = z.string().max(completionLimits.characters)
const TextPart = z.object({ type: z.literal('text'), text: Text })
/** A refusal of the assistant, which clients send back as it came from OpenAI. */
const RefusalPart = z.object({ type: z.literal('refusal'), refusal: Text })
const ImagePart = z.object({
  type: z.literal('image_url'),
  image_url: z.object({
    url: z.string().max(completionLimits.bytes).refine(isImageAddress, {
      error: 'image_url.url must start with https://, or be a data: URL in base64',
    }),
    detail: z.enum(['auto', 'low', 'high', 'original']).nullish(),
  }),
})
const partsOf = <T extends z.ZodType>(part: T): z.ZodArray<T> =>
  z.array(part).min(1).max(completionLimits.parts)
const TextContent = z.union([Text, partsOf(TextPart)])

function isImageAddress(url: string): boolean {
  if (/^data:/i.test(url)) return /^data:image\/[a-z0-9.+-]+;base64,[a-z0-9+/_=\s-]+$/i.test(url)
  return /^https:\/\//i.test(url) && URL.canParse(url)
}

const Message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer']), content: TextContent }),
  z.object({
    role: z.literal('user'),
    content: z.union([Text, partsOf(z.discriminatedUnion('type', [TextPart, ImagePart]))]),
  }),
  z.object({
    role: z.literal('assistant'),
    content: z.union([Text, partsOf(z.discriminatedUnion('type', [TextPart, RefusalPart]))]).nullish(),
    tool_calls: z.array(z.object({
      id: z.string().min(1).max(200),
      type: z.literal('function'),
      function: z.object({ name: z.string().min(1).max(64), arguments: Text }),
    })).max(completionLimits.tools).nullish(),
    function_call: unused('function_call is not supported: send tool_calls'),
  }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string().min(1).max(200), content: TextContent }),
])

/** Fields of older clients that would change the answer are refused instead of ignored. */
function unused(error: string): z.ZodOptional<z.ZodNullable<z.ZodNever>> {
  return z.never({ error }).nullish()
}

const JsonSchema = z.record(z.string(), z.unknown())
const FunctionName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, {
  error: 'the name of a function must have 1 to 64 letters, digits, _ or -',
})

export const ChatCompletionsRequest = z.looseObject({
  model: z.string().min(1).max(200),
  messages: z.array(Message).min(1).max(completionLimits.messages),
  temperature: z.number().min(0).max(2).nullish(),
  /** An extension of Plinth, 0 to 10. `temperature` takes precedence. */
  creativity: z.number().min(0).max(10).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  max_tokens: z.number().int().min(1).nullish(),
  max_completion_tokens: z.number().int().min(1).nullish(),
  stop: z.union(
    [z.string().min(1).max(500), z.array(z.string().min(1).max(500)).max(completionLimits.stops)],
    {
      error: `stop must be a text of 1 to 500 characters, or a list of up to ${completionLimits.stops}`,
    },
  ).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  seed: z.number().int().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({
    include_usage: z.boolean().nullish(),
    include_obfuscation: z.literal(false, { error: 'include_obfuscation is not supported' }).nullish(),
  }).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).nullish(),
  tools: z.array(z.object({
    type: z.literal('function'),
    function: z.object({
      name: FunctionName,
      description: z.string().max(10_000).nullish(),
      parameters: JsonSchema.nullish(),
      strict: z.boolean().nullish(),
    }),
  })).max(completionLimits.tools).nullish(),
  tool_choice: z.union([
    z.enum(['none', 'auto', 'required']),
    z.object({ type: z.literal('function'), function: z.object({ name: FunctionName }) }),
  ]).nullish(),
  response_format: z.discriminatedUnion('type', [
    z.object({ type: z.enum(['text', 'json_object']) }),
    z.object({
      type: z.literal('json_schema'),
      json_schema: z.object({
        name: z.string().min(1).max(64),
        description: z.string().max(10_000).nullish(),
        schema: JsonSchema.nullish(),
        strict: z.boolean().nullish(),
      }),
    }),
  ]).nullish(),
  /** With a secret key: the id of the user that the request is for. Otherwise ignored. */
  user: z.string().max(512).nullish(),
})
export type ChatCompletionsRequest = z.infer<typeof ChatCompletionsRequest>
