/**
 * POST /functions/v1/embed: vectors of texts, within the limits of the user; GET: the models that are available.
 * POST /functions/v1/embed/v1/embeddings: the same in OpenAI's protocol, for its SDKs.
 */
import { withCaller } from '../_shared/completions/caller.ts'
import { embed, embedTexts } from '../_shared/completions/embed.ts'
import { keyFromBearer, openAiError } from '../_shared/completions/protocol.ts'
import { listEmbeddingModels } from '../_shared/embeddings/handlers.ts'
import { serve } from '../_shared/http/serve.ts'
import { runtime } from '../_shared/runtime.ts'

export default serve({
  name: 'embed',
  auth: ['user', 'secret:*'],
  formatError: (error, requestId, path) => path.startsWith('/v1/') ? openAiError(error, requestId) : null,
  readCredentials: keyFromBearer,
  routes: {
    'POST /': withCaller('embeddings', embedTexts(runtime.embeddingModels)),
    'GET /': listEmbeddingModels(runtime.embeddingModels),
    'POST /v1/embeddings': withCaller('embeddings', embed(runtime.embeddingModels)),
  },
})
