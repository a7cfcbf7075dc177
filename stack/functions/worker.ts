/**
 * The process that runs the functions. Arguments: the repository, then the names of the functions. It prints its port
 * once all functions are loaded. A number on its input asks it to finish within as many ms. The end of its input means
 * that the platform that started it is gone, and ends it at once.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { refuse } from '../gateway/cors.ts'
import { within } from '../within.ts'

type Handler = (request: Request) => Response | Promise<Response>

/** How long one function may take to load. */
const loadTimeoutMs = 10_000

const [root = '.', ...names] = Deno.args

/** Work that functions continue after their answer, through the platform's `EdgeRuntime.waitUntil`. */
const background = new Set<Promise<unknown>>()
Object.assign(globalThis, {
  EdgeRuntime: {
    waitUntil: (promise: Promise<unknown>) => {
      const done = promise.catch((cause) => console.error('background work failed:', cause))
        .finally(() => background.delete(done))
      background.add(done)
    },
  },
})
// By default an unhandled rejection ends the process: here it would end all other functions, too.
globalThis.addEventListener('unhandledrejection', (event) => {
  event.preventDefault()
  console.error('unhandled rejection:', event.reason)
})

// Ctrl-C reaches every process of the terminal. The platform gets it too, and asks this process to finish its requests.
Deno.addSignalListener('SIGINT', () => {})

const handlers = new Map<string, Promise<Handler>>()
for (const name of names) {
  const handler = load(name)
  handler.catch((cause) => console.error(`function ${name} does not load:`, cause))
  handlers.set(name, handler)
}
await Promise.allSettled(handlers.values())

async function load(name: string): Promise<Handler> {
  const file = pathToFileURL(join(root, 'functions', name, 'index.ts')).href
  const module = await within(import(file), loadTimeoutMs)
  if (module === null) throw new Error(`not loaded within ${loadTimeoutMs} ms`)
  const handler: unknown = module.default?.fetch
  if (typeof handler !== 'function') throw new TypeError('its default export has no method fetch')
  return handler as Handler
}

const server = Deno.serve({
  port: 0,
  hostname: '127.0.0.1',
  onListen: ({ port }) => console.log(`functions listen on ${port}`),
}, async (request) => {
  const { pathname } = new URL(request.url)
  if (pathname === '/alive') return new Response(null, { status: 204 })
  const name = pathname.split('/')[3] ?? ''
  const loaded = handlers.get(name)
  if (!loaded) return platformError(request, 404, 'NOT_FOUND', 'Requested function was not found')
  const handler = await loaded.catch(() => null)
  if (!handler) {
    return platformError(request, 503, 'BOOT_ERROR', 'Function failed to start (please check logs)')
  }
  try {
    return await handler(request)
  } catch (cause) {
    console.error(`function ${name} threw:`, cause)
    return platformError(request, 500, 'WORKER_ERROR', 'Function exited due to an error (please check logs)')
  }
})

function platformError(request: Request, status: number, code: string, message: string): Response {
  return refuse(request, Response.json({ code, message }, { status }))
}

for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  // As the platform announces the end of a process.
  globalThis.dispatchEvent(new CustomEvent('beforeunload', { detail: { reason: 'termination' } }))
  setTimeout(() => Deno.exit(0), Number.parseInt(text))
  void server.shutdown().then(() => Promise.all(background)).then(() => Deno.exit(0))
}
Deno.exit(0)
