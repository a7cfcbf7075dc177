/**
 * POST /functions/v1/file-text?filename=a.pdf, with a secret key: the text of the file in the body, shortened.
 *
 * The chat asks it for the text of attachments. A file may take all of the time or memory of the process that reads it;
 * here that process has no streams of other people. No client of the context is used.
 */
import { serve } from '../_shared/http/serve.ts'
import { extractText } from '../_shared/ingest/file_text.ts'

export default serve({
  name: 'file-text',
  auth: 'secret:*',
  routes: { 'POST /': extractText },
})
