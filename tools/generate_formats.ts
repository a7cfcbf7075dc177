/** Writes the table of formats in docs/reference/extraction.md from the notes beside the readers. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultLimits, formatNotes, type Limits } from '../functions/_lib/extract/mod.ts'
import { root } from '../stack/options.ts'

/** The page with the table. */
export const formatsFile = join(root, 'docs', 'reference', 'extraction.md')

const begin = '<!-- The table is written by tools/generate_formats.ts. -->'
const end = '<!-- The table ends here. -->'

/** What each limit counts; the others are sizes. */
const units: Partial<Record<keyof Limits, string>> = {
  pages: 'pages',
  sheets: 'sheets',
  slides: 'slides or chapters',
  repeatedCells: 'repeated cells',
  mails: 'messages',
  attachments: 'attachments',
  columns: 'columns',
  endpoints: 'endpoints',
  yamlAliases: 'times what aliases repeat',
  keys: 'columns',
  depth: 'levels',
  lineChars: 'characters of a line',
  entryChars: 'characters of an entry',
}

function limitOf(key: keyof Limits): string {
  const value = defaultLimits[key]
  const unit = units[key]
  if (unit !== undefined) return `${value.toLocaleString('en')} ${unit}`
  return value >= 1024 * 1024 ? `${value / 1024 / 1024} MiB` : `${value / 1024} KiB`
}

/** The page as it should be. */
export async function renderFormats(): Promise<string> {
  const page = await readFile(formatsFile, 'utf8')
  const rows = formatNotes.map(({ name, result, omitted, held, limits }) => {
    const sizes = [...new Set(limits.map(limitOf))].join(', ')
    return `| ${[name, result, omitted, held ?? '', sizes].join(' | ')} |`
  })
  const head = '| Format | Result | Not read | Read as | Limits |\n| - | - | - | - | - |'
  const [before, , after] = split(page)
  return await formatted(`${before}${begin}\n\n${[head, ...rows].join('\n')}\n\n${end}${after}`)
}

function split(page: string): [string, string, string] {
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${formatsFile} has no place for the table of formats.`)
  return [page.slice(0, from), page.slice(from, to), page.slice(to + end.length)]
}

/** Formats the page like `deno fmt`, so that a test can compare it with the file. */
async function formatted(page: string): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ['fmt', '--ext=md', '-'],
    cwd: root,
    stdin: 'piped',
    stdout: 'piped',
  }).spawn()
  const writer = process.stdin.getWriter()
  await writer.write(new TextEncoder().encode(page))
  await writer.close()
  return new TextDecoder().decode((await process.output()).stdout)
}
