/** Pages that are images: their pictures as PNG, for a recognizer. */
import { Buffer } from 'node:buffer'
import { deflateSync } from 'node:zlib'
import type { Document } from './operators.ts'

/** Pixels of an image of a page, in the forms that pdf.js has. */
interface Picture {
  readonly width: number
  readonly height: number
  /** 1: a bit for each pixel; 2: red, green, blue; 3: with alpha. A mask has none, and a bit for each pixel. */
  readonly kind?: number
  readonly data: Uint8Array | Uint8ClampedArray
}

/** Larger images are left out: they would not fit into the memory of a function. */
export const maxImagePixels = 12_000_000
/** In pixels: smaller images are decoration. */
const minSide = 50
const maxImages = 20

const paintImageMask = 83
const paintImage = 85
const paintInlineImage = 86

/** The images of a page in the order in which they are drawn. `pdf` was opened with images. */
export async function imagesOfPage(pdf: Document, number: number): Promise<Uint8Array[]> {
  const page = await pdf.getPage(number)
  try {
    const { fnArray, argsArray } = await page.getOperatorList()
    const images: Uint8Array[] = []
    for (const [index, operator] of fnArray.entries()) {
      if (images.length >= maxImages) break
      const [drawn] = argsArray[index] as unknown[] ?? []
      let picture: unknown = null
      if (operator === paintImage && typeof drawn === 'string') {
        const objects = drawn.startsWith('g_') ? page.commonObjs : page.objs
        picture = await new Promise((resolve) => objects.get(drawn, resolve))
      } else if (operator === paintImageMask || operator === paintInlineImage) picture = drawn
      if (isPicture(picture)) images.push(encodePng(picture))
    }
    return images
  } finally {
    page.cleanup()
  }
}

function isPicture(value: unknown): value is Picture {
  if (typeof value !== 'object' || value === null) return false
  const { width, height, data } = value as Partial<Picture>
  return Number(width) >= minSide && Number(height) >= minSide &&
    (data instanceof Uint8Array || data instanceof Uint8ClampedArray)
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

function encodePng({ width, height, kind = 1, data }: Picture): Uint8Array {
  // Bits for each pixel, and the number by which PNG knows their meaning.
  const [depth, color, bits] = kind === 1 ? [1, 0, 1] : kind === 2 ? [8, 2, 24] : [8, 6, 32]
  const line = Math.ceil(width * bits / 8)
  const lines = new Uint8Array((line + 1) * height)
  for (let y = 0; y < height; y++) lines.set(data.subarray(y * line, (y + 1) * line), y * (line + 1) + 1)
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set([depth, color], 8)
  return Buffer.concat([
    Uint8Array.from(signature),
    chunk('IHDR', header),
    chunk('IDAT', new Uint8Array(deflateSync(lines, { level: 3 }))),
    chunk('IEND', new Uint8Array()),
  ])
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  bytes.set(Array.from(name, (letter) => letter.charCodeAt(0)), 4)
  bytes.set(data, 8)
  view.setUint32(data.length + 8, checksum(bytes.subarray(4, data.length + 8)))
  return bytes
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value
})

function checksum(bytes: Uint8Array): number {
  let value = 0xffffffff
  for (const byte of bytes) value = (table[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8)
  return (value ^ 0xffffffff) >>> 0
}
