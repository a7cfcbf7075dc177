/**
 * POST /functions/v1/files: stores files of a form, or what is at URLs in JSON. The database then has them read.
 *
 * What a user uploads is stored with the rights of that user.
 */
import { serve } from '../_shared/http/serve.ts'
import { uploadFiles } from '../_shared/ingest/handlers.ts'

export default serve({
  name: 'files',
  auth: ['user', 'secret:*'],
  routes: { 'POST /': uploadFiles() },
})
