/**
 * Finds personal data: e-mail addresses, telephone numbers, US social security numbers, payment cards and IBANs. Numbers
 * must satisfy the rules of their issuer (check digits, ranges, lengths); those that could as well be the number of an
 * order or a part count only after a word that says what they are. All patterns are bounded.
 */
import iban from 'validator/lib/isIBAN.js'
import luhn from 'validator/lib/isLuhnNumber.js'
import { nationalNumbers } from './national_numbers.ts'

/** The kinds that are found. */
export type PiiKind = 'email' | 'phone' | 'ssn' | 'credit_card' | 'iban'

/** Where a finding is, in UTF-16 units. */
export type PiiSpan = { readonly kind: PiiKind; readonly start: number; readonly end: number }

/** How far before a number the words are searched that say what it is. */
const contextChars = 48

/** A text in plain characters, and where each of them was in the original. */
type Legible = { readonly text: string; readonly at: (index: number) => number }

const invisible = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/
const invisibles = new RegExp(invisible, 'g')

/** Replaces typographic spaces, hyphens and digits with plain ones, and leaves out invisible characters. */
export function legible(text: string): Legible {
  const plain = text
    .replace(/[\u2010-\u2015\u2212\ufe63\uff0d]/g, '-')
    .replace(/[\u00a0\u2000-\u200a\u202f\u3000]/g, ' ')
    .replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
  if (!invisible.test(plain)) return { text: plain, at: (index) => index }
  const positions: number[] = []
  for (let index = 0; index < plain.length; index += 1) {
    if (!invisible.test(plain.charAt(index))) positions.push(index)
  }
  return { text: plain.replace(invisibles, ''), at: (index) => positions[index] ?? plain.length }
}

/** In the order of the text; none overlap. */
export function findPii(original: string): PiiSpan[] {
  const { text, at } = legible(original)
  return findLegible(text).map(({ kind, start, end }) => ({ kind, start: at(start), end: at(end - 1) + 1 }))
}

/** In order; where two kinds overlap, the one that is less likely by chance wins. */
function findLegible(text: string): PiiSpan[] {
  const found: PiiSpan[] = []
  const taken: PiiSpan[][] = []
  const add = (kind: PiiKind, spans: Iterable<{ start: number; end: number }>): void => {
    const own = Array.from(spans, ({ start, end }): PiiSpan => ({ kind, start, end }))
    const free = own.filter((span) => !taken.some((others) => overlaps(others, span)))
    taken.push(free)
    found.push(...free)
  }
  if (text.includes('@')) add('email', emails(text))
  if (/\d/.test(text)) {
    add('iban', ibans(text))
    const stretches = numeric(text)
    add('credit_card', cards(text, stretches))
    add('ssn', ssns(text, stretches))
    add('phone', phones(text, stretches))
  }
  return found.sort((a, b) => a.start - b.start)
}

/** `spans` are in order and apart. */
function overlaps(spans: readonly PiiSpan[], span: PiiSpan): boolean {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((spans[middle]?.end ?? 0) <= span.start) low = middle + 1
    else high = middle
  }
  return (spans[low]?.start ?? Infinity) < span.end
}

// E-mail

const localPart = /[\p{L}\d][\p{L}\d._%+'-]{0,63}$/u
const localLetter = /[\p{L}\d._%+'-]/u
const domain =
  /(?:[\p{L}\d](?:[\p{L}\d-]{0,61}[\p{L}\d])?\.){1,8}(?:xn--[a-z\d-]{2,59}|\p{L}{2,24})(?![\p{L}\d@]|-[\p{L}\d])/iuy
const files = /@\d+x\.|\.(?:png|jpe?g|gif|webp|svg|avif|pdf)$/i

function* emails(text: string): Generator<{ start: number; end: number }> {
  for (let sign = text.indexOf('@'); sign >= 0; sign = text.indexOf('@', sign + 1)) {
    const local = localPart.exec(text.slice(Math.max(0, sign - 65), sign))?.[0]
    if (!local || (local.length > 63 && localLetter.test(text.charAt(sign - local.length - 1)))) continue
    domain.lastIndex = sign + 1
    const end = sign + 1 + (domain.exec(text)?.[0].length ?? -1)
    const found = text.slice(sign - local.length, end)
    if (end <= sign || files.test(found) || /\.\.|\.@/.test(found)) continue
    yield { start: sign - local.length, end }
  }
}

// Numbers that need a word before them

const phoneWords =
  /(?:phone|cell|mobile|tel|telephone|call|text|fax|whatsapp|sms|reach|contact|my number|(?:his|her|their|hers|whose) number|number of|direct line|line|dial|ring|hotline|telefon|teléfono|móvil|handy|tél)(?:s|ed|ing)?(?![\p{L}])/giu
const otherWords =
  /(?<!\p{L})(?:order|po|p\.o\.|part|parts|part no|sku|serial|model|lot|batch|room|rooms|unit|units|size|sizes|rows?|pages?|item|version|invoice|policy|claim|job|ref|reference|tracking|account|acct|routing|id|isbn|ean|upc|imei|gtin|timestamp|meter|delivered|shipment|check|ticket|case|permit|parcel|usd|eur|vin|number \d)(?!\p{L})/giu
const ssnWords = /(?<!\p{L})(?:ssn|ssns|social security|social|soc\.? sec|w-9|w9|w-2|tax ?id)(?!\p{L})/giu
const cardWords =
  /(?<!\p{L})(?:card|visa|cc|amex|mastercard|credit|debit|diners|discover|cvc|cvv)(?!\p{L})/giu

/** Whether the nearest telling word before a number is one of `words`. */
function named(text: string, start: number, words: RegExp): boolean {
  const before = text.slice(Math.max(0, start - contextChars), start)
  const last = lastOf(before, words)
  return last >= 0 && last > lastOf(before, otherWords)
}

function misnamed(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 20), start)
  const last = lastOf(before, otherWords)
  return last >= 0 && /^[\s.:#,no]*$/i.test(before.slice(last).replace(/^[\p{L}\d.]+/u, '')) &&
    lastOf(before, phoneWords) < last
}

function lastOf(text: string, words: RegExp): number {
  let last = -1
  for (const match of text.matchAll(words)) last = match.index
  return last
}

type Stretch = { readonly from: number; readonly text: string }

/** Where digits are dense enough for a number of any kind, with a few characters before and after. */
function numeric(text: string): Stretch[] {
  const found: Stretch[] = []
  for (const match of text.matchAll(/\d[\d ().\-/]{7,}/g)) {
    if ((match[0].match(/\d/g)?.length ?? 0) < 9) continue
    const from = Math.max(0, match.index - 4)
    found.push({ from, text: text.slice(from, match.index + match[0].length + 8) })
  }
  return found
}

function* matches(
  stretches: readonly Stretch[],
  pattern: RegExp,
): Generator<{ start: number; match: RegExpMatchArray }> {
  for (const { from, text } of stretches) {
    for (const match of text.matchAll(pattern)) yield { start: from + match.index, match }
  }
}

// Telephone

const northAmerican =
  /(?<![\p{L}\d]|[\d$€£][.,\-]|\d \(?)(?:\+?1[ .\-]{0,2})?(?:\([2-9]\d{2}\)|[2-9]\d{2})([ .\-]{0,3})[2-9]\d{2}([ .\-]{0,3})\d{4}(?![\p{L}\d]|[.\-,]\d|-\p{L})/gu
const international =
  /(?<![\p{L}\d+.\-])(?:\+|00)[1-9]\d{0,2}(?:[ .\-/]{0,2}(?:\(\d{1,4}\)|\d{1,5})){1,8}(?![\p{L}\d])/gu

function phones(text: string, stretches: readonly Stretch[]): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = []
  for (const { start, match: [number] } of matches(stretches, international)) {
    const digits = number.replace(/\D/g, '').replace(number.startsWith('+') ? '' : /^00/, '')
    if (!isInternational(digits)) continue
    if (!number.startsWith('+') && !/[ .\-/]/.test(number) && !named(text, start, phoneWords)) continue
    found.push({ start, end: start + number.length })
  }
  const others: PiiSpan[] = found.map((span) => ({ kind: 'phone', ...span }))
  let last = -1000
  for (const { start, match: [number, first = '', second = ''] } of matches(stretches, northAmerican)) {
    const span = { start, end: start + number.length }
    if (overlaps(others, { kind: 'phone', ...span })) continue
    const digits = number.replace(/\D/g, '').replace(/^1(?=\d{10})/, '')
    if (!isNorthAmerican(digits) || misnamed(text, start)) continue
    const plain = !/[(+]/.test(number) && !/[.\-]/.test(first + second)
    if (plain && start - last > 24 && !named(text, start, phoneWords)) continue
    last = span.end
    found.push(span)
  }
  return found.sort((a, b) => a.start - b.start)
}

/** Area code and exchange as the North American plan has them: no N11, no area N9X. */
function isNorthAmerican(digits: string): boolean {
  return /^[2-9](?!11)[0-8]\d[2-9](?!11)\d{6}$/.test(digits)
}

/** Whether a number with its calling code, of which none begins with another, satisfies the plan of a country. */
export function isInternational(digits: string): boolean {
  if (digits.startsWith('1')) return isNorthAmerican(digits.slice(1))
  if (digits.length < 8 || digits.length > 15) return false
  return [1, 2, 3].some((length) => {
    const national = digits.slice(length)
    const plan = nationalNumbers.get(digits.slice(0, length))
    // People also write the zero that is dialled within a country.
    return plan !== undefined && (plan.test(national) || plan.test(national.replace(/^0/, '')))
  })
}

// Social security number

const ssn =
  /(?<![\p{L}\d]|[\d$€£][.,\-])(?!000|666|9)\d{3}([- ]?)(?!00)\d{2}\1(?!0000)\d{4}(?![\p{L}\d]|[.,\-]\d|-\p{L})/gu

function* ssns(text: string, stretches: readonly Stretch[]): Generator<{ start: number; end: number }> {
  for (const { start, match } of matches(stretches, ssn)) {
    const certain = match[1] === '-' ? !misnamed(text, start) : named(text, start, ssnWords)
    if (certain) yield { start, end: start + match[0].length }
  }
}

// Payment card

const card =
  /(?<![\p{L}\d]|\d[.,\-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|3\d{3}([ -])\d{6}\2\d{4,5})(?![\p{L}\d]|[ -]\d{4}(?!\d)|\.\d)/gu

function* cards(text: string, stretches: readonly Stretch[]): Generator<{ start: number; end: number }> {
  for (const { start, match } of matches(stretches, card)) {
    const digits = match[0].replace(/\D/g, '')
    const certainty = brand(digits)
    if (!certainty || !luhn.default(digits)) continue
    const grouped = digits.length < match[0].length
    if (certainty === 'word' && !grouped && !named(text, start, cardWords)) continue
    yield { start, end: start + match[0].length }
  }
}

/** Whether an issuer has such numbers; 'word' for lengths that article numbers have too: these need a word before them. */
function brand(digits: string): 'yes' | 'word' | null {
  const { length } = digits
  const first = Number(digits.slice(0, 4))
  if (digits.startsWith('4')) return length === 16 || length === 19 ? 'yes' : length === 13 ? 'word' : null
  if (length === 15) return /^3[47]/.test(digits) ? 'yes' : null
  if (length === 14) return /^(?:30[0-5]|3[689])/.test(digits) ? 'word' : null
  if (length === 16 && ((first >= 5100 && first <= 5599) || (first >= 2221 && first <= 2720))) return 'yes'
  if (length < 16) return null
  if (/^(?:6011|64[4-9]|65|62)/.test(digits) || (first >= 3528 && first <= 3589)) return 'yes'
  return null
}

// IBAN

/** No country has longer IBANs. */
export const maxIbanChars = 34
const countries: ReadonlySet<string> = new Set(iban.locales)

/** Whether a text that begins like this may be an IBAN. */
export function isCountry(start: string): boolean {
  return countries.has(start.slice(0, 2).toUpperCase())
}

function* ibans(text: string): Generator<{ start: number; end: number }> {
  for (const match of text.matchAll(/[a-z]{2}\d{2}(?=[ -]?[a-z\d])/gi)) {
    const start = match.index
    if (!isCountry(match[0]) || isLetter(text.charAt(start - 1))) continue
    const end = ibanEnd(text, start)
    if (end) yield { start, end }
  }
}

/** The end of the longest run of groups with valid check digits. */
function ibanEnd(text: string, start: number): number | null {
  let compact = ''
  let found: number | null = null
  for (let at = start; compact.length < maxIbanChars && at < text.length; at += 1) {
    const c = text.charAt(at)
    if (/[a-z\d]/i.test(c)) {
      compact += c
      if (compact.length >= 15 && !isLetter(text.charAt(at + 1)) && iban.default(compact)) found = at + 1
    } else if (!/[ -]/.test(c) || !/[a-z\d]/i.test(text.charAt(at - 1))) break
  }
  return found
}

function isLetter(c: string): boolean {
  return /[\p{L}\d]/u.test(c)
}
