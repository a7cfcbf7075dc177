/** E-mail: one message (.eml), a mailbox of them (.mbox), or a page that was saved as a message (.mhtml). */
import { collapseSpace, truncate } from '../../../text/mod.ts'
import { asExtractionError, tooMany } from '../../errors.ts'
import type { SourceFile } from '../../file.ts'
import { type Block, BlockWriter } from '../../output/blocks.ts'
import { cleanJson } from '../../output/clean_json.ts'
import { type AttachmentPart, type JsonObject, type RawPart, warning } from '../../parts.ts'
import { readBlocks } from '../html/blocks.ts'
import { parseHtml } from '../html/parse.ts'
import { type Message, parseMessage } from './message.ts'
import { messagesOf } from './mailbox.ts'

/** The document, a section for each message, and the attachments. */
export async function* readMail(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits, signal } = file
  const bytes = await source.readAll(limits.mailBytes, 'The e-mail')
  const writer = new BlockWriter(limits)
  const names: string[] = []
  const attachments: AttachmentPart[] = []
  let count = 0
  let dropped = 0
  for (const raw of messagesOf(bytes)) {
    signal?.throwIfAborted()
    if (++count > limits.mails) throw tooMany('The mailbox', limits.mails, 'messages')
    const message = await parsed(raw, limits.depth)
    if (count === 1) yield documentOf(file, message)
    for (const block of await blocksOf(message, file)) yield* writer.add(block)
    for (const { filename, mediaType, content } of message.attachments) {
      names.push(filename)
      if (attachments.length >= limits.attachments || content.byteLength === 0) dropped++
      else {
        attachments.push({
          kind: 'attachment',
          order: attachments.length,
          filename: truncate(collapseSpace(filename), 255),
          media_type: truncate(mediaType, 200),
          bytes: content,
        })
      }
    }
  }
  yield* writer.end()
  yield* attachments
  if (dropped) {
    yield warning(
      'attachments_dropped',
      'Attachments that are empty or beyond the limit were not stored.',
      dropped,
    )
  }
}

async function parsed(bytes: Uint8Array, depth: number): Promise<Message> {
  try {
    return await parseMessage(bytes, depth)
  } catch (cause) {
    throw asExtractionError(cause, 'damaged_file', 'The e-mail cannot be parsed.')
  }
}

function documentOf(
  file: SourceFile,
  { subject, from, to, cc, date, id, attachments, isPage }: Message,
): RawPart {
  return {
    kind: 'document',
    title: truncate(collapseSpace(subject ?? ''), 500) || file.title,
    type: 'email',
    media_type: isPage ? 'multipart/related' : 'message/rfc822',
    language: null,
    page_count: null,
    metadata: cleanJson({
      from,
      to: truncate(to ?? '', 4_000) || null,
      cc: truncate(cc ?? '', 4_000) || null,
      date,
      message_id: id,
      attachments: attachments.slice(0, 100).map(({ filename }) => truncate(filename, 255)),
    }) as JsonObject,
  }
}

async function blocksOf(message: Message, { title, signal }: SourceFile): Promise<Block[]> {
  const { subject, from, to, cc, date, text, html, attachments } = message
  const head = [
    ['From', from],
    ['To', to],
    ['Cc', cc],
    ['Date', date],
    ['Attachments', attachments.map(({ filename }) => filename).join(', ')],
  ].flatMap(([name, value]) => value ? [`${name}: ${truncate(collapseSpace(value), 4_000)}`] : [])
  const body: Block[] = text === null && html !== null
    ? readBlocks(await parseHtml(html, signal), ({ name }) => name === 'head')
    : (text ?? '').replace(/\r\n?/g, '\n').split(/\n[ \t]*\n/).map((paragraph) => ({
      kind: 'text',
      text: paragraph,
    }))
  return [
    { kind: 'heading', level: 1, text: subject ?? title },
    { kind: 'text', text: head.join('\n') },
    // Headings of a message stand below its subject.
    ...body.map((block): Block =>
      block.kind === 'heading' ? { ...block, level: Math.min(9, block.level + 1) } : block
    ),
  ]
}
