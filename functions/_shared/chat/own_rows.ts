/** What rows of the caller say to a question, for the built-in model, which calls no tools. */
import { z } from 'zod'
import type { Db } from '../database/client.ts'
import { parseResult } from '../database/result.ts'
import type { OwnRows } from '../model/built_in.ts'

/** How many titles are named. */
const maxTitles = 10

const jobNumber = /\b\d{6}-\d{3}-[A-Z]{3}\b/
const things = /\b(tasks?|to-?dos?|my day|due|overdue|inbox|notifications?|today)\b/i
const own = /\b(i|my|me|mine)\b/i
/** It only reads. */
const requests =
  /^\W*(please )?(add|create|make|write|delete|remove|complete|finish|move|change|remind|schedule)\b/i

/** Whether a question is about what the caller has to do. */
export function asksForDay(question: string): boolean {
  return things.test(question) && own.test(question) && !requests.test(question)
}

/** With the rights of the caller; null for a question about something else. */
export async function readOwnRows(client: Db, question: string): Promise<OwnRows | null> {
  if (asksForDay(question)) return await readDay(client)
  const [number] = jobNumber.exec(question) ?? []
  return number ? await readJob(client, number) : null
}

const Tasks = z.array(z.object({ id: z.number(), title: z.string(), status: z.string() }))
const Day = z.object({
  my_day: Tasks,
  planned_today: Tasks,
  planned_today_count: z.number(),
  my_day_open: z.number(),
  overdue: Tasks,
  overdue_count: z.number(),
  inbox_unprocessed: z.number(),
  notifications_unread: z.number(),
})

async function readDay(client: Db): Promise<OwnRows> {
  const { data } = await client.schema('dashboard').rpc('today_summary').single().throwOnError()
  const day = parseResult(Day, data, 'today_summary')
  const open = day.my_day.filter(({ status }) => status !== 'completed' && status !== 'cancelled')
  const added = day.planned_today.filter(({ id }) => !open.some((task) => task.id === id))
  // Lists have at most 50 tasks, counts all of them.
  const today = day.my_day_open + Math.max(added.length, day.planned_today_count - day.planned_today.length)
  return {
    heading: `You have ${count(today, 'task')} today${
      day.overdue_count > 0 ? `, and ${count(day.overdue_count, 'overdue task')}` : ''
    }.`,
    lines: [
      ...line('My Day', day.my_day_open, open),
      ...line('Due today', day.planned_today_count, day.planned_today),
      ...line('Overdue', day.overdue_count, day.overdue),
      `Inbox: ${count(day.inbox_unprocessed, 'item')}; ${
        count(day.notifications_unread, 'unread notification')
      }`,
    ],
    isWhole: true,
  }
}

async function readJob(client: Db, query: string): Promise<OwnRows | null> {
  const { data } = await client.schema('business').rpc('search_jobs', { query, max_results: 1 }).select(
    'job_number, job_type, status, client_name, address, city',
  ).throwOnError()
  const [job] = data
  // The search tolerates typing errors.
  if (job?.job_number !== query) return null
  const place = [job.address, job.city].filter(Boolean).join(', ')
  return {
    heading: `Job ${job.job_number} has the type ${job.job_type} and the status ${job.status}.`,
    lines: [...job.client_name ? [`Client: ${job.client_name}`] : [], ...place ? [`Address: ${place}`] : []],
    isWhole: false,
  }
}

function line(name: string, total: number, tasks: { title: string }[]): string[] {
  if (total === 0) return []
  const titles = tasks.slice(0, maxTitles).map(({ title }) => title).join('; ')
  return [`${name}: ${titles}${total > maxTitles ? ' …' : ''}`]
}

function count(number: number, thing: string): string {
  return `${number === 0 ? 'no' : number} ${thing}${number === 1 ? '' : 's'}`
}
