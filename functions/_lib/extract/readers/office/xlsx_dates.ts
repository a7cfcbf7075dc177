/** Dates of a workbook: numbers whose format shows a date. */

/** What a number format shows. */
export type DateKind = 'date' | 'time' | 'datetime' | 'elapsed'

/** Number formats that ECMA-376 defines by number. */
export function builtInFormat(id: number): DateKind | null {
  const within = (first: number, last: number): boolean => id >= first && id <= last
  if (within(14, 17) || within(27, 31) || id === 36 || within(50, 54) || within(57, 58)) return 'date'
  if (within(18, 21) || within(32, 35) || id === 45 || id === 47 || within(55, 56)) return 'time'
  return id === 22 ? 'datetime' : id === 46 ? 'elapsed' : null
}

/** By a format code such as `yyyy-mm-dd`, `[h]:mm` or `d.m.yyyy hh:mm`; quoted text, colors and escapes are ignored. */
export function dateKind(code: string): DateKind | null {
  const bare = code.split(';')[0]?.replace(/"[^"]*"|\\.|_.|\*./g, '') ?? ''
  if (/\[(h+|m+|s+)\]/i.test(bare)) return 'elapsed'
  const letters = bare.replace(/\[[^\]]*\]/g, '').replace(/general|am\/pm|a\/p/gi, '')
  const date = /[yd]/i.test(letters) ||
    (/m/i.test(letters) && !/[hs]/i.test(letters) && !/[0#?]/.test(letters))
  const time = /[hs]/i.test(letters)
  return date ? time ? 'datetime' : 'date' : time ? 'time' : null
}

/** A serial number as ISO 8601 without a zone, which a workbook does not record; null where it is not a date. */
export function toIsoDate(serial: number, kind: DateKind, date1904 = false): string | null {
  if (serial < -693_593 || serial > 2_958_466) return null
  const seconds = Math.round(serial * 86_400)
  if (kind === 'elapsed') return `${seconds < 0 ? '-' : ''}${clock(Math.abs(seconds))}`
  if (kind === 'time' && serial >= 0 && serial < 1) return clock(seconds)
  // The year 1900 has a 29th of February in Excel, so days before it are one off; programs that know days before 1900
  // count them from the 30th of December.
  const first = serial >= 0 && serial < 60 ? 31 : 30
  const epoch = date1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, first)
  const iso = new Date(epoch + seconds * 1000).toISOString().slice(0, 19)
  return kind === 'date' && iso.endsWith('T00:00:00') ? iso.slice(0, 10) : iso
}

function clock(total: number): string {
  return [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
    .map((part) => `${part}`.padStart(2, '0')).join(':')
}
