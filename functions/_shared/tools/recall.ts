/** Reads what was remembered about the caller. */
import { tool } from 'ai'
import { z } from 'zod'
import { embedQuery, type ToolContext, unwrap } from './context.ts'

// deno-lint-ignore explicit-module-boundary-types explicit-function-return-type -- the SDK infers it
export function recall(context: ToolContext) {
  return tool({
    description: 'Looks up what was remembered about this person in earlier conversations.',
    inputSchema: z.object({
      query: z.string().min(1).max(1_000),
      max_results: z.number().int().min(1).max(20).default(5),
    }),
    execute: async ({ query, max_results }) => {
      const found = unwrap(
        await context.client.rpc('recall', { query, max_results, ...await embedQuery(context, query) }),
      )
      return {
        memories: found.map(({ category, content, created_at }) => ({ category, content, created_at })),
      }
    },
  })
}
