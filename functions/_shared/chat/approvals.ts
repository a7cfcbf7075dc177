/**
 * Whether tools run without the approval of the user. A model cannot tell instructions from data, so a tool that writes
 * waits for an approval once the model has read text that others wrote: passages, files, the job of a project, answers of
 * tools, descriptions of tools, and earlier answers that may repeat them.
 */
import type { ModelMessage, Tool, ToolModelMessage, ToolSet } from 'ai'
import type { ExternalUrl } from '../../../types/api.ts'
import { findUrls } from '../../_lib/text/mod.ts'
import type { OfferedTools } from '../tools/offered_tool.ts'
import { toolNameOf } from './answer.ts'
import type { FileContent } from './attachments.ts'
import type { ToolPart } from './parts.ts'
import type { Turn } from './turn.ts'

export class ToolApprovals {
  #isUntrusted: boolean

  constructor(
    private readonly when: Turn['tool_approval'],
    private readonly offered: OfferedTools,
    /** Whether the model has read text of others before its first call. */
    isUntrusted: boolean,
  ) {
    this.#isUntrusted = isUntrusted || Object.values(offered).some((tool) => tool.isUntrusted)
  }

  /** Whether the model has read text that others wrote. */
  get isUntrusted(): boolean {
    return this.#isUntrusted
  }

  isNeededFor(name: string): boolean {
    if (!Object.hasOwn(this.offered, name) || !this.offered[name]?.writes) return false
    return this.when === 'always' || this.when === 'when_untrusted' && this.#isUntrusted
  }

  /** The tools as the model calls them: after an answer with text of others, further calls may need an approval. */
  tools(): ToolSet {
    return Object.fromEntries(
      Object.entries(this.offered).map(([name, { tool, answersWithText }]) => [
        name,
        answersWithText ? this.#watched(tool) : tool,
      ]),
    )
  }

  #watched(tool: Tool): Tool {
    const { execute } = tool
    if (!execute) return tool
    return {
      ...tool,
      execute: async (input: unknown, options: Parameters<typeof execute>[1]) => {
        try {
          return await execute(input, options)
        } finally {
          this.#isUntrusted = true
        }
      },
    } as Tool
  }
}

/** Whether a turn begins with text that others wrote. */
export function beginsUntrusted(turn: Turn, files: ReadonlyMap<number, readonly FileContent[]>): boolean {
  return turn.is_untrusted || turn.continuation !== null || turn.project_job !== null ||
    turn.passages.length > 0 ||
    [...files.values()].some((contents) => contents.length > 0)
}

/** The URLs of other hosts in an answer. Only what the user or an admin wrote makes a URL trusted once the model read more. */
export function externalUrls(
  content: string,
  { history, agent_prompt, instructions }: Pick<Turn, 'history' | 'agent_prompt' | 'instructions'>,
  isUntrusted: boolean,
): ExternalUrl[] {
  const found = findUrls(content)
  if (found.length === 0) return []
  const own = new Set(
    [
      agent_prompt ?? '',
      ...instructions,
      ...history.map(({ role, content }) => role === 'user' ? content : ''),
    ].flatMap((text) => findUrls(text).map(({ url }) => url)),
  )
  return found.map(({ url, kind }) => ({ url, kind, is_untrusted: isUntrusted && !own.has(url) }))
}

/**
 * What a model receives of an answer that continues: what it wrote and read, and the decisions. The SDK then runs the
 * approved calls with the stored input. A tool that the turn does not have any more counts as denied.
 */
export function continuedMessages(
  continuation: Turn['continuation'],
  calls: readonly ToolPart[],
  tools: ToolSet,
): ModelMessage[] {
  if (!continuation) return []
  const content = continuation.decisions.map((decision): ToolModelMessage['content'][number] => {
    const call = calls.find(({ approval }) => approval?.id === decision.approval_id)
    const exists = call !== undefined && Object.hasOwn(tools, toolNameOf(call))
    const answer = { type: 'tool-approval-response', approvalId: decision.approval_id } as const
    if (decision.approved && exists) return { ...answer, approved: true }
    const denial = decision.approved ? 'The tool is not available any more.' : 'The user denied the call.'
    return { ...answer, approved: false, reason: decision.reason ?? denial }
  })
  return [...continuation.messages, { role: 'tool', content }]
}
