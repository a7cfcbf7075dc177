-- Links from personal rows to jobs of a workspace: what a person cannot see might as well not exist.
begin;
select plan(38);

-- arrange: Ann works in the shop with Cal, Bob elsewhere; each workspace has a job
select tests.create_user(u) from unnest(array['ann', 'bob', 'cal']) as u;
insert into public.workspaces (id, name) values (tests.workspace('shop'), 'Shop'), (tests.workspace('elsewhere'), 'Elsewhere');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('shop'), tests.user_id('ann'), 'employee', 'ann'), (tests.workspace('shop'), tests.user_id('cal'), 'admin', 'cal'),
  (tests.workspace('elsewhere'), tests.user_id('bob'), 'admin', 'bob');
insert into business.jobs (id, workspace_id, job_number) overriding system value values
  (9001, tests.workspace('shop'), '202601-901-MIT'), (9002, tests.workspace('elsewhere'), '202601-902-MIT'), (9003, tests.workspace('shop'), '202601-903-MIT');

-- both tables, the same rules
create function pg_temp.refusal(statement text) returns text language plpgsql as $$
declare
  state text; message text; detail text; hint text; in_schema text; in_table text; by_constraint text;
begin
  execute refusal.statement;
  return 'done';
exception when others then
  get stacked diagnostics state = returned_sqlstate, message = message_text, detail = pg_exception_detail,
    hint = pg_exception_hint, in_schema = schema_name, in_table = table_name, by_constraint = constraint_name;
  return concat_ws('; ', state, message, detail, hint, in_schema, in_table, by_constraint);
end
$$;
grant execute on function pg_temp.refusal(text) to authenticated, service_role;

select tests.act_as('ann');
select results_eq($$ insert into dashboard.tasks (title, job_id) values ('Read the logs', 9001) returning job_id $$, array[9001::bigint],
  'a member links a task to a job of the workspace');
select results_eq($$ insert into dashboard.time_entries (clock_in, clock_out, job_id) values ('2026-01-05 10:00+00', '2026-01-05 11:00+00', 9001)
  returning job_id $$, array[9001::bigint], 'and time');
select throws_ok(format(v.statement, id), '23503', format('insert or update on table "%s" violates foreign key constraint "%1$s_job_id_fkey"', v.relation),
  format('%s: %s', case id when 9002 then 'a job of others is refused' else 'a job that does not exist is refused' end, format(v.statement, id)))
from (values
  ('tasks', 'insert into dashboard.tasks (title, job_id) values (''x'', %s)'),
  ('tasks', 'update dashboard.tasks set job_id = %s'),
  ('time_entries', 'insert into dashboard.time_entries (clock_in, clock_out, job_id) values (''2026-01-06 10:00+00'', ''2026-01-06 11:00+00'', %s)'),
  ('time_entries', 'update dashboard.time_entries set job_id = %s'),
  ('time_entries', 'select dashboard.clock_in(job_id => %s)')
) as v (relation, statement), unnest(array[9002, 99999999]) as id;
select is(pg_temp.refusal(format(s, 9002)), pg_temp.refusal(format(s, 99999999)), 'not a word tells them apart: ' || left(s, 30))
from unnest(array['insert into dashboard.tasks (title, job_id) values (''x'', %s)', 'update dashboard.time_entries set job_id = %s']) as s;
select is(pg_temp.refusal('update dashboard.tasks set job_id = 9002'),
  '23503; insert or update on table "tasks" violates foreign key constraint "tasks_job_id_fkey"; Key is not present in table "jobs".; ; dashboard; tasks; tasks_job_id_fkey',
  'a program finds the names it needs');
select tests.act_as_owner();
alter table dashboard.tasks disable trigger tasks_refuse_foreign_job_on_update;
select tests.act_as('ann');
select is(pg_temp.refusal('update dashboard.tasks set job_id = 99999999'),
  '23503; insert or update on table "tasks" violates foreign key constraint "tasks_job_id_fkey"; Key is not present in table "jobs".; ; dashboard; tasks; tasks_job_id_fkey',
  'the foreign key itself would say just that');
select tests.act_as_owner();
alter table dashboard.tasks enable trigger tasks_refuse_foreign_job_on_update;
select tests.act_as_service();
select throws_ok($$ insert into dashboard.tasks (user_id, title, job_id) values (tests.user_id('ann'), 'x', 9002) $$, '23503',
  'insert or update on table "tasks" violates foreign key constraint "tasks_job_id_fkey"', 'the service cannot link it for her either');

-- an entry takes over the links of its task
select tests.act_as('ann');
insert into dashboard.projects (name) values ('Kitchen'), ('Other');
update dashboard.tasks set project_id = (select id from dashboard.projects where name = 'Kitchen') where title = 'Read the logs';
select results_eq(
  $$ insert into dashboard.time_entries (clock_in, clock_out, task_id) select '2026-01-06 10:00+00', '2026-01-06 11:00+00', id from dashboard.tasks
     returning job_id, (select name from dashboard.projects where id = project_id) $$,
  $$ values (9001::bigint, 'Kitchen') $$, 'an entry on a task is for its job and its project');
select results_eq(
  $$ insert into dashboard.time_entries (clock_in, clock_out, task_id, job_id, project_id)
     select '2026-01-06 11:00+00', '2026-01-06 12:00+00', t.id, 9003, p.id from dashboard.tasks as t, dashboard.projects as p where p.name = 'Other'
     returning job_id, (select name from dashboard.projects where id = project_id) $$,
  $$ values (9003::bigint, 'Other') $$, 'unless it names others');
select results_eq(
  $$ insert into dashboard.time_entries (clock_in, clock_out, task_id, job_id) select '2026-01-06 12:00+00', '2026-01-06 13:00+00', id, 9003 from dashboard.tasks
     returning job_id, (select name from dashboard.projects where id = project_id) $$,
  $$ values (9003::bigint, 'Kitchen') $$, 'or another job');
select results_eq(
  $$ insert into dashboard.time_entries (clock_in, clock_out, task_id, project_id)
     select '2026-01-06 13:00+00', '2026-01-06 14:00+00', t.id, p.id from dashboard.tasks as t, dashboard.projects as p where p.name = 'Other'
     returning job_id, (select name from dashboard.projects where id = project_id) $$,
  $$ values (9001::bigint, 'Other') $$, 'or another project');
select results_eq(
  $$ update dashboard.time_entries set task_id = (select id from dashboard.tasks), job_id = null where clock_in = '2026-01-05 10:00+00'
     returning job_id, (select name from dashboard.projects where id = project_id) $$,
  $$ values (9001::bigint, 'Kitchen') $$, 'so does one that is put on a task later');
select results_eq($$ update dashboard.time_entries set job_id = null where clock_in = '2026-01-05 10:00+00' returning job_id $$,
  array[null::bigint], 'a link can be taken away');

-- the next occurrence of a recurring task
update dashboard.tasks set due_date = '2026-03-02', recurrence_rule = 'daily' where title = 'Read the logs';
insert into dashboard.tasks (title, parent_id, job_id) select v.title, t.id, v.job_id
from dashboard.tasks as t, (values ('Step', 9003), ('Step two', 9001)) as v (title, job_id) where t.title = 'Read the logs';
update dashboard.tasks set status = 'completed' where title = 'Read the logs';
select results_eq($$ select title, job_id from dashboard.tasks where status = 'open' and due_date is not null or parent_id in (select id from dashboard.tasks where status = 'open') order by 1 $$,
  $$ values ('Read the logs', 9001::bigint), ('Step', 9003), ('Step two', 9001) $$, 'the next occurrence and its subtasks are for the same jobs');
select tests.work_in('shop');
select results_eq($$ select title, j.job_number from dashboard.tasks as t join dashboard.jobs as j on j.id = t.job_id where t.status = 'completed' $$,
  $$ values ('Read the logs', '202601-901-MIT') $$, 'a linked job is shown');
select tests.act_as('ann');
select results_eq($$ select title, j.job_number from dashboard.tasks as t left join dashboard.jobs as j on j.id = t.job_id where t.status = 'completed' $$,
  $$ values ('Read the logs', null::text) $$, 'a request of another workspace shows the task without its job');

-- a job that is deleted
select tests.act_as('cal@shop');
select results_eq($$ delete from business.jobs where id = 9003 returning id $$, array[9003::bigint], 'an admin deletes a job that others are linked to');
select tests.act_as('ann');
select is_empty($$ select 1 from dashboard.tasks where job_id = 9003 $$, 'a task outlives its job');
select results_eq($$ select job_id from dashboard.time_entries where clock_in = '2026-01-06 11:00+00' $$, array[null::bigint], 'and time does');

-- who leaves the workspace
select tests.act_as_owner();
delete from public.workspace_members where workspace_id = tests.workspace('shop') and user_id = tests.user_id('ann');
select tests.act_as('ann');
select results_eq($$ select job_id from dashboard.tasks where status = 'completed' $$, array[9001::bigint], 'whoever leaves the workspace keeps the link');
select is_empty($$ select 1 from dashboard.jobs $$, 'which shows nothing any more');
select lives_ok($$ update dashboard.tasks set title = 'Read them', job_id = job_id where status = 'completed' $$, 'the task is edited as before');
select throws_ok($$ insert into dashboard.tasks (title, job_id) values ('x', 9001) $$, '23503',
  'insert or update on table "tasks" violates foreign key constraint "tasks_job_id_fkey"', 'a new link is refused like to any other job of others');
select lives_ok($$ update dashboard.tasks set status = 'completed' where due_date is not null $$, 'a recurring task can be completed');
select results_eq($$ select recurrence_index, job_id from dashboard.tasks where status = 'open' and due_date is not null $$,
  $$ values (3, null::bigint) $$, 'the next one has no job');
select results_eq(
  $$ insert into dashboard.time_entries (clock_in, clock_out, task_id) select '2026-01-07 10:00+00', '2026-01-07 11:00+00', id from dashboard.tasks where recurrence_index = 1 and due_date is not null
     returning job_id $$, array[null::bigint], 'time on the task is for no job');

-- others
select tests.act_as('bob@elsewhere');
select results_eq($$ select id from dashboard.jobs $$, array[9002::bigint], 'members see the jobs of the workspace of the request');
select tests.act_as_anon();
select throws_ok($$ select 1 from dashboard.jobs $$, '42501', 'permission denied for view jobs', 'anon sees none');

select * from finish();
rollback;
