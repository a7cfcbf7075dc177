/**
 * POST /functions/v1/files-work, with a secret key: reads the files of the queue, removes objects of deleted files, and
 * embeds passages.
 *
 * `supabaseAdmin` is used because the queue belongs to no user: only the service role may call its functions.
 */
import { embedPassages } from '../_shared/embeddings/process_embeddings.ts'
import { serve } from '../_shared/http/serve.ts'
import { workOnFiles } from '../_shared/ingest/handlers.ts'
import { IngestionWorker } from '../_shared/ingest/ingestion_worker.ts'
import { recognizerOf } from '../_shared/ingest/recognizer.ts'
import { runtime } from '../_shared/runtime.ts'

const { embeddingModels, shutdown } = runtime
const worker = new IngestionWorker(
  shutdown,
  embedPassages(embeddingModels, shutdown),
  recognizerOf((name) => Deno.env.get(name)),
)

export default serve({
  name: 'files-work',
  auth: 'secret:*',
  routes: { 'POST /': workOnFiles(worker) },
})
