/** The size of an image. */

/** Width and height in pixels, from the header alone; null where they stand further back, or the format is rare. */
export function imageSize(bytes: Uint8Array): { width: number; height: number } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const ascii = (from: number, to: number): string =>
    new TextDecoder('latin1').decode(bytes.subarray(from, to))
  try {
    if (ascii(1, 4) === 'PNG') return { width: view.getUint32(16), height: view.getUint32(20) }
    if (ascii(0, 4) === 'GIF8') return { width: view.getUint16(6, true), height: view.getUint16(8, true) }
    if (ascii(0, 2) === 'BM') {
      return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) }
    }
    if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return webpSize(view, ascii(12, 16))
    if (view.getUint16(0) === 0xffd8) return jpegSize(view)
    if (ascii(0, 4) === 'II*\0' || ascii(0, 4) === 'MM\0*') return tiffSize(view, ascii(0, 2) === 'II')
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
  }
  return null
}

function webpSize(view: DataView, kind: string): { width: number; height: number } | null {
  if (kind === 'VP8X') {
    return {
      width: 1 + (view.getUint32(24, true) & 0xffffff),
      height: 1 + (view.getUint32(26, true) >>> 8),
    }
  }
  if (kind === 'VP8L') {
    const bits = view.getUint32(21, true)
    return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) }
  }
  if (kind === 'VP8 ') {
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
  }
  return null
}

function jpegSize(view: DataView): { width: number; height: number } | null {
  for (let at = 2; at + 9 < view.byteLength;) {
    if (view.getUint8(at) !== 0xff) return null
    const marker = view.getUint8(at + 1)
    // Frames of every coding, but not the tables that share their range.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) }
    }
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2)
  }
  return null
}

function tiffSize(view: DataView, little: boolean): { width: number; height: number } | null {
  const start = view.getUint32(4, little)
  const found = new Map<number, number>()
  for (let index = 0; index < view.getUint16(start, little); index++) {
    const at = start + 2 + index * 12
    const short = view.getUint16(at + 2, little) === 3
    found.set(
      view.getUint16(at, little),
      short ? view.getUint16(at + 8, little) : view.getUint32(at + 8, little),
    )
  }
  const width = found.get(256)
  const height = found.get(257)
  return width === undefined || height === undefined ? null : { width, height }
}
