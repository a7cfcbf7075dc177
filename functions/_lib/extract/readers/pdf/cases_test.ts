/**
 * PDFs that other programs wrote, where they are at hand: a folder beside the repository that is not part of it. The
 * other tests of this folder make their own.
 */
import assert from 'node:assert/strict'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { documentOf, only, partsOf, table } from '../../testing/extracting.ts'
import type { Part } from '../../parts.ts'

const folder = join(import.meta.dirname ?? '.', '../../../../../../shared/cases/files')
const isThere = await access(folder).then(() => true, () => false)
if (!isThere) console.warn('PDFs of other programs are not read: there is no folder ../shared/cases/files.')

const text = (parts: readonly Part[]): string =>
  only(parts, 'section').map((section) => section.text).join('\n\n')
const rows = (parts: readonly Part[]): unknown[] => {
  const { columns, rows } = table(parts)
  return [columns, ...rows]
}

/** What each file says. */
const cases: Readonly<Record<string, (parts: readonly Part[]) => void>> = {
  'arabic.pdf': (parts) =>
    assert.equal(text(parts), 'تقرير المبيعات الفصلي\n\nارتفعت إيرادات الشركة هذا العام'),
  'hebrew.pdf': (parts) =>
    assert.equal(text(parts), 'דוח מכירות רבעוני לשנת 2024\n\nהכנסות החברה עלו בעשרה אחוזים'),
  'ja_UniJIS-UCS2-H.pdf': (parts) => assert.equal(text(parts), '売上報告書 東京支店'),
  'zh_GBK-EUC-H.pdf': (parts) => assert.equal(text(parts), '销售报告 北京分公司'),
  'title_nul.pdf': (parts) => {
    assert.equal(text(parts), 'Invoice 4711 for the boiler room')
    assert.doesNotMatch(documentOf(parts).title, /\0/)
  },
  'table_borderless_lab.pdf': (parts) =>
    assert.deepEqual(rows(parts), [
      ['Test', 'Method', 'Flag', 'Result', 'Unit', 'Range'],
      ['WBC', 'instrument', 'L', '3.9', 'E+9/L', '[4.0-10.0]'],
      ['NEU', 'instrument', null, '2.33', 'E+9/L', '[1.8-6.3]'],
      ['LYM', 'instrument', null, '1.16', 'E+9/L', '[1.1-3.2]'],
      ['MON', 'instrument', null, '0.25', 'E+9/L', '[0.1-0.6]'],
      ['EOS', 'instrument', 'H', '0.12', 'E+9/L', '[0.02-0.52]'],
      ['BAS', 'instrument', null, '0.030', 'E+9/L', '[0-0.06]'],
    ]),
  'table_ruled_1row.pdf': (parts) =>
    assert.deepEqual(rows(parts), [
      ['Claim ID', 'Claim type', 'Claim date', 'Amount'],
      ['No results', null, null, null],
    ]),
  'table_ruled_7col.pdf': (parts) =>
    assert.deepEqual(rows(parts), [
      ['Line', 'UPC code', 'Location', 'Description', 'Qty', 'Rate', 'Amount'],
      ...Array.from({ length: 8 }, (_, index) => [
        `${index + 1}`,
        `008564810030${index + 1}`,
        'CENTRAL KMA',
        `CHOC BAR ${index + 1}`,
        `${401 + index}`,
        `$ 0.${61 + index}`,
        `$ ${251 + index}.15`,
      ]),
    ]),
  'table_ruled_multiline.pdf': (parts) =>
    assert.deepEqual(rows(parts), [
      ['Part', 'Text', 'Price'],
      [
        'A-1',
        'A long text of the first part that breaks over several lines in its cell because it is long',
        '10.00',
      ],
      ['B-2', 'Short', '20.00'],
      ['C-3', 'Another text that is long enough to break over two lines at least, as many are', '30.00'],
    ]),
}

for (const [name, check] of Object.entries(cases)) {
  Deno.test({
    name: `${name} is read as it should be`,
    ignore: !isThere,
    fn: async () => {
      const parts = await partsOf(name, await readFile(join(folder, name)))
      check(parts)
      assert.deepEqual(only(parts, 'warning'), [])
    },
  })
}
