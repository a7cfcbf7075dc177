/**
 * Plain lower-case variants of a text, as a model can read it where a filter that compares letters cannot: look-alike
 * letters, invisible characters, escapes, spaced or misspelled words, and encodings are resolved. Takes time linear in
 * the length of the text.
 */

/** One window of a text in one form. Windows overlap, so that every sentence is in one of them as a whole. */
export type Variant = {
  /** How the text was obfuscated; null as it stands. */
  readonly form: 'encoded' | 'hidden' | 'disguised' | null
  /** Words with single spaces between, without accents and formatting. */
  readonly words: string
  /** The same with lines and marks, for rules about markup. */
  readonly marks: string
}

/** Signs of obfuscation, whatever the text says. */
export type Anomaly = 'hidden_text' | 'invisible_letters' | 'mixed_alphabets'

type Variants = { readonly variants: readonly Variant[]; readonly anomalies: ReadonlySet<Anomaly> }

/** How many encodings inside one another are resolved. */
const maxDepth = 2
/** In characters, from the start of one window to the start of the next. */
const windowChars = 800
const windowStep = 600

/** Letters of other alphabets that look like Latin ones. */
const lookAlikes = new Map<string, string>([
  ...pairs('авекмнорстухіјѕһԁԛԝпиьгАВЕКМНОРСТУХІЈЅЗ', 'abekmhopctyxijshdqwnubrABEKMHOPCTYXIJS3'),
  ...pairs('ανικορτυχεηωγσΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'avikoptuxenwyoABEZHIKMNOPTYX'),
])
const smallCapitals = new Map(pairs('ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ', 'abcdefghijklmnopqrstuvwyz'))
const digitsForLetters = new Map(pairs('013457@$!', 'oieastasi'))

/** Words that attacks consist of: what a misspelled word is compared with. */
const vocabulary = [
  'ignore,ignoring,disregard,forget,override,bypass,previous,earlier,instruction,instructions,directive,directives',
  'system,prompt,reveal,repeat,restriction,restrictions,developer,guideline,guidelines,guardrails,hidden,unrestricted',
  'assistant,secret,secrets,password,passwords,pretend,jailbreak,policy,verbatim,display,disclose',
].join(',').split(',')

const edges = new Set(vocabulary.map(edgesOf))
const spellings = misspellings()

/** Every variant once. */
export function variantsOf(text: string): Variants {
  const anomalies = new Set<Anomaly>()
  const variants: Variant[] = []
  const seen = new Set<string>()
  const add = (form: Variant['form'], marks: string): void => {
    const words = wordsOf(marks)
    if (words.length === 0 || seen.has(words)) return
    seen.add(words)
    variants.push({ form, words, marks })
  }
  const visit = (text: string, form: Variant['form'], depth: number): void => {
    const hidden = hiddenText(text)
    if (hidden) {
      anomalies.add('hidden_text')
      visit(hidden, 'hidden', maxDepth)
    }
    if (hasInvisibleLetters(text)) anomalies.add('invisible_letters')
    const shown = visible(text)
    const { text: latin, mixed } = toLatin(shown)
    if (mixed >= 2) anomalies.add('mixed_alphabets')
    for (const marks of windowsOf(latin.toLowerCase())) {
      add(form, marks)
      for (const other of undisguised(marks)) add(form ?? 'disguised', other)
    }
    if (depth < maxDepth) { for (const decoded of decodings(shown)) visit(decoded, 'encoded', depth + 1) }
  }
  visit(text, null, 0)
  return { variants, anomalies }
}

function windowsOf(text: string): string[] {
  const found: string[] = []
  for (let at = 0; at === 0 || at + windowChars - windowStep < text.length; at += windowStep) {
    found.push(text.slice(at, at + windowChars))
  }
  return found
}

// Invisible characters and escapes

const invisible = /[\p{Cf}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]+/gu

function visible(text: string): string {
  // deno-lint-ignore no-control-regex
  if (/^[\u0000-\u007f]*$/.test(text)) return unescaped(text)
  const plain = text.normalize('NFKD').replace(/[\u0300-\u036f]+/g, '').normalize('NFC')
  return unescaped(plain.replace(invisible, ''))
}

/** Characters of the block "Tags" are invisible to people and read by models. Flags of regions consist of them too. */
function hiddenText(text: string): string | null {
  if (!/[\u{e0020}-\u{e007e}]/u.test(text)) return null
  const runs = text.replace(/\u{1f3f4}[\u{e0020}-\u{e007e}]{1,8}\u{e007f}/gu, '').match(
    /[\u{e0020}-\u{e007e}]{4,}/gu,
  )
  if (!runs) return null
  return runs.map((run) =>
    Array.from(run, (c) => String.fromCharCode((c.codePointAt(0) ?? 0) - 0xe0000)).join('')
  ).join('\n')
}

function hasInvisibleLetters(text: string): boolean {
  return (text.match(/[a-z][\u200b-\u200d\u2060-\u2064\ufeff]+(?=[a-z])/gi)?.length ?? 0) >= 3
}

function unescaped(text: string): string {
  if (!/[&%\\]/.test(text)) return text
  return text
    .replace(
      /&#(\d{1,7});|&#x([\da-f]{1,6});/gi,
      (all, dec, hex) => character(dec ? Number(dec) : parseInt(hex, 16)) ?? all,
    )
    .replace(/&(lt|gt|amp|quot|apos|nbsp);/gi, (_, name: string) => entities[name.toLowerCase()] ?? ' ')
    .replace(
      /\\u\{?([\da-f]{4,6})\}?|\\x([\da-f]{2})/gi,
      (all, long, short) => character(parseInt(long ?? short, 16)) ?? all,
    )
    .replace(/\\[nrt]/g, '\n')
    .replace(/(?:%[\da-f]{2})+/gi, (all) => fromBytes(bytesOfHex(all.replaceAll('%', ''))) ?? all)
}

const entities: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

/** Words that mix Latin with look-alike letters, in Latin; beside such words also those made of look-alikes alone. */
function toLatin(text: string): { text: string; mixed: number } {
  const plain = text.replace(/[ᴀ-ᴢꜰꜱǫʀʏɢʜɪʟɴʙ]/gu, (letter) => smallCapitals.get(letter) ?? letter)
  if (!/[\p{sc=Cyrillic}\p{sc=Greek}]/u.test(plain)) return { text: plain, mixed: 0 }
  let mixed = 0
  const translate = (word: string): string =>
    Array.from(word, (letter) => lookAlikes.get(letter) ?? letter).join('')
  const once = plain.replace(/[\p{L}\p{M}]+/gu, (word) => {
    if (!/[a-z]/i.test(word) || !/[\p{sc=Cyrillic}\p{sc=Greek}]/u.test(word)) return word
    const latin = translate(word)
    if (!/^[a-z]{2,}$/i.test(latin)) return word
    if (latin.length > 2) mixed += 1
    return latin
  })
  if (mixed === 0) return { text: once, mixed }
  const all = once.replace(/[\p{sc=Cyrillic}\p{sc=Greek}]+/gu, (word) => {
    const latin = translate(word)
    return /^[a-z]+$/i.test(latin) ? latin : word
  })
  return { text: all, mixed }
}

function wordsOf(marks: string): string {
  return marks
    .replace(/<\/?(?:b|i|u|s|em|strong|span|font|a|mark|small|code)(?:\s[^<>]{0,300})?>/g, '')
    .replace(/<[/!a-z][^<>]{0,300}>?|-->/g, (tag) => ` ${tag.replace(/[<>]|!--/g, ' ')} `)
    .replace(/[*~`]+/g, '')
    .replace(/[_/\\|+]+/g, ' ')
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d\u00ab\u00bb]/g, '"')
    .replace(/\s+/g, ' ')
    .trim()
}

// Words that a model still recognizes

function undisguised(marks: string): string[] {
  const found: string[] = []
  const add = (text: string): void => {
    if (text !== marks) found.push(text)
  }
  add(joinedLetters(marks))
  if (/[a-z][\d@$!]|[\d@$!][a-z]/.test(marks)) add(corrected(lettersForDigits(marks)))
  add(corrected(marks))
  add(marks.replace(/[a-z]+(?:[.\-·][a-z]+){3,}/g, (run) => run.replace(/[^a-z]/g, ' ')))
  return found
}

/** "i g n o r e", "i.g.n.o.r.e", "i-g-n-o-r-e" */
function joinedLetters(text: string): string {
  return text.replace(
    /(?<![\p{L}\d'])[a-z](?:([ .\-_·])[a-z])(?:\1[a-z])+(?![\p{L}\d'])/gu,
    (run) => run.replace(/[^a-z]/g, ''),
  )
}

function lettersForDigits(text: string): string {
  return text.replace(/[a-z\d@$!]{2,40}/g, (token) => {
    if (token === '4get') return 'forget'
    if (!/[a-z]/.test(token) || !/[\d@$]|![a-z]/.test(token)) return token
    return Array.from(token, (c) => digitsForLetters.get(c) ?? c).join('')
  })
}

/** Replaces words within one typing error of the vocabulary, or with its inner letters in another order. */
function corrected(text: string): string {
  return text.replace(/[a-z]{5,14}/g, (word) => {
    if (!edges.has(edgesOf(word))) return word
    const direct = spellings.get(word) ?? spellings.get(scrambled(word))
    if (direct) return direct
    for (const shorter of deletions(word)) {
      const known = spellings.get(shorter)
      if (known && Math.abs(known.length - word.length) <= 1) return known
    }
    return word
  })
}

/** First and last letter, which are hardly ever misspelled: they rule out most words quickly. */
function edgesOf(word: string): string {
  return word.charAt(0) + word.charAt(word.length - 1)
}

function misspellings(): Map<string, string> {
  const map = new Map<string, string>()
  for (const word of vocabulary) {
    if (word.length < 6) continue
    map.set(scrambled(word), word)
    for (const shorter of deletions(word)) {
      if (!map.has(shorter) && shorter.length >= 5) map.set(shorter, word)
    }
  }
  for (const word of vocabulary) map.set(word, word)
  return map
}

/** First and last letter, with the sorted letters between: people and models read over another order. */
function scrambled(word: string): string {
  return `${word.at(0)}#${Array.from(word.slice(1, -1)).sort().join('')}#${word.at(-1)}`
}

function deletions(word: string): string[] {
  return Array.from({ length: word.length - 1 }, (_, at) => word.slice(0, at + 1) + word.slice(at + 2))
}

// Encodings: a run of code that decodes to readable text is a variant too

function decodings(text: string): string[] {
  const found: string[] = []
  const add = (decoded: string | null): void => {
    if (decoded && isProse(decoded)) found.push(decoded)
  }
  for (const [run] of text.matchAll(/[A-Za-z\d+/_-]{20,}={0,2}/g)) {
    if (/^(?:[\da-f]{2})+$/i.test(run)) add(fromBytes(bytesOfHex(run)))
    else if (/[A-Z]/.test(run) && /[a-z]/.test(run)) add(fromBase64(run))
  }
  for (const [run] of text.matchAll(/(?:[01]{8}[ ,]?){5,}/g)) add(fromCodes(run.match(/[01]{8}/g) ?? [], 2))
  for (const [run] of text.matchAll(/(?:\d{2,3}[ ,]{1,2}){7,}\d{2,3}/g)) {
    add(fromCodes(run.match(/\d+/g) ?? [], 10))
  }
  for (const [run] of text.matchAll(/(?:\b[\da-f]{2}[ ,]){7,}[\da-f]{2}\b/gi)) {
    add(fromCodes(run.match(/[\da-f]{2}/gi) ?? [], 16))
  }
  for (const part of around(text, /snoitcurtsni|tpmorp|erongi|laever|dragersid|metsys|selur/gi)) {
    const reversed = Array.from(part).reverse().join('')
    found.push(reversed, reversed.split(' ').reverse().join(' '))
  }
  for (const part of around(text, /vtaber|vafgehpgvba|cebzcg|flfgrz|erirny|qvfertneq|sbetrg|ehyrf/gi)) {
    found.push(part.replace(/[a-z]/gi, (c) => {
      const base = c <= 'Z' ? 65 : 97
      return String.fromCharCode((c.charCodeAt(0) - base + 13) % 26 + base)
    }))
  }
  return found
}

/** The surroundings of a word, each once. */
function around(text: string, word: RegExp): string[] {
  const found: string[] = []
  let until = 0
  for (const { index } of text.matchAll(word)) {
    if (index < until) continue
    until = index + windowChars / 4
    found.push(text.slice(Math.max(0, index - windowChars / 4), until))
  }
  return found
}

function isProse(text: string): boolean {
  if (text.length < 8) return false
  const readable = text.match(/[\p{L}\p{M} ]/gu)?.length ?? 0
  return readable / text.length > 0.75 || /^[A-Za-z\d+/]{20,}={0,2}$/.test(text)
}

function fromBase64(run: string): string | null {
  const standard = run.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  try {
    const binary = atob(standard.slice(0, standard.length - (standard.length % 4 === 1 ? 1 : 0)))
    return fromBytes(Uint8Array.from(binary, (c) => c.charCodeAt(0)))
  } catch {
    return null
  }
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

function fromBytes(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // deno-lint-ignore no-control-regex
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? null : text
  } catch {
    return null
  }
}

function fromCodes(codes: readonly string[], radix: number): string | null {
  let text = ''
  for (const code of codes) {
    const value = parseInt(code, radix)
    if (value < 32 || value > 126) return null
    text += String.fromCharCode(value)
  }
  return text
}

function character(code: number): string | null {
  return code >= 32 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    ? String.fromCodePoint(code)
    : null
}

function pairs(from: string, to: string): [string, string][] {
  const target = Array.from(to)
  return Array.from(from, (letter, at) => [letter, target[at] ?? letter])
}
