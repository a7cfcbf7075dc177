/**
 * Speed and recall of search, compared with other indexes: tenants with 1 %, 10 % and all of 100 000 passages, on a native
 * Postgres 17. The variants run alternately in one run, so that other load affects all of them.
 *
 *   search         the RPC as a user: words, meaning, fusion, highlight and the passages themselves
 *   - words        the same without a vector; "- meaning": without words
 *   - narrowed     with a filter that a quarter or a hundredth of the passages pass
 *   exact scan     all vectors of the tenant, from the table; "- side by side": from the index that holds them
 *   hnsw           approximate with iterative scans, in full and in half precision
 *   hnsw, then filter   the nearest vectors of all tenants, filtered by tenant afterwards
 *   ivfflat        as many lists as the square root of the number of passages; the square root of that is probed
 *
 * "recall" is the share of the exact ten nearest vectors among the first ten results by meaning. "cpu" is the CPU time of the
 * server, which depends less on other load than elapsed time.
 *
 * deno run -A bench/search.ts [--passages 100000] [--questions 100]
 * Uses DATABASE_URL if it is set (a superuser of an empty database). Vectors are based on the Cranfield texts if these and the
 * weights are available (CRANFIELD_PATH, EMBEDDING_MODEL_PATH), otherwise they are synthetic.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { openTransformers } from '../functions/_shared/embeddings/transformers.ts'
import { startPostgres } from '../tests/support/postgres.ts'
import { end, start } from '../tests/support/instance.ts'
import { cranfieldPath, embedCollection, noCranfield, readCollection } from './collection.ts'
import { inventedVectors, random, Writer } from './passages.ts'

const root = join(import.meta.dirname ?? '.', '..')
const model = 'all-MiniLM-L6-v2'
const models = resolve(root, Deno.env.get('EMBEDDING_MODEL_PATH') ?? join('..', 'shared', 'models'))
const { values } = parseArgs({
  options: {
    passages: { type: 'string', default: '100000' },
    questions: { type: 'string', default: '100' },
  },
})
const count = Number(values.passages)
/** A quarter of the memory of a small machine, as on the hosted platform. */
const settings = { shared_buffers: '1GB', max_wal_size: '8GB' }

type Question = { text: string; vector: string }
type Way = { name: string; tenant: Tenant; sql: string; set?: Record<string, string | number>; recall?: true }
type Tenant = { name: string; user: string; workspace: string; share: number }

const id = (label: string): string => `00000000-0000-4000-8000-${label.padStart(12, '0')}`
const tenant = (name: string, share: number): Tenant => ({
  name,
  share,
  user: id(`a${name.replace(/\D/g, '')}`),
  workspace: id(`b${name.replace(/\D/g, '')}`),
})
const one = tenant('1 %', 0.01)
const ten = tenant('10 %', 0.1)
const rest = tenant('89 %', 0.89)
const all = tenant('100 %', 1)

async function readVectors(): Promise<
  { passages: Float32Array[]; questions: Float32Array[]; source: string }
> {
  if (noCranfield || !existsSync(join(models, model))) {
    const made = inventedVectors(1_600, 384, random(1))
    return { passages: made.slice(0, 1_400), questions: made.slice(1_400), source: 'invented' }
  }
  const provider = await openTransformers({ path: models, model, dtype: 'fp32' })
  const { documents, questions } = await embedCollection(await readCollection(cranfieldPath), provider)
  return {
    passages: documents,
    questions,
    source: `around those of Cranfield, by ${model}`,
  }
}

function literal(vector: Float32Array): string {
  return `[${Array.from(vector, (value) => Math.round(value * 1e5))}]`
}

async function stage(sql: postgres.Sql, writer: Writer): Promise<void> {
  await sql.unsafe(`
    create schema bench;
    create unlogged table bench.passages (n integer, heading text, text text, vector extensions.vector(384));
    alter table bench.passages alter vector set storage main`).simple()
  const into = await sql`copy bench.passages from stdin`.writable()
  const rows = function* (): Generator<string> {
    let n = 0
    for (const { heading, text, vector } of writer.passages(count)) {
      yield `${n++}\t${heading}\t${text}\t${literal(vector)}\n`
    }
  }
  await pipeline(Readable.from(rows()), into)
}

/** Inserts the passages of these tenants, twenty per document, with the documents of all tenants interleaved. */
async function fill(sql: postgres.Sql, tenants: Tenant[]): Promise<void> {
  const indexes = await sql<{ definition: string }[]>`
    select pg_get_indexdef(i.indexrelid) as definition from pg_index as i join pg_class as c on c.oid = i.indexrelid
    where i.indrelid = 'public.search_chunks'::regclass
      and c.relname in ('search_chunks_embedding_idx', 'search_chunks_embedding_1024_idx', 'search_chunks_search_idx')`
  const bounds = tenants.reduce<number[]>((sums, { share }) => [...sums, (sums.at(-1) ?? 0) + share], [])
  const owner = bounds.map((bound, at) =>
    `when h < ${Math.round(bound * 1e6)} then '${tenants[at]?.workspace}'::uuid`
  )
  await sql.unsafe(`
    truncate public.search_chunks, public.documents cascade;
    drop index if exists bench_hnsw_idx, bench_ivfflat_idx;
    drop index search_chunks_embedding_idx, search_chunks_embedding_1024_idx, search_chunks_search_idx;
    alter table public.search_chunks disable trigger user;
    alter table public.documents disable trigger user;
    create temporary table placed as
      select d, case ${owner.join(' ')} end as workspace_id, md5('document ' || d)::uuid as id
      from (select d, (hashint4(d) & 2147483647)::bigint % 1000000 as h from generate_series(0, ${count} / 20) as d) as hashed;
    insert into public.documents (id, workspace_id, type, title) select id, workspace_id, 'pdf', 'Document ' || d from placed;
    insert into public.search_chunks (id, workspace_id, document_id, source_type, chunk_index, heading, text, page, meta, embedding, embedding_model)
    select md5('passage ' || p.n)::uuid, o.workspace_id, o.id, (array['pdf', 'docx', 'log', 'api'])[1 + p.n % 4], p.n % 20, p.heading, p.text,
      1 + p.n % 20 / 4, jsonb_build_object('area', p.n % 100, 'deeplink', jsonb_build_object('panel', 'workspace', 'chunk', p.n)),
      extensions.l2_normalize(p.vector), 'm'
    from bench.passages as p join placed as o on o.d = p.n / 20 order by p.n;
    drop table placed;
    set maintenance_work_mem = '1GB'`).simple()
  for (const { definition } of indexes) await sql.unsafe(definition)
  await sql.unsafe(`
    create index bench_hnsw_idx on public.search_chunks using hnsw (embedding extensions.vector_cosine_ops);
    create index bench_ivfflat_idx on public.search_chunks using ivfflat (embedding extensions.vector_l2_ops)
      with (lists = ${Math.round(Math.sqrt(count))});
    alter table public.search_chunks enable trigger user;
    alter table public.documents enable trigger user`).simple()
  await sql`vacuum analyze public.search_chunks`
  await sql`analyze public.documents`
  await sql`select private.compare_corpora()`
  await sql`select private.count_corpora()`
}

/** $1 is the vector of a question, $2 its text. */
function waysOf(tenant: Tenant): Way[] {
  const own = `workspace_id = '${tenant.workspace}'`
  const rpc = (args: string): string => `select * from public.search(${args})`
  const indexed = {
    enable_sort: 'off',
    enable_seqscan: 'off',
    'hnsw.iterative_scan': 'relaxed_order',
    'hnsw.ef_search': 200,
  }
  const probes = {
    ...indexed,
    'ivfflat.probes': Math.round(count ** 0.25),
    'ivfflat.iterative_scan': 'relaxed_order',
  }
  // iterative scans return rows in approximate order, so the results are sorted again, as search does
  const by = (distance: string): string =>
    `select id from (select id, embedding operator(extensions.<=>) $1::extensions.vector as d
      from public.search_chunks where ${own} order by ${distance} limit 100) as n order by d, id`
  const scan = `select id from (select id, embedding operator(extensions.<=>) $1::extensions.vector as d
    from public.search_chunks where ${own} and embedding_model = 'm' offset 0) as n order by d, id limit 100`
  const half =
    'embedding::extensions.halfvec(384) operator(extensions.<=>) $1::extensions.vector::extensions.halfvec(384)'
  const ways: Omit<Way, 'tenant'>[] = [
    { name: 'search', sql: rpc(`$2, $1::extensions.vector, 'm'`) },
    { name: '- words', sql: rpc('$2') },
    { name: '- meaning', sql: rpc(`'', $1::extensions.vector, 'm'`), recall: true },
    { name: '- narrowed to a quarter', sql: rpc(`$2, $1::extensions.vector, 'm', types => array['docx']`) },
    {
      name: '- narrowed to a hundredth',
      sql: rpc(`$2, $1::extensions.vector, 'm', metadata => '{"area": 7}'`),
    },
    { name: 'exact scan', sql: scan, set: { enable_indexonlyscan: 'off' }, recall: true },
    { name: '- side by side', sql: scan, recall: true },
    { name: 'hnsw, half precision', sql: by(half), set: indexed, recall: true },
    {
      name: 'hnsw',
      sql: by('embedding operator(extensions.<=>) $1::extensions.vector'),
      set: indexed,
      recall: true,
    },
    {
      name: 'hnsw, then filter',
      sql:
        `select id from (select id, workspace_id from public.search_chunks order by ${half} limit 100) as n where ${own}`,
      set: { ...indexed, 'hnsw.iterative_scan': 'off' },
      recall: true,
    },
    {
      name: 'ivfflat',
      sql: by('embedding operator(extensions.<->) $1::extensions.vector'),
      set: probes,
      recall: true,
    },
  ]
  return ways.map((way) => ({ ...way, tenant }))
}

type Measure = { clock: number[]; cpu: number[]; found: number; wanted: number }

async function measure(url: string, ways: Way[], questions: Question[]): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const [backend] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
  const cpu = (): number => {
    try {
      return Number(Deno.readTextFileSync(`/proc/${backend?.pid}/schedstat`).split(' ')[0]) / 1e6
    } catch {
      return NaN
    }
  }
  const results = new Map(ways.map((way) => [way, { clock: [], cpu: [], found: 0, wanted: 0 } as Measure]))
  for (const [place, { text, vector }] of [...questions.slice(0, 5), ...questions].entries()) {
    const nearest = new Map<Tenant, Set<string>>()
    for (const { tenant } of ways) {
      if (nearest.has(tenant)) continue
      const rows = await sql.unsafe(
        `select id from (select id, embedding operator(extensions.<=>) $1::extensions.vector as d from public.search_chunks
         where workspace_id = '${tenant.workspace}' offset 0) as n order by d, id limit 10`,
        [vector],
      )
      nearest.set(tenant, new Set(rows.map((row) => row['id'])))
    }
    for (const [way, result] of results) {
      const { tenant, set = {} } = way
      await sql.begin(async (sql) => {
        const claims = JSON.stringify({
          sub: tenant.user,
          role: 'authenticated',
          workspace_id: tenant.workspace,
        })
        const asCaller = way.sql.includes('public.search(')
          ? { role: 'authenticated', 'request.jwt.claims': claims }
          : {}
        for (const [name, value] of Object.entries({ ...set, ...asCaller })) {
          await sql`select set_config(${name}, ${String(value)}, true)`
        }
        const args = [vector, ...(way.sql.includes('$2') ? [text] : [])]
        const statement = way.sql.includes('$1') ? way.sql : way.sql.replace('$2', '$1')
        const given = way.sql.includes('$1') ? args : [text]
        const before = [performance.now(), cpu()] as const
        const rows = await sql.unsafe(statement, given, { prepare: true })
        // the first five only warm up
        if (place < 5) return
        result.clock.push(performance.now() - before[0])
        result.cpu.push(cpu() - before[1])
        if (!way.recall) return
        const wanted = nearest.get(tenant) ?? new Set()
        result.wanted += wanted.size
        result.found += rows.slice(0, 10).filter((row) => wanted.has(row['chunk_id'] ?? row['id'])).length
      })
    }
  }
  await sql.end()
  report(results)
}

function percentile(numbers: number[], part: number): string {
  const sorted = numbers.toSorted((a, b) => a - b)
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN).toFixed(1)
}

function report(results: Map<Way, Measure>): void {
  let last = ''
  for (const [{ name, tenant, recall }, { clock, cpu, found, wanted }] of results) {
    if (tenant.name !== last) {
      console.log(`\n| tenant with ${tenant.name} | p50 ms | p95 ms | cpu p50 | cpu p95 | recall@10 |`)
      console.log('| --- | ---: | ---: | ---: | ---: | ---: |')
    }
    last = tenant.name
    const numbers = [
      percentile(clock, 0.5),
      percentile(clock, 0.95),
      percentile(cpu, 0.5),
      percentile(cpu, 0.95),
      recall ? (found / wanted).toFixed(3) : '',
    ]
    console.log(`| ${name} | ${numbers.join(' | ')} |`)
  }
}

function load(): string {
  return Deno.loadavg().map((value) => value.toFixed(1)).join(' ')
}

const vectors = await readVectors()
const writer = new Writer(vectors.passages)
const questions = vectors.questions.slice(0, Number(values.questions)).map((vector, place) => ({
  text: writer.question(vector, place),
  vector: literal(vector),
}))
const server = await startPostgres({ settings })
try {
  await end(await start(['--ephemeral', '--no-seed'], { env: { DATABASE_URL: server.url } }))
  const sql = postgres(server.url, { max: 1, onnotice: () => {} })
  await sql`update cron.job set active = false`.catch(() => {})
  await stage(sql, writer)
  for (const { name, user, workspace } of [one, ten, rest, all]) {
    await sql`insert into auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at,
        raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
      values (${
      id('0')
    }, ${user}, 'authenticated', 'authenticated', ${`${user}@example.test`}, '', now(), '{}', '{}', now(), now())`
    await sql`insert into public.workspaces (id, name) values (${workspace}, ${name})`
    await sql`insert into public.workspace_members (workspace_id, user_id, role, display_name)
      values (${workspace}, ${user}, 'admin', 'Tenant')`
  }
  console.log(`${count} passages, ${questions.length} questions, vectors ${vectors.source}`)
  console.log(Object.entries(settings).map(([name, value]) => `${name} ${value}`).join(', '))
  for (const tenants of [[one, ten, rest], [all]]) {
    await fill(sql, tenants)
    console.log(`\nload average ${load()}`)
    for (const tenant of tenants.filter((tenant) => tenant !== rest)) {
      await measure(server.url, waysOf(tenant), questions)
    }
    console.log(`\nload average ${load()}`)
  }
  const sizes = await sql<{ name: string; size: string }[]>`
    select c.relname as name, pg_size_pretty(pg_relation_size(c.oid)) as size
    from pg_class as c
    where c.oid = 'public.search_chunks'::regclass
      or c.oid in (select i.indexrelid from pg_index as i where i.indrelid = 'public.search_chunks'::regclass)
    order by pg_relation_size(c.oid) desc`
  console.log(`\n${sizes.map(({ name, size }) => `${name} ${size}`).join('\n')}`)
  await sql.end()
} finally {
  await server.stop()
}
Deno.exit(0)
