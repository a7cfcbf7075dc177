/** The parts of supabase/config.toml that the local platform follows. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { z } from 'zod'
import { root, StackError } from '../options.ts'

const Config = z.object({
  api: z.object({
    port: z.number().int().default(54321),
    schemas: z.array(z.string()),
    max_rows: z.number().int().positive().default(1000),
  }),
  auth: z.looseObject({
    site_url: z.string(),
    additional_redirect_urls: z.array(z.string()).default([]),
    // The CLI's newer name for what @supabase/lite still calls enable_signup.
    email: z.looseObject({ enabled: z.boolean().default(true) })
      .transform(({ enabled, ...others }) => ({ ...others, enable_signup: enabled })),
    hook: z.object({
      custom_access_token: z.object({ enabled: z.boolean(), uri: z.string() }).optional(),
    }).default({}),
  }),
  storage: z.looseObject({ file_size_limit: z.string().default('50MiB') }),
  functions: z.record(z.string(), z.object({ verify_jwt: z.boolean().default(true) })).default({}),
})

export type Config = z.infer<typeof Config>

export async function readConfig(): Promise<Config> {
  const file = join(root, 'supabase', 'config.toml')
  try {
    return Config.parse(parse(await readFile(file, 'utf8')))
  } catch (cause) {
    const reason = cause instanceof z.ZodError
      ? z.prettifyError(cause)
      : cause instanceof Error
      ? cause.message
      : cause
    throw new StackError(`${file} cannot be used: ${reason}`)
  }
}
