/**
 * Retrieval quality of the models: nDCG@10 over the 225 questions of Cranfield, ranked only by vectors.
 *
 * deno run -A bench/embed_quality.ts    Data: CRANFIELD_PATH, or ../shared/data/cranfield. Weights as in embed.ts.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { lexical } from '../functions/_shared/embeddings/lexical.ts'
import type { EmbeddingProvider } from '../functions/_shared/embeddings/provider.ts'
import { openTransformers } from '../functions/_shared/embeddings/transformers.ts'

const root = join(import.meta.dirname ?? '.', '..')
const model = 'all-MiniLM-L6-v2'
const path = resolve(root, Deno.env.get('EMBEDDING_MODEL_PATH') ?? join('..', 'shared', 'models'))
const cranfield = resolve(root, Deno.env.get('CRANFIELD_PATH') ?? join('..', 'shared', 'data', 'cranfield'))
const { signal } = new AbortController()

/** Each entry of a file, as the texts of its sections: `.I`, `.T`, `.W` and so on. */
async function entries(file: string): Promise<Map<string, string>[]> {
  const text = await readFile(join(cranfield, file), 'utf8')
  return `\n${text}`.split(/\n(?=\.I )/).filter(Boolean).map((entry) =>
    new Map(
      entry.split(/\n(?=\.[A-Z]\b)/).map((section) => {
        const [, name = '', rest = ''] = /^\.([A-Z])\s*([\s\S]*)$/.exec(section) ?? []
        return [name, rest.replace(/\s+/g, ' ').trim()]
      }),
    )
  )
}

/** Relevance of each document to each question, by the position of the question. */
async function judgements(): Promise<Map<number, Map<number, number>>> {
  const gains = new Map<number, Map<number, number>>()
  for (const line of (await readFile(join(cranfield, 'cranqrel'), 'utf8')).trim().split('\n')) {
    const [question = 0, document = 0, grade = 0] = line.trim().split(/\s+/).map(Number)
    const own = gains.get(question) ?? new Map<number, number>()
    gains.set(question, own.set(document, grade >= 1 && grade <= 4 ? 5 - grade : 0))
  }
  return gains
}

const documents = (await entries('cran.all.1400')).map((entry) => ({
  id: Number(entry.get('I')),
  text: `${entry.get('T')} ${entry.get('W')}`,
})).filter(({ text }) => text.trim() !== '')
const questions = (await entries('cran.qry')).map((entry) => entry.get('W') ?? '')
const gains = await judgements()

function discounted(worth: readonly number[]): number {
  return worth.slice(0, 10).reduce((sum, gain, rank) => sum + gain / Math.log2(rank + 2), 0)
}

async function measure(provider: EmbeddingProvider): Promise<number> {
  const vectors = await provider.embed(documents.map(({ text }) => text), signal)
  const asked = await provider.embed(questions, signal)
  const scores = asked.map((question, position) => {
    const own = gains.get(position + 1) ?? new Map<number, number>()
    const ranked = vectors.map((vector, index) => ({
      id: documents[index]?.id ?? 0,
      score: vector.reduce((sum, value, at) => sum + value * (question[at] ?? 0), 0),
    })).sort((a, b) => b.score - a.score)
    const ideal = discounted([...own.values()].sort((a, b) => b - a))
    return ideal === 0 ? 0 : discounted(ranked.map(({ id }) => own.get(id) ?? 0)) / ideal
  })
  return scores.reduce((sum, score) => sum + score, 0) / scores.length
}

const providers = [lexical]
if (existsSync(join(path, model))) {
  for (const dtype of ['fp32', 'q8'] as const) providers.push(await openTransformers({ path, model, dtype }))
}
for (const provider of providers) {
  console.log(`${provider.model.padEnd(24)} nDCG@10 ${(await measure(provider)).toFixed(3)}`)
}
