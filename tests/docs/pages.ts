/** The code blocks of the documentation, as programs whose lines have the numbers that they have on their page. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A fenced block. */
export type Block = {
  language: string
  /** Of the fence; the code begins on the next line. */
  line: number
  code: string
}

export type Page = {
  /** From the root of the repository. */
  path: string
  blocks: Block[]
}

/** README.md and every page below docs/. */
export async function readPages(root: string): Promise<Page[]> {
  const files = (await readdir(join(root, 'docs'), { recursive: true })).filter((file) =>
    file.endsWith('.md')
  )
  const paths = ['README.md', ...files.map((file) => join('docs', file)).sort()]
  return await Promise.all(
    paths.map(async (path) => ({ path, blocks: blocksOf(await readFile(join(root, path), 'utf8')) })),
  )
}

/** The blocks of a page, without the indentation of a list that they are in. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  let open: { block: Block; indent: number } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^( *)```(.*)$/.exec(line)
    if (open && fence) {
      blocks.push(open.block)
      open = undefined
    } else if (open) open.block.code += `${line.slice(open.indent)}\n`
    else if (fence) {
      const [, indent = '', language = ''] = fence
      open = { block: { language, line: index + 1, code: '' }, indent: indent.length }
    }
  }
  return blocks
}

/** One program of several blocks of a page, top to bottom. `start` is its first line, where every page has its title. */
export function programOf(blocks: readonly Block[], start: string): string {
  const lines = [start]
  for (const { line, code } of blocks) {
    while (lines.length < line) lines.push('')
    lines.push(...code.trimEnd().split('\n'))
  }
  return `${lines.join('\n')}\n`
}

/** What a page says is refused, by line: `// 409, PT409`. */
export function refusalsOf(program: string): { line: number; answer: string }[] {
  return program.split('\n').flatMap((text, index) =>
    [...text.matchAll(/\/\/ (4\d\d, \w+)/g)].map(([, answer = '']) => ({ line: index + 1, answer }))
  )
}
