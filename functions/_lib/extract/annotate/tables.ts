/** The evidence for a table and its fact. */
import type { TablePart } from '../parts.ts'
import type { Finding } from './findings.ts'
import { detectStatement } from './statements.ts'
import type { TableDigest } from './table_digest.ts'

/** For a CSV, which is one table. */
export function csvFinding(digest: TableDigest, filename: string): Finding {
  return {
    evidence: {
      locator: `${filename}#data`,
      preview: digest.preview(10),
      content_type: 'csv',
      coordinates: null,
      full_data: digest.records(true),
    },
    fact: { entity: null, metrics: digest.metrics() },
  }
}

/** For a sheet of a workbook. */
export function sheetFinding(digest: TableDigest, filename: string, sheet: string | null): Finding {
  const metrics = digest.metrics()
  return {
    evidence: {
      locator: `${filename}#${sheet}`,
      preview: digest.preview(10),
      content_type: 'xlsx',
      coordinates: null,
      full_data: digest.records(),
    },
    fact: Object.keys(metrics).length ? { entity: sheet, metrics } : undefined,
  }
}

/** For a table among text; `table` is its last batch. */
export function tableFinding(digest: TableDigest, filename: string, table: TablePart): Finding {
  const statement = detectStatement(digest)
  const metrics: Record<string, number> = digest.metrics()
  for (const [name, value] of Object.entries(statement.summary)) {
    if (value !== null) metrics[name] ??= value
  }
  const shape = {
    rows: digest.rowCount,
    columns: digest.columns.length,
    column_names: digest.columns.slice(0, 10),
  }
  const segments = table.segments ?? (table.page === null ? [] : [{ page: table.page, bbox: null }])
  return {
    evidence: {
      locator: `${filename}#table${table.order}`,
      preview: digest.preview(5),
      content_type: statement.type === 'unknown' ? 'table' : 'financial_table',
      coordinates: segments.length > 1 ? segments.map((segment) => ({ ...segment })) : segments[0] ?? null,
      full_data: {
        columns: digest.columns,
        rows: digest.records(),
        header_info: { headers: table.header_detected ? [digest.columns] : [] },
        statement: { ...statement },
        pages: segments.flatMap(({ page }) => page === null ? [] : [page]),
        merged: segments.length > 1,
        header_detected: table.header_detected,
        row_count: digest.rowCount,
      },
    },
    fact: { entity: 'table', metrics: Object.keys(metrics).length ? metrics : shape },
  }
}
