/** Passes requests on to the process that runs the functions: bodies stream both ways, and a leaving client is seen. */

export async function proxy(request: Request, port: number): Promise<Response> {
  const socket = request.headers.get('upgrade')?.toLowerCase() === 'websocket'
  // A function that refuses the upgrade answers like any other, through the ordinary way.
  return socket
    ? await proxySocket(request, port) ?? await proxyHttp(request, port)
    : await proxyHttp(request, port)
}

async function proxyHttp(request: Request, port: number): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.set('x-forwarded-host', headers.get('host') ?? new URL(request.url).host)
  for (const name of ['host', 'connection', 'upgrade']) headers.delete(name)
  // What is compressed here would be unpacked and packed again on the way.
  headers.set('accept-encoding', 'identity')
  return await fetch(target(request, port, 'http:'), {
    method: request.method,
    headers,
    body: request.body,
    redirect: 'manual',
    signal: request.signal,
  })
}

/** The function is asked first, so that a refusal reaches the client as an answer. Null when it does not upgrade. */
async function proxySocket(request: Request, port: number): Promise<Response | null> {
  const protocols = request.headers.get('sec-websocket-protocol')?.split(/\s*,\s*/) ?? []
  const headers: Record<string, string> = {}
  for (const name of ['authorization', 'apikey', 'cookie', 'x-request-id', 'origin', 'user-agent']) {
    const value = request.headers.get(name)
    if (value) headers[name] = value
  }
  const upstream = new WebSocket(target(request, port, 'ws:'), { protocols, headers })
  upstream.binaryType = 'arraybuffer'
  // What the function says before the client is connected is kept for it, a farewell too.
  const early: (string | ArrayBuffer)[] = []
  let farewell: CloseEvent | undefined
  upstream.onmessage = ({ data }) => early.push(data)
  const opened = await new Promise<boolean>((resolve) => {
    upstream.onopen = () => resolve(true)
    upstream.onerror = () => resolve(false)
    upstream.onclose = (event) => {
      farewell = event
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
    if (farewell) client.close(sendable(farewell.code), farewell.reason)
    else if (upstream.readyState !== WebSocket.OPEN) client.close()
  }
  client.onmessage = ({ data }) => upstream.readyState === WebSocket.OPEN && upstream.send(data)
  client.onclose = ({ code, reason }) => upstream.close(sendable(code), reason)
  client.onerror = () => upstream.close()
  upstream.onclose = (event) => {
    farewell = event
    if (client.readyState === WebSocket.OPEN) client.close(sendable(event.code), event.reason)
  }
  upstream.onerror = () =>
    client.readyState === WebSocket.OPEN && client.close(1011, 'the function broke off')
  return response
}

/** Close codes such as 1006 report what happened and must not be sent. */
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
