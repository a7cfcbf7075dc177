/** XML as a stream: a log by a map of where it keeps what, anything else as text by its elements. */
import { asExtractionError } from './errors.ts'
import type { SourceFile, XmlLogMap } from './file.ts'
import { entry } from './log.ts'
import { aliases, type LogFields } from './log_lines.ts'
import { type JsonObject, type RawPart, warning } from './parts.ts'
import { localName, Sax, type SaxHandler } from './sax.ts'
import { Sections } from './sections.ts'

/** Text in steps small enough that what a step finds can be passed on before the next. */
async function* steps(text: AsyncIterable<string>): AsyncGenerator<string> {
  const size = 64 * 1024
  for await (const piece of text) {
    for (let at = 0; at < piece.length; at += size) yield piece.slice(at, at + size)
  }
}

function declaredEncoding(head: Uint8Array): string | undefined {
  const start = new TextDecoder('latin1').decode(head)
  return /^(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}encoding\s*=\s*["']([\w.-]{1,40})["']/.exec(start)?.[1]
}

async function* run<T>(
  file: SourceFile,
  sax: Sax,
  found: T[],
): AsyncGenerator<T> {
  const label = file.charset ?? declaredEncoding(await file.source.peek(512))
  try {
    for await (const step of steps(file.source.text(label))) {
      sax.write(step)
      yield* found.splice(0)
    }
    sax.end()
  } catch (cause) {
    throw asExtractionError(cause, 'invalid_xml', 'The file is not valid XML.')
  }
  yield* found.splice(0)
}

function head(file: SourceFile, title: string, metadata: JsonObject): RawPart {
  return {
    kind: 'document',
    title,
    type: 'xml',
    media_type: 'application/xml',
    language: null,
    page_count: null,
    metadata: { encoding: file.source.encoding, ...metadata },
  }
}

/** Text of leaves, a line each, under the element of the second level that holds it. */
export async function* readXml(file: SourceFile): AsyncGenerator<RawPart> {
  const found: ({ heading: string } | { line: string } | { root: string; language: string | null })[] = []
  const path: { name: string; text: string; children: boolean }[] = []
  const handler: SaxHandler = {
    open(name, attributes): void {
      const parent = path.at(-1)
      if (parent) {
        parent.children = true
        emit(parent)
      }
      if (path.length === 0) found.push({ root: name, language: attributes['xml:lang'] ?? null })
      path.push({ name, text: '', children: false })
      const values = Object.entries(attributes).filter(([key]) => !/^xmlns\b|^xsi:|^xml:/.test(key))
      if (path.length === 2) found.push({ heading: localName(name) })
      for (const [key, value] of values) {
        if (value.trim()) found.push({ line: `${label()} ${key}: ${value.trim()}` })
      }
    },
    close(): void {
      const element = path.at(-1)
      if (element) emit(element)
      path.pop()
    },
    text(text): void {
      const element = path.at(-1)
      if (!element) return
      element.text += text
      if (element.text.length > file.limits.sectionChars) emit(element)
    },
  }
  /** Names below the second level, which is the heading. */
  const label = (): string => path.slice(2).map(({ name }) => localName(name)).join(' ')
  const emit = (element: { text: string }): void => {
    const text = element.text.replace(/\s+/g, ' ').trim()
    element.text = ''
    if (text) found.push({ line: [label(), text].filter(Boolean).join(': ') })
  }
  const sax = new Sax(handler, { depth: file.limits.depth })
  const sections = new Sections(file.limits)
  let opened = false
  let previous = ''
  let block = ''
  for await (const event of run(file, sax, found)) {
    if ('root' in event) {
      opened = true
      yield { ...head(file, file.title, { root: event.root }), language: event.language } as RawPart
    } else if ('heading' in event) {
      yield* sections.text(block)
      block = ''
      // Records of the same kind follow each other without a heading for each.
      if (event.heading !== previous) yield* sections.heading(1, event.heading)
      previous = event.heading
    } else {
      block += `${block ? '\n' : ''}${event.line.trim()}`
      if (block.length > 4_000) {
        yield* sections.text(block)
        block = ''
      }
    }
  }
  if (!opened) yield head(file, file.title, {})
  yield* sections.text(block)
  yield* sections.flush()
}

/** A small tree of one entry. */
interface Node {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  text: string
  readonly children: Node[]
}

interface Step {
  readonly name: string
  readonly anywhere: boolean
  readonly attribute: boolean
}

/** `a/b`, `./a`, `.//a`, `//a`, `@a`, `a/text()`, `*`; prefixes are ignored. Alternatives are separated by `|`. */
function parsePaths(text: string): Step[][] {
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

function find(node: Node, steps: readonly Step[]): string | null {
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

const entryNames = ['entry', 'log', 'event', 'record', 'logentry', 'log_entry', 'log-entry']
const fieldNames = ['ts', 'level', 'code', 'component', 'message'] as const

/**
 * Entries are the elements the map names, else those called `entry`, `log` and the like. A file without any gives every
 * leaf as a message, with the name of its element as the component.
 */
export async function* readXmlLog(file: SourceFile): AsyncGenerator<RawPart> {
  const { limits, now, xmlLog } = file
  const paths = parsePaths(xmlLog?.entry ?? '').map((steps) => steps.map((step) => step.name))
  const fields = fieldPaths(xmlLog)
  const found: LogFields[] = []
  const leaves: LogFields[] = []
  const open: { name: string; children: boolean; text: string }[] = []
  let current: Node[] = []
  let chars = 0
  let cut = 0
  let anyEntry = false

  const isEntry = (): boolean => {
    const names = open.map(({ name }) => localName(name))
    if (paths.length) {
      return paths.some((path) =>
        path.length <= names.length &&
        path.every((name, index) => name === '*' || names[names.length - path.length + index] === name)
      )
    }
    const name = names.at(-1)?.toLowerCase() ?? ''
    // The outermost element is the file itself, whatever it is called.
    return names.length > 1 && entryNames.includes(name)
  }

  const handler: SaxHandler = {
    open(name, attributes): void {
      const parent = open.at(-1)
      if (parent) parent.children = true
      open.push({ name, children: false, text: '' })
      if (current.length === 0 && !isEntry()) return
      // An entry inside of an entry is one of its own, as `<log><entry>` has it.
      if (current.length && isEntry() && current[0]?.children.length === 0) current = []
      const node: Node = { name, attributes, text: '', children: [] }
      chars += Object.values(attributes).reduce((sum, value) => sum + value.length, 20)
      if (chars <= limits.entryChars) current.at(-1)?.children.push(node)
      current.push(node)
    },
    text(text): void {
      const element = open.at(-1)
      const node = current.at(-1)
      const room = Math.max(0, limits.entryChars - chars)
      if (node) {
        chars += text.length
        node.text += text.slice(0, room)
        if (text.length > room) cut++
      } else if (element && !anyEntry) element.text = (element.text + text).slice(0, limits.entryChars)
    },
    close(): void {
      const element = open.pop()
      const node = current.pop()
      if (node && current.length === 0) {
        anyEntry = true
        leaves.length = 0
        chars = 0
        found.push(toFields(node, fields))
      } else if (!node && element && !element.children && !anyEntry && element.text.trim()) {
        const message = element.text.trim()
        const leaf: LogFields = {
          ts: null,
          level: null,
          code: null,
          component: localName(element.name),
          message,
          attrs: null,
        }
        // Held back until it is clear that the file has no entries; a file of leaves alone soon shows it.
        leaves.push(leaf)
        if (leaves.length >= 1_000) found.push(...leaves.splice(0))
      }
    },
  }
  const sax = new Sax(handler, { depth: limits.depth, lenient: true })
  let row = 0
  let opened = false
  for await (const fields of run(file, sax, found)) {
    if (!opened) yield head(file, file.title, { log: true })
    opened = true
    yield entry(fields, row++, now)
  }
  if (!opened) yield head(file, file.title, { log: true })
  for (const fields of leaves) yield entry(fields, row++, now)
  if (cut) yield warning('lines_truncated', 'Entries that were too long were cut.', cut)
  if (sax.truncated) yield warning('truncated_input', 'The file ends in the middle; what was there is read.')
}

function fieldPaths(map: XmlLogMap | undefined): Record<typeof fieldNames[number], Step[][]> {
  const all = {} as Record<typeof fieldNames[number], Step[][]>
  for (const name of fieldNames) {
    const mapped = map?.fields?.[name]
    all[name] = mapped === undefined
      ? aliases[name].flatMap((alias) => [...parsePaths(alias), ...parsePaths(`@${alias}`)])
      : parsePaths(mapped)
  }
  return all
}

function toFields(node: Node, paths: Record<typeof fieldNames[number], Step[][]>): LogFields {
  const value = (name: typeof fieldNames[number]): string | null => {
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

function flatten(node: Node): string {
  return [node.text.trim(), ...node.children.map((child) => `${localName(child.name)}: ${flatten(child)}`)]
    .filter(Boolean).join(' ')
}
