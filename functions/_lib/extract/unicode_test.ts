/** Characters beyond the first plane, and what no database stores, at every place where a text may be cut. */
import assert from 'node:assert/strict'
import { chunk } from '../chunk/mod.ts'
import { extract } from './extract.ts'
import {
  docx,
  epub,
  odf,
  paragraph,
  pptx,
  sheetRow,
  slideShape,
  wordTable,
  xlsx,
} from './testing/archives.ts'

/** Files of which the text stands in every field that has one. */
const files: Record<string, (text: string) => string | Promise<Uint8Array>> = {
  'a.txt': (text) => `${text}\n\n${text}`,
  'a.md': (text) =>
    `---\ntitle: "${text}"\n---\n# ${text}\n\n${text}\n\n| ${text} | b |\n|-|-|\n| ${text} | 1 |\n`,
  'a.html': (text) =>
    `<html><title>${text}</title><meta name="description" content="${text}"><h1>${text}</h1><p>${text}</p>
    <table><tr><th>${text}</th></tr><tr><td>${text}</td></tr></table></html>`,
  'a.csv': (text) => `name,${text}\n${`"${text}",1\n`.repeat(3)}`,
  'a.json': (text) => JSON.stringify({ title: text, [text]: [text, { text }] }),
  'a.jsonl': (text) => `${JSON.stringify({ [text]: text, n: 1 })}\n`.repeat(3),
  'a.yaml': (text) => `title: "${text}"\nitems:\n  - "${text}"\n`,
  'a.xml': (text) => `<?xml version="1.0"?><doc><title>${text}</title><p a="${text}">${text}</p></doc>`,
  'a.log': (text) =>
    `2024-01-01 00:00:00 ERROR [${text}] ${text}\n  at ${text}\n2024-01-01 00:00:01 INFO k="${text}" x\n`,
  'openapi.json': (text) =>
    JSON.stringify({
      openapi: '3.0.0',
      info: { title: text, version: '1', description: text },
      paths: {
        '/a': {
          get: { summary: text, description: text, tags: [text], responses: { 200: { description: text } } },
        },
      },
    }),
  'postman.json': (text) =>
    JSON.stringify({
      info: { name: text, schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
      item: [{
        name: text,
        request: {
          method: 'POST',
          url: 'https://x.example/a',
          description: text,
          body: { mode: 'raw', raw: text },
        },
        response: [{ name: text, code: 200, body: text }],
      }],
    }),
  'a.docx': (text) =>
    docx(paragraph(text, 'Heading1') + paragraph(text) + wordTable([[text, 'b'], [text, '1']])),
  'asides.docx': (text) =>
    docx(paragraph('x'), {
      asides: {
        header1: `<w:hdr xmlns:w="w">${paragraph(text)}</w:hdr>`,
        comments: `<w:comments xmlns:w="w"><w:comment w:author="${text}">${
          paragraph(text)
        }</w:comment></w:comments>`,
      },
    }),
  'a.pptx': (text) =>
    pptx([{ shapes: slideShape([text], 'title') + slideShape([text, text], 'body'), notes: text }]),
  'a.odt': (text) =>
    odf(
      'text',
      `<text:h text:outline-level="1">${text}</text:h><text:p>${text}</text:p><table:table><table:table-row><table:table-cell><text:p>${text}</text:p></table:table-cell><table:table-cell><text:p>1</text:p></table:table-cell></table:table-row></table:table>`,
    ),
  'a.ods': (text) =>
    odf(
      'spreadsheet',
      `<table:table table:name="${text}"><table:table-row><table:table-cell><text:p>${text}</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="1"><text:p>${text}</text:p></table:table-cell></table:table-row></table:table>`,
    ),
  'a.odp': (text) =>
    odf(
      'presentation',
      `<draw:page><draw:frame presentation:class="title"><text:p>${text}</text:p></draw:frame><text:p>${text}</text:p></draw:page>`,
    ),
  'a.epub': (text) =>
    epub([`<html><body><h1>${text}</h1><p>${text}</p></body></html>`], `<dc:title>${text}</dc:title>`),
  'a.eml': (text) =>
    `From: a@example.com\r\nTo: b@example.com\r\nDate: x\r\nMIME-Version: 1.0\r\nSubject: ${text}\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n` +
    `--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n--b\r\nContent-Disposition: attachment; filename="${text}"\r\n\r\nx\r\n--b--`,
  'a.rtf': (text) => {
    const units = Array.from({ length: text.length }, (_, index) => `\\u${text.charCodeAt(index)}?`).join('')
    return `{\\rtf1{\\info{\\title ${units}}}\\pard ${units}\\par\\pard\\intbl ${units}\\cell 1\\cell\\row}`
  },
  'a.xlsx': (text) => xlsx([{ name: 'S', rows: sheetRow(1, [text, 'b']) + sheetRow(2, [text, '1']) }]),
}

/** Every text of the parts and passages of a file, as JSON. */
async function written(filename: string, data: string | Uint8Array): Promise<string> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  const parts = await Array.fromAsync(extract({ filename, stream: ReadableStream.from([bytes]) }))
  return JSON.stringify([parts, await Array.fromAsync(chunk(parts))])
}

/** JSON has pairs of surrogates as they are: what it escapes is alone. */
const broken = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/

const astral = ['😀', '👩‍👩‍👧', '🇩🇪', '𝔘', '漢', 'e\u0301', 'a', ' ', '. ']

function random(length: number): string {
  let text = ''
  while (text.length < length) text += astral[Math.floor(Math.random() * astral.length)]
  return text
}

for (const [filename, make] of Object.entries(files)) {
  Deno.test(`no cut of a text of ${filename} leaves half a character`, async () => {
    // Two units each: with the text before them, every limit falls between the units of one of them.
    for (const before of ['', 'x']) {
      const mention = `${
        '😀'.repeat(25)
      } ${before}pays $5 million on 2024-01-05 to ann@example.com, revenue grew 12 %`
      for (
        const text of [
          `${before}${'😀'.repeat(26_000)}`,
          `${mention} ${'😀'.repeat(25)}`,
          `${before}${random(12_000)}`,
        ]
      ) {
        const found = broken.exec(await written(filename, await make(text)))
        assert.equal(found, null, `${JSON.stringify(text.slice(0, 40))}: ${found?.index}`)
      }
    }
  })
}
