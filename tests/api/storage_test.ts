/** Storage with supabase-js: objects keep their bytes, and policies decide who has access. */
import { strict as assert } from 'node:assert'
import { service, signUp } from '../support/clients.ts'

Deno.test('an object is stored, read, signed, moved and removed', async () => {
  const bucket = `test-${crypto.randomUUID()}`
  const { storage } = service()
  assert.equal((await storage.createBucket(bucket)).error, null)
  const files = storage.from(bucket)
  const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index * 31 % 251)
  assert.equal((await files.upload('a/one.bin', bytes, { contentType: 'application/x-test' })).error, null)
  assert.equal((await files.upload('a/two.txt', new Blob(['hello'], { type: 'text/plain' }))).error, null)
  assert.notEqual(
    (await files.upload('a/two.txt', 'again')).error,
    null,
    'objects are not overwritten without upsert',
  )

  const read = await files.download('a/one.bin')
  assert.deepEqual(new Uint8Array(await read.data?.arrayBuffer() ?? new ArrayBuffer()), bytes)
  const signed = await files.createSignedUrl('a/two.txt', 60)
  const fetched = await fetch(signed.data?.signedUrl ?? '')
  assert.deepEqual([fetched.status, await fetched.text()], [200, 'hello'])
  assert.equal(
    (await fetch(`${signed.data?.signedUrl}x`)).ok,
    false,
    'a forged signature is refused',
  )

  assert.equal((await files.move('a/two.txt', 'b/two.txt')).error, null)
  assert.equal(await (await files.download('b/two.txt')).data?.text(), 'hello')
  const removed = await files.remove(['a/one.bin', 'b/two.txt'])
  assert.equal(removed.error, null)
  assert.notEqual((await files.download('a/one.bin')).error, null)
  assert.equal((await storage.deleteBucket(bucket)).error, null)
})

Deno.test('without a policy a signed-in user cannot read or write a private bucket', async () => {
  const bucket = `private-${crypto.randomUUID()}`
  const owner = service().storage
  await owner.createBucket(bucket)
  await owner.from(bucket).upload('secret.txt', 'secret')
  const eve = (await signUp('reader')).client.storage.from(bucket)
  assert.notEqual((await eve.download('secret.txt')).error, null)
  assert.notEqual((await eve.upload('mine.txt', 'mine')).error, null)
  assert.notEqual((await eve.createSignedUrl('secret.txt', 60)).error, null)
  await owner.emptyBucket(bucket)
  assert.equal((await owner.deleteBucket(bucket)).error, null)
})
