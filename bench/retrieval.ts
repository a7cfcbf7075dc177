/**
 * Quality of search on judged collections, beside references over the same passages, on a native Postgres 17:
 *
 *   words, meaning, both   the RPC as a user: by words, by vectors, and by both
 *   BM25                   with k1 and b as Anserini and as Lucene set them, over the words of Postgres' configuration english
 *   cosine                 of all vectors, exactly
 *   RRF                    plain reciprocal rank fusion, 1 / (60 + rank), of the second BM25 and cosine
 *
 * nDCG@10 by grades; MAP and recall of what has a grade above 0. All of the first hundred results.
 *
 * deno run -A bench/retrieval.ts [folder …]
 * A folder has a collection in the layout of BEIR, TREC or SMART (see collection.ts); without one, Cranfield is read from
 * CRANFIELD_PATH or ../shared/data/cranfield. The columns with vectors need the weights of all-MiniLM-L6-v2 in
 * EMBEDDING_MODEL_PATH or ../shared/models. Uses DATABASE_URL if it is set (a superuser of an empty database).
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { openTransformers } from '../functions/_shared/embeddings/transformers.ts'
import { end, start } from '../tests/support/instance.ts'
import { startPostgres } from '../tests/support/postgres.ts'
import {
  averageOf,
  type Collection,
  cranfieldPath,
  embedCollection,
  noCranfield,
  qualityOf,
  readCollection,
} from './collection.ts'
import {
  byBm25,
  byCosine,
  byReciprocalRanks,
  bySearch,
  clearStage,
  type Rankings,
  stageCollection,
} from './rankings.ts'

const root = join(import.meta.dirname ?? '.', '..')
const model = 'all-MiniLM-L6-v2'
const models = resolve(root, Deno.env.get('EMBEDDING_MODEL_PATH') ?? join('..', 'shared', 'models'))
const { positionals } = parseArgs({ allowPositionals: true })

async function rank(sql: postgres.Sql, collection: Collection): Promise<[name: string, Rankings][]> {
  const vectors = existsSync(join(models, model))
    ? await embedCollection(collection, await openTransformers({ path: models, model, dtype: 'fp32' }))
    : undefined
  const stage = await stageCollection(sql, collection, vectors, model)
  const search = (words: boolean, meaning: boolean): Promise<Rankings> =>
    bySearch(sql, stage, collection, { words, vectors: meaning ? vectors?.questions : undefined, model })
  const rankings: [string, Rankings][] = [['words', await search(true, false)]]
  if (vectors) rankings.push(['meaning', await search(false, true)], ['both', await search(true, true)])
  await clearStage(sql, stage)

  const lucene = await byBm25(sql, collection, { k1: 1.2, b: 0.75 })
  rankings.push(['BM25 0.9, 0.4', await byBm25(sql, collection, { k1: 0.9, b: 0.4 })], [
    'BM25 1.2, 0.75',
    lucene,
  ])
  if (vectors) {
    const cosine = byCosine(collection, vectors)
    rankings.push(['cosine', cosine], ['RRF', byReciprocalRanks(lucene, cosine)])
  }
  return rankings
}

function report({ name, documents, questions, gains }: Collection, rankings: [string, Rankings][]): void {
  console.log(`\n${name}: ${questions.length} questions, ${documents.length} passages\n`)
  console.log('| Ranking        | nDCG@10 |   MAP | recall@10 | recall@100 |')
  console.log('| -------------- | ------: | ----: | --------: | ---------: |')
  for (const [ranking, ranked] of rankings) {
    const { ndcg10, map, recall10, recall100 } = averageOf(
      questions.map(({ id }, place) => qualityOf(ranked[place] ?? [], gains.get(id) ?? new Map())),
    )
    const cells = [
      ranking.padEnd(14),
      ndcg10.toFixed(3).padStart(7),
      map.toFixed(3),
      recall10.toFixed(3).padStart(9),
      recall100.toFixed(3).padStart(10),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

if (positionals.length === 0 && noCranfield) {
  console.error(`There is no collection: name a folder, or put Cranfield into ${cranfieldPath}.`)
  Deno.exit(1)
}
if (!existsSync(join(models, model))) {
  console.log(`Without meaning: there are no weights of ${model} in ${models}.`)
}
const server = await startPostgres()
try {
  await end(await start(['--ephemeral', '--no-seed'], { env: { DATABASE_URL: server.url } }))
  const sql = postgres(server.url, { max: 1, onnotice: () => {} })
  await sql`update cron.job set active = false`.catch(() => {})
  for (const folder of positionals.length > 0 ? positionals : [cranfieldPath]) {
    const collection = await readCollection(folder)
    report(collection, await rank(sql, collection))
  }
  await sql.end()
} finally {
  await server.stop()
}
Deno.exit(0)
