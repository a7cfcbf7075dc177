/** The parts of supabase/config.toml that the local platform follows. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { z } from 'zod'
import { root, StackError } from '../options.ts'

/**
 * Where the file says nothing, because a hosted project has its own: the local platform serves pages of this machine,
 * and accepts files as large as the bucket does.
 */
const local = {
  site_url: 'http://127.0.0.1:54321',
  redirects: ['http://127.0.0.1:*', 'http://127.0.0.1:*/**', 'http://localhost:*', 'http://localhost:*/**'],
  minimum_password_length: 8,
  // As the Supabase CLI: people try things out. Hosted projects wait a minute.
  max_frequency: '1s',
  file_size_limit: '200MiB',
}

const Config = z.object({
  api: z.object({
    port: z.number().int().default(54321),
    // GraphQL is a part of hosted projects alone.
    schemas: z.array(z.string()).transform((names) => names.filter((name) => name !== 'graphql_public')),
    max_rows: z.number().int().positive().default(1000),
  }),
  auth: z.looseObject({
    site_url: z.string().default(local.site_url),
    additional_redirect_urls: z.array(z.string()).default(local.redirects),
    minimum_password_length: z.number().int().default(local.minimum_password_length),
    enable_signup: z.boolean().default(true),
    // A token that is used again ends its session, as on hosted projects.
    enable_refresh_token_rotation: z.boolean().default(true),
    email: z.looseObject({
      double_confirm_changes: z.boolean().default(true),
      enabled: z.boolean().default(true),
      max_frequency: z.string().default(local.max_frequency),
    })
      .default({ enabled: true, max_frequency: local.max_frequency, double_confirm_changes: true })
      .transform(({ enabled, ...others }) => ({
        ...others,
        // The CLI's newer name for what @supabase/lite still calls enable_signup.
        enable_signup: enabled,
        // Mail is only kept in /mailbox, which every new user would have to open first.
        enable_confirmations: false,
      })),
    hook: z.object({
      custom_access_token: z.object({ enabled: z.boolean(), uri: z.string() }).optional(),
    }).default({}),
  }),
  storage: z.looseObject({ file_size_limit: z.string().default(local.file_size_limit) })
    .default({ file_size_limit: local.file_size_limit }),
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
