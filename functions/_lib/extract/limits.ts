/**
 * How much of a file is read. The defaults fit an edge function of 256 MB: what must be held as a whole is small enough
 * for what its library makes of it (measured by bench/extract.ts); what is read as a stream may be large.
 */
const KiB = 1024
const MiB = 1024 * KiB

export interface Limits {
  /** Any file. Formats read as a stream (CSV, JSON lines, logs, text, XML) have no other limit. */
  readonly bytes: number
  readonly pdfBytes: number
  readonly docxBytes: number
  readonly xlsxBytes: number
  readonly htmlBytes: number
  readonly markdownBytes: number
  /** JSON that is one value, also OpenAPI and Postman. */
  readonly jsonBytes: number
  readonly yamlBytes: number
  /** Images that are read for text, audio and video that are transcribed. */
  readonly mediaBytes: number

  readonly pages: number
  /** What one page of a PDF may draw, in runs of text. */
  readonly pageItems: number
  /** What one stream of a PDF may inflate to; images four times as much. */
  readonly pdfStreamBytes: number

  readonly zipEntries: number
  /** What one part of a DOCX may inflate to; the text is streamed. */
  readonly docxPartBytes: number
  /** What one sheet of an XLSX may inflate to; sheets are streamed. */
  readonly sheetBytes: number
  /** What the shared strings and styles of an XLSX may inflate to; they are held. */
  readonly sharedStringsBytes: number
  readonly sheets: number

  /** Nesting of JSON, YAML, XML and HTML. */
  readonly depth: number
  readonly yamlAliases: number
  /** Everything that `$ref` brings into the endpoints of one file, in values. */
  readonly resolvedNodes: number
  readonly endpoints: number

  readonly sectionChars: number
  readonly sections: number
  readonly rowsPerBatch: number
  readonly batchChars: number
  /** Longer cells are cut; Excel's own limit. */
  readonly cellChars: number
  /** Further columns are dropped; Excel's own limit. */
  readonly columns: number
  /** Empty cells of a table, which cost a file next to nothing, and a database as much as others. */
  readonly emptyCells: number
  /** Columns of JSON lines; what else they have goes into one column. */
  readonly keys: number
  /** Longer lines of logs and JSON lines are cut. */
  readonly lineChars: number
  /** An entry of a log, with the lines that belong to it. */
  readonly entryChars: number

  /** Rows and characters of a table that its evidence repeats. */
  readonly evidenceRows: number
  readonly evidenceChars: number
  /** Evidence, entities, metric hits and formulas of one document, each. */
  readonly annotations: number
}

export const defaultLimits: Limits = {
  bytes: 1024 * MiB,
  pdfBytes: 32 * MiB,
  docxBytes: 32 * MiB,
  xlsxBytes: 48 * MiB,
  htmlBytes: 6 * MiB,
  markdownBytes: 4 * MiB,
  jsonBytes: 12 * MiB,
  yamlBytes: 768 * KiB,
  mediaBytes: 48 * MiB,

  pages: 2_000,
  pageItems: 200_000,
  pdfStreamBytes: 48 * MiB,

  zipEntries: 10_000,
  docxPartBytes: 128 * MiB,
  sheetBytes: 1024 * MiB,
  sharedStringsBytes: 48 * MiB,
  sheets: 256,

  depth: 200,
  yamlAliases: 100,
  resolvedNodes: 1_000_000,
  endpoints: 10_000,

  sectionChars: 16_000,
  sections: 50_000,
  rowsPerBatch: 500,
  batchChars: 256 * KiB,
  cellChars: 32_767,
  columns: 16_384,
  emptyCells: 50_000_000,
  keys: 512,
  lineChars: 1 * MiB,
  entryChars: 64 * KiB,

  evidenceRows: 1_000,
  evidenceChars: 256 * KiB,
  annotations: 2_000,
}
