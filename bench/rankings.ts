/** Rankings of a judged collection: those of search in a workspace, and the references that they are compared with. */
import type postgres from 'postgres'
import { toNumbers } from '../functions/_shared/embeddings/vectors.ts'
import type { Collection } from './collection.ts'

/** For each question, the ids of documents, best first. */
export type Rankings = string[][]

/** A workspace that holds the collection, and its only member. */
export type Stage = { workspace: string; user: string; ids: Map<string, string> }

type Vectors = { documents: Float32Array[]; questions: Float32Array[] }

const literal = (vector: Float32Array): string => JSON.stringify(toNumbers(vector))

/** Stores each document as a passage with its title as heading. `sql` connects as a superuser. */
export async function stageCollection(
  sql: postgres.Sql,
  { name, documents }: Collection,
  vectors: Vectors | undefined,
  model: string,
): Promise<Stage> {
  const stage: Stage = { workspace: crypto.randomUUID(), user: crypto.randomUUID(), ids: new Map() }
  await sql`insert into auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at,
      raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
    values ('00000000-0000-0000-0000-000000000000', ${stage.user}, 'authenticated', 'authenticated',
      ${`${stage.user}@example.test`}, '', now(), '{}', '{}', now(), now())`
  await sql`insert into public.workspaces (id, name) values (${stage.workspace}, ${name})`
  await sql`insert into public.workspace_members (workspace_id, user_id, role, display_name)
    values (${stage.workspace}, ${stage.user}, 'admin', 'Reader')`
  for (let first = 0; first < documents.length; first += 200) {
    const batch = documents.slice(first, first + 200)
    const rows = await sql<{ id: string; place: number }[]>`
      insert into public.search_chunks (workspace_id, source_type, chunk_index, heading, text, embedding, embedding_model)
      select ${stage.workspace}, 'abstract', d.place, nullif(d.title, ''), d.text, d.vector::extensions.vector,
        case when d.vector is not null then ${model} end
      from unnest(${batch.map((_, place) => first + place)}::integer[], ${
      batch.map(({ title }) => title.slice(0, 2000))
    }::text[],
        ${batch.map(({ text }) => text.slice(0, 20_000))}::text[],
        ${
      batch.map((_, place) => vectors?.documents[first + place]).map((vector) =>
        vector ? literal(vector) : null
      )
    }::text[]
      ) as d (place, title, text, vector)
      returning id, chunk_index as place`
    for (const { id, place } of rows) stage.ids.set(id, documents[place]?.id ?? '')
  }
  await sql`select private.count_corpora()`
  return stage
}

/** Removes what `stageCollection` stored. */
export async function clearStage(sql: postgres.Sql, { workspace, user }: Stage): Promise<void> {
  await sql`delete from public.workspaces where id = ${workspace}`
  await sql`delete from auth.users where id = ${user}`
}

/** The first hundred results of the RPC, called by the member. Without vectors, by words alone. */
export async function bySearch(
  sql: postgres.Sql,
  { workspace, user, ids }: Stage,
  { questions }: Collection,
  { words, vectors, model }: { words: boolean; vectors?: Float32Array[] | undefined; model: string },
): Promise<Rankings> {
  const claims = JSON.stringify({ sub: user, role: 'authenticated', workspace_id: workspace })
  return await sql.begin(async (sql) => {
    await sql`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`
    const rankings: Rankings = []
    for (const [place, { text }] of questions.entries()) {
      const vector = vectors?.[place]
      const rows = await sql<{ chunk_id: string }[]>`
        select chunk_id from public.search(${words ? text : ''}, ${
        vector ? literal(vector) : null
      }::text::extensions.vector,
          ${vector ? model : null}, max_results => 100)`
      rankings.push(rows.map((row) => ids.get(row.chunk_id) ?? ''))
    }
    return rankings
  })
}

/** BM25 with the words of Postgres' configuration english, of title and text together, over all documents. */
export async function byBm25(
  sql: postgres.Sql,
  { documents, questions }: Collection,
  { k1, b }: { k1: number; b: number },
): Promise<Rankings> {
  const counted = await countWords(sql, documents.map(({ title, text }) => `${title} ${text}`))
  const asked = await countWords(sql, questions.map(({ text }) => text))
  const lengths = counted.map((words) => [...words.values()].reduce((sum, times) => sum + times, 0))
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
  const postings = new Map<string, [document: number, times: number][]>()
  for (const [document, words] of counted.entries()) {
    for (const [word, times] of words) {
      const found = postings.get(word) ?? []
      if (found.length === 0) postings.set(word, found)
      found.push([document, times])
    }
  }
  return asked.map((words) => {
    const scores = new Float64Array(documents.length)
    for (const [word, times] of words) {
      const found = postings.get(word) ?? []
      const weight = times * Math.log(1 + (documents.length - found.length + 0.5) / (found.length + 0.5))
      for (const [document, count] of found) {
        const length = (lengths[document] ?? 0) / mean
        scores[document] = (scores[document] ?? 0) +
          weight * count * (k1 + 1) / (count + k1 * (1 - b + b * length))
      }
    }
    return bestOf(scores, documents)
  })
}

/** The cosine of each document with each question, exactly. */
export function byCosine({ documents }: Collection, vectors: Vectors): Rankings {
  return vectors.questions.map((question) => {
    const scores = Float64Array.from(
      vectors.documents,
      (document) => document.reduce((sum, value, place) => sum + value * (question[place] ?? 0), 0),
    )
    return bestOf(scores, documents)
  })
}

/** Plain reciprocal rank fusion: the sum of 1 / (60 + rank). */
export function byReciprocalRanks(first: Rankings, second: Rankings): Rankings {
  return first.map((ranking, question) => {
    const scores = new Map<string, number>()
    for (const ranked of [ranking, second[question] ?? []]) {
      for (const [place, id] of ranked.entries()) scores.set(id, (scores.get(id) ?? 0) + 1 / (61 + place))
    }
    return [...scores].sort((a, b) => b[1] - a[1]).slice(0, 100).map(([id]) => id)
  })
}

async function countWords(sql: postgres.Sql, texts: string[]): Promise<Map<string, number>[]> {
  const counted: Map<string, number>[] = []
  for (let first = 0; first < texts.length; first += 500) {
    const rows = await sql<{ words: Record<string, number> }[]>`
      select coalesce((select json_object_agg(u.lexeme, cardinality(u.positions))
        from unnest(to_tsvector('english', t.text)) as u), '{}') as words
      from unnest(${
      texts.slice(first, first + 500)
    }::text[]) with ordinality as t (text, place) order by t.place`
    counted.push(...rows.map(({ words }) => new Map(Object.entries(words))))
  }
  return counted
}

/** Equal scores in the order of the collection. */
function bestOf(scores: Float64Array, documents: Collection['documents']): string[] {
  return [...scores.entries()].filter(([, score]) => score > 0).sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, 100).map(([place]) => documents[place]?.id ?? '')
}
