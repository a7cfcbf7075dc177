/** Searches documents: every passage that is found gets the number by which the answer cites it. */
import { tool } from 'ai'
import { z } from 'zod'
import { truncate } from '../../_lib/text/mod.ts'
import { embedQuery, type ToolContext, unwrap } from './context.ts'

const maxPassageChars = 2_000

// deno-lint-ignore explicit-module-boundary-types explicit-function-return-type -- the SDK infers it
export function searchKnowledge(context: ToolContext) {
  return tool({
    description: 'Searches the documents of the workspace. Cite what you use by its number, like [3].',
    inputSchema: z.object({
      query: z.string().min(1).max(1_000).describe('What to look for, in words of the documents.'),
      max_results: z.number().int().min(1).max(10).default(5),
    }),
    execute: async ({ query, max_results }) => {
      const rows = unwrap(
        await context.client.rpc('search', { query, max_results, ...await embedQuery(context, query) }),
      )
      const passages = context.sources.add(rows.map((row) => ({
        chunk_id: row.chunk_id,
        document_id: row.document_id,
        artifact_id: row.artifact_id,
        title: row.document_title ?? row.filename,
        text: row.text,
        page: row.page,
        section: row.heading,
        score: row.score,
      })))
      return {
        passages: passages.map(({ n, title, section, page, text }) => ({
          n,
          title,
          section: section ?? null,
          page: page ?? null,
          text: truncate(text, maxPassageChars),
        })),
      }
    },
  })
}
