/**
 * A stand-in for the Management API, which records what the Supabase CLI sends to it. A profile file tells the CLI where
 * it is. It answers for one project that is as empty as a new one.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../stack/options.ts'

/** The reference of the project. */
export const projectRef = 'abcdefghijklmnopqrst'

export type Recorded = {
  method: string
  path: string
  query: URLSearchParams
  body: unknown
  form?: FormData
}

export type ManagementApi = {
  /** What was sent to change the project, in order. */
  readonly changes: readonly Recorded[]
  /** The settings of the project, which a test may change. */
  readonly settings: typeof newProject
  /** Forgets what was recorded. */
  forget(): void
  /** Runs the pinned CLI in a folder, as someone who is signed in, without a terminal. */
  supabase(folder: string, ...args: string[]): Promise<{ code: number; output: string }>
  stop(): Promise<void>
}

/** Starts it on a free port. */
export async function startManagementApi(): Promise<ManagementApi> {
  const changes: Recorded[] = []
  const settings = structuredClone(newProject)
  const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, async (request) => {
    const { pathname, searchParams: query } = new URL(request.url)
    const path = pathname.replace(`/projects/${projectRef}`, '')
    const recorded: Recorded = { method: request.method, path, query, body: null }
    if (request.method !== 'GET') {
      const type = request.headers.get('content-type') ?? ''
      if (type.startsWith('multipart/')) recorded.form = await request.formData()
      else recorded.body = JSON.parse(await request.text() || 'null')
      changes.push(recorded)
    }
    return answer(recorded, settings)
  })
  const home = await mkdtemp(join(tmpdir(), 'plinth-cli-'))
  const address = `http://127.0.0.1:${server.addr.port}`
  const profile = join(home, 'profile.yaml')
  await writeFile(
    profile,
    `name: rehearsal\napi_url: ${address}\ndashboard_url: ${address}\nproject_host: plinth.invalid\npooler_host: plinth.invalid\n`,
  )
  return {
    changes,
    settings,
    forget: () => void changes.splice(0),
    supabase: async (folder, ...args) => {
      const { code, stdout, stderr } = await new Deno.Command(
        join(root, 'node_modules', '.bin', 'supabase'),
        {
          args,
          cwd: folder,
          env: {
            DO_NOT_TRACK: '1',
            SUPABASE_TELEMETRY_DISABLED: '1',
            SUPABASE_NO_UPDATE_NOTIFIER: '1',
            SUPABASE_HOME: home,
            SUPABASE_PROFILE: profile,
            SUPABASE_ACCESS_TOKEN: `sbp_${'0'.repeat(40)}`,
            SUPABASE_DB_PASSWORD: 'postgres',
          },
          stdin: 'null',
        },
      ).output()
      const text = new TextDecoder()
      return { code, output: text.decode(stdout) + text.decode(stderr) }
    },
    stop: async () => {
      await server.shutdown()
      await rm(home, { recursive: true, force: true })
    },
  }
}

function answer({ method, path, query, body }: Recorded, settings: typeof newProject): Response {
  const slug = query.get('slug') ?? ''
  switch (`${method} ${path}`) {
    case 'GET /v1':
      return Response.json(project)
    case 'GET /v1/api-keys':
      return Response.json([{
        name: 'anon',
        api_key: 'anon',
        type: 'legacy',
        id: 'anon',
        hash: '',
        prefix: '',
        description: '',
      }])
    case 'GET /v1/functions':
    case 'GET /v1/secrets':
      return Response.json([])
    case 'GET /v1/billing/addons':
      return Response.json({ selected_addons: [], available_addons: [] })
    case 'GET /v1/config/database/pooler':
      return Response.json([pooler])
    case 'GET /v2/config':
      return Response.json({ data: { type: 'project_config', id: projectRef, attributes: settings } })
    case 'POST /v1/secrets':
      return new Response(null, { status: 201 })
    case 'POST /v1/functions/deploy':
      return Response.json(deployed(slug), { status: 201 })
    case 'PUT /v1/functions':
      return Response.json({ functions: body })
    case 'PATCH /v1/postgrest':
      return Response.json({ ...settings.api, ...(body as object) })
    case 'PATCH /v1/config/auth':
      return Response.json({ ...settings.auth, ...(body as object) })
    default:
      return method === 'PATCH' || method === 'PUT'
        ? Response.json({})
        : Response.json({ message: `The stand-in does not know ${method} ${path}.` }, { status: 404 })
  }
}

const project = {
  id: projectRef,
  ref: projectRef,
  organization_id: 'plinth',
  organization_slug: 'plinth',
  name: 'rehearsal',
  region: 'eu-west-1',
  created_at: '2026-01-01T00:00:00Z',
  status: 'ACTIVE_HEALTHY',
  database: {
    host: `db.${projectRef}.plinth.invalid`,
    version: '17.6.1.001',
    postgres_engine: '17',
    release_channel: 'ga',
  },
}

const pooler = {
  identifier: projectRef,
  database_type: 'PRIMARY',
  db_user: `postgres.${projectRef}`,
  db_host: 'pooler.plinth.invalid',
  db_port: 5432,
  db_name: 'postgres',
  is_using_scram_auth: true,
  connection_string:
    `postgresql://postgres.${projectRef}:[YOUR-PASSWORD]@pooler.plinth.invalid:5432/postgres`,
  connectionString: `postgresql://postgres.${projectRef}:[YOUR-PASSWORD]@pooler.plinth.invalid:5432/postgres`,
  pool_mode: 'session',
  default_pool_size: null,
  max_client_conn: null,
}

const deployed = (slug: string): Record<string, unknown> => ({
  id: slug,
  slug,
  name: slug,
  version: 1,
  status: 'ACTIVE',
  created_at: 1,
  updated_at: 1,
  verify_jwt: false,
  entrypoint_path: '',
  import_map: true,
  import_map_path: '',
  ezbr_sha256: '',
})

/** As the Management API has them: the CLI refuses an answer that lacks one. */
const authSettings = JSON.parse(
  await readFile(join(root, 'tests', 'fixtures', 'auth_settings.json'), 'utf8'),
) as Record<string, unknown>

/** The settings of a hosted project before its first push. */
const newProject = {
  database: {
    major_version: 17,
    ssl_enforced: false,
    network_restrictions: {
      entitlement: 'allowed',
      status: 'applied',
      allowed_cidrs: [{ address: '0.0.0.0/0', type: 'v4' }, { address: '::/0', type: 'v6' }],
    },
    postgres_settings: {},
  },
  pooler: {
    pool_mode: 'transaction',
    ignore_startup_parameters: '',
    server_idle_timeout: 60,
    server_lifetime: 3600,
    query_wait_timeout: 120,
    reserve_pool_size: 0,
    default_pool_size: 15,
    max_client_conn: 200,
  },
  auth: authSettings,
  api: {
    db_schema: 'public,graphql_public',
    db_extra_search_path: 'public, extensions',
    max_rows: 1000,
    db_pool_acquisition_timeout: 10,
    db_pool_max_lifetime: 1800,
    db_pool_max_idletime: 30,
    db_pool: null,
  },
  realtime: {
    private_only: false,
    max_concurrent_users: 200,
    max_events_per_second: 100,
    max_bytes_per_second: 100_000,
    max_channels_per_client: 100,
    max_joins_per_second: 100,
    max_presence_events_per_second: 100,
    max_payload_size_in_kb: 100,
    presence_enabled: true,
    suspend: false,
    connection_pool: 2,
    postgres_changes_pool: null,
  },
  storage: {
    file_size_limit: 52_428_800,
    features: {
      image_transformation: { enabled: false },
      s3_protocol: { enabled: true },
      purge_cache: { enabled: false },
      iceberg_catalog: { enabled: false, max_namespaces: 5, max_tables: 10, max_catalogs: 2 },
      vector_buckets: { enabled: false, max_buckets: 10, max_indexes: 5 },
    },
    capabilities: { list_v2: true, iceberg_catalog: false, object_versioning: false },
    upstream_target: 'main',
    migration_version: null,
  },
}
