/** Lines as logging libraries write them: a time, then a level, a process, a thread and a name in any order. */
import { codeOf, fieldsOf, isLevel, type LogFields } from './fields.ts'
import { isoTime } from './time.ts'

const namedTime = String
  .raw`\d{1,2}[/-][A-Z][a-z]{2}[/-]\d{4}[: ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?: [+-]\d{4})?`
const leading = new RegExp(String.raw`^(?:\[(${isoTime}|${namedTime})\]|(${isoTime}|${namedTime}))[:,]?\s*`)
const epoch = /^\[?(1\d{9}(?:\.\d{1,9})?|1\d{12})\]?\s+(?=\S)/

/** How many things are set off before the message. */
const maxSteps = 8

/** Null for a line that does not begin with a time. */
export function libraryLine(line: string): LogFields | null {
  const time = leading.exec(line) ?? epoch.exec(line)
  if (!time) return null
  const reader = new LineReader(line.slice(time[0].length))
  for (let step = 0; step < maxSteps && reader.step(); step++);
  return reader.fields(time[1] ?? time[2])
}

class LineReader {
  #rest: string
  #level: string | undefined
  #component: string | undefined
  #thread: string | undefined
  #pid: string | undefined

  constructor(rest: string) {
    this.#rest = rest
  }

  /** Takes one thing off the beginning of the rest; false where the message begins. */
  step(): boolean {
    return this.#bracket() || this.#levelWord() || this.#process() || this.#dash() || this.#name()
  }

  /** What was found; the rest is the message. */
  fields(ts: string | undefined): LogFields {
    let component = this.#component
    let thread = this.#thread
    // The first of two names is the thread only where a second one follows.
    if (component === undefined && this.#level === undefined) {
      component = thread
      thread = undefined
    }
    const message = this.#rest
    return fieldsOf({ ts, level: this.#level, component, code: codeOf(message), message }, {
      pid: this.#pid,
      thread,
    })
  }

  #take(match: RegExpExecArray): true {
    this.#rest = this.#rest.slice(match[0].length)
    return true
  }

  #bracket(): boolean {
    const match = /^(?:\[\s*([^\]]{1,128}?)\s*\]|\(([\w.$/-]{1,128})\))[:,-]?\s*/.exec(this.#rest)
    if (!match) return false
    const inside = match[1] ?? match[2] ?? ''
    if (this.#level === undefined && isLevel(inside)) this.#level = inside
    else if (/^\d{1,10}$/.test(inside) && this.#pid === undefined) this.#pid = inside
    else if (codeOf(`${inside} `)) return false
    // After the level it is the name, unless a name follows, as in `INFO 12 --- [main] app : Started`.
    else if (
      this.#level !== undefined && this.#component === undefined &&
      !/^[A-Za-z_][\w.$/@-]{1,128}\s+[:-]\s/.test(this.#rest.slice(match[0].length))
    ) this.#component = inside
    else if (this.#thread === undefined) this.#thread = inside
    else return false
    return this.#take(match)
  }

  #levelWord(): boolean {
    const match = /^([A-Za-z]{3,11})(?:[:,|]|(?=\s|\[|$))\s*(?:[-|]\s+)?/.exec(this.#rest)
    if (!match || this.#level !== undefined || !isLevel(match[1] ?? '')) return false
    this.#level = match[1]
    return this.#take(match)
  }

  #process(): boolean {
    const match = /^(\d{1,10})\s+(?:---\s+)?(?=\[|[\w.$/-]+\s*[-:])/.exec(this.#rest)
    if (!match || this.#pid !== undefined) return false
    this.#pid = match[1]
    return this.#take(match)
  }

  #dash(): boolean {
    const match = /^(?:-{1,3}|\|)\s+/.exec(this.#rest)
    return match !== null && this.#take(match)
  }

  /** Before the level it stands between dashes or bars, after the level it ends with a colon or a dash. */
  #name(): boolean {
    const match = this.#level === undefined
      ? /^([\w.$/-]{1,128})\s+[-|]\s+(?=[A-Za-z]{3,11}\b)/.exec(this.#rest)
      : /^([A-Za-z_][\w.$/@-]{1,128}(?:\[\d{1,10}\])?)(?:\s*:\s+|\s+[-|]\s+)/.exec(this.#rest)
    if (!match || this.#component !== undefined || codeOf(`${match[1]} `)) return false
    this.#component = match[1]
    return this.#take(match)
  }
}
