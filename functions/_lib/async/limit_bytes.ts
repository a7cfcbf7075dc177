/** Passes a stream on, and fails with `refuse()` as soon as it has more than `maxBytes`. */
export function limitBytes(
  maxBytes: number,
  refuse: () => Error,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let size = 0
  return new TransformStream({
    transform(chunk, controller): void {
      size += chunk.byteLength
      if (size > maxBytes) throw refuse()
      controller.enqueue(chunk)
    },
  })
}
