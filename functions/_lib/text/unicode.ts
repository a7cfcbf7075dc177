/** Text that Postgres and browsers can take: whole characters, no NUL. */

const nul = /\0/g
const beyondAscii = /[^\0-\x7f]/

/** Without NUL and lone surrogates, in Unicode NFC: neither `text` nor `jsonb` of Postgres takes them. */
export function cleanText(text: string): string {
  let clean = text.includes('\0') ? text.replace(nul, '') : text
  if (!beyondAscii.test(clean)) return clean
  if (!clean.isWellFormed()) {
    clean = clean.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '')
  }
  return clean.normalize('NFC')
}

/** The first `maxLength` UTF-16 units, never half of a surrogate pair. */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const end = /[\ud800-\udbff]/.test(text.charAt(maxLength - 1)) ? maxLength - 1 : maxLength
  return text.slice(0, end)
}

/** White space, line breaks included, as single spaces; none at the ends. */
export function collapseSpace(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
