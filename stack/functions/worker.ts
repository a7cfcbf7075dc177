/**
 * The process that runs the functions. Arguments: the repository, then the names of the functions. Prints its port once
 * it listens, and ends when its input does, that is with the platform that started it.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

type Handler = (request: Request) => Response | Promise<Response>

const [root = '.', ...names] = Deno.args

const handlers = new Map<string, Promise<Handler>>()
for (const name of names) {
  const handler = load(name)
  handler.catch((cause) => console.error(`function ${name} does not load:`, cause))
  handlers.set(name, handler)
}
await Promise.allSettled(handlers.values())

async function load(name: string): Promise<Handler> {
  const module = await import(pathToFileURL(join(root, 'functions', name, 'index.ts')).href)
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
  const loading = handlers.get(name)
  if (!loading) {
    return Response.json({ code: 'NOT_FOUND', message: 'Requested function was not found' }, { status: 404 })
  }
  let handler: Handler
  try {
    handler = await loading
  } catch {
    return Response.json({ code: 'BOOT_ERROR', message: 'Function failed to start (please check logs)' }, {
      status: 503,
    })
  }
  try {
    return await handler(request)
  } catch (cause) {
    console.error(`function ${name} threw:`, cause)
    return Response.json({
      code: 'WORKER_ERROR',
      message: 'Function exited due to an error (please check logs)',
    }, { status: 500 })
  }
})

for await (const _ of Deno.stdin.readable);
await server.shutdown()
Deno.exit(0)
