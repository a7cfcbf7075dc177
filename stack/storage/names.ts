/** Names of buckets and objects, sizes and media types: what the hosted service takes. */
import { refusals, StorageError } from './errors.ts'

const keyCharacters = /^[A-Za-z0-9_/!.*'() &$=@;:+,?-]+$/
const bucketCharacters = /^[A-Za-z0-9_!.*'() &$=@;:+,?-]{1,100}$/

/** The longest key of S3, which keeps the bytes of hosted projects. */
const maxKeyBytes = 1024

/** Throws for a key that cannot be stored. Segments that a URL cannot express are refused, too. */
export function checkKey(key: string): string {
  const odd = key.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')
  if (odd || key.length > maxKeyBytes || !keyCharacters.test(key)) throw refusals.invalidKey(key)
  return key
}

export function checkBucketName(name: string): string {
  // `.` and `..` would be folders beside those of the buckets.
  if (/^\.+$/.test(name) || name.trim() !== name || !bucketCharacters.test(name)) {
    throw refusals.invalidBucketName()
  }
  return name
}

/** The decoded rest of a path: `a%20b/c` is `a b/c`. */
export function decodePath(encoded: string): string {
  try {
    const path = decodeURIComponent(encoded)
    if (path.includes('\0')) throw refusals.invalidKey(path)
    return path
  } catch (cause) {
    throw cause instanceof StorageError ? cause : refusals.invalidKey(encoded)
  }
}

const units: Record<string, number> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
}

/** The bytes of a size such as `1mb`, or `50MiB` as config.toml has it. */
export function parseSize(size: string | number): number {
  if (typeof size === 'number') return size
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)([kmg]?i?b)$/i.exec(size) ?? []
  const factor = units[unit.toLowerCase()]
  if (count === undefined || factor === undefined) {
    throw refusals.invalidRequest('Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B')
  }
  return Math.floor(Number(count) * factor)
}

const mimeType = /^[a-z0-9+.-]+\/[a-z0-9+.-]+(;\s*charset=[a-z0-9-]+)?$|^[a-z0-9+.-]+\/\*$|^\*$/i

/** Throws for a list that contains something else than media types, `image/*` or `*`. */
export function checkMimeTypes(types: readonly string[]): void {
  const odd = types.find((type) => type.length > 1000 || !mimeType.test(type))
  if (odd !== undefined) throw refusals.invalidMimeType(odd)
}

/** Throws for a media type that a bucket does not take. An empty list takes all. */
export function checkAllowed(type: string, allowed: readonly string[]): void {
  if (allowed.length === 0 || allowed.includes('*') || allowed.includes('*/*')) return
  const [bare = ''] = type.split(';')
  const [kind] = bare.split('/')
  const names = new Set([type, bare.trim(), `${kind}/*`])
  if (!allowed.some((one) => names.has(one))) throw refusals.invalidMimeType(type)
}
