/** Times as logs write them. */

/** A pattern for times in ISO 8601 and its common variants. */
export const isoTime = String
  .raw`\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|GMT)\b| ?[+-]\d{2}:?\d{2}\b)?`

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** In ISO 8601 and UTC, or null. A time without a zone is taken as UTC, one without a year as the last before `now`. */
export function toIsoTime(ts: string | null, now: Date): string | null {
  if (ts === null) return null
  const text = ts.trim()
  const iso =
    /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$/i
      .exec(text)
  if (iso) {
    const [, year, month, day, time = '00:00:00', fraction = '', zone = 'Z'] = iso
    return print(
      `${year}-${month}-${day}T${withSeconds(time)}.${millis(fraction)}${zoneOf(zone)}`,
    )
  }
  if (/^\d{10}(\.\d+)?$/.test(text)) return print(Number(text) * 1000)
  if (/^\d{13}(\.\d+)?$/.test(text)) return print(Number(text))
  if (/^\d{16}$/.test(text)) return print(Number(text) / 1000)
  if (/^\d{19}$/.test(text)) return print(Number(text) / 1_000_000)
  const named =
    /^(\d{1,2})[/-]([A-Z][a-z]{2})[/-](\d{4})[: ](\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?: ([+-]\d{4}))?$/.exec(text)
  if (named) {
    const [, day = '', month = '', year, time, fraction = '', zone = 'Z'] = named
    return print(
      `${year}-${monthOf(month)}-${day.padStart(2, '0')}T${time}.${millis(fraction)}${zoneOf(zone)}`,
    )
  }
  const spoken =
    /^(?:[A-Z][a-z]{2} )?([A-Z][a-z]{2}) ([ \d]?\d) (\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?: (\d{4}))?$/.exec(text)
  if (spoken) {
    const [, month = '', day = '', time = '', fraction = '', year] = spoken
    return dated(year, monthOf(month), day.trim().padStart(2, '0'), time, fraction, now)
  }
  const short = /^(\d{2})-?(\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d+))?$/.exec(text)
  if (short) {
    const [, month = '', day = '', time = '', fraction = ''] = short
    return dated(undefined, month, day, time, fraction, now)
  }
  const compact = compactTime(text, now)
  if (compact !== undefined) return compact
  // RFC 2822 and the like: unambiguous only with a year, a time and a zone.
  if (
    /\b\d{4}\b/.test(text) && /\d{2}:\d{2}/.test(text) && /(GMT|UTC|Z|[+-]\d{4})\s*(\([A-Z]+\))?$/.test(text)
  ) {
    return print(Date.parse(text))
  }
  return null
}

/** Forms that leave out separators, the century or the year; undefined for any other. */
function compactTime(text: string, now: Date): string | null | undefined {
  const two = (part = ''): string => part.padStart(2, '0')
  const short = /^(\d{2})\/(\d{2})\/(\d{2}) (\d{2}:\d{2}:\d{2})$/.exec(text)
  if (short) return print(`20${short[1]}-${short[2]}-${short[3]}T${short[4]}Z`)
  const digits = /^(\d{2})(\d{2})(\d{2}) (\d{2})(\d{2})(\d{2})$/.exec(text)
  if (digits) {
    const [, year, month, day, hour, minute, second] = digits
    return print(`20${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  }
  const dotted = /^(\d{4}-\d{2}-\d{2})-(\d{2})\.(\d{2})\.(\d{2})\.(\d{1,9})$/.exec(text)
  if (dotted) {
    const [, day, hour, minute, second, fraction = ''] = dotted
    return print(`${day}T${hour}:${minute}:${second}.${millis(fraction)}Z`)
  }
  const bare = /^(\d{4})(\d{2})(\d{2})-(\d{1,2}):(\d{1,2}):(\d{1,2}):(\d{1,3})$/.exec(text)
  if (bare) {
    const [, year, month, day, hour, minute, second, fraction = ''] = bare
    return print(
      `${year}-${month}-${day}T${two(hour)}:${two(minute)}:${two(second)}.${fraction.padStart(3, '0')}Z`,
    )
  }
  const yearless = /^(\d{2})\.(\d{2}) (\d{2}:\d{2}:\d{2})$/.exec(text)
  if (yearless) return dated(undefined, yearless[1] ?? '', yearless[2] ?? '', yearless[3] ?? '', '', now)
  return undefined
}

function dated(
  year: string | undefined,
  month: string,
  day: string,
  time: string,
  fraction: string,
  now: Date,
): string | null {
  const at = (wanted: number | string): string => `${wanted}-${month}-${day}T${time}.${millis(fraction)}Z`
  if (year !== undefined) return print(at(year))
  const thisYear = now.getUTCFullYear()
  // Clocks and zones differ by up to a day.
  const future = Date.parse(at(thisYear)) > now.getTime() + 86_400_000
  return print(at(future ? thisYear - 1 : thisYear))
}

function millis(fraction: string): string {
  return fraction.slice(0, 3).padEnd(3, '0')
}

function withSeconds(time: string): string {
  return time.length === 5 ? `${time}:00` : time
}

function zoneOf(zone: string): string {
  if (!/^[+-]/.test(zone)) return 'Z'
  const digits = zone.replace(':', '').padEnd(5, '0')
  return `${digits.slice(0, 3)}:${digits.slice(3)}`
}

function monthOf(name: string): string {
  return `${monthNames.indexOf(name.toLowerCase()) + 1}`.padStart(2, '0')
}

/** Null for years that no log has: those are misread numbers. */
function print(time: string | number): string | null {
  const date = new Date(time)
  const year = date.getUTCFullYear()
  return Number.isNaN(year) || year < 1970 || year > 2200 ? null : date.toISOString()
}
