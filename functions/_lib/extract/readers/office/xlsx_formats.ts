/** Numbers as a workbook shows them. */
import { format as write } from 'numfmt'
import { builtInFormat, type DateKind, dateKind } from './xlsx_dates.ts'

/** How a style shows numbers. */
export interface NumberFormat {
  /** What a number means; null for one that is no date. */
  readonly kind: DateKind | null
  /** Null for the format without one. */
  readonly code: string | null
}

/** Number formats that ECMA-376 defines by number, and that do not depend on a language. */
const builtIn: Readonly<Record<number, string>> = {
  1: '0',
  2: '0.00',
  3: '#,##0',
  4: '#,##0.00',
  9: '0%',
  10: '0.00%',
  11: '0.00E+00',
  12: '# ?/?',
  13: '# ??/??',
  20: 'h:mm',
  21: 'h:mm:ss',
  37: '#,##0;(#,##0)',
  38: '#,##0;(#,##0)',
  39: '#,##0.00;(#,##0.00)',
  40: '#,##0.00;(#,##0.00)',
  48: '##0.0E+0',
}

/** `code` is the one that the workbook defines for the number, if it does. */
export function numberFormat(id: number, code: string | undefined): NumberFormat {
  if (code !== undefined) return { kind: dateKind(code), code: /^general$/i.test(code.trim()) ? null : code }
  return { kind: builtInFormat(id), code: builtIn[id] ?? null }
}

/** Longer formats are no format of a number. */
const maxCode = 200

/** The text that is shown for a number; null where it says no more than the value. */
export function shownAs(
  number: number,
  value: number | string,
  { kind, code }: NumberFormat,
  date1904: boolean,
): string | null {
  if (code === null || code.length > maxCode || kind === 'elapsed') return null
  let text: string
  try {
    text = write(code, kind === null || !date1904 ? number : number + 1462, { throws: true }).trim()
  } catch {
    // A format that is none shows the number.
    return null
  }
  if (text === '' || text === String(value) || /^#+$/.test(text)) return null
  // Further zeros, or fewer digits, are the same number; a rounded one is not worth a second text.
  if (kind === null && /^-?\d+(\.\d+)?$/.test(text) && !/^-?0\d/.test(text)) return null
  return text
}
