/** Reads files of many formats into parts. */
export { type ExtractionCode, extractionCodes, ExtractionError, tooLarge } from './errors.ts'
export { extract, type ExtractInput } from './extract.ts'
export { type Format } from './detect.ts'
export { type FormatNote, formatNotes } from './formats.ts'
export { type Recognized, type Recognizer, type XmlLogMap } from './file.ts'
export { defaultLimits, type Limits } from './limits.ts'
export type * from './parts.ts'
export { warning } from './parts.ts'
