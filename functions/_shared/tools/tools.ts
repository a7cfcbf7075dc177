/** The tools a model may use: ours, as far as the agent has them, with limits of time and size around each. */
import type { Tool, ToolSet } from 'ai'
import { orAborted } from '../../_lib/async/or_aborted.ts'
import { appErrorText, within } from './limits.ts'
import type { ToolContext } from './context.ts'
import { createTask } from './create_task.ts'
import { lookUpJob } from './look_up_job.ts'
import { recall } from './recall.ts'
import { remember } from './remember.ts'
import { searchKnowledge } from './search_knowledge.ts'

/** Of one of ours, in ms. */
const patience = 15_000

const all = {
  search_knowledge: searchKnowledge,
  remember,
  recall,
  create_task: createTask,
  look_up_job: lookUpJob,
}

/** `allowed` are names; null allows all. Names of others are passed over. */
export function ownTools(context: ToolContext, allowed: readonly string[] | null): ToolSet {
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => allowed === null || allowed.includes(name))
      .map(([name, make]) => [name, limited(make(context) as Tool, patience)]),
  )
}

/** What a tool answers reaches the model cut to a size, in time, and with an error it can understand. */
export function limited(tool: Tool, ms: number): Tool {
  const { execute } = tool
  if (!execute) return tool
  return {
    ...tool,
    execute: async (input: unknown, options: Parameters<typeof execute>[1]) => {
      const signal = AbortSignal.any([
        AbortSignal.timeout(ms),
        ...(options.abortSignal ? [options.abortSignal] : []),
      ])
      try {
        return within(
          await orAborted(Promise.resolve(execute(input, { ...options, abortSignal: signal })), signal),
        )
      } catch (cause) {
        throw new Error(appErrorText(cause, signal))
      }
    },
  } as Tool
}
