/**
 * Sentence transformers in this process, through Transformers.js: mean pooling, vectors of length 1. Weights are read
 * from a folder and never downloaded.
 *
 * One text is one inference. In a batch, int8 weights make the vector of a text depend on the other texts, since
 * activations are scaled over the whole batch: the cosine to the same text alone falls to 0.976 among the twelve padded
 * sentences of the reference, and to 0.987 among sixteen of equal length. fp32 was bitwise the same either way on the
 * machine measured, but no runtime guarantees that. bench/embed.ts measures both, and what batches would gain.
 */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { lazy } from '../../_lib/async/mod.ts'
import { type EmbeddingProvider, malformed, notSetUp, refuseBlank, type TokenCount } from './provider.ts'
import { toUnit } from './vectors.ts'

/** The part of the library that is used. Its types are not imported either: a hosted bundle must not contain it. */
export interface TransformersLibrary {
  AutoTokenizer: { from_pretrained(folder: string, options: LoadOptions): Promise<Tokenizer> }
  AutoModel: {
    from_pretrained(
      folder: string,
      options: LoadOptions & { dtype: Dtype; session_options: Record<string, unknown> },
    ): Promise<Model>
  }
  Tensor: new (type: 'int64', data: BigInt64Array, dims: number[]) => unknown
}
interface LoadOptions {
  local_files_only: true
}
interface Tokenizer {
  encode(text: string, options?: { add_special_tokens?: boolean }): number[]
}
type Model = (inputs: Record<string, unknown>) => Promise<unknown>

/** Types of weights that Transformers.js knows. */
export const dtypes = ['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'bnb4', 'q4f16'] as const
/** The type of weights: `fp32` is `onnx/model.onnx`, others have a suffix. */
export type Dtype = typeof dtypes[number]

interface TransformersSettings {
  /** The folder of models; each is a folder in it, with `config.json`, `tokenizer.json` and `onnx/`. */
  readonly path: string
  readonly model: string
  readonly dtype: Dtype
  readonly library?: () => Promise<TransformersLibrary>
}

const packageName = '@huggingface/transformers'

/**
 * Threads of the runtime wait for work without spinning (busy-waiting). On cores that the database shares, that makes
 * inference twice as fast, and the database faster still; vectors are bitwise the same.
 */
const session_options = { extra: { session: { intra_op: { allow_spinning: '0' } } } }

const Config = z.object({
  hidden_size: z.number().int().positive(),
  max_position_embeddings: z.number().int().positive(),
})
const TokenizerConfig = z.object({ model_max_length: z.number().positive().optional() })
const Output = z.object({
  last_hidden_state: z.object({
    dims: z.tuple([z.literal(1), z.number(), z.number()]),
    data: z.instanceof(Float32Array),
  }),
})

/** Reads the configuration of the model. The weights are loaded with the first text. */
export async function openTransformers(settings: TransformersSettings): Promise<EmbeddingProvider> {
  const { path, model, dtype, library = importLibrary } = settings
  const folder = resolve(join(path, model))
  const config = await readSettings(folder, 'config.json', Config, model)
  const tokenizer = await readSettings(folder, 'tokenizer_config.json', TokenizerConfig, model)
  const dimensions = config.hidden_size
  // Tokenizers without a limit declare 1e30.
  const maxTokens = Math.min(tokenizer.model_max_length ?? Infinity, config.max_position_embeddings)

  const loaded = lazy(() => load(folder, model, dtype, maxTokens, library))
  return {
    // Weights of another type give other vectors.
    model: dtype === 'fp32' ? model : `${model}@${dtype}`,
    dimensions,
    semantic: true,
    maxTokens,
    embed: async (texts, signal, usage) => {
      refuseBlank(texts)
      signal.throwIfAborted()
      const { embedOne } = await loaded()
      const vectors: Float32Array[] = []
      for (const text of texts) {
        signal.throwIfAborted()
        vectors.push(toUnit(await embedOne(text, usage), dimensions))
      }
      return vectors
    },
  }
}

interface Loaded {
  embedOne(text: string, usage: TokenCount | undefined): Promise<Float64Array>
}

async function load(
  folder: string,
  name: string,
  dtype: Dtype,
  maxTokens: number,
  library: () => Promise<TransformersLibrary>,
): Promise<Loaded> {
  const { AutoTokenizer, AutoModel, Tensor } = await library().catch((cause) => {
    throw notSetUp('Transformers.js is not part of this deployment.', undefined, cause)
  })
  const [tokenizer, model] = await Promise.all([
    AutoTokenizer.from_pretrained(folder, { local_files_only: true }),
    AutoModel.from_pretrained(folder, { local_files_only: true, dtype, session_options }),
  ]).catch((cause) => {
    const hint = 'Its folder must contain tokenizer.json and, in onnx/, the weights of EMBEDDING_DTYPE.'
    throw notSetUp(`The weights of ${name} (${dtype}) cannot be loaded.`, hint, cause)
  })
  const cut = cutter(tokenizer, maxTokens)
  return {
    embedOne: async (text, usage) => {
      const ids = cut(tokenizer.encode(text.toWellFormed()))
      if (usage) usage.tokens += ids.length
      const dims = [1, ids.length]
      const output = Output.safeParse(
        await model({
          input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), dims),
          attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), dims),
        }),
      )
      if (!output.success) throw malformed(`${name} did not return one vector per token.`)
      const { dims: [, tokens, width], data } = output.data.last_hidden_state
      return meanOf(data, tokens, width)
    },
  }
}

/** Truncates at the limit and keeps the closing token, with which the model was trained. */
function cutter(tokenizer: Tokenizer, maxTokens: number): (ids: number[]) => number[] {
  const framed = tokenizer.encode('x')
  const bare = tokenizer.encode('x', { add_special_tokens: false })
  const closing = framed.length - bare.length - framed.findIndex((id) => id === bare[0])
  return (ids) =>
    ids.length <= maxTokens ? ids : [...ids.slice(0, maxTokens - closing), ...ids.slice(ids.length - closing)]
}

function meanOf(data: Float32Array, tokens: number, width: number): Float64Array {
  const sum = new Float64Array(width)
  for (let token = 0; token < tokens; token++) {
    for (let index = 0; index < width; index++) {
      sum[index] = (sum[index] ?? 0) + (data[token * width + index] ?? 0)
    }
  }
  return sum.map((value) => value / tokens)
}

async function readSettings<T>(
  folder: string,
  file: string,
  schema: z.ZodType<T>,
  model: string,
): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(join(folder, file), 'utf8')))
  } catch (cause) {
    const hint = 'EMBEDDING_MODEL_PATH must be the folder that contains the folder of the model.'
    throw notSetUp(`${file} of the model ${model} cannot be read.`, hint, cause)
  }
}

/** Imports by a name that bundlers do not follow. */
async function importLibrary(): Promise<TransformersLibrary> {
  return await import(packageName)
}
