/** The part of a log entry, from fields as written. */
import { cleanText } from '../../../text/mod.ts'
import { cleanJson } from '../../output/clean_json.ts'
import type { LogEntryPart } from '../../parts.ts'
import type { LogFields } from './fields.ts'
import { toIsoTime } from './time.ts'

/** `row` counts the entries from 0; the year of a time without one is guessed from `now`. */
export function entryPart(fields: LogFields, row: number, now: Date): LogEntryPart {
  const text = (value: string | null): string | null => value === null ? null : cleanText(value)
  return {
    kind: 'log_entry',
    row,
    ts: text(fields.ts),
    logged_at: toIsoTime(fields.ts, now),
    level: text(fields.level),
    code: text(fields.code),
    component: text(fields.component),
    message: text(fields.message),
    attrs: fields.attrs === null ? null : cleanJson(fields.attrs) as LogEntryPart['attrs'],
  }
}
