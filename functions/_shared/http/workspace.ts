/**
 * The workspace that a request works in: the header `x-workspace-id`, which every client of the database forwards, or a
 * field of the body. The database checks that the caller belongs to it, and has a default where neither names one.
 */
import { appError, AppFailure } from '../../../types/errors.ts'

export const workspaceHeader = 'x-workspace-id'

/** The id that the header names, or the body; undefined where neither does. They must not differ. */
export function requestedWorkspace(request: Request, inBody?: string | undefined): string | undefined {
  const inHeader = request.headers.get(workspaceHeader) || undefined
  if (inHeader && inBody && inHeader.toLowerCase() !== inBody.toLowerCase()) {
    throw new AppFailure(appError('validation', {
      code: 'invalid_request',
      message: `workspace_id must not differ from the header ${workspaceHeader}.`,
      field: 'workspace_id',
    }))
  }
  return inBody ?? inHeader
}
