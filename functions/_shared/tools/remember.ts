/** Keeps something about the caller for later conversations. */
import { tool } from 'ai'
import { z } from 'zod'
import { type ToolContext, unwrap } from './context.ts'

// deno-lint-ignore explicit-module-boundary-types explicit-function-return-type -- the SDK infers it
export function remember({ client }: ToolContext) {
  return tool({
    description:
      'Remembers a lasting fact or a preference of this person for later conversations. Only what they said ' +
      'themselves, and never passwords or payment data.',
    inputSchema: z.object({
      content: z.string().min(1).max(2_000).describe('One sentence that can be understood by itself.'),
      category: z.enum(['fact', 'preference', 'insight']).default('fact'),
    }),
    execute: async ({ content, category }) => ({
      id: unwrap(await client.rpc('remember', { content, category })),
      remembered: content,
    }),
  })
}
