/** What the reader of a format gets. */
import type { ByteSource } from './input/source.ts'
import type { Limits } from './limits.ts'
import type { Json, JsonObject, RawPart } from './parts.ts'

/** The paths of entries and fields in an XML log: `a/b`, `@a`, `.//a`; alternatives are separated by `|`. */
export interface XmlLogMap {
  readonly entry: string
  readonly fields?: Partial<Record<'ts' | 'level' | 'code' | 'component' | 'message', string>>
}

/** What a Recognizer found in an image or a recording. */
export interface Recognized {
  readonly text: string
  readonly metadata?: JsonObject
  readonly warnings?: readonly string[]
  /** Of speech: segments with their times. */
  readonly segments?: readonly Json[]
  readonly engine?: string
}

/** Recognizes text in an image, or transcribes speech; provided by the caller. */
export type Recognizer = (
  bytes: Uint8Array,
  about: {
    readonly filename: string
    readonly mediaType: string
    /** Of the document that the image is a page of. */
    readonly page?: number
    readonly signal: AbortSignal | undefined
  },
) => Promise<Recognized>

/** The file, and what the caller said about it. */
export interface SourceFile {
  readonly source: ByteSource
  readonly filename: string
  /** The filename without its extension. */
  readonly title: string
  readonly mediaType: string
  /** As declared with the media type. */
  readonly charset: string | undefined
  readonly url: string | undefined
  readonly limits: Limits
  readonly signal: AbortSignal | undefined
  readonly xmlLog: XmlLogMap | undefined
  readonly recognizeImage: Recognizer | undefined
  readonly transcribe: Recognizer | undefined
  /** The year of log lines without one is guessed from this. */
  readonly now: Date
}

/** Yields the parts that depend on the format. */
export type Reader = (file: SourceFile) => AsyncGenerator<RawPart>
