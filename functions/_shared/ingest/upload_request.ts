/** What a request asks to store: files of a form, or URLs. */
import { fileLimits, FilesFormRequest, type FilesTarget, FilesUrlRequest } from '../../../types/api.ts'
import { parseBody, readFormData, readJson } from '../http/body.ts'

/** Files and URLs, and where they belong. */
export interface UploadRequest {
  readonly files: readonly File[]
  readonly urls: readonly string[]
  readonly target: FilesTarget
}

/** Fields that list URLs, by the names that clients use. */
const urlFields = ['web_urls', 'urls', 'url']

/** Reads a form. Its names may end with `[]`, and `report_week` may also come in the query. */
export async function readUploadForm(request: Request): Promise<UploadRequest> {
  const form = await readFormData(request, fileLimits.bytes, 'Upload larger files to Storage directly.')
  const files: File[] = []
  const urls: string[] = []
  const fields: Record<string, string> = {}
  const week = new URL(request.url).searchParams.get('report_week')
  if (week) fields['report_week'] = week
  for (const [name, value] of form) {
    const field = name.replace(/\[\d*\]$/, '')
    if (value instanceof File) files.push(value)
    else if (urlFields.includes(field)) urls.push(...value.split(/\s+/).filter(Boolean))
    else if (value !== '') fields[field] = value
  }
  const { files: _, urls: __, ...target } = parseBody(FilesFormRequest, { ...fields, files, urls })
  return { files, urls, target }
}

/** Reads JSON, which can only have URLs. */
export async function readUploadUrls(request: Request): Promise<UploadRequest> {
  const { url, urls = [], web_urls = [], ...target } = await readJson(request, FilesUrlRequest)
  return { files: [], urls: [...urls, ...web_urls, ...url ? [url] : []], target }
}
