/**
 * Which embedding models are available, decided by settings alone:
 *
 * 1. `EMBEDDING_URL`: the endpoint's `EMBEDDING_MODEL`, with `EMBEDDING_DIMENSIONS`.
 * 2. `EMBEDDING_MODEL_PATH`: `EMBEDDING_MODEL` (all-MiniLM-L6-v2) from that folder, in `EMBEDDING_DTYPE` (fp32).
 * 3. Neither, on the platform's runtime: gte-small.
 * 4. Neither, elsewhere: lexical-hash-384, which is not semantic.
 *
 * The first that applies is the standard model. What the runtime can do without settings (3 and 4) stays available by
 * name, so that vectors made with it can still be searched. Settings that do not fit together are an error: they never
 * select another model.
 */
import { z } from 'zod'
import { appError, AppFailure } from '../../../types/errors.ts'
import { truncate } from '../../_lib/text/mod.ts'
import { lexical } from './lexical.ts'
import { openAiCompatible } from './openai_compatible.ts'
import { type EmbeddingProvider, notSetUp } from './provider.ts'
import { findSession, type SessionClass, supabaseAi } from './supabase_ai.ts'
import { dtypes, openTransformers } from './transformers.ts'

/** The models that the settings make available. */
export interface EmbeddingModels {
  /** Used where a request names no model. */
  readonly standard: EmbeddingProvider
  readonly all: readonly EmbeddingProvider[]
  /** The model of that name, or the standard one without a name. Throws `model_not_found` for other names. */
  find(model?: string | null): EmbeddingProvider
}

/** Selects the models when it is first called. */
export type ModelSource = () => Promise<EmbeddingModels>

/** What the database needs to know of the models: it decides which one to use, and whether that costs something. */
export interface KnownModels {
  readonly standard_model: string
  readonly endpoint_models: string[]
}

/** The models as functions of the database take them. */
export function knownModels({ standard, all }: Pick<EmbeddingModels, 'standard' | 'all'>): KnownModels {
  return {
    standard_model: standard.model,
    endpoint_models: all.filter(({ isEndpoint }) => isEndpoint).map(({ model }) => model),
  }
}

const integer = (max: number): z.ZodType<number, string> =>
  z.string().regex(/^\d{1,9}$/, 'must be an integer').transform(Number)
    .refine((value) => value >= 1 && value <= max, `must be between 1 and ${max}`)

const Settings = z.object({
  EMBEDDING_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .optional(),
  EMBEDDING_API_KEY: z.string().optional(),
  EMBEDDING_MODEL: z.string().max(200, 'must have at most 200 characters').optional(),
  EMBEDDING_MODEL_PATH: z.string().optional(),
  EMBEDDING_DTYPE: z.enum(dtypes, { error: `must be one of ${dtypes.join(', ')}` }).default('fp32'),
  EMBEDDING_DIMENSIONS: integer(16_000).optional(),
  EMBEDDING_SHORTEN: z.stringbool({ error: 'must be true or false' }).default(false),
  EMBEDDING_MAX_TOKENS: integer(1_000_000).default(8192),
  EMBEDDING_BATCH: integer(2_048).default(32),
})
type Settings = z.infer<typeof Settings>

/** Reads the settings with `setting`. `Session` is the model of the platform's runtime, if there is one. */
export async function selectModels(
  setting: (name: string) => string | undefined,
  Session: SessionClass | undefined = findSession(),
): Promise<EmbeddingModels> {
  const settings = readSettings(setting)
  const builtIn = [...(Session ? [supabaseAi(Session)] : []), lexical]
  const chosen = await choose(settings, builtIn)
  const all = [...new Set([chosen, ...builtIn])]
  return {
    standard: chosen,
    all,
    find: (model) => {
      const found = model ? all.find((provider) => provider.model === model) : chosen
      if (!found) throw notFound(model ?? '', all)
      return found
    },
  }
}

async function choose(settings: Settings, builtIn: readonly EmbeddingProvider[]): Promise<EmbeddingProvider> {
  const { EMBEDDING_URL: url, EMBEDDING_MODEL_PATH: path, EMBEDDING_MODEL: model } = settings
  if (url && path) throw notSetUp('EMBEDDING_URL and EMBEDDING_MODEL_PATH must not both be set.')
  if (url) {
    const { EMBEDDING_DIMENSIONS: dimensions } = settings
    if (!model || !dimensions) {
      throw notSetUp('EMBEDDING_URL requires EMBEDDING_MODEL and EMBEDDING_DIMENSIONS.')
    }
    return openAiCompatible({
      url,
      model,
      dimensions,
      key: settings.EMBEDDING_API_KEY,
      shorten: settings.EMBEDDING_SHORTEN,
      maxTokens: settings.EMBEDDING_MAX_TOKENS,
      batch: settings.EMBEDDING_BATCH,
    })
  }
  if (path) {
    const name = model ?? 'all-MiniLM-L6-v2'
    // The name becomes a part of a path.
    if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/.test(name)) {
      throw notSetUp('EMBEDDING_MODEL must be the name of a folder in EMBEDDING_MODEL_PATH.')
    }
    return await openTransformers({ path, model: name, dtype: settings.EMBEDDING_DTYPE })
  }
  const found = model ? builtIn.find((provider) => provider.model === model) : builtIn[0]
  if (!found) {
    const hint = 'Other models require EMBEDDING_MODEL_PATH or EMBEDDING_URL.'
    throw notSetUp(`EMBEDDING_MODEL must be one of the built-in models: ${namesOf(builtIn)}.`, hint)
  }
  return found
}

/** An empty setting counts as missing. */
function readSettings(setting: (name: string) => string | undefined): Settings {
  const given = Object.keys(Settings.shape).flatMap((name) => {
    const value = setting(name)?.trim()
    return value ? [[name, value] as const] : []
  })
  const parsed = Settings.safeParse(Object.fromEntries(given))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw notSetUp(`${issue?.path.join('.')} ${issue?.message}.`)
}

function notFound(model: string, all: readonly EmbeddingProvider[]): AppFailure {
  return new AppFailure(appError('not_found', {
    code: 'model_not_found',
    message: `The embedding model ${JSON.stringify(truncate(model, 100))} is not available.`,
    hint: `Available models: ${namesOf(all)}.`,
  }))
}

function namesOf(providers: readonly EmbeddingProvider[]): string {
  return providers.map(({ model }) => model).join(', ')
}
