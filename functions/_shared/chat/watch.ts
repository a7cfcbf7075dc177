/**
 * What guards find in a turn, and what a workspace wants done about it. Findings are recorded with the message they are
 * about, never what they found.
 *
 *   prompt_injection   record; block: a question is refused (by the database), a passage is left out, what a tool
 *                      answers is held back
 *   pii                record; redact: the answer reaches nobody with it, and the question is stored without it; block:
 *                      a question is refused, and answers are redacted
 */
import type { Tool, ToolSet } from 'ai'
import { type Check, inspect, redact, type Redactor, redactor } from '../guards/guards.ts'
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

  /** The same tools, with what they answer looked through before a model reads it. */
  tools(tools: ToolSet): ToolSet {
    return Object.fromEntries(
      Object.entries(tools).map(([name, tool]) => [name, this.#watched(name, tool as Tool)]),
    )
  }

  /** For each text of the answer; null where it may go out as it is. */
  redactor(): Redactor | null {
    return ['redact', 'block'].includes(this.policy['pii'] ?? '') ? redactor() : null
  }

  /** All that was found, once the answer is there. */
  findings(answer: string): Finding[] {
    const found = this.policy['pii'] === 'off' ? [] : inspect(answer, 'answer')
    return [...this.#findings, ...found.map((check): Finding => ({ ...check, where: 'answer' }))]
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
