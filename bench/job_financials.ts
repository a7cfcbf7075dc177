/**
 * Run time of business.job_financials, which looks up the rows of every job, compared with a view over grouped subqueries,
 * which reads every table once. Prints median / 95th percentile and the number of rows, measured alternately in one run on
 * a real Postgres. One workspace has 10 000 jobs with 100 000 payments, 100 000 labor entries, 100 000 receipts, 30 000
 * estimates and 10 000 work orders; others have as many jobs. On two cores under other load:
 *
 *                                   job_financials                    grouped
 *   one job                       1.2 / 4.0 ms (1)            1.6 / 8.0 ms (1)
 *   fifty jobs by id             7.0 / 13.5 ms (50)      273.7 / 287.3 ms (50)
 *   a page of 50, embedded       8.0 / 15.8 ms (50)      401.3 / 413.5 ms (50)
 *   active jobs             209.3 / 286.2 ms (1429)    337.9 / 343.9 ms (1429)
 *   the largest balances   1201.9 / 1820.2 ms (20)       319.8 / 395.8 ms (20)
 *   every job              1228.0 / 1368.1 ms (10000)  324.8 / 347.5 ms (10000)
 *
 * Screens need the first four. Reports over a whole workspace use functions that group: pipeline_board, accounting_by_job,
 * aged_receivables.
 *
 * deno run -A bench/job_financials.ts [--jobs 10000] [--children 100000] [--rounds 9]
 */
import { parseArgs } from 'node:util'
import { cell, line, measure, withCompany } from './company.ts'

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10000' },
    children: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '9' },
  },
})

const grouped = `
  create view business.grouped_financials with (security_invoker = true) as
  select j.workspace_id, j.id as job_id, j.status, coalesce(e.total_estimates, 0) as total_estimates,
    coalesce(e.approved_estimates, 0) as approved_estimates, coalesce(p.total_paid, 0) as total_paid,
    coalesce(e.approved_estimates, 0) - coalesce(p.total_paid, 0) as balance_due, coalesce(l.hours, 0) as total_labor_hours,
    coalesce(l.cost, 0) as total_labor_cost, coalesce(r.cost, 0) as total_materials_cost, coalesce(w.budget, 0) as work_order_budget
  from business.jobs as j
  left join (
    select v.workspace_id, v.job_id, sum(v.amount) filter (where v.version = v.latest) as total_estimates,
      sum(v.amount) filter (where v.status = 'approved') as approved_estimates
    from (select e.workspace_id, e.job_id, e.amount, e.status, e.version,
        max(e.version) over (partition by e.workspace_id, e.job_id, e.estimate_type) as latest
      from business.estimates as e) as v group by v.workspace_id, v.job_id
  ) as e on e.workspace_id = j.workspace_id and e.job_id = j.id
  left join (select p.workspace_id, p.job_id, sum(p.amount) as total_paid from business.payments as p group by p.workspace_id, p.job_id)
    as p on p.workspace_id = j.workspace_id and p.job_id = j.id
  left join (select l.workspace_id, l.job_id, sum(l.hours) as hours, round(sum(l.total_cost), 2) as cost
    from business.labor_entries as l group by l.workspace_id, l.job_id) as l on l.workspace_id = j.workspace_id and l.job_id = j.id
  left join (select r.workspace_id, r.job_id, sum(r.amount) as cost from business.receipts as r group by r.workspace_id, r.job_id)
    as r on r.workspace_id = j.workspace_id and r.job_id = j.id
  left join (select w.workspace_id, w.job_id, sum(w.budget_amount) as budget from business.work_orders as w group by w.workspace_id, w.job_id)
    as w on w.workspace_id = j.workspace_id and w.job_id = j.id;
  grant select on business.grouped_financials to authenticated`

await withCompany({ jobs: Number(values.jobs), children: Number(values.children) }, async (company) => {
  await company.sql.unsafe(grouped)
  const jobs = await company.sql<{ id: string }[]>`
    select j.id from business.jobs as j where j.workspace_id = ${company.workspace} order by j.id limit 50 offset 1000`
  const ids = jobs.map((job) => job.id).join(', ')
  const all = `workspace_id = '${company.workspace}'`
  const questions: Record<string, string> = {
    'one job': `where job_id = ${jobs[0]?.id}`,
    'fifty jobs by id': `where job_id in (${ids})`,
    'active jobs': `where ${all} and status = 'active'`,
    'the largest balances': `where ${all} order by balance_due desc limit 20`,
    'every job': `where ${all}`,
  }
  console.log(line('', 24, ['job_financials', 'grouped']))
  for (const [name, question] of Object.entries(questions)) {
    const { lateral, grouped } = await measure(company, {
      lateral: `select * from business.job_financials ${question}`,
      grouped: `select * from business.grouped_financials ${question}`,
    }, Number(values.rounds))
    if (lateral && grouped) console.log(line(name, 24, [cell(lateral), cell(grouped)]))
  }
  const page = (from: string): string =>
    `select j.job_number, to_jsonb(f) from business.jobs as j left join lateral (${from}) as f on true
     where j.${all} order by j.created_at desc limit 50`
  const { lateral, grouped: peer } = await measure(company, {
    lateral: page('select * from business.financials(j)'),
    grouped: page('select * from business.grouped_financials as g where g.job_id = j.id'),
  }, Number(values.rounds))
  if (lateral && peer) console.log(line('a page of 50, embedded', 24, [cell(lateral), cell(peer)]))
})
