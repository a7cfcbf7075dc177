/**
 * Embedding throughput on this machine, with and without batching. The variants run alternately in one run, so that other
 * load affects all of them:
 *
 *   ours            functions/_shared/embeddings/transformers.ts: one text per inference
 *   pipeline x1     Transformers.js' own pipeline, one text per call
 *   pipeline x16    the same with padded batches of sixteen
 *   equal x16       batches of up to sixteen texts of the same number of tokens, without padding
 *
 * "drift" is the lowest cosine between a text's vector in its batch and alone: 1 means that batching has no effect.
 *
 * deno run -A bench/embed.ts [--texts 96] [--rounds 3]    Weights: EMBEDDING_MODEL_PATH, or ../shared/models.
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { AutoModel, AutoTokenizer, pipeline, Tensor } from '@huggingface/transformers'
import { lexical } from '../functions/_shared/embeddings/lexical.ts'
import type { EmbeddingProvider } from '../functions/_shared/embeddings/provider.ts'
import { openTransformers } from '../functions/_shared/embeddings/transformers.ts'
import { toUnit } from '../functions/_shared/embeddings/vectors.ts'

const root = join(import.meta.dirname ?? '.', '..')
const model = 'all-MiniLM-L6-v2'
const path = resolve(root, Deno.env.get('EMBEDDING_MODEL_PATH') ?? join('..', 'shared', 'models'))
const { values } = parseArgs({
  options: { texts: { type: 'string', default: '96' }, rounds: { type: 'string', default: '3' } },
})
const count = Math.max(16, Math.ceil(Number(values.texts) / 16) * 16)
const rounds = Math.max(1, Number(values.rounds))
const batch = 16
const { signal } = new AbortController()

type Embed = (texts: string[]) => Promise<Float32Array[]>

/** Different texts of about this many words, identical in every run. */
function textsOf(words: number, spread: number): string[] {
  const vocabulary =
    ('adjuster approved estimate water damage basement moisture reading wall floor invoice customer ' +
      'insurance policy claim number meeting tomorrow call back paint drywall remove replace dry fan pump job site')
      .split(' ')
  let state = 42
  const next = (below: number): number => {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0
    return Math.floor(state / 2 ** 32 * below)
  }
  return Array.from({ length: count }, () => {
    const length = words - spread + next(2 * spread + 1)
    return Array.from({ length }, () => vocabulary[next(vocabulary.length)]).join(' ')
  })
}

async function inBatches(texts: string[], embed: Embed): Promise<Float32Array[]> {
  const vectors: Float32Array[] = []
  for (let start = 0; start < texts.length; start += batch) {
    vectors.push(...await embed(texts.slice(start, start + batch)))
  }
  return vectors
}

async function waysOf(dtype: 'fp32' | 'q8', ours: EmbeddingProvider): Promise<Record<string, Embed>> {
  const folder = join(path, model)
  const options = { local_files_only: true } as const
  const extract = await pipeline('feature-extraction', folder, { ...options, dtype })
  const piped: Embed = async (texts) => {
    const { data } = await extract(texts, { pooling: 'mean', normalize: true })
    const width = data.length / texts.length
    return texts.map((_, index) => (data as Float32Array).slice(index * width, (index + 1) * width))
  }
  const tokenizer = await AutoTokenizer.from_pretrained(folder, options)
  const weights = await AutoModel.from_pretrained(folder, { ...options, dtype })
  const infer = async (ids: number[][]): Promise<Float32Array[]> => {
    const dims = [ids.length, ids[0]?.length ?? 0]
    const { last_hidden_state: { data } } = await weights({
      input_ids: new Tensor('int64', BigInt64Array.from(ids.flat(), BigInt), dims),
      attention_mask: new Tensor('int64', new BigInt64Array(ids.flat().length).fill(1n), dims),
    })
    return ids.map((own, row) => {
      const sum = new Float64Array(ours.dimensions)
      const first = row * own.length * ours.dimensions
      for (let at = 0; at < own.length * ours.dimensions; at++) {
        sum[at % ours.dimensions] = (sum[at % ours.dimensions] ?? 0) + (data[first + at] ?? 0)
      }
      return toUnit(sum, ours.dimensions)
    })
  }
  const equal: Embed = async (texts) => {
    const all = texts.map((text, index) => ({ index, ids: tokenizer.encode(text).slice(0, ours.maxTokens) }))
    const vectors: Float32Array[] = []
    for (const group of Map.groupBy(all, ({ ids }) => ids.length).values()) {
      for (let start = 0; start < group.length; start += batch) {
        const slice = group.slice(start, start + batch)
        const answers = await infer(slice.map(({ ids }) => ids))
        slice.forEach(({ index }, row) => vectors[index] = answers[row] ?? new Float32Array())
      }
    }
    return vectors
  }
  return {
    'ours': (texts) => ours.embed(texts, signal),
    'pipeline x1': async (texts) => (await Promise.all(texts.map((text) => piped([text])))).flat(),
    'pipeline x16': (texts) => inBatches(texts, piped),
    'equal x16': equal,
  }
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN
}

/** Runs the variants alternately and returns the median of each. */
async function compare(
  name: string,
  texts: string[],
  ways: Record<string, Embed>,
  alone: string,
): Promise<void> {
  const usage = { tokens: 0 }
  await tokensOf(texts, usage)
  console.log(`\n${name}: ${texts.length} texts, ${Math.round(usage.tokens / texts.length)} tokens each`)
  const speeds = new Map<string, number[]>()
  const vectors = new Map<string, Float32Array[]>()
  for (const [way, embed] of Object.entries(ways)) vectors.set(way, await embed(texts))
  for (let round = 0; round < rounds; round++) {
    for (const [way, embed] of Object.entries(ways)) {
      const started = performance.now()
      await embed(texts)
      speeds.set(way, [...speeds.get(way) ?? [], texts.length / (performance.now() - started) * 1000])
    }
  }
  const base = median(speeds.get(alone) ?? [])
  for (const [way, speed] of speeds) {
    const own = vectors.get(way) ?? []
    const drift = Math.min(
      ...own.map((vector, index) => cosine(vector, vectors.get(alone)?.[index] ?? vector)),
    )
    console.log(
      `  ${way.padEnd(14)} ${median(speed).toFixed(0).padStart(6)} texts/s  ${
        (median(speed) / base).toFixed(2)
      }x  drift ${drift.toFixed(6)}`,
    )
  }
}

const counting = await openTransformers({ path, model, dtype: 'fp32' })
async function tokensOf(texts: string[], usage: { tokens: number }): Promise<void> {
  await counting.embed(texts, signal, usage)
}

const lengths: [string, string[]][] = [
  ['questions', textsOf(9, 2)],
  ['paragraphs', textsOf(32, 6)],
  ['chunks', textsOf(195, 20)],
]
console.log(`${model} on ${navigator.hardwareConcurrency} cores, Deno ${Deno.version.deno}`)
for (const dtype of ['fp32', 'q8'] as const) {
  const ways = await waysOf(dtype, await openTransformers({ path, model, dtype }))
  for (const [name, texts] of lengths) await compare(`${dtype}, ${name}`, texts, ways, 'ours')
}
await compare(
  'no model, paragraphs',
  textsOf(32, 6),
  { lexical: (texts) => lexical.embed(texts, signal) },
  'lexical',
)
