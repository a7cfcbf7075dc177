/** The guard of a turn: it also looks at what the model reads and uses besides the question. */
import type { Tool, ToolSet } from 'ai'
import { chatLimits } from '../../../types/api.ts'
import { redact, redactJson } from '../../_lib/guards/mod.ts'
import { type CheckName, Guard } from '../model/guard.ts'
import type { FoundPassage } from '../model/sources.ts'
import { ToolError, toolFailureText } from '../tools/context.ts'
import type { FileContent } from './attachments.ts'
import { quoteToolAnswer } from './quotation.ts'
import type { Turn } from './turn.ts'

/** Of one message: what would take too long to check does not pass. Only messages that were added without this function are longer. */
const maxChars = chatLimits.characters
const checksOfUsers: readonly CheckName[] = ['prompt_injection', 'pii']

/**
 * Users may add messages, and begin turns with findings of their choice, without this function. So what they wrote is
 * checked where a model is about to read it, whatever is stored with it.
 */
export class TurnGuard extends Guard {
  /** The conversation as a model may read it; null where the policy blocks the question. */
  history({ history, user_message_id }: Pick<Turn, 'history' | 'user_message_id'>): Turn['history'] | null {
    const question = history.find(({ id }) => id === user_message_id)
    const checks = checksOfUsers.filter((check) => this.blocks(check))
    if (question && !this.#mayRead(question.content, checks)) return null
    return history.map((message) => {
      if (message.role !== 'user') return message
      const content = message === question ? this.#withoutPii(message.content) : this.said(message.content)
      return { ...message, content }
    })
  }

  /**
   * What the user wrote, beside the question, as a model may read it: without personal data where the policy redacts or
   * blocks it, and with a note in place of a text that the policy blocks otherwise.
   */
  said(text: string): string {
    const checks = checksOfUsers.filter((check) => check !== 'pii' && this.blocks(check))
    return this.#mayRead(text, checks) ? this.#withoutPii(text) : '(A text was withheld: a check blocks it.)'
  }

  /** The turn with what the system prompt may have of it: sections of the instructions, the job of the project, the summary. */
  prompt(turn: Turn): Turn {
    const { project_job: job, summary } = turn
    const instructions = turn.instructions.map((section) => this.blocks('pii') ? redact(section) : section)
    const words = job && [job.job_number, job.client_name].filter(Boolean).join('\n')
    return {
      ...turn,
      instructions: this.blocks('prompt_injection')
        ? instructions.filter((section) => this.passes(section, 'user', 'instructions'))
        : instructions,
      project_job: words && this.passes(words, 'passage', 'project_job') ? job : null,
      summary: summary && this.said(summary),
    }
  }

  /** The reasons of the user for decisions are text for the model. */
  continuation(continuation: Turn['continuation']): Turn['continuation'] {
    return continuation && {
      ...continuation,
      decisions: continuation.decisions.map(({ reason, ...decision }) => ({
        ...decision,
        ...(reason === undefined ? {} : { reason: this.said(reason) }),
      })),
    }
  }

  /** Passages that the model may read. */
  passages(passages: readonly FoundPassage[]): FoundPassage[] {
    return passages.filter(({ title, section = null, text, chunk_id }) =>
      this.passes([title, section, text].filter(Boolean).join('\n'), 'passage', chunk_id)
    )
  }

  /** Memories that the model may read, and whether one of them looks like an instruction. */
  memories(memories: Turn['memories']): { readable: Turn['memories']; areSuspicious: boolean } {
    const checked = memories.map(({ category, content }) => {
      const text = `${category}\n${typeof content === 'string' ? content : JSON.stringify(content)}`
      const memory = this.blocks('pii')
        ? { category: redact(category), content: redactJson(content) }
        : { category, content }
      return { memory, found: this.inspect(text, 'passage', ['prompt_injection'], 'memory').length > 0 }
    })
    return {
      readable: checked.flatMap(({ memory, found }) =>
        found && this.blocks('prompt_injection') ? [] : [memory]
      ),
      areSuspicious: checked.some(({ found }) => found),
    }
  }

  /** Files by message, with a note in place of a text or a name that the model may not read. */
  files(files: ReadonlyMap<number, readonly FileContent[]>): Map<number, FileContent[]> {
    return new Map([...files].map(([id, contents]) => [
      id,
      contents.map((file): FileContent => {
        if (!this.passes(wordsOf(file.name), 'passage', file.name)) {
          const text = '(A file was withheld: its name contains instructions for the assistant.)'
          return { name: 'file', kind: 'note', text }
        }
        return file.kind !== 'text' || this.passes(file.text, 'passage', file.name) ? file : {
          ...file,
          kind: 'note',
          text: `(The file ${file.name} was withheld: it contains instructions for the assistant.)`,
        }
      }),
    ]))
  }

  /**
   * The same tools with their output inspected and quoted before the model reads it, without those of MCP servers whose description
   * is an injection: the model reads descriptions too.
   */
  tools(tools: ToolSet): ToolSet {
    return Object.fromEntries(
      Object.entries(tools)
        .filter(([name, tool]) =>
          tool.type !== 'dynamic' || this.passes(descriptionOf(tool as Tool), 'tool', name)
        )
        .map(([name, tool]) => [name, this.#guarded(name, tool as Tool)]),
    )
  }

  /** A passage as people may see it; the model reads the original. */
  quotation(passage: FoundPassage): FoundPassage {
    const { title, section = null, text } = passage
    return { ...passage, ...this.redact({ title, section, text }, 'passage') }
  }

  #mayRead(text: string, checks: readonly CheckName[]): boolean {
    if (text.length > maxChars && (checks.length > 0 || this.redactsPii)) return false
    return checks.length === 0 || this.inspect(text, 'user', checks, 'message').length === 0
  }

  #withoutPii(text: string): string {
    return this.redactsPii ? redact(text) : text
  }

  #guarded(name: string, tool: Tool): Tool {
    const { execute } = tool
    if (!execute) return tool
    return {
      ...tool,
      toModelOutput: ({ output }: { output: unknown }) => ({ type: 'text', value: quoteToolAnswer(output) }),
      execute: async (input: unknown, options: Parameters<typeof execute>[1]) => {
        const output = await Promise.resolve(execute(input, options)).catch((cause) => {
          throw this.#failure(name, cause)
        })
        // Memories are text of the user, as the question is.
        const readable = name === 'recall' && this.blocks('pii') ? redactJson(output) : output
        if (this.passes(JSON.stringify(output) ?? '', 'tool', name)) return readable
        throw new ToolError(
          'The output of the tool was withheld: it contains instructions for the assistant.',
        )
      },
    } as Tool
  }

  /** What a server says of a failure is text of others, too. */
  #failure(name: string, cause: unknown): ToolError {
    const text = toolFailureText(cause)
    return this.passes(text, 'tool', name)
      ? new ToolError(quoteToolAnswer(text), text)
      : new ToolError('The failure of the tool was withheld: it contains instructions for the assistant.')
  }
}

/** A file name as a sentence. */
function wordsOf(name: string): string {
  return name.replace(/\.[a-z0-9]{1,5}$/i, '').replace(/[_+]+/g, ' ')
}

/** All text that describes a tool, in its order. */
function descriptionOf({ description, inputSchema }: Tool): string {
  const schema = typeof inputSchema === 'object' && 'jsonSchema' in inputSchema
    ? inputSchema.jsonSchema
    : null
  return `${description ?? ''}\n${JSON.stringify(schema)}`
}
