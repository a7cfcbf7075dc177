/** Logs as entries, as a stream: lines of text in the common formats, and JSON lines. */
import { truncate } from '../../../text/mod.ts'
import type { SourceFile } from '../../file.ts'
import { lines } from '../../input/lines.ts'
import type { Limits } from '../../limits.ts'
import { type RawPart, warning } from '../../parts.ts'
import { entryPart } from './entry.ts'
import type { LogFields } from './fields.ts'
import { parseLogLine } from './lines.ts'
import { chooseParser, type LineParser } from './patterns.ts'

/** How many lines decide about the format. */
const sampleLines = 100

/** The document and its entries. */
export async function* readLog(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits, now } = file
  const entries = new EntryLines(limits)
  let opened = false
  let row = 0
  let cut = 0
  const document = (): RawPart => ({
    kind: 'document',
    title: file.title,
    type: 'log',
    media_type: 'text/plain',
    language: null,
    page_count: null,
    metadata: { encoding: source.encoding },
  })
  let unparsed = 0
  const entry = function* (fields: LogFields | null): Generator<RawPart> {
    if (!fields) return
    if (fields.ts === null && fields.level === null && fields.component === null) unparsed++
    yield entryPart(fields, row++, now)
  }
  // The first lines decide about the format; until then they are held.
  let sample: { text: string; cut: boolean }[] | null = []
  for await (const group of lines(source.text(file.charset), limits.lineChars)) {
    // The encoding is known once the first lines came.
    if (!opened) yield document()
    opened = true
    let ready: readonly { text: string; cut: boolean }[] = group
    if (sample) {
      sample.push(...group)
      if (sample.length < sampleLines) continue
      ready = sample
      entries.choose(sample.slice(0, sampleLines).map(({ text }) => text))
      sample = null
    }
    for (const line of ready) {
      if (line.cut) cut++
      if (line.text.trim() !== '') yield* entry(entries.add(line.text))
    }
  }
  if (sample) {
    entries.choose(sample.map(({ text }) => text))
    for (const line of sample) {
      if (line.cut) cut++
      if (line.text.trim() !== '') yield* entry(entries.add(line.text))
    }
  }
  if (!opened) yield document()
  yield* entry(entries.end())
  if (unparsed) {
    const message = 'Entries have no time, level or component that is recognized: their lines are messages.'
    yield warning('entries_unparsed', message, unparsed)
  }
  cut += entries.cut
  if (cut) yield warning('lines_truncated', 'Lines and entries over the length limit were truncated.', cut)
}

/** Joins lines to entries: what does not begin an entry continues the one before, such as a stack trace. */
class EntryLines {
  readonly #limits: Limits
  #parse: LineParser = parseLogLine
  #open: { fields: LogFields; extra: string[]; chars: number; cut: boolean } | null = null
  /** How many entries were truncated. */
  cut = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Decides about the format by these lines. */
  choose(sample: readonly string[]): void {
    const parser = chooseParser(
      sample.filter((line) => line.trim() !== '').map((line) => line.slice(0, 4096)),
    )
    if (parser) this.#parse = (line) => parser(line) ?? parseLogLine(line)
  }

  /** The entry that this line ends, if it begins another one. */
  add(line: string): LogFields | null {
    const fields = this.#parse(line)
    if (!fields && this.#open && this.#open.fields.ts !== null) {
      this.#continue(this.#open, line)
      return null
    }
    const complete = this.end()
    const message = truncate(line, this.#limits.entryChars)
    if (!fields && message.length < line.length) this.cut++
    this.#open = {
      fields: fields ?? { ts: null, level: null, code: null, component: null, message, attrs: null },
      extra: [],
      chars: fields ? line.length : message.length,
      cut: false,
    }
    return complete
  }

  /** The entry that is open. */
  end(): LogFields | null {
    const open = this.#open
    this.#open = null
    if (!open) return null
    const { fields, extra } = open
    return extra.length ? { ...fields, message: [fields.message ?? '', ...extra].join('\n') } : fields
  }

  #continue(open: { extra: string[]; chars: number; cut: boolean }, line: string): void {
    const room = this.#limits.entryChars - open.chars
    if (room > 0) open.extra.push(truncate(line, room))
    open.chars += line.length + 1
    if (line.length > room && !open.cut) {
      open.cut = true
      this.cut++
    }
  }
}
