/** Lists of objects and folders. */
import { strict as assert } from 'node:assert'
import { type Files, withBucket } from '../support/buckets.ts'
import { service, signUp } from '../support/clients.ts'

async function withFiles(
  names: string[],
  test: (files: Files, bucket: string) => Promise<void>,
): Promise<void> {
  await withBucket({}, async (files, bucket) => {
    for (const name of names) assert.equal((await files.upload(name, name)).error, null)
    await test(files, bucket)
  })
}

Deno.test('a list has the names relative to its folder, folders without an id, and pages', async () => {
  await withFiles(
    ['b.txt', 'a.txt', 'dir/c.txt', 'dir/d.txt', 'dir/sub/e.txt', 'dirt/f.txt'],
    async (files, bucket) => {
      const names = async (...args: Parameters<typeof files.list>): Promise<string[] | undefined> =>
        (await files.list(...args)).data?.map(({ name }) => name)
      assert.deepEqual(await names(), ['a.txt', 'b.txt', 'dir', 'dirt'])
      for (const folder of ['dir', 'dir/']) assert.deepEqual(await names(folder), ['c.txt', 'd.txt', 'sub'])
      assert.deepEqual(await names('dir/sub'), ['e.txt'])
      assert.deepEqual(await names('none'), [])
      assert.deepEqual(await names('', { limit: 2 }), ['a.txt', 'b.txt'])
      assert.deepEqual(await names('', { limit: 2, offset: 3 }), ['dirt'])
      assert.deepEqual(await names('dir', { sortBy: { column: 'name', order: 'desc' } }), [
        'sub',
        'd.txt',
        'c.txt',
      ])
      assert.deepEqual(await names('dir', { search: 'd' }), ['d.txt'])
      const { data } = await files.list('dir')
      const [file, , folder] = data ?? []
      assert.deepEqual([typeof file?.id, file?.metadata?.size, file?.metadata?.mimetype], [
        'string',
        9,
        'text/plain;charset=UTF-8',
      ])
      assert.deepEqual([folder?.id, folder?.metadata], [null, null])
      assert.equal((await service().storage.from('nowhere').list()).error?.message, 'Bucket not found')
      const eve = (await signUp('eve')).client.storage.from(bucket)
      assert.deepEqual((await eve.list('dir')).data, [])
    },
  )
})

Deno.test('list-v2 gives whole names, folders apart, and goes on from its cursor in every order', async () => {
  const created = ['z', 'b', 'x', 'w', 'c'].map((letter) => `dir/${letter}`)
  await withFiles([...created, 'dir/sub/e', 'other'], async (files) => {
    const top = await files.listV2({ with_delimiter: true })
    assert.equal(top.error, null)
    assert.deepEqual(top.data?.folders.map(({ key, name }) => [key, name]), [['dir', 'dir/']])
    assert.deepEqual(top.data?.objects.map(({ name }) => name), ['other'])
    assert.equal(top.data?.hasNext, false)
    const flat = await files.listV2({ prefix: 'dir/' })
    assert.equal(flat.data?.objects.length, 6)

    const sorted = created.toSorted()
    const orders: [options: Parameters<typeof files.listV2>[0], expected: string[]][] = [
      [{}, sorted],
      [{ sortBy: { column: 'name', order: 'desc' } }, sorted.toReversed()],
      [{ sortBy: { column: 'created_at', order: 'asc' } }, created],
      [{ sortBy: { column: 'created_at', order: 'desc' } }, created.toReversed()],
    ]
    for (const with_delimiter of [true, false]) {
      for (const [options, expected] of orders) {
        const seen: string[] = []
        let cursor: string | undefined
        do {
          const page = await files.listV2({
            prefix: 'dir/',
            limit: 2,
            with_delimiter,
            ...options,
            ...(cursor ? { cursor } : {}),
          })
          assert.equal(page.error, null)
          seen.push(...page.data?.objects.map(({ name }) => name) ?? [])
          cursor = page.data?.hasNext ? page.data.nextCursor : undefined
        } while (cursor)
        assert.deepEqual(
          seen.filter((name) => name !== 'dir/sub/e'),
          expected,
          JSON.stringify([options, with_delimiter]),
        )
      }
    }
    assert.notEqual((await files.listV2({ cursor: 'nonsense' })).error, null)
  })
})
