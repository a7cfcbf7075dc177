/**
 * Serves the edge functions as the platform does: in a process apart, which knows no more than what the platform tells
 * a function, and which is replaced when a file changes. The new process takes over once it is ready; the old one
 * finishes what it began.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

export type Functions = {
  /** Answers a request for `/functions/v1/<name>`. */
  fetch(request: Request): Promise<Response>
  stop(): Promise<void>
}

type Setup = {
  /** The repository. */
  root: string
  /** What the platform tells functions of itself. functions/.env is added to it. */
  env: Record<string, string>
  /** Receives what functions print, line by line. */
  onLog: (line: string) => void
}

type Worker = { process: Deno.ChildProcess; port: number; inFlight: number; retire(): void }

/** How long a burst of file changes may last before the functions are started anew, in ms. */
const settling = 150
/** How long the old process may take to finish what it began, in ms. */
const draining = 30_000
/** Pauses between starts after crashes, in ms; the last one repeats. */
const backoff = [100, 500, 2_000, 10_000]

export async function startFunctions({ root, env, onLog }: Setup): Promise<Functions> {
  let current: Promise<Worker> | undefined
  let crashes = 0
  let stopped = false
  const workers = new Set<Worker>()

  const launch = async (): Promise<Worker> => {
    const worker = await startWorker(root, await environment(root, env), onLog)
    workers.add(worker)
    void worker.process.status.then(() => {
      workers.delete(worker)
      if (stopped || current === undefined) return
      void current.then((active) => active === worker && restartAfterCrash(), () => {})
    })
    return worker
  }
  const restartAfterCrash = (): void => {
    const pause = backoff[Math.min(crashes++, backoff.length - 1)]
    onLog(`functions: the process ended; starting it again in ${pause} ms`)
    current = new Promise<void>((resolve) => setTimeout(resolve, pause)).then(launch)
    current.catch(() => {})
  }
  const reload = async (): Promise<void> => {
    const before = current
    try {
      const next = await launch()
      current = Promise.resolve(next)
      crashes = 0
      onLog('functions: reloaded')
      void before?.then((old) => old.retire(), () => {})
    } catch (cause) {
      onLog(`functions: not reloaded: ${cause instanceof Error ? cause.message : cause}`)
    }
  }

  current = launch()
  await current
  const watcher = Deno.watchFs([join(root, 'functions'), join(root, 'types')])
  void watch(watcher, () => stopped ? Promise.resolve() : reload())

  return {
    fetch: async (request) => {
      const worker = await current?.catch(() => undefined)
      if (!worker) return unavailable('The functions are not running.')
      return request.headers.get('upgrade')?.toLowerCase() === 'websocket'
        ? proxySocket(request, worker)
        : await proxy(request, worker)
    },
    stop: async () => {
      stopped = true
      watcher.close()
      const ended = [...workers].map((worker) => worker.process.status)
      for (const worker of workers) worker.process.kill('SIGTERM')
      await Promise.all(ended)
    },
  }
}

async function environment(root: string, platform: Record<string, string>): Promise<Record<string, string>> {
  const own = await readFile(join(root, 'functions', '.env'), 'utf8').catch(() => '')
  return { ...parseEnv(own) as Record<string, string>, ...platform }
}

/** Starts a process that serves every function; resolves when it listens. */
async function startWorker(
  root: string,
  env: Record<string, string>,
  onLog: (line: string) => void,
): Promise<Worker> {
  const names = (await readdir(join(root, 'functions'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .map((entry) => entry.name)
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      'run',
      '--quiet',
      '--allow-net',
      '--allow-env',
      '--allow-sys',
      `--allow-read=${root}`,
      workerFile(),
      root,
      ...names,
    ],
    cwd: root,
    clearEnv: true,
    env: { ...env, PATH: Deno.env.get('PATH') ?? '', HOME: Deno.env.get('HOME') ?? '/', NO_COLOR: '1' },
    // The child reads its input to the end: so it ends with its parent, even after kill -9.
    stdin: 'piped',
    stdout: 'piped',
    stderr: 'piped',
  }).spawn()
  const listening = Promise.withResolvers<number>()
  const out = process.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(lines())
  const err = process.stderr.pipeThrough(new TextDecoderStream()).pipeThrough(lines())
  void (async () => {
    for await (const line of out) {
      const port = /^functions listen on (\d+)$/.exec(line)?.[1]
      if (port) listening.resolve(Number(port))
      else onLog(line)
    }
  })()
  void (async () => {
    for await (const line of err) onLog(line)
  })()
  void process.status.then(({ code }) => listening.reject(new Error(`the process ended with ${code}`)))
  const worker: Worker = {
    process,
    port: await listening.promise,
    inFlight: 0,
    retire: () => {
      const deadline = Date.now() + draining
      const timer = setInterval(() => {
        if (worker.inFlight > 0 && Date.now() < deadline) return
        clearInterval(timer)
        try {
          process.kill('SIGTERM')
        } catch {
          // It has ended already.
        }
      }, 50)
    },
  }
  return worker
}

function workerFile(): string {
  return new URL('./worker.ts', import.meta.url).href
}

function lines(): TransformStream<string, string> {
  let rest = ''
  return new TransformStream({
    transform: (chunk, controller) => {
      const parts = (rest + chunk).split('\n')
      rest = parts.pop() ?? ''
      for (const part of parts) controller.enqueue(part)
    },
    flush: (controller) => {
      if (rest) controller.enqueue(rest)
    },
  })
}

/** Calls `changed` once after each burst of file changes. */
async function watch(watcher: Deno.FsWatcher, changed: () => Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  for await (const event of watcher) {
    if (event.kind === 'access') continue
    clearTimeout(timer)
    timer = setTimeout(() => void changed(), settling)
  }
  clearTimeout(timer)
}

/** Passes a request on; the answer streams through, and a client that leaves is seen by the function. */
async function proxy(request: Request, worker: Worker): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.set('x-forwarded-host', headers.get('host') ?? '')
  headers.delete('host')
  worker.inFlight++
  try {
    const response = await fetch(target(request, worker, 'http:'), {
      method: request.method,
      headers,
      body: request.body,
      redirect: 'manual',
      signal: request.signal,
    })
    if (!response.body) {
      worker.inFlight--
      return response
    }
    const body = response.body.pipeThrough(onEnd(() => worker.inFlight--))
    return new Response(body, { status: response.status, headers: response.headers })
  } catch (cause) {
    worker.inFlight--
    if (request.signal.aborted) throw cause
    return unavailable('The function did not answer.')
  }
}

/** Tells once when a stream has ended, in whichever way. */
function onEnd(ended: () => void): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  return new TransformStream({ flush: ended, cancel: ended })
}

function proxySocket(request: Request, worker: Worker): Response {
  const protocols = request.headers.get('sec-websocket-protocol')?.split(/\s*,\s*/) ?? []
  const { socket: client, response } = Deno.upgradeWebSocket(
    request,
    protocols[0] ? { protocol: protocols[0] } : {},
  )
  const headers: Record<string, string> = {}
  for (const name of ['authorization', 'apikey', 'x-request-id', 'origin', 'user-agent']) {
    const value = request.headers.get(name)
    if (value) headers[name] = value
  }
  const upstream = new WebSocket(target(request, worker, 'ws:'), { protocols, headers })
  worker.inFlight++
  const early: (string | ArrayBuffer)[] = []
  upstream.binaryType = 'arraybuffer'
  client.binaryType = 'arraybuffer'
  client.onmessage = ({ data }) =>
    upstream.readyState === WebSocket.OPEN ? upstream.send(data) : early.push(data)
  upstream.onopen = () => early.splice(0).forEach((data) => upstream.send(data))
  upstream.onmessage = ({ data }) => client.readyState === WebSocket.OPEN && client.send(data)
  upstream.onclose = ({ code, reason }) => {
    worker.inFlight--
    client.close(sendable(code), reason)
  }
  upstream.onerror = () => client.close(1011, 'the function did not answer')
  client.onclose = ({ code, reason }) => upstream.close(sendable(code), reason)
  return response
}

/** Close codes such as 1006 report what happened and must not be sent. */
function sendable(code: number): number {
  return code === 1000 || code >= 3000 && code <= 4999 ? code : 1000
}

function target(request: Request, worker: Worker, protocol: string): URL {
  const url = new URL(request.url)
  url.protocol = protocol
  url.hostname = '127.0.0.1'
  url.port = String(worker.port)
  return url
}

function unavailable(message: string): Response {
  return Response.json({ code: 'BOOT_ERROR', message }, { status: 503, headers: { 'retry-after': '1' } })
}
