/**
 * POST /functions/v1/embed: texts in, vectors out; GET: which models there are.
 * POST /functions/v1/embed/v1/embeddings: the same for the OpenAI SDK, in its own words.
 */
import { keyFromBearer, openAiError } from '../_shared/completions/protocol.ts'
import { embedForOpenAi, embedTexts, listModels } from '../_shared/embeddings/requests.ts'
import { serve } from '../_shared/http/serve.ts'

export default serve({
  name: 'embed',
  auth: ['user', 'secret:*'],
  tellError: (error, requestId, path) => path.startsWith('/v1/') ? openAiError(error, requestId) : null,
  readCredentials: keyFromBearer,
  routes: {
    'POST /': embedTexts,
    'GET /': listModels,
    'POST /v1/embeddings': embedForOpenAi,
  },
})
