/** gte-small of the platform's runtime, `Supabase.ai`, which embeds one text per inference. */
import { z } from 'zod'
import { appError, AppFailure } from '../../../types/errors.ts'
import { estimateTokens } from '../../_lib/text/mod.ts'
import { type EmbeddingProvider, malformed, refuseBlank } from './provider.ts'
import { toUnit } from './vectors.ts'

interface Session {
  run(text: string, options: { mean_pool: true; normalize: true }): Promise<unknown>
}
/** `Supabase.ai.Session`. */
export type SessionClass = new (model: string) => Session

const model = 'gte-small'
const dimensions = 384
/** The runtime truncates texts there, and keeps the closing token. */
const maxTokens = 512

const Vector = z.array(z.number()).or(z.instanceof(Float32Array))

/** The class of sessions, if this runtime has one. */
export function findSession(): SessionClass | undefined {
  const platform = globalThis as { Supabase?: { ai?: { Session?: SessionClass } } }
  return platform.Supabase?.ai?.Session
}

/** gte-small with sessions of that class. */
export function supabaseAi(Session: SessionClass): EmbeddingProvider {
  let session: Session | undefined
  return {
    model,
    dimensions,
    semantic: true,
    maxTokens,
    embed: async (texts, signal, usage) => {
      refuseBlank(texts)
      const vectors: Float32Array[] = []
      for (const text of texts) {
        signal.throwIfAborted()
        try {
          session ??= new Session(model)
          const output = Vector.safeParse(
            await session.run(text.toWellFormed(), { mean_pool: true, normalize: true }),
          )
          if (!output.success) throw malformed('gte-small returned no vector.')
          vectors.push(toUnit(output.data, dimensions))
        } catch (cause) {
          // A session whose weights failed to load does not load them later.
          session = undefined
          if (cause instanceof AppFailure) throw cause
          const message = 'gte-small failed.'
          throw new AppFailure(appError('unavailable', { code: 'embedding_failed', message }), { cause })
        }
        if (usage) usage.tokens += Math.min(maxTokens, estimateTokens(text.length))
      }
      return vectors
    },
  }
}
