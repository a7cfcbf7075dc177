-- Jobs with what belongs to them, and four years of activity.

insert into business.organizations (workspace_id, name, org_type)
select t.workspace_id, 'Organization ' || n, case when n % 3 = 0 then 'insurance_carrier' else 'vendor' end
from scale.tenants as t cross join generate_series(1, 30) as n where t.place <> 4;
insert into business.clients (workspace_id, name, created_at)
select s.workspace_id, 'Client ' || md5(s.n::text), now() - s.n * interval '1 minute' from scale.shared(scale.rows(20000)) as s;
create temporary table client as
select c.id, c.workspace_id, row_number() over (partition by c.workspace_id order by c.id) - 1 as place,
  count(*) over (partition by c.workspace_id) as clients
from business.clients as c;
create index on client (workspace_id, place);
create temporary table carrier as
select o.id, o.workspace_id, row_number() over (partition by o.workspace_id order by o.id) as place from business.organizations as o;
create index on carrier (workspace_id, place);
analyze client, carrier;

-- Ids of jobs are their row and one, so that children name their job without a look-up.
insert into business.jobs (id, workspace_id, job_number, job_type, status, client_id, insurance_org_id, address, city, claim_number,
  date_of_loss, completion_date, created_at, updated_at)
select s.n + 1, s.workspace_id, to_char(now() - (scale.rows(100000) - s.n) * interval '20 minutes', 'YYYYMM') || '-' || lpad(s.n::text, 7, '0') || '-MIT',
  'mitigation', status.name, c.id, o.id, 1 + s.n % 9999 || ' ' || initcap(left(md5((s.n % 5000)::text), 7)) || ' Street',
  initcap(left(md5((s.n % 60)::text), 6)), 'CLM-' || s.n, current_date - (s.n % 1500)::integer,
  case when status.name in ('complete', 'closed') and s.n % 2 = 0 then current_date - (s.n % 1400)::integer end,
  now() - (scale.rows(100000) - s.n) * interval '20 minutes', now() - (scale.rows(100000) - s.n) * interval '15 minutes'
from scale.shared(scale.rows(100000)) as s
cross join lateral (select (array['lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'closed', 'closed', 'closed', 'cancelled'])
  [1 + s.n / 1000 % 10] as name) as status
left join client as c on c.workspace_id = s.workspace_id and c.place = s.n * 31 % (select max(m.clients) from client as m where m.workspace_id = s.workspace_id)
left join carrier as o on o.workspace_id = s.workspace_id and o.place = 1 + s.n % 30
order by s.n;
analyze business.jobs;

create function scale.of_jobs(rows bigint) returns table (n bigint, job_id bigint, workspace_id uuid) language sql stable as $$
  select g.n, s.n + 1, s.workspace_id
  from generate_series(0, rows - 1) as g (n)
  join scale.shared(scale.rows(100000)) as s on s.n = g.n % scale.rows(100000)
$$;
insert into business.estimates (workspace_id, job_id, version, estimate_type, amount, status, approved_date, created_at)
select o.workspace_id, o.job_id, 1 + o.n / scale.rows(100000), 'mitigation', 1000 + o.n % 9777,
  case when o.n >= scale.rows(100000) or o.job_id % 3 > 0 then 'approved' else 'draft' end,
  case when o.n >= scale.rows(100000) or o.job_id % 3 > 0 then current_date - (o.job_id % 1400)::integer end, now() - o.n * interval '8 minutes'
from scale.of_jobs(scale.rows(130000)) as o
where not (o.n < scale.rows(30000) and o.job_id % 3 > 0)
order by o.n;
insert into business.payments (workspace_id, job_id, amount, payment_type, received_date, created_at)
select o.workspace_id, o.job_id, 100 + o.n % 3777, 'initial', case when o.n % 50 > 0 then current_date - (o.n % 1400)::integer end, now() - o.n * interval '8 minutes'
from scale.of_jobs(scale.rows(150000)) as o order by o.n;
insert into business.labor_entries (workspace_id, job_id, hours, hourly_rate, work_date)
select o.workspace_id, o.job_id, 1 + o.n % 8, 41.5, current_date - (o.n % 1400)::integer from scale.of_jobs(scale.rows(600000)) as o order by o.n;
insert into business.receipts (workspace_id, job_id, expense_category, description, amount, expense_date, created_at)
select o.workspace_id, o.job_id, 'materials', 'Boards', 10 + o.n % 555, current_date - (o.n % 1400)::integer, now() - o.n * interval '8 minutes'
from scale.of_jobs(scale.rows(200000)) as o order by o.n;
insert into business.work_orders (workspace_id, job_id, work_order_number, title, budget_amount)
select o.workspace_id, o.job_id, 'WO-' || o.n, 'Demolition', 100 from scale.of_jobs(scale.rows(50000)) as o order by o.n;
insert into business.notes (workspace_id, job_id, content, created_at)
select o.workspace_id, o.job_id, 'Called the adjuster, who comes on Monday.', now() - o.n * interval '8 minutes'
from scale.of_jobs(scale.rows(200000)) as o order by o.n;
insert into business.activity_log (workspace_id, job_id, job_number, event_type, entity_type, description, old_value, new_value, created_at)
select o.workspace_id, o.job_id, 'J-' || o.job_id, e.event, 'project', 'Something happened.', null, e.status, now() - (scale.rows(1000000) - o.n) * interval '2 minutes'
from scale.of_jobs(scale.rows(1000000)) as o
cross join lateral (select case when o.n / scale.rows(100000) in (4, 8) then 'status_changed' else 'labor_logged' end as event,
  case o.n / scale.rows(100000) when 4 then 'complete' when 8 then 'closed' end as status) as e
order by o.n;
analyze business.estimates, business.payments, business.labor_entries, business.receipts, business.work_orders, business.notes,
  business.activity_log, business.clients, business.organizations;
