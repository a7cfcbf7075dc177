/** What somebody tries who wants more of Storage than is theirs. */
import { strict as assert } from 'node:assert'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { generateKeys } from '../../stack/keys/tokens.ts'
import { Catalog } from '../../stack/storage/catalog.ts'
import { ObjectStore } from '../../stack/storage/object_store.ts'
import { createStorage } from '../../stack/storage/storage.ts'
import { withBucket } from '../support/buckets.ts'
import { env, request, service, signUp } from '../support/clients.ts'

type Send = (path: string, init?: RequestInit) => Promise<Response>

/** Runs a test with a Storage of its own on the database, whose bytes it can see. */
async function withStorage(
  test: (send: Send, files: () => Promise<number>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'objects-'))
  const admin = new URL(env('DATABASE_URL'))
  admin.username = 'supabase_admin'
  const catalog = new Catalog(admin.href, 8)
  const keys = await generateKeys()
  const fetch = createStorage({ catalog, objects: new ObjectStore(folder), keys, maxBytes: 1_000_000 })
  const send: Send = (path, { headers, ...init } = {}) =>
    fetch(
      new Request(`http://storage/storage/v1${path}`, {
        ...init,
        headers: { apikey: keys.secretKey, ...Object.fromEntries(new Headers(headers)) },
      }),
    )
  const files = async (): Promise<number> =>
    (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length
  try {
    await test(send, files)
  } finally {
    await catalog.close()
    await rm(folder, { recursive: true })
  }
}

Deno.test('uploads of one object at the same time leave the bytes of one', async () => {
  await withBucket({}, async (_files, bucket) => {
    await withStorage(async (send, files) => {
      const path = `/object/${bucket}/same`
      for (let round = 0; round < 3; round++) {
        const answers = await Promise.all(
          Array.from(
            { length: 8 },
            (_, index) => send(path, { method: 'POST', body: `${index}`, headers: { 'x-upsert': 'true' } }),
          ),
        )
        assert.deepEqual(
          await Promise.all(answers.map((each) => each.status === 200 || each.text())),
          Array(8).fill(true),
        )
        assert.equal(await files(), 1)
      }
      await send(path, { method: 'DELETE' })
      assert.equal(await files(), 0)
    })
  })
})

Deno.test('an object that is replaced while it moves keeps its new bytes', async () => {
  await withBucket({}, async (_files, bucket) => {
    await withStorage(async (send, files) => {
      const headers = { 'x-upsert': 'true' }
      for (let round = 0; round < 8; round++) {
        const body = JSON.stringify({ bucketId: bucket, sourceKey: `a${round}`, destinationKey: `b${round}` })
        await send(`/object/${bucket}/a${round}`, { method: 'POST', body: 'old', headers })
        const [replaced, moved] = await Promise.all([
          send(`/object/${bucket}/a${round}`, { method: 'POST', body: 'newer', headers }),
          send('/object/move', { method: 'POST', body }),
        ])
        assert.equal(replaced.status, 200)
        assert.ok([200, 400].includes(moved.status), 'too late is no failure of the service')
        for (const name of ['a', 'b']) {
          const answer = await send(`/object/${bucket}/${name}${round}`)
          if (answer.status !== 200) continue
          const text = await answer.text()
          assert.equal(answer.headers.get('content-length'), String(text.length))
        }
      }
      const { data } = await service().storage.from(bucket).list()
      assert.equal(await files(), data?.length)
    })
  })
})

Deno.test('a user who sees a bucket does not empty it without the right to remove its objects', async () => {
  const ann = await signUp('emptying')
  const admin = new URL(env('DATABASE_URL'))
  admin.username = 'supabase_admin'
  const sql = postgres(admin.href, { max: 1, onnotice: () => {} })
  try {
    await withBucket({}, async (files, bucket) => {
      assert.equal((await files.upload('kept', 'x')).error, null)
      const policy = sql(`Test ${bucket}`)
      const id = sql.unsafe(`'${bucket}'`)
      await sql`create policy ${policy} on storage.buckets for select to authenticated using (id = ${id})`
      await sql`create policy ${policy} on storage.objects for select to authenticated using (bucket_id = ${id})`
      try {
        const { status, body } = await request(`/storage/v1/bucket/${bucket}/empty`, {
          method: 'POST',
          token: ann.token,
        })
        assert.deepEqual([status, (body as { statusCode: string }).statusCode], [400, '403'])
        assert.equal((await files.exists('kept')).data, true)
      } finally {
        await sql`drop policy ${policy} on storage.buckets`
        await sql`drop policy ${policy} on storage.objects`
      }
    })
  } finally {
    await sql.end()
  }
})

Deno.test('names, types and metadata that cannot be are refused, and served harmlessly', async () => {
  for (const id of ['.', '..', '...']) {
    const { error } = await service().storage.createBucket(id)
    assert.equal(error?.message, 'Bucket name invalid', id)
  }
  await withBucket({}, async (files, bucket) => {
    const field = (name: string, value: string): string =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    const file = `--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b--\r\n`
    const stored = {
      method: 'POST',
      body: field('contentType', 'text/plain\n;x') + file,
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    }
    const key = env('SUPABASE_SECRET_KEY')
    assert.equal((await request(`/storage/v1/object/${bucket}/odd`, { ...stored, key })).status, 200)
    const odd = await request(`/storage/v1/object/${bucket}/odd`, { key })
    assert.deepEqual([odd.status, odd.headers.get('content-type')], [200, 'application/octet-stream'])
    const signed = await request(`/storage/v1/object/upload/sign/${bucket}/new`, {
      method: 'POST',
      key,
      headers: { 'x-metadata': '%' },
    })
    assert.equal(signed.status, 200)
    assert.equal((await files.exists('new')).data, false)
  })
})
