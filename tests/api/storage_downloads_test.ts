/** What Storage sends, with which headers, and to whom: stock supabase-js, and fetch where headers matter. */
import { strict as assert } from 'node:assert'
import { withBucket } from '../support/buckets.ts'
import { client, env, request, signUp } from '../support/clients.ts'

async function get(
  url: string,
  init: RequestInit = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(url, init)
  return { status: response.status, text: await response.text(), headers: response.headers }
}

Deno.test('a public object has the cache time, the type and the tag of its upload, and is answered in ranges', async () => {
  await withBucket({ public: true }, async (files) => {
    await files.upload('a/b.txt', new Blob(['0123456789'], { type: 'text/plain' }), { cacheControl: '60' })
    const url = files.getPublicUrl('a/b.txt').data.publicUrl
    const whole = await get(url)
    assert.deepEqual([whole.status, whole.text], [200, '0123456789'])
    assert.equal(whole.headers.get('cache-control'), 'max-age=60')
    assert.match(whole.headers.get('content-type') ?? '', /^text\/plain/)
    assert.equal(whole.headers.get('accept-ranges'), 'bytes')
    assert.notEqual(whole.headers.get('last-modified'), null)
    const etag = whole.headers.get('etag') ?? ''
    assert.match(etag, /^"[0-9a-f]{32}"$/)

    for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const unchanged = await get(url, { headers: { 'if-none-match': tags } })
      assert.deepEqual([unchanged.status, unchanged.text], [304, ''], tags)
    }
    assert.equal((await get(url, { headers: { 'if-none-match': '"other"' } })).status, 200)
    const since = whole.headers.get('last-modified') ?? ''
    assert.equal((await get(url, { headers: { 'if-modified-since': since } })).status, 304)

    const ranges: [range: string, text: string, answered: string][] = [
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-2', '89', 'bytes 8-9/10'],
      ['bytes=5-99', '56789', 'bytes 5-9/10'],
    ]
    for (const [range, text, answered] of ranges) {
      const part = await get(url, { headers: { range } })
      assert.deepEqual(
        [part.status, part.text, part.headers.get('content-range')],
        [206, text, answered],
        range,
      )
    }
    const beyond = await get(url, { headers: { range: 'bytes=10-' } })
    assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, 'bytes */10'])

    const head = await get(url, { method: 'HEAD' })
    assert.deepEqual([head.status, head.text, head.headers.get('content-length')], [200, '', '10'])
    assert.equal((await get(`${url}x`, { method: 'HEAD' })).status, 400)
  })
})

Deno.test('a link with a name for the download says so to the browser', async () => {
  await withBucket({ public: true }, async (files) => {
    await files.upload('a.txt', 'text')
    const disposition = async (url: string | undefined): Promise<string | null> =>
      (await get(url ?? '')).headers.get('content-disposition')
    const named = `attachment; filename=r%C3%A9port.txt; filename*=UTF-8''r%C3%A9port.txt`
    const { publicUrl } = files.getPublicUrl('a.txt').data
    assert.equal(await disposition(publicUrl), null)
    assert.equal(
      await disposition(files.getPublicUrl('a.txt', { download: true }).data.publicUrl),
      'attachment;',
    )
    assert.equal(
      await disposition(files.getPublicUrl('a.txt', { download: 'réport.txt' }).data.publicUrl),
      named,
    )
    const signed = await files.createSignedUrl('a.txt', 60, { download: 'report.txt' })
    assert.equal(
      await disposition(signed.data?.signedUrl),
      `attachment; filename=report.txt; filename*=UTF-8''report.txt`,
    )
    assert.equal(
      await disposition((await files.createSignedUrl('a.txt', 60, { download: true })).data?.signedUrl),
      'attachment;',
    )
  })
})

Deno.test('no object runs scripts on the origin of the platform', async () => {
  await withBucket({ public: true }, async (files) => {
    const script = '<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>'
    const types: [uploaded: string, sent: RegExp][] = [
      ['text/html', /^text\/plain/],
      ['application/xhtml+xml', /^text\/plain/],
      ['text/html; charset=utf-8', /^text\/plain/],
      ['TEXT/HTML', /^text\/plain/],
      ['image/svg+xml', /^image\/svg\+xml/],
      ['text/xml', /^text\/xml/],
      ['application/x-unknown', /^application\/x-unknown/],
      ['nonsense', /^application\/octet-stream/],
    ]
    for (const [index, [contentType, sent]] of types.entries()) {
      await files.upload(`${index}`, script, { contentType })
      const { headers } = await get(files.getPublicUrl(`${index}`).data.publicUrl)
      assert.match(headers.get('content-type') ?? '', sent, contentType)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*sandbox$/)
    }
  })
})

Deno.test('a private bucket answers only callers that policies let in, and none under its public address', async () => {
  await withBucket({ public: false }, async (files, bucket) => {
    await files.upload('secret.txt', 'secret')
    const paths = ['', 'public/', 'authenticated/', 'info/', 'info/public/', 'info/authenticated/']
    for (const path of paths) {
      const { status, body } = await request(`/storage/v1/object/${path}${bucket}/secret.txt`)
      assert.equal(status, 400, path)
      assert.equal((body as { statusCode: string }).statusCode, '404', path)
      assert.doesNotMatch(JSON.stringify(body), /"secret"/)
    }
    const without = await get(`${env('SUPABASE_URL')}/storage/v1/object/${bucket}/secret.txt`)
    assert.deepEqual([without.status, JSON.parse(without.text).error], [400, 'Bucket not found'])
    const key = env('SUPABASE_SECRET_KEY')
    const asService = await request(`/storage/v1/object/authenticated/${bucket}/secret.txt`, { key })
    assert.deepEqual([asService.status, asService.body], [200, 'secret'])
    const wrong = await request(`/storage/v1/object/${bucket}/secret.txt`, { key, token: 'garbage' })
    assert.deepEqual([wrong.status, (wrong.body as { statusCode: string }).statusCode], [400, '403'])
    const eve = (await signUp('eve')).client.storage.from(bucket)
    assert.deepEqual([(await eve.exists('secret.txt')).data, (await files.exists('secret.txt')).data], [
      false,
      true,
    ])
    assert.notEqual((await eve.info('secret.txt')).error, null)
  })
})

Deno.test('info describes an object with what its upload said of it', async () => {
  await withBucket({ public: false }, async (files, bucket) => {
    const metadata = { customer: 'Müller', rooms: 3 }
    await files.upload('a/b.txt', new Blob(['text'], { type: 'text/plain' }), {
      metadata,
      cacheControl: '10',
    })
    const { data, error } = await files.info('a/b.txt')
    assert.equal(error, null)
    const { id, version, etag, createdAt, lastModified, ...described } = data ?? {}
    for (const value of [id, version, etag, createdAt, lastModified]) assert.equal(typeof value, 'string')
    assert.deepEqual(described, {
      ...{
        name: 'a/b.txt',
        bucketId: bucket,
        size: 4,
        contentType: 'text/plain',
        cacheControl: 'max-age=10',
      },
      metadata,
    })
    // The bytes themselves, with the description in a header.
    await files.upload('c.bin', new Uint8Array([1, 2]), { metadata, contentType: 'application/x-test' })
    assert.deepEqual((await files.info('c.bin')).data?.metadata, metadata)
    await files.upload('d.txt', 'text')
    assert.deepEqual((await files.info('d.txt')).data?.metadata, {})
    const missing = await files.info('none.txt')
    assert.equal(missing.error?.message, 'Object not found')
  })
})

Deno.test('links are signed for several objects at once, and an expired or altered one is refused', async () => {
  await withBucket({ public: false }, async (files) => {
    await files.upload('a b.txt', 'text')
    const { data } = await files.createSignedUrls(['a b.txt', 'none.txt'], 60)
    assert.deepEqual(data?.map(({ path, error }) => [path, error]), [
      ['a b.txt', null],
      ['none.txt', 'Either the object does not exist or you do not have access to it'],
    ])
    assert.equal(data?.[1]?.signedUrl, null)
    const link = data?.[0]?.signedUrl ?? ''
    const sent = await get(link)
    assert.deepEqual([sent.status, sent.text], [200, 'text'])
    assert.notEqual(sent.headers.get('expires'), null, 'a cache keeps it as long as the link is good')

    const refused = async (url: string): Promise<string> => {
      const { status, text } = await get(url)
      assert.equal(status, 400, url)
      return JSON.parse(text).error
    }
    assert.equal(await refused(link.replace('a%20b.txt', 'c.txt')), 'InvalidSignature')
    assert.equal(await refused(link.replace(/\?token=.*/, '')), 'Error')
    const uploading = await files.createSignedUploadUrl('new.txt')
    const token = uploading.data?.token ?? ''
    assert.equal(
      await refused(link.replace(/token=.*/, `token=${token}`)),
      'InvalidSignature',
      'a link for an upload reads nothing',
    )
    assert.equal((await files.createSignedUrl('none.txt', 60)).error?.message, 'Object not found')
    assert.notEqual((await files.createSignedUrl('a b.txt', 0)).error, null)
    assert.notEqual((await client().storage.from('nowhere').createSignedUrl('a', 1)).error, null)
  })
})
