/**
 * Derives from the parts of a reader everything that does not depend on the format: evidence with its locator, facts,
 * entities, metric hits, formulas, charts by their captions, the tree of headings, tags and the summary.
 */
import { collapseSpace, excerpt, truncate } from '../../text/mod.ts'
import type { Limits } from '../limits.ts'
import {
  type DocumentPart,
  type DocumentType,
  type Part,
  type RawPart,
  type SectionPart,
  type TablePart,
  warning,
} from '../parts.ts'
import { chartFinding, findCaptions } from './charts.ts'
import { findEntities } from './entities.ts'
import { type Finding, Findings } from './findings.ts'
import { findFormulas, formulaFinding } from './formulas.ts'
import { metricHits, textMetrics } from './metrics.ts'
import { Structure } from './structure.ts'
import { TableDigest } from './table_digest.ts'
import { csvFinding, sheetFinding, tableFinding } from './tables.ts'
import { heuristicTags } from './tags.ts'

/** What evidence is named after. */
export interface Subject {
  readonly filename: string
  /** Where a web page came from. */
  readonly url?: string | undefined
}

/** The parts of a reader, each followed by what is derived from it. */
export async function* annotate(
  parts: AsyncIterable<RawPart>,
  subject: Subject,
  limits: Limits,
): AsyncGenerator<Part> {
  const annotator = new Annotator(subject, limits)
  for await (const part of parts) {
    yield part
    yield* annotator.add(part)
  }
  yield* annotator.finish()
}

const proseTypes: ReadonlySet<DocumentType> = new Set([
  'pdf',
  'docx',
  'markdown',
  'html',
  'text',
  'json',
  'yaml',
  'xml',
])
/** Formulas stand in these as lines of signs, without markup. */
const typesetTypes: ReadonlySet<DocumentType> = new Set(['pdf', 'docx'])

/** How much text is searched for tags. */
const tagChars = 20_000
const maxEntitiesPerSection = 200
const maxFormulasPerSection = 20
const contextChars = 50

class Annotator {
  readonly #subject: Subject
  readonly #limits: Limits
  readonly #findings: Findings
  readonly #structure = new Structure()
  readonly #counts = { sections: 0, tables: 0, charts: 0, formulas: 0 }
  #document: DocumentPart | null = null
  /** Whether the document has log entries. */
  #isLog = false
  /** Of the table that is open. */
  #digest: TableDigest | null = null
  #tagText = ''
  #pageText = ''

  constructor(subject: Subject, limits: Limits) {
    this.#subject = subject
    this.#limits = limits
    this.#findings = new Findings(limits.annotations)
  }

  get #type(): DocumentType {
    return this.#document?.type ?? 'text'
  }

  *add(part: RawPart): Generator<Part> {
    switch (part.kind) {
      case 'document':
        this.#document = part
        if (part.type !== 'csv' && part.type !== 'xlsx') this.#addTagText(part.title)
        break
      case 'section':
        this.#counts.sections++
        yield* this.#onSection(part)
        break
      case 'table':
        yield* this.#onTable(part)
        break
      case 'evidence':
        this.#findings.countEvidence()
        break
      case 'log_entry':
        this.#isLog = true
        if (part.message) this.#addTagText(part.message)
        break
      case 'api_endpoint':
        this.#addTagText([part.name, part.summary, ...part.tags].filter(Boolean).join('\n'))
        break
    }
  }

  /** What is known at the end of the document only. */
  *finish(): Generator<Part> {
    if (!this.#document) return
    const { type, title } = this.#document
    // A log in XML has no prose.
    const isProse = proseTypes.has(type) && !this.#isLog
    yield* this.#webPage(this.#document)
    if (isProse) yield { kind: 'structure', hierarchy: { title, sections: this.#structure.nodes } }
    for (const tag of heuristicTags(this.#tagText)) {
      yield { kind: 'tag', tag, score: null, source_ptr: 'heuristic' }
    }
    if (isProse) yield this.#summary(this.#document)
    if ((isProse || type === 'xlsx') && this.#counts.sections === 0 && this.#counts.tables === 0) {
      const hint = type === 'pdf'
        ? ' A scanned document needs text recognition: set up a recognizer (RECOGNIZER_URL), or recognize its text ' +
          'before it is stored.'
        : ''
      yield warning('no_text', `The file has no text.${hint}`)
    }
    const { dropped } = this.#findings
    if (dropped) {
      const message = `At most ${this.#limits.annotations} findings of a kind are kept; the text is complete.`
      yield warning('analysis_capped', message, dropped)
    }
  }

  #addTagText(text: string): void {
    const room = tagChars - this.#tagText.length
    if (room > 0) this.#tagText += `${truncate(text, room)}\n`
  }

  *#onSection(section: SectionPart): Generator<Part> {
    const { text, heading, continued } = section
    this.#structure.add(section)
    this.#addTagText([continued ? '' : heading ?? '', text].filter(Boolean).join('\n'))
    if (!proseTypes.has(this.#type) || !text) return
    if (this.#subject.url !== undefined && this.#pageText.length < this.#limits.evidenceChars) {
      this.#pageText += `${heading && !continued ? `${heading}\n\n` : ''}${text}\n\n`
    }
    yield* this.#findings.add(textFinding(section, this.#subject.filename))
    yield* this.#metricHits(section)
    yield* this.#entities(section)
    yield* this.#charts(section)
    yield* this.#formulas(section)
  }

  *#metricHits({ text, page, order }: SectionPart): Generator<Part> {
    for (const hit of metricHits(text)) {
      if (this.#findings.take('metric_hit')) yield { kind: 'metric_hit', ...hit, page, source_index: order }
    }
  }

  *#entities({ text, page, order }: SectionPart): Generator<Part> {
    for (const { label, text: name, start, end } of findEntities(text, maxEntitiesPerSection)) {
      if (!this.#findings.take('entity')) continue
      yield {
        kind: 'entity',
        label,
        text: name,
        start_char: start,
        end_char: end,
        page,
        source_index: order,
        context: excerpt(text, start - contextChars, end + contextChars),
      }
    }
  }

  *#charts({ text, page }: SectionPart): Generator<Part> {
    for (const caption of findCaptions(text)) {
      const id = `chart${this.#counts.charts++}`
      yield* this.#findings.add(chartFinding(caption, id, this.#subject.filename, page))
    }
  }

  *#formulas({ text, page }: SectionPart): Generator<Part> {
    for (const formula of findFormulas(text, typesetTypes.has(this.#type), maxFormulasPerSection)) {
      const locator = `${this.#subject.filename}#formula${this.#counts.formulas++}`
      yield* this.#findings.add(formulaFinding(formula, locator, page))
    }
  }

  *#onTable(table: TablePart): Generator<Part> {
    const type = this.#type
    const kind = type === 'csv' || type === 'xlsx' ? type : 'prose'
    this.#digest ??= new TableDigest(table.columns, kind, this.#limits)
    this.#digest.add(table.rows)
    if (!table.last) return
    const digest = this.#digest
    this.#digest = null
    this.#counts.tables++
    const { filename } = this.#subject
    if (kind === 'csv') yield* this.#findings.add(csvFinding(digest, filename))
    else if (kind === 'xlsx') yield* this.#findings.add(sheetFinding(digest, filename, table.sheet))
    else yield* this.#findings.add(tableFinding(digest, filename, table))
  }

  *#webPage({ type, metadata }: DocumentPart): Generator<Part> {
    const { url } = this.#subject
    if (url === undefined || type !== 'html') return
    const text = this.#pageText.trim()
    yield* this.#findings.add({
      evidence: {
        locator: url,
        preview: truncate(collapseSpace(text), 280),
        content_type: 'web_page',
        coordinates: null,
        full_data: { url, text, metadata, warnings: [], artifacts: {} },
      },
    })
  }

  #summary(document: DocumentPart): Part {
    return {
      kind: 'fact',
      entity: 'document_summary',
      metrics: {
        pages: document.page_count ?? 1,
        text_sections: this.#counts.sections,
        tables: this.#counts.tables,
        charts: this.#counts.charts,
        formulas: this.#counts.formulas,
        total_evidence: this.#findings.evidence,
        total_facts: this.#findings.facts,
      },
      evidence: null,
    }
  }
}

function textFinding({ text, page, order }: SectionPart, filename: string): Finding {
  const metrics = textMetrics(text)
  return {
    evidence: {
      locator: `${filename}#section${order}`,
      preview: truncate(text, 300),
      content_type: 'text',
      coordinates: page === null ? null : { page, bbox: null },
      full_data: { text, metrics },
    },
    fact: Object.keys(metrics).length ? { entity: null, metrics } : undefined,
  }
}
