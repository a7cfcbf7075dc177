/** Passes a stream on until it has more bytes than it may have. */
export function limitBytes(
  most: number,
  refuse: () => Error,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let size = 0
  return new TransformStream({
    transform(chunk, controller): void {
      size += chunk.byteLength
      if (size > most) throw refuse()
      controller.enqueue(chunk)
    },
  })
}
