/** The messages of a mailbox, each of which begins with a line `From address date`. */

const encoder = new TextEncoder()

/** Whether bytes begin with the line that separates messages. */
export function isMailbox(bytes: Uint8Array): boolean {
  return /^From \S+ +[A-Z][a-z]{2} [A-Z][a-z]{2} .{0,60}\d{4}/.test(latin(bytes.subarray(0, 200)))
}

/** One message where the bytes are no mailbox. */
export function* messagesOf(bytes: Uint8Array): Generator<Uint8Array> {
  if (!isMailbox(bytes)) return yield bytes
  let start = lineEnd(bytes, 0)
  for (let at = start; at < bytes.length;) {
    const end = lineEnd(bytes, at)
    // A message that has such a line writes `>From`.
    if (bytes[at] === 0x46 && isMailbox(bytes.subarray(at, at + 200))) {
      yield unquoted(bytes.subarray(start, at))
      start = end
    }
    at = end
  }
  yield unquoted(bytes.subarray(start))
}

function lineEnd(bytes: Uint8Array, from: number): number {
  const feed = bytes.indexOf(0x0a, from)
  return feed < 0 ? bytes.length : feed + 1
}

function unquoted(bytes: Uint8Array): Uint8Array {
  const text = latin(bytes)
  if (!/^>+From /m.test(text)) return bytes
  const lines = text.replace(/^>(>*From )/gm, '$1')
  return /[\x80-\xff]/.test(lines)
    ? Uint8Array.from(lines, (letter) => letter.charCodeAt(0))
    : encoder.encode(lines)
}

/** A character for each byte; TextDecoder would read Windows-1252. */
function latin(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  }
  return text
}
