/** The paths of an XML log map, applied to the small tree of one entry. */
import { localName } from '../../input/sax.ts'

/** An element with what is in it. */
export interface Node {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  text: string
  readonly children: Node[]
}

/** One step of a path. */
export interface Step {
  readonly name: string
  /** At any depth below, not only among the children. */
  readonly anywhere: boolean
  readonly attribute: boolean
}

/** `a/b`, `./a`, `.//a`, `//a`, `@a`, `a/text()`, `*`; prefixes are ignored. Alternatives are separated by `|`. */
export function parsePaths(text: string): Step[][] {
  return text.split('|').map((path) => path.trim()).filter(Boolean).map((path) => {
    const steps: Step[] = []
    let anywhere = false
    for (const token of path.replace(/^\.(?=\/)/, '').replace(/\/text\(\)$/, '').split('/')) {
      if (token === '' || token === '.') {
        anywhere ||= token === '' && steps.length === 0 ? path.includes('//') : token === ''
        continue
      }
      const attribute = token.startsWith('@')
      steps.push({ name: localName(attribute ? token.slice(1) : token), anywhere, attribute })
      anywhere = false
    }
    return steps
  })
}

/** The first text that is not empty at the end of the path. */
export function find(node: Node, steps: readonly Step[]): string | null {
  const [step, ...rest] = steps
  if (!step) return node.text.trim() || null
  if (step.attribute) {
    const own = Object.entries(node.attributes).find(([key]) => localName(key) === step.name)?.[1]
    if (own?.trim()) return own.trim()
  }
  for (const child of node.children) {
    if (!step.attribute && (step.name === '*' || localName(child.name) === step.name)) {
      const value = find(child, rest)
      if (value !== null) return value
    }
    if (step.anywhere) {
      const value = find(child, steps)
      if (value !== null) return value
    }
  }
  return null
}

/** All text of an element, each part after the name of its own element. */
export function flatten(node: Node): string {
  return [node.text.trim(), ...node.children.map((child) => `${localName(child.name)}: ${flatten(child)}`)]
    .filter(Boolean).join(' ')
}
