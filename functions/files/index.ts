/**
 * POST /functions/v1/files: files of a form, or addresses in JSON, are stored and wait to be read.
 * With a secret key and `{"work": true}`: reads what waits.
 *
 * `supabaseAdmin` does the reading: the queue belongs to no user. What a person uploads is stored as that person.
 */
import type { SupabaseClient } from '@supabase/supabase-js'
import { type FilesAnswer, type FilesWorkReport, FilesWorkRequest } from '../../types/api.ts'
import { appError, AppFailure, fromUnknown, fromZod } from '../../types/errors.ts'
import { readJson } from '../_shared/http/body.ts'
import { embeddingQueue } from '../_shared/embeddings/queue.ts'
import { embeddingModels } from '../_shared/embeddings/select.ts'
import { work as embed } from '../_shared/embeddings/work.ts'
import { fileQueue } from '../_shared/ingest/queue.ts'
import { readForm, readUrls, store } from '../_shared/ingest/upload.ts'
import { workOnFiles } from '../_shared/ingest/work.ts'
import { log } from '../_shared/http/log.ts'
import { serve } from '../_shared/http/serve.ts'
import { z } from 'zod'

declare const EdgeRuntime: { waitUntil(promise: Promise<unknown>): void } | undefined

/** The platform announces the end of the process, or of the time it grants. */
const shutdown = new AbortController()
addEventListener('beforeunload', () => shutdown.abort(new DOMException('The process ends.', 'AbortError')))

export default serve({
  name: 'files',
  auth: ['user', 'secret:*'],
  routes: {
    'POST /': async (request, { authMode, supabase, supabaseAdmin, userClaims, requestId }) => {
      const admin = supabaseAdmin as unknown as SupabaseClient
      const headers = { 'cache-control': 'no-store' }
      const isForm = /^multipart\/form-data\b/i.test(request.headers.get('content-type') ?? '')
      const body = isForm ? null : await readJson(request, z.record(z.string(), z.unknown()))
      if (body && 'work' in body) {
        if (authMode !== 'secret') {
          throw new AppFailure(appError('authorization', {
            code: 'secret_key_needed',
            message: 'Only holders of a secret key may do this.',
          }))
        }
        const parsed = FilesWorkRequest.safeParse(body)
        if (!parsed.success) throw new AppFailure(fromZod(parsed.error))
        return Response.json(await work(admin, parsed.data), { headers })
      }
      const given = body ? readUrls(body) : await readForm(request)
      const caller = authMode === 'secret' ? admin : supabase as unknown as SupabaseClient
      const results = await store(caller, userClaims?.id ?? null, given, request.signal)
      if (results.some(({ status }) => status === 'queued')) beginWork(admin)
      const answer: FilesAnswer = { results, request_id: requestId }
      return Response.json(answer, { headers })
    },
  },
})

async function work(
  admin: SupabaseClient,
  { lease_seconds, budget_seconds }: Omit<FilesWorkRequest, 'work'>,
): Promise<FilesWorkReport> {
  return await workOnFiles(fileQueue(admin), {
    leaseSeconds: lease_seconds,
    budget: budget_seconds * 1000,
    signal: shutdown.signal,
    embed: async (budget) =>
      await embed(embeddingQueue(admin), await embeddingModels(), {
        batch: 64,
        leaseSeconds: 60,
        budget,
        signal: shutdown.signal,
      }),
  })
}

let working = false
let again = false

/** Reads what was just stored, after the answer. One at a time; what is left is read within a minute. */
function beginWork(admin: SupabaseClient): void {
  again = true
  if (working) return
  working = true
  const done = (async () => {
    while (again && !shutdown.signal.aborted) {
      again = false
      await work(admin, { lease_seconds: 120, budget_seconds: 20 })
    }
  })().catch((cause) => log('warn', { event: 'files_not_read', code: fromUnknown(cause).code }))
    .finally(() => {
      working = false
    })
  if (typeof EdgeRuntime !== 'undefined') EdgeRuntime.waitUntil(done)
}
