/** The host of functions, with functions made for the purpose in a folder of their own. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Apart, type Functions, startFunctions } from '../../stack/functions/host.ts'
import { sleep, until } from '../support/wait.ts'

type Bench = {
  functions: Functions
  log: string[]
  call(path: string, init?: RequestInit): Promise<Response>
  write(path: string, text: string): Promise<void>
}

async function withFunctions(
  files: Record<string, string>,
  use: (bench: Bench) => Promise<void>,
  env: Record<string, string> = {},
  apart: Apart = { names: [], memoryMb: 64, blockedMs: 4_000, idleMs: 60_000 },
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'plinth-functions-'))
  const log: string[] = []
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  await mkdir(join(root, 'types'))
  await mkdir(join(root, 'functions'))
  for (const [path, text] of Object.entries(files)) await write(path, text)
  const functions = await startFunctions({
    root,
    env: { SUPABASE_URL: 'http://platform', ...env },
    onLog: (line) => log.push(line),
    apart,
  })
  const call = (path: string, init?: RequestInit): Promise<Response> =>
    functions.fetch(new Request(`http://127.0.0.1/functions/v1/${path}`, init))
  try {
    await use({ functions, log, write, call })
  } finally {
    await functions.stop()
    await rm(root, { recursive: true })
  }
}

const says = (text: string): string => `export default { fetch: () => new Response('${text}') }`

Deno.test('each folder is a function; one that does not load answers 503 while the others work', async () => {
  await withFunctions({
    'functions/hello/index.ts': says('hello'),
    'functions/broken/index.ts': `throw new Error('it broke')`,
    'functions/formless/index.ts': 'export default {}',
    'functions/_shared/index.ts': says('not a function'),
  }, async ({ call, log }) => {
    assert.equal(await (await call('hello/any/path?q=1')).text(), 'hello')
    for (const name of ['broken', 'formless']) {
      const answer = await call(name)
      assert.equal(answer.status, 503)
      assert.equal((await answer.json()).code, 'BOOT_ERROR')
    }
    for (const name of ['unknown', '_shared']) {
      const answer = await call(name)
      assert.equal(answer.status, 404)
      assert.equal((await answer.json()).code, 'NOT_FOUND')
    }
    await until(() => log.some((line) => line.includes('it broke')), 'the reason is in the log')
  })
})

Deno.test('a function knows what the platform and functions/.env say, and nothing of the developer', async () => {
  Deno.env.set('PLINTH_TEST_PRIVATE', 'of the developer')
  await withFunctions({
    'functions/.env': 'OWN=from the file\nSUPABASE_URL=not this one\n',
    'functions/env/index.ts': `export default { fetch: () => Response.json(Deno.env.toObject()) }`,
    'functions/read/index.ts':
      `export default { fetch: async () => new Response(await Deno.readTextFile('/etc/hostname')) }`,
    'functions/run/index.ts':
      `export default { fetch: async () => new Response(String((await new Deno.Command('id').output()).code)) }`,
  }, async ({ call }) => {
    const env = await (await call('env')).json()
    assert.equal(env.OWN, 'from the file')
    assert.equal(env.SUPABASE_URL, 'http://platform')
    assert.equal(env.PLINTH_TEST_PRIVATE, undefined)
    for (const name of ['read', 'run']) {
      const answer = await call(name)
      assert.equal(answer.status, 500, `${name} is not permitted`)
      assert.equal((await answer.json()).code, 'WORKER_ERROR')
    }
  })
  Deno.env.delete('PLINTH_TEST_PRIVATE')
})

Deno.test('a folder of models may be read, and native code is that of installed packages alone', async () => {
  const models = await mkdtemp(join(tmpdir(), 'plinth-models-'))
  await writeFile(join(models, 'config.json'), 'of a model')
  const native = join(models, 'native.so')
  await withFunctions({
    'node_modules/some-package/index.js': '',
    'functions/read/index.ts': `export default { fetch: async (request) =>
      new Response(await Deno.readTextFile(new URL(request.url).searchParams.get('file'))) }`,
    'functions/native/index.ts': `export default { fetch: async () => {
      const state = await Deno.permissions.query({ name: 'ffi', path: '${native}' })
      return new Response(state.state) } }`,
  }, async ({ call }) => {
    assert.equal(await (await call(`read?file=${models}/config.json`)).text(), 'of a model')
    const elsewhere = await call('read?file=/etc/hostname')
    assert.deepEqual([elsewhere.status, (await elsewhere.json()).code], [500, 'WORKER_ERROR'])
    assert.notEqual(await (await call('native')).text(), 'granted')
  }, { EMBEDDING_MODEL_PATH: models })
  await rm(models, { recursive: true })
})

Deno.test('a process that is to end tells its functions, as the platform does', async () => {
  const lines: string[] = []
  await withFunctions({
    'functions/work/index.ts': `export default { fetch: () => {
      EdgeRuntime.waitUntil(new Promise((resolve) => addEventListener('beforeunload', (event) => {
        console.log('told to end: ' + event.detail.reason)
        resolve()
      })))
      return new Response('begun') } }`,
  }, async ({ call, functions, log }) => {
    assert.equal(await (await call('work')).text(), 'begun')
    await functions.stop()
    lines.push(...log)
  })
  assert.ok(lines.includes('told to end: termination'))
})

Deno.test('a change takes over without a failed request, and what had begun is finished by the old process', async () => {
  await withFunctions({
    'functions/hello/index.ts': says('one'),
    'functions/slow/index.ts': `export default { fetch: async () => {
      await new Promise((resolve) => setTimeout(resolve, 2500)); return new Response('finished') } }`,
  }, async ({ call, write, log }) => {
    assert.equal(await (await call('hello')).text(), 'one')
    const begun = call('slow')
    await write('functions/hello/index.ts', says('two'))
    const seen: string[] = []
    await until(async () => {
      const answer = await call('hello')
      seen.push(answer.status === 200 ? await answer.text() : `status ${answer.status}`)
      return seen.at(-1) === 'two'
    }, 'the change is served')
    // The change may be loaded before the first of these is asked.
    assert.deepEqual(new Set(seen.slice(0, -1)).difference(new Set(['one'])), new Set())
    assert.equal(await (await begun).text(), 'finished')
    assert.ok(log.includes('functions: reloaded'))
  })
})

Deno.test('a function that breaks, and is mended, comes and goes with its file', async () => {
  await withFunctions({ 'functions/hello/index.ts': says('one') }, async ({ call, write }) => {
    await call('hello')
    await write('functions/hello/index.ts', 'export default {')
    await until(async () => (await call('hello')).status === 503, 'the broken function answers 503')
    await write('functions/hello/index.ts', says('two'))
    await until(async () => (await call('hello')).status === 200, 'the mended function answers')
  })
})

Deno.test('a process that crashes is started again', async () => {
  await withFunctions({
    'functions/crash/index.ts':
      `export default { fetch: () => { setTimeout(() => Deno.exit(7)); return new Response('bye') } }`,
    'functions/hello/index.ts': says('hello'),
  }, async ({ call, log }) => {
    assert.equal(await (await call('crash')).text(), 'bye')
    await until(() => log.some((line) => line.includes('starting again')), 'the crash is noticed')
    assert.equal(await (await call('hello')).text(), 'hello')
  })
})

Deno.test('a file that takes all of the time or memory of its process ends that one alone', async () => {
  await withFunctions(
    {
      'functions/read/index.ts': `export default { fetch: (request) => {
        const held = []
        if (request.url.endsWith('?loop')) while (true) held.length = 0
        if (request.url.endsWith('?fill')) while (true) held.push({ text: String(held.length) })
        return Response.json(Deno.pid) } }`,
      'functions/other/index.ts': `export default { fetch: () => Response.json(Deno.pid) }`,
    },
    async ({ call, log }) => {
      const shared = await (await call('other')).json()
      let reader = await (await call('read')).json()
      assert.notEqual(reader, shared)
      for (const hostile of ['loop', 'fill']) {
        const ended = call(`read?${hostile}`)
        // Others are answered while the process is stuck.
        for (let count = 0; count < 3; count++) assert.equal(await (await call('other')).json(), shared)
        const answer = await ended
        assert.deepEqual([answer.status, (await answer.json()).code], [503, 'BOOT_ERROR'])
        await until(async () => (await call('read')).status === 200, 'the next request starts a process')
        const next = await (await call('read')).json()
        assert.notEqual(next, reader)
        reader = next
      }
      assert.equal(await (await call('other')).json(), shared)
      assert.ok(log.some((line) => line.includes('did not pause')), 'the log says why')
    },
    {},
    { names: ['read'], memoryMb: 64, blockedMs: 3_000, idleMs: 60_000 },
  )
})

Deno.test('a function with a process of its own has none before its first request, and none when it is idle', async () => {
  await withFunctions(
    { 'functions/read/index.ts': `export default { fetch: () => Response.json(Deno.pid) }` },
    async ({ call }) => {
      const first: number = await (await call('read')).json()
      await until(() => !alive(first), 'the idle process ends')
      const next: number = await (await call('read')).json()
      assert.notEqual(next, first)
    },
    {},
    { names: ['read'], memoryMb: 64, blockedMs: 20_000, idleMs: 100 },
  )
})

Deno.test('Ctrl-C ends no request under way: it is the platform that ends the functions', async () => {
  await withFunctions({
    'functions/slow/index.ts': `export default { fetch: async () => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      return Response.json(Deno.pid)
    } }`,
  }, async ({ call, log }) => {
    const pid = await (await call('slow')).json()
    const begun = call('slow')
    await sleep(100)
    Deno.kill(pid, 'SIGINT')
    assert.equal(await (await begun).json(), pid)
    assert.equal(await (await call('slow')).json(), pid)
    assert.ok(!log.some((line) => line.includes('starting again')))
  })
})

Deno.test('an answer streams through piece by piece, and a client that leaves is seen by the function', async () => {
  await withFunctions({
    'functions/stream/index.ts': `
      let left = 'no'
      export default { fetch: (request) => {
        if (request.method === 'GET') return new Response(left)
        request.signal.addEventListener('abort', () => left = 'yes')
        let timer
        return new Response(new ReadableStream({
          start(controller) {
            let count = 0
            timer = setInterval(() => controller.enqueue(new TextEncoder().encode(String(count++))), 20)
          },
          cancel() { clearInterval(timer); left = 'yes' },
        }))
      } }`,
  }, async ({ call }) => {
    const client = new AbortController()
    const answer = await call('stream', { method: 'POST', signal: client.signal })
    const reader = (answer.body ?? assert.fail('it has a body')).getReader()
    const first = await reader.read()
    assert.equal(new TextDecoder().decode(first.value), '0')
    client.abort()
    await reader.read().catch(() => {})
    await until(
      async () => await (await call('stream')).text() === 'yes',
      'the function saw the client leave',
    )
  })
})

Deno.test('WebSockets are passed through, and a refused upgrade is an ordinary answer', async () => {
  await withFunctions({
    'functions/echo/index.ts': `export default { fetch: (request) => {
      if (new URL(request.url).searchParams.has('refuse')) return new Response('no', { status: 401 })
      const { socket, response } = Deno.upgradeWebSocket(request)
      if (new URL(request.url).searchParams.has('dismiss')) {
        socket.onopen = () => { socket.send('go away'); socket.close(4001, 'not here') }
        return response
      }
      socket.onopen = () => socket.send('welcome')
      socket.onmessage = ({ data }) => socket.send(data)
      return response
    } }`,
  }, async ({ functions }) => {
    const statuses: number[] = []
    const gateway = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, async (request) => {
      const answer = await functions.fetch(request)
      statuses.push(answer.status)
      return answer
    })
    const url = `ws://127.0.0.1:${gateway.addr.port}/functions/v1/echo`
    const socket = new WebSocket(url)
    const heard: string[] = []
    socket.onopen = () => socket.send('hello')
    socket.onmessage = ({ data }) => {
      heard.push(data)
      if (heard.length === 2) socket.close()
    }
    await new Promise((resolve) => socket.onclose = resolve)
    assert.deepEqual(heard, ['welcome', 'hello'])

    const dismissed = new WebSocket(`${url}?dismiss`)
    const told: string[] = []
    dismissed.onmessage = ({ data }) => told.push(data)
    const farewell = await new Promise<CloseEvent>((resolve) => dismissed.onclose = resolve)
    assert.deepEqual([told, farewell.code, farewell.reason], [['go away'], 4001, 'not here'])

    const refused = new WebSocket(`${url}?refuse`)
    await new Promise((resolve) => refused.onerror = resolve)
    assert.deepEqual(statuses, [101, 101, 401])
    await gateway.shutdown()
  })
})

Deno.test('the process ends with its parent, even when that is killed', async () => {
  const root = await mkdtemp(join(tmpdir(), 'plinth-functions-'))
  await mkdir(join(root, 'types'))
  await mkdir(join(root, 'functions', 'pid'), { recursive: true })
  await writeFile(
    join(root, 'functions', 'pid', 'index.ts'),
    `export default { fetch: () => Response.json(Deno.pid) }`,
  )
  const host = new URL('../../stack/functions/host.ts', import.meta.url).href
  const parent = join(root, 'parent.ts')
  await writeFile(
    parent,
    `import { startFunctions } from '${host}'
    const functions = await startFunctions({ root: '${root}', env: {}, onLog: console.error })
    console.log(await (await functions.fetch(new Request('http://127.0.0.1/functions/v1/pid'))).text())`,
  )
  const process = new Deno.Command(Deno.execPath(), {
    args: ['run', '-A', '--quiet', parent],
    stdout: 'piped',
  }).spawn()
  const reader = process.stdout.getReader()
  const pid = Number(new TextDecoder().decode((await reader.read()).value))
  assert.ok(alive(pid), 'the functions run')
  process.kill('SIGKILL')
  await process.status
  await until(() => !alive(pid), 'the functions ended')
  await reader.cancel()
  await rm(root, { recursive: true })
})

function alive(pid: number): boolean {
  try {
    Deno.kill(pid, 'SIGCONT')
    return true
  } catch {
    return false
  }
}
