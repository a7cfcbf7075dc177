/** gte-small, which the platform's runtime brings along: `Supabase.ai`. One text is one inference there. */
import { z } from 'zod'
import { appError, AppFailure } from '../../../types/errors.ts'
import { type EmbeddingProvider, estimateTokens, malformed, refuseBlank, toUnit } from './provider.ts'

interface Session {
  run(text: string, options: { mean_pool: true; normalize: true }): Promise<unknown>
}
export type SessionClass = new (model: string) => Session

const model = 'gte-small'
const dimensions = 384
/** The runtime cuts there, and keeps the closing token. */
const maxTokens = 512

const Vector = z.array(z.number()).or(z.instanceof(Float32Array))

/** Where this runtime has it. */
export function findSession(): SessionClass | undefined {
  const platform = globalThis as { Supabase?: { ai?: { Session?: SessionClass } } }
  return platform.Supabase?.ai?.Session
}

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
          const answer = Vector.safeParse(
            await session.run(text.toWellFormed(), { mean_pool: true, normalize: true }),
          )
          if (!answer.success) throw malformed('gte-small did not answer a vector.')
          vectors.push(toUnit(answer.data, dimensions))
        } catch (cause) {
          // A session whose weights did not arrive stays without them.
          session = undefined
          if (cause instanceof AppFailure) throw cause
          const message = 'gte-small could not be run.'
          throw new AppFailure(appError('unavailable', { code: 'embedding_failed', message }), { cause })
        }
        if (usage) usage.tokens += estimateTokens(text, maxTokens)
      }
      return vectors
    },
  }
}
