/**
 * JSON: an API description or a Postman collection becomes endpoints, a list of similar objects a table, anything else
 * text by its keys.
 */
import { cleanText, truncate } from '../../text/mod.ts'
import { asExtractionError, tooDeep } from '../errors.ts'
import type { SourceFile } from '../file.ts'
import type { Limits } from '../limits.ts'
import { cleanJson } from '../output/clean_json.ts'
import { Sections } from '../output/sections.ts'
import { columnNames, TableBatches } from '../output/tables.ts'
import { type DocumentType, isObject, type Json, type JsonObject, type RawPart } from '../parts.ts'
import { isOpenApi, readOpenApi } from './api/openapi.ts'
import { isPostman, readPostman } from './api/postman.ts'

/** How much text by keys goes into one paragraph. */
const blockChars = 4_000

/** Endpoints, tables or text, by the value of the file. */
export async function* readJson(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const text = await source.readText(limits.jsonBytes, 'The JSON file', file.charset)
  yield* readValue(parseJson(text, limits.depth), file, 'json')
}

/** Refuses nesting beyond `maxDepth` before parsing, so that nothing that walks the value overflows the stack. */
export function parseJson(text: string, maxDepth: number): unknown {
  let level = 0
  let inside = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (inside) {
      if (code === 0x5c) index++
      else if (code === 0x22) inside = false
    } else if (code === 0x22) inside = true
    else if (code === 0x5b || code === 0x7b) {
      if (++level > maxDepth) throw tooDeep()
    } else if (code === 0x5d || code === 0x7d) level--
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw asExtractionError(cause, 'invalid_json', 'The file is not valid JSON.')
  }
}

/** A parsed JSON or YAML value as endpoints, tables and text. */
export function* readValue(value: unknown, file: SourceFile, type: 'json' | 'yaml'): Generator<RawPart> {
  if (isOpenApi(value)) yield* readOpenApi(value, file)
  else if (isPostman(value)) yield* readPostman(value, file)
  else yield* readPlain(cleanJson(value), file, type)
}

/** The document part of a JSON or YAML file. */
export function jsonDocument(
  file: SourceFile,
  type: DocumentType,
  title: string,
  metadata: JsonObject = {},
): RawPart {
  return {
    kind: 'document',
    title,
    type,
    media_type: type === 'yaml' ? 'application/yaml' : 'application/json',
    language: null,
    page_count: null,
    metadata: { encoding: file.source.encoding, ...metadata },
  }
}

function* readPlain(value: Json, file: SourceFile, type: 'json' | 'yaml'): Generator<RawPart> {
  const named = isObject(value) && typeof value['title'] === 'string'
    ? truncate(cleanText(value['title']).trim(), 300)
    : ''
  yield jsonDocument(file, type, named || file.title)
  if (isRecords(value)) yield* readRecords(value, 0, [], file.limits)
  else if (isObject(value)) yield* readKeys(value, file.limits)
  else {
    const sections = new Sections(file.limits)
    for (const line of textLines(value, '')) yield* sections.text(line)
    yield* sections.flush()
  }
}

/** A heading for each key, with a table or text below it. */
function* readKeys(value: JsonObject, limits: Limits): Generator<RawPart> {
  const sections = new Sections(limits)
  let tables = 0
  for (const [key, item] of Object.entries(value)) {
    yield* sections.heading(1, key)
    if (isRecords(item)) {
      yield* sections.flush()
      yield* readRecords(item, tables++, [key], limits)
      continue
    }
    let block = ''
    for (const line of textLines(item, '')) {
      if (block.length + line.length > blockChars) {
        yield* sections.text(block)
        block = ''
      }
      block += `${block ? '\n' : ''}${line}`
    }
    yield* sections.text(block)
  }
  yield* sections.flush()
}

function* readRecords(
  records: readonly JsonObject[],
  order: number,
  path: readonly string[],
  limits: Limits,
): Generator<RawPart> {
  const keys = new Set<string>()
  for (const record of records) for (const key of Object.keys(record)) keys.add(key)
  const columns = [...keys]
  const batches = new TableBatches({
    order,
    columns: columnNames(columns),
    header_detected: true,
    heading_path: path,
    caption: path.at(-1) ?? null,
  }, limits)
  for (const record of records) yield* batches.add(columns.map((key) => record[key] ?? null))
  yield* batches.end()
}

/** Similar objects: at least two, that share most of their keys. */
function isRecords(value: Json): value is readonly JsonObject[] {
  if (!Array.isArray(value) || value.length < 2 || !value.every(isObject)) return false
  const keys = new Map<string, number>()
  let cells = 0
  for (const item of value as readonly JsonObject[]) {
    for (const key of Object.keys(item)) {
      keys.set(key, (keys.get(key) ?? 0) + 1)
      cells++
    }
  }
  return keys.size > 0 && keys.size <= 512 && cells >= keys.size * value.length * 0.3
}

/** `path: value` for every leaf, in the order of the file. */
function* textLines(value: Json, path: string): Generator<string> {
  if (Array.isArray(value)) {
    if (value.every((item) => item === null || typeof item !== 'object')) {
      if (value.length) yield `${path ? `${path}: ` : ''}${value.map((item) => `${item ?? ''}`).join(', ')}`
      return
    }
    for (const [index, item] of value.entries()) {
      yield* textLines(item, path ? `${path} ${index + 1}` : `${index + 1}`)
    }
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) yield* textLines(item, path ? `${path} ${key}` : key)
  } else if (value !== null && value !== '') yield path ? `${path}: ${value}` : `${value}`
}
