-- Reasoning runs and their measurements: whose they are, and the report about them.
begin;
select plan(11);
select tests.create_team('harbor', 'mia manager', 'eve employee');
select tests.create_team('elsewhere', 'zoe admin');
insert into public.hrm_runs (id, workspace_id, user_id, mode, steps, latency_ms, payload) values
  ('c0000000-0000-4000-8000-000000000001', tests.workspace('harbor'), tests.user_id('eve'), 'echo', 2, 10, '{"n": 1}'),
  ('c0000000-0000-4000-8000-000000000002', tests.workspace('harbor'), tests.user_id('mia'), 'echo', 4, 30, '{"n": 2}'),
  ('c0000000-0000-4000-8000-000000000003', tests.workspace('elsewhere'), tests.user_id('zoe'), 'echo', 8, 80, '{"n": 3}');
create function pg_temp.measure(number integer) returns text language sql as $$
  select format('insert into public.hrm_metrics (run_id, name, value) values (%L, ''accuracy'', 1)',
    'c0000000-0000-4000-8000-00000000000' || measure.number) $$;

-- measurements
select is(tests.answer('eve', pg_temp.measure(1)), '1 rows', 'a member measures their own run');
select is(tests.answer('eve', pg_temp.measure(2)), '42501 new row violates row-level security policy for table "hrm_metrics"',
  'a member does not measure the run of a colleague');
select is(tests.answer('mia', pg_temp.measure(1)), '42501 new row violates row-level security policy for table "hrm_metrics"',
  'nor does a manager');
select is(tests.answer('eve', pg_temp.measure(3)), E'23503 No such run.\nIt does not exist, or you have no access to it.',
  'a run of another workspace is refused');
select is(tests.answer('eve', pg_temp.measure(9)), tests.answer('eve', pg_temp.measure(3)), 'like one that does not exist');
do $$ begin execute pg_temp.measure(1); end $$;
select is((select workspace_id from public.hrm_metrics where run_id = 'c0000000-0000-4000-8000-000000000001'), tests.workspace('harbor'),
  'a measurement is in the workspace of its run');
select is(tests.answer(p.name, 'select from public.hrm_metrics'), p.rows, format('%s sees %s of measurements', p.name, p.rows))
from (values ('mia', '1 rows'), ('zoe', '0 rows')) as p (name, rows);

-- runs
select is(tests.answer('eve', format('insert into public.hrm_runs (user_id, mode, steps, latency_ms) values (%L, ''echo'', 1, 1)', tests.user_id('mia'))),
  '42501 new row violates row-level security policy for table "hrm_runs"', 'a run is added in one''s own name only');

-- the report
select tests.act_as('eve');
select results_eq('select total_runs, avg_steps from public.hrm_snapshot()', 'values (2::bigint, 3.000)',
  'the report is about the runs of the workspace of the request');
select tests.act_as('zoe');
select results_eq('select total_runs, avg_steps from public.hrm_snapshot()', 'values (1::bigint, 8.000)', 'each workspace has one of its own');

select * from finish();
rollback;
