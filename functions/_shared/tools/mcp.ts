/**
 * Tools of the servers a workspace has connected (Model Context Protocol), over HTTP or server-sent events.
 *
 * Which servers a turn may use is decided by the database; where they may be is decided here: on hosts that
 * `MCP_ALLOWED_HOSTS` lists (`mcp.example.com, *.example.org`, or `*` for all), and at public addresses, unless
 * `MCP_ALLOW_PRIVATE` is true. What a server says of its tools is kept for a minute, so that a turn waits for a
 * connection only when it calls one. Whatever goes wrong with a server, the turn goes on without it.
 */
import { createMCPClient, type ListToolsResult, type MCPClient } from '@ai-sdk/mcp'
import { dynamicTool, jsonSchema, type ToolSet } from 'ai'
import { z } from 'zod'
import { appError, AppFailure } from '../../../types/errors.ts'
import type { Db } from '../chat/turns.ts'
import { isPublicAddress } from '../http/public_addresses.ts'
import { limitBytes } from '../../_lib/async/limit_bytes.ts'
import { log } from '../http/log.ts'
import { publicFetch } from '../http/guarded_fetch.ts'
import { limited } from './tools.ts'

/** To connect and to list the tools: a turn waits for it once a minute at most. In ms. */
const connecting = 3_000
/** Of one call, in ms. */
const calling = 30_000
const remembered = 60_000
/** After a failure, a server is left alone for as long, in ms. */
const resting = 30_000
const mostTools = 40
/** Of one answer, in bytes: many times what a model is told of it. */
const mostBytes = 8 * 1024 * 1024

type Definition = ListToolsResult['tools'][number]

interface Server {
  readonly id: number
  readonly name: string
  readonly server_type: 'http' | 'sse'
}

interface Known {
  readonly until: number
  readonly tools: Definition[]
}

const known = new Map<number, Known>()

const Settings = z.looseObject({
  url: z.url({ protocol: /^https?$/ }),
  headers: z.record(z.string(), z.string()).default({}),
  /** Names of the tools that may be used; all where it is absent. */
  allowed_tools: z.array(z.string()).optional(),
})
type Settings = z.infer<typeof Settings>

/** `admin` alone is told the secrets of a connection; the caller never is. */
export async function serverTools(
  { client, admin }: { client: Db; admin: Db },
  connectionIds: readonly number[],
): Promise<ToolSet> {
  if (connectionIds.length === 0) return {}
  // Read as the caller: a connection of another workspace is none.
  const { data } = await client.schema('dashboard').from('mcp_connections').select('id, name, server_type')
    .in('id', [...connectionIds]).in('server_type', ['http', 'sse'])
  const servers: Server[] = data ?? []
  const listed = await Promise.all(
    servers.map(async (server) =>
      (await definitions(admin, server)).map((definition) =>
        [toolName(server.name, definition.name), toolOf(admin, server, definition)] as const
      )
    ),
  )
  return Object.fromEntries(listed.flat().slice(0, mostTools))
}

function toolOf(admin: Db, server: Server, definition: Definition): ToolSet[string] {
  return limited(
    dynamicTool({
      description: definition.description?.slice(0, 2_000) ?? definition.name,
      inputSchema: jsonSchema(definition.inputSchema as Parameters<typeof jsonSchema>[0]),
      execute: async (input, { abortSignal }) => {
        const signal = abortSignal ?? AbortSignal.timeout(calling)
        const connection = await connect(admin, server, signal)
        try {
          const result = await connection.callTool({
            name: definition.name,
            arguments: input as Record<string, unknown>,
            options: { signal },
          })
          await note(admin, server.id, null)
          return result
        } finally {
          void connection.close().catch(() => {})
        }
      },
    }),
    calling,
  )
}

async function definitions(admin: Db, server: Server): Promise<Definition[]> {
  const { id } = server
  const found = known.get(id)
  if (found && found.until > Date.now()) return found.tools
  const signal = AbortSignal.timeout(connecting)
  try {
    const settings = await settingsOf(admin, id)
    const connection = await connect(admin, server, signal, settings)
    try {
      const { tools } = await connection.listTools({ options: { signal } })
      const allowed = tools.filter(({ name }) => settings.allowed_tools?.includes(name) ?? true)
      known.set(id, { until: Date.now() + remembered, tools: allowed })
      await note(admin, id, null)
      return allowed
    } finally {
      void connection.close().catch(() => {})
    }
  } catch (cause) {
    known.set(id, { until: Date.now() + resting, tools: [] })
    log('warn', {
      event: 'tool_server_failed',
      connection_id: id,
      error: cause instanceof AppFailure
        ? cause.error.code
        : cause instanceof Error
        ? cause.name
        : typeof cause,
    })
    await note(admin, id, reasonOf(cause, signal))
    return []
  }
}

async function connect(
  admin: Db,
  { id, server_type: type }: Server,
  signal: AbortSignal,
  settings?: Settings,
): Promise<MCPClient> {
  const { url, headers } = settings ?? await settingsOf(admin, id)
  checkHost(new URL(url).hostname)
  return await createMCPClient({
    transport: { type, url, headers, fetch: guardedFetch(), redirect: 'error' },
    clientName: 'Plinth',
    initializationOptions: { signal, timeout: connecting },
    onUncaughtError: () => {},
  })
}

async function settingsOf(admin: Db, connectionId: number): Promise<Settings> {
  const { data, error } = await admin.schema('dashboard').rpc('mcp_config', { connection_id: connectionId })
  const settings = error ? null : Settings.safeParse(data)
  if (!settings?.success) {
    throw refuse('tool_server_not_set_up', 'The settings of the tool server are not complete.')
  }
  return settings.data
}

function checkHost(host: string): void {
  const allowed = (Deno.env.get('MCP_ALLOWED_HOSTS') ?? '').split(',').map((name) =>
    name.trim().toLowerCase()
  )
  const fits = allowed.some((name) =>
    name === '*' || name === host || name.startsWith('*.') && host.endsWith(name.slice(1))
  )
  if (!fits) throw refuse('tool_server_not_allowed', `MCP_ALLOWED_HOSTS does not list ${host}.`)
}

function guardedFetch(): typeof fetch {
  const anywhere = Deno.env.get('MCP_ALLOW_PRIVATE') === 'true'
  const ports = Array.from({ length: 65_535 }, (_, index) => index + 1)
  // A name of the own network, such as localhost, is refused before it is resolved: those are asked plainly.
  return bounded(anywhere ? fetch : publicFetch({ ports, isAllowed: isPublicAddress }))
}

/** Whatever a server sends, this process has other turns to answer too. */
function bounded(ask: typeof fetch): typeof fetch {
  return async (input, init) => {
    const { body, status, statusText, headers } = await ask(input, init)
    const limited = body?.pipeThrough(
      limitBytes(mostBytes, () => refuse('tool_server_too_long', 'The tool server says too much.')),
    )
    return new Response(limited ?? null, { status, statusText, headers })
  }
}

/** What the settings screen shows. Secrets that a server repeats are taken out by the database. */
async function note(admin: Db, connectionId: number, problem: string | null): Promise<void> {
  await admin.schema('dashboard').from('mcp_connections').update(
    problem === null
      ? { status: 'active', last_used_at: new Date().toISOString() }
      : { status: 'error', error_message: problem },
  ).eq('id', connectionId)
}

function reasonOf(cause: unknown, signal: AbortSignal): string {
  if (cause instanceof AppFailure) return cause.error.message
  if (signal.aborted) return `It did not answer within ${connecting / 1_000} seconds.`
  return cause instanceof Error ? cause.message.slice(0, 500) : 'It failed.'
}

/** Providers take letters, digits, _ and -, 64 at most. */
export function toolName(server: string, tool: string): string {
  const plain = (text: string): string => text.replace(/[^a-zA-Z0-9_-]+/g, '_').replace(/^_+|_+$/g, '')
  return `${plain(server).slice(0, 24)}_${plain(tool)}`.slice(0, 64)
}

function refuse(code: string, message: string): AppFailure {
  return new AppFailure(appError('validation', { code, message }))
}
