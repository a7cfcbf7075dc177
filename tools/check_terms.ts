/**
 * Checks prose against the word list in CONVENTIONS.md: Markdown, and comments and messages of TypeScript and SQL.
 *
 * Usage: deno run --allow-read tools/check_terms.ts [--count] [path …]    Without paths, the documentation. `--count` prints
 * one number per path instead of every place. Exit code 1 if a word is found.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listFiles, type Prose, readProse } from './prose.ts'
import { type Allowance, allowances } from './terms_allowed.ts'

/** What is checked without arguments. */
export const checkedPaths: readonly string[] = [
  ...['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'CONVENTIONS.md', 'SECURITY.md'],
  ...[
    '.github',
    'docs',
    'bench',
    'seed',
    'functions',
    'migrations',
    'stack',
    'types',
    'tools',
    'tests/realtime',
    'tests/stack',
    'tests/database/access_rules',
    'tests/database/access_rules.ts',
  ],
]

/** A word of the list that must not be used. */
export interface Term {
  /** As in the list: `labour*`. */
  readonly word: string
  /** What to write instead. */
  readonly use: string
  readonly pattern: RegExp
}

/** A wrong word in a file. */
export interface Finding {
  readonly file: string
  readonly line: number
  readonly word: string
  readonly use: string
  readonly text: string
}

/** The words in backticks in the last column of the word list. */
export function termsOf(conventions: string): Term[] {
  const list = conventions.slice(conventions.indexOf('## Word list'))
  return list.split('\n').filter((line) => line.startsWith('| ')).flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim())
    const [, use = '', , wrong = ''] = cells
    return [...wrong.matchAll(/`([^`]+)`/g)].map(([, word = '']) => ({ word, use, pattern: patternOf(word) }))
  })
}

function patternOf(word: string): RegExp {
  const words = word.replace(/\*$/, '').split(' ').map((part) => part.replaceAll(/[^\w\s]/g, '\\$&'))
  return new RegExp(`(?<![\\w-])${words.join('\\s+')}${word.endsWith('*') ? '\\w*' : ''}(?![\\w-])`, 'i')
}

/** Every wrong word of a text that no exception allows. Uses that an exception allows are added to `used`. */
export function findTerms(
  file: string,
  prose: readonly Prose[],
  terms: readonly Term[],
  exceptions: readonly Allowance[] = allowances,
  used: Set<Allowance> = new Set(),
): Finding[] {
  const ofFile = exceptions.filter((exception) => exception.file.test(file))
  return prose.flatMap(({ line, text }) =>
    terms.filter(({ pattern }) => pattern.test(text)).flatMap(({ word, use }) => {
      const exception = ofFile.find(({ line: lines, words }) =>
        (lines === undefined || lines.test(text)) && (words === undefined || words.includes(word))
      )
      if (exception) used.add(exception)
      return exception ? [] : [{ file, line, word, use, text: text.trim() }]
    })
  )
}

/** Every wrong word below the paths, and exceptions for checked files that allowed nothing. */
export async function checkTerms(
  root: string,
  paths: readonly string[],
): Promise<{ findings: Finding[]; unused: Allowance[] }> {
  const terms = termsOf(await readFile(join(root, 'CONVENTIONS.md'), 'utf8'))
  const used = new Set<Allowance>()
  const files = await listFiles(root, paths, ['.md', '.ts', '.mjs', '.sql'])
  const findings = await Promise.all(
    files.map(async (file) => findTerms(file, await readProse(join(root, file)), terms, allowances, used)),
  )
  const unused = allowances.filter((one) => !used.has(one) && files.some((file) => one.file.test(file)))
  return { findings: findings.flat(), unused }
}

async function main(args: readonly string[]): Promise<boolean> {
  const root = join(import.meta.dirname ?? '.', '..')
  const given = args.filter((argument) => !argument.startsWith('--'))
  const paths = given.length > 0 ? given : checkedPaths
  if (args.includes('--count')) {
    for (const path of paths) {
      const { findings } = await checkTerms(root, [path])
      console.log(`${`${findings.length}`.padStart(6)}  ${path}`)
    }
    return true
  }
  const { findings, unused } = await checkTerms(root, paths)
  for (const { file, line, word, use, text } of findings) {
    console.error(`${file}:${line}: ${word} → ${use}\n    ${text}`)
  }
  for (const { file, reason } of unused) {
    console.error(`tools/terms_allowed.ts: ${file} is not needed: ${reason}`)
  }
  const count = findings.length + unused.length
  console.log(count === 0 ? 'The words are those of the word list.' : `${count} words to change.`)
  return count === 0
}

if (import.meta.main && !await main(Deno.args)) Deno.exit(1)
