/** One client of the database port: cuts what it sends into messages, and has them answered one after the other. */
import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'
import {
  cancelRequest,
  ClientMessages,
  fatal,
  gssRequest,
  ProtocolError,
  sslRequest,
  startupCode,
} from './protocol.ts'

/** How the answers reach a client. */
export type Client = {
  deliver(bytes: Uint8Array): void
  /** Hangs up, after what was delivered. */
  end(): void
}

/** What answers the messages of all connections. */
export type MessageQueue = {
  /** Resolves when the message is answered; rejects where the connection ends with it. */
  enqueue(session: number, message: Uint8Array, client: Client): Promise<void>
  /** The client has left: forgets its messages, and rolls back what it left open. */
  close(session: number): Promise<void>
}

let sessions = 0

/** Serves a client until it leaves, or is refused. Never rejects. */
export async function serveClient(socket: Socket, queue: MessageQueue): Promise<void> {
  const session = ++sessions
  const client: Client = {
    // The bytes belong to the database, which writes the next answer over them.
    deliver: (bytes) => void (socket.writable && socket.write(Buffer.from(bytes))),
    end: () => socket.end(),
  }
  // It may leave while it waits for its turn.
  socket.once('close', () => void queue.close(session))
  socket.on('error', () => socket.destroy())
  socket.setNoDelay(true)
  try {
    const messages = new ClientMessages()
    // The socket stays open for the reason of an end.
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      for (const message of messages.push(chunk)) {
        const code = startupCode(message)
        if (code === sslRequest || code === gssRequest) client.deliver(new TextEncoder().encode('N'))
        // There is no process that could be signalled, so a request to cancel comes too late.
        else if (code === cancelRequest || message[0] === terminate) return
        else await queue.enqueue(session, message, client)
      }
    }
  } catch (cause) {
    // Others left, or have received the reason why they are refused.
    if (cause instanceof ProtocolError) client.deliver(fatal('08P01', cause.message))
  } finally {
    socket.end()
  }
}

const terminate = 'X'.charCodeAt(0)
