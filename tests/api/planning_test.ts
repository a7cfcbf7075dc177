/** Goals, projects and time through stock supabase-js: embeds, screens, the clock, and errors with their status. */
import { strict as assert } from 'node:assert'
import { fromPostgrest } from '../../types/errors.ts'
import { client, type Person, service, signUp } from '../support/clients.ts'

const dashboard = (person: Person) => person.client.schema('dashboard')

Deno.test('a user plans a goal with milestones, a project and tasks, and reads it all in one request', async () => {
  const ann = await signUp('planner')
  const db = dashboard(ann)
  const area = await db.from('tags').insert({ name: 'Home', type: 'area' }).select('id').single()
  const goal = await db.from('goals').insert({ name: 'Sell the house', status: 'active' })
    .select('id, goal_set').single()
  assert.equal(goal.data?.goal_set, new Date().toISOString().slice(0, 10))
  const goalId = goal.data?.id ?? 0
  await db.from('milestones').insert([
    { goal_id: goalId, name: 'Photos' },
    { goal_id: goalId, name: 'Contract' },
  ])
  const reached = await db.from('milestones').update({ completed_at: 'now' }).eq('name', 'Photos')
    .select('completed_at').single()
  assert.ok(Math.abs(Date.parse(reached.data?.completed_at ?? '') - Date.now()) < 60_000)
  const project = await db.from('projects')
    .insert({ name: 'Kitchen', goal_id: goalId, area_id: area.data?.id ?? 0, budget: 12_000.5 })
    .select('id, budget').single()
  assert.equal(project.data?.budget, 12_000.5)
  const projectId = project.data?.id ?? 0
  await db.from('tasks').insert([
    { title: 'Order cabinets', project_id: projectId, status: 'completed' },
    { title: 'Paint', project_id: projectId, status: 'open' },
  ])
  await db.rpc('clock_in', { project_id: projectId })

  const { data, error } = await db.from('projects')
    .select(
      'name, tasks(title), goal:goals(name, milestones(name)), area:tags(name), time_entries(is_active), progress(percent, tasks_total)',
    )
    .order('title', { referencedTable: 'tasks' }).order('sort_order', { referencedTable: 'goal.milestones' })
  assert.equal(error, null)
  assert.deepEqual(data as unknown, [{
    name: 'Kitchen',
    tasks: [{ title: 'Order cabinets' }, { title: 'Paint' }],
    goal: { name: 'Sell the house', milestones: [{ name: 'Photos' }, { name: 'Contract' }] },
    area: { name: 'Home' },
    time_entries: [{ is_active: true }],
    progress: { percent: 50, tasks_total: 2 },
  }])
  const whole = await db.from('projects').select('*, tasks(*), goal:goals(*)').single()
  assert.deepEqual([whole.error, whole.data?.tasks.length, whole.data?.goal?.id], [null, 2, goalId])
  const goals = await db.from('goals').select(
    'name, projects(name), progress(percent, milestones_total, projects_total)',
  )
  assert.deepEqual(goals.data as unknown, [{
    name: 'Sell the house',
    projects: [{ name: 'Kitchen' }],
    progress: { percent: 33, milestones_total: 2, projects_total: 1 },
  }])
  const list = await db.from('project_progress').select('project_id, percent').gte('percent', 50)
  assert.deepEqual(list.data, [{ project_id: projectId, percent: 50 }])

  const done = await db.from('projects').update({ status: 'done' }).eq('id', projectId).select('completed_at')
  assert.notEqual(done.data?.[0]?.completed_at, null)
  const reopened = await db.from('projects').update({ status: 'doing' }).eq('id', projectId)
    .select('completed_at')
  assert.equal(reopened.data?.[0]?.completed_at, null)
})

Deno.test('the clock is started, asked, and stopped', async () => {
  const ann = await signUp('clock')
  const db = dashboard(ann)
  const task = await db.from('tasks').insert({ title: 'Read the logs' }).select('id').single()
  const taskId = task.data?.id ?? 0
  const started = await db.rpc('clock_in', {
    task_id: taskId,
    notes: 'all rooms',
    at: new Date(Date.now() - 90 * 60_000).toISOString(),
  })
  assert.equal(started.error, null)
  assert.equal(started.data?.task_id, taskId)
  const status = await db.rpc('time_status').single()
  assert.deepEqual([status.data?.id, status.data?.duration_minutes], [started.data?.id, 90])
  const stopped = await db.rpc('clock_out', { break_minutes: 30, notes: 'done' })
  assert.deepEqual([stopped.data?.notes, stopped.data?.break_minutes], ['all rooms | done', 30])
  const entries = await db.from('time_entries').select('duration_minutes, is_active, task:tasks(title)')
  assert.deepEqual(entries.data as unknown, [
    { duration_minutes: 60, is_active: false, task: { title: 'Read the logs' } },
  ])
  const day = (offset: number): string =>
    new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
  const totals = await db.rpc('time_totals', { from_date: day(-2), to_date: day(1) })
  assert.deepEqual([totals.data?.length, totals.data?.reduce((sum, row) => sum + row.minutes, 0)], [4, 60])
  const projects = await db.rpc('time_totals', { from_date: day(-2), to_date: day(1), group_by: 'project' })
  assert.deepEqual(projects.data, [
    { starts_on: null, project_id: null, job_id: null, label: null, minutes: 60, entries: 1 } as never,
  ])
  const tasks = await db.from('tasks').select('title, time_entries(duration_minutes)')
  assert.deepEqual(tasks.data as unknown, [{
    title: 'Read the logs',
    time_entries: [{ duration_minutes: 60 }],
  }])
})

Deno.test('the home screen and the review of the week are one call each', async () => {
  const ann = await signUp('home')
  const db = dashboard(ann)
  const today = new Date().toISOString().slice(0, 10)
  await db.from('tasks').insert([
    { title: 'Mine', is_my_day: true },
    { title: 'Due', is_my_day: false, due_date: today },
  ].map((task) => ({ due_date: null, ...task })))
  await db.from('tasks').insert({ title: 'Done', status: 'completed' })
  const summary = await db.rpc('today_summary').single()
  assert.equal(summary.error, null)
  assert.equal(summary.data?.today, today)
  const titles = (list: unknown): string[] => (list as { title: string }[]).map(({ title }) => title)
  assert.deepEqual(titles(summary.data?.my_day), ['Mine'])
  assert.deepEqual(titles(summary.data?.planned_today), ['Due'])
  assert.deepEqual(titles(summary.data?.focus), ['Mine', 'Due'])
  assert.equal(summary.data?.running, null)
  const review = await db.rpc('weekly_review').single()
  assert.deepEqual([review.error, titles(review.data?.completed)], [null, ['Done']])
  const prefs = await ann.client.from('user_prefs').insert({ week_starts_on: 7 }).select('week_starts_on')
    .single()
  assert.equal(prefs.data?.week_starts_on, 7)
  const sunday = await db.rpc('weekly_review', { week_start: '2026-03-11' }).single()
  assert.deepEqual([sunday.data?.first_day, sunday.data?.last_day], ['2026-03-08', '2026-03-14'])
})

Deno.test('a task shows its job to whoever sees it, and to nobody else', async () => {
  const ann = await signUp('member')
  const eve = await signUp('outsider')
  const { data: workspace } = await ann.client.rpc('current_workspace')
  const job = await service().schema('business' as never).from('jobs' as never)
    .insert({ workspace_id: workspace, job_number: `202601-${Date.now() % 1000}-MIT` } as never)
    .select('id, job_number' as '*').single() as unknown as {
      data: { id: number; job_number: string } | null
      error: unknown
    }
  assert.equal(job.error, null)
  const { id, job_number } = job.data ?? { id: 0, job_number: '' }
  const task = await dashboard(ann).from('tasks').insert({ title: 'Read the logs', job_id: id })
    .select('title, job:jobs!job_id(job_number)')
  assert.deepEqual(task.data as unknown, [{ title: 'Read the logs', job: { job_number } }])

  const foreign = await dashboard(eve).from('tasks').insert({ title: 'x', job_id: id })
  const missing = await dashboard(eve).from('tasks').insert({ title: 'x', job_id: 999_999_999 })
  assert.deepEqual([foreign.status, foreign.error], [409, missing.error])
  assert.equal(foreign.error?.code, '23503')
  assert.ok(foreign.error)
  const failure = fromPostgrest(foreign.error, foreign.status)
  assert.deepEqual(
    failure.kind === 'cross_schema_reference' ? [failure.source, failure.target] : failure.kind,
    ['dashboard.tasks.job_id', 'business.jobs'],
  )
})

Deno.test('refusals have a status, a code and words', async () => {
  const ann = await signUp('refused')
  const db = dashboard(ann)
  const refusal = async (
    request: PromiseLike<{ status: number; error: { code: string; message: string } | null }>,
  ): Promise<unknown[]> => {
    const { status, error } = await request
    return [status, error?.code, error?.message]
  }
  assert.deepEqual(await refusal(db.rpc('clock_out', {})), [409, 'PT409', 'The clock is not running.'])
  await db.rpc('clock_in', {})
  assert.deepEqual(await refusal(db.rpc('clock_in', {})), [409, 'PT409', 'The clock is already running.'])
  assert.deepEqual(await refusal(db.rpc('clock_out', { at: '2020-01-01T00:00:00Z' })), [
    400,
    '22023',
    'at must be after the start of the entry.',
  ])
  assert.deepEqual(await refusal(db.rpc('time_totals', { from_date: '2026-03-02', to_date: '2026-03-01' })), [
    400,
    '22023',
    'from_date must not be after to_date, and the period must not exceed 366 days.',
  ])
  assert.deepEqual(await refusal(db.from('goals').insert({ name: 'x', status: 'done' })), [
    400,
    '23514',
    'new row for relation "goals" violates check constraint "goals_status_allowed"',
  ])
  const overlap = await db.from('time_entries').insert({ clock_in: new Date().toISOString() })
  assert.deepEqual([overlap.status, overlap.error?.code], [409, '23505'])
  const past = { clock_in: '2026-03-02T10:00:00Z', clock_out: '2026-03-02T11:00:00Z' }
  assert.equal((await db.from('time_entries').insert(past)).error, null)
  const twice = await db.from('time_entries').insert(past)
  assert.equal(twice.error?.code, '23P01')
  assert.ok(twice.error)
  assert.equal(fromPostgrest(twice.error, twice.status).kind, 'conflict')
})

Deno.test('a stranger sees no plan, and anon is refused', async () => {
  const ann = await signUp('owner')
  const eve = await signUp('stranger')
  const { data: goal } = await dashboard(ann).from('goals').insert({ name: 'private' }).select('id').single()
  const { data: project } = await dashboard(ann).from('projects').insert({ name: 'private' }).select('id')
    .single()
  const relations = [
    ...['goals', 'milestones', 'projects', 'time_entries'] as const,
    ...['project_progress', 'goal_progress'] as const,
  ]
  for (const relation of relations) {
    const name = relation as 'goals' // which of them it is does not matter here
    assert.deepEqual((await dashboard(eve).from(name).select()).data, [], name)
    const { error, status } = await client().schema('dashboard').from(name).select()
    assert.deepEqual([error?.code, status], ['42501', 401], name)
  }
  const foreign = await dashboard(eve).from('milestones').insert({ name: 'x', goal_id: goal?.id ?? 0 })
  const missing = await dashboard(eve).from('milestones').insert({ name: 'x', goal_id: 999_999_999 })
  assert.deepEqual([foreign.status, foreign.error], [409, missing.error])
  const clock = await dashboard(eve).rpc('clock_in', { project_id: project?.id ?? 0 })
  assert.deepEqual([clock.status, clock.error?.code], [409, '23503'])
  for (const name of ['today_summary', 'weekly_review', 'time_status', 'clock_in', 'clock_out'] as const) {
    const { error, status } = await client().schema('dashboard').rpc(name)
    assert.deepEqual([error?.code, status], ['42501', 401], name)
  }
})
