/** Limits of tools: their time, the size of their output, and the text of their errors. */
import type { Tool } from 'ai'
import { truncate } from '../../_lib/text/mod.ts'
import { abortable } from '../../_lib/async/mod.ts'
import { ToolError, toolFailureText } from './context.ts'

const maxOutputChars = 30_000
const maxErrorChars = 1_000

/** The same tool with a time limit, output of limited size, and errors that may be shown. */
export function limitTool(tool: Tool, timeoutMs: number): Tool {
  const { execute } = tool
  if (!execute) return tool
  return {
    ...tool,
    execute: async (input: unknown, options: Parameters<typeof execute>[1]) => {
      const signal = AbortSignal.any([
        AbortSignal.timeout(timeoutMs),
        ...(options.abortSignal ? [options.abortSignal] : []),
      ])
      try {
        return truncateOutput(
          await abortable(Promise.resolve(execute(input, { ...options, abortSignal: signal })), signal),
        )
      } catch (cause) {
        throw new ToolError(errorTextOf(cause, signal))
      }
    },
  } as Tool
}

/** Output that is too long is replaced with the beginning of its JSON, and says so. */
export function truncateOutput(output: unknown): unknown {
  const text = JSON.stringify(output) ?? 'null'
  return text.length <= maxOutputChars ? output : { truncated: true, text: truncate(text, maxOutputChars) }
}

/** Never the text of an internal failure, which may name what the caller must not see. */
function errorTextOf(cause: unknown, signal: AbortSignal): string {
  if (signal.aborted && !(cause instanceof ToolError)) return 'The tool timed out or was cancelled.'
  return truncate(toolFailureText(cause), maxErrorChars)
}
