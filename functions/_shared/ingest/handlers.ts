/** The routes of the functions files and files-work. */
import { z } from 'zod'
import { type FilesAnswer, FilesWorkRequest } from '../../../types/api.ts'
import { appError, AppFailure } from '../../../types/errors.ts'
import { parseBody, readJson } from '../http/body.ts'
import type { Handler } from '../http/serve.ts'
import type { IngestionWorker } from './ingestion_worker.ts'
import { storeFiles } from './store_files.ts'
import { readUploadForm, readUrls } from './upload_request.ts'

const headers = { 'cache-control': 'no-store' }

/** POST /files */
export function uploadFiles(worker: IngestionWorker): Handler {
  return async (request, { authMode, supabase, supabaseAdmin, userClaims, requestId }) => {
    const isForm = /^multipart\/form-data\b/i.test(request.headers.get('content-type') ?? '')
    const body = isForm ? null : await readJson(request, z.record(z.string(), z.unknown()))
    if (body && 'work' in body) {
      if (authMode !== 'secret') {
        throw new AppFailure(appError('authorization', {
          code: 'secret_key_needed',
          message: 'A secret key is required.',
        }))
      }
      return Response.json(await worker.run(supabaseAdmin, parseBody(FilesWorkRequest, body)), { headers })
    }
    const upload = body ? readUrls(body) : await readUploadForm(request)
    const client = authMode === 'secret' ? supabaseAdmin : supabase
    const results = await storeFiles(client, userClaims?.id ?? null, upload, request.signal)
    if (results.some(({ status }) => status === 'queued')) worker.startInBackground(supabaseAdmin)
    const answer: FilesAnswer = { results, request_id: requestId }
    return Response.json(answer, { headers })
  }
}
