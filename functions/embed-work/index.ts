/**
 * POST /functions/v1/embed-work, with a secret key: works through the queue of texts that wait for their vectors.
 *
 * `supabaseAdmin` is used because the queue belongs to no user: only the service role may call its functions.
 */
import type { SupabaseClient } from '@supabase/supabase-js'
import { type EmbedWorkReport, EmbedWorkRequest } from '../../types/api.ts'
import { readJson } from '../_shared/http/body.ts'
import { embeddingQueue } from '../_shared/embeddings/queue.ts'
import { embeddingModels } from '../_shared/embeddings/select.ts'
import { work } from '../_shared/embeddings/work.ts'
import { serve } from '../_shared/http/serve.ts'

/** The platform announces the end of the process, or of the time it grants. */
const shutdown = new AbortController()
addEventListener('beforeunload', () => shutdown.abort(new DOMException('The process ends.', 'AbortError')))

export default serve({
  name: 'embed-work',
  auth: 'secret:*',
  routes: {
    'POST /': async (request, { supabaseAdmin }) => {
      const options = await readJson(request, EmbedWorkRequest)
      const report: EmbedWorkReport = await work(
        embeddingQueue(supabaseAdmin as unknown as SupabaseClient),
        await embeddingModels(),
        {
          batch: options.batch,
          leaseSeconds: options.lease_seconds,
          budget: options.budget_seconds * 1000,
          signal: shutdown.signal,
        },
      )
      return Response.json(report, { headers: { 'cache-control': 'no-store' } })
    },
  },
})
