/** docs/reference/permissions.md: who may do what, in words, from the rules that the access matrix tries. `npm run types` writes it. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type postgres from 'postgres'
import { root } from '../stack/options.ts'
import {
  accessRules,
  type Role,
  roles,
  type Rule,
  type Rules,
  type TableRules,
} from '../tests/database/access_rules.ts'

export const permissionsFile = join(root, 'docs', 'reference', 'permissions.md')

/** What some rules are about, in the words of the file they are in. */
type Domain = { title: string; rules: Rules }

/** A function that asks for a role; its comment begins with whom it is for. */
type Step = { name: string; role: string; what: string }

export async function renderPermissions(sql: postgres.Sql): Promise<string> {
  const domains = await readDomains()
  const steps = await readSteps(sql)
  return await format([
    '# Who may do what',
    'Everybody belongs to a company as employee, manager or admin, and each role may do what the one before it may. The' +
    ' database decides, row by row, from the membership of the moment: no client, function or key of a browser gets' +
    ' around it. Whoever does not belong to a company finds nothing of it, and is not told that it exists.',
    'Whoever is not signed in may do nothing. A server that holds a secret key may do everything that the rules of the' +
    ' data leave open: it takes a job no forbidden way either.',
    '<!-- Written by npm run types from the rules in tests/database/access_rules/, which the tests try one by one. -->',
    ...domains.flatMap((domain) => renderDomain(domain)),
    ...renderSteps(steps),
  ].join('\n\n'))
}

function renderDomain({ title, rules }: Domain): string[] {
  const tables = Object.entries(rules)
  const ofKind = (kind: TableRules['kind']): [string, TableRules][] =>
    tables.filter(([, rule]) => rule.kind === kind)
  const [company, personal, catalogue] = [ofKind('workspace'), ofKind('personal'), ofKind('catalogue')]
  return [
    `## ${title}`,
    ...company.length === 0 ? [] : [table(
      ['What', 'Employee', 'Manager', 'Admin', 'In words'],
      company.map(([name, rule]) => [label(name), ...roles.map((role) => allowed(rule, role)), rule.summary]),
    )],
    ...personal.length === 0 ? [] : [table(
      ['Personal', 'Its owner', 'Anybody else', 'In words'],
      personal.map(([name, rule]) => [label(name), allowed(rule, 'owner'), 'nothing', rule.summary]),
    )],
    ...catalogue.length === 0 ? [] : [table(
      ['For all', 'Everybody who is signed in', 'In words'],
      catalogue.map(([name, rule]) => [label(name), allowed(rule, 'everyone'), rule.summary]),
    )],
  ]
}

function renderSteps(steps: Step[]): string[] {
  return [
    '## Steps that are functions',
    'Some things are done by calling a function, which asks for the role itself. The others are for everybody.',
    table(
      ['Function', 'From', 'What it does'],
      steps.map(({ name, role, what }) => [`\`${name}\``, role, what]),
    ),
  ]
}

const verbs = [['select', 'see'], ['insert', 'add'], ['update', 'edit'], ['delete', 'delete']] as const

/** What somebody may do, for example `see, add, edit their own`. */
function allowed(rules: TableRules, who: Role | 'owner' | 'everyone'): string {
  const words = verbs.flatMap(([command, verb]) => {
    const whose = reach(rules[command], who)
    if (whose === null) return []
    return whose === '' ? [verb] : [command === 'insert' ? `${verb} as themselves` : `${verb} ${whose}`]
  })
  return words.join(', ') || 'nothing'
}

/** Whose rows: '' where that needs no saying, null where none. */
function reach(rule: Rule, who: Role | 'owner' | 'everyone'): '' | 'their own' | 'all' | null {
  if (rule === 'nobody') return null
  if (rule === 'everyone' || who === 'everyone') return rule === 'everyone' ? '' : null
  if (who === 'owner') return rule === 'owner' ? '' : null
  if (rule === 'owner') return 'their own'
  const atLeast = (least: Role): boolean => roles.indexOf(who) >= roles.indexOf(least)
  if (typeof rule === 'string') return atLeast(rule) ? '' : null
  return atLeast(rule.others) ? 'all' : atLeast(rule.own) ? 'their own' : null
}

/** business.labor_entries is `Labor entries`. */
function label(name: string): string {
  const words = name.slice(name.indexOf('.') + 1).replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Every file of rules begins with what they are about, in one sentence. */
async function readDomains(): Promise<Domain[]> {
  const folder = join(root, 'tests', 'database', 'access_rules')
  const place = Object.keys(accessRules)
  const domains = await Promise.all(
    (await readdir(folder)).map(async (file) => {
      const title = /^\/\*\* (.+?)\.? \*\/$/m.exec(await readFile(join(folder, file), 'utf8'))?.[1]
      if (!title) throw new Error(`access_rules/${file} does not begin with what its rules are about`)
      const [rules] = Object.values(await import(join(folder, file))) as Rules[]
      return { title, rules: rules ?? {} }
    }),
  )
  const listed = new Set(domains.flatMap(({ rules }) => Object.keys(rules)))
  const missing = place.filter((name) => !listed.has(name))
  if (missing.length > 0) throw new Error(`no file in access_rules/ has rules for ${missing.join(', ')}`)
  const first = ({ rules }: Domain): number => place.indexOf(Object.keys(rules)[0] ?? '')
  return domains.filter((domain) => first(domain) >= 0).sort((a, b) => first(a) - first(b))
}

async function readSteps(sql: postgres.Sql): Promise<Step[]> {
  const rows = await sql<{ name: string; comment: string }[]>`
    select p.proname as name, obj_description(p.oid, 'pg_proc') as comment
    from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
    where n.nspname in ('public', 'business', 'dashboard', 'studio') and has_function_privilege('authenticated', p.oid, 'execute')
      and obj_description(p.oid, 'pg_proc') is not null
    order by array_position(array['public', 'business', 'dashboard', 'studio'], n.nspname::text), p.proname`
  return rows.flatMap(({ name, comment }) => {
    // Its first sentence; what follows is for programs.
    const [, role, what] = /^(Manager|Admin)s: (.+?)(?:\.\s|\.?$)/.exec(comment) ?? []
    return role && what ? [{ name, role: role.toLowerCase(), what }] : []
  })
}

/** As deno fmt would have it, so that the page can be compared. */
async function format(text: string): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ['fmt', '--ext=md', '-'],
    cwd: root,
    stdin: 'piped',
    stdout: 'piped',
    stderr: 'piped',
  }).spawn()
  const input = process.stdin.getWriter()
  await input.write(new TextEncoder().encode(text))
  await input.close()
  const { success, stdout, stderr } = await process.output()
  const decoder = new TextDecoder()
  if (!success) throw new Error(decoder.decode(stderr))
  return decoder.decode(stdout)
}
