/** Bodies of requests that are held in memory: however long one is, the platform takes in only so much of it. */

/** The same request, whose body fails with `refusal` once it is longer than `maxBytes`. */
export function withLimitedBody(request: Request, maxBytes: number, refusal: () => Error): Request {
  if (!request.body) return request
  let bytes = 0
  const measured = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      bytes += chunk.byteLength
      if (bytes > maxBytes) controller.error(refusal())
      else controller.enqueue(chunk)
    },
  })
  return new Request(request, { body: request.body.pipeThrough(measured) })
}
