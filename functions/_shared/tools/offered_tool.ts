/** What a turn has to know of a tool before a model may use it. */
import type { Tool } from 'ai'

export interface OfferedTool {
  readonly tool: Tool
  /** It changes something, or may. */
  readonly writes: boolean
  /** Its answers contain text that others wrote. */
  readonly answersWithText: boolean
  /** Its description was written by others whom no admin trusts. */
  readonly isUntrusted: boolean
}

/** By the name that the model uses. */
export type OfferedTools = Readonly<Record<string, OfferedTool>>
