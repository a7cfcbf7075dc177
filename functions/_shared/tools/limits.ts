/** How much of a tool's answer is kept, and what is told of its failures. */
import { AppFailure } from '../../../types/errors.ts'
import { ToolError } from './context.ts'

const longest = 30_000

/** An answer that is too long is cut, and says so. */
export function within(output: unknown): unknown {
  const text = JSON.stringify(output) ?? 'null'
  return text.length <= longest ? output : { truncated: true, text: text.slice(0, longest) }
}

/** Never the text of an internal failure: it may name what the caller must not learn. */
export function appErrorText(cause: unknown, signal: AbortSignal): string {
  if (cause instanceof ToolError) return cause.message.slice(0, 1_000)
  if (cause instanceof AppFailure) return cause.error.message.slice(0, 1_000)
  if (signal.aborted) return 'It took too long, or was stopped.'
  return 'It failed.'
}
