/**
 * Checks the documentation: every relative link and anchor of a Markdown file, every path of the repository in inline code,
 * and every page of docs/ that a comment names must exist.
 *
 * Usage: deno run --allow-read tools/check_links.ts [path …]    Without paths, the whole repository. Exit code 1 on a dead link.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, join, normalize } from 'node:path'
import { listFiles, type Prose, proseOfMarkdown, readProse } from './prose.ts'

/** Folders whose paths in inline code are checked. */
const folders = /^(?:\.ci|\.github|bench|docs|functions|migrations|seed|stack|supabase|tests|tools|types)\//

/** Paths with a placeholder, files that a reader creates, and the objects that CONTRIBUTING adds. */
const example = /[<>{}…]|^functions\/\.env$|AANN|\bequipment|\becho\b|\becho_test/

/** Every dead link below the paths, as `file:line: reason`. */
export async function deadLinks(root: string, paths: readonly string[]): Promise<string[]> {
  const anchors = new Map<string, Set<string>>()
  const hasAnchor = async (file: string, anchor: string): Promise<boolean> => {
    const known = anchors.get(file) ?? anchorsOf(await readFile(join(root, file), 'utf8'))
    anchors.set(file, known)
    return known.has(anchor)
  }
  const found: string[] = []
  for (const file of await listFiles(root, paths, ['.md', '.ts', '.mjs', '.sql'])) {
    const source = extname(file) === '.md'
      ? linksOf(await readFile(join(root, file), 'utf8'))
      : pagesIn(await readProse(join(root, file)), extname(file))
    for (const { line, target } of source) {
      const [path = '', anchor] = target.split('#')
      const page = target.startsWith('/')
        ? path.slice(1)
        : normalize(path === '' ? file : join(dirname(file), path))
      const reason = !present(root, page)
        ? `${page} does not exist`
        : anchor !== undefined && extname(page) === '.md' && !await hasAnchor(page, anchor)
        ? `${page} has no heading #${anchor}`
        : null
      if (reason) found.push(`${file}:${line}: ${reason}`)
    }
  }
  return found
}

/** The pages of docs/ that comments name, in SQL also those of `comment on`. */
function pagesIn(prose: readonly Prose[], extension: string): Link[] {
  return prose.filter(({ isLiteral }) => !isLiteral || extension === '.sql').flatMap(({ line, text }) =>
    [...text.matchAll(/\bdocs\/[\w/-]+\.md(?:#[\w-]+)?/g)].map(([target]) => ({ line, target: `/${target}` }))
  )
}

/** Whether a path exists; its last part may contain `*`. */
function present(root: string, path: string): boolean {
  const name = basename(path)
  if (!name.includes('*')) return existsSync(join(root, path))
  const pattern = new RegExp(`^${name.split('*').map((part) => part.replaceAll(/\W/g, '\\$&')).join('.*')}$`)
  const folder = join(root, dirname(path))
  return existsSync(folder) && readdirSync(folder).some((entry) => pattern.test(entry))
}

interface Link {
  readonly line: number
  /** Relative to the file, or from the root of the repository with a leading slash. */
  readonly target: string
}

/** Relative links, and paths of the repository in inline code; `*_name.sql` is a migration. */
export function linksOf(markdown: string): Link[] {
  const links = proseOfMarkdown(markdown).flatMap(({ line, text }) =>
    [...text.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]:\s+(\S+)/g)]
      .map(([, inline, reference]) => inline ?? reference ?? '')
      .filter((target) => !/^(?:[a-z]+:|\/\/)/.test(target))
      .map((target) => ({ line, target }))
  )
  const lines = markdown.split('\n')
  const paths = proseOfMarkdown(markdown).flatMap(({ line }) =>
    [...(lines[line - 1] ?? '').matchAll(/`([^`\s]+)`/g)]
      .map(([, code = '']) => code.replace(/^(?=\*_\w+\.sql$)/, 'migrations/'))
      .filter((code) => folders.test(code) && !example.test(code))
      .map((code) => ({ line, target: `/${code}` }))
  )
  return [...links, ...paths].sort((a, b) => a.line - b.line)
}

/** The anchors of a page as GitHub makes them from its headings. */
export function anchorsOf(markdown: string): Set<string> {
  const used = new Map<string, number>()
  const anchors = new Set<string>()
  let fenced = false
  for (const line of markdown.split('\n')) {
    if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced
    const heading = fenced ? undefined : /^#{1,6}\s+(.+?)\s*#*$/.exec(line)?.[1]
    if (heading === undefined) continue
    const name = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')
    const count = used.get(name) ?? 0
    used.set(name, count + 1)
    anchors.add(count === 0 ? name : `${name}-${count}`)
  }
  return anchors
}

if (import.meta.main) {
  const root = join(import.meta.dirname ?? '.', '..')
  const paths = Deno.args.length > 0 ? Deno.args : ['.']
  for (const path of paths) statSync(join(root, path))
  const dead = await deadLinks(root, paths)
  for (const line of dead) console.error(line)
  console.log(dead.length === 0 ? 'No dead links.' : `${dead.length} dead links.`)
  if (dead.length > 0) Deno.exit(1)
}
