/** Request bodies that hardly arrive: a client that sends a byte now and then would hold a connection for as long as it likes. */
import { withCors } from './cors.ts'

type Handler = (request: Request) => Promise<Response>

type Limits = {
  /** How long a body may take at any rate. */
  graceMs: number
  /** What it must have sent by then and later, on average. */
  bytesPerSecond: number
}

const usual: Limits = { graceMs: 30_000, bytesPerSecond: 1024 }

/** Answers 408 to a request whose body arrives too slowly, and cuts the body off. */
export function refuseSlowBodies(handle: Handler, { graceMs, bytesPerSecond }: Limits = usual): Handler {
  return async (request) => {
    if (!request.body) return await handle(request)
    const started = performance.now()
    const cut = new AbortController()
    const refused = Promise.withResolvers<Response>()
    let bytes = 0
    const timer = setInterval(() => {
      const elapsed = performance.now() - started
      if (elapsed < graceMs || bytes >= bytesPerSecond * elapsed / 1_000) return
      clearInterval(timer)
      refused.resolve(tooSlow())
      cut.abort(new DOMException('The request body arrives too slowly.', 'TimeoutError'))
    }, Math.min(graceMs, 1_000))
    const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (chunk, controller) => {
        bytes += chunk.byteLength
        controller.enqueue(chunk)
      },
      flush: () => clearInterval(timer),
    })
    const body = request.body.pipeThrough(counted, { signal: cut.signal })
    const answer = handle(new Request(request, { body }))
    // Its failure for the cut body is of no interest then.
    answer.catch(() => {})
    try {
      return await Promise.race([answer, refused.promise])
    } finally {
      clearInterval(timer)
    }
  }
}

function tooSlow(): Response {
  const body = {
    code: 'request_timeout',
    message: 'The request body did not arrive in time.',
    hint: 'Send it again.',
  }
  return withCors(Response.json(body, { status: 408, headers: { connection: 'close' } }))
}
