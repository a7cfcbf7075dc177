/** GET /v1/models: those that can be asked here, and those that embed. */
import { appError, AppFailure } from '../../../types/errors.ts'
import { configuredProviders } from '../model/providers.ts'
import type { FunctionContext } from '../http/serve.ts'
import { runtime } from '../runtime.ts'

interface ModelEntry {
  readonly id: string
  readonly object: 'model'
  readonly created: number
  readonly owned_by: string
}

export async function listModels(_request: Request, context: FunctionContext): Promise<Response> {
  return Response.json({ object: 'list', data: await readModels(context) }, {
    headers: { 'cache-control': 'no-store' },
  })
}

export async function showModel(_request: Request, context: FunctionContext<'id'>): Promise<Response> {
  const { id } = context.params
  const found = (await readModels(context)).find((model) => model.id === id)
  if (!found) {
    throw new AppFailure(appError('not_found', {
      code: 'model_not_found',
      message: `There is no model ${JSON.stringify(id.slice(0, 200))} here.`,
      hint: 'GET /v1/models lists those there are.',
    }))
  }
  return Response.json(found, { headers: { 'cache-control': 'no-store' } })
}

async function readModels({ supabaseAdmin }: FunctionContext): Promise<ModelEntry[]> {
  const { data } = await supabaseAdmin.from('ai_models').select('id, provider, created_at').eq(
    'is_active',
    true,
  )
    .in('provider', configuredProviders()).order('sort_order').order('id').throwOnError()
  const embedding = (await runtime.embeddingModels()).all
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
