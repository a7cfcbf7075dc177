/**
 * The state of this process, made when its first function loads. The index.ts of a function imports it and passes on
 * what its handlers need; nothing else imports it, so that tests can pass their own. Locally most functions run in one
 * process and share it, the weights of models above all; a hosted function has its own.
 */
import { lazy } from '../_lib/async/mod.ts'
import { selectModels } from './embeddings/select_models.ts'
import { shutdownSignal } from './http/lifecycle.ts'

/** What outlives a request. */
export const runtime = {
  /** Aborts when the process is about to end. */
  shutdown: shutdownSignal(),
  embeddingModels: lazy(() => selectModels((name) => Deno.env.get(name))),
}
