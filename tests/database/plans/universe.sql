-- The rows that all plan tests ask about: a hundred people with a thousand tasks, notes and the like each, a hundred
-- companies with a thousand jobs each, and passages to search. Loaded once, as the superuser, in the transaction that
-- plans_test.ts rolls back; session_replication_role skips triggers and foreign keys, so every row is given complete.
--
-- Ids tell whose a row is: 1000000 + 1000 * person + number, and 200000000 + 1000 * company + number.

-- The embedded database is slow to fill, so it is given less. The smallest universe that still tells plans apart.
create function tests.scale(name text) returns integer language sql stable as $$
  select case when version() like '%PGlite%' then s.embedded else s.native end
  from (values ('rows of a person', 200, 1000), ('companies', 20, 100), ('messages of person 2', 5000, 45000)) as s (name, embedded, native)
  where s.name = scale.name
$$;
grant execute on function tests.scale(text) to authenticated;

select count(tests.create_user('person ' || u)) from generate_series(1, 100) as u;
select tests.create_user('ann'), tests.create_user('bob');

-- Companies 1 to 10 have ten members each.
insert into public.workspaces (id, name)
select tests.workspace('company ' || w), 'Company ' || w from generate_series(1, tests.scale('companies')) as w;
insert into public.workspace_members (workspace_id, user_id, role, display_name)
select tests.workspace('company ' || u % 10 + 1), tests.user_id('person ' || u), 'admin', 'p' from generate_series(1, 100) as u;
update public.profiles as p set active_workspace_id = m.workspace_id
from public.workspace_members as m where m.user_id = p.id and m.display_name = 'p';

create table tests.people as
select u, tests.user_id('person ' || u) as user_id, tests.workspace('company ' || u % 10 + 1) as workspace_id
from generate_series(1, 100) as u;
create table tests.numbered as
select p.*, n, 1000000 + p.u * 1000 + n as id from tests.people as p, generate_series(0, tests.scale('rows of a person') - 1) as n;
analyze tests.people, tests.numbered;

set local session_replication_role = replica;

-- planning
alter table dashboard.time_entries drop constraint time_entries_no_overlap; -- slow to fill, and in no plan
insert into dashboard.tags (id, user_id, name) overriding system value
select 100000 + p.u * 10 + g, p.user_id, 'tag ' || g from tests.people as p, generate_series(0, 9) as g;
insert into dashboard.goals (id, user_id, name, tag_id) overriding system value
select 100000 + p.u * 100 + g, p.user_id, 'goal ' || g, 100000 + p.u * 10 + g % 10 from tests.people as p, generate_series(0, 99) as g;
insert into dashboard.milestones (id, user_id, goal_id, name, sort_order, completed_at) overriding system value
select r.id, r.user_id, 100000 + r.u * 100 + r.n / 10, 'milestone ' || r.n, r.n % 10,
  case when r.n % 4 = 0 then now() - r.n * interval '1 day' end
from tests.numbered as r;
insert into dashboard.projects (id, user_id, name, goal_id, area_id, sort_order) overriding system value
select 100000 + p.u * 100 + r, p.user_id, 'project ' || r, 100000 + p.u * 100 + r, 100000 + p.u * 10 + r % 10, r
from tests.people as p, generate_series(0, 99) as r;
insert into dashboard.task_lists (id, user_id, name, sort_order) overriding system value
select 100000 + p.u * 10 + l, p.user_id, 'list ' || l, 4 + l from tests.people as p, generate_series(0, 9) as l;
insert into dashboard.tasks (id, user_id, list_id, parent_id, project_id, title, sort_order, status, completed_at, due_date,
  is_important, is_my_day, my_day_date) overriding system value
select r.id, r.user_id, case when r.n % 11 < 10 then 100000 + r.u * 10 + r.n % 11 end, case when r.n % 5 = 4 then r.id - 4 end,
  100000 + r.u * 100 + r.n % 100, 'task ' || r.n, r.n,
  case when r.n % 3 = 0 then 'completed' else 'open' end, case when r.n % 3 = 0 then now() - r.n * interval '1 day' end,
  case when r.n % 4 = 0 then current_date + r.n % 60 - 30 end, r.n % 10 = 0, r.n % 50 = 0,
  case when r.n % 50 = 0 then current_date - r.n % 100 / 50 end
from tests.numbered as r;
insert into private.task_reminders (task_id, remind_at)
select r.id, now() + (100 * (r.u - 1) + r.n) * interval '1 minute' from tests.numbered as r where r.n < 100 order by r.u, r.n;
insert into dashboard.task_tags (user_id, task_id, tag_id)
select r.user_id, r.id, 100000 + r.u * 10 + r.n % 10 from tests.numbered as r where r.n % 10 = 3;
insert into dashboard.time_entries (id, user_id, project_id, task_id, clock_in, clock_out) overriding system value
select r.id, r.user_id, 100000 + r.u * 100 + r.n % 100, r.id, now() - (r.n + 1) * interval '1 day',
  case when r.n > 0 then now() - (r.n + 1) * interval '1 day' + interval '2 hours' end
from tests.numbered as r;

-- Notes, inbox and notifications, the rows of a person spread over the tables. Every note holds the word "water", one of
-- ten the word "pump".
insert into dashboard.notes (id, user_id, title, content, meeting_date, updated_at) overriding system value
select r.id, r.user_id, 'note ' || r.n, '', case when r.n % 10 = 0 then now() - r.n * interval '1 hour' end,
  now() - r.n * interval '1 minute'
from tests.numbered as r order by r.n, r.u;
insert into private.note_search (note_id, words)
select r.id, (case when r.n % 10 = 0 then tsvector '''pump'':2 ''water'':1' else tsvector '''water'':1' end)
  || array_to_tsvector(array[p.word])
from tests.numbered as r join (select user_id, private.owner_word(user_id) as word from tests.people) as p using (user_id)
order by r.n, r.u;
insert into dashboard.note_tags (user_id, note_id, tag_id)
select r.user_id, r.id, 100000 + r.u * 10 + r.n % 10 from tests.numbered as r where r.n % 5 = 3;
insert into dashboard.note_links (user_id, note_id, target_type, target_key, target_title)
select r.user_id, r.id, 'note', 'note ' || r.n % 100, 'note ' || r.n % 100 from tests.numbered as r;
insert into dashboard.inbox_items (id, user_id, content, processed, processed_at, capture_key, created_at) overriding system value
select r.id, r.user_id, 'item ' || r.n, r.n % 10 > 0, case when r.n % 10 > 0 then now() end, 'key ' || r.n,
  now() - r.n * interval '1 minute'
from tests.numbered as r order by r.n, r.u;
insert into dashboard.notifications (user_id, type, title, is_read, read_at, created_at)
select r.user_id, 'system', 'n', r.n % 50 > 0, case when r.n % 50 > 0 then now() - r.n * interval '1 hour' end,
  now() - r.n * interval '1 hour'
from tests.numbered as r order by r.n, r.u;

-- The assistant: fifty conversations of ten messages for everyone, and one with thousands for person 1 and person 2.
insert into dashboard.chat_projects (id, user_id, name) overriding system value
select 10000 + p.u * 10 + n, p.user_id, 'project ' || n from tests.people as p, generate_series(0, 9) as n;
insert into dashboard.agents (id, workspace_id, name) overriding system value
select 10000 + w * 100 + n, tests.workspace('company ' || w), 'agent ' || n from generate_series(1, 10) as w, generate_series(0, 49) as n;
insert into dashboard.conversations (id, user_id, workspace_id, chat_project_id, agent_id, session_id, title, is_pinned,
  archived, last_message_at, message_count) overriding system value
select r.id, r.user_id, r.workspace_id, case when r.n % 3 = 0 then 10000 + r.u * 10 + r.n % 10 end,
  case when r.n % 2 = 0 then 10000 + (r.u % 10 + 1) * 100 + r.n % 50 end, 's' || r.u || '-' || r.n, 'c' || r.n, r.n % 9 = 0,
  r.n % 4 = 3, now() - make_interval(mins => r.n), 10
from tests.numbered as r where r.n < 50;
insert into dashboard.conversations (id, user_id, workspace_id) overriding system value
select 9000 + p.u, p.user_id, p.workspace_id from tests.people as p where p.u in (1, 2);
insert into dashboard.messages (id, user_id, conversation_id, role, content, created_at) overriding system value
select r.id * 100 + m, r.user_id, r.id, case m % 2 when 0 then 'user' else 'assistant' end, 'message ' || m,
  now() - make_interval(mins => 100 - m)
from tests.numbered as r, generate_series(0, 9) as m where r.n < 50;
insert into dashboard.messages (id, user_id, conversation_id, role, content, created_at) overriding system value
select 1000000 + n, p.user_id, 9000 + p.u, case n % 2 when 1 then 'user' else 'assistant' end, 'kitchen ' || n,
  timestamptz '2026-01-01' + make_interval(mins => n)
from generate_series(1, 5000 + tests.scale('messages of person 2')) as n join tests.people as p on p.u = case when n <= 5000 then 1 else 2 end;
insert into private.message_search (message_id, words)
select m.id, to_tsvector('simple', m.content) || array_to_tsvector(array[p.word])
from dashboard.messages as m
join (select user_id, private.owner_word(user_id) as word from tests.people where u in (1, 2)) as p using (user_id)
where m.conversation_id in (9001, 9002);
insert into dashboard.ai_tasks (id, user_id, workspace_id, conversation_id, message_id, description, status, completed_at,
  category, created_at) overriding system value
select r.id * 100 + m, r.user_id, r.workspace_id, r.id, r.id * 100 + m, 'task', 'completed', now(), 'research',
  now() - make_interval(hours => (r.id * 10 + m) % 2000)
from tests.numbered as r, unnest(array[1, 6]) as m where r.n < 50;
insert into dashboard.files_processed (id, user_id, ai_task_id, filename, created_at) overriding system value
select t.id, t.user_id, t.id, 'f', t.created_at from dashboard.ai_tasks as t where t.id >= 100000000;
insert into dashboard.automation_candidates (workspace_id, pattern_description, frequency, status)
select tests.workspace('company ' || w), 'pattern ' || n, n, case n % 4 when 0 then 'identified' else 'dismissed' end
from generate_series(1, 10) as w, generate_series(1, 500) as n;
insert into dashboard.activity_logs (workspace_id, user_id, log_type, created_at)
select p.workspace_id, p.user_id, 'api', now() - make_interval(hours => n * 8)
from tests.people as p, generate_series(1, 300) as n order by n desc;

-- business
create table tests.jobs as
select w, n, tests.workspace('company ' || w) as workspace_id, 200000000 + w * 1000 + n as id
from generate_series(1, tests.scale('companies')) as w, generate_series(0, 999) as n;
insert into business.clients (id, workspace_id, name)
select j.id, j.workspace_id, format('Client %s of %s', md5(j.n::text), j.w) from tests.jobs as j where j.n < 300;
insert into business.jobs (id, workspace_id, job_number, status, client_id, address, created_at, completion_date)
select j.id, j.workspace_id, format('%s-%s-MIT', 202001 + j.n / 100, j.n),
  (array['lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled'])[1 + j.n % 7], j.id - j.n + j.n % 300,
  j.n || ' ' || md5((j.n * 7)::text) || ' Street', now() - j.n * interval '1 day', current_date - j.n
from tests.jobs as j;
insert into business.estimates (id, workspace_id, job_id, version, estimate_type, amount, status, approved_date)
select j.id, j.workspace_id, j.id, 1, 'mitigation', 1000, 'approved', current_date - j.n from tests.jobs as j;
insert into business.payments (workspace_id, job_id, amount, received_date)
select j.workspace_id, j.id, 400, current_date - j.n from tests.jobs as j;
insert into business.labor_entries (workspace_id, job_id, hours, hourly_rate, work_date)
select j.workspace_id, j.id, 4, 40, current_date - j.n from tests.jobs as j where j.n < 200;
insert into business.receipts (workspace_id, job_id, expense_category, description, amount, expense_date)
select j.workspace_id, j.id, 'materials', 'Boards', 30, current_date - j.n from tests.jobs as j where j.n < 200;
insert into business.work_orders (workspace_id, job_id, work_order_number, title, budget_amount)
select j.workspace_id, j.id, 'WO', 'Demolition', 30 from tests.jobs as j where j.n < 200;
insert into business.notes (workspace_id, job_id, content)
select j.workspace_id, j.id, 'Called.' from tests.jobs as j where j.n < 200;
insert into business.activity_log (workspace_id, job_id, event_type, description, new_value)
select j.workspace_id, j.id, 'status_changed', 'Moved.', b.status from tests.jobs as j join business.jobs as b using (id);
select private.fill_job_search(array(select j.id from tests.jobs as j where j.w <= 20), '{}'); -- slow, and enough to get lost in

-- Search: Ann in a large workspace, Bob in a small one.
insert into public.workspaces (id, name) select tests.workspace(w), w from unnest(array['large', 'small', 'others']) as w;
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('large'), tests.user_id('ann'), 'admin', 's'), (tests.workspace('small'), tests.user_id('bob'), 'admin', 's');
select count(setseed(0.1));
create function tests.vector_of(seed integer, dimensions integer) returns extensions.vector language sql volatile as
  $$ select (select json_agg(round((random() - 0.5)::numeric, 3)) from generate_series(1, vector_of.dimensions) where vector_of.seed is not null)::text::extensions.vector $$;
grant execute on function tests.vector_of(integer, integer) to authenticated;
insert into public.search_chunks (workspace_id, source_type, text, meta, embedding, embedding_model)
select tests.workspace(case when i % 20 = 0 then 'small' when i % 2 = 0 then 'large' else 'others' end), case when i % 7 = 0 then 'log' else 'pdf' end,
  'common passage number' || i || ' about subject' || i % 40, jsonb_build_object('n', i % 100, 'pad', (select string_agg(md5(i::text || p), '') from generate_series(1, 80) as p)),
  case when i % 20 = 0 or i % 26 = 0 then tests.vector_of(i, 384) end, case when i % 20 = 0 or i % 26 = 0 then 'm' end
from generate_series(1, 2500) as i;
insert into public.search_chunks (workspace_id, source_type, text, embedding_1024, embedding_1024_model)
select tests.workspace(case when i % 2 = 0 then 'large' else 'others' end), 'big', 'larger' || i, tests.vector_of(i, 1024), 'big' from generate_series(1, 20) as i;

set local session_replication_role = origin;

-- Entries that wait to be sorted into a GIN index count in its cost, and how many wait after a fill is chance.
select count(gin_clean_pending_list(i.indexrelid))
from pg_index as i
join pg_class as c on c.oid = i.indexrelid
join pg_am as m on m.oid = c.relam
join pg_stat_xact_user_tables as t on t.relid = i.indrelid and t.n_tup_ins > 0
where m.amname = 'gin';
do $$
declare
  filled regclass;
begin
  for filled in select t.relid from pg_stat_xact_user_tables as t where t.n_tup_ins > 0 loop
    execute format('analyze %s', filled);
  end loop;
end
$$;

-- What the plan tests share: the plan of a query as text, and the table in which a file lists its hot queries, each with
-- the index that its plan must use (a regular expression).
create function tests.plan_of(query text) returns text language plpgsql as $$
declare
  line text;
  plan text := '';
begin
  for line in execute 'explain (costs off) ' || query loop
    plan := plan || line || E'\n';
  end loop;
  return plan;
end
$$;
create table tests.hot (name text, index text, query text);
grant execute on function tests.plan_of(text) to authenticated;
grant select on tests.hot to authenticated;
grant all on tests.hot to postgres;
