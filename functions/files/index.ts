/**
 * POST /functions/v1/files: stores files of a form, or what is at URLs in JSON, and queues them to be read.
 *
 * `supabaseAdmin` asks files-work to read them, which only a secret key may. What a user uploads is stored with the
 * rights of that user.
 */
import { serve } from '../_shared/http/serve.ts'
import { uploadFiles } from '../_shared/ingest/handlers.ts'
import { ReadingRequests } from '../_shared/ingest/reading_requests.ts'
import { runtime } from '../_shared/runtime.ts'

export default serve({
  name: 'files',
  auth: ['user', 'secret:*'],
  routes: { 'POST /': uploadFiles(new ReadingRequests(runtime.shutdown)) },
})
