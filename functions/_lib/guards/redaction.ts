/** Personal data taken out of a text, also while the text is still being written. */
import { findPii, isCountry, legible, longestIban, type PiiKind } from './pii.ts'

export const placeholders: Readonly<Record<PiiKind, string>> = {
  email: '[EMAIL_REDACTED]',
  phone: '[PHONE_REDACTED]',
  ssn: '[SSN_REDACTED]',
  credit_card: '[CREDITCARD_REDACTED]',
  iban: '[IBAN_REDACTED]',
}

export function redact(text: string, tell: (kind: PiiKind) => void = () => {}): string {
  let done = ''
  let at = 0
  for (const { kind, start, end } of findPii(text)) {
    done += text.slice(at, start) + placeholders[kind]
    at = end
    tell(kind)
  }
  return done + text.slice(at)
}

/** What a tool is given or answers: names and texts of JSON are redacted, and numbers that their names call personal. */
export function redactJson(value: unknown, tell: (kind: PiiKind) => void = () => {}): unknown {
  return redactNamed('', value, tell)
}

function redactNamed(name: string, value: unknown, tell: (kind: PiiKind) => void): unknown {
  if (Array.isArray(value)) return value.map((inner) => redactNamed(name, inner, tell))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [redact(key, tell), redactNamed(key, inner, tell)]),
    )
  }
  if (typeof value !== 'string' && typeof value !== 'number') return value
  // A name such as clientPhone or tax_id says what a number is, as a word before it does in a text.
  const label = `${name.slice(0, 100).replace(/(?<=[a-z])(?=[A-Z])|[^\p{L}]+/gu, ' ').trim()}: `
  const whole = redact(label + value, tell)
  return whole === label + value ? value : whole.slice(label.length)
}

export type Redactor = {
  /** What of the text so far may be shown. */
  push(delta: string): string
  /** What was held back. */
  end(): string
  /** How many findings of each kind were taken out. */
  readonly kinds: Readonly<Partial<Record<PiiKind, number>>>
}

/** What has gone out stays in view this far, for the words that say what a number is. */
const behind = 160
/** The longest number with its separators, and what is read after it. */
const longestNumber = 72
/** No e-mail address has a longer run of characters without a space. */
const longestWord = 700
const breaks = /[\s,;:<>()[\]{}"]/

/** Together all that it returns is `redact` of the whole text, however the text is cut. */
export function redactor(): Redactor {
  const kinds: Partial<Record<PiiKind, number>> = {}
  let text = ''
  let shown = 0
  const take = (until: number): string => {
    let done = ''
    let at = shown
    for (const { kind, start, end } of findPii(text)) {
      if (start < shown) continue
      if (end > until) {
        until = Math.min(until, start)
        break
      }
      done += text.slice(at, start) + placeholders[kind]
      at = end
      kinds[kind] = (kinds[kind] ?? 0) + 1
    }
    if (until > at) {
      done += text.slice(at, until)
      at = until
    }
    shown = at
    if (shown > behind * 2) {
      text = text.slice(shown - behind)
      shown = behind
    }
    return done
  }
  return {
    push(delta): string {
      text += delta
      const until = settled(text)
      return until > shown ? take(until) : ''
    },
    end(): string {
      const rest = take(text.length)
      text = ''
      shown = 0
      return rest
    },
    get kinds(): Partial<Record<PiiKind, number>> {
      return kinds
    },
  }
}

/** A stream of deltas without personal data. */
export function redacting(): TransformStream<string, string> {
  const own = redactor()
  return new TransformStream({
    transform(delta, controller): void {
      const text = own.push(delta)
      if (text) controller.enqueue(text)
    },
    flush(controller): void {
      const text = own.end()
      if (text) controller.enqueue(text)
    },
  })
}

/** Up to where nothing that may still come can make or change a finding. */
function settled(original: string): number {
  const { text, at } = legible(original)
  const from = Math.max(0, text.length - longestNumber)
  let until = text.length
  let word = text.length
  while (word > 0 && text.length - word <= longestWord && !breaks.test(text.charAt(word - 1))) word -= 1
  if (text.length - word <= longestWord) until = word
  for (const match of text.slice(from).matchAll(/[+(]{1,2} ?$|(?<![\p{L}\d])(?:[+(]{1,2} ?)?[\p{L}\d]/gu)) {
    const start = from + match.index
    if (start >= until) break
    if (reaches(text.slice(start), until - start)) {
      until = start
      break
    }
  }
  return at(until)
}

/** Whether what begins here may be a number that goes on beyond `length`. */
function reaches(tail: string, length: number): boolean {
  const digits = /^[+(]{0,2} ?(?:\d[\d ().\-/]*)?/.exec(tail)?.[0] ?? ''
  if (digits.length >= length) return true
  const [, before = '', iban = ''] = /^([+(]{0,2} ?)([a-z]{2}\d{2}[a-z\d -]*)/i.exec(tail) ?? []
  if (before.length + iban.length < length) return false
  return isCountry(iban) && tail.slice(before.length, length).replace(/[ -]/g, '').length <= longestIban
}
