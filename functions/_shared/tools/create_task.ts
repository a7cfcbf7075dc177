/** Adds a to-do to the caller's own list. */
import { tool } from 'ai'
import { z } from 'zod'
import { type ToolContext, unwrap } from './context.ts'

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
    execute: async ({ title, description, due_date, priority }) =>
      unwrap(
        await client.schema('dashboard').from('tasks')
          .insert({
            title,
            priority,
            ...(description === undefined ? {} : { description }),
            ...(due_date === undefined ? {} : { due_date }),
          })
          .select('id, title, due_date, priority, status').single(),
      ),
  })
}
