/**
 * POST /functions/v1/embed: vectors of texts; GET: the models that are available.
 * POST /functions/v1/embed/v1/embeddings: the same in OpenAI's protocol, for its SDKs.
 */
import { keyFromBearer, openAiError } from '../_shared/completions/protocol.ts'
import { embedForOpenAi, embedTexts, listEmbeddingModels } from '../_shared/embeddings/handlers.ts'
import { serve } from '../_shared/http/serve.ts'
import { runtime } from '../_shared/runtime.ts'

export default serve({
  name: 'embed',
  auth: ['user', 'secret:*'],
  formatError: (error, requestId, path) => path.startsWith('/v1/') ? openAiError(error, requestId) : null,
  readCredentials: keyFromBearer,
  routes: {
    'POST /': embedTexts(runtime.embeddingModels),
    'GET /': listEmbeddingModels(runtime.embeddingModels),
    'POST /v1/embeddings': embedForOpenAi(runtime.embeddingModels),
  },
})
