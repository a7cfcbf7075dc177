/** GET /v1/models: models that are available, for chat and for embeddings. */
import { appError, AppFailure } from '../../../types/errors.ts'
import { truncate } from '../../_lib/text/mod.ts'
import type { ModelSource } from '../embeddings/select_models.ts'
import { configuredProviders } from '../model/providers.ts'
import type { FunctionContext, Handler } from '../http/serve.ts'

interface ModelEntry {
  readonly id: string
  readonly object: 'model'
  readonly created: number
  readonly owned_by: string
}

const headers = { 'cache-control': 'no-store' }

export function listModels(embeddingModels: ModelSource): Handler {
  return async (_request, context) => {
    const data = await readModels(context, embeddingModels)
    return Response.json({ object: 'list', data }, { headers })
  }
}

export function showModel(embeddingModels: ModelSource): Handler<'id'> {
  return async (_request, context) => {
    const { id } = context.params
    const found = (await readModels(context, embeddingModels)).find((model) => model.id === id)
    if (!found) {
      throw new AppFailure(appError('not_found', {
        code: 'model_not_found',
        message: `Unknown model: ${JSON.stringify(truncate(id, 200))}.`,
        hint: 'GET /v1/models lists the available models.',
      }))
    }
    return Response.json(found, { headers })
  }
}

async function readModels(
  { supabaseAdmin }: FunctionContext,
  embeddingModels: ModelSource,
): Promise<ModelEntry[]> {
  const { data } = await supabaseAdmin.from('ai_models').select('id, provider, created_at').eq(
    'is_active',
    true,
  )
    .in('provider', configuredProviders()).order('sort_order').order('id').throwOnError()
  const embedding = (await embeddingModels()).all
  return [
    ...data.map(({ id, provider, created_at }) =>
      entry(id, provider === 'builtin' ? 'plinth' : provider, created_at)
    ),
    ...embedding.map(({ model }) => entry(model, 'plinth', null)),
  ]
}

function entry(id: string, owned_by: string, created: string | null): ModelEntry {
  return { id, object: 'model', created: created ? Math.floor(Date.parse(created) / 1000) : 0, owned_by }
}
