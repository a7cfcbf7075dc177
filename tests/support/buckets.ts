/** Buckets for tests of Storage. */
import { strict as assert } from 'node:assert'
import { service } from './clients.ts'

type Storage = ReturnType<typeof service>['storage']
export type Options = Partial<NonNullable<Parameters<Storage['createBucket']>[1]>>
export type Files = ReturnType<Storage['from']>

/** Runs a test with a bucket that is gone afterwards, and with the secret key. */
export async function withBucket(
  options: Options,
  test: (files: Files, bucket: string) => Promise<void>,
): Promise<void> {
  const bucket = `test-${crypto.randomUUID()}`
  const { storage } = service()
  assert.equal((await storage.createBucket(bucket, { public: false, ...options })).error, null)
  try {
    await test(storage.from(bucket), bucket)
  } finally {
    await storage.emptyBucket(bucket)
    assert.equal((await storage.deleteBucket(bucket)).error, null)
  }
}
