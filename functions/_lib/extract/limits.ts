/**
 * How much of a file is read. The defaults fit an edge function with 256 MB of memory: formats that are held as a whole
 * have small limits (measured by bench/extract.ts), formats that are read as a stream large ones.
 */
const KiB = 1024
const MiB = 1024 * KiB

/** Sizes in bytes of the file, where nothing else is said. */
export interface Limits {
  /** Any file. Formats read as a stream (CSV, JSON lines, logs, text, XML) have no other limit. */
  readonly bytes: number
  readonly pdfBytes: number
  readonly docxBytes: number
  readonly xlsxBytes: number
  readonly htmlBytes: number
  readonly markdownBytes: number
  /** JSON that is one value, OpenAPI and Postman included. */
  readonly jsonBytes: number
  readonly yamlBytes: number
  /** Images, audio and video that a recognizer reads. */
  readonly mediaBytes: number

  readonly pages: number
  /** Runs of text that one page of a PDF draws. */
  readonly pageItems: number
  /** Operators of one page of a PDF; what follows them is left out. */
  readonly pageOperators: number
  /** Straight lines that one page of a PDF draws; a drawing has more than any table, and is not searched for one. */
  readonly pageRules: number
  /** Pages of a scan that a recognizer reads. */
  readonly recognizedPages: number
  /** One stream of a PDF when it is inflated; images may have four times as much. */
  readonly pdfStreamBytes: number

  readonly zipEntries: number
  /** One part of a DOCX when it is inflated; the text is streamed. */
  readonly docxPartBytes: number
  /** One sheet of an XLSX when it is inflated; sheets are streamed. */
  readonly sheetBytes: number
  /** The shared strings, and the styles, of an XLSX when they are inflated; they are held. */
  readonly sharedStringsBytes: number
  readonly sheets: number

  /** Nesting of JSON, YAML, XML and HTML. */
  readonly depth: number
  readonly yamlAliases: number
  /** Values that `$ref` brings into the endpoints of one file. */
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
  /** Empty cells of a table, which take no space in a file, but as much as others in a database. */
  readonly emptyCells: number
  /** Columns of JSON lines; further keys go into one column. */
  readonly keys: number
  /** Longer lines of logs and JSON lines are cut. */
  readonly lineChars: number
  /** An entry of a log, with the lines that belong to it. */
  readonly entryChars: number

  /** Rows and characters of a table that are repeated in its evidence. */
  readonly evidenceRows: number
  readonly evidenceChars: number
  /** Evidence, entities and metric hits of one document, each. */
  readonly annotations: number
}

/** See docs/reference/extraction.md. */
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
  pageOperators: 300_000,
  pageRules: 50_000,
  recognizedPages: 100,
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
