/** Workers at the same time, and workers that die: no job is lost, none is done twice, and no transaction waits for another. */
import { deepStrictEqual, equal } from 'node:assert/strict'
import postgres from 'postgres'

const url = Deno.env.get('DATABASE_URL')!

/** The embedded database has one session: a second transaction waits until the first one ends. */
const isEmbedded = await embedded()

async function embedded(): Promise<boolean> {
  const sql = postgres(url, { max: 1, fetch_types: false })
  const [server] = await sql<{ embedded: boolean }[]>`select version() like '%PGlite%' as embedded`
  await sql.end()
  return server?.embedded ?? false
}

interface Tenants {
  readonly sql: postgres.Sql
  readonly workspaces: readonly string[]
}

/** Two workspaces of their own, and the queues without jobs of others. */
async function withTenants(work: (tenants: Tenants) => Promise<void>): Promise<void> {
  const sql = postgres(url, { max: 10, fetch_types: false, onnotice: () => {} })
  const workspaces = [crypto.randomUUID(), crypto.randomUUID()]
  try {
    await sql`delete from private.ingestion_jobs`
    await sql`delete from private.embedding_jobs`
    await sql`insert into public.workspaces ${sql(workspaces.map((id) => ({ id, name: 'Tenant' })))}`
    await work({ sql, workspaces })
  } finally {
    await sql`delete from public.workspaces where id in ${sql(workspaces)}`
    await sql.end()
  }
}

async function addFiles(
  sql: postgres.Sql | postgres.TransactionSql,
  workspace: string,
  count: number,
): Promise<void> {
  await sql`
    with added as (
      insert into public.artifacts (workspace_id, filename)
      select ${workspace}, 'file ' || i from generate_series(1, ${count}::int) as i returning id, workspace_id)
    insert into private.ingestion_jobs (artifact_id, workspace_id) select a.id, a.workspace_id from added as a`
}

async function addTexts(sql: postgres.Sql, workspace: string, count: number): Promise<void> {
  await sql`
    insert into public.search_chunks (workspace_id, source_type, chunk_index, text)
    select ${workspace}, 'text', i, 'text ' || i from generate_series(1, ${count}::int) as i`
}

async function claimFile(sql: postgres.Sql | postgres.TransactionSql): Promise<string | undefined> {
  const [job] = await sql<{ artifact_id: string }[]>`select artifact_id from public.claim_ingestion_job()`
  return job?.artifact_id
}

async function claimTexts(sql: postgres.Sql | postgres.TransactionSql, batch: number): Promise<number[]> {
  const jobs = await sql<{ id: number }[]>`
    select job_id::int as id from public.claim_embedding_jobs('m', 384, ${batch}::int)`
  return jobs.map(({ id }) => id)
}

Deno.test('ten workers claim every file once', () =>
  withTenants(async ({ sql, workspaces: [a, b] }) => {
    await addFiles(sql, a!, 60)
    await addFiles(sql, b!, 40)
    const claimed: string[] = []
    await Promise.all(Array.from({ length: 10 }, async () => {
      for (let file = await claimFile(sql); file; file = await claimFile(sql)) claimed.push(file)
    }))
    equal(claimed.length, 100)
    equal(new Set(claimed).size, 100)
  }))

Deno.test('ten workers claim every text once', () =>
  withTenants(async ({ sql, workspaces: [a, b] }) => {
    await addTexts(sql, a!, 300)
    await addTexts(sql, b!, 200)
    const claimed: number[] = []
    await Promise.all(Array.from({ length: 10 }, async () => {
      for (let jobs = await claimTexts(sql, 7); jobs.length > 0; jobs = await claimTexts(sql, 7)) {
        claimed.push(...jobs)
      }
    }))
    equal(claimed.length, 500)
    equal(new Set(claimed).size, 500)
  }))

Deno.test({
  name: 'a claim does not wait for one that has not ended, and gets another job',
  ignore: isEmbedded,
  fn: async () => {
    await withTenants(async ({ sql, workspaces: [a] }) => {
      await addFiles(sql, a!, 2)
      await addTexts(sql, a!, 2)
      await claimTexts(sql, 0)
      await sql`update private.embedding_jobs set available_at = now()`
      await sql.begin(async (one) => {
        const files = [await claimFile(one), await claimFile(sql)]
        equal(new Set(files).size, 2)
        const texts = [...await claimTexts(one, 1), ...await claimTexts(sql, 1)]
        equal(new Set(texts).size, 2)
        deepStrictEqual([await claimFile(sql), await claimTexts(sql, 1)], [undefined, []])
      })
    })
  },
})

Deno.test('jobs of a worker that dies before its claim ends are available at once', () =>
  withTenants(async ({ sql, workspaces: [a, b] }) => {
    await addFiles(sql, a!, 1)
    await addFiles(sql, b!, 1)
    const claimed: (string | undefined)[] = []
    await sql.begin(async (worker) => {
      claimed.push(await claimFile(worker), await claimFile(worker))
      throw new Error('killed')
    }).catch(() => {})
    deepStrictEqual(new Set([await claimFile(sql), await claimFile(sql)]), new Set(claimed))
  }))

Deno.test({
  name: 'a job whose transaction ends during a claim is claimed by the next one',
  ignore: isEmbedded,
  fn: () =>
    withTenants(async ({ sql, workspaces: [a, b] }) => {
      await addFiles(sql, a!, 1)
      await sql.begin(async (producer) => {
        await addFiles(producer, b!, 1)
        await addFiles(producer, a!, 1)
        // While the new jobs are not visible, the queue runs empty.
        equal(typeof await claimFile(sql), 'string')
        equal(await claimFile(sql), undefined)
      })
      equal(typeof await claimFile(sql), 'string')
      equal(typeof await claimFile(sql), 'string')
    }),
})

Deno.test('producers and workers of many workspaces at the same time lose nothing and do not deadlock', () =>
  withTenants(async ({ sql, workspaces }) => {
    const claimed = new Set<string>()
    const produce = async (order: readonly string[]): Promise<void> => {
      for (let i = 0; i < 10; i++) {
        await sql.begin(async (producer) => {
          for (const workspace of order) await addFiles(producer, workspace, 1)
        })
      }
    }
    const work = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        const file = await claimFile(sql)
        if (file) claimed.add(file)
      }
    }
    await Promise.all([produce(workspaces), produce(workspaces.toReversed()), work(), work()])
    for (let file = await claimFile(sql); file; file = await claimFile(sql)) claimed.add(file)
    equal(claimed.size, 40)
  }))
