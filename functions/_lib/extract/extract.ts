/**
 * Reads a file of any supported format into parts, one after the other, with as much memory as the largest part needs.
 * Knows no database: what becomes of the parts is the caller's affair.
 */
import { annotate } from './annotate.ts'
import { detect, type Format } from './detect.ts'
import { tooDeep } from './errors.ts'
import type { Reader, Recogniser, XmlLogMap } from './file.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { Part, RawPart } from './parts.ts'
import { Breath, ByteSource } from './source.ts'

export interface ExtractInput {
  readonly filename: string
  /** As declared; the content decides, this helps where it leaves a choice. A charset in it is heeded. */
  readonly mediaType?: string | undefined
  /** In bytes, when known: what is too large is then refused before it is read. */
  readonly size?: number | undefined
  readonly stream: ReadableStream<Uint8Array>
  readonly limits?: Partial<Limits> | undefined
  readonly signal?: AbortSignal | undefined
  /** Where a web page was fetched from. */
  readonly url?: string | undefined
  /** For callers that know better than the content: `xml_log` for an XML file that is to be read as a log. */
  readonly format?: Format | undefined
  readonly xmlLog?: XmlLogMap | undefined
  /** Text in images; without it an image has none. */
  readonly recogniseImage?: Recogniser | undefined
  /** Speech in audio and video. */
  readonly transcribe?: Recogniser | undefined
  readonly now?: Date | undefined
}

/** Loaded when needed: the reader of PDF alone takes more memory than most files. */
const readers: Readonly<Record<Format, () => Promise<Reader>>> = {
  pdf: async () => (await import('./pdf.ts')).readPdf,
  office: async () => (await import('./office.ts')).readOffice,
  csv: async () => (await import('./csv.ts')).readCsv,
  markdown: async () => (await import('./markdown.ts')).readMarkdown,
  html: async () => (await import('./html.ts')).readHtml,
  text: async () => (await import('./text.ts')).readText,
  json: async () => (await import('./json.ts')).readJson,
  json_lines: async () => (await import('./json.ts')).readJsonLines,
  yaml: async () => (await import('./yaml.ts')).readYaml,
  xml: async () => (await import('./xml.ts')).readXml,
  xml_log: async () => (await import('./xml.ts')).readXmlLog,
  log: async () => (await import('./log.ts')).readLog,
  image: async () => (await import('./media.ts')).readImage,
  audio: async () => (await import('./media.ts')).readAudio,
  video: async () => (await import('./media.ts')).readVideo,
}

/**
 * Throws an ExtractionError for what cannot be read, at any time: parts given before it are sound, but not the whole.
 * Ends the stream when it is left early. An abort throws the signal's reason.
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
          recogniseImage: input.recogniseImage,
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

/** Whatever recursion a hostile file drives too far ends as a refusal of that file. */
async function* guard(
  signal: AbortSignal | undefined,
  parts: AsyncGenerator<RawPart>,
): AsyncGenerator<RawPart> {
  const breath = new Breath()
  try {
    for await (const part of parts) {
      const pause = breath.due()
      if (pause) await pause
      signal?.throwIfAborted()
      yield part
    }
  } catch (cause) {
    // Whatever a library made of the end of its stream.
    signal?.throwIfAborted()
    if (cause instanceof RangeError && /call stack/i.test(cause.message)) throw tooDeep(cause)
    throw cause
  }
}
