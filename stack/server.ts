/** The HTTP server of the API. It takes its port at once and answers 503 until the API has started. */
import { refuse } from './gateway/cors.ts'
import { StackError } from './options.ts'
import { within } from './within.ts'

type Handler = (request: Request) => Response | Promise<Response>

type Server = {
  readonly url: string
  handle(handler: Handler): void
  /** Accepts no more requests and waits a while for the current ones; endless streams are cut off. */
  shutdown(): Promise<void>
}

/** How long current requests may take to finish at the end. */
const shutdownTimeoutMs = 2_000

/** Listens on a port of the loopback interface; 0 takes a free one. Throws a StackError if the port is in use. */
export function listen(port: number): Server {
  let handler: Handler = (request) => {
    const refusal = { message: 'Plinth is starting.' }
    return refuse(request, Response.json(refusal, { status: 503, headers: { 'retry-after': '1' } }))
  }
  const server = serve(port, (request) => handler(request))
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    handle: (next) => {
      handler = next
    },
    shutdown: async () => {
      await within(server.shutdown(), shutdownTimeoutMs)
    },
  }
}

function serve(port: number, handler: Handler): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ port, hostname: '127.0.0.1', onListen: () => {} }, handler)
  } catch (cause) {
    if (cause instanceof Deno.errors.AddrInUse) {
      throw new StackError(`Port ${port} is in use: stop what listens there, or choose another with --port.`)
    }
    throw cause
  }
}
