/** Images, audio and video: what their headers say. Text comes from a recogniser that the caller brings. */
import { cleanJson, cleanText, truncate } from './clean.ts'
import { asExtractionError } from './errors.ts'
import type { Recogniser, SourceFile } from './file.ts'
import type { JsonObject, RawPart } from './parts.ts'
import { Sections } from './sections.ts'

export async function* readImage(file: SourceFile): AsyncGenerator<RawPart> {
  const head = await file.source.peek(256 * 1024)
  const size = imageSize(head)
  const metadata: JsonObject = {
    format: file.mediaType.replace(/^image\//, ''),
    width: size?.width ?? null,
    height: size?.height ?? null,
  }
  yield document(file, 'image', metadata)
  if (!file.recogniseImage) return
  const found = await recognise(file, file.recogniseImage, 'An image that is read for text')
  yield {
    kind: 'evidence',
    locator: `${file.filename}#ocr`,
    preview: truncate(found.text, 200),
    content_type: 'image_ocr',
    coordinates: null,
    full_data: cleanJson({
      text: found.text,
      metadata: { ...metadata, ...found.metadata },
      warnings: found.warnings ?? [],
      artifacts: {},
      preview: truncate(found.text, 200),
    }),
  }
  yield* prose(found.text, file)
}

export async function* readAudio(file: SourceFile): AsyncGenerator<RawPart> {
  yield* readSound(file, 'audio')
}

export async function* readVideo(file: SourceFile): AsyncGenerator<RawPart> {
  yield* readSound(file, 'video')
}

async function* readSound(file: SourceFile, type: 'audio' | 'video'): AsyncGenerator<RawPart> {
  const head = await file.source.peek(64 * 1024)
  const wave = waveHeader(head)
  const metadata: JsonObject = {
    format: file.mediaType.replace(/^\w+\//, ''),
    duration_seconds: wave?.seconds ?? null,
    bit_rate: wave?.bitRate ?? null,
  }
  yield document(file, type, metadata)
  yield {
    kind: 'evidence',
    locator: `${file.filename}#metadata`,
    preview: `${type} ${metadata['format']}`,
    content_type: 'media_metadata',
    coordinates: null,
    full_data: { path: file.filename, ...metadata, source: 'header', notes: [] },
  }
  if (!file.transcribe) return
  const found = await recognise(
    file,
    file.transcribe,
    `${type === 'audio' ? 'Audio' : 'Video'} that is transcribed`,
  )
  const preview = truncate(found.text, 240)
  yield {
    kind: 'evidence',
    locator: `${file.filename}#transcript`,
    preview,
    content_type: 'media_transcript',
    coordinates: null,
    full_data: cleanJson({
      text: found.text,
      segments: found.segments ?? [],
      engine: found.engine ?? null,
      metadata: { ...metadata, ...found.metadata },
      status: 'ok',
      warnings: found.warnings ?? [],
      artifacts: {},
      preview,
    }),
  }
  yield* prose(found.text, file)
}

function document(file: SourceFile, type: 'image' | 'audio' | 'video', metadata: JsonObject): RawPart {
  return {
    kind: 'document',
    title: file.title,
    type,
    media_type: file.mediaType,
    language: null,
    page_count: type === 'image' ? 1 : null,
    metadata,
  }
}

async function recognise(
  file: SourceFile,
  recogniser: Recogniser,
  what: string,
): Promise<Awaited<ReturnType<Recogniser>>> {
  const { filename, mediaType, signal, source, limits } = file
  const bytes = await source.readAll(limits.mediaBytes, what)
  try {
    const found = await recogniser(bytes, { filename, mediaType, signal })
    return { ...found, text: cleanText(found.text).trim() }
  } catch (cause) {
    signal?.throwIfAborted()
    throw asExtractionError(cause, 'damaged_file', 'The text of the file could not be recognised.')
  }
}

function* prose(text: string, file: SourceFile): Generator<RawPart> {
  const sections = new Sections(file.limits)
  for (const paragraph of text.split(/\n{2,}/)) yield* sections.text(paragraph)
  yield* sections.flush()
}

/** Width and height in pixels, from the header alone; null where it lies further back or the format is rare. */
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

function waveHeader(bytes: Uint8Array): { seconds: number; bitRate: number } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 44 || view.getUint32(0) !== 0x52494646 || view.getUint32(8) !== 0x57415645) return null
  const perSecond = view.getUint32(28, true)
  if (perSecond === 0) return null
  const seconds = Math.round(view.getUint32(4, true) / perSecond * 1000) / 1000
  return { seconds, bitRate: perSecond * 8 }
}
