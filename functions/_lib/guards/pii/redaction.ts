/** Replaces personal data with placeholders, also while a text is still being written. */
import { findPii, isCountry, legible, maxIbanChars, type PiiKind } from './find.ts'

const placeholders: Readonly<Record<PiiKind, string>> = {
  email: '[EMAIL_REDACTED]',
  phone: '[PHONE_REDACTED]',
  ssn: '[SSN_REDACTED]',
  credit_card: '[CREDITCARD_REDACTED]',
  iban: '[IBAN_REDACTED]',
}

/** The text with a placeholder for each finding; `onFinding` is called for each. */
export function redact(text: string, onFinding: (kind: PiiKind) => void = () => {}): string {
  let done = ''
  let at = 0
  for (const { kind, start, end } of findPii(text)) {
    done += text.slice(at, start) + placeholders[kind]
    at = end
    onFinding(kind)
  }
  return done + text.slice(at)
}

/** Redacts names and texts in JSON, and numbers whose names say that they are personal. */
export function redactJson(value: unknown, onFinding: (kind: PiiKind) => void = () => {}): unknown {
  return redactNamed('', value, onFinding)
}

function redactNamed(name: string, value: unknown, onFinding: (kind: PiiKind) => void): unknown {
  if (Array.isArray(value)) return value.map((inner) => redactNamed(name, inner, onFinding))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map((
        [key, inner],
      ) => [redact(key, onFinding), redactNamed(key, inner, onFinding)]),
    )
  }
  if (typeof value !== 'string' && typeof value !== 'number') return value
  // A name such as clientPhone or tax_id says what a number is, as a word before it does in a text.
  const label = `${name.slice(0, 100).replace(/(?<=[a-z])(?=[A-Z])|[^\p{L}]+/gu, ' ').trim()}: `
  const whole = redact(label + value, onFinding)
  return whole === label + value ? value : whole.slice(label.length)
}

/** Redacts a text that comes in pieces. */
export type Redactor = {
  /** The part of the text so far that can be shown. */
  push(delta: string): string
  /** The part that was held back. */
  end(): string
  /** How many findings of each kind were replaced. */
  readonly kinds: Readonly<Partial<Record<PiiKind, number>>>
}

/** How much shown text is kept, for the words that say what a number is. */
const keptChars = 160
/** The longest number with its separators, and the characters after it that matter. */
const maxNumberChars = 72
/** No e-mail address has a longer run of characters without a space. */
const maxWordChars = 700
const breaks = /[\s,;:<>()[\]{}"]/

/** All that it returns, joined, is `redact` of the whole text, however the text is cut. */
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
    if (shown > keptChars * 2) {
      text = text.slice(shown - keptChars)
      shown = keptChars
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

/** Up to where no text that may still come can make or change a finding. */
function settled(original: string): number {
  const { text, at } = legible(original)
  const from = Math.max(0, text.length - maxNumberChars)
  let until = text.length
  let word = text.length
  while (word > 0 && text.length - word <= maxWordChars && !breaks.test(text.charAt(word - 1))) word -= 1
  if (text.length - word <= maxWordChars) until = word
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

/** Whether a number that begins here may continue beyond `length`. */
function reaches(tail: string, length: number): boolean {
  const digits = /^[+(]{0,2} ?(?:\d[\d ().\-/]*)?/.exec(tail)?.[0] ?? ''
  if (digits.length >= length) return true
  const [, before = '', iban = ''] = /^([+(]{0,2} ?)([a-z]{2}\d{2}[a-z\d -]*)/i.exec(tail) ?? []
  if (before.length + iban.length < length) return false
  return isCountry(iban) && tail.slice(before.length, length).replace(/[ -]/g, '').length <= maxIbanChars
}
