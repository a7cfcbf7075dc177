/**
 * Keeps the bytes of objects as files, named by a digest of the object's path and version, because paths may be longer
 * than file names. A file gets its name only when it is complete, so an aborted upload leaves nothing behind; the
 * database knows which version is the current one.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { access, copyFile, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { refusals } from './errors.ts'

export type Place = { bucket: string; key: string; version: string }
export type Range = { start: number; end: number }

export class ObjectStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Stores a body of at most `maxBytes`; throws a refusal for a longer one. */
  async write(
    place: Place,
    body: ReadableStream<Uint8Array> | Uint8Array,
    maxBytes: number,
  ): Promise<{ size: number; eTag: string }> {
    const file = await this.#file(place)
    const incomplete = `${file}.${randomUUID()}`
    const digest = createHash('md5')
    let size = 0
    const measured = new Transform({
      transform: (chunk: Uint8Array, _encoding, done) => {
        size += chunk.byteLength
        digest.update(chunk)
        done(size > maxBytes ? refusals.tooLarge() : null, chunk)
      },
    })
    const source = Readable.from(body instanceof Uint8Array ? [body] : body as AsyncIterable<Uint8Array>)
    try {
      await pipeline(source, measured, createWriteStream(incomplete))
      await rename(incomplete, file)
    } catch (cause) {
      await rm(incomplete, { force: true })
      throw cause
    }
    return { size, eTag: `"${digest.digest('hex')}"` }
  }

  async read(place: Place, range?: Range): Promise<ReadableStream<Uint8Array>> {
    const file = await this.#file(place)
    await access(file).catch(() => {
      throw refusals.noSuchKey()
    })
    return Readable.toWeb(createReadStream(file, range ?? {})) as ReadableStream<Uint8Array>
  }

  async copy(from: Place, to: Place): Promise<void> {
    await copyFile(await this.#file(from), await this.#file(to)).catch((cause) => {
      // Replaced or removed meanwhile.
      throw cause.code === 'ENOENT' ? refusals.noSuchKey() : cause
    })
  }

  async remove(place: Place): Promise<void> {
    await rm(await this.#file(place), { force: true })
  }

  async #file({ bucket, key, version }: Place): Promise<string> {
    const folder = join(this.#folder, encodeURIComponent(bucket))
    await mkdir(folder, { recursive: true })
    return join(folder, createHash('sha256').update(`${key}\n${version}`).digest('hex'))
  }
}
