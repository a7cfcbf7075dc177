/**
 * Files that showed a fault, with what is right for each. They are no part of the project: PLINTH_CASES is their folder,
 * by default `shared/cases/files` beside it. Of formats of the PDF reader, a test of its own has the values.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { chunk } from '../chunk/mod.ts'
import { ExtractionError } from './errors.ts'
import { extract } from './extract.ts'
import type { Part } from './parts.ts'

const folder = Deno.env.get('PLINTH_CASES') ??
  join(import.meta.dirname ?? '.', '..', '..', '..', '..', 'shared', 'cases', 'files')
const names = await namesIn(folder)

async function namesIn(path: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).filter(({ isFile }) => isFile).map(({ name }) => name)
      .sort()
  } catch {
    return []
  }
}

interface Right {
  /** In the passages, in this order. */
  readonly text?: readonly (string | RegExp)[]
  readonly not?: readonly string[]
  readonly columns?: readonly string[]
  readonly rows?: number
  readonly caption?: string
  readonly warnings?: readonly string[]
  readonly endpoints?: readonly string[]
  readonly files?: readonly string[]
  readonly refused?: string
}

const right: Readonly<Record<string, Right>> = {
  'bom_utf16le_tab.csv': { columns: ['id', 'name'], rows: 2, text: ['Äpfel', 'Birnen'], warnings: [] },
  'cp1251.txt': { text: ['Договор аренды помещения заключён в Москве'], warnings: ['encoding_guessed'] },
  'de_semicolon_latin1.csv': {
    columns: ['Nummer', 'Bezeichnung', 'Preis'],
    rows: 3,
    text: ['Müllschlucker', 'Gerät "groß"', 'Straße'],
    warnings: ['encoding_guessed'],
  },
  'gbk.csv': {
    columns: ['编号', '名称', '城市'],
    rows: 2,
    text: ['张三', '上海'],
    warnings: ['encoding_guessed'],
  },
  'sjis_late.csv': {
    columns: ['id', 'name', 'note'],
    text: ['東京', '大阪'],
    warnings: ['encoding_guessed'],
  },
  'utf8_meta_gb2312.html': { text: ['人工智能', '谷歌公司开发'], warnings: [] },
  'dates1904.xlsx': {
    columns: ['when', 'pct', 'money', 'code', 'id'],
    text: ['2024-02-29', '12.5% (0.125)', '1,234.50 EUR (1234.5)', '00815 (815)'],
  },
  'number_formats.xlsx': {
    text: ['01234 (1234)', '0000004711 (4711)', '12.5% (0.125)', '1,234.50 EUR (1234.5)', '12:00'],
  },
  'formula_no_value.xlsx': { columns: ['a', 'b', 'sum'], rows: 2, warnings: ['formulas_without_value'] },
  'hidden_and_title_rows.xlsx': {
    columns: ['Product', 'Units', 'Price'],
    caption: 'Quarterly report of the north region',
    text: ['hidden salary 99999'],
    warnings: ['hidden_sheets'],
  },
  'leading_zeros.csv': {
    columns: ['zip', 'phone', 'big', 'date'],
    rows: 2,
    text: ['01234', '12345678901234567890', '00501', '007'],
  },
  'preamble.csv': {
    columns: ['Date', 'Amount', 'Text'],
    rows: 2,
    caption: 'Report generated 2024-01-01 Account 4711',
    text: ['Coffee', 'Tea'],
  },
  'title_row.csv': { columns: ['Team', 'Location', 'Stanley Cups'], rows: 3, caption: 'Stanley Cups' },
  'ragged.csv': { columns: ['a', 'b', 'c', 'column_4'], rows: 3 },
  'parts.csv': { text: ['PPR-1000', 'PPR-1502'] },
  'header_footer_comment.docx': {
    text: [
      'Body only.',
      'invoice INV-2024-0815',
      'IBAN DE89 3704 0044 0532 0130 00',
      'Ann: Do not sign before legal review',
    ],
  },
  'tracked_changes.docx': {
    text: ['The price is 250 EUR per unit.'],
    not: ['100 EUR', 'OLDPLACE'],
    warnings: ['tracked_changes'],
  },
  'mail_base64.eml': {
    text: ['Rechnung für März', 'From: Ann <ann@example.com>', 'beträgt 4711 Euro', 'Grüße aus München'],
    files: ['logo.png'],
  },
  'postman_v1.json': { endpoints: ['GET /items', 'POST /items'] },
  'script.html': { not: ['function', 'var '] },
  'empty.txt': { refused: 'empty_file' },
  'duplicate.txt': { text: ['Quasarlamp 77'] },
}

async function read(name: string): Promise<{ parts: Part[]; passages: string }> {
  const stream = (await Deno.open(join(folder, name))).readable
  const parts = await Array.fromAsync(extract({ filename: name, stream }))
  const passages = await Array.fromAsync(chunk(parts))
  return {
    parts,
    passages: passages.map(({ heading_path, text }) => [...heading_path, text].join('\n')).join('\n'),
  }
}

Deno.test({
  name: `files that showed a fault give what is right${
    names.length ? '' : ' (skipped: there is no folder of them)'
  }`,
  ignore: names.length === 0,
  fn: async (t) => {
    for (const name of names) {
      await t.step(name, async () => {
        const expected = right[name] ?? {}
        if (expected.refused) {
          await assert.rejects(
            read(name),
            (cause) => cause instanceof ExtractionError && cause.code === expected.refused,
          )
          return
        }
        const { parts, passages } = await read(name)
        assert.equal(parts[0]?.kind, 'document')
        let from = 0
        for (const text of expected.text ?? []) {
          const at = typeof text === 'string'
            ? passages.indexOf(text, from)
            : passages.slice(from).search(text)
          assert.ok(at >= 0, `${text} is in ${passages.slice(0, 2_000)}`)
          from = at
        }
        for (const text of expected.not ?? []) assert.ok(!passages.includes(text), text)
        const tables = parts.filter((part) => part.kind === 'table')
        if (expected.columns) assert.deepEqual(tables[0]?.columns, expected.columns)
        if (expected.caption) assert.equal(tables[0]?.caption, expected.caption)
        if (expected.rows) assert.equal(tables[0]?.rows.length, expected.rows)
        const warnings = parts.flatMap((part) => part.kind === 'warning' ? [part.code] : [])
        if (expected.warnings) assert.deepEqual(warnings, expected.warnings)
        if (expected.endpoints) {
          const found = parts.flatMap((part) =>
            part.kind === 'api_endpoint' ? [`${part.method} ${part.path}`] : []
          )
          assert.deepEqual(found, expected.endpoints)
        }
        if (expected.files) {
          assert.deepEqual(
            parts.flatMap((part) => part.kind === 'attachment' ? [part.filename] : []),
            expected.files,
          )
        }
      })
    }
  },
})
