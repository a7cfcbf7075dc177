/** The guard of a turn: it also looks at what the model reads and uses besides the question. */
import type { Tool, ToolSet } from 'ai'
import { Guard } from '../model/guard.ts'
import type { FoundPassage } from '../model/sources.ts'
import { ToolError } from '../tools/context.ts'
import type { FileContent } from './attachments.ts'
import { quoteToolAnswer } from './quotation.ts'
import type { Turn } from './turn.ts'

export class TurnGuard extends Guard {
  /** Passages that the model may read. */
  passages(passages: readonly FoundPassage[]): FoundPassage[] {
    return passages.filter(({ title, section = null, text, chunk_id }) =>
      this.passes([title, section, text].filter(Boolean).join('\n'), 'passage', chunk_id)
    )
  }

  /** Memories that the model may read, and whether one of them looks like an instruction. */
  memories(memories: Turn['memories']): { readable: Turn['memories']; areSuspicious: boolean } {
    const checked = memories.map((memory) => {
      const text = typeof memory.content === 'string' ? memory.content : JSON.stringify(memory.content)
      return { memory, found: this.inspect(text, 'passage', ['prompt_injection'], 'memory').length > 0 }
    })
    const isBlocking = this.actionOf('prompt_injection') === 'block'
    return {
      readable: checked.flatMap(({ memory, found }) => found && isBlocking ? [] : [memory]),
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

  #guarded(name: string, tool: Tool): Tool {
    const { execute } = tool
    if (!execute) return tool
    return {
      ...tool,
      toModelOutput: ({ output }: { output: unknown }) => ({ type: 'text', value: quoteToolAnswer(output) }),
      execute: async (input: unknown, options: Parameters<typeof execute>[1]) => {
        const output = await execute(input, options)
        if (this.passes(JSON.stringify(output) ?? '', 'tool', name)) return output
        throw new ToolError(
          'The output of the tool was withheld: it contains instructions for the assistant.',
        )
      },
    } as Tool
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
