/** Jobs and their money: docs/guide/business.md, seed/30_business.sql. */
import type { Request } from '../postgrest.ts'

const schema = 'business'
const everything =
  '*,client:clients(*),carrier:organizations(*),contacts:job_contacts(*,contact:contacts(*)),estimates(*),payments(*),notes(*),media(*),labor_entries(*),receipts(*),work_orders(*)'

export const business: Request[] = [
  { name: 'one job with everything', schema, get: `/jobs?select=${everything}&id=eq.{job}` },
  {
    name: 'jobs in a status, counted',
    schema,
    get: '/jobs?select=*&status=eq.active&order=created_at.desc&limit=50&offset=0',
    count: true,
  },
  { name: 'jobs, newest first', schema, get: '/jobs?select=*&order=created_at.desc&limit=50' },
  { name: 'a job by its number', schema, get: '/jobs?select=*&job_number=eq.{job_number}' },
  {
    name: 'jobs with client and balance',
    schema,
    get:
      '/jobs?select=*,client:clients(name),financials(balance_due)&status=in.(lead,pending,inspection,active)&order=created_at.desc&limit=50',
  },
  {
    name: 'the cards of a column',
    schema,
    get:
      '/jobs?select=id,job_number,client:clients(name)&status=eq.active&order=created_at.desc&limit=20&offset=0',
  },
  {
    name: 'a job with its balance',
    schema,
    get: '/jobs?select=job_number,financials(*)&id=eq.{job}',
  },
  {
    name: 'activity of a job',
    schema,
    get: '/activity_log?select=*&job_id=eq.{job}&order=id.desc&limit=50',
  },
  {
    name: 'deleted jobs',
    schema,
    get: '/activity_log?select=job_number,metadata&event_type=eq.project_deleted&order=id.desc&limit=1',
  },
  { name: 'activity, newest first', schema, get: '/activity_log?select=*&order=id.desc&limit=50' },
  {
    name: 'payments, newest first',
    schema,
    get: '/payments?select=*,jobs(job_number)&order=received_date.desc&limit=50',
  },
  {
    name: 'labor, newest first',
    schema,
    get: '/labor_entries?select=*&order=work_date.desc&limit=50',
  },
  {
    name: 'receipts, newest first',
    schema,
    get: '/receipts?select=*&order=created_at.desc&limit=50',
  },
  {
    name: 'clients by name',
    schema,
    get: '/clients?select=*,jobs(job_number,status)&order=name&limit=50',
  },
  {
    name: 'jobs with their newest estimate',
    schema,
    get:
      '/jobs?select=job_number,estimates(version,amount)&estimates.order=version.desc&estimates.limit=1&order=id&limit=20',
  },
  { name: 'the board', schema, call: 'pipeline_board' },
  {
    name: 'accounting of 90 days',
    schema,
    call: 'accounting_summary',
    args: { date_from: '{days_ago_90}', date_to: '{today}', period: 'month' },
  },
  {
    name: 'accounting of 90 days by job',
    schema,
    call: 'accounting_by_job?limit=50',
    args: { date_from: '{days_ago_90}', date_to: '{today}' },
  },
  { name: 'aged receivables, a page', schema, call: 'aged_receivables?select=*&limit=20' },
  { name: 'aged receivables in total', schema, call: 'aged_receivables_total' },
  { name: 'search jobs by a rare word', schema, call: 'search_jobs', args: { query: '{job_number}' } },
  { name: 'search jobs by a street', schema, call: 'search_jobs', args: { query: '{street}' } },
  { name: 'the next job number', schema, call: 'next_job_number', args: { job_type: 'mitigation' } },
]
