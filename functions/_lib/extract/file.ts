/** What a reader of a format is given. */
import type { Limits } from './limits.ts'
import type { Json, JsonObject, RawPart } from './parts.ts'
import type { ByteSource } from './source.ts'

/** Where an XML log keeps what; alternatives are separated by `|`, paths are `a/b`, `@a`, `.//a`. */
export interface XmlLogMap {
  readonly entry: string
  readonly fields?: Partial<Record<'ts' | 'level' | 'code' | 'component' | 'message', string>>
}

/** Text that somebody else recognises in what this code cannot read. */
export interface Recognised {
  readonly text: string
  readonly metadata?: JsonObject
  readonly warnings?: readonly string[]
  /** Of speech: pieces with their times. */
  readonly segments?: readonly Json[]
  readonly engine?: string
}

export type Recogniser = (
  bytes: Uint8Array,
  about: { readonly filename: string; readonly mediaType: string; readonly signal: AbortSignal | undefined },
) => Promise<Recognised>

export interface SourceFile {
  readonly source: ByteSource
  readonly filename: string
  /** The name without its folder and ending. */
  readonly title: string
  readonly mediaType: string
  /** The charset that was declared with the media type. */
  readonly charset: string | undefined
  readonly url: string | undefined
  readonly limits: Limits
  readonly signal: AbortSignal | undefined
  readonly xmlLog: XmlLogMap | undefined
  readonly recogniseImage: Recogniser | undefined
  readonly transcribe: Recogniser | undefined
  /** The year of log lines that have none is guessed from this. */
  readonly now: Date
}

export type Reader = (file: SourceFile) => AsyncGenerator<RawPart>
