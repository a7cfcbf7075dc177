/** The weights that tests of real models need, and the vectors they have to return. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

const root = join(import.meta.dirname ?? '.', '..', '..')

/** The folder of models: EMBEDDING_MODEL_PATH, or the folder shared/models beside the repository. */
export const modelPath: string = resolve(
  root,
  Deno.env.get('EMBEDDING_MODEL_PATH') ?? join('..', 'shared', 'models'),
)
export const model = 'all-MiniLM-L6-v2'
const references = join(modelPath, `${model}.vectors.json`)

export const noWeights: boolean = !existsSync(join(modelPath, model)) || !existsSync(references)

/** A test that needs the weights. Without them it is skipped, with the reason in its name. */
export function weighed(name: string, fn: () => Promise<void>): void {
  const reason = ` (skipped: no ${model} with its .vectors.json in EMBEDDING_MODEL_PATH or ../shared/models)`
  Deno.test({ name: noWeights ? name + reason : name, ignore: noWeights, fn })
}

export type Reference = { text: string; tokens: number; reference: number[]; quantized: number[] }

export async function readReferences(): Promise<Reference[]> {
  return JSON.parse(await readFile(references, 'utf8')).sentences
}

export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let dot = 0
  let lengthA = 0
  let lengthB = 0
  for (let index = 0; index < a.length; index++) {
    const x = a[index] ?? NaN
    const y = b[index] ?? NaN
    dot += x * y
    lengthA += x * x
    lengthB += y * y
  }
  return dot / Math.sqrt(lengthA * lengthB)
}
