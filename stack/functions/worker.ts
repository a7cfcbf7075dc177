/**
 * The process that runs the functions. Arguments: the repository, then the names of the functions. Prints its port once
 * every function is loaded. A number on its input asks it to finish within as many ms; the end of its input means that
 * the platform that started it is gone, and ends it at once.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

type Handler = (request: Request) => Response | Promise<Response>

/** How long one function may take to load, in ms. */
const loading = 10_000

const [root = '.', ...names] = Deno.args

/** What functions go on with after their answer, through the platform's `EdgeRuntime.waitUntil`. */
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
// A promise nobody awaits ends a process by default: here it would take every other function with it.
globalThis.addEventListener('unhandledrejection', (event) => {
  event.preventDefault()
  console.error('a promise was rejected and nobody took it:', event.reason)
})

// Ctrl-C reaches every process of the terminal: the platform hears it too, and asks this one to finish what it began.
Deno.addSignalListener('SIGINT', () => {})

const handlers = new Map<string, Promise<Handler>>()
for (const name of names) {
  const handler = load(name)
  handler.catch((cause) => console.error(`function ${name} does not load:`, cause))
  handlers.set(name, handler)
}
await Promise.allSettled(handlers.values())

async function load(name: string): Promise<Handler> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`not loaded within ${loading} ms`)), loading)
  const file = pathToFileURL(join(root, 'functions', name, 'index.ts')).href
  const module = await Promise.race([import(file), late.promise]).finally(() => clearTimeout(timer))
  const handler: unknown = module.default?.fetch
  if (typeof handler !== 'function') throw new TypeError('its default export has no fetch')
  return handler as Handler
}

const server = Deno.serve({
  port: 0,
  hostname: '127.0.0.1',
  onListen: ({ port }) => console.log(`functions listen on ${port}`),
}, async (request) => {
  const name = new URL(request.url).pathname.split('/')[3] ?? ''
  const loaded = handlers.get(name)
  if (!loaded) return platformError(404, 'NOT_FOUND', 'Requested function was not found')
  const handler = await loaded.catch(() => null)
  if (!handler) return platformError(503, 'BOOT_ERROR', 'Function failed to start (please check logs)')
  try {
    return await handler(request)
  } catch (cause) {
    console.error(`function ${name} threw:`, cause)
    return platformError(500, 'WORKER_ERROR', 'Function exited due to an error (please check logs)')
  }
})

function platformError(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status })
}

for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  // As the platform announces the end of a process.
  globalThis.dispatchEvent(new CustomEvent('beforeunload', { detail: { reason: 'termination' } }))
  setTimeout(() => Deno.exit(0), Number.parseInt(text))
  void server.shutdown().then(() => Promise.all(background)).then(() => Deno.exit(0))
}
Deno.exit(0)
