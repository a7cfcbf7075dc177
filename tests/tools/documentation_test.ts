/** The checks of links and terms find what they are for, and the documentation passes them. */
import { strict as assert } from 'node:assert'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { anchorsOf, deadLinks, linksOf } from '../../tools/check_links.ts'
import { checkedPaths, checkTerms, findTerms, termsOf } from '../../tools/check_terms.ts'
import { proseOfMarkdown, proseOfSql, proseOfTypeScript } from '../../tools/prose.ts'

const root = join(import.meta.dirname ?? '.', '..', '..')

Deno.test('no link, anchor or path of the documentation is dead', async () => {
  assert.deepEqual(await deadLinks(root, ['.']), [])
})

Deno.test('the documentation uses the terms of the word list, and every exception is needed', async () => {
  assert.deepEqual(await checkTerms(root, checkedPaths), { findings: [], unused: [] })
})

Deno.test('a dead link, anchor, path and page in a comment are found', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-links-'))
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
  try {
    await write('docs/a.md', '# A\n\n## Two words\n\n[b](b.md) [a](#two-words) `docs/a.md` `docs/*.md`\n')
    await write('docs/b.md', '[a](a.md#two-words) [web](https://example.com/gone)\n')
    await write('tools/ok.ts', '// See docs/a.md#two-words.\n')
    assert.deepEqual(await deadLinks(folder, ['.']), [])
    await write('docs/b.md', '[c](c.md)\n[a](a.md#three-words)\n`docs/gone.md` `docs/*.sql` `*_gone.sql`\n')
    await write('tools/bad.ts', '\n/** See docs/gone.md. */\n')
    assert.deepEqual(await deadLinks(folder, ['docs', 'tools/bad.ts']), [
      'docs/b.md:1: docs/c.md does not exist',
      'docs/b.md:2: docs/a.md has no heading #three-words',
      'docs/b.md:3: docs/gone.md does not exist',
      'docs/b.md:3: docs/*.sql does not exist',
      'docs/b.md:3: migrations/*_gone.sql does not exist',
      'tools/bad.ts:2: docs/gone.md does not exist',
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
})

Deno.test('anchors are those of GitHub, links in code are none', () => {
  assert.deepEqual([...anchorsOf('# A: `b` & [c](d.md)\n## Same\n## Same\n```\n# no\n```\n')], [
    'a-b--c',
    'same',
    'same-1',
  ])
  assert.deepEqual(linksOf('```\n[a](b.md)\n```\n`[a](c.md)` [d](e.md)\n[f]: g.md\n'), [
    { line: 4, target: 'e.md' },
    { line: 5, target: 'g.md' },
  ])
})

const terms = termsOf(
  '## Word list\n\n| Term | Meaning | Not |\n| --- | --- | --- |\n| color | | `colour*`, `is told` |\n',
)

function wordsIn(file: string, prose: { line: number; text: string }[]): string[] {
  return findTerms(file, prose, terms, []).map(({ line, word }) => `${line} ${word}`)
}

Deno.test('terms are found in prose of Markdown, not in its code', () => {
  const page = 'Colours\nA client is  told.\n`colour`\n```\ncolour\n```\ndiscolour tricolour-x\n'
  assert.deepEqual(wordsIn('a.md', proseOfMarkdown(page)), ['1 colour*', '2 is told'])
})

Deno.test('terms are found in comments and messages of TypeScript, not in identifiers', () => {
  const source = [
    "const colour = 'colour' // the colour",
    '/* two\n colour */',
    "const pattern = /'colour is/, text = `the colour ${join('a colour', `b colour`)} is`",
    'const half = colour / 2',
    '/** `colour` */',
  ].join('\n')
  assert.deepEqual(wordsIn('a.ts', proseOfTypeScript(source)), [
    '1 colour*',
    '3 colour*',
    '4 colour*',
    '4 colour*',
    '4 colour*',
  ])
})

Deno.test('terms are found in comments, messages and policy names of SQL, also inside functions', () => {
  const source = [
    "select colour from colours where name = 'colour'; -- the colour",
    "create function f() as $$ begin raise exception 'no colour'; end $$;",
    'create policy "Members see the colour" on t;',
    "comment on table t is 'it''s the colour';",
  ].join('\n')
  assert.deepEqual(wordsIn('a.sql', proseOfSql(source)), ['1 colour*', '2 colour*', '3 colour*', '4 colour*'])
})

Deno.test('an exception covers its files, lines and words, and nothing else', () => {
  const prose = proseOfMarkdown('a colour\nanother colour\n')
  const exceptions = [{ file: /^a\.md$/, line: /another/, words: ['colour*'], reason: 'An example.' }]
  assert.deepEqual(findTerms('a.md', prose, terms, exceptions).map(({ line }) => line), [1])
  assert.deepEqual(findTerms('b.md', prose, terms, exceptions).map(({ line }) => line), [1, 2])
})
