/** Logs in XML, as a stream. */
import { truncate } from '../../../text/mod.ts'
import type { SourceFile, XmlLogMap } from '../../file.ts'
import { localName, Sax, type SaxHandler } from '../../input/sax.ts'
import type { Limits } from '../../limits.ts'
import { type RawPart, warning } from '../../parts.ts'
import { eventsOf, xmlDocument } from '../xml/events.ts'
import { entryPart } from './entry.ts'
import { aliases, type LogFields } from './fields.ts'
import { find, flatten, type Node, parsePaths, type Step } from './xml_paths.ts'

const entryNames = ['entry', 'log', 'event', 'record', 'logentry', 'log_entry', 'log-entry']
const fieldNames = ['ts', 'level', 'code', 'component', 'message'] as const
type FieldName = typeof fieldNames[number]
type FieldPaths = Readonly<Record<FieldName, readonly Step[][]>>

/** How many leaves show that a file has no entries. */
const maxHeldLeaves = 1_000

/**
 * Entries are the elements that the map names, else those called `entry`, `log` and the like. In a file without any,
 * every leaf is a message, with the name of its element as the component.
 */
export async function* readXmlLog(file: SourceFile): AsyncGenerator<RawPart> {
  const handler = new EntryReader(file.xmlLog, file.limits)
  const sax = new Sax(handler, { depth: file.limits.depth, lenient: true })
  let row = 0
  let opened = false
  for await (const fields of eventsOf(file, sax, handler.entries)) {
    if (!opened) yield xmlDocument(file, { log: true })
    opened = true
    yield entryPart(fields, row++, file.now)
  }
  if (!opened) yield xmlDocument(file, { log: true })
  for (const fields of handler.leaves) yield entryPart(fields, row++, file.now)
  if (handler.cut) {
    yield warning('lines_truncated', 'Entries over the length limit were truncated.', handler.cut)
  }
  if (sax.truncated) {
    yield warning('truncated_input', 'The file is truncated; everything before its end was read.')
  }
}

class EntryReader implements SaxHandler {
  readonly entries: LogFields[] = []
  /** Leaves of a file that has shown no entry so far. */
  readonly leaves: LogFields[] = []
  /** How many texts were truncated. */
  cut = 0
  readonly #entryPaths: readonly (readonly string[])[]
  readonly #fieldPaths: FieldPaths
  readonly #limits: Limits
  /** The elements that are open. */
  readonly #open: { readonly name: string; hasChildren: boolean; text: string }[] = []
  /** The nodes of the entry that is open, from the outermost. */
  #nodes: Node[] = []
  #chars = 0
  #anyEntry = false

  constructor(map: XmlLogMap | undefined, limits: Limits) {
    this.#entryPaths = parsePaths(map?.entry ?? '').map((steps) => steps.map((step) => step.name))
    this.#fieldPaths = fieldPathsOf(map)
    this.#limits = limits
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    const parent = this.#open.at(-1)
    if (parent) parent.hasChildren = true
    this.#open.push({ name, hasChildren: false, text: '' })
    if (this.#nodes.length === 0 && !this.#isEntry()) return
    // An entry inside of an entry is one of its own, as in `<log><entry>`.
    if (this.#nodes.length && this.#isEntry() && this.#nodes[0]?.children.length === 0) this.#nodes = []
    const node: Node = { name, attributes, text: '', children: [] }
    this.#chars += Object.values(attributes).reduce((sum, value) => sum + value.length, 20)
    if (this.#chars <= this.#limits.entryChars) this.#nodes.at(-1)?.children.push(node)
    this.#nodes.push(node)
  }

  text(text: string): void {
    const { entryChars } = this.#limits
    const element = this.#open.at(-1)
    const node = this.#nodes.at(-1)
    if (node) {
      const room = Math.max(0, entryChars - this.#chars)
      this.#chars += text.length
      node.text += truncate(text, room)
      if (text.length > room) this.cut++
    } else if (element && !this.#anyEntry) element.text = truncate(element.text + text, entryChars)
  }

  close(): void {
    const element = this.#open.pop()
    const node = this.#nodes.pop()
    if (node && this.#nodes.length === 0) {
      this.#anyEntry = true
      this.leaves.length = 0
      this.#chars = 0
      this.entries.push(fieldsOf(node, this.#fieldPaths))
    } else if (!node && element && !element.hasChildren && !this.#anyEntry && element.text.trim()) {
      this.#addLeaf(localName(element.name), element.text.trim())
    }
  }

  #addLeaf(component: string, message: string): void {
    this.leaves.push({ ts: null, level: null, code: null, component, message, attrs: null })
    // Held back until it is clear that the file has no entries.
    if (this.leaves.length >= maxHeldLeaves) this.entries.push(...this.leaves.splice(0))
  }

  #isEntry(): boolean {
    const names = this.#open.map(({ name }) => localName(name))
    if (this.#entryPaths.length) return this.#entryPaths.some((path) => endsWith(names, path))
    const name = names.at(-1)?.toLowerCase() ?? ''
    // The outermost element is the file itself, whatever it is called.
    return names.length > 1 && entryNames.includes(name)
  }
}

function endsWith(names: readonly string[], path: readonly string[]): boolean {
  const start = names.length - path.length
  return start >= 0 && path.every((name, index) => name === '*' || names[start + index] === name)
}

function fieldPathsOf(map: XmlLogMap | undefined): FieldPaths {
  const pathsOf = (name: FieldName): Step[][] => {
    const mapped = map?.fields?.[name]
    if (mapped !== undefined) return parsePaths(mapped)
    return aliases[name].flatMap((alias) => [...parsePaths(alias), ...parsePaths(`@${alias}`)])
  }
  return Object.fromEntries(fieldNames.map((name) => [name, pathsOf(name)])) as Record<FieldName, Step[][]>
}

function fieldsOf(node: Node, paths: FieldPaths): LogFields {
  const value = (name: FieldName): string | null => {
    for (const path of paths[name]) {
      const text = find(node, path)
      if (text !== null) return text
    }
    return null
  }
  const named = {
    ts: value('ts'),
    level: value('level'),
    code: value('code'),
    component: value('component'),
    message: value('message') ?? (node.text.trim() || null),
  }
  const used = new Set(Object.values(named))
  const rest: Record<string, string> = {}
  for (const [key, text] of Object.entries(node.attributes)) if (!used.has(text.trim())) rest[key] = text
  for (const child of node.children) {
    const text = flatten(child)
    if (text && !used.has(text)) rest[localName(child.name)] = text
  }
  return { ...named, attrs: Object.keys(rest).length ? rest : null }
}
