/** Buckets and objects in the database: as the caller sees them, and as Storage itself does. */
import postgres from 'postgres'
import { refusals, StorageError } from './errors.ts'

/** Who asks. */
export type Caller = {
  role: string
  /** The user's id, where the caller is a user. */
  sub: string | null
  claims: Record<string, unknown>
  /** Without a key and a token, only public buckets are open. */
  anonymous: boolean
  /** As JSON, for policies that read them. */
  headers: string
}

export type Bucket = {
  id: string
  name: string
  owner: string | null
  owner_id: string | null
  public: boolean
  type: string
  file_size_limit: string | number | null
  allowed_mime_types: string[] | null
  created_at: Date
  updated_at: Date
}

export type Metadata = {
  eTag?: string
  size?: number
  mimetype?: string
  cacheControl?: string
  lastModified?: string
}

export type StoredObject = {
  id: string
  bucket_id: string
  name: string
  version: string
  metadata: Metadata | null
  user_metadata: Record<string, unknown> | null
  created_at: Date
  updated_at: Date
}

export type Sql = postgres.Sql | postgres.TransactionSql

/** Ends a transaction that only asks whether its statements are allowed. */
class Undo extends Error {}

export class Catalog {
  readonly #sql: postgres.Sql

  /** A pool of at most `max` connections of a superuser's URL, working as Storage. */
  constructor(adminUrl: string, max: number) {
    this.#sql = postgres(adminUrl, {
      max,
      onnotice: () => {},
      // The platform's own service says so too: its trigger refuses other deletes.
      connection: {
        role: 'supabase_storage_admin',
        application_name: 'plinth',
        'storage.allow_delete_query': 'true',
      },
    })
  }

  /** Runs statements with the rights of Storage, to which no policy applies. */
  async asService<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return await this.#sql.begin(work) as T
  }

  /** Runs statements with the rights of the caller. `operation` is what policies may ask for. */
  async asCaller<T>(caller: Caller, operation: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    return await this.#sql.begin(async (sql) => {
      await sql`select set_config('request.jwt.claims', ${JSON.stringify(caller.claims)}, true),
        set_config('request.jwt.claim.sub', ${caller.sub ?? ''}, true),
        set_config('request.jwt.claim.role', ${caller.role}, true),
        set_config('request.headers', ${caller.headers}, true),
        set_config('storage.operation', ${operation}, true),
        set_config('role', ${caller.role}, true)`
      return await work(sql)
    }) as T
  }

  /** Throws the refusal of statements that the caller may not run; does not run them. */
  async probe(caller: Caller, operation: string, work: (sql: Sql) => Promise<unknown>): Promise<void> {
    try {
      await this.asCaller(caller, operation, async (sql) => {
        await work(sql)
        throw new Undo()
      })
    } catch (cause) {
      if (!(cause instanceof Undo)) throw cause
    }
  }

  /** A bucket that exists, also one that the caller may not see. */
  async bucket(id: string): Promise<Bucket> {
    const [bucket] = await this.#sql<Bucket[]>`select * from storage.buckets where id = ${id}`
    if (!bucket) throw refusals.noSuchBucket()
    return bucket
  }

  async close(): Promise<void> {
    await this.#sql.end({ timeout: 1 })
  }
}

/** The object of this name that the connection may see. */
export async function findObject(sql: Sql, bucket: string, name: string): Promise<StoredObject> {
  const [object] = await sql<StoredObject[]>`
    select id, bucket_id, name, version, metadata, user_metadata, created_at, updated_at
    from storage.objects where bucket_id = ${bucket} and name = ${name}`
  if (!object) throw refusals.noSuchKey()
  return object
}

/**
 * The object that is about to be replaced, or null. Others that replace it wait for the end of the transaction: each has to
 * see the bytes that it must remove.
 */
export async function lockObject(sql: Sql, bucket: string, name: string): Promise<StoredObject | null> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${bucket}/${name}`}, 0))`
  return await findObject(sql, bucket, name).catch((cause) => {
    if (cause instanceof StorageError) return null
    throw cause
  })
}

/** What an object belongs to: the user's id, also as a uuid where it is one. */
export function ownerOf(sub: string | null): { owner: string | null; owner_id: string | null } {
  return { owner: sub !== null && uuid.test(sub) ? sub : null, owner_id: sub }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
