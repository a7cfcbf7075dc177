/** Requests to upgrade to a WebSocket. */
import type { SocketEvent } from '../../../types/api.ts'
import { type AppError, appError, AppFailure, toHttpStatus } from '../../../types/errors.ts'

export function isUpgrade(request: Request): boolean {
  return request.headers.get('upgrade')?.toLowerCase() === 'websocket'
}

/**
 * The headers of a request, with the credentials of its address: browsers cannot set headers of a socket, so that the
 * access token comes as `?token=` and the key of the project as `?apikey=`. Headers go first.
 */
export function withCredentialsOfAddress(request: Request): Request {
  const { searchParams } = new URL(request.url)
  const headers = new Headers(request.headers)
  const token = searchParams.get('token')
  const key = searchParams.get('apikey')
  if (token && !headers.has('authorization')) headers.set('authorization', `Bearer ${token}`)
  if (key && !headers.has('apikey')) headers.set('apikey', key)
  headers.delete('upgrade')
  headers.delete('connection')
  return new Request(request.url, { headers })
}

export function openSocket(request: Request): Deno.WebSocketUpgrade {
  try {
    return Deno.upgradeWebSocket(request)
  } catch (cause) {
    const message = 'The request is not a valid WebSocket handshake.'
    throw new AppFailure(appError('validation', { code: 'invalid_upgrade', message }), { cause })
  }
}

/**
 * A browser does not show its page the answer to a refused upgrade. So the socket is opened, gets the error as an event,
 * and is closed with 4001 where credentials are missing or wrong, with 4000 + status otherwise.
 */
export function refuseSocket(socket: WebSocket, error: AppError): void {
  const status = toHttpStatus(error)
  const event: SocketEvent = { type: 'error', message: error.message }
  socket.onopen = () => {
    socket.send(JSON.stringify(event))
    socket.close(status === 401 ? 4001 : 4000 + status % 1000)
  }
}
