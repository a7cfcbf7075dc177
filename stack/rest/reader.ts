/** Reads the small languages of PostgREST's query parameters, character by character. */
import { unreadable } from './refusal.ts'

/** A step into a JSON value: `->key`, or `->>0`. */
export type JsonStep = { arrow: '->' | '->>'; key?: string; index?: string }

export type Field = { name: string; path: JsonStep[] }

export class Reader {
  position = 0

  /** `parameter` names what is read, for a refusal. */
  constructor(readonly text: string, readonly parameter: string) {}

  get atEnd(): boolean {
    return this.position >= this.text.length
  }

  get rest(): string {
    return this.text.slice(this.position)
  }

  /** Whether the text goes on with `token`, which is then read. */
  take(token: string): boolean {
    if (!this.text.startsWith(token, this.position)) return false
    this.position += token.length
    return true
  }

  /** What a sticky expression matches here, which is then read; or null. */
  match(pattern: RegExp): string | null {
    pattern.lastIndex = this.position
    const found = pattern.exec(this.text)?.[0] ?? null
    if (found !== null) this.position += found.length
    return found
  }

  expect(token: string): void {
    if (!this.take(token)) this.refuse(`"${token}"`)
  }

  expectEnd(): void {
    if (!this.atEnd) this.refuse('end of input')
  }

  refuse(expected: string): never {
    const next = this.atEnd ? 'end of input' : `"${this.text[this.position]}"`
    throw unreadable(this.parameter, this.text, this.position, `unexpected ${next} expecting ${expected}`)
  }

  /** A text in quotes, or null if the next character is none. */
  quoted(): string | null {
    const found = this.match(/"((?:[^"\\]|\\.)*)"/y)
    return found === null ? null : found.slice(1, -1).replace(/\\(.)/g, '$1')
  }

  /** A name: letters, digits, `_`, `$`, spaces and hyphens that begin no arrow; or anything in quotes. */
  name(): string {
    const quoted = this.quoted()
    if (quoted !== null) return quoted
    const found = this.match(/[\p{L}\p{N}_ $]+(?:-(?!>)[\p{L}\p{N}_ $]+)*/uy)?.trim()
    if (!found) this.refuse('field name (* or [a..z0..9_$])')
    return found
  }

  field(): Field {
    return { name: this.name(), path: this.jsonPath() }
  }

  jsonPath(): JsonStep[] {
    const path: JsonStep[] = []
    for (;;) {
      const arrow = this.match(/->>?/y)
      if (arrow === null) return path
      const index = this.match(/[+-]?\d+(?=$|->|::|[.,)])/y)
      const key = index ?? this.quoted() ?? this.match(/(?:[^(\-:.,>)]|-(?!>))+/y)
      if (key === null) this.refuse('a key or an index')
      path.push({ arrow: arrow as JsonStep['arrow'], ...(index === null ? { key } : { index: key }) })
    }
  }
}
