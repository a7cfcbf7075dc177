/** The money, the board and the search of a company through stock supabase-js: numbers, filters, and who is refused. */
import { strict as assert } from 'node:assert'
import { client, createWorkspace, type Person, request, signUp, workIn } from '../support/clients.ts'

const business = (person: Person) => person.client.schema('business')

/** Ann's company with one job that is half paid, and Bob, who works there. */
async function company(): Promise<{ ann: Person; bob: Person; workspace: string; job: number }> {
  const [ann, bob] = [await signUp('ann'), await signUp('bob')]
  const workspace = await createWorkspace(ann, 'Reports')
  const invited = await ann.client.rpc('invite_member', { email: bob.email, role: 'employee' })
  await bob.client.rpc('accept_invitation', { token: invited.data?.[0]?.token ?? '' })
  await workIn(bob, workspace)
  const db = business(ann)
  const opened = await db.rpc('create_job', {
    job: { client_name: 'Harriet Vance', address: '7 Quay Lane', city: 'Rockport', claim_number: 'CLM-31' },
  })
  assert.equal(opened.error, null)
  const job = opened.data?.[0]?.id ?? 0
  await db.from('estimates').insert({
    job_id: job,
    estimate_type: 'mitigation',
    amount: 1000.1,
    status: 'approved',
    approved_date: '2026-01-15',
  })
  await db.from('payments').insert({ job_id: job, amount: 400.05, received_date: '2026-01-20' })
  await db.from('labor_entries').insert({
    job_id: job,
    hours: 1.33,
    hourly_rate: 33.33,
    work_date: '2026-01-18',
  })
  return { ann, bob, workspace, job }
}

Deno.test('the money of a job comes with it, as numbers, also to a colleague', async () => {
  const { ann, bob, job } = await company()
  for (const person of [ann, bob]) {
    const { data, error } = await business(person).from('jobs')
      .select('id, client:clients(name), financials(balance_due, total_labor_cost, gross_profit_percentage)')
    assert.equal(error, null)
    assert.deepEqual(data as unknown, [{
      id: job,
      client: { name: 'Harriet Vance' },
      financials: { balance_due: 600.05, total_labor_cost: 44.33, gross_profit_percentage: 95.57 },
    }])
  }
  const sorted = await business(bob).from('job_financials').select('job_id, balance_due')
    .gt('balance_due', 600).lt('balance_due', 601).order('balance_due', { ascending: false })
  assert.deepEqual(sorted.data, [{ job_id: job, balance_due: 600.05 }])
})

Deno.test('reports can be filtered, ordered and cut like tables', async () => {
  const { bob, job } = await company()
  const db = business(bob)
  const months = await db.rpc('accounting_summary', { date_from: '2026-01-01', date_to: '2026-12-31' })
    .select('period_start, total_paid, gross_profit').neq('total_paid', 0)
  assert.deepEqual(months.data, [{ period_start: '2026-01-01', total_paid: 400.05, gross_profit: 955.77 }])
  const jobs = await db.rpc('accounting_by_job', { date_from: '2026-01-01', date_to: '2026-01-31' })
    .select('job_id, client_name, total_expenses')
  assert.deepEqual(jobs.data, [{ job_id: job, client_name: 'Harriet Vance', total_expenses: 44.33 }])
  const aged = await db.rpc('aged_receivables', { as_of: '2026-03-01' }).select(
    'days_31_60, days_61_90, total',
  )
  assert.deepEqual(aged.data, [{ days_31_60: 600.05, days_61_90: 0, total: 600.05 }])
  const sum = await db.rpc('aged_receivables_total', { as_of: '2026-01-16' }).single()
  assert.deepEqual([sum.data?.job_count, sum.data?.total], [1, 1000.1])
  const board = await db.rpc('pipeline_board').select('step, status, job_count').order('step', {
    ascending: false,
  })
    .limit(2)
  assert.deepEqual(board.data?.map((row) => [row.status, row.job_count]), [['cancelled', 0], ['closed', 0]])
})

Deno.test('search forgives a typing error, and takes any text for text', async () => {
  const { bob, job } = await company()
  const db = business(bob)
  for (const query of ['vance', 'QUAY rock', 'clm-31', 'harriett', 'vanse']) {
    const { data } = await db.rpc('search_jobs', { query }).select('id, client_name')
    assert.deepEqual(data, [{ id: job, client_name: 'Harriet Vance' }], query)
  }
  for (
    const query of ["'; drop table business.jobs; --", '%', '_', '\\', ')(|&!', '\u{1F6BF}', 'a'.repeat(5000)]
  ) {
    const { data, error } = await db.rpc('search_jobs', { query })
    assert.deepEqual([data, error], [[], null], query.slice(0, 40))
  }
  const wanted = await db.rpc('search_jobs', { query: 'vance', statuses: ['closed'] })
  assert.deepEqual(wanted.data, [])
})

Deno.test('reports of a company are not for strangers, and none for anon', async () => {
  const { workspace } = await company()
  const eve = await signUp('eve')
  const [date_from, date_to] = ['2026-01-01', '2026-01-31']
  const calls = {
    accounting_summary: { date_from, date_to },
    accounting_by_job: { date_from, date_to },
    aged_receivables: {},
    aged_receivables_total: {},
    pipeline_board: {},
    search_jobs: { query: 'vance' },
  }
  for (const [name, args] of Object.entries(calls)) {
    const post = (person: Person | null) =>
      request(`/rest/v1/rpc/${name}`, {
        method: 'POST',
        headers: { 'content-profile': 'business', 'x-workspace-id': workspace },
        body: JSON.stringify(args),
        ...(person ? { token: person.token } : {}),
      })
    const refused = await post(eve)
    assert.deepEqual([refused.status, (refused.body as { code: string }).code], [403, 'PT403'], name)
    const unsigned = await post(null)
    assert.deepEqual([unsigned.status, (unsigned.body as { code: string }).code], [401, '42501'], name)
  }
  assert.deepEqual((await business(eve).from('job_financials').select()).data, [])
  const anon = await client().schema('business').from('job_financials').select()
  assert.deepEqual([anon.status, anon.error?.code], [401, '42501'])
})

Deno.test('a report is refused where it makes no sense', async () => {
  const { bob } = await company()
  const db = business(bob)
  const reversed = await db.rpc('accounting_summary', { date_from: '2026-02-01', date_to: '2026-01-01' })
  const unknown = await db.rpc('accounting_summary', {
    date_from: '2026-01-01',
    date_to: '2026-01-31',
    period: 'day',
  })
  const status = await db.rpc('search_jobs', { query: 'x', statuses: ['open'] })
  assert.deepEqual([reversed.status, unknown.status, status.status], [400, 400, 400])
  assert.deepEqual([reversed.error?.code, unknown.error?.code, status.error?.code], [
    '22023',
    '22023',
    '22023',
  ])
})
