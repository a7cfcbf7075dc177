/** What pdf.js finds on a page: rows of text, tables between ruling lines, and what was filled into a form. */
import type { Limits } from '../../limits.ts'
import { type PageContent, readContent } from './content.ts'
import type { Run } from './glyphs.ts'
import type { Document } from './operators.ts'
import type { Rule } from './paths.ts'
import { rowsOf } from './rows.ts'
import { ruledTables } from './ruled.ts'
import type { Box, PdfTable } from './tables.ts'
import type { SampledPage, StyleCount } from './typography.ts'

export type { Document }

/** A page and what stands on it. */
export interface ReadPage extends SampledPage {
  /** Tables between lines, whose text is not among the rows. */
  readonly tables: readonly PdfTable[]
  readonly content: Pick<PageContent, 'glyphs' | 'unmapped' | 'cut'>
  /** A box as the page has it, from one as its rows have it. */
  place(box: Box): Box
}

/** Reads a page and releases it. */
export async function readPage(pdf: Document, number: number, limits: Limits): Promise<ReadPage> {
  const page = await pdf.getPage(number)
  try {
    const { runs, rules, glyphs, unmapped, cut } = await readContent(page, number, limits)
    const [main = [], ...others] = byAngle(runs)
    const angle = main[0]?.angle ?? 0
    const view = page.view as readonly number[] as Box
    const [, bottom, , top] = turnBox(view, angle)
    const lines = angle % 90 === 0 ? rules.map((rule) => turnRule(rule, angle)) : []
    const found = ruledTables(main, lines)
    return {
      rows: [...rowsOf(found.rest), ...others.flatMap((turned) => rowsOf(turned, true))],
      styles: stylesOf(runs),
      tables: found.tables,
      bottom,
      top,
      content: { glyphs, unmapped, cut: cut || found.cut },
      place: (box) => turnBox(box, -angle),
    }
  } finally {
    page.cleanup()
  }
}

function stylesOf(runs: readonly Run[]): StyleCount[] {
  const styles = Map.groupBy(runs, ({ size, font }) => `${size} ${font}`)
  return [...styles.values()].map((same) => ({
    size: same[0]?.size ?? 0,
    font: same[0]?.font ?? '',
    length: same.reduce((sum, { text }) => sum + text.length, 0),
  }))
}

/** Runs by how they are turned, those of most characters first. */
function byAngle(runs: readonly Run[]): Run[][] {
  return [...Map.groupBy(runs, ({ angle }) => angle).values()].map((group) => ({
    group,
    length: group.reduce((sum, { text }) => sum + text.length, 0),
  })).sort((a, b) => b.length - a.length).map(({ group }) => group)
}

/** The box turned back by an angle, as text of that angle is turned to be level. */
function turnBox([left, bottom, right, top]: Box, angle: number): Box {
  const corners = [[left, bottom], [right, top]].map(([x = 0, y = 0]) => turn(x, y, angle))
  const xs = corners.map(([x]) => x)
  const ys = corners.map(([, y]) => y)
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)].map(round) as unknown as Box
}

function turnRule({ x0, y0, x1, y1 }: Rule, angle: number): Rule {
  const [left, bottom, right, top] = turnBox([x0, y0, x1, y1], angle)
  return { x0: left, y0: bottom, x1: right, y1: top }
}

function turn(x: number, y: number, angle: number): [number, number] {
  const [cos, sin] = [Math.cos(angle * Math.PI / 180), Math.sin(angle * Math.PI / 180)]
  return [x * cos + y * sin, y * cos - x * sin]
}

function round(value: number): number {
  return Math.round(value * 10) / 10 + 0
}

/** `name: value` for each field of a form on a page, which is not part of its text. Takes as long as the text. */
export async function readFields(pdf: Document, number: number): Promise<string[]> {
  const page = await pdf.getPage(number)
  const annotations = await page.getAnnotations().catch(() => []) as {
    fieldName?: unknown
    fieldType?: unknown
    fieldValue?: unknown
    alternativeText?: unknown
  }[]
  page.cleanup()
  return annotations.slice(0, 2_000).flatMap(({ fieldName, fieldType, fieldValue, alternativeText }) => {
    if (fieldType !== 'Tx' && fieldType !== 'Ch') return []
    const value = (Array.isArray(fieldValue) ? fieldValue : [fieldValue])
      .filter((item) => typeof item === 'string' && item.trim()).join(', ')
    const name = [alternativeText, fieldName].find((item) => typeof item === 'string' && item.trim())
    return value ? [`${name ?? 'field'}: ${value}`] : []
  })
}
