/** Conversations, AI tasks, agents and tool servers through stock supabase-js, as an application uses them. */
import { strict as assert } from 'node:assert'
import { client, createWorkspace, type Person, request, service, signUp, workIn } from '../support/clients.ts'

/** Everything a response tells, as one text. */
const told = (answer: unknown): string => JSON.stringify(answer)

/** An admin and somebody who joined their workspace. */
async function team(role: 'employee' | 'manager'): Promise<[Person, Person]> {
  const ann = await signUp('admin')
  const eve = await signUp(role)
  await createWorkspace(ann, 'Team')
  const invited = await ann.client.rpc('invite_member', { email: eve.email, role })
  const joined = await eve.client.rpc('accept_invitation', { token: invited.data?.[0]?.token ?? '' })
  await workIn(eve, joined.data ?? '')
  return [ann, eve]
}

Deno.test('a project, its conversations and their messages are read in one request', async () => {
  const ann = await signUp('talker')
  const db = ann.client.schema('dashboard')
  const project = await db.from('chat_projects').insert({
    name: 'Pier Street',
    linked_job_number: '202601-001-MIT',
  }).select('id').single()
  const conversation = await db.from('conversations').insert({
    title: 'Drying',
    chat_project_id: project.data?.id ?? 0,
  }).select('id, session_id, message_count').single()
  assert.equal(conversation.data?.message_count, 0)
  const id = conversation.data?.id ?? 0
  const question = await db.from('messages').insert({
    conversation_id: id,
    role: 'user',
    content: 'How dry is it?',
  }).select('id').single()
  assert.equal(question.error, null)
  const answer = await service().schema('dashboard').from('messages').insert({
    user_id: ann.id,
    conversation_id: id,
    parent_id: question.data?.id ?? 0,
    role: 'assistant',
    content: 'Dry.',
    model_id: 'claude-sonnet-4-5',
    model_name: 'Sonnet 4.5',
    input_tokens: 12,
    output_tokens: 2,
    citations: [{ document: 'log' }],
  })
  assert.equal(answer.error, null)

  const { data, error } = await db.from('chat_projects')
    .select('name, conversations(title, message_count, last_model_id, messages(role, content, citations))')
    .order('created_at', { referencedTable: 'conversations.messages' })
    .order('id', { referencedTable: 'conversations.messages' })
  assert.equal(error, null)
  assert.deepEqual(data, [{
    name: 'Pier Street',
    conversations: [{
      title: 'Drying',
      message_count: 2,
      last_model_id: 'claude-sonnet-4-5',
      messages: [{ role: 'user', content: 'How dry is it?', citations: [] }, {
        role: 'assistant',
        content: 'Dry.',
        citations: [{ document: 'log' }],
      }],
    }],
  }])
  const whole = await db.from('conversations').select('*, messages(*)')
  assert.equal(whole.error, null)
  assert.equal(whole.data?.[0]?.messages.length, 2)
  const back = await db.from('messages').select('content, conversations(title, chat_projects(name))').eq(
    'role',
    'assistant',
  ).single()
  assert.deepEqual(back.data, {
    content: 'Dry.',
    conversations: { title: 'Drying', chat_projects: { name: 'Pier Street' } },
  })
})

Deno.test('the list shows pinned conversations first, how each begins, and follows what is said', async () => {
  const ann = await signUp('lister')
  const db = ann.client.schema('dashboard')
  const made = await db.from('conversations').insert([
    { title: 'first' },
    { title: 'second' },
    { title: 'pinned', is_pinned: true },
    { title: 'gone', archived: true },
  ], { defaultToNull: false }).select('id, title')
  assert.equal(made.error, null)
  const id = (title: string): number => made.data?.find((one) => one.title === title)?.id ?? 0
  await db.from('messages').insert([
    { conversation_id: id('second'), content: 'b' },
    { conversation_id: id('second'), content: '  a\n  question ' },
  ])
  await db.from('messages').insert({ conversation_id: id('first'), content: 'the newest' })
  const list = await db.rpc('recent_conversations').select('title, message_count, preview, last_model_name')
  assert.equal(list.error, null)
  assert.deepEqual(list.data, [
    { title: 'pinned', message_count: 0, preview: null, last_model_name: null },
    { title: 'first', message_count: 1, preview: 'the newest', last_model_name: null },
    { title: 'second', message_count: 2, preview: 'a question', last_model_name: null },
  ])
  assert.deepEqual((await db.rpc('recent_conversations', { only_archived: true }).select('title')).data, [{
    title: 'gone',
  }])
  const viewed = await db.from('conversation_list').select('title, preview').eq('id', id('second')).single()
  assert.deepEqual(viewed.data, { title: 'second', preview: 'a question' })
  const last = await db.rpc('last_messages', { conversation_id: id('second'), max_messages: 1 }).select(
    'content',
  )
  assert.deepEqual(last.data, [{ content: '  a\n  question ' }])

  await db.from('messages').delete().eq('conversation_id', id('first'))
  const counted = await db.from('conversations').select('message_count').eq('id', id('first')).single()
  assert.deepEqual(counted.data, { message_count: 0 })
  const before = await db.from('conversations').select('session_id').eq('id', id('first')).single()
  await db.from('conversations').update({ is_active: false }).eq('id', id('first'))
  const resumed = await db.rpc('resume_conversation', { conversation_id: id('first') })
  assert.equal(resumed.error, null)
  assert.equal(resumed.data?.is_active, true)
  assert.notEqual(resumed.data?.session_id, before.data?.session_id)
  const missing = await db.rpc('resume_conversation', { conversation_id: 999_999_999 })
  assert.deepEqual([missing.status, missing.error?.code], [404, 'PT404'])
})

Deno.test('nobody speaks for the assistant, rewrites what was said, or reads another’s conversation', async () => {
  const [ann, eve] = await team('employee')
  const db = eve.client.schema('dashboard')
  const conversation = await db.from('conversations').insert({ title: 'private' }).select('id, workspace_id')
    .single()
  const id = conversation.data?.id ?? 0
  await db.from('messages').insert({ conversation_id: id, content: 'hello' })
  const forged = await db.from('messages').insert({ conversation_id: id, role: 'assistant', content: 'no' })
  assert.deepEqual([forged.status, forged.error?.code], [403, '42501'])
  const rewritten = await db.from('messages').update({ content: 'something else' }).eq('conversation_id', id)
  assert.deepEqual([rewritten.status, rewritten.error?.code], [403, '42501'])

  const other = ann.client.schema('dashboard')
  assert.deepEqual((await other.from('conversations').select('*, messages(*)')).data, [])
  assert.equal((await other.from('messages').select('*', { count: 'exact', head: true })).count, 0)
  const intruding = await other.from('messages').insert({ conversation_id: id, content: 'hi' })
  const nowhere = await other.from('messages').insert({ conversation_id: 999_999_999, content: 'hi' })
  assert.equal(intruding.error?.code, '23503')
  assert.deepEqual([intruding.status, intruding.error?.message], [nowhere.status, nowhere.error?.message])
  assert.deepEqual((await db.from('messages').select('content')).data, [{ content: 'hello' }])
})

Deno.test('a message sent twice is stored once', async () => {
  const ann = await signUp('repeater')
  const db = ann.client.schema('dashboard')
  const conversation = await db.from('conversations').insert({ title: 'once' }).select('id').single()
  const message = { conversation_id: conversation.data?.id ?? 0, client_id: 'm-1', content: 'once' }
  assert.equal((await db.from('messages').insert(message)).error, null)
  assert.equal((await db.from('messages').insert(message)).error?.code, '23505')
  const { data } = await db.from('conversations').select('message_count').single()
  assert.deepEqual(data, { message_count: 1 })
})

Deno.test('AI tasks add up, and what comes again reaches the managers without its words', async () => {
  const [ann, eve] = await team('employee')
  const db = eve.client.schema('dashboard')
  const logged = await db.from('ai_tasks').insert([
    {
      description: 'Price Mrs Miller’s kitchen',
      status: 'completed',
      category: 'estimates',
      model_id: 'a',
      reusability: 'high',
      tools_used: ['read'],
    },
    { description: 'x', status: 'completed', category: 'estimates', model_id: 'b', steps_required: 6 },
    { description: 'x', status: 'failed', category: 'research', model_id: 'b' },
    { description: 'x', status: 'in_progress' },
  ], { defaultToNull: false })
  assert.equal(logged.error, null)
  const summary = await db.rpc('ai_task_summary').single()
  assert.equal(summary.error, null)
  assert.deepEqual([
    summary.data?.total,
    summary.data?.completed,
    summary.data?.failed,
    Number(summary.data?.success_rate),
    summary.data?.today,
  ], [4, 2, 1, 66.7, 4])
  const models = await db.rpc('ai_task_breakdown', { dimension: 'model' }).select('value, total')
  assert.deepEqual(models.data, [{ value: 'b', total: 2 }, { value: 'a', total: 1 }, {
    value: null,
    total: 1,
  }])
  const days = await db.rpc('ai_tasks_per_day', { days: 7 })
  assert.equal(days.data?.length, 7)
  assert.deepEqual(days.data?.at(-1)?.total, 4)
  const unknown = await db.rpc('ai_task_breakdown', { dimension: 'user_id' })
  assert.deepEqual([unknown.status, unknown.error?.code], [400, '22023'])

  assert.deepEqual((await db.from('automation_candidates').select()).data, [])
  const candidates = await ann.client.schema('dashboard').from('automation_candidates').select(
    'pattern_description, frequency, automation_type',
  )
  assert.deepEqual(candidates.data, [{
    pattern_description: 'Tasks of category estimates with read',
    frequency: 1,
    automation_type: 'skill',
  }])
})

Deno.test('admins set agents up, members use them in their conversations', async () => {
  const [ann, eve] = await team('manager')
  const agent = await ann.client.schema('dashboard').from('agents').insert({
    name: 'estimator',
    capabilities: ['prices'],
    tools: ['read'],
  }).select('id').single()
  const id = agent.data?.id ?? 0
  const db = eve.client.schema('dashboard')
  assert.equal((await db.from('agents').insert({ name: 'mine' })).error?.code, '42501')
  assert.deepEqual((await db.from('agents').update({ is_active: false }).eq('id', id).select()).data, [])
  assert.equal((await db.from('conversations').insert({ agent_id: id })).error, null)
  const conversation = await db.from('conversations').select('title, agents(name)').single()
  assert.deepEqual(conversation.data, { title: null, agents: { name: 'estimator' } })
  await service().schema('dashboard').rpc('record_agent_use', { agent_id: id })
  const used = await db.from('agents').select('times_used').eq('id', id).single()
  assert.deepEqual(used.data, { times_used: 1 })
  const stranger = await signUp('stranger')
  const foreign = await stranger.client.schema('dashboard').from('conversations').insert({ agent_id: id })
  const missing = await stranger.client.schema('dashboard').from('conversations').insert({
    agent_id: 999_999_999,
  })
  assert.equal(foreign.error?.code, '23503')
  assert.deepEqual([foreign.status, foreign.error?.message], [missing.status, missing.error?.message])
})

Deno.test('secrets of a tool server go in and never come out, except to the secret key', async () => {
  const [ann, eve] = await team('employee')
  const db = ann.client.schema('dashboard')
  const answers: unknown[] = []
  const created = await db.from('mcp_connections').insert({
    name: 'github',
    server_type: 'http',
    url: 'https://user:S3CR3T-url@mcp.example.com/mcp',
    config: { timeout: 30, headers: { Authorization: 'Bearer S3CR3T-header' } },
    secrets: { flavour: 'S3CR3T-flavour' },
  }).select().single()
  answers.push(created)
  assert.equal(created.error, null)
  const id = created.data?.id ?? 0
  const hidden = { $secret: true }
  assert.deepEqual(created.data?.config, {
    timeout: 30,
    headers: { Authorization: hidden },
    flavour: hidden,
  })
  assert.equal(created.data?.secrets, null)
  assert.equal(created.data?.url, 'https://***@mcp.example.com/mcp')

  // as a settings screen does: read, change one thing, write everything back
  const read = await db.from('mcp_connections').select().eq('id', id).single()
  answers.push(read)
  answers.push(
    await db.from('mcp_connections').update({
      url: read.data?.url ?? '',
      config: { ...read.data?.config as Record<string, never>, timeout: 60, token: 'S3CR3T-token' },
    }).eq('id', id).select(),
  )
  const complete = async (): Promise<unknown> => {
    const { data, error } = await service().schema('dashboard').rpc('mcp_config', { connection_id: id })
    assert.equal(error, null)
    return data
  }
  assert.deepEqual(await complete(), {
    url: 'https://user:S3CR3T-url@mcp.example.com/mcp',
    timeout: 60,
    headers: { Authorization: 'Bearer S3CR3T-header' },
    flavour: 'S3CR3T-flavour',
    token: 'S3CR3T-token',
  })
  const elsewhere = await db.from('mcp_connections').update({ url: 'https://evil.example' }).eq('id', id)
  answers.push(elsewhere)
  assert.deepEqual([elsewhere.status, elsewhere.error?.code], [400, '22023'])
  answers.push(
    await db.from('mcp_connections').upsert({
      name: 'github',
      server_type: 'http',
      url: 'https://mcp.example.com/mcp',
      config: { headers: { Authorization: 'Bearer S3CR3T-upsert' } },
    }, { onConflict: 'workspace_id,name' }).select(),
  )
  assert.deepEqual(await complete(), {
    url: 'https://mcp.example.com/mcp',
    headers: { Authorization: 'Bearer S3CR3T-upsert' },
  })

  // every other way to ask
  answers.push(await ann.client.from('workspaces').select('*, mcp_connections(*)'))
  answers.push(await eve.client.schema('dashboard').from('mcp_connections').select())
  answers.push(
    await service().schema('dashboard').from('mcp_connections').select('*, workspaces(name)').eq('id', id),
  )
  for (const key of ['config->headers->Authorization', 'config->headers', 'secrets', 'url']) {
    answers.push(
      await request(`/rest/v1/mcp_connections?select=${encodeURIComponent(key)}`, {
        token: ann.token,
        headers: { 'accept-profile': 'dashboard' },
      }),
    )
  }
  answers.push(
    await request('/rest/v1/mcp_secrets', { token: ann.token, headers: { 'accept-profile': 'private' } }),
  )
  for (
    const bad of [
      { name: 'github', server_type: 'sdk', config: { token: 'S3CR3T-x' } },
      { name: 'x', server_type: 'grpc', config: { token: 'S3CR3T-x' } },
      { name: '', server_type: 'sdk', secrets: { a: 'S3CR3T-x' } },
      { name: 'x', server_type: 'sdk', config: 'S3CR3T-x' },
      { name: 'x', server_type: 'http', url: 'ftp://u:S3CR3T-x@h' },
    ]
  ) {
    for (const one of [ann.client, eve.client, service()]) {
      const { data: workspace } = await ann.client.rpc('current_workspace')
      const refused = await one.schema('dashboard').from('mcp_connections').insert({
        workspace_id: workspace ?? '',
        ...bad,
      })
      assert.ok(refused.error, told(bad))
      answers.push(refused)
    }
  }
  for (const one of [ann, eve]) {
    const asked = await one.client.schema('dashboard').rpc('mcp_config', { connection_id: id })
    assert.deepEqual([asked.status, asked.error?.code], [403, '42501'])
    answers.push(asked)
  }
  const unsigned = await client().schema('dashboard').rpc('mcp_config', { connection_id: id })
  assert.deepEqual([unsigned.status, unsigned.error?.code], [401, '42501'])
  for (const answer of answers) assert.doesNotMatch(told(answer), /S3CR3T/)
  assert.ok(answers.length > 25)
})

Deno.test('only admins read the log of the application', async () => {
  const [ann, eve] = await team('manager')
  const { data: workspace } = await ann.client.rpc('current_workspace')
  const written = await service().schema('dashboard').from('activity_logs').insert({
    workspace_id: workspace ?? '',
    user_id: eve.id,
    log_type: 'model',
    severity: 'error',
    data: { code: 'timeout' },
  })
  assert.equal(written.error, null)
  const read = await ann.client.schema('dashboard').from('activity_logs').select('log_type, severity, data')
  assert.deepEqual(read.data, [{ log_type: 'model', severity: 'error', data: { code: 'timeout' } }])
  assert.deepEqual((await eve.client.schema('dashboard').from('activity_logs').select()).data, [])
})

Deno.test('anon is refused everywhere', async () => {
  for (
    const table of [
      'chat_projects',
      'conversations',
      'messages',
      'agents',
      'ai_tasks',
      'automation_candidates',
      'files_processed',
      'activity_logs',
      'mcp_connections',
    ] as const
  ) {
    const { error, status } = await client().schema('dashboard').from(table).select()
    assert.deepEqual([error?.code, status], ['42501', 401], table)
  }
})
