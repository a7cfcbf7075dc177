/** Logs as entries, as a stream: lines of text in the common forms, JSON lines, and XML. */
import { cleanJson, cleanText } from './clean.ts'
import type { SourceFile } from './file.ts'
import { type LogFields, parseLogLine, toIsoTime } from './log_lines.ts'
import { type LogEntryPart, type RawPart, warning } from './parts.ts'
import { lines } from './source.ts'

export async function* readLog(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits, now } = file
  let opened = false
  let row = 0
  let cut = 0
  /** The entry that further lines may belong to. */
  let open: { fields: LogFields; extra: string[]; chars: number; cut: boolean } | null = null

  const take = function* (): Generator<LogEntryPart> {
    if (!open) return
    const { fields, extra } = open
    open = null
    const message = extra.length ? [fields.message ?? '', ...extra].join('\n') : fields.message
    yield entry({ ...fields, message }, row++, now)
  }
  const head = (): RawPart => ({
    kind: 'document',
    title: file.title,
    type: 'log',
    media_type: 'text/plain',
    language: null,
    page_count: null,
    metadata: { encoding: source.encoding },
  })

  for await (const group of lines(source.text(file.charset), limits.lineChars)) {
    if (!opened) {
      opened = true
      yield head()
    }
    for (const line of group) {
      if (line.cut) cut++
      if (line.text.trim() === '') continue
      const fields = parseLogLine(line.text)
      if (fields) {
        yield* take()
        open = { fields, extra: [], chars: line.text.length, cut: false }
      } else if (open && open.fields.ts !== null) {
        // What does not begin an entry goes on with one: stack traces, statements, dumps.
        const room = limits.entryChars - open.chars
        if (room > 0) open.extra.push(line.text.slice(0, room))
        open.chars += line.text.length + 1
        if (line.text.length > room && !open.cut) {
          open.cut = true
          cut++
        }
      } else {
        yield* take()
        const message = line.text.slice(0, limits.entryChars)
        if (message.length < line.text.length) cut++
        open = {
          fields: { ts: null, level: null, code: null, component: null, message, attrs: null },
          extra: [],
          chars: message.length,
          cut: false,
        }
      }
    }
  }
  if (!opened) yield head()
  yield* take()
  if (cut) yield warning('lines_truncated', 'Lines or entries that were too long were cut.', cut)
}

export function entry(fields: LogFields, row: number, now: Date): LogEntryPart {
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
