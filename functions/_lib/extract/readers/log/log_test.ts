/** Logs: the forms that lines have, entries of several lines, JSON lines, and logs in XML. */
import assert from 'node:assert/strict'
import type { LogEntryPart } from '../../parts.ts'
import { documentOf, only, type Options, partsOf, refusedAs } from '../../testing/extracting.ts'
import { parseLogLine } from './lines.ts'
import { toIsoTime } from './time.ts'

const now = new Date('2026-03-01T00:00:00Z')

async function entries(filename: string, text: string, options: Options = {}): Promise<LogEntryPart[]> {
  return only(await partsOf(filename, text, { now, ...options }), 'log_entry')
}

/** ts, when it was, level, code, component and message. */
function brief(entry: LogEntryPart | undefined): unknown[] {
  return [entry?.ts, entry?.logged_at, entry?.level, entry?.code, entry?.component, entry?.message]
}

/** A line, its fields, and its attributes. */
const commonLines: readonly [string, unknown[], Record<string, unknown>?][] = [
  ['2024-01-02 03:04:05,678 [main] ERROR com.app.Service - E1001: failed', [
    '2024-01-02 03:04:05,678',
    '2024-01-02T03:04:05.678Z',
    'ERROR',
    'E1001',
    'com.app.Service',
    'E1001: failed',
  ], { thread: 'main' }],
  ['2024-01-02T03:04:05+02:00 warn db: slow query', [
    '2024-01-02T03:04:05+02:00',
    '2024-01-02T01:04:05.000Z',
    'warn',
    null,
    'db',
    'slow query',
  ]],
  ['2024-01-02 03:04:05.678  INFO 1234 --- [  main] c.e.App : Started', [
    '2024-01-02 03:04:05.678',
    '2024-01-02T03:04:05.678Z',
    'INFO',
    null,
    'c.e.App',
    'Started',
  ], { pid: '1234', thread: 'main' }],
  ['2024-01-02 03:04:05,678 - my.logger - WARNING - careful', [
    '2024-01-02 03:04:05,678',
    '2024-01-02T03:04:05.678Z',
    'WARNING',
    null,
    'my.logger',
    'careful',
  ]],
  ['2024-01-02 03:04:05.678 UTC [99] ERROR:  relation "x" does not exist', [
    '2024-01-02 03:04:05.678 UTC',
    '2024-01-02T03:04:05.678Z',
    'ERROR',
    null,
    null,
    'relation "x" does not exist',
  ], { pid: '99' }],
  ['[2024-01-02 03:04:05] production.ERROR: Boom', [
    '2024-01-02 03:04:05',
    '2024-01-02T03:04:05.000Z',
    null,
    null,
    null,
    'production.ERROR: Boom',
  ]],
  [
    '127.0.0.1 - bob [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.0" 404 2326 "http://r/" "Agent \\"x\\""',
    [
      '10/Oct/2000:13:55:36 -0700',
      '2000-10-10T20:55:36.000Z',
      null,
      '404',
      null,
      'GET /a?b=1 HTTP/1.0',
    ],
    { host: '127.0.0.1', user: 'bob', bytes: '2326', referer: 'http://r/', user_agent: 'Agent \\"x\\"' },
  ],
  ['<34>1 2003-10-11T22:14:15.003Z host su 77 ID47 [x@1 a="b"] it failed', [
    '2003-10-11T22:14:15.003Z',
    '2003-10-11T22:14:15.003Z',
    'crit',
    'ID47',
    'su',
    'it failed',
  ], { host: 'host', pid: '77', facility: '4', data: '[x@1 a="b"]' }],
  ['<13>Feb  5 17:32:18 10.0.0.99 app[12]: hello', [
    'Feb  5 17:32:18',
    '2026-02-05T17:32:18.000Z',
    'notice',
    null,
    'app',
    'hello',
  ], { host: '10.0.0.99', pid: '12' }],
  ['Dec 31 23:59:59 host sshd[1]: Accepted', [
    'Dec 31 23:59:59',
    '2025-12-31T23:59:59.000Z',
    null,
    null,
    'sshd',
    'Accepted',
  ], { host: 'host', pid: '1' }],
  ['2024-01-02T03:04:05.678901+00:00 host systemd[1]: Started unit', [
    '2024-01-02T03:04:05.678901+00:00',
    '2024-01-02T03:04:05.678Z',
    null,
    null,
    'systemd',
    'Started unit',
  ], { host: 'host', pid: '1' }],
  ['E0102 15:04:05.123456   12 server.go:42] broken', [
    '0102 15:04:05.123456',
    '2026-01-02T15:04:05.123Z',
    'ERROR',
    null,
    'server.go:42',
    'broken',
  ], { pid: '12' }],
  ['2024/01/02 03:04:05 [error] 12#34: *5 open() failed', [
    '2024/01/02 03:04:05',
    '2024-01-02T03:04:05.000Z',
    'error',
    null,
    'nginx',
    'open() failed',
  ], { pid: '12', thread: '34', connection: '5' }],
  ['[Fri Feb 02 12:34:56.789 2024] [core:error] [pid 35708] [client 1.2.3.4:5] AH00124: Request exceeded', [
    'Fri Feb 02 12:34:56.789 2024',
    '2024-02-02T12:34:56.789Z',
    'error',
    'AH00124',
    'core',
    'AH00124: Request exceeded',
  ], { pid: '35708', client: '1.2.3.4:5' }],
  ['01-02 15:04:05.123  1234  5678 W Tag: message', [
    '01-02 15:04:05.123',
    '2026-01-02T15:04:05.123Z',
    'WARNING',
    null,
    'Tag',
    'message',
  ], { pid: '1234', thread: '5678' }],
  ['1700000000.5 INFO started', [
    '1700000000.5',
    '2023-11-14T22:13:20.500Z',
    'INFO',
    null,
    null,
    'started',
  ]],
  ['level=info ts=2024-01-02T03:04:05Z component=api msg="hello \\"you\\"" user=7', [
    '2024-01-02T03:04:05Z',
    '2024-01-02T03:04:05.000Z',
    'info',
    null,
    'api',
    'hello "you"',
  ], { user: '7' }],
  [
    '{"time":"2024-01-02T03:04:05Z","level":50,"msg":"oops","error_code":"E5","name":"svc","extra":{"a":1}}',
    [
      '2024-01-02T03:04:05Z',
      '2024-01-02T03:04:05.000Z',
      'error',
      'E5',
      'svc',
      'oops',
    ],
    { extra: { a: 1 } },
  ],
  ['{"log":"from a container\\n","stream":"stderr","time":"2024-01-02T03:04:05.678901234Z"}', [
    '2024-01-02T03:04:05.678901234Z',
    '2024-01-02T03:04:05.678Z',
    null,
    null,
    null,
    'from a container',
  ], { stream: 'stderr' }],
  ['ERROR: disk full', [null, null, 'ERROR', null, null, 'disk full']],
  ['[WARN] careful now', [null, null, 'WARN', null, null, 'careful now']],
]

Deno.test('lines of the common forms are entries', async () => {
  for (const [line, expected, attrs] of commonLines) {
    const [entry, ...others] = await entries('x.log', `${line}\n`)
    assert.equal(others.length, 0)
    assert.deepEqual(brief(entry), expected, line)
    assert.deepEqual(entry?.attrs, attrs ?? null, line)
  }
})

Deno.test('a line that does not begin an entry continues the one before', async () => {
  const found = await entries(
    'app.log',
    '2024-01-01 00:00:00 ERROR app: Failed\n\tat a.b(C.java:1)\n\nCaused by: x\nplain\n2024-01-01 00:00:01 INFO app: fine\n',
  )
  assert.deepEqual(found.map(({ row, message }) => [row, message]), [
    [0, 'Failed\n\tat a.b(C.java:1)\nCaused by: x\nplain'],
    [1, 'fine'],
  ])
})

Deno.test('a log without any form is a message a line', async () => {
  const found = await entries('x.log', 'one\ntwo\n  three\n')
  assert.deepEqual(found.map(({ message }) => message), ['one', 'two', '  three'])
})

Deno.test('times are read in UTC and never invented', () => {
  const cases: [string, string | null][] = [
    ['2024-02-30 25:00:00', null],
    ['2024-01-01', '2024-01-01T00:00:00.000Z'],
    ['2024-01-01 10:00', '2024-01-01T10:00:00.000Z'],
    ['2024-01-01T10:00:00-0330', '2024-01-01T13:30:00.000Z'],
    ['1700000000123', '2023-11-14T22:13:20.123Z'],
    ['1700000000123456', '2023-11-14T22:13:20.123Z'],
    ['1700000000123456789', '2023-11-14T22:13:20.123Z'],
    ['9999999999', null],
    ['Tue, 02 Jan 2024 03:04:05 GMT', '2024-01-02T03:04:05.000Z'],
    ['yesterday', null],
    ['12:00:00', null],
    ['', null],
  ]
  for (const [ts, iso] of cases) assert.equal(toIsoTime(ts, now), iso, ts)
  assert.equal(toIsoTime(null, now), null)
})

Deno.test('a log is detected by its lines, whatever its name', async () => {
  const text = Array.from(
    { length: 10 },
    (_, index) => `2024-01-01 00:00:0${index} INFO app: message ${index}\n`,
  ).join('')
  for (const name of ['server.log', 'server.txt', 'server', 'server.out.1']) {
    assert.equal(documentOf(await partsOf(name, text)).type, 'log', name)
  }
  assert.equal(
    documentOf(await partsOf('diary.txt', '2024-01-01 was a nice day.\nSo was the next.\n')).type,
    'text',
  )
})

Deno.test('JSON lines that say when and what are a log; others are a table', async () => {
  const log =
    '{"ts":"2024-01-01T00:00:00Z","level":"info","message":"a"}\n{"ts":"2024-01-01T00:00:01Z","level":"warn","message":"b"}\n'
  assert.deepEqual((await entries('x.jsonl', log)).map(({ message }) => message), ['a', 'b'])
  const table = '{"id":1,"name":"a"}\n{"id":2,"name":"b"}\n'
  assert.equal(documentOf(await partsOf('x.jsonl', table)).type, 'json')
})

Deno.test('entries and lines that are too long are cut, with a warning', async () => {
  const stack = '  at something in some file\n'.repeat(10_000)
  const parts = await partsOf('a.log', `2024-01-01 00:00:00 ERROR x\n${stack}2024-01-01 00:00:01 INFO y\n`)
  const [first, second] = only(parts, 'log_entry')
  assert.ok((first?.message?.length ?? 0) <= 64 * 1024 + 100)
  assert.equal(second?.message, 'y')
  assert.deepEqual(only(parts, 'warning').map(({ code }) => code), ['lines_truncated'])
  const long = await partsOf(
    'a.log',
    `2024-01-01 00:00:00 INFO ${'x'.repeat(3_000_000)}\n2024-01-01 00:00:01 INFO y\n`,
  )
  assert.equal(only(long, 'log_entry').length, 2)
  assert.ok(only(long, 'warning').some(({ code }) => code === 'lines_truncated'))
})

Deno.test('no line, however odd, takes long', () => {
  const odd = [
    '['.repeat(50_000),
    '"'.repeat(50_000),
    '<1'.repeat(20_000),
    'a=b '.repeat(20_000),
    'a="'.repeat(20_000),
    `2024-01-01 00:00:00 ${'[a] '.repeat(20_000)}`,
    `2024-01-01 00:00:00 ${'a - '.repeat(20_000)}`,
    `${'1.1.1.1 '.repeat(10_000)}[`,
    `<34>1 2003-10-11T22:14:15.003Z h a p m ${'[a\\'.repeat(20_000)}`,
    '\\"'.repeat(30_000),
    `x - - [10/Oct/2000:13:55:36 -0700] "${'\\a'.repeat(4_000)}`,
  ]
  for (const line of odd) {
    const started = performance.now()
    parseLogLine(line)
    assert.ok(
      performance.now() - started < 10_000,
      `${line.slice(0, 30)} took ${performance.now() - started} ms`,
    )
  }
})

const xml = `<?xml version="1.0"?>
<log>
  <entry><ts>2024-01-01T00:00:00Z</ts><level>ERROR</level><code>E1001</code><component>db</component><message>Down &amp; out</message><host>h1</host></entry>
  <entry time="2024-01-02T00:00:00Z" severity="info"><msg>Hi</msg><service>web</service></entry>
  <entry><timestamp>x</timestamp><text><![CDATA[<b>]]></text></entry>
</log>`

Deno.test('a log in XML has its fields under any of their names', async () => {
  const parts = await partsOf('log.xml', xml, { now })
  assert.equal(documentOf(parts).type, 'xml')
  const found = only(parts, 'log_entry')
  assert.deepEqual(found.map(brief), [
    ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00.000Z', 'ERROR', 'E1001', 'db', 'Down & out'],
    ['2024-01-02T00:00:00Z', '2024-01-02T00:00:00.000Z', 'info', null, 'web', 'Hi'],
    ['x', null, null, null, null, '<b>'],
  ])
  assert.deepEqual(found.map(({ attrs }) => attrs), [{ host: 'h1' }, null, null])
  assert.deepEqual(parts.filter(({ kind }) => kind === 'structure' || kind === 'section'), [])
})

Deno.test('a map names the paths of entries and fields', async () => {
  const text =
    '<root><ev sev="W"><when><at>2024-01-01T00:00:00Z</at></when><body><p>deep</p></body><no>7</no></ev><entry><message>not this</message></entry></root>'
  const maps = [
    { entry: './/ev', fields: { ts: 'when/at', level: '@sev', message: 'nothing|.//p', code: 'no' } },
    {
      entry: 'none | root/ev',
      fields: { ts: './/at', level: '@sev', message: 'body/p/text()', code: './no' },
    },
  ]
  for (const xmlLog of maps) {
    const found = await entries('a.xml', text, { format: 'xml_log', xmlLog })
    assert.deepEqual(found.map(brief), [[
      '2024-01-01T00:00:00Z',
      '2024-01-01T00:00:00.000Z',
      'W',
      '7',
      null,
      'deep',
    ]])
  }
})

Deno.test('XML without entries gives every leaf as a message', async () => {
  const found = await entries('a.xml', '<a><b>one</b><c><d>two</d> </c><e/></a>', { format: 'xml_log' })
  assert.deepEqual(found.map(({ component, message }) => [component, message]), [['b', 'one'], ['d', 'two']])
})

Deno.test('entries inside of entries, as logs nest them, are each one', async () => {
  const found = await entries(
    'a.xml',
    '<?xml version="1.0"?><logs><log><entry><message>a</message><level>I</level><ts>1</ts></entry><entry><message>b</message></entry></log></logs>',
  )
  assert.deepEqual(found.map(({ message }) => message), ['a', 'b'])
})

Deno.test('a truncated log in XML is read up to its end', async () => {
  const parts = await partsOf('log.xml', xml.slice(0, xml.indexOf('<entry><timestamp>') + 30))
  assert.equal(only(parts, 'log_entry').length, 3)
  assert.deepEqual(only(parts, 'warning').map(({ code }) => code), ['truncated_input'])
})

Deno.test('a log in XML that declares entities is refused', async () => {
  await refusedAs(
    'unsafe_xml',
    'a.xml',
    `<?xml version="1.0"?><!DOCTYPE log [<!ENTITY x "y">]>${xml.slice(21)}`,
  )
})

Deno.test('formats of systems are chosen by the first lines: time, level and component of each', async () => {
  const lines: [line: string, at: string, level: string | null, component: string][] = [
    [
      '24/01/05 10:00:00 INFO storage.BlockManager: Started',
      '2024-01-05T10:00:00.000Z',
      'INFO',
      'storage.BlockManager',
    ],
    ['240105 100000 12 WARN dfs.Node$Server: Slow', '2024-01-05T10:00:00.000Z', 'WARN', 'dfs.Node$Server'],
    [
      '- 1704448800 2024.01.05 R01-M0 2024-01-05-10.00.00.123456 R01-M0 RAS KERNEL FATAL parity error',
      '2024-01-05T10:00:00.123Z',
      'FATAL',
      'KERNEL',
    ],
    [
      '- 1704448800 2024.01.05 n12 Jan 5 10:00:00 n12/n12 crond[71]: (root) CMD (date)',
      '2024-01-05T10:00:00.000Z',
      null,
      'crond',
    ],
    [
      '5123 node-7 unix.hw error 1704448800 1 Component is down',
      '2024-01-05T10:00:00.000Z',
      'error',
      'unix.hw',
    ],
    ['20240105-10:0:7:45|Step_Counter|30002312|started', '2024-01-05T10:00:07.045Z', null, 'Step_Counter'],
    [
      '[01.05 10:00:00] browser.exe *64 - example.com:443 open through proxy',
      '2024-01-05T10:00:00.000Z',
      null,
      'browser.exe *64',
    ],
    [
      'api.log.1 2024-01-05 10:00:00.123 71 INFO nova.api.server [req-1 - -] GET /',
      '2024-01-05T10:00:00.123Z',
      'INFO',
      'nova.api.server',
    ],
    ['2024-01-05 10:00:00, Info                  CBS    Loaded', '2024-01-05T10:00:00.000Z', 'Info', 'CBS'],
  ]
  for (const [line, at, level, component] of lines) {
    for (const name of ['a.log', 'a.txt']) {
      const parts = await partsOf(name, `${line}\n`.repeat(3), { now: new Date('2024-06-01') })
      const entries = only(parts, 'log_entry')
      assert.equal(entries.length, 3, line)
      assert.deepEqual([entries[0]?.logged_at, entries[0]?.level, entries[0]?.component], [
        at,
        level,
        component,
      ])
      assert.deepEqual(only(parts, 'warning'), [])
    }
  }
})

Deno.test('entries without time, level and component are a warning', async () => {
  const parts = await partsOf('a.log', 'the pump\nwas dry\n2024-01-05 10:00:00 INFO [pump] started\n')
  assert.deepEqual(only(parts, 'warning').map(({ code, count }) => [code, count]), [['entries_unparsed', 2]])
})
