/**
 * POST /functions/v1/files: stores files of a form, or what is at URLs in JSON, and queues them to be read.
 *
 * `supabaseAdmin` reads files, since the queue belongs to no user. What a user uploads is stored with the rights of that
 * user.
 */
import { embedPassages } from '../_shared/embeddings/process_embeddings.ts'
import { serve } from '../_shared/http/serve.ts'
import { uploadFiles } from '../_shared/ingest/handlers.ts'
import { IngestionWorker } from '../_shared/ingest/ingestion_worker.ts'
import { runtime } from '../_shared/runtime.ts'

const { embeddingModels, shutdown } = runtime
const worker = new IngestionWorker(shutdown, embedPassages(embeddingModels, shutdown))

export default serve({
  name: 'files',
  auth: ['user', 'secret:*'],
  routes: { 'POST /': uploadFiles(worker) },
})
