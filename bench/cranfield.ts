/** The Cranfield collection: passages, questions and relevance grades. Not part of this repository. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { EmbeddingProvider } from '../functions/_shared/embeddings/provider.ts'

const root = join(import.meta.dirname ?? '.', '..')

/** CRANFIELD_PATH, or the folder shared/data/cranfield beside the repository. */
export const cranfieldPath: string = resolve(
  root,
  Deno.env.get('CRANFIELD_PATH') ?? join('..', 'shared', 'data', 'cranfield'),
)
export const noCranfield: boolean = !existsSync(join(cranfieldPath, 'cran.all.1400'))

export type Cranfield = {
  documents: { id: number; title: string; text: string }[]
  questions: string[]
  /** Relevance by question (from 1) and document. */
  gains: Map<number, Map<number, number>>
}

export async function readCranfield(): Promise<Cranfield> {
  return {
    documents: (await entries('cran.all.1400')).map((entry) => ({
      id: Number(entry.get('I')),
      title: entry.get('T') ?? '',
      text: entry.get('W') ?? '',
    })).filter(({ text }) => text !== ''),
    questions: (await entries('cran.qry')).map((entry) => entry.get('W') ?? ''),
    gains: await judgements(),
  }
}

/** Vectors of passages (title and text) and questions. Cached for the user, because computing them takes a minute. */
export async function embedCranfield(
  { documents, questions }: Cranfield,
  provider: EmbeddingProvider,
): Promise<{ documents: Float32Array[]; questions: Float32Array[] }> {
  const texts = [...documents.map(({ title, text }) => `${title}\n${text}`), ...questions]
  const { model, dimensions } = provider
  const key = createHash('sha256').update(JSON.stringify([model, dimensions, texts])).digest('hex').slice(
    0,
    16,
  )
  const folder = join(Deno.env.get('XDG_CACHE_HOME') || join(homedir(), '.cache'), 'plinth')
  const file = join(folder, `cranfield-${key}.vectors`)
  let numbers: Float32Array
  try {
    numbers = new Float32Array((await Deno.readFile(file)).buffer)
  } catch {
    const vectors = await provider.embed(texts, new AbortController().signal)
    numbers = Float32Array.from(vectors.flatMap((vector) => [...vector]))
    await mkdir(folder, { recursive: true })
    // Renamed when complete, so that an interrupted run leaves no partial file.
    await writeFile(`${file}.${Deno.pid}`, new Uint8Array(numbers.buffer))
    await rename(`${file}.${Deno.pid}`, file)
  }
  const vectors = texts.map((_, index) => numbers.slice(index * dimensions, (index + 1) * dimensions))
  return { documents: vectors.slice(0, documents.length), questions: vectors.slice(documents.length) }
}

/** nDCG@10: the gain of the first ten results as a share of the best possible gain, discounted by rank. */
export function ndcg(ranked: readonly number[], gains: ReadonlyMap<number, number>): number {
  const ideal = discounted([...gains.values()].sort((a, b) => b - a))
  return ideal === 0 ? 0 : discounted(ranked.map((id) => gains.get(id) ?? 0)) / ideal
}

function discounted(worth: readonly number[]): number {
  return worth.slice(0, 10).reduce((sum, gain, rank) => sum + gain / Math.log2(rank + 2), 0)
}

/** Each entry of a file, as the texts of its sections: `.I`, `.T`, `.W` and so on. */
async function entries(file: string): Promise<Map<string, string>[]> {
  const text = await readFile(join(cranfieldPath, file), 'utf8')
  return `\n${text}`.split(/\n(?=\.I )/).filter((entry) => entry.trim()).map((entry) =>
    new Map(
      entry.trim().split(/\n(?=\.[A-Z]\b)/).map((section) => {
        const [, name = '', rest = ''] = /^\.([A-Z])\s*([\s\S]*)$/.exec(section) ?? []
        return [name, rest.replace(/\s+/g, ' ').trim()]
      }),
    )
  )
}

async function judgements(): Promise<Cranfield['gains']> {
  const gains = new Map<number, Map<number, number>>()
  for (const line of (await readFile(join(cranfieldPath, 'cranqrel'), 'utf8')).trim().split('\n')) {
    const [question = 0, document = 0, grade = 0] = line.trim().split(/\s+/).map(Number)
    const own = gains.get(question) ?? new Map<number, number>()
    gains.set(question, own.set(document, grade >= 1 && grade <= 4 ? 5 - grade : 0))
  }
  return gains
}
