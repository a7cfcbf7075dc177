/** Images, audio and video: metadata from their headers. Text comes from a recognizer that the caller provides. */
import { cleanText, truncate } from '../../text/mod.ts'
import { asExtractionError } from '../errors.ts'
import type { Recognizer, SourceFile } from '../file.ts'
import { cleanJson } from '../output/clean_json.ts'
import { Sections } from '../output/sections.ts'
import type { JsonObject, RawPart } from '../parts.ts'
import { readExif } from './exif.ts'
import { imageSize } from './image_size.ts'

/** The document; with `recognizeImage` also the text of the image. */
export async function* readImage(file: SourceFile): AsyncGenerator<RawPart> {
  const head = await file.source.peek(256 * 1024)
  const size = imageSize(head)
  const exif = readExif(head)
  // A camera that is held upright writes its image lying down, and how to turn it.
  const lies = (exif?.orientation ?? 1) >= 5
  const metadata: JsonObject = {
    format: file.mediaType.replace(/^image\//, ''),
    width: (lies ? size?.height : size?.width) ?? null,
    height: (lies ? size?.width : size?.height) ?? null,
    ...exif?.orientation ? { orientation: exif.orientation } : {},
    ...exif?.takenAt ? { taken_at: exif.takenAt } : {},
    ...exif?.camera ? { camera: exif.camera } : {},
  }
  yield document(file, 'image', metadata)
  if (!file.recognizeImage) return
  const found = await recognize(file, file.recognizeImage, 'The image')
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

/** The document and its metadata; with `transcribe` also the transcript. */
export async function* readAudio(file: SourceFile): AsyncGenerator<RawPart> {
  yield* readSound(file, 'audio')
}

/** The document and its metadata; with `transcribe` also the transcript. */
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
  const found = await recognize(
    file,
    file.transcribe,
    `The ${type}`,
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

async function recognize(
  file: SourceFile,
  recognizer: Recognizer,
  what: string,
): Promise<Awaited<ReturnType<Recognizer>>> {
  const { filename, mediaType, signal, source, limits } = file
  const bytes = await source.readAll(limits.mediaBytes, what)
  try {
    const found = await recognizer(bytes, { filename, mediaType, signal })
    return { ...found, text: cleanText(found.text).trim() }
  } catch (cause) {
    signal?.throwIfAborted()
    throw asExtractionError(cause, 'damaged_file', 'The text of the file could not be recognized.')
  }
}

function* prose(text: string, file: SourceFile): Generator<RawPart> {
  const sections = new Sections(file.limits)
  for (const paragraph of text.split(/\n{2,}/)) yield* sections.text(paragraph)
  yield* sections.flush()
}

function waveHeader(bytes: Uint8Array): { seconds: number; bitRate: number } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 44 || view.getUint32(0) !== 0x52494646 || view.getUint32(8) !== 0x57415645) return null
  const perSecond = view.getUint32(28, true)
  if (perSecond === 0) return null
  const seconds = Math.round(view.getUint32(4, true) / perSecond * 1000) / 1000
  return { seconds, bitRate: perSecond * 8 }
}
