/** Tasks, projects, goals and hours: docs/guide/tasks.md, docs/guide/planning.md, seed/20_dashboard.sql. */
import type { Request } from '../postgrest.ts'

const schema = 'dashboard'
const page = 'parent_id=is.null&archived=is.false'

/** A page of a list of tasks in each order that has an index, with what a row of the screen shows. */
const pages: Request[] = [
  ['in their order', `${page}&order=sort_order,id`],
  ['newest first', `${page}&order=created_at.desc,id`],
  ['open, by due date', `${page}&due_date=not.is.null&status=eq.open&order=due_date,due_time,id`],
  ['completed, newest first', `${page}&completed_at=not.is.null&order=completed_at.desc,id`],
].map(([name, query]) => ({
  name: `tasks ${name}`,
  schema,
  get: `/tasks?select=*,list:task_lists(name,color),tags(*),subtasks(*)&${query}&limit=50`,
}))

export const planning: Request[] = [
  ...pages,
  {
    name: 'important tasks, a list',
    schema,
    get: `/tasks?select=*,tags(*)&is_important=is.true&${page}&order=sort_order,id&limit=50`,
  },
  {
    name: 'tasks of a list',
    schema,
    get: '/tasks?select=*&user_id=eq.{user}&list_id=eq.{list}&status=eq.open',
  },
  {
    name: 'My Day, a list',
    schema,
    get: '/tasks?select=*&is_my_day=eq.true&my_day_date=eq.{today}&order=sort_order',
  },
  { name: 'tasks of a job', schema, get: '/tasks?select=*&job_id=eq.{job}' },
  {
    name: 'open tasks by due date',
    schema,
    get: '/tasks?select=id,title,due_date&due_date=not.is.null&status=eq.open&order=due_date,id&limit=50',
  },
  { name: 'my_day', schema, call: 'my_day?select=*,list:task_lists(name),tags(name)' },
  { name: 'important_tasks', schema, call: 'important_tasks?limit=50' },
  { name: 'planned_tasks', schema, call: 'planned_tasks?limit=50' },
  { name: 'overdue_tasks', schema, call: 'overdue_tasks?limit=50' },
  { name: 'today_summary', schema, call: 'today_summary' },
  { name: 'lists with counts', schema, get: '/task_lists?select=*,task_count&order=sort_order,id' },
  {
    name: 'goals with progress',
    schema,
    get: '/goals?select=name,progress(*),milestones(*),projects(name,progress(percent))&order=id',
  },
  {
    name: 'projects with progress',
    schema,
    get: '/projects?select=*,goal:goals(*),area:tags(name),progress(*)&order=sort_order',
  },
  {
    name: 'hours, newest first',
    schema,
    get: '/time_entries?select=*,duration_minutes,is_active,task:tasks(title)&order=clock_in.desc&limit=50',
  },
  { name: 'time_status', schema, call: 'time_status' },
  {
    name: 'hours of 90 days',
    schema,
    call: 'time_totals',
    args: { from_date: '{days_ago_90}', to_date: '{today}' },
  },
  { name: 'weekly_review', schema, call: 'weekly_review' },
]
