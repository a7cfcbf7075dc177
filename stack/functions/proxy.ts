/** Forwards requests to the process that runs the functions. Bodies stream both ways; a disconnecting client aborts. */

export async function proxy(request: Request, port: number): Promise<Response> {
  const socket = request.headers.get('upgrade')?.toLowerCase() === 'websocket'
  // A function that refuses the upgrade is asked again over HTTP, so that its answer reaches the client.
  return socket
    ? await proxySocket(request, port) ?? await proxyHttp(request, port)
    : await proxyHttp(request, port)
}

async function proxyHttp(request: Request, port: number): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.set('x-forwarded-host', headers.get('host') ?? new URL(request.url).host)
  for (const name of ['host', 'connection', 'upgrade']) headers.delete(name)
  // A compressed answer would be decompressed and compressed again on the way.
  headers.set('accept-encoding', 'identity')
  return await fetch(target(request, port, 'http:'), {
    method: request.method,
    headers,
    body: request.body,
    redirect: 'manual',
    signal: request.signal,
  })
}

/** Connects to the function first, so that a refusal reaches the client as an answer. Null when it does not upgrade. */
async function proxySocket(request: Request, port: number): Promise<Response | null> {
  const protocols = request.headers.get('sec-websocket-protocol')?.split(/\s*,\s*/) ?? []
  const headers: Record<string, string> = {}
  for (const name of ['authorization', 'apikey', 'cookie', 'x-request-id', 'origin', 'user-agent']) {
    const value = request.headers.get(name)
    if (value) headers[name] = value
  }
  const upstream = new WebSocket(target(request, port, 'ws:'), { protocols, headers })
  upstream.binaryType = 'arraybuffer'
  // Messages of the function before the client is connected are kept for it; so is its closing.
  const early: (string | ArrayBuffer)[] = []
  let closed: CloseEvent | undefined
  upstream.onmessage = ({ data }) => early.push(data)
  const opened = await new Promise<boolean>((resolve) => {
    upstream.onopen = () => resolve(true)
    upstream.onerror = () => resolve(false)
    upstream.onclose = (event) => {
      closed = event
      resolve(false)
    }
  })
  if (!opened) return null

  const chosen = upstream.protocol
  const { socket: client, response } = Deno.upgradeWebSocket(request, chosen ? { protocol: chosen } : {})
  client.binaryType = 'arraybuffer'
  client.onopen = () => {
    for (const data of early) client.send(data)
    upstream.onmessage = ({ data }) => client.readyState === WebSocket.OPEN && client.send(data)
    if (closed) client.close(sendable(closed.code), closed.reason)
    else if (upstream.readyState !== WebSocket.OPEN) client.close()
  }
  client.onmessage = ({ data }) => upstream.readyState === WebSocket.OPEN && upstream.send(data)
  client.onclose = ({ code, reason }) => upstream.close(sendable(code), reason)
  client.onerror = () => upstream.close()
  upstream.onclose = (event) => {
    closed = event
    if (client.readyState === WebSocket.OPEN) client.close(sendable(event.code), event.reason)
  }
  upstream.onerror = () =>
    client.readyState === WebSocket.OPEN && client.close(1011, 'the function ended unexpectedly')
  return response
}

/** Close codes such as 1006 only report what happened, and must not be sent. */
function sendable(code: number): number {
  return code === 1000 || code >= 3000 && code <= 4999 ? code : 1000
}

function target(request: Request, port: number, protocol: string): URL {
  const url = new URL(request.url)
  url.protocol = protocol
  url.hostname = '127.0.0.1'
  url.port = String(port)
  return url
}
