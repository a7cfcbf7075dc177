/**
 * Chunks as server-sent events, as the AI SDK reads them. Events that are waiting when the network is ready share one
 * write: no event is delayed, and many events need few writes.
 */
import type { Chunk } from './parts.ts'

/** Proxies close idle connections; clients ignore comments. */
const keepAliveMs = 15_000
const encoder = new TextEncoder()

export function toEventStream(chunks: ReadableStream<Chunk>): Response {
  const reader = chunks.getReader()
  let waiting = ''
  let ended = false
  let wake = (): void => {}
  const write = (text: string): void => {
    waiting += text
    wake()
  }
  const timer = setInterval(() => write(': keep-alive\n\n'), keepAliveMs)
  const end = (last = ''): void => {
    clearInterval(timer)
    ended = true
    write(last)
  }
  const read = async (): Promise<void> => {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      write(`data: ${JSON.stringify(value)}\n\n`)
    }
    end('data: [DONE]\n\n')
  }
  // Without [DONE], a client sees that the stream broke off.
  void read().catch(() => end())

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
