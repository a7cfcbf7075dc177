/**
 * GET /functions/v1/health: whether Plinth works, for anyone; with a secret key also versions, migrations and flags.
 *
 * `supabaseAdmin` is used even for anonymous callers, who learn only the state.
 */
import { reportHealth } from '../_shared/health/report_health.ts'
import { serve } from '../_shared/http/serve.ts'

export default serve({
  name: 'health',
  auth: ['secret:*', 'publishable:*', 'none'],
  routes: { 'GET /': reportHealth },
})
