/** Finds jobs of the caller's workspace by number, client, address, claim or policy. */
import { tool } from 'ai'
import { z } from 'zod'
import { type ToolContext, unwrap } from './context.ts'

// deno-lint-ignore explicit-module-boundary-types explicit-function-return-type -- the SDK infers it
export function lookUpJob({ client }: ToolContext) {
  return tool({
    description: 'Finds jobs by job number, client, address, city, claim or policy number.',
    inputSchema: z.object({
      query: z.string().min(1).max(200),
      max_results: z.number().int().min(1).max(10).default(5),
    }),
    execute: async ({ query, max_results }) => ({
      jobs: unwrap(
        await client.schema('business').rpc('search_jobs', { query, max_results }).select(
          'id, job_number, job_type, status, client_name, address, city, claim_number, policy_number, created_at',
        ),
      ),
    }),
  })
}
