/** Chunks as server-sent events, as the AI SDK's transports read them. */
import type { Chunk } from './answer.ts'

/** Proxies end connections on which nothing is said; a comment is heard by nobody else. In ms. */
const silence = 15_000
const encoder = new TextEncoder()

export function toEventStream(chunks: ReadableStream<Chunk>): Response {
  const reader = chunks.getReader()
  let timer: ReturnType<typeof setInterval>
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller): void {
      timer = setInterval(() => controller.enqueue(encoder.encode(': still here\n\n')), silence)
    },
    async pull(controller): Promise<void> {
      try {
        const { done, value } = await reader.read()
        if (!done) {
          controller.enqueue(encoder.encode(`data: ${JSON.stringify(value)}\n\n`))
          return
        }
        clearInterval(timer)
        controller.enqueue(encoder.encode('data: [DONE]\n\n'))
        controller.close()
      } catch (cause) {
        clearInterval(timer)
        controller.error(cause)
      }
    },
    async cancel(): Promise<void> {
      clearInterval(timer)
      await reader.cancel()
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-vercel-ai-ui-message-stream': 'v1',
      'x-accel-buffering': 'no',
    },
  })
}
