/** A request of OpenAI's protocol as call options of the AI SDK. */
import { type ChatCompletionsRequest, completionLimits } from '../../../types/openai.ts'
import { appError, AppFailure } from '../../../types/errors.ts'
import { bodyFields } from './fields.ts'
import type { CallOptions } from '../model/types.ts'

type Prompt = CallOptions['prompt']
type JSONValue = NonNullable<CallOptions['providerOptions']>[string][string]
type Message = ChatCompletionsRequest['messages'][number]
type UserPart = Extract<Prompt[number], { role: 'user' }>['content'][number]
type AssistantPart = Extract<Prompt[number], { role: 'assistant' }>['content'][number]

export function toCallOptions(request: ChatCompletionsRequest): CallOptions {
  const { max_tokens, max_completion_tokens, stop, top_p, presence_penalty, frequency_penalty, seed } =
    request
  const temperature = request.temperature ?? temperatureOf(request.creativity)
  const responseFormat = formatOf(request.response_format)
  return {
    prompt: toPrompt(request.messages),
    ...defined({
      maxOutputTokens: max_completion_tokens ?? max_tokens,
      temperature,
      topP: top_p,
      presencePenalty: presence_penalty,
      frequencyPenalty: frequency_penalty,
      seed,
      stopSequences: typeof stop === 'string' ? [stop] : stop,
      responseFormat,
      reasoning: request.reasoning_effort,
      tools: request.tools?.map(({ function: { name, description, parameters, strict } }) => ({
        type: 'function' as const,
        name,
        ...(description ? { description } : {}),
        ...(typeof strict === 'boolean' ? { strict } : {}),
        inputSchema: parameters ?? { type: 'object', properties: {} },
      })),
      toolChoice: request.tools?.length ? toolChoiceOf(request.tool_choice) : undefined,
    }),
    providerOptions: providerOptionsOf(request),
  }
}

/** What the AI SDK has no option for. */
function providerOptionsOf(request: ChatCompletionsRequest): NonNullable<CallOptions['providerOptions']> {
  const { user, parallel_tool_calls, response_format, verbosity } = request as
    & ChatCompletionsRequest
    & Record<string, JSONValue>
  const format = response_format?.type === 'json_schema' ? response_format.json_schema : null
  const others = Object.fromEntries(
    bodyFields.filter((field) => field !== 'verbosity').map((
      field,
    ) => [field, request[field] as JSONValue | undefined]),
  )
  return {
    openai: defined({
      ...others,
      user,
      parallel_tool_calls,
      textVerbosity: verbosity,
      strictJsonSchema: format ? format.strict === true : null,
    }),
    anthropic: defined({
      metadata: user ? { userId: user } : null,
      disableParallelToolUse: parallel_tool_calls === false ? true : null,
    }),
  }
}

/** 0 is temperature 0, 5 is 0.8, 10 is 2, with linear interpolation in between. */
function temperatureOf(creativity: number | null | undefined): number | undefined {
  if (creativity === null || creativity === undefined) return undefined
  return creativity <= 5 ? 0.8 * creativity / 5 : 0.8 + 1.2 * (creativity - 5) / 5
}

function toPrompt(messages: readonly Message[]): Prompt {
  const characters = messages.reduce((sum, message) => sum + lengthOf(message), 0)
  if (characters > completionLimits.characters) {
    throw invalid(
      'messages',
      `The messages must not exceed ${completionLimits.characters} characters in total.`,
    )
  }
  // Some providers accept instructions only at the beginning and as one message.
  const system = messages.flatMap((message) =>
    message.role === 'system' || message.role === 'developer' ? [textOf(message.content)] : []
  ).filter((text) => text !== '')
  const names = new Map<string, string>()
  const rest = messages.flatMap((message, index): Prompt => {
    switch (message.role) {
      case 'user':
        return [{ role: 'user', content: userParts(message.content) }]
      case 'assistant': {
        const text = textOf(message.content)
        const calls = (message.tool_calls ?? []).map((call, at): AssistantPart => {
          names.set(call.id, call.function.name)
          const input = parseArguments(call.function.arguments, `messages.${index}.tool_calls.${at}`)
          return { type: 'tool-call', toolCallId: call.id, toolName: call.function.name, input }
        })
        const content: AssistantPart[] = [...(text ? [{ type: 'text' as const, text }] : []), ...calls]
        return content.length > 0 ? [{ role: 'assistant', content }] : []
      }
      case 'tool': {
        const toolName = names.get(message.tool_call_id)
        if (toolName === undefined) {
          throw invalid(
            `messages.${index}.tool_call_id`,
            'tool_call_id must be the id of a tool call in an earlier assistant message.',
          )
        }
        const output = { type: 'text' as const, value: textOf(message.content) }
        return [{
          role: 'tool',
          content: [{ type: 'tool-result', toolCallId: message.tool_call_id, toolName, output }],
        }]
      }
      default:
        return []
    }
  })
  if (rest.length === 0) {
    throw invalid('messages', 'At least one message must have a role other than system or developer.')
  }
  return [...(system.length > 0 ? [{ role: 'system' as const, content: system.join('\n\n') }] : []), ...rest]
}

function userParts(content: Extract<Message, { role: 'user' }>['content']): UserPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return content.map((part): UserPart => {
    if (part.type === 'text') return { type: 'text', text: part.text }
    // The module of the AI SDK has no option for it, and takes parts of its own format as they are.
    const { url, detail } = part.image_url
    const providerOptions = detail ? { openaiCompatible: { image_url: { url, detail } } } : undefined
    const [, mediaType, data] = /^data:([^;]+);base64,(.*)$/is.exec(url) ?? []
    return mediaType && data
      ? {
        type: 'file',
        mediaType,
        data: { type: 'data', data },
        ...(providerOptions ? { providerOptions } : {}),
      }
      // The provider fetches it, not this process.
      : {
        type: 'file',
        mediaType: 'image/*',
        data: { type: 'url', url: new URL(url) },
        ...(providerOptions ? { providerOptions } : {}),
      }
  })
}

export function hasImages({ messages }: ChatCompletionsRequest): boolean {
  return messages.some(({ role, content }) =>
    role === 'user' && typeof content !== 'string' && content.some(({ type }) => type === 'image_url')
  )
}

/** The text of the last message of the user. */
export function questionOf({ messages }: ChatCompletionsRequest): string {
  const last = messages.findLast(({ role }) => role === 'user')
  return last ? plainTextOf(last) : ''
}

export function plainTextOf(message: Message): string {
  if (message.role !== 'user') return textOf(message.content)
  return typeof message.content === 'string'
    ? message.content
    : message.content.map((part) => part.type === 'text' ? part.text : '').join('\n')
}

type ContentPart = { readonly text: string } | { readonly refusal: string }

function textOf(content: string | readonly ContentPart[] | null | undefined): string {
  if (typeof content === 'string') return content
  return (content ?? []).map((part) => 'text' in part ? part.text : part.refusal).join('\n')
}

function lengthOf(message: Message): number {
  const own = message.role === 'user'
    ? typeof message.content === 'string'
      ? message.content.length
      : message.content.reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : 0), 0)
    : textOf(message.content).length
  const calls = message.role === 'assistant' ? message.tool_calls ?? [] : []
  return own + calls.reduce((sum, call) => sum + call.function.arguments.length, 0)
}

function parseArguments(text: string, field: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw invalid(`${field}.function.arguments`, 'The arguments of a tool call must be JSON.')
  }
}

function toolChoiceOf(choice: ChatCompletionsRequest['tool_choice']): CallOptions['toolChoice'] {
  if (!choice) return undefined
  return typeof choice === 'string' ? { type: choice } : { type: 'tool', toolName: choice.function.name }
}

function formatOf(format: ChatCompletionsRequest['response_format']): CallOptions['responseFormat'] {
  if (format?.type === 'json_object') return { type: 'json' }
  if (format?.type !== 'json_schema') return undefined
  const { name, description, schema } = format.json_schema
  return { type: 'json', name, ...(description ? { description } : {}), ...(schema ? { schema } : {}) }
}

type Defined<T> = { [Key in keyof T]?: NonNullable<T[Key]> }

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== null && value !== undefined),
  ) as Defined<T>
}

/** A field that would have no effect. */
export function unsupported(field: string, message: string): AppFailure {
  return new AppFailure(appError('validation', { code: 'unsupported_parameter', message, field }))
}

export function invalid(field: string, message: string): AppFailure {
  return new AppFailure(appError('validation', { code: 'invalid_request', message, field }))
}
