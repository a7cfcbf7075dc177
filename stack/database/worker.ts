/**
 * The embedded database: PGlite in a separate thread, so that long queries do not block the gateway, served over the
 * Postgres wire protocol.
 */
import { createServer, type Server } from 'node:net'
import type { PGlite } from '@electric-sql/pglite'
import { serveClient } from './connection.ts'
import { open } from './open.ts'
import { SessionQueue } from './sessions.ts'

/** Messages of the main thread: first `open`, later `close`. */
export type Request = { kind: 'open'; dataDir: string; port: number } | { kind: 'close' }

/** Messages to the main thread. After `failed`, the thread does nothing more. */
export type Reply =
  | { kind: 'ready'; port: number }
  | { kind: 'closed' }
  | { kind: 'failed'; code: string; message: string }
  | { kind: 'warning'; message: string }

/** This thread. The compiler's types know only the globals of the main thread. */
type Thread = {
  postMessage(message: Reply): void
  onmessage: (event: MessageEvent<Request>) => void
}

class DatabaseThread {
  #thread: Thread
  #database: PGlite | undefined
  #server: Server | undefined

  constructor(thread: Thread) {
    this.#thread = thread
    thread.onmessage = async ({ data }) => {
      try {
        if (data.kind === 'open') await this.#open(data.dataDir, data.port)
        else await this.#close()
      } catch (cause) {
        const error = cause instanceof Error ? cause : new Error(String(cause))
        this.#reply({
          kind: 'failed',
          code: 'code' in error ? String(error.code) : '',
          message: error.message,
        })
      }
    }
  }

  async #open(dataDir: string, port: number): Promise<void> {
    this.#database = await open(dataDir)
    const queue = new SessionQueue(this.#database, {
      warn: (message) => this.#reply({ kind: 'warning', message }),
      broken: ({ message }) => this.#reply({ kind: 'failed', code: '', message }),
    })
    this.#server = await serve(queue, port)
    const address = this.#server.address()
    this.#reply({ kind: 'ready', port: typeof address === 'object' && address ? address.port : port })
  }

  async #close(): Promise<void> {
    this.#server?.close()
    await this.#database?.close()
    this.#reply({ kind: 'closed' })
  }

  #reply(message: Reply): void {
    this.#thread.postMessage(message)
  }
}

function serve(queue: SessionQueue, port: number): Promise<Server> {
  const listener = createServer((socket) => void serveClient(socket, queue))
  return new Promise((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(port, '127.0.0.1', () => resolve(listener))
  })
}

new DatabaseThread(self as unknown as Thread)
