/**
 * Tools of the MCP servers that a workspace has connected (Model Context Protocol, over HTTP or server-sent events).
 *
 * The database decides which servers a turn may use, again before each call, since a membership may end while a turn
 * runs; the settings decide where they may be: on hosts that
 * `MCP_ALLOWED_HOSTS` lists (`mcp.example.com, *.example.org`, or `*` for all), and at public addresses, unless
 * `MCP_ALLOW_PRIVATE` is true. The tools of a server are cached for a minute, so that a turn connects only when it calls
 * one. A turn goes on without a server that fails.
 */
import { createMCPClient, type ListToolsResult, type MCPClient } from '@ai-sdk/mcp'
import { dynamicTool, jsonSchema, type Tool } from 'ai'
import { z } from 'zod'
import { appError, AppFailure } from '../../../types/errors.ts'
import { truncate, withoutSecrets } from '../../_lib/text/mod.ts'
import { limitBytes } from '../../_lib/async/mod.ts'
import type { Db } from '../database/client.ts'
import { publicFetch } from '../http/guarded_fetch.ts'
import { log } from '../http/log.ts'
import { ToolError } from './context.ts'
import { limitTool } from './limit_tool.ts'
import type { OfferedTool, OfferedTools } from './offered_tool.ts'

/** To connect and to list the tools, which delays a turn. */
const connectTimeoutMs = 3_000
/** Of one call. */
const callTimeoutMs = 30_000
const cacheMs = 60_000
/** A server that failed is not asked again for as long. */
const failureCacheMs = 30_000
const maxTools = 40
/** Of one response: many times what a model is given of it. */
const maxResponseBytes = 8 * 1024 * 1024
const maxDescriptionChars = 2_000

type Definition = ListToolsResult['tools'][number]

const Server = z.object({
  id: z.number(),
  name: z.string(),
  server_type: z.enum(['http', 'sse']),
  is_trusted: z.boolean(),
})
type Server = z.infer<typeof Server>

interface CachedTools {
  readonly untilMs: number
  readonly tools: readonly Definition[]
}

const Settings = z.looseObject({
  url: z.url({ protocol: /^https?$/ }),
  headers: z.record(z.string(), z.string()).default({}),
  /** Names of the tools that may be used; all where it is absent. */
  allowed_tools: z.array(z.string()).optional(),
})
type Settings = z.infer<typeof Settings>

/** The MCP servers that this process knows. `admin` reads the secrets of connections, which callers cannot. */
export class McpServers {
  readonly #cache = new Map<number, CachedTools>()

  constructor(private readonly admin: () => Db) {}

  /** The tools of connections, as far as the caller may use them. */
  async tools(client: Db, connectionIds: readonly number[]): Promise<OfferedTools> {
    if (connectionIds.length === 0) return {}
    // Read as the caller: connections of other workspaces are not found.
    const { data } = await client.schema('dashboard').from('mcp_connections').select(
      'id, name, server_type, is_trusted',
    )
      .in('id', [...connectionIds]).in('server_type', ['http', 'sse'])
    const servers = Server.array().safeParse(data).data ?? []
    const listed = await Promise.all(
      servers.map(async (server) =>
        (await this.#definitions(server)).map((definition) =>
          [toolName(server.name, definition.name), this.#offer(client, server, definition)] as const
        )
      ),
    )
    return Object.fromEntries(listed.flat().slice(0, maxTools))
  }

  /** What a server says about its tools counts only where an admin trusts it. */
  #offer(client: Db, server: Server, definition: Definition): OfferedTool {
    return {
      tool: this.#toolOf(client, server, definition),
      writes: !(server.is_trusted && definition.annotations?.readOnlyHint === true),
      answersWithText: true,
      isUntrusted: !server.is_trusted,
    }
  }

  #toolOf(client: Db, server: Server, definition: Definition): Tool {
    return limitTool(
      dynamicTool({
        description: truncate(definition.description ?? definition.name, maxDescriptionChars),
        inputSchema: jsonSchema(definition.inputSchema as Parameters<typeof jsonSchema>[0]),
        execute: async (input, { abortSignal }) => {
          const signal = abortSignal ?? AbortSignal.timeout(callTimeoutMs)
          await requireServer(client, server.id, signal)
          const settings = await this.#settingsOf(server.id)
          const connection = await connect(server, settings, signal)
          try {
            const result = await connection.callTool({
              name: definition.name,
              arguments: input as Record<string, unknown>,
              options: { signal },
            })
            await this.#note(server.id, null)
            if (result.isError) throw new ToolError(failureOf(result, settings))
            return result
          } finally {
            void connection.close().catch(() => {})
          }
        },
      }),
      callTimeoutMs,
    )
  }

  async #definitions(server: Server): Promise<readonly Definition[]> {
    const { id } = server
    const cached = this.#cache.get(id)
    if (cached && cached.untilMs > Date.now()) return cached.tools
    const signal = AbortSignal.timeout(connectTimeoutMs)
    try {
      const tools = await this.#listTools(server, signal)
      this.#cache.set(id, { untilMs: Date.now() + cacheMs, tools })
      await this.#note(id, null)
      return tools
    } catch (cause) {
      this.#cache.set(id, { untilMs: Date.now() + failureCacheMs, tools: [] })
      log('warn', { event: 'tool_server_failed', connection_id: id, error: errorNameOf(cause) })
      await this.#note(id, reasonOf(cause, signal))
      return []
    }
  }

  async #listTools(server: Server, signal: AbortSignal): Promise<Definition[]> {
    const settings = await this.#settingsOf(server.id)
    const connection = await connect(server, settings, signal)
    try {
      const { tools } = await connection.listTools({ options: { signal } })
      return tools.filter(({ name }) => settings.allowed_tools?.includes(name) ?? true)
    } finally {
      void connection.close().catch(() => {})
    }
  }

  async #settingsOf(connectionId: number): Promise<Settings> {
    const { data, error } = await this.admin().schema('dashboard')
      .rpc('mcp_config', { connection_id: connectionId })
    const settings = error ? null : Settings.safeParse(data)
    if (!settings?.success) {
      throw refuse('tool_server_not_set_up', 'The settings of the MCP server are incomplete.')
    }
    return settings.data
  }

  /** What the settings screen shows. The database removes secrets that a server repeats. */
  async #note(connectionId: number, problem: string | null): Promise<void> {
    await this.admin().schema('dashboard').from('mcp_connections').update(
      problem === null
        ? { status: 'active', last_used_at: new Date().toISOString() }
        : { status: 'error', error_message: problem },
    ).eq('id', connectionId)
  }
}

/** What a server says of a call that failed, without the secrets that it was sent. */
function failureOf(answer: unknown, { url, headers }: Settings): string {
  const { content } = z.object({ content: z.array(z.unknown()).catch([]) }).parse(answer)
  const said = content.flatMap((part) => {
    const { data } = TextContent.safeParse(part)
    return data ? [data.text] : []
  }).join('\n').trim()
  const address = new URL(url)
  const secrets = [
    ...Object.values(headers).flatMap((value) => [value, value.replace(/^\S+\s+/, '')]),
    ...address.searchParams.values(),
    address.password,
  ]
  return withoutSecrets(said, secrets.filter(({ length }) => length >= 6)) || 'The tool reported a failure.'
}

const TextContent = z.object({ type: z.literal('text'), text: z.string() })

/** Throws a ToolError unless the caller may still use a connection: its settings are read with a secret key. */
async function requireServer(client: Db, connectionId: number, signal: AbortSignal): Promise<void> {
  const { data } = await client.schema('dashboard').from('mcp_connections').select('id')
    .eq('id', connectionId).neq('status', 'inactive').abortSignal(signal).maybeSingle()
  if (data === null) throw new ToolError('The MCP server is not available any more.')
}

async function connect(
  { server_type: type }: Server,
  { url, headers }: Settings,
  signal: AbortSignal,
): Promise<MCPClient> {
  checkHost(new URL(url).hostname)
  return await createMCPClient({
    transport: { type, url, headers, fetch: guardedFetch(), redirect: 'error' },
    clientName: 'Plinth',
    initializationOptions: { signal, timeout: connectTimeoutMs },
    onUncaughtError: () => {},
  })
}

function checkHost(host: string): void {
  const allowed = (Deno.env.get('MCP_ALLOWED_HOSTS') ?? '').split(',').map((name) =>
    name.trim().toLowerCase()
  )
  const isAllowed = allowed.some((name) =>
    name === '*' || name === host || name.startsWith('*.') && host.endsWith(name.slice(1))
  )
  if (!isAllowed) throw refuse('tool_server_not_allowed', `MCP_ALLOWED_HOSTS does not list ${host}.`)
}

function guardedFetch(): typeof fetch {
  const mayBePrivate = Deno.env.get('MCP_ALLOW_PRIVATE') === 'true'
  const ports = Array.from({ length: 65_535 }, (_, index) => index + 1)
  // publicFetch refuses names of the local network, such as localhost, whatever addresses are allowed.
  return withLimit(mayBePrivate ? fetch : publicFetch({ ports }))
}

/** Bounds the memory that one server can take from the other turns of the process. */
function withLimit(ask: typeof fetch): typeof fetch {
  return async (input, init) => {
    const { body, status, statusText, headers } = await ask(input, init)
    const limited = body?.pipeThrough(
      limitBytes(
        maxResponseBytes,
        () => refuse('tool_server_too_long', 'The response of the MCP server exceeds 8 MiB.'),
      ),
    )
    return new Response(limited ?? null, { status, statusText, headers })
  }
}

function reasonOf(cause: unknown, signal: AbortSignal): string {
  if (cause instanceof AppFailure) return cause.error.message
  if (signal.aborted) return `The MCP server did not answer within ${connectTimeoutMs / 1_000} seconds.`
  return cause instanceof Error ? truncate(cause.message, 500) : 'The MCP server failed.'
}

function errorNameOf(cause: unknown): string {
  if (cause instanceof AppFailure) return cause.error.code
  return cause instanceof Error ? cause.name : typeof cause
}

/** Providers accept letters, digits, _ and -, at most 64. */
export function toolName(server: string, tool: string): string {
  const plain = (text: string): string => text.replace(/[^a-zA-Z0-9_-]+/g, '_').replace(/^_+|_+$/g, '')
  return `${plain(server).slice(0, 24)}_${plain(tool)}`.slice(0, 64)
}

function refuse(code: string, message: string): AppFailure {
  return new AppFailure(appError('validation', { code, message }))
}
