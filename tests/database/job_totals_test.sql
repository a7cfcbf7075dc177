-- The totals of jobs are those of their rows, whatever was written; and receivables that use them are those of the rows.
begin;
select plan(8);
select tests.create_team('harbor', 'mia manager', 'ada admin');

create function pg_temp.counted() returns setof private.job_totals language sql stable as $$
  select j.workspace_id, j.id, j.status,
    (select coalesce(sum(e.amount), 0.00) from business.estimates as e where e.job_id = j.id and e.version = (
      select max(v.version) from business.estimates as v where v.job_id = j.id and v.estimate_type is not distinct from e.estimate_type)),
    (select coalesce(sum(e.amount), 0.00) from business.estimates as e where e.job_id = j.id and e.status = 'approved'),
    (select coalesce(sum(p.amount), 0.00) from business.payments as p where p.job_id = j.id),
    (select count(*)::integer from business.estimates as e where e.job_id = j.id and e.status = 'approved' and e.amount > 0),
    (select min(e.approved_date) from business.estimates as e where e.job_id = j.id and e.status = 'approved' and e.amount > 0),
    greatest((select max(e.approved_date) from business.estimates as e where e.job_id = j.id),
      (select max(coalesce(p.received_date, (p.created_at at time zone 'UTC')::date + 1)) from business.payments as p where p.job_id = j.id))
  from business.jobs as j
$$;
create function pg_temp.open_on(day date) returns table (job_id bigint, oldest date, total numeric) language sql stable as $$
  with paid as (
    select p.job_id, sum(p.amount) as amount, max(coalesce(p.received_date, (p.created_at at time zone 'UTC')::date)) as last_day
    from business.payments as p where coalesce(p.received_date, (p.created_at at time zone 'UTC')::date) <= open_on.day group by p.job_id
  ), debt as (
    select e.job_id, e.id, e.approved_date as due, e.amount from (
      select distinct on (e.job_id, e.estimate_type) e.* from business.estimates as e
      where e.status in ('approved', 'superseded') and e.approved_date <= open_on.day
      order by e.job_id, e.estimate_type, e.status, e.approved_date desc, e.version desc) as e
    where e.amount > 0 and (e.status = 'approved' or exists (
      select from business.estimates as l where l.job_id = e.job_id and l.estimate_type is not distinct from e.estimate_type
        and l.status in ('approved', 'superseded') and l.approved_date > open_on.day))
    union all select p.job_id, null, p.last_day, -p.amount from paid as p where p.amount < 0
  ), settled as (
    select d.job_id, d.due, least(d.amount, sum(d.amount) over (partition by d.job_id order by d.due, d.id rows unbounded preceding)
      - coalesce(p.amount, 0)) as amount
    from debt as d left join paid as p on p.job_id = d.job_id
  )
  select s.job_id, min(s.due), sum(s.amount) from settled as s join business.jobs as j on j.id = s.job_id and j.status <> 'cancelled'
  where s.amount > 0 group by s.job_id
$$;

-- The same numbers in every run.
select setseed(0.29);
insert into business.jobs (workspace_id, job_number, status)
select tests.workspace('harbor'), 'J-' || n, (array['lead', 'active', 'complete', 'cancelled'])[1 + n % 4] from generate_series(1, 60) as n;
create temporary table job as select j.id, row_number() over (order by j.id) as place from business.jobs as j where j.workspace_id = tests.workspace('harbor');
create function pg_temp.any_job() returns bigint language sql volatile as
  $$ select j.id from job as j where j.place = (select 1 + floor(random() * 60)::integer) $$;
create function pg_temp.write_something() returns void language plpgsql as $$
declare
  target constant bigint := pg_temp.any_job();
  day    constant date := '2026-06-30'::date - floor(random() * 200)::integer;
  one    constant bigint := (select e.id from business.estimates as e where e.job_id = target order by random() limit 1);
  paid   constant bigint := (select p.id from business.payments as p where p.job_id = target order by random() limit 1);
begin
  case floor(random() * 10)::integer
    when 0, 1 then insert into business.estimates (job_id, estimate_type, amount, status)
      values (target, (array['mitigation', 'remodel', null])[1 + floor(random() * 3)::integer], floor(random() * 5) * 100, 'submitted');
    when 2, 3 then update business.estimates set status = 'approved', approved_date = day where id = one;
    when 4 then update business.estimates set status = 'denied' where id = one;
    when 5 then update business.estimates set amount = floor(random() * 900) where id = one;
    when 6 then insert into business.payments (job_id, amount, received_date, created_at)
      values (target, 1 + floor(random() * 500) - 150.5, case when random() < 0.8 then day end, day);
    when 7 then update business.payments set amount = -amount, received_date = day where id = paid;
    when 8 then update business.jobs set status = 'cancelled' where id = target and status in ('lead', 'active');
    else
      if random() < 0.5 then delete from business.payments where id = paid; else delete from business.estimates where id = one; end if;
  end case;
end
$$;
do $$ begin for i in 1 .. 600 loop perform pg_temp.write_something(); end loop; end $$;
insert into business.payments (job_id, amount, received_date)
select pg_temp.any_job(), 10 * n, '2026-01-01'::date + n from generate_series(1, 100) as n;
update business.payments as p set amount = p.amount + 1 where p.id % 3 = 0;
delete from business.jobs as j where j.id in (select j.id from job as j where j.place between 10 and 14);

select cmp_ok((select count(*) from private.job_totals where debts > 0 and paid > 0), '>', 10::bigint, 'there are jobs with debts and payments');
select set_eq($$ select * from private.job_totals $$, $$ select * from pg_temp.counted() $$,
  'after six hundred changes of all kinds the totals are the sums of the rows');
with j as (insert into business.jobs (workspace_id, job_number) values (tests.workspace('harbor'), 'at once') returning id)
insert into business.estimates (job_id, workspace_id, estimate_type, amount, status, version)
select j.id, tests.workspace('harbor'), 'remodel', 7, 'submitted', 1 from j;
select set_eq($$ select * from private.job_totals $$, $$ select * from pg_temp.counted() $$,
  'also of a job that comes with its first estimate in one statement');

select tests.work_in('harbor');
create temporary table expected as
select d.day, o.* from unnest(array['2026-06-30', '2027-01-01', '2026-03-15', '2026-01-20']::date[]) as d (day),
  lateral (select * from pg_temp.open_on(d.day)) as o join business.jobs as j on j.id = o.job_id and j.workspace_id = tests.workspace('harbor');
grant select on expected to authenticated;
select tests.act_as('mia@harbor');
select set_eq(format($$ select job_id, oldest_due_date, total from business.aged_receivables(%L) $$, d.day),
  format($$ select job_id, oldest, total from expected where day = %L $$, d.day),
  format('the receivables of %s are those of the rows', d.day))
from unnest(array['2026-06-30', '2027-01-01', '2026-03-15', '2026-01-20']::date[]) as d (day);
select results_eq($$ select job_count, total from business.aged_receivables_total('2027-01-01') $$,
  $$ select count(*), coalesce(sum(total), 0.00) from expected where day = '2027-01-01' $$, 'and so is their sum');
select * from finish();
rollback;
