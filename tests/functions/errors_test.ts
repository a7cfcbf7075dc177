/** Codes decide the kinds of errors, and the page that lists them is complete. */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  AuthApiError,
  AuthRetryableFetchError,
  FunctionsHttpError,
  FunctionsRelayError,
} from '@supabase/supabase-js'
import postgres from 'postgres'
import { z } from 'zod'
import { constraints } from '../../types/generated/constraints.ts'
import {
  appError,
  AppFailure,
  authRules,
  codeRules,
  type ErrorKind,
  fromAuth,
  fromFunctions,
  fromNetwork,
  fromPostgres,
  fromPostgrest,
  fromStorage,
  fromUnknown,
  fromZod,
  parseRetryAfter,
  statusRules,
  toErrorBody,
  toHttpStatus,
} from '../../types/errors.ts'
import { readConstraints } from '../../tools/generate_constraints.ts'

const root = join(import.meta.dirname ?? '.', '..', '..')
const page = await readFile(join(root, 'docs', 'reference', 'errors.md'), 'utf8')

/** The cells of the tables between two headings of the page. */
function rowsOf(from: string, to = from): string[][] {
  const text = page.slice(page.indexOf(from), to === from ? undefined : page.indexOf(to))
  return text.split('\n').filter((line) => /^\| /.test(line)).map((line) =>
    line.split('|').slice(1, -1).map((cell) => cell.trim().replaceAll('`', ''))
  ).filter(([first = '']) =>
    !/^-+$/.test(first) && first !== 'Code' && first !== 'Kind' && first !== 'HTTP status'
  )
}

Deno.test('the page lists exactly the rules of the code', () => {
  const tables = [codeRules, statusRules, authRules]
  const rules = tables.flatMap((table) => Object.entries(table)).map(([code, rule]) => {
    const retryable = rule.retryable ?? (rule.kind === 'unavailable' || rule.kind === 'rate_limit')
    return [code, rule.kind, retryable ? 'yes' : 'no']
  })
  const listed = rowsOf('## How a code becomes a kind').map((cells) => cells.slice(0, 3))
  assert.deepEqual(listed.sort(), rules.sort())
})

Deno.test('the page lists exactly the codes that migrations raise, with their kinds', async () => {
  const raised = new Set<string>()
  for (const name of await readdir(join(root, 'migrations'))) {
    const text = await readFile(join(root, 'migrations', name), 'utf8')
    for (const match of text.matchAll(/errcode\s*=\s*'([^']+)'/gi)) raised.add(match[1] ?? '')
  }
  const listed = rowsOf('## Codes that Plinth raises', 'Functions answer these codes')
  assert.deepEqual([...new Set(listed.map(([code]) => code))].sort(), [...raised].sort())
  for (const [code = '', kind] of listed) {
    assert.equal(fromPostgrest({ code, message: 'm' }, 500).kind, kind, code)
  }
})

Deno.test('the page lists every code that functions return', async () => {
  const files = ['types/errors.ts']
  for (const entry of await readdir(join(root, 'functions'), { recursive: true, withFileTypes: true })) {
    if (entry.name.endsWith('.ts') && !entry.name.endsWith('_test.ts')) {
      files.push(join(entry.parentPath.slice(root.length + 1), entry.name))
    }
  }
  for (const file of files) {
    const text = await readFile(join(root, file), 'utf8')
    const codes = [
      ...text.matchAll(/\bcode: '(\w+)'/g),
      ...text.matchAll(/\b(?:away|refuse)\('(\w+)'/g),
      ...text.matchAll(/unreachable\(code = '(\w+)'/g),
    ].map((match) => match[1])
    for (const code of codes) {
      assert.ok(
        rowsOf('Functions answer these codes', '## How a code').some(([listed]) => listed === code),
        `${code} of ${file} is listed`,
      )
    }
  }
})

Deno.test('the page lists every kind with its status', () => {
  const listed = rowsOf('## Kinds', '## What a function answers').map((cells) => cells.slice(0, 3))
  assert.deepEqual(listed.length, 9)
  for (const [kind = '', status, retryable] of listed) {
    const error = appError(kind as ErrorKind, { code: 'x', message: 'm' })
    assert.deepEqual([status, retryable], [`${toHttpStatus(error)}`, error.retryable ? 'yes' : 'no'], kind)
  }
})

Deno.test('the code decides the kind, whatever the message is', () => {
  const kinds: [string, number, ErrorKind, number][] = [
    ['PT404', 404, 'not_found', 404],
    ['PT410', 410, 'not_found', 410],
    ['PT422', 422, 'validation', 422],
    ['PT409', 409, 'conflict', 409],
    ['PT503', 503, 'unavailable', 503],
    ['42501', 403, 'authorization', 403],
    ['42501', 401, 'authentication', 401],
    ['23505', 409, 'conflict', 409],
    ['22P02', 400, 'validation', 400],
    ['PGRST116', 406, 'not_found', 404],
    ['PGRST301', 401, 'authentication', 401],
    ['PGRST999', 429, 'rate_limit', 429],
    ['XX000', 500, 'database', 500],
  ]
  for (const [code, status, kind, answered] of kinds) {
    for (const message of ['jwt authentication policy urls not found violates', '']) {
      const error = fromPostgrest({ code, message }, status)
      assert.equal(error.kind, kind, code)
      assert.equal(toHttpStatus(error), answered, code)
    }
  }
})

Deno.test('only temporary failures are retryable', () => {
  const retryable = (code: string): boolean => fromPostgrest({ code, message: '' }, 500).retryable
  for (const code of ['40001', '40P01', '53300', '55P03', '57P01', '08006', 'PGRST003', 'PT429', 'PT503']) {
    assert.ok(retryable(code), code)
  }
  for (const code of ['57014', '53100', '23505', '42501', 'PT409', 'XX000', 'P0001']) {
    assert.ok(!retryable(code), code)
  }
})

Deno.test('a refused value has its field and its constraint', () => {
  const missing = fromPostgrest({
    code: '23502',
    message: 'null value in column "title" of relation "tasks" violates not-null constraint',
  }, 400)
  assert.deepEqual([missing.kind, missing.kind === 'validation' && missing.field], ['validation', 'title'])
  const checked = fromPostgrest({
    code: '23514',
    message: 'new row for relation "task_lists" violates check constraint "task_lists_name_length"',
  }, 400)
  assert.ok(checked.kind === 'validation')
  assert.deepEqual([checked.field, checked.constraint], ['name', 'task_lists_name_length'])
  const native = fromPostgres({ code: '23514', message: '', constraint_name: 'task_lists_name_length' })
  assert.ok(native.kind === 'validation')
  assert.equal(native.field, 'name')
})

Deno.test('a value that is none of the allowed words has them as its hint', () => {
  const refused = (constraint: string): string | null =>
    fromPostgrest({
      code: '23514',
      message: `new row for relation "jobs" violates check constraint "${constraint}"`,
      hint: null,
    }, 400).hint
  assert.equal(
    refused('jobs_status_allowed'),
    'Use one of lead, pending, inspection, active, complete, closed, cancelled.',
  )
  assert.equal(refused('jobs_job_number_length'), null)
})

Deno.test('a missing row of the same schema is a conflict; of another schema, a cross-schema reference', () => {
  const error = {
    code: '23503',
    message: 'insert or update on table "x" violates foreign key constraint "tasks_list_id_fkey"',
  }
  const same = fromPostgrest(error, 409)
  assert.deepEqual([same.kind, same.kind === 'conflict' && same.constraint], [
    'conflict',
    'tasks_list_id_fkey',
  ])
  const joined = Object.entries(constraints).find(([, about]) => about.references)
  if (joined) {
    const other = fromPostgres({ code: '23503', message: '', constraint_name: joined[0] })
    assert.ok(other.kind === 'cross_schema_reference')
    assert.deepEqual({ source: other.source, target: other.target }, joined[1].references)
  }
})

Deno.test('a missing response is unavailable; an abort by the caller is not retryable', () => {
  assert.equal(fromPostgrest({ code: '', message: 'TypeError: fetch failed' }, 0).code, 'unreachable')
  assert.equal(fromNetwork(new TypeError('fetch failed')).retryable, true)
  assert.equal(fromNetwork(new DOMException('', 'TimeoutError')).code, 'timeout')
  assert.equal(fromNetwork(new DOMException('', 'AbortError')).retryable, false)
  assert.equal(fromUnknown(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })).kind, 'unavailable')
  assert.equal(fromPostgres({ code: 'CONNECT_TIMEOUT', message: '' }).kind, 'unavailable')
})

Deno.test('errors of Auth and Storage', () => {
  const auth = (code: string, status: number): ErrorKind => fromAuth(new AuthApiError('m', status, code)).kind
  assert.equal(auth('invalid_credentials', 400), 'authentication')
  assert.equal(auth('user_already_exists', 422), 'conflict')
  assert.equal(auth('over_email_send_rate_limit', 429), 'rate_limit')
  assert.equal(auth('unheard_of', 422), 'validation')
  const weak = fromUnknown(new AuthApiError('m', 422, 'weak_password'))
  assert.equal(weak.kind === 'validation' && weak.field, 'password')
  assert.equal(fromUnknown(new AuthRetryableFetchError('m', 0)).kind, 'unavailable')
  const storage = (status: number, statusCode: string): ErrorKind =>
    fromStorage({ name: '', message: 'm', status, statusCode }).kind
  assert.equal(storage(400, '404'), 'not_found')
  assert.equal(storage(400, '409'), 'conflict')
  assert.equal(storage(413, 'Payload too large'), 'validation')
  assert.equal(fromStorage({ name: 'StorageUnknownError', message: 'm' }).kind, 'unavailable')
})

Deno.test('an error keeps its fields through a function and supabase-js', async () => {
  const errors = [
    appError('validation', { code: 'invalid_request', message: 'm', field: 'title' }),
    appError('conflict', { code: '23505', message: 'm', constraint: 'tags_pkey', hint: 'h' }),
    appError('cross_schema_reference', { code: '23503', message: 'm', source: 'a.b.c', target: 'd.e' }),
    appError('rate_limit', { code: 'PT429', message: 'm', retryAfter: 7 }),
    appError('not_found', { code: 'PT410', message: 'm', status: 410 }),
    appError('unavailable', { code: 'aborted', message: 'm', retryable: false }),
  ]
  for (const error of errors) {
    const headers: Record<string, string> = error.kind === 'rate_limit' ? { 'retry-after': '7' } : {}
    const answer = Response.json(toErrorBody(error, 'id'), { status: toHttpStatus(error), headers })
    assert.deepEqual(await fromFunctions(new FunctionsHttpError(answer)), error)
  }
  assert.equal((await fromFunctions(new FunctionsRelayError(new Response()))).kind, 'unavailable')
  const foreign = Response.json({ code: 'BOOT_ERROR', message: 'm' }, { status: 503 })
  assert.deepEqual([(await fromFunctions(new FunctionsHttpError(foreign))).kind], ['unavailable'])
})

Deno.test('zod issues have their field', () => {
  const parsed = z.strictObject({ a: z.object({ b: z.number() }) }).safeParse({ a: { b: 'x' } })
  assert.ok(!parsed.success)
  for (const error of [fromZod(parsed.error), fromUnknown(parsed.error)]) {
    assert.ok(error.kind === 'validation')
    assert.equal(error.field, 'a.b')
  }
})

Deno.test('a defect reveals nothing', () => {
  for (
    const thrown of [
      new Error('password=secret'),
      'secret',
      null,
      { message: 'secret' },
      new TypeError('secret'),
    ]
  ) {
    const body = toErrorBody(fromUnknown(thrown), 'id')
    assert.deepEqual([body.kind, body.code, JSON.stringify(body).includes('secret')], [
      'database',
      'internal',
      false,
    ])
  }
  const internal = toErrorBody(fromPostgrest({ code: 'XX000', message: 'secret', hint: 'secret' }, 500), 'id')
  assert.ok(!JSON.stringify(internal).includes('secret'))
  const kept = appError('conflict', { code: 'PT409', message: 'm' })
  assert.equal(fromUnknown(new AppFailure(kept)), kept)
})

Deno.test('Retry-After is parsed as seconds or as a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  assert.equal(parseRetryAfter('12', now), 12)
  assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:00:30 GMT', now), 30)
  assert.equal(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now), 0)
  for (const value of [null, '', 'soon']) assert.equal(parseRetryAfter(value, now), null)
})

Deno.test('types/generated/constraints.ts has the constraints of the database', async () => {
  const sql = postgres(Deno.env.get('DATABASE_URL') ?? assert.fail('DATABASE_URL is set'), { max: 1 })
  try {
    assert.deepEqual(constraints, await readConstraints(sql), 'run npm run types')
  } finally {
    await sql.end()
  }
})
