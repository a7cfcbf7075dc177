/**
 * A plugin of `deno lint`: texts are cut with `truncate` and `excerpt` of functions/_lib/text, which never cut within a
 * character. `slice`, `substring` and `substr` do, and half a surrogate pair is refused by databases and providers.
 * It knows texts by their declaration in the file, since a linter has no types: `: string`, a literal, or a call that
 * returns a text. Files that cut at places which are known to be between characters are listed, each with its reason.
 */

/** By the end of the path. */
export const allowed: Readonly<Record<string, string>> = {
  'functions/_lib/chunk/chunk.ts': 'Cuts where split.ts says.',
  'functions/_lib/chunk/rows.ts': 'Cuts where split.ts says.',
  'functions/_lib/chunk/split.ts':
    'Finds the places at boundaries of graphemes itself, of long texts in one pass.',
  'functions/_lib/extract/input/sax.ts':
    'Hands pieces to a parser that puts them together, and cuts at a colon.',
  'functions/_lib/extract/output/sections.ts':
    'Cuts where cutBefore says: after a space, or between code points.',
  'functions/_lib/extract/output/tables.ts': 'Cuts signs of numbers, which are ASCII.',
  'functions/_lib/extract/readers/api/refs.ts': 'Cuts at a sign of the reference.',
  'functions/_lib/extract/readers/csv.ts': 'Cuts after the line that names the delimiter.',
  'functions/_lib/extract/readers/delimiters.ts': 'A sample that is only searched.',
  'functions/_lib/extract/readers/log/lines.ts': 'The beginning of a line that is only searched.',
  'functions/_lib/extract/readers/log/time.ts': 'Cuts between digits.',
  'functions/_lib/extract/readers/markdown.ts': 'Cuts after a line break or a space.',
  'functions/_lib/extract/readers/markdown_pieces.ts': 'Cuts spaces of indentation.',
  'functions/_lib/extract/readers/office/opc.ts': 'Cuts paths at a slash.',
  'functions/_lib/extract/readers/office/xlsx_sheet.ts':
    'Keeps a little more than a cell may have; it is cut with truncate later.',
  'functions/_lib/extract/readers/pdf/flow.ts': 'Cuts a hyphen.',
  'functions/_lib/extract/readers/text.ts': 'Cuts at line breaks.',
  'functions/_lib/guards/injection/score.ts': 'Texts that are only searched.',
  'functions/_lib/guards/injection/variants.ts': 'Texts that are only searched.',
  'functions/_lib/guards/pii/find.ts': 'Texts that are only searched.',
  'functions/_lib/guards/pii/redaction.ts': 'Cuts before and after a finding, at boundaries of words.',
  'functions/_lib/extract/detect.ts': 'Looks at the beginning of a file and keeps nothing of it.',
  'functions/_lib/text/reasoning.ts': 'Cuts at tags, and holds pieces of a text that is put together again.',
  'functions/_lib/text/unicode.ts': 'truncate and excerpt themselves, which cut at boundaries of graphemes.',
  'functions/_shared/model/stream.ts': 'Holds half a character back until the other half comes.',
  'functions/_shared/tools/mcp.ts': 'Names of tools, which are ASCII.',
}

/** What the plugin reads of a node. */
interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

const cuts = new Set(['slice', 'substring', 'substr'])
const ofTexts = new Set([
  'trim',
  'trimStart',
  'trimEnd',
  'toLowerCase',
  'toUpperCase',
  'replace',
  'replaceAll',
  'join',
  'normalize',
  'padStart',
  'padEnd',
  'repeat',
  'toWellFormed',
  'charAt',
  'stringify',
])

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}

function nameOf(node: unknown): string | null {
  return isNode(node) && node.type === 'Identifier' && typeof node['name'] === 'string' ? node['name'] : null
}

/** Whether an expression is a text, as far as the file says so. */
function isText(node: unknown, known: ReadonlySet<string>): boolean {
  if (!isNode(node)) return false
  switch (node.type) {
    case 'TemplateLiteral':
      return true
    case 'Literal':
      return typeof node['value'] === 'string'
    case 'Identifier':
      return known.has(nameOf(node) ?? '')
    case 'BinaryExpression':
      return node['operator'] === '+' && (isText(node['left'], known) || isText(node['right'], known))
    case 'LogicalExpression':
      return isText(node['left'], known) || isText(node['right'], known)
    case 'CallExpression': {
      const { callee } = node
      if (!isNode(callee)) return false
      if (callee.type !== 'MemberExpression') return nameOf(callee) === 'String'
      return ofTexts.has(nameOf(callee['property']) ?? '')
    }
    default:
      return false
  }
}

const plugin: Deno.lint.Plugin = {
  name: 'plinth',
  rules: {
    'no-text-slice': {
      create(context): Deno.lint.LintVisitor {
        const path = context.filename.replaceAll('\\', '/')
        const isChecked = /\/(functions|types)\//.test(path) && !/\/(tests|bench|stack|tools)\//.test(path) &&
          !/_test\.ts$|\/testing\//.test(path) &&
          !Object.keys(allowed).some((file) => path.endsWith(`/${file}`))
        if (!isChecked) return {}
        const texts = new Set<string>()
        return {
          Identifier(node): void {
            const { name, typeAnnotation } = node as unknown as Node & { name: string }
            const given = isNode(typeAnnotation) ? typeAnnotation['typeAnnotation'] : null
            if (isNode(given) && given.type === 'TSStringKeyword') texts.add(name)
          },
          VariableDeclarator(node): void {
            const { id, init } = node as unknown as Node
            const name = nameOf(id)
            if (name !== null && isText(init, texts)) texts.add(name)
          },
          CallExpression(node): void {
            const callee = node.callee as unknown
            if (!isNode(callee) || callee.type !== 'MemberExpression') return
            const name = nameOf(callee['property']) ?? ''
            if (!cuts.has(name) || name === 'slice' && !isText(callee['object'], texts)) return
            context.report({
              node,
              message: `${name} may cut a text within a character.`,
              hint: 'Use truncate or excerpt of functions/_lib/text/mod.ts.',
            })
          },
        }
      },
    },
  },
}

export default plugin
