/** Which format a file has: decided by its content, and by its name and declared type where the content is ambiguous. */
import { fileTypeFromBuffer } from 'file-type'
import { encrypted, ExtractionError, unsupported } from './errors.ts'
import {
  declaredEncoding,
  encodingHead,
  encodingOf,
  PieceDecoder,
  provenEncoding,
  Utf8Evidence,
} from './input/decode.ts'
import type { ByteSource } from './input/source.ts'
import { findDelimiter } from './readers/delimiters.ts'
import { looksLikeJsonLog } from './readers/log/fields.ts'
import { looksLikeLogLine } from './readers/log/lines.ts'

/** What decides which reader reads a file. */
export type Format =
  | 'pdf'
  | 'office'
  | 'csv'
  | 'markdown'
  | 'html'
  | 'text'
  | 'json'
  | 'json_lines'
  | 'yaml'
  | 'xml'
  | 'xml_log'
  | 'log'
  | 'image'
  | 'audio'
  | 'video'

/** The format of a file. */
interface Detected {
  readonly format: Format
  /** Of images, audio and video, by the content; else as declared. */
  readonly mediaType: string
}

const headBytes = 64 * 1024

const byExtension: Readonly<Record<string, Format>> = {
  csv: 'csv',
  tsv: 'csv',
  tab: 'csv',
  md: 'markdown',
  markdown: 'markdown',
  mdown: 'markdown',
  mkd: 'markdown',
  htm: 'html',
  html: 'html',
  xhtml: 'html',
  json: 'json',
  jsonl: 'json_lines',
  ndjson: 'json_lines',
  yaml: 'yaml',
  yml: 'yaml',
  xml: 'xml',
  log: 'log',
  txt: 'text',
  text: 'text',
}

const byMediaType: Readonly<Record<string, Format>> = {
  'text/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'text/markdown': 'markdown',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'application/json': 'json',
  'application/jsonl': 'json_lines',
  'application/x-ndjson': 'json_lines',
  'application/yaml': 'yaml',
  'text/yaml': 'yaml',
  'application/x-yaml': 'yaml',
  'application/xml': 'xml',
  'text/xml': 'xml',
}

/** Peeks at the source without consuming it. Throws an ExtractionError for empty files and unsupported formats. */
export async function detect(
  source: ByteSource,
  about: { filename: string; mediaType?: string | undefined; charset?: string | undefined },
): Promise<Detected> {
  const head = await source.peek(headBytes)
  if (head.length === 0) throw new ExtractionError('empty_file', 'The file is empty.')
  const mediaType = (about.mediaType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

  const binary = await detectBinary(head, about.filename)
  if (binary) return binary

  if (isBinary(head)) throw unsupported('binary data')
  const text = await decode(head, about.charset)
  if (looksBinary(text)) throw unsupported('binary data')
  const extension = /\.([a-z0-9]{1,10})$/i.exec(about.filename)?.[1]?.toLowerCase() ?? ''
  const named = byExtension[extension] ?? byMediaType[mediaType]
  return { format: detectText(text, named, head.length < headBytes), mediaType }
}

async function detectBinary(head: Uint8Array, filename: string): Promise<Detected | null> {
  const start = new TextDecoder('latin1').decode(head.subarray(0, 1024))
  if (start.includes('%PDF-')) return { format: 'pdf', mediaType: 'application/pdf' }
  if (start.startsWith('PK\x03\x04') || start.startsWith('PK\x05\x06')) {
    return { format: 'office', mediaType: 'application/zip' }
  }
  if (start.startsWith('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')) throw refuseCompound(head, filename)
  if (start.startsWith('{\\rtf')) throw unsupported('rich text')
  const type = await fileTypeFromBuffer(head).catch(() => undefined)
  if (!type || type.mime === 'application/xml' || type.mime === ('image/svg+xml' as string)) return null
  const family = type.mime.split('/')[0]
  if (family === 'image' || family === 'audio' || family === 'video') {
    return { format: family, mediaType: type.mime }
  }
  // Some signatures are two letters long and begin words as well.
  if (!looksBinary(new TextDecoder('latin1').decode(head))) return null
  throw unsupported(type.mime)
}

/** What the container of Office formats before 2007 holds, by the name of the stream that each has. */
const compoundStreams: readonly (readonly [stream: string, what: string, hint: string])[] = [
  ['__properties_version1.0', 'Messages of Outlook (.msg)', 'Save the message as .eml.'],
  ['WordDocument', 'Word documents before 2007 (.doc)', 'Save the file as .docx or PDF.'],
  ['PowerPoint Document', 'Presentations before 2007 (.ppt)', 'Save the file as .pptx or PDF.'],
  ['Workbook', 'Workbooks before 2007 (.xls)', 'Save the file as .xlsx.'],
  ['Book', 'Workbooks before 2007 (.xls)', 'Save the file as .xlsx.'],
]

/** The container of Office formats before 2007; also of newer files that have a password. */
function refuseCompound(head: Uint8Array, filename: string): ExtractionError {
  const names = new TextDecoder('utf-16le').decode(head.subarray(0, head.length & ~1))
  // The directory may lie beyond these bytes; an extension that is newer than the container says the same.
  if (names.includes('EncryptedPackage') || /\.(doc|xls|ppt)[xm]$/i.test(filename)) return encrypted()
  const extension = /\.(msg|doc|dot|ppt|pps|xls|xlt)$/i.exec(filename)?.[1]?.toLowerCase() ?? ''
  const named = { dot: 'doc', pps: 'ppt', xlt: 'xls' }[extension] ?? extension
  const found = compoundStreams.find(([stream]) => names.includes(`${stream}\0`)) ??
    compoundStreams.find(([, what]) => named !== '' && what.includes(`(.${named})`))
  return new ExtractionError(
    'legacy_format',
    `${found?.[1] ?? 'Office formats before 2007 (.doc, .xls, .ppt)'} are not supported.`,
    found?.[2] ?? 'Save the file as .docx, .xlsx, .pptx or PDF.',
  )
}

/** Without a look at the encoding, which takes long to guess: text has no zeros, unless it is proven to be wide. */
function isBinary(head: Uint8Array): boolean {
  return provenEncoding(head.subarray(0, encodingHead)) === null &&
    looksBinary(new TextDecoder('latin1').decode(head))
}

async function decode(head: Uint8Array, charset: string | undefined): Promise<string> {
  const evidence = new Utf8Evidence()
  evidence.add(head)
  const encoding = provenEncoding(head.subarray(0, encodingHead)) ??
    (await encodingOf(head, evidence, declaredEncoding(charset))).encoding
  return [...new PieceDecoder(encoding).decode(head)].join('')
}

function looksBinary(text: string): boolean {
  // deno-lint-ignore no-control-regex
  const controls = text.match(/[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]/g)?.length ?? 0
  return controls > 8 && controls > text.length * 0.01
}

function detectText(text: string, named: Format | undefined, whole: boolean): Format {
  const start = text.trimStart()
  const lines = linesOf(start, whole)
  if (/^<(!doctype html|(?:\w+:)?html[\s>])/i.test(withoutProlog(start))) return 'html'
  if (/^<\?xml\s/.test(start)) return xmlKind(start)
  if (named === 'csv' || named === 'markdown') return named
  if (start.startsWith('<')) {
    if (named === 'xml') return xmlKind(start)
    if (
      named === 'html' ||
      /^<(!--|head|body|div|p|h[1-6]|table|article|section|main|script|meta|title)\b/i.test(start)
    ) {
      return named === 'text' || named === 'log' ? named : 'html'
    }
    if (named === undefined && /^<[a-z][\w:.-]*[\s>/]/i.test(start)) return xmlKind(start)
  }
  if (/^[{[]/.test(start)) {
    const kind = jsonKind(start, lines, named)
    if (kind) return kind
  }
  if (named === 'json' || named === 'json_lines' || named === 'yaml' || named === 'html' || named === 'xml') {
    return named === 'xml' ? xmlKind(start) : named
  }
  if (/^(openapi|swagger)\s*:\s*['"]?\d/m.test(start) && /^paths\s*:/m.test(start)) return 'yaml'
  const logLike = lines.slice(0, 50).filter((line) => looksLikeLogLine(line)).length
  if (lines.length >= 2 && logLike >= Math.min(lines.length, 50) * 0.5) return 'log'
  if (named) return named
  const cells = findDelimiter(start)
  if (
    cells && cells.lines >= 3 && cells.agreement >= 0.95 && (cells.columns >= 3 || cells.delimiter === '\t')
  ) return 'csv'
  if (/^---\r?\n[^]{1,4000}?\n---\r?\n/.test(start) || (start.match(/^#{1,6} \S/gm)?.length ?? 0) >= 2) {
    return 'markdown'
  }
  return 'text'
}

/** Without what may stand before the outermost element or the document type: a declaration, instructions, comments. */
function withoutProlog(start: string): string {
  let at = 0
  for (const open = /\s*(?:<\?|<!--)/y;;) {
    open.lastIndex = at
    const found = open.exec(start)
    if (!found) break
    const close = found[0].endsWith('<?') ? '?>' : '-->'
    const end = start.indexOf(close, open.lastIndex)
    if (end < 0) break
    at = end + close.length
  }
  return start.slice(at, at + 200).trimStart()
}

function linesOf(text: string, whole: boolean): string[] {
  const lines = text.split(/\r\n|\n|\r/)
  if (!whole) lines.pop()
  return lines.filter((line) => line.trim() !== '').slice(0, 200)
}

function jsonKind(start: string, lines: readonly string[], named: Format | undefined): Format | null {
  const records = lines.slice(0, 20).map(parseObject)
  const objects = records.filter((record) => record !== null)
  const jsonLines = named === 'json_lines' ||
    (lines.length >= 2 && records[0] && records[1] && objects.length >= records.length * 0.8)
  if (jsonLines) {
    const logs = objects.filter(looksLikeJsonLog).length
    return objects.length > 0 && logs >= objects.length * 0.5 ? 'log' : named === 'log' ? 'log' : 'json_lines'
  }
  if (named === 'json') return 'json'
  // A bracket also begins lines of logs, and links in prose.
  if (looksLikeLogLine(lines[0] ?? '')) return null
  return /^\{\s*["}]|^\[\s*([[{"\]]|-?\d|true|false|null)/.test(start) && named !== 'text' && named !== 'log'
    ? 'json'
    : null
}

function parseObject(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : null
  } catch {
    return null
  }
}

/** Entries with at least two of a time, a level and a message make a log; feeds have entries too, with other fields. */
function xmlKind(start: string): Format {
  const entries = /<(?:[\w.-]+:)?(entry|log|event|record|logentry|log_entry|log-entry)[\s>]/i.test(start)
  const fields = new Set(
    [...start.matchAll(/[<\s](ts|timestamp|time|level|severity|message|msg)[\s>=]/gi)].map((match) =>
      match[1]?.toLowerCase()
    ),
  )
  return entries && fields.size >= 2 ? 'xml_log' : 'xml'
}
