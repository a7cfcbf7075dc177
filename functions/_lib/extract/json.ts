/**
 * JSON: an API description or a Postman collection becomes endpoints, a list of like objects a table, anything else
 * text by its keys. JSON lines are a table that is read as a stream.
 */
import { cleanJson } from './clean.ts'
import { asExtractionError, ExtractionError, tooDeep } from './errors.ts'
import type { SourceFile } from './file.ts'
import { isOpenApi, readOpenApi } from './openapi.ts'
import { type DocumentType, isObject, type Json, type JsonObject, type RawPart, warning } from './parts.ts'
import { isPostman, readPostman } from './postman.ts'
import { Sections } from './sections.ts'
import { lines } from './source.ts'
import { columnNames, TableBatches } from './tables.ts'

export async function* readJson(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const text = await source.readText(limits.jsonBytes, 'A JSON file', file.charset)
  yield* readValue(parseJson(text, limits.depth), file, 'json')
}

/** Refuses nesting before parsing, so that nothing that walks the value can run out of stack. */
export function parseJson(text: string, depth: number): unknown {
  let level = 0
  let inside = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (inside) {
      if (code === 0x5c) index++
      else if (code === 0x22) inside = false
    } else if (code === 0x22) inside = true
    else if (code === 0x5b || code === 0x7b) {
      if (++level > depth) throw tooDeep()
    } else if (code === 0x5d || code === 0x7d) level--
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw asExtractionError(cause, 'invalid_json', 'The file is not valid JSON.')
  }
}

export function* readValue(value: unknown, file: SourceFile, type: 'json' | 'yaml'): Generator<RawPart> {
  if (isOpenApi(value)) yield* readOpenApi(value, file)
  else if (isPostman(value)) yield* readPostman(value, file)
  else yield* readPlain(cleanJson(value), file, type)
}

function head(file: SourceFile, type: DocumentType, title: string, metadata: JsonObject): RawPart {
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
    ? value['title'].trim().slice(0, 300)
    : ''
  yield head(file, type, named || file.title, {})
  let tables = 0
  const records = function* (list: readonly Json[], path: readonly string[]): Generator<RawPart> {
    const keys = new Set<string>()
    for (const item of list) for (const key of Object.keys(item as JsonObject)) keys.add(key)
    const columns = [...keys]
    const batches = new TableBatches({
      order: tables++,
      columns: columnNames(columns),
      header_detected: true,
      heading_path: path,
      caption: path.at(-1) ?? null,
    }, file.limits)
    for (const item of list) yield* batches.add(columns.map((key) => (item as JsonObject)[key] ?? null))
    yield* batches.end()
  }
  if (isRecords(value)) {
    yield* records(value, [])
    return
  }
  const sections = new Sections(file.limits)
  if (!isObject(value)) {
    for (const line of textLines(value, '')) yield* sections.text(line)
    yield* sections.flush()
    return
  }
  for (const [key, item] of Object.entries(value)) {
    yield* sections.heading(1, key)
    if (isRecords(item)) {
      yield* sections.flush()
      yield* records(item, [key])
      continue
    }
    let block = ''
    for (const line of textLines(item, '')) {
      if (block.length + line.length > 4_000) {
        yield* sections.text(block)
        block = ''
      }
      block += `${block ? '\n' : ''}${line}`
    }
    yield* sections.text(block)
  }
  yield* sections.flush()
}

/** Like objects: at least two, flat enough to be rows, and sharing most of their keys. */
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

/** How many records decide about the columns of JSON lines. */
const sampleRecords = 200
/** Where the keys go that come up later. */
const otherKeys = 'other'

export async function* readJsonLines(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const sample: Json[] = []
  let batches: TableBatches | null = null
  let keys: string[] = []
  let named = new Set<string>()
  let bad = 0
  let good = 0
  const row = (value: Json): Json[] => {
    if (!isObject(value)) return [...keys.map(() => null), value]
    const rest = Object.entries(value).filter(([key]) => !named.has(key))
    return [...keys.map((key) => value[key] ?? null), rest.length ? Object.fromEntries(rest) : null]
  }
  const open = function* (): Generator<RawPart> {
    const seen = new Set<string>()
    for (const value of sample) if (isObject(value)) { for (const key of Object.keys(value)) seen.add(key) }
    keys = [...seen].slice(0, limits.keys)
    named = new Set(keys)
    yield head(file, 'json', file.title, { lines: true })
    batches = new TableBatches(
      { order: 0, columns: columnNames([...keys, otherKeys]), header_detected: true },
      limits,
    )
    for (const value of sample) yield* batches.add(row(value))
    sample.length = 0
  }
  for await (const group of lines(source.text(file.charset), limits.lineChars)) {
    for (const line of group) {
      if (line.text.trim() === '') continue
      let value: Json
      try {
        if (line.cut) throw tooDeep()
        value = cleanJson(parseJson(line.text, limits.depth))
        good++
      } catch {
        bad++
        continue
      }
      if (batches) yield* (batches as TableBatches).add(row(value))
      else {
        sample.push(value)
        if (sample.length >= sampleRecords) yield* open()
      }
    }
  }
  if (good === 0) throw new ExtractionError('invalid_json', 'No line of the file is valid JSON.')
  if (!batches) yield* open()
  if (batches) yield* (batches as TableBatches).end()
  if (bad) yield warning('rows_unparsed', 'Lines that are not valid JSON, or too long, were left out.', bad)
}
