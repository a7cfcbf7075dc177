/** The messages of the Postgres wire protocol that are needed to share one backend between many clients. */

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** One backend message, with its type byte and its length word, as it goes over the wire. */
export type Frame = { type: string; bytes: Uint8Array }

/** Cuts a stream of backend output, in chunks of any size, into whole messages. */
export class Frames {
  #rest: Uint8Array = new Uint8Array();

  *push(chunk: Uint8Array): Generator<Frame> {
    let bytes = chunk
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + chunk.length)
      bytes.set(this.#rest)
      bytes.set(chunk, this.#rest.length)
    }
    let at = 0
    while (bytes.length - at >= 5) {
      const end = at + 1 + readInt32(bytes, at + 1)
      if (end > bytes.length) break
      yield { type: String.fromCharCode(bytes[at] ?? 0), bytes: bytes.subarray(at, end) }
      at = end
    }
    this.#rest = bytes.slice(at)
  }
}

/** What is not the protocol: the connection ends. */
export class ProtocolError extends Error {}

export const sslRequest = 80877103
export const gssRequest = 80877104
export const cancelRequest = 80877102
const requestCodes: ReadonlySet<number> = new Set([sslRequest, gssRequest, cancelRequest])

/** Bind, Close, Describe, Execute, Flush, Parse, Query, Sync, Terminate, and the data of COPY. */
const clientTypes: ReadonlySet<number> = new Set([...'BCDEHPQSXdcf'].map((type) => type.charCodeAt(0)))
const minStartupBytes = 8
/** As in Postgres. */
const maxStartupBytes = 10_000
const maxMessageBytes = 512 * 1024 ** 2

/** Cuts what a client sends, in chunks of any size, into whole messages. */
export class ClientMessages {
  #chunks: Uint8Array[] = []
  #length = 0
  #started = false;

  *push(chunk: Uint8Array): Generator<Uint8Array> {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    for (;;) {
      // Those before the session have no type byte.
      const head = this.#started ? 5 : 4
      if (this.#length < head) return
      if ((this.#chunks[0]?.length ?? 0) < head) this.#join()
      const first = this.#chunks[0] ?? new Uint8Array(4)
      const size = readInt32(first, head - 4) + head - 4
      if (this.#started) {
        if (!clientTypes.has(first[0] ?? 0)) throw new ProtocolError('invalid frontend message type')
        if (size < head || size > maxMessageBytes) throw new ProtocolError('invalid message length')
      } else if (size < minStartupBytes || size > maxStartupBytes) {
        throw new ProtocolError('invalid length of startup packet')
      }
      if (this.#length < size) return
      this.#join()
      const bytes = this.#chunks[0] ?? new Uint8Array()
      this.#chunks = bytes.length > size ? [bytes.subarray(size)] : []
      this.#length -= size
      const message = bytes.subarray(0, size)
      if (!this.#started) this.#started = startsSession(message)
      if (!this.#started && !requestCodes.has(startupCode(message))) {
        throw new ProtocolError('unsupported frontend protocol')
      }
      yield message
    }
  }

  /** Once for a message, since joining the chunks of a long one again and again would take quadratic time. */
  #join(): void {
    if (this.#chunks.length < 2) return
    this.#chunks = [concat(this.#chunks)]
  }
}

/** The code of a message before the session; 0 for others. */
export function startupCode(message: Uint8Array): number {
  return message[0] === 0 && message.length >= 8 ? readInt32(message, 4) : 0
}

/** Whether a message without type byte is the startup message of protocol 3, after which all have one. */
function startsSession(message: Uint8Array): boolean {
  return startupCode(message) >> 16 === 3
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

function readInt32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getInt32(0)
}

/** The zero-terminated string at `at`, and where the next field begins. */
function readString(bytes: Uint8Array, at: number): { text: string; next: number } {
  const end = bytes.indexOf(0, at)
  if (end < 0) throw new ProtocolError('a string without an end')
  return { text: decoder.decode(bytes.subarray(at, end)), next: end + 1 }
}

/** `user`, `database` and the settings of a startup message (which has no type byte). */
export function readStartup(message: Uint8Array): Record<string, string> {
  const parameters: Record<string, string> = {}
  let at = 8
  while (at < message.length && message[at] !== 0) {
    const name = readString(message, at)
    const value = readString(message, name.next)
    parameters[name.text] = value.text
    at = value.next
  }
  return parameters
}

/** The SQL of a Query or Parse message. */
export function readSql(message: Uint8Array): string {
  return message[0] === 0x50
    ? readString(message, readString(message, 5).next).text
    : readString(message, 5).text
}

/** The command tag of a CommandComplete message, such as `INSERT 0 1`. */
export function readTag(frame: Frame): string {
  return readString(frame.bytes, 5).text
}

/** The channel of a NotificationResponse message. */
export function readChannel(frame: Frame): string {
  return readString(frame.bytes, 9).text
}

/** A message of `type` whose fields are strings, each zero-terminated, after `lead` raw bytes. */
function build(
  type: string,
  lead: Uint8Array,
  strings: string[],
  tail: Uint8Array = new Uint8Array(),
): Uint8Array {
  const encoded = strings.map((text) => encoder.encode(text))
  const length = 4 + lead.length + encoded.reduce((sum, text) => sum + text.length + 1, 0) + tail.length
  const message = new Uint8Array(1 + length)
  message[0] = type.charCodeAt(0)
  new DataView(message.buffer).setInt32(1, length)
  message.set(lead, 5)
  let at = 5 + lead.length
  for (const text of encoded) {
    message.set(text, at)
    at += text.length + 1
  }
  message.set(tail, at)
  return message
}

/** Runs SQL. */
export function query(sql: string): Uint8Array {
  return build('Q', new Uint8Array(), [sql])
}

/** Asks the client for the data of COPY FROM STDIN. The columns are not known yet; clients do not look at them. */
export function copyInResponse(isBinary: boolean): Uint8Array {
  return build('G', Uint8Array.of(isBinary ? 1 : 0, 0, 0), [])
}

/** Breaks COPY FROM STDIN off; ignored where none is under way. */
export function copyFail(reason: string): Uint8Array {
  return build('f', new Uint8Array(), [reason])
}

export function commandComplete(tag: string): Uint8Array {
  return build('C', new Uint8Array(), [tag])
}

/** `I` outside of a transaction, `T` within one, `E` in one that failed. */
export function readyForQuery(status: 'I' | 'T' | 'E'): Uint8Array {
  return build('Z', encoder.encode(status), [])
}

/** Closes a prepared statement. */
export function closeStatement(name: string): Uint8Array {
  return build('C', encoder.encode('S'), [name])
}

/** Prepares a statement. */
export function parse(name: string, sql: string): Uint8Array {
  return build('P', new Uint8Array(), [name, sql], new Uint8Array(2))
}

/** The portal that a Bind or Execute message names. */
export function portalOf(message: Uint8Array): string {
  return readString(message, 5).text
}

/** Ends an extended query in any state. */
export function sync(): Uint8Array {
  return build('S', new Uint8Array(), [])
}

/** A fatal error, as the server answers a connection that it refuses. */
export function fatal(sqlstate: string, text: string): Uint8Array {
  return build('E', new Uint8Array(), ['SFATAL', 'VFATAL', `C${sqlstate}`, `M${text}`, ''])
}

/** The prepared statement that a Parse, Bind, Describe or Close message names, or null if it names none. */
export function statementOf(message: Uint8Array): string | null {
  switch (String.fromCharCode(message[0] ?? 0)) {
    case 'P':
      return readString(message, 5).text
    case 'B':
      return readString(message, readString(message, 5).next).text
    case 'D':
    case 'C':
      return message[5] === 0x53 ? readString(message, 6).text : null
    default:
      return null
  }
}

/** The same message naming the statement `name` instead. Only for messages where `statementOf` is not null. */
export function renameStatement(message: Uint8Array, name: string): Uint8Array {
  const type = String.fromCharCode(message[0] ?? 0)
  if (type === 'P') {
    return build(type, new Uint8Array(), [name], message.subarray(readString(message, 5).next))
  }
  if (type === 'B') {
    const portal = readString(message, 5)
    const statement = readString(message, portal.next)
    return build(type, new Uint8Array(), [portal.text, name], message.subarray(statement.next))
  }
  return build(type, message.subarray(5, 6), [name])
}
