/** Adds a to-do to the caller's own list. */
import { tool } from 'ai'
import { z } from 'zod'
import { must, type ToolContext } from './context.ts'

// deno-lint-ignore explicit-module-boundary-types explicit-function-return-type -- the SDK infers it
export function createTask({ client }: ToolContext) {
  return tool({
    description: "Adds a task to this person's own to-do list. Use it only when they ask for it.",
    inputSchema: z.object({
      title: z.string().min(1).max(500),
      description: z.string().max(20_000).optional(),
      due_date: z.iso.date().optional().describe('YYYY-MM-DD'),
      priority: z.enum(['none', 'low', 'medium', 'high']).default('none'),
    }),
    execute: async (task) =>
      must(
        await client.schema('dashboard').from('tasks').insert(task)
          .select('id, title, due_date, priority, status').single(),
      ) as { id: number; title: string; due_date: string | null; priority: string; status: string },
  })
}
