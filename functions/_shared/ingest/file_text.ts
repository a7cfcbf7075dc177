/** The text of a file for a model, without storing anything. */
import { z } from 'zod'
import { type FileTextAnswer, maxTextFileBytes } from '../../../types/api.ts'
import { truncate } from '../../_lib/text/mod.ts'
import { extract, type Part } from '../../_lib/extract/mod.ts'
import { parseBody, readBytes } from '../http/body.ts'

const maxTextChars = 40_000
const timeoutMs = 20_000

const Query = z.object({ filename: z.string().min(1).max(500) })

/** POST /file-text: the text as far as the file can be read. */
export async function extractText(request: Request): Promise<Response> {
  const { filename } = parseBody(Query, Object.fromEntries(new URL(request.url).searchParams))
  const bytes = await readBytes(request, maxTextFileBytes)
  const answer: FileTextAnswer = {
    text: await textOf(bytes, filename, request.headers.get('content-type') ?? undefined),
  }
  return Response.json(answer, { headers: { 'cache-control': 'no-store' } })
}

async function textOf(
  bytes: Uint8Array,
  filename: string,
  mediaType: string | undefined,
): Promise<string> {
  const texts: string[] = []
  let length = 0
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const stream = ReadableStream.from([bytes])
    for await (const part of extract({ filename, mediaType, size: bytes.byteLength, stream, signal })) {
      const text = textOfPart(part)
      if (text.trim() === '') continue
      texts.push(text)
      length += text.length
      if (length >= maxTextChars) break
    }
  } catch {
    // What was read before the failure is sound.
  }
  return truncate(texts.join('\n\n'), maxTextChars)
}

function textOfPart(part: Part): string {
  switch (part.kind) {
    case 'section':
      return `${part.heading ? `${part.heading}\n` : ''}${part.text}`
    case 'table':
      return [part.columns, ...part.rows].map((cells) => cells.map((cell) => cell ?? '').join(' | ')).join(
        '\n',
      )
    case 'log_entry':
      return [part.ts, part.level, part.message].filter(Boolean).join(' ')
    default:
      return ''
  }
}
