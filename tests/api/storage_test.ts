/** Storage with supabase-js: objects keep their bytes, and policies decide who has access. */
import { strict as assert } from 'node:assert'
import { request, service, signUp } from '../support/clients.ts'

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
  for (
    const forged of [`${signed.data?.signedUrl}x`, `${signed.data?.signedUrl}`.replace(/token=.*/, 'token=x')]
  ) {
    const refused = await fetch(forged)
    assert.equal(refused.status, 400, 'a forged signature is refused')
    assert.equal((await refused.json()).error, 'InvalidJWT')
  }

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

Deno.test('odd paths and bodies are refused with 4xx', async () => {
  const { token } = await signUp('odd')
  const json = { 'content-type': 'application/json' }
  const paths = [
    'a%00b.txt',
    '%ff%fe',
    '%',
    '%2e%2e/x',
    'x'.repeat(3000),
    'a/'.repeat(300),
    'files//x',
    'a%0Ab',
    'a%5Cb',
    '%E0%A4%A',
  ]
  for (const path of paths) {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const { status } = await request(`/storage/v1/object/apex-files/${path}`, {
        method,
        token,
        headers: { 'content-type': 'text/plain' },
        ...(method === 'POST' || method === 'PUT' ? { body: 'x' } : {}),
      })
      assert.ok(status >= 400 && status < 500, `${method} ${path.slice(0, 40)}: ${status}`)
    }
    for (const door of ['info', 'authenticated', 'public']) {
      const { status } = await request(`/storage/v1/object/${door}/apex-files/${path}`, { token })
      assert.ok(status >= 400 && status < 500, `${door} ${path.slice(0, 40)}: ${status}`)
    }
  }
  const bodies = [
    ...[
      '{',
      '{"prefix": "a\\u0000b"}',
      '{"prefix": 5}',
      '{"limit": -1}',
      '{"limit": 1e99}',
      '{"offset": -1}',
    ],
    ...['{"sortBy": {"column": "id; drop"}}', '{"sortBy": {"column": "name", "order": "x"}}', 'null', '[]'],
  ]
  for (const body of bodies) {
    const { status } = await request('/storage/v1/object/list/apex-files', {
      method: 'POST',
      token,
      headers: json,
      body,
    })
    assert.equal(status, 400, body)
  }
  for (const door of ['move', 'copy']) {
    const { status } = await request(`/storage/v1/object/${door}`, {
      method: 'POST',
      token,
      headers: json,
      body: '{',
    })
    assert.equal(status, 400, door)
  }
  const bucket = service().storage.from('apex-files')
  const kept = await bucket.upload(`files/workspace_${crypto.randomUUID()}/x.json`, '{', {
    contentType: 'application/json',
  })
  assert.doesNotMatch(kept.error?.message ?? '', /JSON/, 'the bytes of a file are not parameters')
})

Deno.test('without a key and a token nothing is listed, written or signed', async () => {
  for (
    const [method, path] of [
      ['GET', 'bucket'],
      ['POST', 'bucket'],
      ['POST', 'object/list/apex-files'],
      ['POST', 'object/apex-files/a.txt'],
      ['POST', 'object/sign/apex-files/a.txt'],
      ['DELETE', 'object/apex-files'],
    ] as const
  ) {
    const init = { method, key: '', ...(method === 'GET' ? {} : { body: '{"name":"x"}' }) }
    const { status, body } = await request(`/storage/v1/${path}`, init)
    const { statusCode, message } = body as { statusCode: string; message: string }
    assert.deepEqual([status, statusCode, message], [400, '403', 'Invalid Compact JWS'], path)
  }
})
