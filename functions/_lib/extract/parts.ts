/**
 * The parts that extraction finds in a file. A part is small and complete: it can be stored before the next one comes.
 * Postgres can store every text and JSON value in it (see `cleanText` and `cleanJson`).
 *
 * Order: one `document` first; then sections, tables, endpoints and log entries in the order of the file, each followed
 * by its evidence and facts; at the end `structure`, `tag`, the `document_summary` fact and warnings.
 */

/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
/** An object of JSON. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a file is, as documents are stored. */
export type DocumentType =
  | 'pdf'
  | 'docx'
  | 'xlsx'
  | 'csv'
  | 'markdown'
  | 'html'
  | 'text'
  | 'json'
  | 'yaml'
  | 'xml'
  | 'log'
  | 'openapi'
  | 'postman'
  | 'image'
  | 'audio'
  | 'video'

/** The file as a whole; always the first part. */
export interface DocumentPart {
  readonly kind: 'document'
  readonly title: string
  readonly type: DocumentType
  readonly media_type: string
  /** As the file declares it (BCP 47); null where it declares none. Never guessed. */
  readonly language: string | null
  readonly page_count: number | null
  /** From the file itself, by format: author, dates (ISO 8601), encoding, delimiter, dimensions … */
  readonly metadata: JsonObject
}

/** Text under a heading. */
export interface SectionPart {
  readonly kind: 'section'
  /** Counts the sections of the document from 0. */
  readonly order: number
  /** 1 is the highest heading; 0 is text before any heading. */
  readonly level: number
  readonly heading: string | null
  /** From the highest heading down to its own. */
  readonly heading_path: readonly string[]
  /** Without the heading. Paragraphs are separated by an empty line. Empty for a heading alone. */
  readonly text: string
  /** From 1, of the first line. */
  readonly page: number | null
  /** Whether it continues the section before it, after a page, a table or the size limit of a section. */
  readonly continued: boolean
}

/** A batch of rows. Batches of one table share `order` and follow each other, up to the one with `last`. */
export interface TablePart {
  readonly kind: 'table'
  /** Counts the tables of the document from 0. */
  readonly order: number
  readonly caption: string | null
  readonly heading_path: readonly string[]
  /** From 1. */
  readonly page: number | null
  readonly sheet: string | null
  /** Unique and not empty; a column without a name is `column_3`. */
  readonly columns: readonly string[]
  /** Whether the names of the columns come from the file. */
  readonly header_detected: boolean
  /** Cells in the order of `columns`, as many as there are columns. Dates are ISO 8601 text. */
  readonly rows: readonly (readonly Json[])[]
  /** As `rows`: what the file shows for a value that it stores otherwise, such as `00815` for 815; else null. */
  readonly shown?: readonly (readonly (string | null)[])[]
  /** The number of the first row of this batch, from 0, not counting the header. */
  readonly row_start: number
  readonly last: boolean
  /** Every page and place of a table of a PDF, complete in the last batch. `bbox` is left, bottom, right, top in points. */
  readonly segments: readonly Coordinates[] | null
}

/** An endpoint of an API description. */
export interface ApiEndpointPart {
  readonly kind: 'api_endpoint'
  readonly order: number
  /** `operationId`, or the name of the Postman item. */
  readonly name: string | null
  /** Upper case. */
  readonly method: string
  readonly path: string
  readonly summary: string | null
  readonly description: string | null
  /** Tags of the operation, or the folders around a Postman item. */
  readonly tags: readonly string[]
  /** Objects with `name`, `in` (path, query, header, cookie, body, formData) and further keys of the file. */
  readonly params: readonly JsonObject[]
  /** OpenAPI: an object by status, with `x_security.schemes` beside it where security applies. Postman: saved answers. */
  readonly responses: Json
  /** The address as a Postman collection has it, object or text; null for OpenAPI. */
  readonly url: Json
}

/** An entry of a log. */
export interface LogEntryPart {
  readonly kind: 'log_entry'
  /** Counts the entries from 0. */
  readonly row: number
  /** As written. */
  readonly ts: string | null
  /** `ts` in ISO 8601 and UTC; null where it cannot be read. Text without a zone is taken as UTC. */
  readonly logged_at: string | null
  /** As written, also `code` and `component`. */
  readonly level: string | null
  readonly code: string | null
  readonly component: string | null
  readonly message: string | null
  /** Further fields of the entry; null where there are none. */
  readonly attrs: JsonObject | null
}

/** What evidence consists of. */
export type ContentType =
  | 'table'
  | 'financial_table'
  | 'text'
  | 'chart'
  | 'formula'
  | 'csv'
  | 'xlsx'
  | 'media_metadata'
  | 'media_transcript'
  | 'image_ocr'
  | 'web_page'

/** A place on a page. */
export interface Coordinates {
  /** From 1. */
  readonly page: number | null
  /** Left, bottom, right, top in points, from the lower left corner of the page. */
  readonly bbox: readonly number[] | null
}

/** What facts refer to. */
export interface EvidencePart {
  readonly kind: 'evidence'
  /** `{file}#table{n}`, `#section{n}`, `#chart{n}`, `#formula{n}`, `#data`, `#{sheet}`, `#ocr` …, or the URL of a page. */
  readonly locator: string
  readonly preview: string
  readonly content_type: ContentType
  /** One place, or several for a table over several pages. */
  readonly coordinates: Coordinates | readonly Coordinates[] | null
  /** By content type. Bounded: a long table has only its first rows here (`Limits.evidenceRows`). */
  readonly full_data: Json
}

/** Figures, with their evidence. */
export interface FactPart {
  readonly kind: 'fact'
  /** `table`, `chart`, `formula`, `document_summary`, the name of a sheet, or null. */
  readonly entity: string | null
  readonly metrics: JsonObject
  /** The locator of the evidence; null for `document_summary`. */
  readonly evidence: string | null
}

/** A name or figure in the text of a section. */
export interface EntityPart {
  readonly kind: 'entity'
  /** As in spaCy: ORG, PERSON, MONEY, PERCENT, DATE. Found by patterns, not by a model. */
  readonly label: string
  readonly text: string
  /** In the text of the section. */
  readonly start_char: number
  readonly end_char: number
  readonly page: number | null
  /** The order of the section. */
  readonly source_index: number
  readonly context: string
}

/** A business figure in the text of a section. */
export interface MetricHitPart {
  readonly kind: 'metric_hit'
  readonly type: 'revenue' | 'growth' | 'margin' | 'profit'
  /** As matched, for example `2M`. */
  readonly value: string
  readonly context: string
  /** In the text of the section. */
  readonly position: number
  readonly page: number | null
  /** The order of the section. */
  readonly source_index: number
}

/** A heading with what is below it. */
export interface StructureNode {
  readonly level: number
  readonly title: string
  /** Paragraphs, shortened. */
  readonly content: readonly string[]
  readonly subsections: readonly StructureNode[]
}

/** The tree of headings. */
export interface StructurePart {
  readonly kind: 'structure'
  readonly hierarchy: { readonly title: string; readonly sections: readonly StructureNode[] }
}

/** A tag of the document. */
export interface TagPart {
  readonly kind: 'tag'
  readonly tag: string
  readonly score: number | null
  readonly source_ptr: 'heuristic'
}

/** Something in the file was left out or truncated; the rest is valid. */
export interface WarningPart {
  readonly kind: 'warning'
  readonly code: WarningCode
  readonly message: string
  /** How often it happened. */
  readonly count: number
}

/** What was left out or truncated. */
export type WarningCode =
  | 'analysis_capped'
  | 'cells_truncated'
  | 'columns_dropped'
  | 'encoding_guessed'
  | 'formulas_without_value'
  | 'glyphs_unmapped'
  | 'hidden_sheets'
  | 'lines_truncated'
  | 'no_text'
  | 'page_truncated'
  | 'page_unreadable'
  | 'pages_unmapped'
  | 'pages_unrecognized'
  | 'references_unresolved'
  | 'replaced_characters'
  | 'rows_unparsed'
  | 'truncated_input'

/** Any part. */
export type Part =
  | DocumentPart
  | SectionPart
  | TablePart
  | ApiEndpointPart
  | LogEntryPart
  | EvidencePart
  | FactPart
  | EntityPart
  | MetricHitPart
  | StructurePart
  | TagPart
  | WarningPart

/** What readers of formats yield; the other parts are derived from these in annotate/. */
export type RawPart =
  | DocumentPart
  | SectionPart
  | TablePart
  | ApiEndpointPart
  | LogEntryPart
  | EvidencePart
  | WarningPart

/** A warning part. */
export function warning(code: WarningCode, message: string, count = 1): WarningPart {
  return { kind: 'warning', code, message, count }
}
