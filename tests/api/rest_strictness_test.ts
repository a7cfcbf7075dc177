/** REST answers as PostgREST 13 does, where clients meet the difference: bodies, embeds, functions, pages and refusals. */
import { strict as assert } from 'node:assert'
import { env, type Person, request, signUp } from '../support/clients.ts'

type Asked = {
  prefer?: string
  body?: unknown
  accept?: string
  contentType?: string
  range?: string
  profile?: string
}
type Answer = { status: number; body: unknown; headers: Headers }

/** Asks REST in the schema dashboard. */
async function ask({ token }: Person, method: string, path: string, asked: Asked = {}): Promise<Answer> {
  const { body, profile = 'dashboard' } = asked
  const headers: Record<string, string> = { 'accept-profile': profile, 'content-profile': profile }
  if (asked.prefer) headers['prefer'] = asked.prefer
  if (asked.accept) headers['accept'] = asked.accept
  if (asked.range) headers['range'] = asked.range
  if (asked.contentType) headers['content-type'] = asked.contentType
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return await request(`/rest/v1${path}`, {
    method,
    headers,
    token,
    ...(body === undefined ? {} : { body: text }),
  })
}

/** Status and code of a refusal, which is JSON in PostgREST's form. */
function refusal({ status, body, headers }: Answer): [number, string] {
  assert.match(headers.get('content-type') ?? '', /^application\/json/)
  assert.deepEqual(Object.keys(body as object).sort(), ['code', 'details', 'hint', 'message'])
  const { code } = body as { code: string }
  assert.equal(headers.get('proxy-status'), `PostgREST; error=${code}`)
  return [status, code]
}

const representation = 'return=representation'

/** A task with a subtask. */
async function family(person: Person): Promise<{ parent: number; child: number }> {
  const add = async (row: Record<string, unknown>): Promise<number> => {
    const { body } = await ask(person, 'POST', '/tasks?select=id', { body: row, prefer: representation })
    return (body as { id: number }[])[0]?.id ?? 0
  }
  const parent = await add({ title: 'Parent' })
  return { parent, child: await add({ title: 'Child', parent_id: parent }) }
}

Deno.test('an empty object is a row of defaults, an empty list no row', async () => {
  const ann = await signUp('empty')
  const insert = (body: unknown): Promise<Answer> =>
    ask(ann, 'POST', '/conversations?select=title', { body, prefer: representation })
  const row = { title: null }
  for (const [body, rows] of [[{}, [row]], [[{}], [row]], [[{}, {}], [row, row]], [[], []], ['5', []]]) {
    const answer = await insert(body)
    assert.deepEqual([answer.status, answer.body], [201, rows], JSON.stringify(body))
  }
  assert.deepEqual(refusal(await insert('')), [400, 'PGRST102'])
  assert.deepEqual(refusal(await ask(ann, 'POST', '/task_lists', { body: {} })), [400, '23502'])
})

Deno.test('rows of a bulk insert are even, or leave null, or by preference the default', async () => {
  const ann = await signUp('uneven')
  const body = [{ title: 'One' }, { title: 'Two', notes: 'b', priority: 'high' }]
  const insert = (columns: string, prefer = representation): Promise<Answer> =>
    ask(ann, 'POST', `/tasks?select=title,notes,priority${columns}`, { body, prefer })
  assert.deepEqual(refusal(await insert('')), [400, 'PGRST102'])
  // The column takes no null.
  assert.deepEqual(refusal(await insert('&columns=title,notes,priority')), [400, '23502'])
  const filled = await insert('&columns=title,notes,priority', `${representation},missing=default`)
  assert.deepEqual([filled.status, filled.body], [201, [
    { title: 'One', notes: null, priority: 'none' },
    { title: 'Two', notes: 'b', priority: 'high' },
  ]])
  assert.match(filled.headers.get('preference-applied') ?? '', /missing=default/)
  assert.deepEqual(refusal(await insert('&columns=title,nothing')), [400, 'PGRST204'])
})

Deno.test('booleans are what Postgres reads as booleans', async () => {
  const ann = await signUp('boolean')
  const insert = (archived: unknown): Promise<Answer> =>
    ask(ann, 'POST', '/tasks?select=archived', { body: { title: 'x', archived }, prefer: representation })
  assert.deepEqual((await insert('yes')).body, [{ archived: true }])
  assert.deepEqual((await insert(1)).body, [{ archived: true }])
  assert.deepEqual(refusal(await insert('maybe')), [400, '22P02'])
  const found = await ask(ann, 'GET', '/tasks?select=title&archived=eq.on')
  assert.equal((found.body as unknown[]).length, 2)
  assert.deepEqual(refusal(await ask(ann, 'GET', '/tasks?archived=eq.maybe')), [400, '22P02'])
  assert.deepEqual(refusal(await ask(ann, 'GET', '/rpc/planned_tasks?include_completed=maybe')), [
    400,
    '22P02',
  ])
})

Deno.test('JSON keeps its type, and numbers all their digits', async () => {
  const ann = await signUp('exact')
  const asked = { profile: 'public', body: { preferences: { five: '5', long: 0 } }, prefer: representation }
  const text = JSON.stringify(asked.body).replace('0', '12345678901234567890.5')
  const { body } = await ask(ann, 'POST', '/user_prefs?select=preferences->five,long:preferences->>long', {
    ...asked,
    body: text,
  })
  assert.deepEqual(body, [{ five: '5', long: '12345678901234567890.5' }])
})

Deno.test('a vector is written as a list of numbers', async () => {
  const ann = await signUp('vector')
  const row = { user_id: ann.id, content: 'x', embedding: Array(384).fill(0.5), embedding_model: 'test' }
  const { status, body } = await request('/rest/v1/cipher_memory?select=embedding', {
    method: 'POST',
    headers: { prefer: representation },
    key: env('SUPABASE_SECRET_KEY'),
    body: JSON.stringify(row),
  })
  assert.deepEqual([status, body], [201, [{ embedding: `[${row.embedding.join()}]` }]])
})

Deno.test('embeds that could mean several relationships are refused with the choices', async () => {
  const ann = await signUp('ambiguous')
  await family(ann)
  const several = await ask(ann, 'GET', '/tasks?select=title,tasks(title)')
  assert.deepEqual(refusal(several), [300, 'PGRST201'])
  const { details } = several.body as { details: { relationship: string }[] }
  assert.equal(
    details[0]?.relationship,
    'tasks_parent_id_fkey using tasks(user_id, id) and tasks(user_id, parent_id)',
  )
  for (
    const embed of [
      'nothing(*)',
      'tasks!parent_id(title)',
      'up:parent_id(title)',
      'tasks!tasks_parent_id_fkey(*)',
    ]
  ) {
    assert.deepEqual(refusal(await ask(ann, 'GET', `/tasks?select=title,${embed}`)), [400, 'PGRST200'], embed)
  }
  const hinted = await ask(
    ann,
    'GET',
    '/tasks?select=title,task_lists!tasks_list_id_fkey(name)&title=eq.Child',
  )
  assert.deepEqual(hinted.body, [{ title: 'Child', task_lists: null }])
})

Deno.test('functions that embed can be joined, spread and asked for', async () => {
  const ann = await signUp('joins')
  await family(ann)
  const get = async (query: string): Promise<unknown> =>
    (await ask(ann, 'GET', `/tasks?select=title,${query}`)).body
  assert.deepEqual(await get('parent_task!inner(title)'), [{
    title: 'Child',
    parent_task: { title: 'Parent' },
  }])
  assert.deepEqual(await get('subtasks!inner(title)'), [{ title: 'Parent', subtasks: [{ title: 'Child' }] }])
  assert.deepEqual(await get('...parent_task(above:title)&order=id'), [
    { title: 'Parent', above: null },
    { title: 'Child', above: 'Parent' },
  ])
  assert.deepEqual(await get('...subtasks(below:title)&order=id'), [
    { title: 'Parent', below: ['Child'] },
    { title: 'Child', below: [] },
  ])
  assert.deepEqual(await get('subtasks()&subtasks=is.null'), [{ title: 'Child' }])
  assert.deepEqual(await get('parent_task(title)&order=parent_task(title).nullsfirst'), [
    { title: 'Parent', parent_task: null },
    { title: 'Child', parent_task: { title: 'Parent' } },
  ])
  const counted = await ask(ann, 'HEAD', '/tasks?select=title,subtasks!inner(title)', {
    prefer: 'count=exact',
  })
  assert.equal(counted.headers.get('content-range'), '0-0/1')
})

Deno.test('computed columns are selected, filtered and ordered by, also after a change', async () => {
  const ann = await signUp('computed')
  const { parent } = await family(ann)
  const inserted = await ask(ann, 'POST', '/tasks?select=title,subtask_total,parent_task(title)', {
    body: { title: 'Second', parent_id: parent },
    prefer: representation,
  })
  assert.deepEqual(inserted.body, [{ title: 'Second', subtask_total: 0, parent_task: { title: 'Parent' } }])
  const path = '/tasks?select=title&subtask_total=gt.1&order=subtask_total.desc'
  assert.deepEqual((await ask(ann, 'GET', path)).body, [{ title: 'Parent' }])
})

Deno.test('rows are in the order of an embedded row, where there is one', async () => {
  const ann = await signUp('orders')
  for (
    const [path, code] of [
      ['/tasks?select=title,tags(name)&order=tags(name)', 'PGRST118'],
      ['/tasks?select=title&order=task_lists(name)', 'PGRST108'],
      ['/tasks?select=title&task_lists.name=eq.x', 'PGRST108'],
      ['/tasks?select=title&order=nothing', '42703'],
      ['/tasks?select=nothing', '42703'],
      ['/tasks?nothing=eq.1', '42703'],
      ['/rpc/planned_tasks?select=title&order=id', '42703'],
    ] as const
  ) {
    assert.deepEqual(refusal(await ask(ann, 'GET', path)), [400, code], path)
  }
  const { status } = await ask(ann, 'GET', '/tasks?select=title,task_lists(name)&order=task_lists(name).desc')
  assert.equal(status, 200)
})

Deno.test('filters compare with lists of patterns, and with lists', async () => {
  const ann = await signUp('patterns')
  await family(ann)
  const titles = async (filter: string): Promise<unknown> => {
    const { body } = await ask(ann, 'GET', `/tasks?select=title&order=id&${filter}`)
    return (body as { title: string }[]).map(({ title }) => title)
  }
  assert.deepEqual(await titles('title=like(any).{P*,C*}'), ['Parent', 'Child'])
  assert.deepEqual(await titles('title=ilike(all).{p*,*NT}'), ['Parent'])
  assert.deepEqual(await titles('title=eq(any).{Child,None}'), ['Child'])
  assert.deepEqual(await titles('context=eq.{}'), ['Parent', 'Child'])
  assert.deepEqual(await titles('title=in.("Child","a,b")'), ['Child'])
  assert.deepEqual(await titles('not.or=(title.eq.Child,title.in.(x,"y)"))'), ['Parent'])
  assert.deepEqual(await titles('notes=isdistinct.x&archived=is.false'), ['Parent', 'Child'])
})

// A limit of the local platform: PostgREST leaves it to the database.
const isReal = Boolean(Deno.env.get('POSTGREST_URL'))
Deno.test('deep nesting is refused, as no error of the platform', { ignore: isReal }, async () => {
  const ann = await signUp('deep')
  const nested = (levels: number): string =>
    `/tasks?or=(${'and('.repeat(levels)}id.gt.0${')'.repeat(levels)})`
  assert.equal((await ask(ann, 'GET', nested(50))).status, 200)
  assert.deepEqual(refusal(await ask(ann, 'GET', nested(1000))), [400, 'PGRST100'])
  const embeds = `/tasks?select=${'subtasks('.repeat(200)}id${')'.repeat(200)}`
  assert.deepEqual(refusal(await ask(ann, 'GET', embeds)), [400, 'PGRST100'])
})

Deno.test('functions take lists, GET and HEAD, and change nothing by reading', async () => {
  const ann = await signUp('calls')
  assert.deepEqual(
    (await ask(ann, 'POST', '/rpc/planned_tasks', { body: [{ include_completed: true }] })).body,
    [],
  )
  assert.deepEqual((await ask(ann, 'GET', '/rpc/planned_tasks?include_completed=true&id=gt.0')).body, [])
  const head = await ask(ann, 'HEAD', '/rpc/planned_tasks', { prefer: 'count=exact' })
  assert.deepEqual([head.status, head.headers.get('content-range')], [200, '*/0'])
  const create = '/rpc/create_workspace?name=x'
  assert.deepEqual(refusal(await ask(ann, 'GET', create, { profile: 'public' })), [405, '25006'])
  assert.equal((await ask(ann, 'HEAD', create, { profile: 'public' })).status, 405)
  assert.deepEqual(refusal(await ask(ann, 'DELETE', '/rpc/planned_tasks')), [405, 'PGRST101'])
  assert.deepEqual(refusal(await ask(ann, 'POST', '/rpc/planned_tasks', { body: { x: 1 } })), [
    404,
    'PGRST202',
  ])
})

Deno.test('tables are read and written as CSV', async () => {
  const ann = await signUp('csv')
  const written = await ask(ann, 'POST', '/tasks?select=title,notes', {
    body: 'title,notes\n"a ""b"", c",NULL\nd,\n',
    contentType: 'text/csv',
    prefer: representation,
  })
  assert.deepEqual(written.body, [{ title: 'a "b", c', notes: null }, { title: 'd', notes: '' }])
  const { body, headers } = await ask(ann, 'GET', '/tasks?select=title,context,archived,notes&order=id', {
    accept: 'text/csv',
  })
  assert.equal(body, 'title,context,archived,notes\n"a ""b"", c",{},f,\nd,{},f,""')
  assert.equal(headers.get('content-type'), 'text/csv; charset=utf-8')
  const uneven = await ask(ann, 'POST', '/tasks', { body: 'title,notes\na\n', contentType: 'text/csv' })
  assert.deepEqual(refusal(uneven), [400, 'PGRST102'])
  const unknown = await ask(ann, 'POST', '/tasks', { body: 'x', contentType: 'text/plain' })
  assert.deepEqual(refusal(unknown), [400, 'PGRST102'])
  assert.deepEqual(refusal(await ask(ann, 'GET', '/tasks', { accept: 'text/xml' })), [406, 'PGRST107'])
})

Deno.test('pages have the statuses 200, 206 and 416', async () => {
  const ann = await signUp('pages')
  await ask(ann, 'POST', '/tasks', { body: [{ title: 'a' }, { title: 'b' }, { title: 'c' }] })
  const page = async (query: string, asked: Asked = {}): Promise<[number, string | null]> => {
    const { status, headers } = await ask(ann, 'GET', `/tasks?select=id${query}`, asked)
    return [status, headers.get('content-range')]
  }
  const prefer = 'count=exact'
  assert.deepEqual(await page('', { prefer }), [200, '0-2/3'])
  assert.deepEqual(await page('&limit=2', { prefer }), [206, '0-1/3'])
  assert.deepEqual(await page('&limit=2'), [200, '0-1/*'])
  assert.deepEqual(await page('', { range: '1-1', prefer }), [206, '1-1/3'])
  assert.deepEqual(await page('&offset=9', { prefer }), [416, '*/3'])
  assert.deepEqual(await page('&offset=9'), [200, '*/*'])
  for (const query of ['&limit=-1', '']) {
    const answer = await ask(ann, 'GET', `/tasks?select=id${query}`, query ? {} : { range: '5-1' })
    assert.deepEqual(refusal(answer), [416, 'PGRST103'])
  }
})

Deno.test('a strict change stops before it concerns more rows than it may', async () => {
  const ann = await signUp('strict')
  await ask(ann, 'POST', '/tasks', { body: [{ title: 'a' }, { title: 'b' }] })
  const strict = 'handling=strict,max-affected=1'
  const change = { body: { notes: 'x' } }
  assert.deepEqual(refusal(await ask(ann, 'PATCH', '/tasks?id=gt.0', { ...change, prefer: strict })), [
    400,
    'PGRST124',
  ])
  assert.deepEqual(refusal(await ask(ann, 'DELETE', '/tasks?id=gt.0', { prefer: strict })), [400, 'PGRST124'])
  assert.deepEqual((await ask(ann, 'GET', '/tasks?select=notes')).body, [{ notes: null }, { notes: null }])
  assert.equal((await ask(ann, 'PATCH', '/tasks?title=eq.a', { ...change, prefer: strict })).status, 204)
  assert.equal(
    (await ask(ann, 'PATCH', '/tasks?id=gt.0', { ...change, prefer: 'max-affected=1' })).status,
    204,
  )
  const unknown = await ask(ann, 'GET', '/tasks', { prefer: 'handling=strict,all=true' })
  assert.deepEqual(refusal(unknown), [400, 'PGRST122'])
})

Deno.test('what cannot be is refused by code, and a missing right says how to sign in', async () => {
  const ann = await signUp('refused')
  for (
    const [method, path, expected] of [
      ['GET', '/tasks/1', [404, 'PGRST125']],
      ['PURGE', '/tasks', [405, 'PGRST117']],
      ['GET', '/nothing', [404, 'PGRST205']],
      ['GET', '/tasks?select=count()', [400, 'PGRST123']],
      ['GET', '/tasks?title=is.some', [400, 'PGRST100']],
      ['GET', '/tasks?title=is.constructor', [400, 'PGRST100']],
      ['GET', '/tasks?title=constructor.x', [400, 'PGRST100']],
      ['GET', '/tasks?select=title::text",id::text"', [400, 'PGRST100']],
      ['GET', '/tasks?select=title::text);select(1', [400, 'PGRST100']],
      ['GET', '/tasks?select=title::nothing', [400, '42704']],
      ['GET', '/tasks?or=(id.gt.0', [400, 'PGRST100']],
      ['GET', '/tasks?select=id,(', [400, 'PGRST100']],
    ] as const
  ) {
    assert.deepEqual(refusal(await ask(ann, method, path)), expected, path)
  }
  const { body } = await ask(ann, 'GET', '/taskz')
  assert.equal((body as { hint: string }).hint, "Perhaps you meant the table 'dashboard.tasks'")
  for (const asked of [{ accept: 'constructor' }, { prefer: 'handling=strict,constructor=x' }]) {
    assert.ok((await ask(ann, 'GET', '/tasks', asked)).status < 500)
  }
  const strange = await ask(ann, 'POST', '/rpc/planned_tasks', { body: '{}', contentType: 'constructor' })
  assert.deepEqual(refusal(strange), [400, 'PGRST102'])
  for (const token of ['garbage', '']) {
    const answer = await ask({ ...ann, token }, 'GET', '/tasks')
    assert.deepEqual(refusal(answer), [401, token ? 'PGRST301' : '42501'])
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer')
  }
})
