/**
 * What extraction and chunking produced, as rows of its tables. Ids follow from the file, the kind and the position of a
 * part: reading the same file again writes the same rows.
 */
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { Chunk } from '../../_lib/chunk/mod.ts'
import type { Json, JsonObject, Part, WarningPart } from '../../_lib/extract/mod.ts'

/** The arrays that `store_extraction` takes. */
export type Table =
  | 'documents'
  | 'sections'
  | 'tables'
  | 'structures'
  | 'entities'
  | 'metric_hits'
  | 'endpoints'
  | 'log_entries'
  | 'tags'
  | 'evidence'
  | 'facts'
  | 'chunks'

/** A row and its table. */
export interface Row {
  readonly table: Table
  readonly row: JsonObject
}

type PartOf<Kind extends Part['kind']> = Extract<Part, { kind: Kind }>

/** A UUID of version 8 (custom), which no random UUID equals. */
export function partId(artifact: string, kind: string, key: string | number): string {
  const hash = createHash('md5').update(`${artifact}/${kind}/${key}`).digest()
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = Buffer.from(hash).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** The rows of one file. Parts have to come in their order, since ids count them. */
export class FileRows {
  readonly #artifact: string
  readonly #counts = new Map<string, number>()
  /** Ids of evidence by locator, for the facts that follow it. */
  readonly #evidence = new Map<string, string>()
  readonly warnings: WarningPart[] = []
  mediaType: string | null = null
  /** Metadata of images, media and web pages, which artifacts have columns for. */
  extras: JsonObject = {}

  constructor(artifact: string) {
    this.#artifact = artifact
  }

  endpointId(order: number): string {
    return partId(this.#artifact, 'api_endpoint', order)
  }

  /** The row of a part; null for a warning, which is kept for the summary, and for a file, which gets a row of its own. */
  ofPart(part: Part): Row | null {
    switch (part.kind) {
      case 'document':
        return this.#ofDocument(part)
      case 'section': {
        const { order, level, heading, text, page } = part
        return { table: 'sections', row: { id: this.#next(part.kind), order, level, heading, text, page } }
      }
      case 'table':
        return this.#ofTable(part)
      case 'api_endpoint':
        return this.#ofEndpoint(part)
      case 'log_entry': {
        const { ts, logged_at, level, code, component, message, attrs } = part
        const row = { id: this.#next(part.kind), ts, logged_at, level, code, component, message, attrs }
        return { table: 'log_entries', row }
      }
      case 'evidence':
        return this.#ofEvidence(part)
      case 'fact': {
        const { entity, metrics, evidence } = part
        const evidence_id = evidence === null ? null : this.#evidence.get(evidence) ?? null
        return { table: 'facts', row: { id: this.#next(part.kind), entity, metrics, evidence_id } }
      }
      case 'entity':
        return { table: 'entities', row: { ...part, id: this.#next(part.kind) } }
      case 'metric_hit':
        return { table: 'metric_hits', row: { ...part, id: this.#next(part.kind) } }
      case 'structure':
        return { table: 'structures', row: { hierarchy: part.hierarchy as unknown as Json } }
      case 'tag': {
        const { tag, score, source_ptr } = part
        return { table: 'tags', row: { id: this.#next(part.kind), tag, score, source_ptr } }
      }
      case 'attachment':
        return null
      case 'warning':
        this.warnings.push(part)
        return null
    }
  }

  ofChunk(chunk: Chunk): Row {
    const { key, index, source_type, text, token_count, heading_path, page, deeplink, meta } = chunk
    const place = {
      sheet: chunk.sheet,
      section_order: chunk.section_order,
      table_order: chunk.table_order,
      row_start: chunk.row_start,
      row_end: chunk.row_end,
      char_start: chunk.char_start,
      char_end: chunk.char_end,
    }
    const known = Object.fromEntries(Object.entries(place).filter(([, value]) => value !== null))
    return {
      table: 'chunks',
      row: {
        id: partId(this.#artifact, 'chunk', key),
        source_type,
        chunk_index: index,
        heading: heading_path.join(' > ') || null,
        text,
        page,
        token_count,
        meta: { key, deeplink, ...known, ...meta },
      },
    }
  }

  #ofDocument({ title, type, media_type, language, page_count, metadata }: PartOf<'document'>): Row {
    this.mediaType = media_type
    if (type === 'image') this.extras = { image: metadata }
    else if (type === 'audio' || type === 'video') this.extras = { media: { kind: type, ...metadata } }
    return { table: 'documents', row: { title, type, language, page_count, metadata } }
  }

  #ofTable(part: PartOf<'table'>): Row {
    const { order, caption, page, sheet, columns, header_detected, rows, row_start, segments, shown } = part
    const json: JsonObject = {
      columns,
      rows,
      row_start,
      header_detected,
      ...(shown === undefined ? {} : { shown }),
      ...(sheet === null ? {} : { sheet }),
      ...(segments === null ? {} : { segments: segments as unknown as Json }),
    }
    return {
      table: 'tables',
      row: { id: this.#next(part.kind), order, caption: caption ?? sheet, page, json },
    }
  }

  #ofEndpoint(part: PartOf<'api_endpoint'>): Row {
    const { order, name, method, path, summary, description, tags, params, responses, url } = part
    return {
      table: 'endpoints',
      row: {
        id: this.endpointId(order),
        name,
        method,
        path,
        summary: summary ?? description,
        tags,
        params: params.length === 0 && url !== null ? { url } : params,
        responses: typeof responses === 'object' ? responses : null,
      },
    }
  }

  #ofEvidence(part: PartOf<'evidence'>): Row {
    const { locator, preview, content_type, coordinates, full_data } = part
    const id = this.#next(part.kind)
    this.#evidence.set(locator, id)
    if (content_type === 'web_page') this.extras = { ...this.extras, web: { url: locator } }
    const row = { id, locator, preview, content_type, coordinates: coordinates as unknown as Json, full_data }
    return { table: 'evidence', row }
  }

  #next(kind: string): string {
    const count = this.#counts.get(kind) ?? 0
    this.#counts.set(kind, count + 1)
    return partId(this.#artifact, kind, count)
  }
}
