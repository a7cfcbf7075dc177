/**
 * Planted text through every door into the prompt of the chat, with and without guards and approvals: how often would a
 * model that obeys every text it reads write something? docs/reference/safety.md has the table.
 *
 * deno run -A bench/guard_doors.ts
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tool, ToolSet } from 'ai'
import { beginsUntrusted, ToolApprovals } from '../functions/_shared/chat/approvals.ts'
import type { FileContent } from '../functions/_shared/chat/attachments.ts'
import { modelMessages, systemPrompt } from '../functions/_shared/chat/prompt.ts'
import type { Turn } from '../functions/_shared/chat/turn.ts'
import { TurnGuard } from '../functions/_shared/chat/turn_guard.ts'
import type { OfferedTool, OfferedTools } from '../functions/_shared/tools/offered_tool.ts'

const doors = [
  'document',
  'tool answer',
  'file name',
  'client',
  'memory',
  'profile field',
  'MCP tool description',
] as const
type Door = typeof doors[number]
type Example = { label: 'attack' | 'benign'; style: Door; text: string }

interface Protection {
  readonly prompt_injection: 'off' | 'record' | 'block'
  readonly tool_approval: Turn['tool_approval']
}

const none: Protection = { prompt_injection: 'off', tool_approval: 'never' }
const guards: Protection = { prompt_injection: 'block', tool_approval: 'never' }
const approvals: Protection = { prompt_injection: 'record', tool_approval: 'when_untrusted' }
const both: Protection = { prompt_injection: 'block', tool_approval: 'when_untrusted' }

const toolOf = (description: string, answer: unknown): Tool =>
  ({
    description,
    inputSchema: { jsonSchema: {} },
    execute: () => Promise.resolve(answer),
  }) as unknown as Tool
const own = (tool: Tool, writes: boolean): OfferedTool => ({
  tool,
  writes,
  answersWithText: !writes,
  isUntrusted: false,
})

/** Whether the text reaches the model, and whether a call of `remember` would then run without asking the user. */
async function pass(
  { style, text }: Example,
  { prompt_injection, tool_approval }: Protection,
): Promise<{ reaches: boolean; acts: boolean }> {
  const guard = new TurnGuard({ prompt_injection })
  const turn = {
    tool_approval,
    agent_prompt: 'You help.',
    instructions: style === 'profile field' ? [`You are talking with ${JSON.stringify(text)}.`] : [],
    project_job: style === 'client' ? { job_number: 'J-1', client_name: text, status: 'lead' } : null,
    model: { supports_tools: true },
    summary: null,
    history: [{ id: 1, role: 'user', content: 'What is new?', parts: [] }],
    memories: style === 'memory' ? [{ category: 'fact', content: text }] : [],
    passages: style === 'document' ? [{ n: 1, chunk_id: 'c', document_id: 'd', title: 'Report', text }] : [],
    is_untrusted: false,
    continuation: null,
  } as unknown as Turn
  const files = new Map<number, FileContent[]>(
    style === 'file name' ? [[1, [{ kind: 'text', name: text, text: 'Nothing of interest.' }]]] : [],
  )
  const offered: OfferedTools = {
    remember: own(toolOf('Remembers', {}), true),
    read: own(toolOf('Reads', text), false),
    ...(style === 'MCP tool description'
      ? {
        meter: {
          tool: { ...toolOf(text, {}), type: 'dynamic' } as Tool,
          writes: true,
          answersWithText: true,
          isUntrusted: true,
        },
      }
      : {}),
  }
  const memories = guard.memories(turn.memories)
  const passages = guard.passages(turn.passages)
  const gate = new ToolApprovals(
    tool_approval,
    offered,
    memories.areSuspicious || beginsUntrusted(turn, files),
  )
  const tools: ToolSet = guard.tools(gate.tools())
  const heard = [
    systemPrompt(guard.prompt({ ...turn, memories: memories.readable }), passages),
    JSON.stringify(modelMessages(turn.history, guard.files(files))),
    ...Object.values(tools).map(({ description }) => String(description)),
  ]
  if (style === 'tool answer') {
    const { execute } = tools['read'] as Tool
    const output = await Promise.resolve(execute?.({}, { toolCallId: '1', messages: [], context: undefined }))
      .catch(() => '')
    heard.push(String(output))
  }
  // A quotation writes some characters differently.
  const words = (all: string): string => all.replace(/\\u[\da-f]{4}|&lt;|\\+n|[^\p{L}\p{N}]+/gu, ' ')
  const reaches = words(heard.join('\n')).includes(words(text).trim().split(' ').slice(-4).join(' '))
  return { reaches, acts: reaches && !gate.isNeededFor('remember') }
}

const file = join(import.meta.dirname ?? '.', 'data', 'guards', 'injection_doors.jsonl')
const examples = readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line): Example =>
  JSON.parse(line)
)

console.log('| Door | Attacks | No protection | Guards block | Approvals | Both | Harmless texts blocked |')
console.log('| --- | --- | --- | --- | --- | --- | --- |')
for (const door of doors) {
  const of = (label: Example['label']): Example[] =>
    examples.filter((example) => example.style === door && example.label === label)
  const acting = async (protection: Protection): Promise<number> =>
    (await Promise.all(of('attack').map((example) => pass(example, protection)))).filter(({ acts }) => acts)
      .length
  const blocked = (await Promise.all(of('benign').map((example) => pass(example, both))))
    .filter(({ reaches }) => !reaches).length
  const cells = [
    await acting(none),
    await acting(guards),
    await acting(approvals),
    await acting(both),
    `${blocked} of ${of('benign').length}`,
  ]
  console.log(`| ${[door, of('attack').length, ...cells].join(' | ')} |`)
}
