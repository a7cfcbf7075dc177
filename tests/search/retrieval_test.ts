/**
 * Quality: on the Cranfield collection, search by words ranks at least as well as BM25, and by words and meaning together
 * better than each alone and than plain reciprocal rank fusion, by nDCG@10 over its 225 questions. bench/retrieval.ts prints
 * the table of docs/guide/search.md.
 */
import assert from 'node:assert/strict'
import postgres from 'postgres'
import {
  averageOf,
  type Collection,
  cranfieldPath,
  embedCollection,
  noCranfield,
  qualityOf,
  readCollection,
} from '../../bench/collection.ts'
import {
  byBm25,
  byCosine,
  byReciprocalRanks,
  bySearch,
  clearStage,
  type Rankings,
  stageCollection,
} from '../../bench/rankings.ts'
import { openTransformers } from '../../functions/_shared/embeddings/transformers.ts'
import { env } from '../support/clients.ts'
import { model, modelPath, noWeights } from '../functions/embedding_weights.ts'

function ndcg(rankings: Rankings, { questions, gains }: Collection): number {
  return averageOf(
    questions.map(({ id }, place) => qualityOf(rankings[place] ?? [], gains.get(id) ?? new Map())),
  )
    .ndcg10
}

/** The embedded database takes ten minutes for the collection, and ranks by the same SQL. */
const isEmbedded = await (async () => {
  const sql = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })
  try {
    const [row] = await sql`select version() ~* 'emcc|emscripten|wasm' as embedded`
    return row?.['embedded'] === true
  } finally {
    await sql.end()
  }
})()

const noCollection = noCranfield
  ? ' (skipped: there is no collection in CRANFIELD_PATH or ../shared/data/cranfield)'
  : isEmbedded
  ? ' (skipped on the embedded database: npm run test:native ranks the collection)'
  : ''

Deno.test({
  name: `words rank Cranfield at least as well as BM25${noCollection}`,
  ignore: noCranfield || isEmbedded,
  fn: async () => {
    const collection = await readCollection(cranfieldPath)
    const sql = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })
    const stage = await stageCollection(sql, collection, undefined, model)
    try {
      const words = ndcg(await bySearch(sql, stage, collection, { words: true, model }), collection)
      for (const [k1, b] of [[0.9, 0.4], [1.2, 0.75]] as const) {
        const bm25 = ndcg(await byBm25(sql, collection, { k1, b }), collection)
        assert.ok(words >= bm25, `${words} against ${bm25} with k1 ${k1} and b ${b}`)
      }
    } finally {
      await clearStage(sql, stage)
      await sql.end()
    }
  },
})

Deno.test({
  name: 'words and meaning together find more on Cranfield than either alone' +
    (noCollection ||
      (noWeights
        ? ` (skipped: there is no ${model} with its .vectors.json in EMBEDDING_MODEL_PATH or ../shared/models)`
        : '')),
  ignore: noCranfield || isEmbedded || noWeights,
  fn: async () => {
    const collection = await readCollection(cranfieldPath)
    const vectors = await embedCollection(
      collection,
      await openTransformers({ path: modelPath, model, dtype: 'fp32' }),
    )
    const sql = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })
    const stage = await stageCollection(sql, collection, vectors, model)
    try {
      const both = ndcg(
        await bySearch(sql, stage, collection, { words: true, vectors: vectors.questions, model }),
        collection,
      )
      const bm25 = await byBm25(sql, collection, { k1: 1.2, b: 0.75 })
      const cosine = byCosine(collection, vectors)
      const references = [bm25, cosine, byReciprocalRanks(bm25, cosine)].map((ranked) =>
        ndcg(ranked, collection)
      )
      assert.ok(both >= Math.max(0.41, ...references), `${both} against ${references.join(', ')}`)
    } finally {
      await clearStage(sql, stage)
      await sql.end()
    }
  },
})
