/**
 * Quality: on the Cranfield collection search by words and meaning together beats both alone, by nDCG@10 over its 225
 * questions. Prints the table of docs/guide/search.md.
 */
import assert from 'node:assert/strict'
import postgres from 'postgres'
import { embedCranfield, ndcg, noCranfield, readCranfield } from '../../bench/cranfield.ts'
import { toNumbers } from '../../functions/_shared/embeddings/vectors.ts'
import { openTransformers } from '../../functions/_shared/embeddings/transformers.ts'
import { env } from '../support/clients.ts'
import { model, modelPath, noWeights } from '../functions/embedding_weights.ts'

const missing = [
  ...noCranfield ? ['the collection in CRANFIELD_PATH or ../shared/data/cranfield'] : [],
  ...noWeights ? [`${model} with its .vectors.json in EMBEDDING_MODEL_PATH or ../shared/models`] : [],
]

Deno.test({
  name: 'words and meaning together find more on Cranfield than either alone' +
    (missing.length ? ` (skipped: there is no ${missing.join(', and no ')})` : ''),
  ignore: missing.length > 0,
  fn: async () => {
    const collection = await readCranfield()
    const provider = await openTransformers({ path: modelPath, model, dtype: 'fp32' })
    const vectors = await embedCranfield(collection, provider)
    const sql = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })
    const workspace = crypto.randomUUID()
    const user = crypto.randomUUID()
    try {
      await sql`insert into auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at,
          raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
        values ('00000000-0000-0000-0000-000000000000', ${user}, 'authenticated', 'authenticated', ${`${user}@example.test`},
          '', now(), '{}', '{}', now(), now())`
      await sql`insert into public.workspaces (id, name) values (${workspace}, 'Cranfield')`
      await sql`insert into public.workspace_members (workspace_id, user_id, role, display_name)
        values (${workspace}, ${user}, 'admin', 'Reader')`
      for (const [index, { id, title, text }] of collection.documents.entries()) {
        const vector = JSON.stringify(toNumbers(vectors.documents[index] ?? new Float32Array()))
        await sql`insert into public.search_chunks (workspace_id, source_type, chunk_index, heading, text, embedding, embedding_model)
          values (${workspace}, 'abstract', ${id}, ${title || null}, ${text}, ${vector}, ${model})`
      }
      const measure = async (words: boolean, meaning: boolean): Promise<number> => {
        let sum = 0
        for (const [place, question] of collection.questions.entries()) {
          const vector = JSON.stringify(toNumbers(vectors.questions[place] ?? new Float32Array()))
          const found = await sql.begin(async (sql) => {
            await sql`select set_config('request.jwt.claims', ${
              JSON.stringify({ sub: user, role: 'authenticated', workspace_id: workspace })
            }, true),
              set_config('role', 'authenticated', true)`
            return await sql`select chunk_index from public.search(${words ? question : ''},
              ${meaning ? vector : null}, ${meaning ? model : null})`
          })
          const gains = collection.gains.get(place + 1) ?? new Map<number, number>()
          sum += ndcg(found.map((row) => row['chunk_index']), gains)
        }
        return sum / collection.questions.length
      }
      const words = await measure(true, false)
      const meaning = await measure(false, true)
      const both = await measure(true, true)
      console.log(
        [['words alone', words], ['meaning alone', meaning], ['both, fused', both]]
          .map(([name, value]) => `| ${name} | ${Number(value).toFixed(3)} |`).join('\n'),
      )
      assert.ok(both >= 0.41, `${both}`)
      assert.ok(both > words && both > meaning, `${both} against ${words} and ${meaning}`)
    } finally {
      await sql`delete from public.workspaces where id = ${workspace}`
      await sql`delete from auth.users where id = ${user}`
      await sql.end()
    }
  },
})
