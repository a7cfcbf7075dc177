/**
 * /functions/v1/openai/v1/chat/completions, /models and /embeddings: OpenAI's protocol, for its unmodified SDKs. The key
 * is a Plinth API key, the access token of a user, or a secret key.
 */
import { plinthKeyFromBearer, withCaller } from '../_shared/completions/caller.ts'
import { complete } from '../_shared/completions/complete.ts'
import { embed } from '../_shared/completions/embed.ts'
import { listModels, showModel } from '../_shared/completions/models.ts'
import { keyFromBearer, openAiError } from '../_shared/completions/protocol.ts'
import { serve } from '../_shared/http/serve.ts'
import { runtime } from '../_shared/runtime.ts'

const { embeddingModels } = runtime

export default serve({
  name: 'openai',
  // `none`, since an API key is not a key of the platform: withCaller() checks it, and refuses requests without one.
  auth: ['user', 'secret:*', 'none'],
  formatError: openAiError,
  readCredentials: (request) => keyFromBearer(plinthKeyFromBearer(request)),
  routes: {
    'POST /v1/chat/completions': withCaller('chat', complete(embeddingModels)),
    'POST /v1/embeddings': withCaller('embeddings', embed(embeddingModels)),
    'GET /v1/models': withCaller(null, listModels(embeddingModels)),
    'GET /v1/models/:id+': withCaller(null, showModel(embeddingModels)),
  },
})
