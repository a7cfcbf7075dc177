/** Secrets in messages of errors, which people read and messages keep. */
import { truncate } from './unicode.ts'

const shapes: readonly RegExp[] = [
  // Keys of providers and platforms, by their prefix.
  /\b(?:(?:sk|pk|rk|pl|sb|ghp|gho|ghs|github_pat|glpat|xox[abprs]|hf|npm|whsec)[-_]|AKIA|AIza)[\w*-]{4,}/g,
  // JSON Web Tokens.
  /\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g,
  // The password of an address.
  /(?<=:\/\/[^\s/:@]{0,100}:)[^\s/@]+(?=@)/g,
  /(?<=\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}/gi,
  // What is named as one, also within JSON and in the query of an address.
  /(?<=\b(?:[\w-]*(?:api[_-]?key|token|secret|password|passwd|authorization|credential))["']?\s*[=:]\s*["']?)(?!bearer\b|basic\b|\*{3})[^\s"'&,;}]{4,}/gi,
]

/** Some shapes take the square of a text, which an MCP server may make as long as it likes. */
const maxChars = 4_000

/** The beginning of a text with `***` in place of what looks like a secret, and of the known ones. */
export function withoutSecrets(text: string, known: readonly string[] = []): string {
  const named = known.filter(({ length }) => length >= 4).toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
  return shapes.reduce((rest, shape) => rest.replace(shape, '***'), truncate(named, maxChars))
}
