/**
 * Stores objects as files, named by a digest of the object's path, because paths may be longer than file names. A file
 * gets its name only when it is complete, so an aborted upload leaves nothing behind. Implements the storage adapter of
 * `@supabase/lite`, which stores bucket, path and owner in the database.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { App } from '@supabase/lite'
import { z } from 'zod'

type StorageAdapter = NonNullable<App['_storageAdapter']>
type Metadata = Awaited<ReturnType<StorageAdapter['headObject']>>
type Range = { start: number; end: number }

const Stored = z.object({ mimetype: z.string(), cacheControl: z.string(), eTag: z.string() })

export class ObjectStore implements StorageAdapter {
  driver = null
  #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async uploadObject(
    ...[bucket, key, , body, contentType, cacheControl]: Parameters<StorageAdapter['uploadObject']>
  ): Promise<Metadata> {
    const file = await this.#file(bucket, key)
    const incomplete = `${file}.${randomUUID()}`
    const digest = createHash('md5')
    const source = body instanceof Uint8Array
      ? Readable.from([body])
      : Readable.from(body as AsyncIterable<Uint8Array>)
    source.on('data', (chunk: Uint8Array) => digest.update(chunk))
    try {
      await pipeline(source, createWriteStream(incomplete))
      const eTag = `"${digest.digest('hex')}"`
      await writeFile(`${file}.json`, JSON.stringify({ mimetype: contentType, cacheControl, eTag }))
      await rename(incomplete, file)
    } catch (cause) {
      await rm(incomplete, { force: true })
      throw cause
    }
    return await this.headObject(bucket, key)
  }

  async getObject(
    ...[bucket, key, , headers]: Parameters<StorageAdapter['getObject']>
  ): ReturnType<StorageAdapter['getObject']> {
    const metadata = await this.headObject(bucket, key)
    if (headers?.ifNoneMatch === metadata.eTag) return { metadata, httpStatusCode: 304 }
    const range = headers?.range ? readRange(headers.range, metadata.size) : null
    const stream = createReadStream(await this.#file(bucket, key), range ?? {})
    const body = Readable.toWeb(stream) as ReadableStream
    if (!range) return { metadata, httpStatusCode: 200, body }
    const contentRange = `bytes ${range.start}-${range.end}/${metadata.size}`
    const contentLength = range.end - range.start + 1
    return { metadata: { ...metadata, contentRange, contentLength }, httpStatusCode: 206, body }
  }

  async headObject(bucket: string, key: string): Promise<Metadata> {
    const file = await this.#file(bucket, key)
    const { size, mtime } = await stat(file)
    const stored = Stored.parse(JSON.parse(await readFile(`${file}.json`, 'utf8')))
    return { ...stored, size, contentLength: size, lastModified: mtime, httpStatusCode: 200 }
  }

  async deleteObject(bucket: string, key: string): Promise<void> {
    const file = await this.#file(bucket, key)
    await rm(file, { force: true })
    await rm(`${file}.json`, { force: true })
  }

  async deleteObjects(bucket: string, keys: string[]): Promise<void> {
    for (const key of keys) await this.deleteObject(bucket, key)
  }

  async copyObject(
    ...[bucket, key, , toBucket, toKey]: Parameters<StorageAdapter['copyObject']>
  ): ReturnType<StorageAdapter['copyObject']> {
    const from = await this.#file(bucket, key)
    const to = await this.#file(toBucket, toKey)
    await copyFile(`${from}.json`, `${to}.json`)
    await copyFile(from, to)
    const { eTag, lastModified } = await this.headObject(toBucket, toKey)
    return { eTag, httpStatusCode: 200, ...(lastModified ? { lastModified } : {}) }
  }

  async privateAssetUrl(bucket: string, key: string): Promise<string> {
    return `file://${await this.#file(bucket, key)}`
  }

  async #file(bucket: string, key: string): Promise<string> {
    const folder = join(this.#folder, encodeURIComponent(bucket))
    await mkdir(folder, { recursive: true })
    return join(folder, createHash('sha256').update(key).digest('hex'))
  }
}

/** A single byte range within the object. Null for any other, which is answered with the whole object. */
function readRange(header: string, size: number): Range | null {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? []
  if (!first && !last) return null
  const start = first ? Number(first) : Math.max(size - Number(last), 0)
  const end = first && last ? Math.min(Number(last), size - 1) : size - 1
  return start <= end ? { start, end } : null
}
