/** Requests to upgrade to a WebSocket. */
import type { SocketEvent } from '../../../types/api.ts'
import { type AppError, appError, AppFailure, toHttpStatus } from '../../../types/errors.ts'
import { workspaceHeader } from './workspace.ts'

/** Whether a request asks for a WebSocket. */
export function isUpgrade(request: Request): boolean {
  return request.headers.get('upgrade')?.toLowerCase() === 'websocket'
}

/**
 * The request with the credentials of its URL as headers: browsers cannot set headers of a socket, so they send the
 * access token as `?token=`, the key of the project as `?apikey=` and the workspace as `?workspace_id=`. Headers take
 * precedence.
 */
export function withCredentialsOfAddress(request: Request): Request {
  const { searchParams } = new URL(request.url)
  const headers = new Headers(request.headers)
  const token = searchParams.get('token')
  const key = searchParams.get('apikey')
  const workspaceId = searchParams.get('workspace_id')
  if (token && !headers.has('authorization')) headers.set('authorization', `Bearer ${token}`)
  if (key && !headers.has('apikey')) headers.set('apikey', key)
  if (workspaceId && !headers.has(workspaceHeader)) headers.set(workspaceHeader, workspaceId)
  headers.delete('upgrade')
  headers.delete('connection')
  return new Request(request.url, { headers })
}

/** Throws `invalid_upgrade` where the request is not a valid handshake. */
export function openSocket(request: Request): Deno.WebSocketUpgrade {
  const opened = tryToOpen(request)
  if (opened) return opened
  const message = 'The request is not a valid WebSocket handshake.'
  throw new AppFailure(appError('validation', { code: 'invalid_upgrade', message }))
}

/**
 * Browsers do not show the response to a refused upgrade. So the socket is opened, unless it was already, sent the error
 * as an event, and closed with 4001 where credentials are missing or wrong, or 4000 + status otherwise. Null where the
 * request is not a valid handshake.
 */
export function refuseSocket(
  request: Request,
  error: AppError,
  opened: Deno.WebSocketUpgrade | null = tryToOpen(request),
): Response | null {
  if (!opened) return null
  const { socket, response } = opened
  const status = toHttpStatus(error)
  const event: SocketEvent = { type: 'error', message: error.message }
  socket.onopen = () => {
    socket.send(JSON.stringify(event))
    socket.close(status === 401 ? 4001 : 4000 + status % 1000)
  }
  return response
}

function tryToOpen(request: Request): Deno.WebSocketUpgrade | null {
  try {
    return Deno.upgradeWebSocket(request)
  } catch {
    return null
  }
}
