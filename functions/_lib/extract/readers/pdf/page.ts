/** What pdf.js finds on a page: rows of text, and what was filled into a form. */
import type { getDocumentProxy } from 'unpdf'
import { tooMany } from '../../errors.ts'
import type { Limits } from '../../limits.ts'
import { rowsOf, type Run } from './rows.ts'
import type { SampledPage } from './typography.ts'

/** A PDF that is open in pdf.js. */
export type Document = Awaited<ReturnType<typeof getDocumentProxy>>
type Page = Awaited<ReturnType<Document['getPage']>>

/** A page with `name: value` for each field of its form. */
export interface ReadPage extends SampledPage {
  readonly fields: readonly string[]
}

/** Fields are read on request only, since they take as long as the text. */
export async function readPage(
  pdf: Document,
  number: number,
  limits: Limits,
  withFields = false,
): Promise<ReadPage> {
  const page = await pdf.getPage(number)
  try {
    const runs = await readRuns(page, number, limits.pageItems)
    const [, bottom = 0, , top = 792] = page.view as number[]
    return { rows: rowsOf(runs), bottom, top, fields: withFields ? await formFields(page) : [] }
  } finally {
    page.cleanup()
  }
}

async function readRuns(page: Page, number: number, maxRuns: number): Promise<Run[]> {
  const runs: Run[] = []
  const reader = page.streamTextContent({ disableNormalization: false }).getReader()
  try {
    while (true) {
      const { done, value } = await reader.read()
      if (done) return runs
      for (const item of value.items) {
        if (!('str' in item)) continue
        const [a = 0, b = 0, c = 0, d = 0, x = 0, y = 0] = item.transform as number[]
        runs.push({
          text: item.str,
          x,
          y,
          width: item.width,
          size: Math.round((Math.hypot(c, d) || item.height) * 10) / 10,
          font: item.fontName,
          mono: value.styles[item.fontName]?.fontFamily === 'monospace',
          turned: Math.abs(b) > Math.abs(a),
        })
      }
      if (runs.length > maxRuns) throw tooMany(`Page ${number}`, maxRuns, 'runs of text')
    }
  } finally {
    // pdf.js hangs where no reason is given.
    await reader.cancel(new Error('read')).catch(() => {})
  }
}

/** What was filled into a form is not part of the text of a page. */
async function formFields(page: Page): Promise<string[]> {
  const annotations = await page.getAnnotations().catch(() => []) as {
    fieldName?: unknown
    fieldType?: unknown
    fieldValue?: unknown
    alternativeText?: unknown
  }[]
  return annotations.slice(0, 2_000).flatMap(({ fieldName, fieldType, fieldValue, alternativeText }) => {
    if (fieldType !== 'Tx' && fieldType !== 'Ch') return []
    const value = (Array.isArray(fieldValue) ? fieldValue : [fieldValue])
      .filter((item) => typeof item === 'string' && item.trim()).join(', ')
    const name = [alternativeText, fieldName].find((item) => typeof item === 'string' && item.trim())
    return value ? [`${name ?? 'field'}: ${value}`] : []
  })
}
