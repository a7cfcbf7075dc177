/**
 * GET /functions/v1/health: whether Plinth works, asked by anyone; with a secret key, also what it runs on.
 *
 * It asks the database with the server's own key even for anonymous callers, who learn nothing but the state. That is
 * the reason `supabaseAdmin` is used here.
 */
import { z } from 'zod'
import type { HealthReport, HealthSummary } from '../../types/api.ts'
import { appError, AppFailure } from '../../types/errors.ts'
import { migrations } from '../../types/generated/migrations.ts'
import { serve } from '../_shared/http/serve.ts'
import { version } from '../_shared/http/version.ts'

/** How long the database may take, in ms. A probe that hangs is worse than one that fails. */
const patience = 2_000

const Report = z.object({
  postgres_version: z.string(),
  extensions: z.record(z.string(), z.string()),
  applied_migrations: z.array(z.string()),
  feature_flags: z.record(z.string(), z.boolean()),
})

export default serve({
  name: 'health',
  auth: ['secret:*', 'publishable:*', 'none'],
  routes: {
    'GET /': async (_request, { supabaseAdmin, authMode, requestId }) => {
      const started = performance.now()
      const { data, error } = await withTimeLimit(
        (signal) => supabaseAdmin.rpc('platform_health').abortSignal(signal).single(),
      )
      const milliseconds = Math.round(performance.now() - started)
      if (error) throw away('database_unreachable', 'The database cannot be asked.')
      const report = Report.safeParse(data)
      if (!report.success) {
        throw away('database_outdated', 'The database does not know this health check yet.')
      }

      const applied = new Set(report.data.applied_migrations)
      const pending = migrations.filter((name) => !applied.has(name))
      const headers = { 'cache-control': 'no-store' }
      const summary: HealthSummary = {
        status: pending.length === 0 ? 'ok' : 'degraded',
        request_id: requestId,
      }
      if (authMode !== 'secret') return Response.json(summary, { headers })
      const full: HealthReport = {
        ...summary,
        database: { round_trip_ms: milliseconds },
        migrations: {
          applied: applied.size,
          present: migrations.length,
          pending,
          unknown: [...applied].filter((name) => !migrations.includes(name)),
        },
        versions: {
          plinth: version,
          deno: Deno.version.deno,
          postgres: report.data.postgres_version,
          extensions: report.data.extensions,
        },
        feature_flags: report.data.feature_flags,
      }
      return Response.json(full, { headers })
    },
  },
})

/** Ends the wait even where the request underneath does not heed its signal. */
async function withTimeLimit<T>(ask: (signal: AbortSignal) => PromiseLike<T>): Promise<T> {
  const limit = new AbortController()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(away('database_timeout', `The database did not answer within ${patience} ms.`))
    limit.abort()
  }, patience)
  try {
    return await Promise.race([ask(limit.signal), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function away(code: string, message: string): AppFailure {
  return new AppFailure(appError('unavailable', { code, message }))
}
