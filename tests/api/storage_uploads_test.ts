/** What Storage takes in, and what it refuses as the hosted service does. */
import { strict as assert } from 'node:assert'
import { type Options, withBucket } from '../support/buckets.ts'
import { env, request, service, signUp } from '../support/clients.ts'

type Refusal = { message: string; statusCode?: string | undefined } | null

const refused = (
  error: Refusal,
): [string | undefined, string | undefined] => [error?.statusCode, error?.message]

Deno.test('an object is stored once, replaced with upsert, and keeps its id', async () => {
  await withBucket({}, async (files, bucket) => {
    const first = await files.upload('a/b.txt', 'one', { contentType: 'text/plain' })
    assert.deepEqual([first.data?.path, first.data?.fullPath], ['a/b.txt', `${bucket}/a/b.txt`])
    for (const body of ['two', new Blob(['two'])]) {
      assert.deepEqual(refused((await files.upload('a/b.txt', body)).error), [
        '409',
        'The resource already exists',
      ])
    }
    assert.equal(await (await files.download('a/b.txt')).data?.text(), 'one')
    const replaced = await files.upload('a/b.txt', new Blob(['two']), { upsert: true })
    assert.deepEqual([replaced.error, replaced.data?.id], [null, first.data?.id])
    assert.equal(await (await files.download('a/b.txt')).data?.text(), 'two')
    assert.equal((await files.update('a/b.txt', 'three')).error, null)
    assert.equal(await (await files.download('a/b.txt')).data?.text(), 'three')
    assert.equal((await files.info('a/b.txt')).data?.size, 5)
    const raw = await request(`/storage/v1/object/${bucket}/a/b.txt`, { method: 'POST', body: 'x' })
    assert.deepEqual([raw.status, raw.body], [400, {
      ...{ statusCode: '403', code: 'AccessDenied', error: 'Unauthorized' },
      message: 'new row violates row-level security policy',
    }])
    assert.equal((await files.upload('empty', new Blob([]))).error, null)
    assert.equal((await files.download('empty')).data?.size, 0)
  })
})

Deno.test('a bucket takes the sizes and the types that it allows', async () => {
  const limits: Options = { fileSizeLimit: '1kb', allowedMimeTypes: ['image/*', 'text/plain'] }
  await withBucket(limits, async (files, bucket) => {
    const { data: created } = await service().storage.getBucket(bucket)
    assert.deepEqual([created?.file_size_limit, created?.allowed_mime_types, created?.public], [
      1000,
      ['image/*', 'text/plain'],
      false,
    ])
    assert.ok(!('type' in (created ?? {})), 'as on hosted projects')
    const listed = (await service().storage.listBuckets()).data?.find(({ id }) => id === bucket)
    assert.equal((listed as { type?: string } | undefined)?.type, 'STANDARD')
    const sized = async (bytes: number, contentType: string): Promise<ReturnType<typeof refused>> =>
      refused((await files.upload(`${bytes}`, new Uint8Array(bytes), { contentType })).error)
    assert.deepEqual(await sized(1000, 'text/plain'), [undefined, undefined])
    assert.deepEqual(await sized(1001, 'text/plain'), ['413', 'The object exceeded the maximum allowed size'])
    assert.deepEqual(await sized(1, 'text/html'), ['415', 'mime type text/html is not supported'])
    assert.deepEqual(await sized(2, 'image/png'), [undefined, undefined])
    const blob = (type: string, bytes: number): Blob => new Blob([new Uint8Array(bytes)], { type })
    assert.deepEqual(refused((await files.upload('form', blob('image/png', 1001))).error)[0], '413')
    assert.deepEqual(refused((await files.upload('form', blob('text/html', 1))).error)[0], '415')
    assert.deepEqual((await files.list()).data?.map(({ name }) => name), ['1000', '2'])
    const stream = new ReadableStream({
      start: (controller) => {
        for (let sent = 0; sent < 4; sent++) controller.enqueue(new Uint8Array(400))
        controller.close()
      },
    })
    const endless = await files.upload('stream', stream, { contentType: 'image/png', duplex: 'half' })
    assert.equal(refused(endless.error)[0], '413', 'a body that does not say its size is measured')
    assert.equal((await files.exists('stream')).data, false)

    const { storage } = service()
    assert.equal((await storage.updateBucket(bucket, { public: true, fileSizeLimit: null })).error, null)
    const { data: changed } = await storage.getBucket(bucket)
    assert.deepEqual([changed?.file_size_limit, changed?.allowed_mime_types?.length, changed?.public], [
      null,
      2,
      true,
    ])
    for (const fileSizeLimit of ['5 apples', '20gb']) {
      assert.notEqual((await storage.updateBucket(bucket, { public: true, fileSizeLimit })).error, null)
    }
  })
})

Deno.test('a form that does not say its length is read only as far as the largest file', async () => {
  await withBucket({ fileSizeLimit: '1kb' }, async (_files, bucket) => {
    const start = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    // Without an end: only what is refused before it is read wholly has an answer.
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(start)),
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
    })
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    const answer = await request(`/storage/v1/object/${bucket}/form`, { method: 'POST', headers, body })
    assert.deepEqual((answer.body as { statusCode: string }).statusCode, '413')
  })
})

Deno.test('buckets have names that hosted projects take, and are removed only when they are empty', async () => {
  const { storage } = service()
  for (const name of ['', ' a', 'a/b', 'a%b', 'ä', 'x'.repeat(101)]) {
    assert.deepEqual(refused((await storage.createBucket(name)).error), ['400', 'Bucket name invalid'], name)
  }
  assert.equal((await storage.getBucket('nowhere')).error?.message, 'Bucket not found')
  assert.equal((await storage.updateBucket('nowhere', { public: true })).error?.message, 'Bucket not found')
  assert.equal((await storage.deleteBucket('nowhere')).error?.message, 'Bucket not found')
  await withBucket({}, async (files, bucket) => {
    assert.deepEqual(refused((await storage.createBucket(bucket)).error), [
      '409',
      'The resource already exists',
    ])
    await files.upload('a', 'a')
    assert.equal(refused((await storage.deleteBucket(bucket)).error)[0], '409')
    const { data } = await storage.listBuckets()
    assert.ok(data?.some(({ id, name }) => id === bucket && name === bucket))
    const eve = (await signUp('eve')).client.storage
    assert.deepEqual((await eve.listBuckets()).data, [])
    assert.equal(refused((await eve.createBucket('mine')).error)[0], '403')
    assert.equal((await eve.deleteBucket(bucket)).error === null, false)
    assert.notEqual((await eve.emptyBucket(bucket)).error, null)
    assert.equal((await files.exists('a')).data, true)
  })
})

Deno.test('a signed link takes one upload, also without a token', async () => {
  await withBucket({}, async (files, bucket) => {
    const { data } = await files.createSignedUploadUrl('a/b.txt')
    assert.match(
      data?.signedUrl ?? '',
      new RegExp(`/storage/v1/object/upload/sign/${bucket}/a/b.txt\\?token=`),
    )
    assert.equal(data?.path, 'a/b.txt')
    const options = { contentType: 'text/plain', cacheControl: '5', metadata: { by: 'link' } }
    const anonymous = (await signUp('guest')).client.storage.from(bucket)
    const stored = await anonymous.uploadToSignedUrl(
      'a/b.txt',
      data?.token ?? '',
      new Blob(['text']),
      options,
    )
    assert.deepEqual([stored.error, stored.data?.fullPath], [null, `${bucket}/a/b.txt`])
    assert.equal((await files.info('a/b.txt')).data?.cacheControl, 'max-age=5')
    const again = await anonymous.uploadToSignedUrl('a/b.txt', data?.token ?? '', 'again')
    assert.deepEqual(refused(again.error), ['409', 'The resource already exists'])
    const other = await anonymous.uploadToSignedUrl('other.txt', data?.token ?? '', 'text')
    assert.equal(other.error?.message, 'Invalid signature')
    assert.equal(refused((await files.createSignedUploadUrl('a/b.txt')).error)[0], '409')
    const upsert = await files.createSignedUploadUrl('a/b.txt', { upsert: true })
    assert.equal((await anonymous.uploadToSignedUrl('a/b.txt', upsert.data?.token ?? '', 'new')).error, null)
    assert.equal(await (await files.download('a/b.txt')).data?.text(), 'new')
    const { data: link } = await files.createSignedUrl('a/b.txt', 60)
    const token = new URL(link?.signedUrl ?? '').searchParams.get('token') ?? ''
    assert.notEqual(
      (await anonymous.uploadToSignedUrl('a/b.txt', token, 'x')).error,
      null,
      'a link to read stores nothing',
    )
  })
})

Deno.test('objects are copied and moved, within a bucket and to another one', async () => {
  await withBucket({}, async (files, bucket) => {
    await withBucket({}, async (others, other) => {
      await files.upload('a.txt', new Blob(['text'], { type: 'text/plain' }), { metadata: { a: 1 } })
      await files.upload('taken.txt', 'taken')
      const copied = await files.copy('a.txt', 'b/c.txt')
      assert.deepEqual([copied.error, copied.data?.path], [null, `${bucket}/b/c.txt`])
      const { data: info } = await files.info('b/c.txt')
      assert.deepEqual([info?.contentType, info?.metadata, info?.size], ['text/plain', { a: 1 }, 4])
      assert.equal(
        (await files.copy('a.txt', 'd.txt', { destinationBucket: other })).data?.path,
        `${other}/d.txt`,
      )
      assert.equal(await (await others.download('d.txt')).data?.text(), 'text')
      assert.deepEqual(refused((await files.copy('a.txt', 'taken.txt')).error), [
        '409',
        'The resource already exists',
      ])
      assert.deepEqual(refused((await files.copy('none.txt', 'e.txt')).error), ['404', 'Object not found'])

      const moved = await files.move('a.txt', 'e/f.txt', { destinationBucket: other })
      assert.deepEqual([moved.error, moved.data?.message], [null, 'Successfully moved'])
      assert.equal((await files.exists('a.txt')).data, false)
      assert.equal(await (await others.download('e/f.txt')).data?.text(), 'text')
      assert.equal(refused((await files.move('b/c.txt', 'taken.txt')).error)[0], '409')
      assert.equal(await (await files.download('taken.txt')).data?.text(), 'taken')
      assert.equal(refused((await files.move('none.txt', 'x.txt')).error)[0], '404')
      assert.notEqual((await files.move('b/c.txt', 'x.txt', { destinationBucket: 'nowhere' })).error, null)
      assert.equal(await (await files.download('b/c.txt')).data?.text(), 'text')
      const eve = (await signUp('eve')).client.storage.from(bucket)
      for (const { error } of [await eve.copy('b/c.txt', 'x'), await eve.move('b/c.txt', 'x')]) {
        assert.equal(refused(error)[0], '404', 'what policies hide does not exist')
      }
      const { data: removed } = await files.remove(['b/c.txt', 'none.txt'])
      assert.deepEqual(removed?.map(({ name }) => name), ['b/c.txt'])
      assert.notEqual(removed?.[0]?.id, undefined)
    })
  })
})

Deno.test('names that hosted projects refuse are refused', async () => {
  await withBucket({}, async (files, bucket) => {
    const key = env('SUPABASE_SECRET_KEY')
    const names = [
      'ä.txt',
      'a%00b',
      'a%5Cb',
      'a%0Ab',
      'a#b',
      'a%25b',
      '..%2Fx',
      'a%2F..%2Fb',
      'a//b',
      'a/',
      '%2Fa',
      'a%7Eb',
      'x'.repeat(1025),
      '%E0%A4%A',
      '%',
    ]
    for (const name of names) {
      const path = name.replace('ä', '%C3%A4').replace('#', '%23')
      const init = { method: 'POST', key, body: 'x', headers: { 'content-type': 'text/plain' } }
      const { status, body } = await request(`/storage/v1/object/${bucket}/${path}`, init)
      assert.deepEqual([status, (body as { error: string }).error], [400, 'InvalidKey'], name)
    }
    for (const name of ["a/b c!-_.*'()&$@=;:+,.txt", 'a'.repeat(1024)]) {
      assert.equal((await files.upload(name, 'x')).error, null, name)
      assert.equal(await (await files.download(name)).data?.text(), 'x', name)
    }
    const slashed = { method: 'POST', key, body: 'x', headers: { 'content-type': 'text/plain' } }
    assert.equal((await request(`/storage/v1/object/${bucket}/f%2Fg.txt`, slashed)).status, 200)
    assert.equal((await files.exists('f/g.txt')).data, true, 'an encoded slash is a slash')
  })
})

Deno.test('what the local platform lacks is refused with a code', async () => {
  for (
    const path of [
      '/upload/resumable',
      '/render/image/public/a/b',
      '/s3/a',
      '/iceberg/v1/config',
      '/vector/x',
      '/cdn/a',
    ]
  ) {
    const { status, body } = await request(`/storage/v1${path}`, { method: 'POST', body: '{}' })
    assert.deepEqual([status, (body as { error: string }).error], [501, 'not_available_locally'], path)
  }
  const unknown = await request('/storage/v1/nothing')
  assert.deepEqual([unknown.status, (unknown.body as { error: string }).error], [404, 'Not Found'])
})
