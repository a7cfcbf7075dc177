/**
 * Speed and memory of extraction and chunking: `deno run -A bench/extract.ts [format ...] [--mb 200] [--chunks] [--json]`.
 * Each format runs in a separate process with the heap of an edge function; the result is its peak memory. Streamed formats
 * get `--mb` megabytes, other formats as much as their limit allows.
 */
import { chunk } from '../functions/_lib/chunk/mod.ts'
import { defaultLimits, extract, type Part } from '../functions/_lib/extract/mod.ts'
import { docx, paragraph, sheetRow, wordTable, xlsx } from '../functions/_lib/extract/testing/archives.ts'
import { lines, pdf } from '../functions/_lib/extract/testing/pdfs.ts'

export interface Measurement {
  readonly format: string
  readonly megabytes: number
  readonly seconds: number
  readonly parts: number
  readonly chunks: number
  /** Memory before the first read and at the peak, in MB. */
  readonly before: number
  readonly peak: number
}

const MB = 1_000_000
const encoder = new TextEncoder()
const sentence =
  'The quick brown fox jumps over the lazy dog near the river bank while revenue: $1,200 grows. '

/** Chunks of about 64 KB, generated on demand. */
function streamed(
  megabytes: number,
  line: (index: number) => string,
  first = '',
  last = '',
): ReadableStream<Uint8Array> {
  let bytes = 0
  let index = 0
  let begun = false
  return new ReadableStream({
    pull(controller): void {
      let piece = begun ? '' : first
      begun = true
      while (piece.length < 64 * 1024 && bytes + piece.length < megabytes * MB) piece += line(index++)
      if (piece === '') {
        if (last) controller.enqueue(encoder.encode(last))
        controller.close()
        return
      }
      bytes += piece.length
      controller.enqueue(encoder.encode(piece))
    },
  }, { highWaterMark: 0 })
}

function whole(data: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller): void {
      for (let at = 0; at < data.length; at += 64 * 1024) controller.enqueue(data.slice(at, at + 64 * 1024))
      controller.close()
    },
  })
}

function filled(bytes: number, make: (index: number) => string): string {
  const pieces: string[] = []
  let size = 0
  while (size < bytes) {
    const piece = make(pieces.length)
    pieces.push(piece)
    size += piece.length
  }
  return pieces.join('')
}

const time = (index: number): string => new Date(1_700_000_000_000 + index * 1_000).toISOString()

type Make = (megabytes: number) => ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>>

/** 95 % of a limit, so that the container format around the content still fits. */
const most = (limit: number): number => Math.floor(limit * 0.95)

export const formats: Readonly<
  Record<string, { readonly name: string; readonly streams: boolean; readonly make: Make }>
> = {
  csv: {
    name: 'a.csv',
    streams: true,
    make: (mb) =>
      streamed(
        mb,
        (n) => `${n},name ${n},"quoted, ${n}",${n * 1.5},2024-01-01,some more text\n`,
        'id,name,note,cost,day,text\n',
      ),
  },
  log: {
    name: 'a.log',
    streams: true,
    make: (mb) =>
      streamed(
        mb,
        (n) =>
          `${time(n)} INFO [worker-${n % 9}] app.jobs - E${1000 + n % 99}: job ${n} took ${n % 977} ms\n`,
      ),
  },
  json_lines_log: {
    name: 'b.jsonl',
    streams: true,
    make: (mb) =>
      streamed(
        mb,
        (n) =>
          `{"ts":"${time(n)}","level":"info","msg":"request ${n} served","status":200,"path":"/a/${n}"}\n`,
      ),
  },
  json_lines: {
    name: 'c.jsonl',
    streams: true,
    make: (mb) =>
      streamed(mb, (n) => `{"id":${n},"name":"name ${n}","tags":["a","b"],"amount":${n * 1.5}}\n`),
  },
  text: {
    name: 'a.txt',
    streams: true,
    make: (mb) => streamed(mb, (n) => `${n}: ${sentence.repeat(5)}\n\n`),
  },
  xml_log: {
    name: 'a.xml',
    streams: true,
    make: (mb) =>
      streamed(
        mb,
        (n) => `<entry><ts>${time(n)}</ts><level>INFO</level><message>job ${n} done</message></entry>\n`,
        '<?xml version="1.0"?><log>\n',
        '</log>',
      ),
  },
  xml: {
    name: 'b.xml',
    streams: true,
    make: (mb) =>
      streamed(
        mb,
        (n) => `<book id="${n}"><title>Title ${n}</title><p>${sentence}</p></book>\n`,
        '<?xml version="1.0"?><books>\n',
        '</books>',
      ),
  },
  pdf: {
    name: 'a.pdf',
    streams: false,
    make: async () => {
      const text = lines(Array.from({ length: 45 }, (_, index) => `${index} ${sentence}`.slice(0, 90)), 740)
      return whole(await pdf(Array.from({ length: defaultLimits.pages }, () => text), { compress: true }))
    },
  },
  docx: {
    name: 'a.docx',
    streams: false,
    make: async () => {
      const body = filled(
        most(defaultLimits.docxPartBytes) / 2,
        (n) => n % 50 === 0 ? paragraph(`Heading ${n}`, 'Heading1') : paragraph(`${n} ${sentence.repeat(4)}`),
      )
      return whole(
        await docx(body + wordTable(Array.from({ length: 2_000 }, (_, row) => [`${row}`, 'cell', 'cell']))),
      )
    },
  },
  xlsx: {
    name: 'a.xlsx',
    streams: false,
    make: async () => {
      const rows = filled(
        120 * MB,
        (n) =>
          sheetRow(
            n + 1,
            n === 0
              ? ['id', 'name', 'cost', 'paid', 'note', 'x']
              : [n, `name ${n}`, n * 1.5, n % 2 === 0, 'some text here', n],
          ),
      )
      return whole(await xlsx([{ name: 'Large', rows }]))
    },
  },
  html: {
    name: 'a.html',
    streams: false,
    make: () =>
      whole(
        encoder.encode(`<!doctype html><html><body><main>${
          filled(
            most(defaultLimits.htmlBytes),
            (n) =>
              n % 20 === 0 ? `<h2>Heading ${n}</h2>` : `<p>${n} <b>${sentence}</b> <a href="/x">link</a></p>`,
          )
        }</main></body></html>`),
      ),
  },
  markdown: {
    name: 'a.md',
    streams: false,
    make: () =>
      whole(
        encoder.encode(filled(most(defaultLimits.markdownBytes), (n) =>
          n % 20 === 0
            ? `## Heading ${n}\n\n`
            : `${n} **${sentence}** and [a link](http://x.y) with \`code\`.\n\n`)),
      ),
  },
  json: {
    name: 'a.json',
    streams: false,
    make: () =>
      whole(
        encoder.encode(`[${
          filled(
            most(defaultLimits.jsonBytes),
            (n) => `{"id":${n},"name":"name ${n}","tags":["a","b"],"nested":{"a":${n}}},`,
          )
        }{}]`),
      ),
  },
  yaml: {
    name: 'a.yaml',
    streams: false,
    make: () =>
      whole(
        encoder.encode(
          filled(most(defaultLimits.yamlBytes), (n) => `- id: ${n}\n  name: name ${n}\n  tags: [a, b]\n`),
        ),
      ),
  },
  openapi: {
    name: 'openapi.json',
    streams: false,
    make: () => {
      const paths = filled(
        most(defaultLimits.jsonBytes) / 2,
        (n) =>
          `"/p${n}/{id}":{"get":{"operationId":"get${n}","parameters":[{"$ref":"#/components/parameters/id"}],"responses":{"200":{"description":"${
            sentence.repeat(10)
          }","content":{"application/json":{"schema":{"$ref":"#/components/schemas/T${n % 50}"}}}}}}},`,
      )
      const schemas = Array.from(
        { length: 50 },
        (_, n) =>
          `"T${n}":{"type":"object","properties":{"a":{"type":"string"},"b":{"$ref":"#/components/schemas/T${
            (n + 1) % 50
          }"}}}`,
      ).join(',')
      return whole(
        encoder.encode(
          `{"openapi":"3.0.0","info":{"title":"x"},"components":{"parameters":{"id":{"name":"id","in":"path"}},"schemas":{${schemas}}},"paths":{${paths}"/z":{}}}`,
        ),
      )
    },
  },
}

/** Peak memory of this process, or its current memory if the system does not report the peak. */
function peakMemory(): number {
  try {
    const kilobytes = /VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync('/proc/self/status'))?.[1]
    if (kilobytes) return Number(kilobytes) * 1024 / MB
  } catch {
    // Reported below.
  }
  return Deno.memoryUsage().rss / MB
}

async function measure(
  format: string,
  megabytes: number,
  withChunks: boolean,
  file?: string,
): Promise<Measurement> {
  const { name, make } = formats[format] ?? { name: '', make: () => whole(new Uint8Array()) }
  let bytes = 0
  const made = file === undefined ? await make(megabytes) : (await Deno.open(file)).readable
  const stream = made.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller): void {
        bytes += piece.byteLength
        controller.enqueue(piece)
      },
    }),
  )
  let parts = 0
  const counted = async function* (): AsyncGenerator<Part> {
    for await (const part of extract({ filename: name, stream })) {
      parts++
      yield part
    }
  }
  const before = Deno.memoryUsage().rss / MB
  const started = performance.now()
  let chunks = 0
  if (withChunks) { for await (const _ of chunk(counted(), { logs: 'window' })) chunks++ }
  else for await (const _ of counted());
  const seconds = (performance.now() - started) / 1_000
  return { format, megabytes: bytes / MB, seconds, parts, chunks, before, peak: peakMemory() }
}

/** Runs one format in a separate process. A process that runs out of memory fails. */
export async function measureApart(
  format: string,
  megabytes: number,
  withChunks = false,
  heap = edgeHeap,
): Promise<Measurement> {
  const file = formats[format]?.streams ? undefined : await Deno.makeTempFile()
  try {
    // Creating the file needs memory too, which must not be counted.
    if (file !== undefined) await inner(['--make', file, format], 4_000)
    const more = [...(withChunks ? ['--chunks'] : []), ...(file ? ['--file', file] : [])]
    return JSON.parse(await inner([format, `--mb=${megabytes}`, ...more], heap)) as Measurement
  } finally {
    if (file !== undefined) await Deno.remove(file)
  }
}

/** Heap limit: memory of an edge function minus non-heap memory. */
const edgeHeap = 180

async function inner(options: readonly string[], megabytes: number): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      'run',
      '-A',
      `--v8-flags=--max-old-space-size=${megabytes}`,
      import.meta.filename ?? '',
      '--inner',
      ...options,
    ],
    stdout: 'piped',
    stderr: 'piped',
  }).output()
  if (code !== 0) throw new Error(`${options[0]}: ${new TextDecoder().decode(stderr).slice(0, 2_000)}`)
  return new TextDecoder().decode(stdout)
}

function optionOf(name: string): string | undefined {
  const at = Deno.args.indexOf(name)
  return at < 0 ? undefined : Deno.args[at + 1]
}

if (import.meta.main) {
  const named = Deno.args.filter((argument) => !argument.startsWith('--'))
  const megabytes = Number(/--mb[= ](\d+)/.exec(Deno.args.join(' '))?.[1] ?? 200)
  const withChunks = Deno.args.includes('--chunks')
  const wanted = named.filter((name) => name in formats)
  const target = optionOf('--make')
  if (target !== undefined) {
    const stream = await formats[wanted[0] ?? '']?.make(megabytes)
    if (stream) await Deno.writeFile(target, stream)
  } else if (Deno.args.includes('--inner')) {
    console.log(JSON.stringify(await measure(wanted[0] ?? '', megabytes, withChunks, optionOf('--file'))))
  } else {
    console.log('format              MB  seconds     MB/s      parts    chunks  MB before  MB peak')
    for (const format of wanted.length ? wanted : Object.keys(formats)) {
      const found = await measureApart(format, megabytes, withChunks).catch((cause: Error) => cause)
      if (found instanceof Error) {
        console.log(`${format.padEnd(15)} failed: ${found.message.slice(0, 300)}`)
        continue
      }
      if (Deno.args.includes('--json')) console.log(JSON.stringify(found))
      else {
        console.log([
          format.padEnd(15),
          found.megabytes.toFixed(1).padStart(6),
          found.seconds.toFixed(2).padStart(8),
          (found.megabytes / found.seconds).toFixed(1).padStart(8),
          `${found.parts}`.padStart(10),
          `${found.chunks}`.padStart(9),
          found.before.toFixed(0).padStart(10),
          found.peak.toFixed(0).padStart(8),
        ].join(' '))
      }
    }
  }
}
