/** The payload of a join. As on the platform, parts that are not valid count as missing. */
import { z } from 'zod'

const flag = z.union([
  z.boolean(),
  z.string().regex(/^(true|false)$/i).transform((text) => text.toLowerCase() === 'true'),
]).catch(false)
const token = z.string().optional().catch(undefined)

/** An object whose properties may be missing or of another type. */
function part<Shape extends z.ZodRawShape>(shape: Shape): z.ZodPreprocess<z.ZodObject<Shape>> {
  return z.preprocess(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {},
    z.object(shape),
  )
}

const Join = part({
  config: part({
    broadcast: part({ ack: flag, self: flag, replication_ready: flag, replay: z.unknown().optional() }),
    presence: part({
      enabled: flag,
      key: z.union([z.string(), z.number().transform(String)]).nullish().catch(null),
    }),
    private: flag,
    postgres_changes: z.array(z.unknown()).catch([]).transform((wanted) =>
      wanted.filter((item) => item !== null)
    ),
    postgres_changes_options: part({ wait: flag, timeout: z.number().min(0).optional().catch(undefined) }),
  }),
  access_token: token,
  user_token: token,
})

export type Join = z.infer<typeof Join>

export function readJoin(payload: unknown): Join {
  return Join.parse(payload)
}

/** Which stored broadcasts a private channel asks for: the newest `limit` of those since a time in ms. */
const Replay = z.object({
  since: z.number().int().nonnegative(),
  limit: z.number().int().default(25).transform((limit) => Math.min(Math.max(limit, 1), 25)),
})

export function readReplay(replay: unknown): z.infer<typeof Replay> | null {
  return Replay.safeParse(replay).data ?? null
}
