/** An XML file as a stream of what a handler finds in it. */
import { asExtractionError } from '../../errors.ts'
import type { SourceFile } from '../../file.ts'
import type { Sax } from '../../input/sax.ts'
import type { DocumentPart, JsonObject } from '../../parts.ts'

/** Text is parsed in steps that are small enough to pass on what each finds before the next. */
const stepChars = 64 * 1024

/** Parses the file with `sax`, whose handler adds to `found`, and yields what was added. */
export async function* eventsOf<T>(file: SourceFile, sax: Sax, found: T[]): AsyncGenerator<T> {
  const label = file.charset ?? declaredEncoding(await file.source.peek(512))
  try {
    for await (const piece of file.source.text(label)) {
      for (let at = 0; at < piece.length; at += stepChars) {
        sax.write(piece.slice(at, at + stepChars))
        yield* found.splice(0)
      }
    }
    sax.end()
  } catch (cause) {
    throw asExtractionError(cause, 'invalid_xml', 'The file is not valid XML.')
  }
  yield* found.splice(0)
}

function declaredEncoding(head: Uint8Array): string | undefined {
  const start = new TextDecoder('latin1').decode(head)
  return /^(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}encoding\s*=\s*["']([\w.-]{1,40})["']/.exec(start)?.[1]
}

/** The document part of an XML file; the encoding is known once the first event came. */
export function xmlDocument(
  file: SourceFile,
  metadata: JsonObject,
  language: string | null = null,
): DocumentPart {
  return {
    kind: 'document',
    title: file.title,
    type: 'xml',
    media_type: 'application/xml',
    language,
    page_count: null,
    metadata: { encoding: file.source.encoding, ...metadata },
  }
}
