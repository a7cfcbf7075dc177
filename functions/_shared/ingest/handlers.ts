/** The routes of the functions files and files-work. */
import { type FileResult, type FilesAnswer, FilesWorkRequest } from '../../../types/api.ts'
import { readJson } from '../http/body.ts'
import type { Handler } from '../http/serve.ts'
import { requestedWorkspace } from '../http/workspace.ts'
import type { IngestionWorker } from './ingestion_worker.ts'
import { storeFiles } from './store_files.ts'
import { readUploadForm, readUploadUrls } from './upload_request.ts'

const headers = { 'cache-control': 'no-store' }

/** POST /files */
export function uploadFiles(): Handler {
  return async (request, { authMode, clientIn, supabaseAdmin, userClaims, requestId }) => {
    const isForm = /^multipart\/form-data\b/i.test(request.headers.get('content-type') ?? '')
    const upload = isForm ? await readUploadForm(request) : await readUploadUrls(request)
    const workspaceId = requestedWorkspace(request, upload.target.workspace_id)
    const client = authMode === 'secret' ? supabaseAdmin : clientIn(workspaceId)
    const target = { ...upload.target, workspace_id: workspaceId }
    const results = await storeFiles(client, userClaims?.id ?? null, { ...upload, target }, request.signal)
    const answer: FilesAnswer = { ...single(results), results, request_id: requestId }
    return Response.json(answer, statusOf(results))
  }
}

/** What clients that upload one file at a time read. */
function single([first, ...others]: readonly FileResult[]): Omit<FilesAnswer, 'results' | 'request_id'> {
  if (!first || first.status !== 'queued' || others.length > 0) return {}
  const { id, path, url, size, mime_type } = first
  return { id, path, url, size, mime_type }
}

/** A request of which nothing was stored for now has the status of its refusals; one with results of both kinds has 200. */
function statusOf(results: readonly FileResult[]): ResponseInit {
  const waits = results.flatMap(({ error }) => error?.status === 429 ? [error.retry_after ?? 0] : [])
  if (waits.length === 0) return { headers }
  return {
    status: waits.length === results.length ? 429 : 200,
    headers: { ...headers, 'retry-after': `${Math.max(...waits)}` },
  }
}

/** POST /files-work */
export function workOnFiles(worker: IngestionWorker): Handler {
  return async (request, { supabaseAdmin }) => {
    const limits = await readJson(request, FilesWorkRequest)
    return Response.json(await worker.run(supabaseAdmin, limits), { headers })
  }
}
