/** Plinth's own tools. */
import type { Tool } from 'ai'
import type { ToolContext } from './context.ts'
import { createTask } from './create_task.ts'
import { limitTool } from './limit_tool.ts'
import { lookUpJob } from './look_up_job.ts'
import type { OfferedTools } from './offered_tool.ts'
import { recall } from './recall.ts'
import { remember } from './remember.ts'
import { searchKnowledge } from './search_knowledge.ts'

const timeoutMs = 15_000

const all = {
  search_knowledge: searchKnowledge,
  remember,
  recall,
  create_task: createTask,
  look_up_job: lookUpJob,
}

/** The tools that read and write personal memories. */
const memoryTools: readonly string[] = ['remember', 'recall']

/** The tools that change something. Their answers repeat what the model wrote. */
const writingTools: readonly string[] = ['remember', 'create_task']

/** Those whose names are allowed; null allows all. Unknown names are ignored. */
export function ownTools(
  context: ToolContext,
  allowed: readonly string[] | null,
  sharesMemories: boolean,
): OfferedTools {
  return Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => allowed === null || allowed.includes(name))
      .filter(([name]) => sharesMemories || !memoryTools.includes(name))
      .map(([name, make]) => {
        const writes = writingTools.includes(name)
        const tool = limitTool(make(context) as Tool, timeoutMs)
        return [name, { tool, writes, answersWithText: !writes, isUntrusted: false }]
      }),
  )
}
