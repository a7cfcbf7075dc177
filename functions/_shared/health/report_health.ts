/** The health of Plinth: whether the database answers, and whether it has the migrations of this release. */
import { z } from 'zod'
import type { HealthReport, HealthSummary } from '../../../types/api.ts'
import { appError, AppFailure } from '../../../types/errors.ts'
import { migrations } from '../../../types/generated/migrations.ts'
import { withTimeout } from '../../_lib/async/mod.ts'
import type { FunctionContext } from '../http/serve.ts'
import { version } from '../http/version.ts'

/** A probe that hangs is worse than one that fails. */
const timeoutMs = 2_000

const PlatformHealth = z.object({
  postgres_version: z.string(),
  extensions: z.record(z.string(), z.string()),
  applied_migrations: z.array(z.string()),
  feature_flags: z.record(z.string(), z.boolean()),
})

/** GET /health */
export async function reportHealth(_request: Request, context: FunctionContext): Promise<Response> {
  const { supabaseAdmin, authMode, requestId } = context
  const started = performance.now()
  const { data, error } = await withTimeout(
    (signal) => supabaseAdmin.rpc('platform_health').abortSignal(signal).single(),
    {
      timeoutMs,
      reason: () => unavailable('database_timeout', `The database did not respond within ${timeoutMs} ms.`),
    },
  )
  const roundTripMs = Math.round(performance.now() - started)
  if (error) throw unavailable('database_unreachable', 'The database cannot be reached.')
  const health = PlatformHealth.safeParse(data)
  if (!health.success) {
    throw unavailable('database_outdated', 'The database lacks migrations that this health check needs.')
  }
  const { applied_migrations, postgres_version, extensions, feature_flags } = health.data
  const applied = new Set(applied_migrations)
  const pending = migrations.filter((name) => !applied.has(name))
  const headers = { 'cache-control': 'no-store' }
  const summary: HealthSummary = { status: pending.length === 0 ? 'ok' : 'degraded', request_id: requestId }
  if (authMode !== 'secret') return Response.json(summary, { headers })
  const report: HealthReport = {
    ...summary,
    database: { round_trip_ms: roundTripMs },
    migrations: {
      applied: applied.size,
      present: migrations.length,
      pending,
      unknown: [...applied].filter((name) => !migrations.includes(name)),
    },
    versions: { plinth: version, deno: Deno.version.deno, postgres: postgres_version, extensions },
    feature_flags,
  }
  return Response.json(report, { headers })
}

function unavailable(code: string, message: string): AppFailure {
  return new AppFailure(appError('unavailable', { code, message }))
}
