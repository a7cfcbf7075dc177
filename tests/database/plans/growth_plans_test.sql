-- Plans: a statement that writes twice as many rows reads and writes about twice as many pages, with the triggers that it
-- fires: none of them looks at the rows that the statement wrote before, which would cost four times as much. A little more
-- than twice, where an index of a table that was
-- empty gets another level, or entries of the undone statements before are in the way.

create temporary table writes (place integer generated always as identity, name text, statement text);
insert into writes (name, statement) values
  ('tasks without a list', $$ insert into dashboard.tasks (title) select 'Task ' || n from generate_series(1, %s) as n $$),
  ('tasks of a list', $$ insert into dashboard.tasks (title, list_id) select 'Task ' || n, 100071 from generate_series(1, %s) as n $$),
  ('subtasks', $$ insert into dashboard.tasks (title, parent_id) select 'Task ' || n, 1007000 from generate_series(1, %s) as n $$),
  ('tasks that are completed', $$ update dashboard.tasks set status = 'completed' where id between 1007000 and 1007000 + %s / 4 $$),
  ('task lists', $$ insert into dashboard.task_lists (name) select 'List ' || n from generate_series(1, %s) as n $$),
  ('goals', $$ insert into dashboard.goals (name) select 'Goal ' || n from generate_series(1, %s) as n $$),
  ('milestones', $$ insert into dashboard.milestones (goal_id, name) select 100700, 'Step ' || n from generate_series(1, %s) as n $$),
  ('projects', $$ insert into dashboard.projects (name) select 'Project ' || n from generate_series(1, %s) as n $$),
  ('tags', $$ insert into dashboard.tags (name) select 'new tag ' || n from generate_series(1, %s) as n $$),
  ('notes', $$ insert into dashboard.notes (title, content) select 'New note ' || n, 'See [[note 7]].' from generate_series(1, %s) as n $$),
  ('inbox items', $$ insert into dashboard.inbox_items (content) select 'Item ' || n from generate_series(1, %s) as n $$),
  ('conversations', $$ insert into dashboard.conversations (title) select 'Talk ' || n from generate_series(1, %s) as n $$),
  ('messages of a conversation', $$ insert into dashboard.messages (conversation_id, content) select 1007001, 'Message ' || n from generate_series(1, %s) as n $$),
  ('clients', $$ insert into business.clients (name) select 'New client ' || n from generate_series(1, %s) as n $$),
  ('contacts', $$ insert into business.contacts (first_name, last_name) select 'Ann', 'Number ' || n from generate_series(1, %s) as n $$),
  ('organizations', $$ insert into business.organizations (name, org_type) select 'Vendor ' || n, 'vendor' from generate_series(1, %s) as n $$),
  ('jobs', $$ insert into business.jobs (job_type) select 'mitigation' from generate_series(1, %s) as n $$),
  ('estimates of many jobs', $$ insert into business.estimates (job_id, estimate_type, amount) select 200008000 + n %% 1000, 'remodel', 10 from generate_series(1, %s) as n $$),
  ('payments of a job', $$ insert into business.payments (job_id, amount) select 200008007, 10 from generate_series(1, %s) as n $$),
  ('labor on a job', $$ insert into business.labor_entries (job_id, hours, hourly_rate) select 200008007, 1, 40 from generate_series(1, %s) as n $$),
  ('receipts of a job', $$ insert into business.receipts (job_id, expense_category, description, amount) select 200008007, 'materials', 'Nails', 1 from generate_series(1, %s) as n $$),
  ('work orders of a job', $$ insert into business.work_orders (job_id, title) select 200008007, 'Order ' || n from generate_series(1, %s) as n $$),
  ('notes on a job', $$ insert into business.notes (job_id, content) select 200008007, 'Called.' from generate_series(1, %s) as n $$),
  ('media of a job', $$ insert into business.media (job_id, file_name, file_path) select 200008007, 'a.jpg', 'photo ' || n from generate_series(1, %s) as n $$),
  ('artifacts', $$ insert into public.artifacts (filename) select 'file ' || n from generate_series(1, %s) as n $$),
  ('passages', $$ insert into public.search_chunks (source_type, text) select 'pdf', 'Passage ' || n from generate_series(1, %s) as n $$),
  ('evidence', $$ insert into public.evidence (preview) select 'Table ' || n from generate_series(1, %s) as n $$),
  ('facts', $$ insert into public.facts (entity) select 'Store ' || n from generate_series(1, %s) as n $$),
  ('memories', $$ insert into public.cipher_memory (content) select to_jsonb('Memory ' || n) from generate_series(1, %s) as n $$);
select plan((select count(*) from writes)::integer);

-- No whole scans: Postgres keeps the plan of a foreign key that it made while a table was empty, also while one statement
-- fills it. What a trigger itself asks of all rows is read through an index then, and grows all the same.
set local enable_seqscan = off;
create function pg_temp.run(statement text) returns void language plpgsql as $$
begin
  execute run.statement;
end
$$;
-- The pages of a statement with its triggers, which run within the function; undone, so that each begins alike.
create function pg_temp.pages_of(statement text) returns bigint language plpgsql as $$
declare
  plan json;
begin
  begin
    execute format('explain (analyze, buffers, timing off, summary off, format json) select pg_temp.run(%L)', pages_of.statement) into plan;
    raise exception using errcode = 'ZZ001';
  exception when sqlstate 'ZZ001' then null;
  end;
  return (plan #>> '{0,Plan,Shared Hit Blocks}')::bigint + (plan #>> '{0,Plan,Shared Read Blocks}')::bigint
    + (plan #>> '{0,Plan,Local Hit Blocks}')::bigint;
end
$$;
create function pg_temp.pages_by_size(statement text) returns bigint[] language plpgsql as $$
declare
  rows  integer := case when version() like '%PGlite%' then 100 else 400 end;
  pages bigint[];
begin
  perform tests.act_as('person 7@company 8');
  perform pg_temp.pages_of(format(statement, 10));
  pages := array[pg_temp.pages_of(format(statement, rows)), pg_temp.pages_of(format(statement, rows * 2)), pg_temp.pages_of(format(statement, rows * 4))];
  perform tests.act_as_owner();
  return pages;
end
$$;
grant execute on function pg_temp.run(text), pg_temp.pages_of(text) to authenticated;
-- In parts, since the time of a statement is limited.
select ok(greatest(p.pages[2] / p.pages[1]::numeric, p.pages[3] / p.pages[2]::numeric) < 3,
  format('twice as many %s cost twice as much: %s pages', w.name, p.pages))
from writes as w, lateral (select pg_temp.pages_by_size(w.statement) as pages) as p where w.place % 4 = 0;
select ok(greatest(p.pages[2] / p.pages[1]::numeric, p.pages[3] / p.pages[2]::numeric) < 3,
  format('twice as many %s cost twice as much: %s pages', w.name, p.pages))
from writes as w, lateral (select pg_temp.pages_by_size(w.statement) as pages) as p where w.place % 4 = 1;
select ok(greatest(p.pages[2] / p.pages[1]::numeric, p.pages[3] / p.pages[2]::numeric) < 3,
  format('twice as many %s cost twice as much: %s pages', w.name, p.pages))
from writes as w, lateral (select pg_temp.pages_by_size(w.statement) as pages) as p where w.place % 4 = 2;
select ok(greatest(p.pages[2] / p.pages[1]::numeric, p.pages[3] / p.pages[2]::numeric) < 3,
  format('twice as many %s cost twice as much: %s pages', w.name, p.pages))
from writes as w, lateral (select pg_temp.pages_by_size(w.statement) as pages) as p where w.place % 4 = 3;

select * from finish();
