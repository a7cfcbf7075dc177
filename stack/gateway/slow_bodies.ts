/**
 * Request bodies that hardly arrive: a client that sends a byte now and then would hold a connection for as long as it
 * likes. And bodies that are not read, since their request is refused: a browser reads an answer only after it has sent
 * everything.
 */
import { withCors } from './cors.ts'

type Handler = (request: Request) => Promise<Response>
type Chunk = Uint8Array<ArrayBuffer>

type Limits = {
  /** How long a body may take at any rate. */
  graceMs: number
  /** What it must have sent by then and later, on average. */
  bytesPerSecond: number
}

/** What is taken in of a refused body: more than the largest file. */
const maxDiscardedBytes = 256 * 1024 ** 2

const usual: Limits = { graceMs: 30_000, bytesPerSecond: 1024 }

/** Answers 408 to a request whose body arrives too slowly, and cuts the body off. Takes in the rest of a refused one. */
export function refuseSlowBodies(handle: Handler, limits: Limits = usual): Handler {
  return async (request) => {
    if (!request.body) return await handle(request)
    const refused = Promise.withResolvers<Response>()
    const incoming = new IncomingBody(request.body, limits, () => refused.resolve(tooSlow()))
    const answer = handle(new Request(request, { body: incoming.stream }))
    // Its failure for the cut body is of no interest then.
    answer.catch(() => {})
    try {
      const response = await Promise.race([answer, refused.promise])
      // Only then the answer: once it is on its way, the server reads no more of the request.
      if (response.status >= 400) await incoming.discard()
      else incoming.release()
      return response
    } catch (cause) {
      await incoming.discard()
      throw cause
    }
  }
}

/** A body on its way to the handler, as long as it arrives fast enough. */
class IncomingBody {
  readonly stream: ReadableStream<Chunk>
  readonly #reader: ReadableStreamDefaultReader<Chunk>
  readonly #timer: ReturnType<typeof setInterval>
  #bytes = 0
  #discarded: Promise<void> | undefined

  constructor(body: ReadableStream<Chunk>, { graceMs, bytesPerSecond }: Limits, onSlow: () => void) {
    this.#reader = body.getReader()
    const started = performance.now()
    const cut = Promise.withResolvers<never>()
    cut.promise.catch(() => {})
    this.#timer = setInterval(() => {
      const elapsed = performance.now() - started
      if (elapsed < graceMs || this.#bytes >= bytesPerSecond * elapsed / 1_000) return
      this.release()
      onSlow()
      const reason = new DOMException('The request body arrives too slowly.', 'TimeoutError')
      cut.reject(reason)
      void this.#reader.cancel(reason).catch(() => {})
    }, Math.min(graceMs, 1_000))
    this.stream = new ReadableStream<Chunk>({
      pull: async (controller) => {
        const { done, value } = await Promise.race([this.#read(), cut.promise])
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: () => void this.discard(),
    }, { highWaterMark: 0 })
  }

  /** Takes in what the handler does not read; resolves when there is no more, or the body was cut off. */
  discard(): Promise<void> {
    this.#discarded ??= this.#readOn().catch(() => {}).finally(() => this.release())
    return this.#discarded
  }

  /** The body may take as long as it likes. */
  release(): void {
    clearInterval(this.#timer)
  }

  async #readOn(): Promise<void> {
    const end = this.#bytes + maxDiscardedBytes
    while (!(await this.#read()).done) {
      if (this.#bytes > end) return await this.#reader.cancel()
    }
  }

  async #read(): Promise<ReadableStreamReadResult<Chunk>> {
    const result = await this.#reader.read()
    if (result.done) this.release()
    else this.#bytes += result.value.byteLength
    return result
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
