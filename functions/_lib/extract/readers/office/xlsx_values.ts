/** The values of cells: text, numbers, dates. */
import { type Cell, Shown } from '../../output/shown.ts'
import { toIsoDate } from './xlsx_dates.ts'
import { type NumberFormat, shownAs } from './xlsx_formats.ts'

/** What the cells of all sheets refer to. */
export interface Workbook {
  /** Whether days are counted from 1904 instead of 1900. */
  readonly date1904: boolean
  /** By the number of a cell's style. */
  readonly formats: readonly NumberFormat[]
  readonly strings: readonly string[]
}

/** A cell as it is in the file. */
export interface RawCell {
  type: string
  style: number
  value: string
  inline: string
  formula: boolean
}

/** Null for an empty cell. */
export function valueOf(cell: RawCell, { strings, formats, date1904 }: Workbook): Cell {
  switch (cell.type) {
    case 's':
      return strings[Number(cell.value)] || null
    case 'inlineStr':
      return unescapeText(cell.inline) || null
    case 'str':
      return unescapeText(cell.value) || null
    case 'e':
      return cell.value || null
    case 'b':
      return cell.value === '' ? null : cell.value === '1' || cell.value === 'true'
    case 'd':
      return cell.value.replace(/T00:00:00(\.0+)?Z?$/, '') || null
    default: {
      if (cell.value === '') return cell.inline || null
      const number = Number(cell.value)
      if (!Number.isFinite(number)) return cell.value
      const format = formats[cell.style]
      if (!format) return number
      const { kind } = format
      const value = kind === null ? number : toIsoDate(number, kind, date1904) ?? number
      const shown = shownAs(number, value, format, date1904)
      return shown === null ? value : new Shown(value, shown)
    }
  }
}

/** Characters that XML does not allow are written `_x000D_`. */
export function unescapeText(text: string): string {
  if (!text.includes('_x')) return text
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code) => String.fromCharCode(parseInt(code, 16)))
}
