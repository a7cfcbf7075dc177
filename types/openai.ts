/** What /functions/v1/openai takes, as OpenAI's clients send it: what is listed is heeded, other fields are passed over. */
import { z } from 'zod'

/** What one request may bring. */
export const completionLimits = {
  messages: 1_000,
  parts: 100,
  tools: 128,
  stops: 4,
  /** Of all texts together. */
  characters: 4_000_000,
  /** Of the body, images included. */
  bytes: 20 * 1024 * 1024,
} as const

const Text = z.string().max(completionLimits.characters)
const TextPart = z.object({ type: z.literal('text'), text: Text })
/** What an assistant said instead of an answer: as such a part comes from OpenAI, it is sent back. */
const RefusalPart = z.object({ type: z.literal('refusal'), refusal: Text })
const ImagePart = z.object({
  type: z.literal('image_url'),
  image_url: z.object({
    url: z.string().max(completionLimits.bytes).refine(isImageAddress, {
      error: 'an image is an address that starts with https://, or a data: URL in base64',
    }),
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
    function_call: unused('an assistant calls tools: send tool_calls'),
  }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string().min(1).max(200), content: TextContent }),
])

/** What older clients send, and what would change the answer: better refused than passed over. */
function unused(error: string): z.ZodOptional<z.ZodNullable<z.ZodNever>> {
  return z.never({ error }).nullish()
}

const JsonSchema = z.record(z.string(), z.unknown())
const FunctionName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, {
  error: 'a function is called by letters, digits, _ and -, at most 64',
})

export const ChatCompletionsRequest = z.object({
  model: z.string().min(1).max(200),
  messages: z.array(Message).min(1).max(completionLimits.messages),
  temperature: z.number().min(0).max(2).nullish(),
  /** Plinth's own: 0 to 10. `temperature` goes before it. */
  creativity: z.number().min(0).max(10).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  max_tokens: z.number().int().min(1).nullish(),
  max_completion_tokens: z.number().int().min(1).nullish(),
  stop: z.union(
    [z.string().min(1).max(500), z.array(z.string().min(1).max(500)).max(completionLimits.stops)],
    {
      error: `stop is a text of 1 to 500 characters, or up to ${completionLimits.stops} of them`,
    },
  ).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  seed: z.number().int().nullish(),
  n: z.literal(1, { error: 'one answer is given at a time' }).nullish(),
  logprobs: z.literal(false, { error: 'probabilities are not told' }).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
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
  functions: unused('functions are sent as tools'),
  function_call: unused('tool_choice says which function is called'),
  response_format: z.discriminatedUnion('type', [
    z.object({ type: z.enum(['text', 'json_object']) }),
    z.object({
      type: z.literal('json_schema'),
      json_schema: z.object({
        name: z.string().min(1).max(64),
        description: z.string().max(10_000).nullish(),
        schema: JsonSchema.nullish(),
      }),
    }),
  ]).nullish(),
  /** With a secret key: the id of the user who asks. Otherwise not used. */
  user: z.string().max(512).nullish(),
})
export type ChatCompletionsRequest = z.infer<typeof ChatCompletionsRequest>
