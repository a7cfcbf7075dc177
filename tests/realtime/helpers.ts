/** What the tests of Realtime share: channels that are ready, what they heard, raw sockets, and tables of their own. */
import { strict as assert } from 'node:assert'
import { createClient, type RealtimeChannel, type SupabaseClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { signToken } from '../../stack/keys/tokens.ts'
import { createWorkspace, env, type Person, service, workIn } from '../support/clients.ts'
import { until, within } from '../support/wait.ts'

/** How long nothing must happen for it to count as never, in ms. */
export const quiet = 700

/** Tests look into answers of many shapes. */
// deno-lint-ignore no-explicit-any
export type Loose = any
type AnyClient = SupabaseClient<Loose, Loose, Loose>

/** A client of its own socket. `token` stays as it is given. */
export function connect(
  { token, key = env('SUPABASE_PUBLISHABLE_KEY'), ...realtime }: {
    token?: string | (() => string)
    key?: string
    vsn?: string
    transport?: typeof WebSocket
    heartbeatIntervalMs?: number
    url?: string
  } = {},
): AnyClient {
  const { url = env('SUPABASE_URL'), ...options } = realtime
  return createClient(url, key, {
    auth: { persistSession: false, autoRefreshToken: false },
    realtime: options as never,
    ...(token === undefined
      ? {}
      : { accessToken: () => Promise.resolve(typeof token === 'string' ? token : token()) }),
  })
}

/** Closes the client's socket, so that nothing is left running. */
export async function disconnect(
  ...clients: { realtime: AnyClient['realtime']; removeAllChannels: AnyClient['removeAllChannels'] }[]
): Promise<void> {
  await Promise.all(clients.map(async (client) => {
    await client.removeAllChannels()
    await client.realtime.disconnect()
  }))
}

/** A token of the stack under test. */
export async function token(claims: Record<string, unknown> = {}, lifetime = 3600): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return await signToken({
    role: 'authenticated',
    aud: 'authenticated',
    iat: now,
    exp: now + lifetime,
    ...claims,
  }, {
    secret: env('SUPABASE_JWT_SECRET'),
  })
}

type System = { extension: string; status: string; message: string; channel: string }

/** Joins, and waits until changes are subscribed to as well where the channel asks for any. Rejects if it may not. */
export async function subscribed(channel: RealtimeChannel): Promise<RealtimeChannel> {
  // Otherwise the library may join before it knows the token.
  await channel.socket.setAuth()
  const wantsChanges = (channel.bindings.postgres_changes?.length ?? 0) > 0
  const ready = Promise.withResolvers<void>()
  channel.on('system', {}, (payload: System) => {
    if (payload.extension !== 'postgres_changes') return
    if (payload.status === 'ok') ready.resolve()
    else ready.reject(new Error(payload.message))
  })
  channel.subscribe((status, error) => {
    if (status === 'SUBSCRIBED' && !wantsChanges) ready.resolve()
    if (status === 'CHANNEL_ERROR' || status === 'TIMED_OUT') ready.reject(error ?? new Error(status))
  })
  await within(ready.promise, `the channel ${channel.topic} did not become ready`)
  return channel
}

export type Change = {
  eventType: string
  schema: string
  table: string
  commit_timestamp: string
  new: Record<string, unknown>
  old: Record<string, unknown>
  errors: string[] | null
}

/** A channel on changes of a table, and what it hears. */
export async function watch(
  client: AnyClient,
  wanted: { event?: string; schema: string; table?: string; filter?: string; select?: string[] },
): Promise<{ heard: Change[]; channel: RealtimeChannel }> {
  const heard: Change[] = []
  const channel = client.channel(`watch-${crypto.randomUUID()}`)
    .on(
      'postgres_changes',
      { event: '*', ...wanted } as never,
      (change: unknown) => heard.push(change as Change),
    )
  await subscribed(channel)
  return { heard, channel }
}

/** A new workspace of a user, with another one as a member; both work in it. Returns its id. */
export async function addMember(
  of: Person,
  member: Person,
  role: 'employee' | 'manager' | 'admin',
): Promise<string> {
  const workspace_id = await createWorkspace(of, 'Team')
  const { error } = await service().from('workspace_members')
    .insert({ workspace_id, user_id: member.id, role, display_name: member.email })
  assert.equal(error, null)
  await workIn(member, workspace_id)
  return workspace_id
}

/** A connection as the project's own role, as psql would make it. */
export async function asPostgres<T>(use: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })
  try {
    return await use(sql)
  } finally {
    await sql.end()
  }
}

/**
 * A published table of a schema of its own, for as long as a test needs it. `columns` are SQL; every role may select,
 * and who sees which rows is up to `policy`.
 */
export async function withTable(
  columns: string,
  use: (table: { schema: string; sql: postgres.Sql }) => Promise<void>,
  { policy = 'true', setup = '' }: { policy?: string | null; setup?: string } = {},
): Promise<void> {
  const schema = `realtime_${crypto.randomUUID().slice(0, 8)}`
  await asPostgres(async (sql) => {
    await sql.unsafe(`
      create schema ${schema};
      grant usage on schema ${schema} to anon, authenticated, service_role;
      create table ${schema}.things (${columns});
      grant select on ${schema}.things to anon, authenticated, service_role;
      ${
      policy === null ? '' : `alter table ${schema}.things enable row level security;
      create policy "Some read some things" on ${schema}.things for select to anon, authenticated using (${policy});`
    }
      ${setup.replaceAll('$schema', schema)}
      alter publication supabase_realtime add table ${schema}.things;
    `)
    try {
      await use({ schema, sql })
    } finally {
      await sql.unsafe(`drop schema ${schema} cascade`)
    }
  })
}

/** A socket without a library: JSON messages of version 1.0.0 or 2.0.0 as they are. */
export class RawSocket {
  readonly frames: unknown[] = []
  closed: CloseEvent | undefined
  #socket: WebSocket
  #version: string

  private constructor(socket: WebSocket, version: string) {
    this.#socket = socket
    this.#version = version
    socket.binaryType = 'arraybuffer'
    socket.onmessage = ({ data }) =>
      this.frames.push(typeof data === 'string' ? JSON.parse(data) : new Uint8Array(data))
    socket.onclose = (event) => this.closed = event
    socket.onerror = () => {}
  }

  static async open(
    { version = '2.0.0', apikey = env('SUPABASE_PUBLISHABLE_KEY') }: { version?: string; apikey?: string } =
      {},
  ): Promise<RawSocket> {
    const url = new URL(`${env('SUPABASE_URL').replace('http', 'ws')}/realtime/v1/websocket`)
    url.searchParams.set('vsn', version)
    if (apikey) url.searchParams.set('apikey', apikey)
    const socket = new WebSocket(url)
    const raw = new RawSocket(socket, version)
    await until(() => socket.readyState !== WebSocket.CONNECTING, 'the socket opened')
    if (socket.readyState !== WebSocket.OPEN) throw new Error('the socket was refused')
    return raw
  }

  send(joinRef: string | null, ref: string | null, topic: string, event: string, payload: unknown): void {
    this.sendFrame(
      this.#version === '2.0.0'
        ? JSON.stringify([joinRef, ref, topic, event, payload])
        : JSON.stringify({ join_ref: joinRef, ref, topic, event, payload }),
    )
  }

  sendFrame(frame: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(frame)
  }

  /** The first frame of version 2.0.0 with this event, and this ref if one is given; it is taken out. */
  async next(event: string, ref?: string): Promise<[string | null, string | null, string, string, Loose]> {
    const matches = (frame: unknown): boolean =>
      Array.isArray(frame) && frame[3] === event && (ref === undefined || frame[1] === ref)
    await until(
      () => this.frames.some(matches),
      `${event} ${ref ?? ''} came (${JSON.stringify(this.frames).slice(0, 500)})`,
    )
    return this.frames.splice(this.frames.findIndex(matches), 1)[0] as never
  }

  /** Joins and answers the reply's payload. */
  async join(
    topic: string,
    config: object = {},
    more: object = {},
  ): Promise<{ status: string; response: Loose }> {
    const ref = crypto.randomUUID().slice(0, 8)
    this.send(ref, ref, topic, 'phx_join', { config, ...more })
    return (await this.next('phx_reply', ref))[4]
  }

  async close(): Promise<void> {
    this.#socket.close()
    await until(() => this.closed !== undefined, 'the socket closed')
  }
}

/** A test whose sockets may end a moment after it. */
export function test(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, fn: () => fn(), sanitizeOps: false, sanitizeResources: false })
}

export { assert }
