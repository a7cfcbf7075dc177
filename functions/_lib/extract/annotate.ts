/**
 * Derives from what a reader gives everything that does not depend on the format: evidence with its locator, facts,
 * entities, metric hits, formulas, charts by their captions, the tree of headings, tags and the summary.
 */
import { collapse, truncate } from './clean.ts'
import { findEntities, findFormulas, heuristicTags } from './entities.ts'
import type { Limits } from './limits.ts'
import { detectStatement, metricHits, TableDigest, textMetrics } from './metrics.ts'
import {
  type ContentType,
  type Coordinates,
  type DocumentPart,
  type DocumentType,
  type EvidencePart,
  type JsonObject,
  type Part,
  type RawPart,
  type SectionPart,
  type StructureNode,
  type TablePart,
  warning,
} from './parts.ts'

export interface Subject {
  readonly filename: string
  /** Where a web page came from; its evidence is named after it. */
  readonly url?: string | undefined
}

const prose: ReadonlySet<DocumentType> = new Set([
  'pdf',
  'docx',
  'markdown',
  'html',
  'text',
  'json',
  'yaml',
  'xml',
])
const typeset: ReadonlySet<DocumentType> = new Set(['pdf', 'docx'])

/** How much text tags are looked for in. */
const tagChars = 20_000
const entitiesPerSection = 200
const formulasPerSection = 20
const caption = /^(?:figure|fig\.|chart|graph|diagram)\s*\d+[.:\s–-]/i

export async function* annotate(
  parts: AsyncIterable<RawPart>,
  { filename, url }: Subject,
  limits: Limits,
): AsyncGenerator<Part> {
  const counts = {
    sections: 0,
    tables: 0,
    charts: 0,
    formulas: 0,
    evidence: 0,
    facts: 0,
    entities: 0,
    hits: 0,
  }
  const capped = { evidence: 0, entities: 0, hits: 0 }
  const structure = new Structure()
  let entries = false
  let document: DocumentPart | null = null
  let digest: TableDigest | null = null
  let tagText = ''
  let pageText = ''

  const remember = (text: string): void => {
    if (tagText.length < tagChars) tagText += `${truncate(text, tagChars - tagText.length)}\n`
  }
  /** Nothing once a document has as much evidence as it may. */
  const evidence = function* (
    locator: string,
    content_type: ContentType,
    preview: string,
    full_data: JsonObject | readonly JsonObject[],
    coordinates?: EvidencePart['coordinates'],
    fact?: { entity: string | null; metrics: JsonObject },
  ): Generator<Part> {
    if (counts.evidence >= limits.annotations) {
      capped.evidence++
      return
    }
    counts.evidence++
    yield { kind: 'evidence', locator, preview, content_type, coordinates: coordinates ?? null, full_data }
    if (!fact) return
    counts.facts++
    yield { kind: 'fact', ...fact, evidence: locator }
  }

  const onSection = function* (section: SectionPart, type: DocumentType): Generator<Part> {
    const { text, page, order } = section
    structure.add(section)
    remember([section.continued ? '' : section.heading ?? '', text].filter(Boolean).join('\n'))
    if (!prose.has(type) || !text) return
    if (url !== undefined && pageText.length < limits.evidenceChars) {
      pageText += `${section.heading && !section.continued ? `${section.heading}\n\n` : ''}${text}\n\n`
    }
    const coordinates: Coordinates | null = page === null ? null : { page, bbox: null }
    const metrics = textMetrics(text)
    yield* evidence(
      `${filename}#section${order}`,
      'text',
      truncate(text, 300),
      { text, metrics },
      coordinates,
      Object.keys(metrics).length ? { entity: null, metrics } : undefined,
    )
    for (const hit of metricHits(text)) {
      if (counts.hits++ >= limits.annotations) capped.hits++
      else yield { kind: 'metric_hit', ...hit, page, source_index: order }
    }
    for (const { label, text: name, start, end } of findEntities(text, entitiesPerSection)) {
      if (counts.entities++ >= limits.annotations) {
        capped.entities++
        continue
      }
      const context = text.slice(Math.max(0, start - 50), Math.min(text.length, end + 50))
      yield {
        kind: 'entity',
        label,
        text: name,
        start_char: start,
        end_char: end,
        page,
        source_index: order,
        context,
      }
    }
    for (const paragraph of text.split('\n\n')) {
      if (!caption.test(paragraph) || paragraph.length > 500) continue
      const id = `chart${counts.charts++}`
      const type = /^(chart|graph)/i.test(paragraph) ? 'chart' : 'figure'
      yield* evidence(
        `${filename}#${id}`,
        'chart',
        paragraph,
        {
          id,
          page,
          bbox: null,
          image_path: null,
          caption: paragraph,
          type,
          extracted_text: null,
          vlm_enabled: false,
        },
        coordinates,
        { entity: 'chart', metrics: { chart_id: id, chart_type: type, chart_caption: paragraph } },
      )
    }
    for (const { content, latex, kind } of findFormulas(text, typeset.has(type), formulasPerSection)) {
      yield* evidence(
        `${filename}#formula${counts.formulas++}`,
        'formula',
        truncate(content, 500),
        { page, content, latex, bbox: null, kind },
        coordinates,
        { entity: 'formula', metrics: { formula: latex, kind } },
      )
    }
  }

  const onTable = function* (table: TablePart, type: DocumentType): Generator<Part> {
    const kind = type === 'csv' || type === 'xlsx' ? type : 'prose'
    digest ??= new TableDigest(table.columns, kind, limits)
    digest.add(table.rows)
    if (!table.last) return
    const whole = digest
    digest = null
    counts.tables++
    const metrics = whole.metrics()
    if (kind === 'csv') {
      yield* evidence(
        `${filename}#data`,
        'csv',
        whole.preview(10),
        whole.records(true),
        null,
        { entity: null, metrics },
      )
      return
    }
    if (kind === 'xlsx') {
      const fact = Object.keys(metrics).length ? { entity: table.sheet, metrics } : undefined
      yield* evidence(`${filename}#${table.sheet}`, 'xlsx', whole.preview(10), whole.records(), null, fact)
      return
    }
    const statement = detectStatement(whole)
    const financial = statement.type !== 'unknown'
    const figures: Record<string, number> = { ...metrics }
    for (const [name, value] of Object.entries(statement.summary)) {
      if (value !== null) figures[name] ??= value
    }
    const segments = table.segments ?? (table.page === null ? [] : [{ page: table.page, bbox: null }])
    yield* evidence(
      `${filename}#table${table.order}`,
      financial ? 'financial_table' : 'table',
      whole.preview(5),
      {
        columns: whole.columns,
        rows: whole.records(),
        header_info: { headers: table.header_detected ? [whole.columns] : [] },
        statement: { ...statement },
        pages: segments.flatMap(({ page }) => page === null ? [] : [page]),
        merged: segments.length > 1,
        header_detected: table.header_detected,
        row_count: whole.rowCount,
      },
      segments.length > 1 ? segments.map((segment) => ({ ...segment })) : segments[0] ?? null,
      {
        entity: 'table',
        metrics: Object.keys(figures).length ? figures : {
          rows: whole.rowCount,
          columns: whole.columns.length,
          column_names: whole.columns.slice(0, 10),
        },
      },
    )
  }

  for await (const part of parts) {
    yield part
    switch (part.kind) {
      case 'document':
        document = part
        remember(part.type === 'csv' || part.type === 'xlsx' ? '' : part.title)
        break
      case 'section':
        counts.sections++
        yield* onSection(part, document?.type ?? 'text')
        break
      case 'table':
        yield* onTable(part, document?.type ?? 'text')
        break
      case 'evidence':
        counts.evidence++
        break
      case 'log_entry':
        entries = true
        if (part.message) remember(part.message)
        break
      case 'api_endpoint':
        remember([part.name, part.summary, ...part.tags].filter(Boolean).join('\n'))
        break
    }
  }
  if (!document) return
  const { type, title, metadata } = document
  // A log in XML is no prose.
  const isProse = prose.has(type) && !entries

  if (url !== undefined && type === 'html') {
    const text = pageText.trim()
    const full = { url, text, metadata, warnings: [], artifacts: {} }
    yield* evidence(url, 'web_page', truncate(collapse(text), 280), full)
  }
  if (isProse) yield { kind: 'structure', hierarchy: { title, sections: structure.nodes } }
  for (const tag of heuristicTags(tagText)) yield { kind: 'tag', tag, score: null, source_ptr: 'heuristic' }
  if (isProse) {
    yield {
      kind: 'fact',
      entity: 'document_summary',
      metrics: {
        pages: document.page_count ?? 1,
        text_sections: counts.sections,
        tables: counts.tables,
        charts: counts.charts,
        formulas: counts.formulas,
        total_evidence: counts.evidence,
        total_facts: counts.facts,
      },
      evidence: null,
    }
  }
  if ((isProse || type === 'xlsx') && counts.sections === 0 && counts.tables === 0) {
    const hint = type === 'pdf' ? ' A scanned document needs text recognition first.' : ''
    yield warning('no_text', `The file has no text.${hint}`)
  }
  const left = capped.evidence + capped.entities + capped.hits
  if (left) {
    yield warning(
      'analysis_capped',
      `A document keeps ${limits.annotations} findings of a kind; its text is whole.`,
      left,
    )
  }
}

/** The tree of headings, bounded: a long document keeps its headings longer than its paragraphs. */
class Structure {
  readonly nodes: StructureNode[] = []
  #stack: { level: number; subsections: StructureNode[]; content: string[] }[] = []
  #headings = 0
  #chars = 0

  add(section: SectionPart): void {
    if (section.level > 0 && !section.continued) {
      if (this.#headings++ >= 2_000) return
      const node = {
        level: section.level,
        title: section.heading ?? '',
        content: [] as string[],
        subsections: [] as StructureNode[],
      }
      while ((this.#stack.at(-1)?.level ?? 0) >= node.level) this.#stack.pop()
      const parent = this.#stack.at(-1)
      if (parent) parent.subsections.push(node)
      else this.nodes.push(node)
      this.#stack.push(node)
    }
    for (const paragraph of section.text.split('\n\n')) {
      if (!paragraph || this.#chars > 200_000) break
      const short = truncate(collapse(paragraph), 300)
      this.#stack.at(-1)?.content.push(short)
      this.#chars += short.length
    }
  }
}
