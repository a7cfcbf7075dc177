/** One line of a log, in any of the formats that servers and libraries commonly write. */
import type { Json } from '../../parts.ts'
import { codeOf, fieldsOf, fieldsOfRecord, isLevel, type LogFields, parseRecord } from './fields.ts'
import { libraryLine } from './library_line.ts'
import { matchesPattern } from './patterns.ts'
import { isoTime } from './time.ts'

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

/** Null for a line that does not begin an entry. */
export function parseLogLine(line: string): LogFields | null {
  switch (line.charCodeAt(0)) {
    case 0x7b: { // {
      const record = parseRecord(line)
      if (record) return fieldsOfRecord(record)
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
  return fieldsOf({ ts, code, message: request }, {
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
    return fieldsOf({
      ts: ts === '-' ? null : ts,
      level: severities[Number(priority) % 8],
      code: code === '-' ? null : code,
      component: app === '-' ? null : app,
      message: message?.replace(/^\ufeff/, ''),
    }, { host, pid, facility: `${Number(priority) >> 3}`, data })
  }
  const classic = syslog3164.exec(line) ?? syslogIso.exec(line)
  // `time LEVEL name: …` has the same shape, but comes from a library.
  if (
    !classic || [classic[3], classic[4]].some((word = '') => isLevel(word) || word.startsWith('['))
  ) return null
  const [, priority, ts, host, component, pid, message] = classic
  const level = priority === undefined ? undefined : severities[Number(priority) % 8]
  return fieldsOf({ ts, level, component, code: codeOf(message ?? ''), message }, { host, pid })
}

function serverLine(line: string): LogFields | null {
  const kube = klog.exec(line)
  if (kube) {
    const [, letter = '', ts, pid, component, message] = kube
    return fieldsOf({ ts, level: letters[letter], component, message }, { pid })
  }
  const nginx = nginxError.exec(line)
  if (nginx) {
    const [, ts, level, pid, thread, connection, message] = nginx
    return fieldsOf({ ts, level, component: 'nginx', message }, { pid, thread, connection })
  }
  const apache = apacheError.exec(line)
  if (apache) {
    const [, ts, component, level, pid, client, message = ''] = apache
    return fieldsOf({ ts, level, component, code: /^(AH\d{5}):/.exec(message)?.[1], message }, {
      pid,
      client,
    })
  }
  const android = logcat.exec(line)
  if (android) {
    const [, ts, pid, thread, letter = '', component, message] = android
    return fieldsOf({ ts, level: letters[letter], component, message }, { pid, thread })
  }
  return null
}

function levelLine(line: string): LogFields | null {
  const [, bracketed, plain, message] = levelFirst.exec(line) ?? []
  const level = bracketed ?? plain
  if (level === undefined || !isLevel(level) || message === undefined) return null
  return fieldsOf({ level, code: codeOf(message), message })
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
  const entry = fieldsOfRecord(record)
  return entry.message !== null && (entry.level !== null || entry.ts !== null) ? entry : null
}

/** For detecting the format: a line with a time, or a level in its usual place. */
export function looksLikeLogLine(line: string): boolean {
  const start = line.slice(0, 4096)
  if (matchesPattern(start)) return true
  const entry = parseLogLine(start)
  return entry !== null && (entry.ts !== null || entry.level !== null)
}
