/**
 * The embedded database: PGlite in a thread of its own, so that a long query never stops the gateway, served over the
 * Postgres wire protocol.
 */
import { createServer, type Server } from 'node:net'
import type { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketHandler } from '@electric-sql/pglite-socket'
import { open } from './open.ts'
import { SessionQueue } from './sessions.ts'

/** What the main thread asks for: once `open`, later `close`. */
export type Request = { kind: 'open'; dataDir: string; port: number } | { kind: 'close' }

/** What it is told. `failed` ends the thread's work; `warning` does not. */
export type Reply =
  | { kind: 'ready'; port: number }
  | { kind: 'closed' }
  | { kind: 'failed'; code: string; message: string }
  | { kind: 'warning'; message: string }

/** The thread's end of the conversation; the compiler knows only the main thread's globals. */
const thread = self as unknown as {
  postMessage(message: Reply): void
  onmessage: (event: MessageEvent<Request>) => void
}
const reply = (message: Reply): void => thread.postMessage(message)
let database: PGlite | undefined
let server: Server | undefined

thread.onmessage = async (event) => {
  try {
    if (event.data.kind === 'open') {
      database = await open(event.data.dataDir)
      server = await serve(database, event.data.port)
      const address = server.address()
      reply({ kind: 'ready', port: typeof address === 'object' && address ? address.port : event.data.port })
    } else {
      server?.close()
      await database?.close()
      reply({ kind: 'closed' })
    }
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause))
    reply({ kind: 'failed', code: 'code' in error ? String(error.code) : '', message: error.message })
  }
}

function serve(db: PGlite, port: number): Promise<Server> {
  const queue = new SessionQueue(db, (message) => reply({ kind: 'warning', message }))
  const listener = createServer((socket) => {
    const handler = new PGLiteSocketHandler({
      // The handler asks for the library's own queue by class, but uses no more of it than SessionQueue has.
      queryQueue: queue as unknown as ConstructorParameters<typeof PGLiteSocketHandler>[0]['queryQueue'],
      closeOnDetach: true,
    })
    handler.attach(socket).catch(() => socket.destroy())
  })
  return new Promise((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(port, '127.0.0.1', () => resolve(listener))
  })
}
