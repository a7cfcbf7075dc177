import type { SourceFile } from './file.ts'
import type { RawPart } from './parts.ts'
export async function* readPdf(_file: SourceFile): AsyncGenerator<RawPart> {}
