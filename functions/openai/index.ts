/**
 * /functions/v1/openai/v1/chat/completions, /models and /embeddings: OpenAI's protocol, for its unmodified SDKs. The key
 * is a Plinth API key, the access token of a user, or a secret key.
 */
import { appError, AppFailure } from '../../types/errors.ts'
import { identifyCaller, plinthKeyFromBearer } from '../_shared/completions/caller.ts'
import { complete } from '../_shared/completions/complete.ts'
import { embed } from '../_shared/completions/embed.ts'
import { listModels, showModel } from '../_shared/completions/models.ts'
import { decodeName } from '../_shared/http/decode_name.ts'
import { keyFromBearer, openAiError } from '../_shared/completions/protocol.ts'
import { serve } from '../_shared/http/serve.ts'

const openai = serve({
  name: 'openai',
  // None: a Plinth key is no key of the platform. identifyCaller() refuses whoever shows nothing.
  auth: ['user', 'secret:*', 'none'],
  methods: ['POST', 'GET'],
  tellError: openAiError,
}, async (request, context) => {
  const path = pathOf(request)
  const scope = path === '/v1/embeddings' ? 'embeddings' : path === '/v1/chat/completions' ? 'chat' : null
  const caller = await identifyCaller(request, context, scope)
  switch (`${request.method} ${path}`) {
    case 'POST /v1/chat/completions':
      return await complete(request, context, caller)
    case 'POST /v1/embeddings':
      return await embed(request, context, caller)
    case 'GET /v1/models':
      return await listModels(context)
    default: {
      const id = request.method === 'GET' ? /^\/v1\/models\/(.+)$/.exec(path)?.[1] : undefined
      // A name that cannot be read is looked for as it stands.
      if (id) return await showModel(context, decodeName(id) ?? id)
      throw new AppFailure(appError('not_found', {
        code: 'unknown_path',
        message: 'There is nothing at this path.',
        hint: 'There are /v1/chat/completions, /v1/embeddings and /v1/models.',
      }))
    }
  }
})

export default {
  fetch: (request: Request): Promise<Response> => openai.fetch(keyFromBearer(plinthKeyFromBearer(request))),
}

/** What follows the name of the function. The hosted platform leaves `/functions/v1` out. */
function pathOf(request: Request): string {
  return new URL(request.url).pathname.replace(/^(\/functions\/v1)?\/openai(?=\/|$)/, '').replace(
    /\/+$/,
    '',
  ) || '/'
}
