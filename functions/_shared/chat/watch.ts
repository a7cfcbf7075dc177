/**
 * What guards find in a turn, and what a workspace wants done about it. Findings are recorded with the message they are
 * about, never what they found.
 *
 *   prompt_injection   record; block: a question is refused (by the database), a passage or a tool of a server is left
 *                      out, what a tool answers is held back
 *   pii                record; redact: the answer, with what its tools were given and answered and the sources it names,
 *                      reaches nobody with it but the model, and the question is stored without it; block: a question is
 *                      refused, and answers are redacted
 */
import type { Tool, ToolSet } from 'ai'
import {
  type Check,
  inspect,
  type PiiKind,
  redact,
  redactJson,
  type Redactor,
  redactor,
} from '../../_lib/guards/guards.ts'
import { ToolError } from '../tools/context.ts'
import type { FileContent } from './attachments.ts'
import type { Passage, Turn } from './turns.ts'

type Finding = Check & { readonly where: 'user' | 'passage' | 'tool' | 'answer'; readonly about?: string }

/** The database knows what the workspace wants done: it is told everything, and what to store instead. */
export function checkQuestion(text: string): { checks: Finding[]; redacted_content?: string } {
  const checks = inspect(text, 'user').map((check): Finding => ({ ...check, where: 'user' }))
  return {
    checks,
    ...(checks.some(({ check }) => check === 'pii') ? { redacted_content: redact(text) } : {}),
  }
}

export class Watch {
  readonly #findings: Finding[] = []
  readonly #redactors: Redactor[] = []

  constructor(private readonly policy: Turn['guard_policy']) {}

  /** Those a model may read. */
  passages(passages: readonly Passage[]): Passage[] {
    return passages.filter((passage) => this.#mayPass(passage.text, 'passage', passage.chunk_id))
  }

  /** The same for files, by message. */
  files(files: ReadonlyMap<number, readonly FileContent[]>): Map<number, FileContent[]> {
    return new Map([...files].map(([id, contents]) => [
      id,
      contents.map((file): FileContent =>
        file.kind !== 'text' || this.#mayPass(file.text, 'passage', file.name) ? file : {
          ...file,
          kind: 'note',
          text: `(The file ${file.name} was held back: it reads like instructions.)`,
        }
      ),
    ]))
  }

  /**
   * The same tools, with what they answer looked through before a model reads it. What a server says of its tools is
   * read by the model too.
   */
  tools(tools: ToolSet): ToolSet {
    return Object.fromEntries(
      Object.entries(tools)
        .filter(([name, tool]) =>
          tool.type !== 'dynamic' || this.#mayPass(wordsOf(tool as Tool), 'tool', name)
        )
        .map(([name, tool]) => [name, this.#watched(name, tool as Tool)]),
    )
  }

  /** For each text of the answer; null where it may go out as it is. */
  redactor(): Redactor | null {
    if (!this.#redacts) return null
    const own = redactor()
    this.#redactors.push(own)
    return own
  }

  /** A passage as it is shown to people: a model reads it as it stands. */
  quotation(passage: Passage): Passage {
    const { title, section = null, text } = passage
    return { ...passage, ...this.redact({ title, section, text }, 'passage') }
  }

  /** What goes out beside the text. */
  redact<T>(value: T, where: 'tool' | 'passage'): T {
    if (!this.#redacts) return value
    const kinds: Kinds = {}
    const redacted = redactJson(value, (kind) => add(kinds, kind))
    this.#findings.push(...takenOut(kinds, where))
    return redacted as T
  }

  /** All that was found, once the answer is there. */
  findings(answer: string): Finding[] {
    const found = this.policy['pii'] === 'off' ? [] : inspect(answer, 'answer')
    const taken: Kinds = {}
    for (const { kinds } of this.#redactors) {
      for (const [kind, count] of Object.entries(kinds)) add(taken, kind as PiiKind, count)
    }
    return [
      ...this.#findings,
      ...takenOut(taken, 'answer'),
      ...found.map((check): Finding => ({ ...check, where: 'answer' })),
    ]
  }

  get #redacts(): boolean {
    return ['redact', 'block'].includes(this.policy['pii'] ?? '')
  }

  #watched(name: string, tool: Tool): Tool {
    const { execute } = tool
    if (!execute) return tool
    return {
      ...tool,
      execute: async (input: unknown, options: Parameters<typeof execute>[1]) => {
        const output = await execute(input, options)
        if (this.#mayPass(JSON.stringify(output) ?? '', 'tool', name)) return output
        throw new ToolError(
          'What the tool answered was held back: it reads like instructions to the assistant.',
        )
      },
    } as Tool
  }

  #mayPass(text: string, where: 'passage' | 'tool', about: string): boolean {
    const policy = this.policy['prompt_injection'] ?? 'record'
    if (policy === 'off') return true
    const found = inspect(text, where).filter(({ check }) => check === 'prompt_injection')
    this.#findings.push(...found.map((check): Finding => ({ ...check, where, about })))
    return found.length === 0 || policy !== 'block'
  }
}

/** All that a tool is described by, in the order it stands there. */
function wordsOf({ description, inputSchema }: Tool): string {
  const schema = typeof inputSchema === 'object' && 'jsonSchema' in inputSchema
    ? inputSchema.jsonSchema
    : null
  return `${description ?? ''}\n${JSON.stringify(schema)}`
}

type Kinds = Partial<Record<PiiKind, number>>

function add(kinds: Kinds, kind: PiiKind, count = 1): void {
  kinds[kind] = (kinds[kind] ?? 0) + count
}

/** Of what was taken out there are no places left to name. */
function takenOut(kinds: Kinds, where: Finding['where']): Finding[] {
  return Object.keys(kinds).length > 0 ? [{ check: 'pii', kinds, spans: [], where }] : []
}
