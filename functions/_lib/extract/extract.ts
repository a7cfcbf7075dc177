/**
 * Reads a file of any supported format into parts, one after the other, with as much memory as the largest part needs.
 * Stores nothing: the caller decides what to do with the parts.
 */
import { TimeSlice } from '../async/mod.ts'
import { annotate } from './annotate/annotate.ts'
import { detect, type Format } from './detect.ts'
import { isStackOverflow, tooDeep } from './errors.ts'
import type { Reader, Recognizer, XmlLogMap } from './file.ts'
import { ByteSource } from './input/source.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { type Part, type RawPart, warning } from './parts.ts'

/** A file and how to read it. */
export interface ExtractInput {
  readonly filename: string
  /** As declared, with a charset if there is one; decides only where the content is ambiguous. */
  readonly mediaType?: string | undefined
  /** In bytes, if known: a file that is too large is then refused before it is read. */
  readonly size?: number | undefined
  readonly stream: ReadableStream<Uint8Array>
  readonly limits?: Partial<Limits> | undefined
  readonly signal?: AbortSignal | undefined
  /** Where a web page was fetched from. */
  readonly url?: string | undefined
  /** Overrides the detected format, for example `xml_log` for XML that is to be read as a log. */
  readonly format?: Format | undefined
  readonly xmlLog?: XmlLogMap | undefined
  /** Recognizes the text in images; without it an image has none. */
  readonly recognizeImage?: Recognizer | undefined
  /** Transcribes speech in audio and video. */
  readonly transcribe?: Recognizer | undefined
  /** The year of log lines without one is guessed from this. */
  readonly now?: Date | undefined
}

/** Loaded on demand: the PDF reader alone takes more memory than most files. */
const readers: Readonly<Record<Format, () => Promise<Reader>>> = {
  pdf: async () => (await import('./readers/pdf/pdf.ts')).readPdf,
  office: async () => (await import('./readers/office/office.ts')).readOffice,
  csv: async () => (await import('./readers/csv.ts')).readCsv,
  markdown: async () => (await import('./readers/markdown.ts')).readMarkdown,
  html: async () => (await import('./readers/html/html.ts')).readHtml,
  text: async () => (await import('./readers/text.ts')).readText,
  json: async () => (await import('./readers/json.ts')).readJson,
  json_lines: async () => (await import('./readers/json_lines.ts')).readJsonLines,
  yaml: async () => (await import('./readers/yaml.ts')).readYaml,
  xml: async () => (await import('./readers/xml/xml.ts')).readXml,
  xml_log: async () => (await import('./readers/log/xml_log.ts')).readXmlLog,
  log: async () => (await import('./readers/log/log.ts')).readLog,
  image: async () => (await import('./readers/media.ts')).readImage,
  audio: async () => (await import('./readers/media.ts')).readAudio,
  video: async () => (await import('./readers/media.ts')).readVideo,
}

/**
 * Throws an ExtractionError where the file cannot be read, at any time: the parts before it are valid, but not complete.
 * Cancels the stream when it is left early. An abort throws the reason of the signal.
 */
export async function* extract(input: ExtractInput): AsyncGenerator<Part> {
  const limits: Limits = { ...defaultLimits, ...input.limits }
  const { signal, url } = input
  const filename = input.filename.split(/[/\\]/).at(-1) || 'file'
  const charset = /;\s*charset\s*=\s*"?([\w.:-]{1,40})/i.exec(input.mediaType ?? '')?.[1]
  const source = new ByteSource(input.stream, limits.bytes, signal, input.size)
  try {
    const detected = await detect(source, { filename, mediaType: input.mediaType, charset })
    const format = input.format ?? detected.format
    const read = await (readers[format])()
    yield* annotate(
      guard(
        source,
        signal,
        read({
          source,
          filename,
          title: filename.replace(/\.[a-z0-9]{1,10}$/i, '') || filename,
          mediaType: detected.mediaType,
          charset,
          url,
          limits,
          signal,
          xmlLog: input.xmlLog,
          recognizeImage: input.recognizeImage,
          transcribe: input.transcribe,
          now: input.now ?? new Date(),
        }),
      ),
      { filename, url },
      limits,
    )
  } finally {
    await source.close()
  }
}

/** A stack overflow that a hostile file causes becomes an ExtractionError; what was guessed or replaced, a warning. */
async function* guard(
  source: ByteSource,
  signal: AbortSignal | undefined,
  parts: AsyncGenerator<RawPart>,
): AsyncGenerator<RawPart> {
  const slice = new TimeSlice()
  try {
    for await (const part of parts) {
      if (slice.isOver) await slice.renew()
      signal?.throwIfAborted()
      yield part
    }
    if (source.guessed) {
      yield warning(
        'encoding_guessed',
        `The encoding is not declared and was guessed: ${source.encoding}. Save the file as UTF-8 if text is wrong.`,
      )
    }
    if (source.replaced) {
      yield warning(
        'replaced_characters',
        `Bytes that are not ${source.encoding} were replaced.`,
        source.replaced,
      )
    }
  } catch (cause) {
    // Whatever a library threw because its stream was cancelled.
    signal?.throwIfAborted()
    throw isStackOverflow(cause) ? tooDeep(cause) : cause
  }
}
