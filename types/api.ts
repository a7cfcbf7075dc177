/** What the functions take and answer, as zod schemas: functions and clients import the same. */
import { z } from 'zod'

/** GET /functions/v1/health for anyone. `degraded`: it answers, but migrations of this release are not applied. */
export const HealthSummary = z.strictObject({
  status: z.enum(['ok', 'degraded']),
  request_id: z.string(),
})
export type HealthSummary = z.infer<typeof HealthSummary>

/** The same for the holder of a secret key. */
export const HealthReport = HealthSummary.extend({
  database: z.strictObject({ round_trip_ms: z.number().int().nonnegative() }),
  migrations: z.strictObject({
    applied: z.number().int(),
    present: z.number().int(),
    /** Present with these functions, not applied. */
    pending: z.array(z.string()),
    /** Applied, but unknown to these functions: the database is ahead of them. */
    unknown: z.array(z.string()),
  }),
  versions: z.strictObject({
    plinth: z.string(),
    deno: z.string(),
    postgres: z.string(),
    extensions: z.record(z.string(), z.string()),
  }),
  feature_flags: z.record(z.string(), z.boolean()),
})
export type HealthReport = z.infer<typeof HealthReport>
