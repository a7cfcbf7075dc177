/**
 * POST /functions/v1/embed: texts in, vectors out; GET: which models there are.
 * POST /functions/v1/embed/v1/embeddings: the same for the OpenAI SDK, in its own words.
 */
import type { EmbeddingModelList } from '../../types/api.ts'
import { appError, AppFailure } from '../../types/errors.ts'
import { answerEmbed, answerOpenAiEmbeddings } from '../_shared/embeddings/requests.ts'
import { embeddingModels } from '../_shared/embeddings/select.ts'
import { keyFromBearer, openAiError } from '../_shared/completions/protocol.ts'
import { serve } from '../_shared/http/serve.ts'

const embed = serve({
  name: 'embed',
  auth: ['user', 'secret:*'],
  methods: ['POST', 'GET'],
  tellError: (error, requestId, request) =>
    pathOf(request).startsWith('/v1/') ? openAiError(error, requestId) : null,
}, async (request, { requestId }) => {
  const headers = { 'cache-control': 'no-store' }
  switch (`${request.method} ${pathOf(request)}`) {
    case 'POST /':
      return Response.json(await answerEmbed(request, requestId), { headers })
    case 'GET /':
      return Response.json(await listModels(requestId), { headers })
    case 'POST /v1/embeddings':
      return Response.json(await answerOpenAiEmbeddings(request), { headers })
    default:
      throw new AppFailure(appError('not_found', {
        code: 'unknown_path',
        message: 'There is nothing at this path.',
        hint: 'POST /embed and POST /embed/v1/embeddings take texts; GET /embed lists the models.',
      }))
  }
})

export default { fetch: (request: Request): Promise<Response> => embed.fetch(keyFromBearer(request)) }

async function listModels(requestId: string): Promise<EmbeddingModelList> {
  const { standard, all } = await embeddingModels()
  return {
    standard: standard.model,
    models: all.map(({ model, dimensions, semantic, maxTokens }) => ({
      model,
      dimensions,
      semantic,
      max_tokens: maxTokens,
    })),
    request_id: requestId,
  }
}

/** What follows the name of the function. The hosted platform leaves `/functions/v1` out. */
function pathOf(request: Request): string {
  return new URL(request.url).pathname.replace(/^(\/functions\/v1)?\/embed(?=\/|$)/, '').replace(
    /\/+$/,
    '',
  ) ||
    '/'
}
