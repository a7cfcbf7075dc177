/** Formulas in prose. */
import { truncate } from '../../text/mod.ts'
import type { Finding } from './findings.ts'

/** A formula, inline or on lines of its own. */
interface Formula {
  readonly content: string
  readonly latex: string
  readonly kind: 'block' | 'inline'
}

const texPatterns: readonly [Formula['kind'], RegExp][] = [
  ['block', /\$\$([^$]{1,2000})\$\$/g],
  ['block', /\\\[([^]{1,2000}?)\\\]/g],
  ['block', /\\begin\{(?:equation|align)\*?\}([^]{1,2000}?)\\end\{(?:equation|align)\*?\}/g],
  ['inline', /\\\((.{1,500}?)\\\)/g],
  ['inline', /(?<![\w$])\$(?=\S)([^$\n]{1,200}[^$\s\\])\$(?![\w$])/g],
]

/** At most `max` formulas in TeX; with `typeset` also lines that look like one by their signs, as in a PDF. */
export function findFormulas(text: string, typeset: boolean, max: number): Formula[] {
  const formulas = new Map<string, Formula>()
  for (const [kind, pattern] of texPatterns) {
    for (const match of text.matchAll(pattern)) {
      const content = (match[1] ?? '').trim()
      // Text between two prices is not a formula.
      if (kind === 'inline' && !/[\\^_={}]/.test(content)) continue
      if (content && formulas.size < max) formulas.set(content, { content, latex: content, kind })
    }
  }
  if (!typeset) return [...formulas.values()]
  for (const line of text.split('\n')) {
    const content = line.trim()
    if (formulas.size >= max) break
    if (isMathLine(content) && !formulas.has(content)) {
      formulas.set(content, { content, latex: content, kind: 'block' })
    }
  }
  return [...formulas.values()]
}

function isMathLine(line: string): boolean {
  if (line.length < 5 || line.length > 160) return false
  const [, left = '', right = ''] = /^(.{1,40}?)\s?[=≈≤≥∝≡]\s?(.+)$/.exec(line) ?? []
  if (!left || !right || /[;{}"|]|:\/\//.test(line)) return false
  const words = line.match(/\p{L}{4,}/gu)?.length ?? 0
  const operators = right.match(/[+\-−*/^√∑∏∫π·×÷²³()]/g)?.length ?? 0
  return words <= 3 && operators >= 1 && /^[\p{L}\p{N}()\[\],.'′ _^∂∇Δ²³+\-*/·]+$/u.test(left)
}

/** The evidence for a formula and its fact. */
export function formulaFinding(
  { content, latex, kind }: Formula,
  locator: string,
  page: number | null,
): Finding {
  return {
    evidence: {
      locator,
      preview: truncate(content, 500),
      content_type: 'formula',
      coordinates: page === null ? null : { page, bbox: null },
      full_data: { page, content, latex, bbox: null, kind },
    },
    fact: { entity: 'formula', metrics: { formula: latex, kind } },
  }
}
