/** What a connection may not do with SQL while it shares the backend with others, found in the text of a statement. */

export type Discarding = 'DISCARD ALL' | 'DEALLOCATE ALL'

const comment = String.raw`--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/`
/** What may stand before and after a statement. */
const lead = String.raw`^(?:\s|${comment})*`
const tail = String.raw`(?:[\s;]|${comment})*$`
const name = String.raw`"(?:[^"]|"")+"|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*`

const copyPattern = new RegExp(String.raw`${lead}copy\b[^;]*\bfrom\s+stdin\b`, 'i')
const preparedPattern = new RegExp(
  String
    .raw`(${lead}(?:(?:prepare(?!\s+transaction\b)|(?:explain\s+(?:\([^)]*\)\s*|analyze\s+|verbose\s+)*)?execute|deallocate(?:\s+prepare)?(?!\s+(?:prepare\s+)?all\b))\s+))(${name})(?![\w$])`,
  'i',
)
const nextPattern = new RegExp(
  String.raw`(;\s*(?:prepare|execute|deallocate)\s+)(?!all\b)(${name})(?![\w$])`,
  'gi',
)
const discardPattern = new RegExp(String.raw`${lead}discard\s+all${tail}`, 'i')
const deallocatePattern = new RegExp(String.raw`${lead}deallocate\s+(?:prepare\s+)?all${tail}`, 'i')

/** Whether SQL is one COPY FROM STDIN, whose data the client sends after it. */
export function copiesIn(sql: string): boolean {
  return copyPattern.test(sql)
}

export function isBinaryCopy(sql: string): boolean {
  return /\bformat\s+'?binary\b|\bwith\s+binary\b|\bcopy\s+binary\b/i.test(sql)
}

/** `DISCARD ALL` or `DEALLOCATE ALL` as the only statement, which would take from others what is theirs. */
export function discards(sql: string): Discarding | null {
  return discardPattern.test(sql) ? 'DISCARD ALL' : deallocatePattern.test(sql) ? 'DEALLOCATE ALL' : null
}

/** The name in `PREPARE name`; null for other statements. */
export function preparedName(sql: string): string | null {
  const [, before = '', written = ''] = preparedPattern.exec(sql) ?? []
  return /\bprepare\s+$/i.test(before) && !/\bdeallocate\b/i.test(before) ? plain(written) : null
}

/**
 * The same SQL with another name for the statement that `PREPARE`, `EXECUTE` or `DEALLOCATE` at its beginning names.
 * Where one of them comes first, those after it are changed as well.
 */
export function renamePrepared(sql: string, rename: (name: string) => string): string {
  const renamed = sql.replace(
    preparedPattern,
    (_, before: string, written: string) => before + quoted(rename(plain(written))),
  )
  // In a string or a body, the same words are data.
  if (renamed === sql || /['$]/.test(sql)) return renamed
  return renamed.replaceAll(
    nextPattern,
    (_, before: string, written: string) => before + quoted(rename(plain(written))),
  )
}

function plain(written: string): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase()
}

/** A name as SQL has it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
