/** One line of a log, in any of the forms that servers and libraries commonly write. */
import type { Json, JsonObject, LogEntryPart } from './parts.ts'

export type LogFields = Pick<LogEntryPart, 'ts' | 'level' | 'code' | 'component' | 'message' | 'attrs'>

const levelWord =
  /^(?:TRACE|DEBUG|VERBOSE|FINEST|FINER|FINE|CONFIG|INFO|INFORMATION|NOTICE|LOG|WARN|WARNING|ERROR|ERR|SEVERE|CRITICAL|CRIT|FATAL|ALERT|EMERG|PANIC|AUDIT)$/i

const isoTime = String
  .raw`\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|GMT)\b| ?[+-]\d{2}:?\d{2}\b)?`
const namedTime = String
  .raw`\d{1,2}[/-][A-Z][a-z]{2}[/-]\d{4}[: ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?: [+-]\d{4})?`
const leading = new RegExp(String.raw`^(?:\[(${isoTime}|${namedTime})\]|(${isoTime}|${namedTime}))[:,]?\s*`)
const epoch = /^\[?(1\d{9}(?:\.\d{1,9})?|1\d{12})\]?\s+(?=\S)/

const access =
  /^(\S{1,255}) (\S{1,255}) (.{1,255}?) \[(\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4})\] "((?:[^"\\]|\\.){0,8192})" (\d{3}) (\d+|-)(?: "((?:[^"\\]|\\.){0,8192})" "((?:[^"\\]|\\.){0,8192})")?(.*)$/s
const syslog5424 =
  /^<(\d{1,3})>1 (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) (-|\[(?:[^\]\\]|\\.)*\](?:\[(?:[^\]\\]|\\.)*\])*) ?(.*)$/s
const syslog3164 =
  /^(?:<(\d{1,3})>)?([A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2}) (\S{1,255}) ([^\s:[\]]{1,128})(?:\[(\d{1,10})\])?: ?(.*)$/s
const syslogIso = new RegExp(
  String.raw`^(?:<(\d{1,3})>)?(${isoTime}) (\S{1,255}) ([\w./-]{1,128})(?:\[(\d{1,10})\])?: (.*)$`,
  's',
)
const klog =
  /^([IWEF])(\d{4} \d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)\s+(\d{1,10}) ([^\s:\]]{1,255}:\d{1,7})\] (.*)$/s
const nginxError =
  /^(\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}) \[(\w{1,16})\] (\d{1,10})#(\d{1,10}): (?:\*(\d{1,20}) )?(.*)$/s
const apacheError =
  /^\[([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2}(?:\.\d{1,9})? \d{4})\] \[(?:([\w-]{1,32}):)?(\w{1,16})\] (?:\[pid (\d{1,10})[^\]]{0,64}\] )?(?:\[client ([^\]]{1,128})\] )?(.*)$/s
const logcat =
  /^(\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3})\s+(\d{1,10})\s+(\d{1,10}) ([VDIWEFA]) ([^:]{1,128}?)\s*: (.*)$/s
const levelFirst = /^(?:\[([A-Za-z]{3,11})\]|([A-Z]{3,11}):)\s+(\S.*)$/s

const severities = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']
const letters: Readonly<Record<string, string>> = {
  V: 'VERBOSE',
  D: 'DEBUG',
  I: 'INFO',
  W: 'WARNING',
  E: 'ERROR',
  F: 'FATAL',
  A: 'FATAL',
}

function fields(
  some: { readonly [Name in keyof LogFields]?: LogFields[Name] | undefined },
  attrs: Record<string, string | undefined> = {},
): LogFields {
  const kept = Object.fromEntries(
    Object.entries(attrs).filter((entry): entry is [string, string] =>
      entry[1] !== undefined && entry[1] !== '' && entry[1] !== '-'
    ),
  )
  return {
    ts: some.ts ?? null,
    level: some.level ?? null,
    code: some.code ?? null,
    component: some.component ?? null,
    message: some.message ?? null,
    attrs: some.attrs ?? (Object.keys(kept).length ? kept : null),
  }
}

/** Null for a line that begins no entry. */
export function parseLogLine(line: string): LogFields | null {
  switch (line.charCodeAt(0)) {
    case 0x7b: { // {
      const record = parseRecord(line)
      if (record) return fromRecord(record)
      break
    }
    case 0x20: // space
    case 0x09: // tab
      return null
  }
  return accessLine(line) ?? systemLine(line) ?? serverLine(line) ?? libraryLine(line) ?? logfmt(line) ??
    levelLine(line)
}

function accessLine(line: string): LogFields | null {
  const match = access.exec(line)
  if (!match) return null
  const [, host, ident, user, ts, request, code, bytes, referer, user_agent, rest] = match
  return fields({ ts, code, message: request }, {
    host,
    ident,
    user,
    bytes,
    referer,
    user_agent,
    rest: rest?.trim(),
  })
}

function systemLine(line: string): LogFields | null {
  const modern = syslog5424.exec(line)
  if (modern) {
    const [, priority, ts, host, app, pid, code, data, message] = modern
    return fields({
      ts: ts === '-' ? null : ts,
      level: severities[Number(priority) % 8],
      code: code === '-' ? null : code,
      component: app === '-' ? null : app,
      message: message?.replace(/^\ufeff/, ''),
    }, { host, pid, facility: `${Number(priority) >> 3}`, data })
  }
  const classic = syslog3164.exec(line) ?? syslogIso.exec(line)
  // `time LEVEL name: …` has the same shape, but is how libraries write.
  if (
    !classic || [classic[3], classic[4]].some((word = '') => levelWord.test(word) || word.startsWith('['))
  ) return null
  const [, priority, ts, host, component, pid, message] = classic
  const level = priority === undefined ? undefined : severities[Number(priority) % 8]
  return fields({ ts, level, component, code: codeOf(message ?? ''), message }, { host, pid })
}

function serverLine(line: string): LogFields | null {
  const kube = klog.exec(line)
  if (kube) {
    const [, letter = '', ts, pid, component, message] = kube
    return fields({ ts, level: letters[letter], component, message }, { pid })
  }
  const nginx = nginxError.exec(line)
  if (nginx) {
    const [, ts, level, pid, thread, connection, message] = nginx
    return fields({ ts, level, component: 'nginx', message }, { pid, thread, connection })
  }
  const apache = apacheError.exec(line)
  if (apache) {
    const [, ts, component, level, pid, client, message = ''] = apache
    return fields({ ts, level, component, code: /^(AH\d{5}):/.exec(message)?.[1], message }, { pid, client })
  }
  const android = logcat.exec(line)
  if (android) {
    const [, ts, pid, thread, letter = '', component, message] = android
    return fields({ ts, level: letters[letter], component, message }, { pid, thread })
  }
  return null
}

/** A time, then in any order a level, a process, a thread and a name, each set off in one of the usual ways. */
function libraryLine(line: string): LogFields | null {
  const time = leading.exec(line) ?? epoch.exec(line)
  if (!time) return null
  const ts = time[1] ?? time[2]
  let rest = line.slice(time[0].length)
  let level: string | undefined
  let component: string | undefined
  const attrs: Record<string, string | undefined> = {}
  for (let step = 0; step < 8; step++) {
    const bracket = /^(?:\[\s*([^\]]{1,128}?)\s*\]|\(([\w.$/-]{1,128})\))[:,-]?\s*/.exec(rest)
    if (bracket) {
      const inside = bracket[1] ?? bracket[2] ?? ''
      if (level === undefined && levelWord.test(inside)) level = inside
      else if (/^\d{1,10}$/.test(inside) && attrs['pid'] === undefined) attrs['pid'] = inside
      else if (codeOf(`${inside} `)) break
      // After the level it is the name, unless a name follows, as in `INFO 12 --- [main] app : Started`.
      else if (
        level !== undefined && component === undefined &&
        !/^[A-Za-z_][\w.$/@-]{1,128}\s+[:-]\s/.test(rest.slice(bracket[0].length))
      ) component = inside
      else if (attrs['thread'] === undefined) attrs['thread'] = inside
      else break
      rest = rest.slice(bracket[0].length)
      continue
    }
    const word = /^([A-Za-z]{3,11})(?:[:,|]|(?=\s|\[|$))\s*(?:[-|]\s+)?/.exec(rest)
    if (word && level === undefined && levelWord.test(word[1] ?? '')) {
      level = word[1]
      rest = rest.slice(word[0].length)
      continue
    }
    const process = /^(\d{1,10})\s+(?:---\s+)?(?=\[|[\w.$/-]+\s*[-:])/.exec(rest)
    if (process && attrs['pid'] === undefined) {
      attrs['pid'] = process[1]
      rest = rest.slice(process[0].length)
      continue
    }
    const dash = /^(?:-{1,3}|\|)\s+/.exec(rest)
    if (dash) {
      rest = rest.slice(dash[0].length)
      continue
    }
    // A name before the level stands between dashes or bars, a name after it ends with a colon or a dash.
    const name = level === undefined
      ? /^([\w.$/-]{1,128})\s+[-|]\s+(?=[A-Za-z]{3,11}\b)/.exec(rest)
      : /^([A-Za-z_][\w.$/@-]{1,128}(?:\[\d{1,10}\])?)(?:\s*:\s+|\s+[-|]\s+)/.exec(rest)
    if (name && component === undefined && !codeOf(`${name[1]} `)) {
      component = name[1]
      rest = rest.slice(name[0].length)
      continue
    }
    break
  }
  // The first of two names is the thread only where a second one follows.
  if (component === undefined && level === undefined && attrs['thread'] !== undefined) {
    component = attrs['thread']
    delete attrs['thread']
  }
  return fields({ ts, level, component, code: codeOf(rest), message: rest }, attrs)
}

function levelLine(line: string): LogFields | null {
  const [, bracketed, plain, message] = levelFirst.exec(line) ?? []
  const level = bracketed ?? plain
  if (level === undefined || !levelWord.test(level) || message === undefined) return null
  return fields({ level, code: codeOf(message), message })
}

/** `E1001`, `ORA-00942`, `[ERR-12]` at the beginning of a message, or `code=…` anywhere near it. */
function codeOf(message: string): string | undefined {
  const start = message.slice(0, 200)
  return /^\[?([A-Z]{1,8}[-_]?\d{2,6})\]?(?=[:\s\])])/.exec(start)?.[1] ??
    /\b(?:error_?)?code[=:]\s?"?([\w.-]{1,64})/i.exec(start)?.[1]
}

const pair = /([A-Za-z_][\w.@/-]{0,63})=("(?:[^"\\]|\\.)*"|[^\s"]*)(?:\s+|$)/y

function logfmt(line: string): LogFields | null {
  if (!line.includes('=')) return null
  const record: Record<string, Json> = {}
  pair.lastIndex = 0
  let end = 0
  for (let match = pair.exec(line); match; match = pair.exec(line)) {
    const [, key = '', value = ''] = match
    record[key] = value.startsWith('"') ? value.slice(1, -1).replace(/\\(["\\])/g, '$1') : value
    end = pair.lastIndex
  }
  if (end < line.length || Object.keys(record).length < 2) return null
  const entry = fromRecord(record)
  return entry.message !== null && (entry.level !== null || entry.ts !== null) ? entry : null
}

export function parseRecord(line: string): Record<string, unknown> | null {
  if (!/^\s*\{/.test(line)) return null
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return null
  }
}

/** Names under which entries say a thing, best first. */
export const aliases = {
  ts: ['ts', 'timestamp', '@timestamp', 'time', 'datetime', 'date', 'eventTime', 'asctime', 't'],
  level: ['level', 'severity', 'levelname', 'log.level', 'loglevel', 'lvl', 'priority'],
  code: ['code', 'error_code', 'errorCode', 'error', 'status', 'statusCode', 'status_code'],
  component: ['component', 'service', 'module', 'logger', 'name', 'logger_name', 'source', 'app'],
  message: ['message', 'msg', 'text', 'log', 'body', 'event'],
} as const

const numericLevels: Readonly<Record<string, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

/** An entry from an object: the fields by their names, and the rest as attributes. */
export function fromRecord(record: Readonly<Record<string, unknown>>): LogFields {
  const rest = new Map(Object.entries(record))
  const take = (names: readonly string[]): string | undefined => {
    for (const name of names) {
      const value = rest.get(name)
      if (typeof value !== 'string' && typeof value !== 'number') continue
      if (value === '') continue
      rest.delete(name)
      return String(value)
    }
    return undefined
  }
  const message = take(aliases.message)
  const ts = take(aliases.ts)
  const level = take(aliases.level)
  const code = take(aliases.code)
  const component = take(aliases.component)
  const attrs = Object.fromEntries(rest) as JsonObject
  return {
    ts: ts ?? null,
    level: level === undefined ? null : numericLevels[level] ?? level,
    code: code ?? null,
    component: component ?? null,
    message: message?.replace(/\s+$/, '') ?? null,
    attrs: rest.size ? attrs : null,
  }
}

/** For guessing the format: an object that says what happened, and when or how bad. */
export function looksLikeJsonLog(record: Readonly<Record<string, unknown>>): boolean {
  const has = (names: readonly string[]): boolean => names.some((name) => record[name] !== undefined)
  return has(aliases.message) && (has(aliases.ts) || has(aliases.level))
}

/** For guessing the format: a line with a time, or a level in its usual place. */
export function looksLikeLogLine(line: string): boolean {
  const entry = parseLogLine(line.slice(0, 4096))
  return entry !== null && (entry.ts !== null || entry.level !== null)
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** ISO 8601 in UTC, or null. A time without a zone is taken as UTC; one without a year as the last such before `now`. */
export function toIsoTime(ts: string | null, now: Date): string | null {
  if (ts === null) return null
  const text = ts.trim()
  const iso =
    /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$/i
      .exec(text)
  if (iso) {
    const [, year, month, day, time = '00:00:00', fraction = '', zone = 'Z'] = iso
    return print(
      `${year}-${month}-${day}T${withSeconds(time)}.${fraction.slice(0, 3).padEnd(3, '0')}${zoneOf(zone)}`,
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
      `${year}-${monthOf(month)}-${day.padStart(2, '0')}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}${
        zoneOf(zone)
      }`,
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
  // RFC 2822 and the like: only with a year, a time and a zone is nothing left to guess.
  if (
    /\b\d{4}\b/.test(text) && /\d{2}:\d{2}/.test(text) && /(GMT|UTC|Z|[+-]\d{4})\s*(\([A-Z]+\))?$/.test(text)
  ) {
    return print(Date.parse(text))
  }
  return null
}

function dated(
  year: string | undefined,
  month: string,
  day: string,
  time: string,
  fraction: string,
  now: Date,
): string | null {
  const at = (wanted: number | string): string =>
    `${wanted}-${month}-${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`
  if (year !== undefined) return print(at(year))
  const thisYear = now.getUTCFullYear()
  // A day of grace: clocks and zones differ.
  const future = Date.parse(at(thisYear)) > now.getTime() + 86_400_000
  return print(at(future ? thisYear - 1 : thisYear))
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

/** Dates that no log can have are misread numbers. */
function print(time: string | number): string | null {
  const date = new Date(time)
  const year = date.getUTCFullYear()
  return Number.isNaN(year) || year < 1970 || year > 2200 ? null : date.toISOString()
}
