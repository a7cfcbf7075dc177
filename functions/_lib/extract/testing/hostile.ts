/** Files made to keep their reader busy, of every format. */
import { shapes } from './shapes.ts'

/** What readers took minutes for, or what comes close to it, with the size that is uploaded. */
const hostile: readonly (readonly [format: string, shape: string, bytes: number])[] = [
  ['html', 'open blocks', 1_000_000],
  ['html', 'small paragraphs', 160_000],
  ['html', 'groups of nested lists', 200_000],
  ['html', 'tall cells', 100_000],
  ['html', 'spaces in code', 1_000_000],
  ['markdown', 'nested lists', 200_000],
  ['markdown', 'lazy list', 500_000],
  ['markdown', 'open markup', 500_000],
  ['markdown', 'spaces', 1_000_000],
  ['text', 'words far apart', 60_000],
  ['csv', 'equal names', 100_000],
  ['json', 'nested lists', 1_000_000],
  ['json lines', 'other keys', 40_000],
  ['xml', 'nested', 1_000_000],
  ['log', 'one stack trace', 500_000],
  ['openapi', 'chains of references', 60_000],
  ['postman', 'nested folders', 200_000],
  ['yaml', 'anchors and aliases', 100_000],
  ['docx', 'groups of nested tables', 300_000],
  ['xlsx', 'sheets of one part', 500_000],
  ['pdf', 'open states', 1_000_000],
  ['pdf', 'cells drawn backwards', 200_000],

  ['pdf', 'rectangles', 8_000_000],
  ['pdf', 'lines that cross', 1_000_000],
]

/** The files, named so that no two are the same. */
export async function hostileFiles(): Promise<File[]> {
  return await Promise.all(hostile.map(async ([format, shape, bytes], index) => {
    const found = shapes.find((one) => one.format === format && one.shape === shape)
    if (!found) throw new Error(`There is no shape "${shape}" of ${format}.`)
    return new File([await found.make(bytes)], `${index}-${found.filename}`)
  }))
}
