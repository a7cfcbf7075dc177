/** One message: its headers, its text and what is attached to it. */
import PostalMime, { type Address, type Email } from 'postal-mime'

/** A file of a message. */
interface AttachedFile {
  readonly filename: string
  readonly mediaType: string
  readonly content: Uint8Array
}

/** What a message has. */
export interface Message {
  readonly subject: string | null
  readonly from: string | null
  readonly to: string | null
  readonly cc: string | null
  readonly date: string | null
  readonly id: string | null
  readonly text: string | null
  readonly html: string | null
  /** Without pictures that are part of the text. */
  readonly attachments: readonly AttachedFile[]
  /** Whether it is a page that a browser saved. */
  readonly isPage: boolean
}

/** Messages inside of a message are attachments, which are read as files of their own: nesting costs nothing here. */
export async function parseMessage(bytes: Uint8Array, depth: number): Promise<Message> {
  const email = await PostalMime.parse(bytes, { forceRfc822Attachments: true, maxNestingDepth: depth })
  const isPage =
    email.headers.some(({ key, value }) => key === 'content-type' && /^multipart\/related/i.test(value)) &&
    email.headers.some(({ key }) => key === 'snapshot-content-location')
  const plain = email.text?.trim() ? email.text : null
  const page = email.html?.trim() ? email.html : null
  return {
    subject: email.subject?.trim() || null,
    from: isPage ? null : addresses([email.from]),
    to: addresses(email.to),
    cc: addresses(email.cc),
    date: email.date ?? null,
    id: email.messageId ?? null,
    // Of a page, the text is what a parser of e-mail makes of its HTML.
    text: isPage && page !== null ? null : plain,
    html: page,
    attachments: isPage ? [] : attachmentsOf(email),
    isPage,
  }
}

function attachmentsOf({ attachments }: Email): AttachedFile[] {
  return attachments.flatMap(({ filename, mimeType, related, content }, index) => {
    if (related && mimeType.startsWith('image/')) return []
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content)
    const usual = mimeType === 'message/rfc822' ? `message-${index + 1}.eml` : `attachment-${index + 1}`
    return [{
      filename: filename?.split(/[/\\]/).at(-1)?.trim() || usual,
      mediaType: mimeType,
      content: bytes,
    }]
  })
}

function addresses(list: readonly (Address | undefined)[] | undefined): string | null {
  const names = (list ?? []).flatMap((one) => one === undefined ? [] : one.group ?? [one]).map((
    { name, address },
  ) => name && address ? `${name} <${address}>` : address ?? name)
  return names.filter(Boolean).join(', ') || null
}
