/**
 * Text of others within a prompt: documents, files, memories, answers of tools. It is data, so it stands between tags
 * that it cannot close, or on one line as a JSON string that it cannot end. `private.quote` and `private.quote_line` do
 * the same in the database.
 */

/** Tags of all quotations: a quotation contains the closing tag of none. */
const tags = [
  'passage',
  'file',
  'file_names',
  'memory',
  'summary',
  'said',
  'tool_answer',
  'user_\\w+',
  'project_\\w+',
]
const closing = new RegExp(`<(?=[\\s\\p{Cf}]*/[\\s\\p{Cf}]*(?:${tags.join('|')}))`, 'giu')

/** Text between tags, which the text itself cannot close. Attributes without a value are left out. */
export function quote(
  tag: string,
  text: string,
  attributes: Readonly<Record<string, string | null | undefined>> = {},
): string {
  const given = Object.entries(attributes).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [` ${name}=${quoteLine(value)}`]
  )
  return `<${tag}${given.join('')}>\n${text.replace(closing, '&lt;')}\n</${tag}>`
}

/** Text as a JSON string without line breaks, also of Unicode, and without tags. */
export function quoteLine(text: string): string {
  return JSON.stringify(text).replace(
    /[<>\p{Cc}\p{Zl}\p{Zp}]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** What a tool returned, as the model reads it. */
export function quoteToolAnswer(output: unknown): string {
  return quote('tool_answer', typeof output === 'string' ? output : JSON.stringify(output) ?? 'null')
}
