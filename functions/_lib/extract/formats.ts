/** What is read of each format, what is not and why: the table of docs/reference/extraction.md is made of it. */
import type { Limits } from './limits.ts'
import type { DocumentType } from './parts.ts'

/** A row of the table. */
export interface FormatNote {
  readonly name: string
  /** The types of its documents; none for what is refused. */
  readonly types: readonly DocumentType[]
  /** What becomes of it. */
  readonly result: string
  /** What is left out, and why. */
  readonly omitted: string
  readonly held: 'whole' | 'stream' | 'header' | null
  /** The limits that apply, beside those of any file. */
  readonly limits: readonly (keyof Limits)[]
}

/** Every format, in the order of the table. */
export const formatNotes: readonly FormatNote[] = [
  {
    name: 'PDF',
    types: ['pdf'],
    result:
      'sections by page; headings by bookmarks and font size; tables by their lines or geometry, also across pages; captions, formulas, form fields',
    omitted: 'text of pictures without a recognizer; annotations that are no form',
    held: 'whole',
    limits: ['pdfBytes', 'pages'],
  },
  {
    name: 'DOCX',
    types: ['docx'],
    result: 'sections by heading styles, lists, notes, tables; headers, footers and comments at the end',
    omitted: 'deleted text of tracked changes (warning `tracked_changes`), hidden text, pictures',
    held: 'whole',
    limits: ['docxBytes'],
  },
  {
    name: 'XLSX',
    types: ['xlsx'],
    result:
      'one table per sheet, typed cells, dates in ISO 8601, numbers also as shown; titles, headers of several rows, merged cells; hidden sheets are marked',
    omitted: 'formulas without a stored value (warning), charts, comments',
    held: 'whole',
    limits: ['xlsxBytes', 'sheets'],
  },
  {
    name: 'PPTX, ODP',
    types: ['pptx', 'odp'],
    result: 'a section per slide under its title, tables, notes; hidden slides of PPTX are marked',
    omitted: 'pictures, diagrams, numbers and dates that stand on every slide',
    held: 'whole',
    limits: ['pptxBytes', 'odfBytes', 'slides'],
  },
  {
    name: 'ODT',
    types: ['odt'],
    result: 'sections by headings, lists, notes, tables; headers, footers and comments at the end',
    omitted: 'deleted text of tracked changes (warning `tracked_changes`), pictures',
    held: 'whole',
    limits: ['odfBytes'],
  },
  {
    name: 'ODS',
    types: ['ods'],
    result: 'one table per sheet, typed cells, numbers and dates also as shown',
    omitted: 'charts; merged cells are not filled',
    held: 'whole',
    limits: ['odfBytes', 'sheets', 'repeatedCells'],
  },
  {
    name: 'EPUB',
    types: ['epub'],
    result: 'the chapters in the order of reading, as HTML',
    omitted: 'pictures, the table of contents',
    held: 'whole',
    limits: ['epubBytes', 'slides'],
  },
  {
    name: 'RTF',
    types: ['rtf'],
    result: 'headings by styles, text in the code pages of its fonts, tables, notes, comments',
    omitted: 'pictures, embedded objects, hidden text',
    held: 'whole',
    limits: ['rtfBytes'],
  },
  {
    name: 'E-mail: EML, MBOX, MHTML',
    types: ['email'],
    result:
      'a section per message: headers, then the plain text, or the HTML where there is none; attachments become files of their own',
    omitted:
      'pictures of the text; attachments beyond the limit, or of messages deeper than two levels (warning)',
    held: 'whole',
    limits: ['mailBytes', 'mails', 'attachments'],
  },
  {
    name: 'CSV, TSV',
    types: ['csv'],
    result: 'a table; delimiter, header, titles above it and encoding are detected',
    omitted: 'cells beyond the widest of the first rows (warning)',
    held: 'stream',
    limits: ['columns'],
  },
  {
    name: 'Markdown',
    types: ['markdown'],
    result: 'sections, lists, tables; front matter',
    omitted: 'markup',
    held: 'whole',
    limits: ['markdownBytes'],
  },
  {
    name: 'HTML, also inline XBRL',
    types: ['html'],
    result: 'sections, lists and tables of the main content',
    omitted: 'navigation, forms, scripts, hidden elements',
    held: 'whole',
    limits: ['htmlBytes'],
  },
  { name: 'Text', types: ['text'], result: 'sections', omitted: '', held: 'stream', limits: [] },
  {
    name: 'JSON',
    types: ['json', 'openapi', 'postman'],
    result: 'tables and text by keys; OpenAPI 2 and 3 and Postman 1 and 2 as endpoints',
    omitted: '',
    held: 'whole',
    limits: ['jsonBytes', 'endpoints'],
  },
  {
    name: 'YAML',
    types: ['yaml'],
    result: 'as JSON',
    omitted: 'larger files: the parser takes about a hundred times the memory of the file',
    held: 'whole',
    limits: ['yamlBytes', 'yamlAliases'],
  },
  {
    name: 'JSON lines',
    types: ['json', 'log'],
    result: 'a log or a table',
    omitted: 'lines that are no JSON (warning)',
    held: 'stream',
    limits: ['keys'],
  },
  {
    name: 'XML',
    types: ['xml', 'log'],
    result: 'a log, or text by elements',
    omitted: 'files that declare entities are refused: they can grow without bound',
    held: 'stream',
    limits: ['depth'],
  },
  {
    name: 'Logs',
    types: ['log'],
    result:
      'entries: syslog, access and error logs of Apache and nginx, Kubernetes, log4j, Spring, Python, Postgres, Android, logfmt, and the table of `readers/log/patterns.ts`; continuation lines are joined',
    omitted: 'entries without time, level and component are messages (warning `entries_unparsed`)',
    held: 'stream',
    limits: ['lineChars', 'entryChars'],
  },
  {
    name: 'Images, audio, video',
    types: ['image', 'audio', 'video'],
    result: 'header metadata; text if `recognizeImage` or `transcribe` is given',
    omitted: 'the place where a photo was taken',
    held: 'header',
    limits: ['mediaBytes'],
  },
  {
    name: '.doc, .xls, .ppt, .msg, .xlsb',
    types: [],
    result: 'refused by name (`legacy_format`)',
    omitted: 'all: formats of their own, which no well-kept library reads within the memory of a function',
    held: null,
    limits: [],
  },
  {
    name: 'Files with a password',
    types: [],
    result: 'refused (`encrypted_file`)',
    omitted: 'all',
    held: null,
    limits: [],
  },
]
