/** The keys of a data folder: generated at its first start and kept, unless the environment sets others. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { generateKeys, minimumSecretLength } from './keys/tokens.ts'
import { StackError } from './options.ts'

const Keys = z.object({
  jwtSecret: z.string().min(minimumSecretLength),
  publishableKey: z.string(),
  secretKey: z.string(),
  /** Legacy keys: tokens with the role `anon` and `service_role`. */
  anonKey: z.string(),
  serviceRoleKey: z.string(),
})
export type Keys = z.infer<typeof Keys>

export async function readKeys(folder: string, env: (name: string) => string | undefined): Promise<Keys> {
  const file = join(folder, 'keys.json')
  const text = await readFile(file, 'utf8').catch(() => null)
  const secret = env('SUPABASE_JWT_SECRET')
  const kept = text === null ? null : Keys.safeParse(tryJson(text))
  if (kept && !kept.success) throw new StackError(`${file} is damaged: remove it to generate new keys.`)
  const keys = kept && (!secret || secret === kept.data.jwtSecret)
    ? kept.data
    : await generateKeys(secret ? { secret } : {}).catch((cause) => {
      throw new StackError(
        `SUPABASE_JWT_SECRET cannot be used: ${cause instanceof Error ? cause.message : cause}`,
      )
    })
  if (!kept) await writeFile(file, JSON.stringify(keys, null, 2), { mode: 0o600 })
  return {
    ...keys,
    publishableKey: env('SUPABASE_PUBLISHABLE_KEY') || keys.publishableKey,
    secretKey: env('SUPABASE_SECRET_KEY') || keys.secretKey,
  }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
