/**
 * Cuts the parts of a file into chunks that a model can embed and a search can show: prose within its section, rows with
 * the names of their columns, endpoints, log entries and tags. All text of sections, tables and entries is covered.
 */
import type {
  ApiEndpointPart,
  DocumentPart,
  DocumentType,
  Json,
  JsonObject,
  LogEntryPart,
  Part,
  SectionPart,
  TablePart,
} from '../extract/mod.ts'
import { type RowChunk, RowChunks } from './rows.ts'
import { lineTokens, type Sizes, type Span, split } from './split.ts'
import { estimateChunkTokens, type TokenCount } from './tokens.ts'

/** A piece of a file, with its place in it. */
export interface Chunk {
  /**
   * The same for the same file and options: `md:{n}` for prose, `csv:{row}`, `xlsx:{table}:{row}`, `table:{table}:{row}`,
   * `api:{n}`, `log:{row}`, `tag:{tag}`; a further number counts the pieces of a row or an entry that is too long.
   */
  readonly key: string
  /** Counts all chunks from 0. */
  readonly index: number
  /** `api`, `log`, `tag`, or the type of the document. */
  readonly source_type: DocumentType | 'api' | 'log' | 'tag'
  readonly text: string
  readonly token_count: number
  /** The headings above, or the name of the sheet. Not repeated in the text. */
  readonly heading_path: readonly string[]
  readonly page: number | null
  readonly sheet: string | null
  readonly section_order: number | null
  readonly table_order: number | null
  /** The first row of a table or log, and the one after the last. */
  readonly row_start: number | null
  readonly row_end: number | null
  /** In the text of the section: what stands there is exactly the text of the chunk. */
  readonly char_start: number | null
  readonly char_end: number | null
  /** Where a client shows it: `panel`, and what that panel needs to find the place. */
  readonly deeplink: JsonObject
  /** Of log entries: ts, level, code, component; of endpoints: name, method, path. */
  readonly meta: JsonObject
}

/** How chunks are made; the defaults are `defaultSizes`, a chunk for each log entry, and tags. */
export interface ChunkOptions {
  /** An estimate by default. Longer text must not have fewer tokens. */
  readonly tokens?: TokenCount | undefined
  readonly target?: number | undefined
  readonly max?: number | undefined
  readonly overlap?: number | undefined
  /** `entry`: a chunk for each log entry; `window`: as many entries as fit, for long logs. */
  readonly logs?: 'entry' | 'window' | undefined
  readonly tags?: boolean | undefined
  /** The ids for deep links, as far as they are known. */
  readonly ids?: {
    readonly artifact?: string | undefined
    readonly document?: string | undefined
    readonly endpoint?: ((part: ApiEndpointPart) => string) | undefined
  } | undefined
}

/** For models that read 256 tokens, of a tokenizer that makes more of them, and a heading before the text. */
export const defaultSizes = { target: 160, max: 200, overlap: 24 } as const

/** Throws a RangeError for sizes that contradict each other. */
export async function* chunk(
  parts: AsyncIterable<Part> | Iterable<Part>,
  options: ChunkOptions = {},
): AsyncGenerator<Chunk> {
  const { target = defaultSizes.target, max = defaultSizes.max, overlap = defaultSizes.overlap } = options
  if (!(target > 0 && target <= max && overlap >= 0 && overlap < target)) {
    throw new RangeError('Sizes of chunks must satisfy 0 <= overlap < target <= max.')
  }
  const tokens = options.tokens ?? estimateChunkTokens
  yield* new Chunker({ tokens, target, max, overlap }, options).run(parts)
}

type Place = Partial<
  Pick<
    Chunk,
    | 'heading_path'
    | 'page'
    | 'sheet'
    | 'section_order'
    | 'table_order'
    | 'row_start'
    | 'row_end'
    | 'char_start'
    | 'char_end'
    | 'meta'
  >
>

class Chunker {
  readonly #sizes: Sizes
  readonly #options: ChunkOptions
  #document: DocumentPart | null = null
  #index = 0
  #prose = 0
  #bare: SectionPart | null = null
  #rows: { chunks: RowChunks; table: TablePart } | null = null
  #window: { lines: string[]; tokens: number; start: number; end: number } | null = null

  constructor(sizes: Sizes, options: ChunkOptions) {
    this.#sizes = sizes
    this.#options = options
  }

  async *run(parts: AsyncIterable<Part> | Iterable<Part>): AsyncGenerator<Chunk> {
    for await (const part of parts) {
      switch (part.kind) {
        case 'document':
          this.#document = part
          break
        case 'section':
          yield* this.#onSection(part)
          break
        case 'table':
          yield* this.#onTable(part)
          break
        case 'api_endpoint':
          yield* this.#onEndpoint(part)
          break
        case 'log_entry':
          yield* this.#options.logs === 'window' ? this.#onWindow(part) : this.#onEntry(part)
          break
        case 'tag':
          yield* this.#onTag(part.tag)
          break
      }
    }
    yield* this.#endBare([])
    yield* this.#endWindow()
  }

  get #type(): DocumentType {
    return this.#document?.type ?? 'text'
  }

  #make(
    key: string,
    source_type: Chunk['source_type'],
    text: string,
    token_count: number,
    deeplink: JsonObject,
    place: Place,
  ): Chunk {
    return {
      key,
      index: this.#index++,
      source_type,
      text,
      token_count,
      heading_path: [],
      page: null,
      sheet: null,
      section_order: null,
      table_order: null,
      row_start: null,
      row_end: null,
      char_start: null,
      char_end: null,
      meta: {},
      ...place,
      deeplink,
    }
  }

  #workspace(chunk: string, more: JsonObject): JsonObject {
    const artifact = this.#options.ids?.artifact
    return {
      panel: 'workspace',
      ...(artifact === undefined ? {} : { artifact_id: artifact }),
      chunk,
      ...more,
    }
  }

  #ofDocument(): JsonObject {
    const document = this.#options.ids?.document
    return document === undefined ? {} : { document_id: document }
  }

  *#onSection(section: SectionPart): Generator<Chunk> {
    yield* this.#endBare(section.heading_path)
    if (!section.text.trim()) {
      if (section.heading) this.#bare = section
      return
    }
    for (const span of split(section.text, this.#sizes, this.#document?.language)) {
      yield this.#prosePiece(section, section.text.slice(span.start, span.end), span.tokens, span)
    }
  }

  #prosePiece(section: SectionPart, text: string, tokens: number, span: Span | null): Chunk {
    const { page, heading_path, order } = section
    const key = `md:${this.#prose++}`
    return this.#make(key, this.#type, text, tokens, this.#workspace(key, page === null ? {} : { page }), {
      heading_path,
      page,
      section_order: order,
      ...(span ? { char_start: span.start, char_end: span.end } : {}),
    })
  }

  /** A heading is a chunk of its own only where nothing stands below it. */
  *#endBare(path: readonly string[]): Generator<Chunk> {
    const bare = this.#bare
    this.#bare = null
    if (!bare || bare.heading_path.every((heading, index) => path[index] === heading)) return
    for (const span of split(bare.heading ?? '', this.#sizes)) {
      yield this.#prosePiece(bare, (bare.heading ?? '').slice(span.start, span.end), span.tokens, null)
    }
  }

  *#onTable(table: TablePart): Generator<Chunk> {
    if (this.#rows?.table.order !== table.order) {
      yield* this.#endBare(table.heading_path)
      this.#rows = { chunks: new RowChunks(table.columns, table.header_detected, this.#sizes), table }
    }
    const { chunks } = this.#rows
    for (const [index, row] of table.rows.entries()) {
      yield* this.#rowChunks(table, chunks.add(asShown(row, table.shown?.[index])))
    }
    if (!table.last) return
    yield* this.#rowChunks(table, chunks.end())
    this.#rows = null
  }

  *#rowChunks(table: TablePart, found: Iterable<RowChunk>): Generator<Chunk> {
    const type = this.#type
    for (const { text, tokens, row_start, row_end, piece } of found) {
      const scope = type === 'csv' ? 'csv' : type === 'xlsx' ? `xlsx:${table.order}` : `table:${table.order}`
      const key = `${scope}:${row_start}${piece > 0 ? `:${piece}` : ''}`
      const { sheet, page } = table
      const heading_path = sheet === null ? table.heading_path : [sheet]
      const more = {
        ...(page === null ? {} : { page }),
        ...(sheet === null ? {} : { sheet }),
        row: row_start,
      }
      yield this.#make(key, type, text, tokens, this.#workspace(key, more), {
        heading_path: table.caption === null ? heading_path : [...heading_path, table.caption],
        page,
        sheet,
        table_order: table.order,
        row_start,
        row_end,
      })
    }
  }

  *#onEndpoint(part: ApiEndpointPart): Generator<Chunk> {
    const names = part.params.map((param) => param['name']).filter((name) => typeof name === 'string')
    const text = [
      `${part.method} ${part.path}`,
      part.name === part.summary ? null : part.name,
      part.summary,
      part.description === part.summary ? null : part.description,
      part.tags.join(', '),
      names.length ? `Parameters: ${names.join(', ')}` : null,
    ].filter(Boolean).join('\n')
    const id = this.#options.ids?.endpoint?.(part) ?? `${part.order}`
    yield* this.#pieces(`api:${part.order}`, 'api', text, { panel: 'apis', api_id: id }, {
      heading_path: part.tags,
      meta: { name: part.name, method: part.method, path: part.path },
    })
  }

  *#onEntry(part: LogEntryPart): Generator<Chunk> {
    const { row, ts, level, code, component } = part
    const link = { panel: 'logs', ...this.#ofDocument(), code }
    const meta = { ts, level, code, component }
    yield* this.#pieces(`log:${row}`, 'log', messageOf(part), link, {
      row_start: row,
      row_end: row + 1,
      meta,
    })
  }

  *#onWindow(part: LogEntryPart): Generator<Chunk> {
    const line = [part.ts, part.level, part.component, part.code, messageOf(part)].filter(Boolean).join(' ')
    const tokens = lineTokens(line, this.#sizes)
    const open = this.#window
    if (open && (open.tokens + tokens > this.#sizes.max || open.tokens >= this.#sizes.target)) {
      yield* this.#endWindow()
    }
    this.#window ??= { lines: [], tokens: 0, start: part.row, end: part.row }
    this.#window.lines.push(line)
    this.#window.tokens += tokens
    this.#window.end = part.row + 1
  }

  *#endWindow(): Generator<Chunk> {
    const open = this.#window
    this.#window = null
    if (!open) return
    const link = { panel: 'logs', ...this.#ofDocument(), row: open.start }
    yield* this.#pieces(`log:${open.start}`, 'log', open.lines.join('\n'), link, {
      row_start: open.start,
      row_end: open.end,
    })
  }

  *#onTag(tag: string): Generator<Chunk> {
    if (this.#options.tags === false) return
    const link = { panel: 'tags', ...this.#ofDocument(), q: tag }
    yield* this.#pieces(`tag:${tag.trim().toLowerCase()}`, 'tag', tag, link, {})
  }

  *#pieces(
    key: string,
    type: Chunk['source_type'],
    text: string,
    link: JsonObject,
    place: Place,
  ): Generator<Chunk> {
    let piece = 0
    for (const { start, end, tokens } of split(text, this.#sizes)) {
      yield this.#make(piece > 0 ? `${key}:${piece}` : key, type, text.slice(start, end), tokens, link, place)
      piece++
    }
  }
}

/** The message of an entry, or its attributes where it has none. */
function messageOf({ message, attrs }: LogEntryPart): string {
  return message ?? (attrs === null ? '' : JSON.stringify(attrs))
}

/** Cells as the file shows them, with the value beside it: people search for either. */
function asShown(row: readonly Json[], shown: readonly (string | null)[] | undefined): readonly Json[] {
  if (!shown) return row
  return row.map((cell, column) => {
    const text = shown[column] ?? null
    return text === null ? cell : `${text} (${cell})`
  })
}
