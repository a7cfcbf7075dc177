/** Judged collections: passages, questions and which passages answer them. None is part of this repository. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { EmbeddingProvider } from '../functions/_shared/embeddings/provider.ts'

const root = join(import.meta.dirname ?? '.', '..')

/** CRANFIELD_PATH, or the folder shared/data/cranfield beside the repository. */
export const cranfieldPath: string = resolve(
  root,
  Deno.env.get('CRANFIELD_PATH') ?? join('..', 'shared', 'data', 'cranfield'),
)
export const noCranfield: boolean = !existsSync(join(cranfieldPath, 'cran.all.1400'))

export type Collection = {
  name: string
  documents: { id: string; title: string; text: string }[]
  questions: { id: string; text: string }[]
  /** Relevance by question and document; what is not judged is not relevant. */
  gains: Map<string, Map<string, number>>
}

type Parts = Omit<Collection, 'name'>

/**
 * Reads a folder. The layouts are known by what the files begin with:
 *
 *   BEIR   corpus.jsonl, queries.jsonl and qrels/test.tsv (or the first other file of qrels/)
 *   TREC   files of <DOC>, a file of <top>, and judgments "question 0 document grade" in a file with "qrel" in its name
 *   SMART  files of ".I 1": the collections Cranfield, CISI, CACM and MED; of two, the larger has the documents
 *
 * Questions without a relevant document are left out, as trec_eval does.
 */
export async function readCollection(folder: string): Promise<Collection> {
  const names = (await readdir(folder)).sort()
  const parts = names.includes('corpus.jsonl') ? await readBeir(folder) : await readMarked(folder, names)
  const ids = new Set(parts.documents.map(({ id }) => id))
  for (const own of parts.gains.values()) {
    for (const id of own.keys()) if (!ids.has(id)) own.delete(id)
  }
  const isJudged = ({ id }: { id: string }): boolean =>
    [...parts.gains.get(id)?.values() ?? []].some((gain) => gain > 0)
  return { name: basename(resolve(folder)), ...parts, questions: parts.questions.filter(isJudged) }
}

/** Vectors of passages (title and text) and questions. Cached for the user, because computing them takes a minute. */
export async function embedCollection(
  { documents, questions }: Collection,
  provider: EmbeddingProvider,
): Promise<{ documents: Float32Array[]; questions: Float32Array[] }> {
  const texts = [...documents.map(passageOf), ...questions.map(({ text }) => text)]
  const { model, dimensions } = provider
  const key = createHash('sha256').update(JSON.stringify([model, dimensions, texts])).digest('hex').slice(
    0,
    16,
  )
  const folder = join(Deno.env.get('XDG_CACHE_HOME') || join(homedir(), '.cache'), 'plinth')
  const file = join(folder, `collection-${key}.vectors`)
  let numbers: Float32Array
  try {
    numbers = new Float32Array((await Deno.readFile(file)).buffer)
  } catch {
    numbers = new Float32Array(texts.length * dimensions)
    for (let first = 0; first < texts.length; first += 500) {
      const vectors = await provider.embed(texts.slice(first, first + 500), new AbortController().signal)
      for (const [place, vector] of vectors.entries()) numbers.set(vector, (first + place) * dimensions)
    }
    await mkdir(folder, { recursive: true })
    // Renamed when complete, so that an interrupted run leaves no partial file.
    await writeFile(`${file}.${Deno.pid}`, new Uint8Array(numbers.buffer))
    await rename(`${file}.${Deno.pid}`, file)
  }
  const vectors = texts.map((_, index) => numbers.slice(index * dimensions, (index + 1) * dimensions))
  return { documents: vectors.slice(0, documents.length), questions: vectors.slice(documents.length) }
}

function passageOf({ title, text }: { title: string; text: string }): string {
  return title ? `${title}\n${text}` : text
}

export type Quality = { ndcg10: number; map: number; recall10: number; recall100: number }

/** The quality of one ranking, of at most 100 documents, for one question. */
export function qualityOf(ranked: readonly string[], gains: ReadonlyMap<string, number>): Quality {
  const first = ranked.slice(0, 100)
  const relevant = [...gains.values()].filter((gain) => gain > 0).length
  const found = (count: number): number =>
    first.slice(0, count).filter((id) => (gains.get(id) ?? 0) > 0).length
  const ideal = discounted([...gains.values()].sort((a, b) => b - a))
  const precisions = first.map((id, place) => (gains.get(id) ?? 0) > 0 ? found(place + 1) / (place + 1) : 0)
  const share = (sum: number): number => relevant === 0 ? 0 : sum / relevant
  return {
    ndcg10: ideal === 0 ? 0 : discounted(first.map((id) => gains.get(id) ?? 0)) / ideal,
    map: share(precisions.reduce((sum, precision) => sum + precision, 0)),
    recall10: share(found(10)),
    recall100: share(found(100)),
  }
}

/** The average over all questions. */
export function averageOf(qualities: readonly Quality[]): Quality {
  const average = (of: keyof Quality): number =>
    qualities.reduce((sum, quality) => sum + quality[of], 0) / qualities.length
  return {
    ndcg10: average('ndcg10'),
    map: average('map'),
    recall10: average('recall10'),
    recall100: average('recall100'),
  }
}

/** The gains of the first ten results, discounted by rank. */
function discounted(worth: readonly number[]): number {
  return worth.slice(0, 10).reduce((sum, gain, rank) => sum + gain / Math.log2(rank + 2), 0)
}

async function readBeir(folder: string): Promise<Parts> {
  const lines = async (file: string): Promise<Record<string, unknown>[]> =>
    (await readFile(join(folder, file), 'utf8')).split('\n').filter((line) => line.trim()).map((line) =>
      JSON.parse(line)
    )
  const splits = (await readdir(join(folder, 'qrels'))).filter((name) => name.endsWith('.tsv')).sort()
  const split = splits.includes('test.tsv') ? 'test.tsv' : splits[0] ?? 'test.tsv'
  const gains: Parts['gains'] = new Map()
  for (const [question = '', document = '', grade] of await rows(join(folder, 'qrels', split))) {
    if (!Number.isNaN(Number(grade))) judge(gains, question, document, Number(grade))
  }
  return {
    documents: (await lines('corpus.jsonl')).map((row) =>
      documentOf(String(row['_id']), String(row['title'] ?? ''), String(row['text'] ?? ''))
    ).filter(({ text }) => text),
    questions: (await lines('queries.jsonl')).map((row) => ({
      id: String(row['_id']),
      text: String(row['text']),
    })),
    gains,
  }
}

async function readMarked(folder: string, names: string[]): Promise<Parts> {
  const files: { name: string; text: string }[] = []
  for (const name of names) {
    if (/\.(gz|zip|md|pdf)$/i.test(name) || !(await Deno.stat(join(folder, name))).isFile) continue
    files.push({ name, text: await readFile(join(folder, name), 'utf8') })
  }
  const smart = files.filter(({ text }) => /^\s*\.I /.test(text)).sort((a, b) =>
    b.text.length - a.text.length
  )
  const judgments = files.find(({ name }) => /qrel|\.rel$/i.test(name))
  if (!judgments) throw new Error(`There are no judgments in ${folder}: a file with "qrel" in its name.`)
  const gains = readJudgments(judgments.name, judgments.text)
  if (smart.length > 1) {
    return {
      documents: entriesOf(smart[0]?.text ?? '').map((entry) =>
        documentOf(entry.get('I') ?? '', entry.get('T') ?? '', entry.get('W') ?? '')
      ).filter(({ text }) => text),
      // Cranfield numbers its questions by their place
      questions: entriesOf(smart[1]?.text ?? '').map((entry, place) => ({
        id: judgments.name === 'cranqrel' ? String(place + 1) : String(Number(entry.get('I'))),
        text: entry.get('W') ?? '',
      })),
      gains,
    }
  }
  const all = (element: string): string[] =>
    files.flatMap(({ text }) => [...text.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, 'gi'))])
      .map((match) => match[1] ?? '')
  const first = (text: string, element: string): string =>
    (new RegExp(`<${element}>\\s*([\\s\\S]*?)(?:</${element}>|\\n\\s*<|$)`, 'i').exec(text)?.[1] ?? '')
      .replace(/<[^>]*>/g, ' ').trim()
  return {
    documents: all('doc').map((text) =>
      documentOf(first(text, 'docno'), first(text, 'title') || first(text, 'headline'), first(text, 'text'))
    ).filter(({ text }) => text),
    questions: all('top').map((text) => ({
      id: first(text, 'num').replace(/^number:\s*/i, ''),
      text: first(text, 'title').replace(/^topic:\s*/i, ''),
    })),
    gains,
  }
}

/** A passage needs a text: that of one with only a title is its title. */
function documentOf(id: string, title: string, text: string): Collection['documents'][number] {
  const short = (value: string): string => value.replace(/\s+/g, ' ').trim()
  return short(text) === ''
    ? { id, title: '', text: short(title) }
    : { id, title: short(title), text: short(text) }
}

function readJudgments(name: string, text: string): Parts['gains'] {
  const gains: Parts['gains'] = new Map()
  const lines = text.trim().split('\n').map((line) => line.trim().split(/\s+/))
  const isTrec = lines.every(([, second]) => second === '0' || second === 'Q0')
  for (const [first = '', second = '', third = '', fourth = ''] of lines) {
    const question = /^\d+$/.test(first) ? String(Number(first)) : first
    if (isTrec) judge(gains, question, third, Number(fourth))
    // grades of Cranfield, from 1 for a complete answer to 4; the others list only what is relevant
    else {judge(
        gains,
        question,
        second,
        name !== 'cranqrel' ? 1 : /^[1-4]$/.test(third) ? 5 - Number(third) : 0,
      )}
  }
  return gains
}

function judge(gains: Parts['gains'], question: string, document: string, gain: number): void {
  gains.set(question, (gains.get(question) ?? new Map<string, number>()).set(document, Math.max(gain, 0)))
}

async function rows(file: string): Promise<string[][]> {
  return (await readFile(file, 'utf8')).trim().split('\n').map((line) => line.trim().split('\t'))
}

/** Each entry of a file, as the texts of its sections: `.I`, `.T`, `.W` and so on. */
function entriesOf(text: string): Map<string, string>[] {
  return `\n${text}`.split(/\n(?=\.I )/).filter((entry) => entry.trim()).map((entry) =>
    new Map(
      entry.trim().split(/\n(?=\.[A-Z]\b)/).map((section) => {
        const [, name = '', rest = ''] = /^\.([A-Z])\s*([\s\S]*)$/.exec(section) ?? []
        return [name, rest.replace(/\s+/g, ' ').trim()]
      }),
    )
  )
}
