/**
 * Packs the predefined CMaps of PDF, which pdf.js needs for Asian text, into modules of functions/: a deployed function
 * has no files but its modules. The argument is the folder `cmaps` of the package pdfjs-dist, in the version that unpdf
 * contains: `npm pack pdfjs-dist@<version>`, unpacked anywhere.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { deflateSync } from 'node:zlib'

/** The collections of characters, and the names of their CMaps. */
const collections = {
  japan1: /^(78|83|90|Add|Adobe-Japan|EUC-|Ext|H$|V$|Hankaku|Hiragana|Katakana|Roman|NWP|RKSJ|UniJIS|WP-)/,
  gb1: /^(GB|Adobe-GB1|UniGB)/,
  cns1: /^(B5|ET|CNS|HK|UniCNS|Adobe-CNS)/,
  korea1: /^(KSC|UniKS|Adobe-Korea)/,
} as const

const target = join(import.meta.dirname ?? '.', '../functions/_lib/extract/readers/pdf/cmaps')

const [folder] = Deno.args
if (folder === undefined) throw new Error('Usage: deno run -A tools/pack_cmaps.ts <folder of .bcmap files>')
const names = (await readdir(folder)).filter((name) => name.endsWith('.bcmap')).map((name) =>
  basename(name, '.bcmap')
).sort()
const license = (await readFile(join(folder, 'LICENSE'), 'utf8')).split('\n')
  .filter((line) => line.startsWith('%%Copyright:') && !line.includes('------'))
  .map((line) => ` * ${line.slice('%%Copyright:'.length).trim()}`.trimEnd()).join('\n')
for (const [collection, pattern] of Object.entries(collections)) {
  const own = names.filter((name) => pattern.test(name))
  const files = await Promise.all(own.map((name) => readFile(join(folder, `${name}.bcmap`))))
  const sizes = own.map((name, index) => `  '${name}': ${files[index]?.length},`)
  const packed = deflateSync(Buffer.concat(files), { level: 9 }).toString('base64')
  const text = `// Written by tools/pack_cmaps.ts. Do not edit.
/**
 * CMaps of Adobe, as pdf.js packs them.
${license}
 */

/** Their sizes in bytes, in the order in which they follow each other. */
// deno-fmt-ignore
export const sizes: Readonly<Record<string, number>> = {
${sizes.join('\n')}
}

/** All of them, deflated, in base64. */
// deno-fmt-ignore
export const packed = '${packed}'
`
  await writeFile(join(target, `${collection}.ts`), text)
}
const missing = names.filter((name) => !Object.values(collections).some((pattern) => pattern.test(name)))
if (missing.length > 0) throw new Error(`No collection has ${missing.join(', ')}`)
