/**
 * Chunks as server-sent events, as the AI SDK's transports read them. Whatever has come when the network takes more goes
 * out at once: a piece waits for nothing, and where many come they share a write.
 */
import type { Chunk } from './answer.ts'

/** Proxies end connections on which nothing is said; a comment is heard by nobody else. In ms. */
const silence = 15_000
const encoder = new TextEncoder()

export function toEventStream(chunks: ReadableStream<Chunk>): Response {
  const reader = chunks.getReader()
  let waiting = ''
  let ended = false
  let wake = (): void => {}
  const say = (text: string): void => {
    waiting += text
    wake()
  }
  const timer = setInterval(() => say(': still here\n\n'), silence)
  const end = (last = ''): void => {
    clearInterval(timer)
    ended = true
    say(last)
  }
  const listen = async (): Promise<void> => {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      say(`data: ${JSON.stringify(value)}\n\n`)
    }
    end('data: [DONE]\n\n')
  }
  // A stream that breaks off ends without its mark: the client sees that something is missing.
  void listen().catch(() => end())

  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller): Promise<void> {
      if (waiting === '' && !ended) await new Promise<void>((resolve) => wake = resolve)
      if (waiting !== '') controller.enqueue(encoder.encode(waiting))
      waiting = ''
      if (ended) controller.close()
    },
    async cancel(): Promise<void> {
      end()
      await reader.cancel()
    },
  }, { highWaterMark: 0 })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-vercel-ai-ui-message-stream': 'v1',
      'x-accel-buffering': 'no',
    },
  })
}
