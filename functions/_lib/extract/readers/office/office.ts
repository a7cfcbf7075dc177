/** Office formats since 2007: which one a zip archive is. */
import { encrypted, ExtractionError, tooLarge, unsupported } from '../../errors.ts'
import type { SourceFile } from '../../file.ts'
import { Zip } from '../../input/zip.ts'
import type { RawPart } from '../../parts.ts'
import { readDocx } from './docx.ts'
import { relationships } from './opc.ts'
import { readXlsx } from './xlsx.ts'

/** The parts of a DOCX or XLSX. */
export async function* readOffice(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const named = /\.doc[xm]$/i.test(file.filename)
  const bytes = named
    ? await source.readAll(limits.docxBytes, 'The Word document')
    : await source.readAll(Math.max(limits.docxBytes, limits.xlsxBytes), 'The workbook')
  const zip = new Zip(bytes, limits)
  const root = await relationships(zip, '', limits)
  const main = root.find(({ type }) => type.endsWith('/officeDocument'))?.target ?? ''
  const word = [main, 'word/document.xml'].find((part) => /^word\/.*\.xml$/i.test(part) && zip.has(part))
  if (word !== undefined) {
    if (bytes.length > limits.docxBytes) throw tooLarge('The Word document', limits.docxBytes)
    yield* readDocx(file, zip, word)
  } else if (zip.has('xl/workbook.xml')) yield* readXlsx(file, zip)
  else throw refusalOf(zip)
}

function refusalOf(zip: Zip): ExtractionError {
  if (zip.has('xl/workbook.bin')) {
    const message = 'Binary workbooks (.xlsb) are not supported.'
    return new ExtractionError('legacy_format', message, 'Save the file as .xlsx.')
  }
  if (zip.has('ppt/presentation.xml')) return unsupported('presentation')
  if (zip.has('EncryptedPackage') || zip.has('META-INF/encryption.xml')) return encrypted()
  return unsupported('zip archive')
}
