/** What no test of one session can notice, or what another rule makes impossible. */
import type { Accepted } from '../mutant.ts'

export const equivalent: readonly Accepted[] = [
  {
    reason:
      'A lock orders two sessions. The concurrency tests cover locks, and a mutation run does not run them.',
    names:
      /: without: (for (no key )?(update|share)|for key share|perform (pg_advisory|from |private\.(block|lock)_))/,
  },
  {
    reason: 'The trigger only locks, see above.',
    names: /: trigger \w+_(lock|hold)_\w+ dropped$/,
  },
  {
    reason:
      'A trigger takes the workspace from the parent and finds, with the rights of the caller, only parents in the workspace of the request.',
    names:
      /^(business\.(estimates|job_contacts|labor_entries|media|notes|payments|receipts|work_orders)|public\.(document_\w+|api_endpoints|log_entries|tags|tag_prompts|search_chunks|hrm_metrics)): policy ".*" for insert, with check without: \(workspace_id = \( SELECT private\.current_workspace/,
  },
]
