-- Plans: the hot queries of the assistant, asked as a person among 100 000 messages of a hundred people, use an index and
-- scan no table.
begin;
select plan(46);

select count(tests.create_user('person ' || u)) from generate_series(1, 100) as u;
insert into public.workspaces (id, name) select tests.workspace(w::text), 'Workspace ' || w from generate_series(1, 10) as w;
insert into public.workspace_members (workspace_id, user_id, role, display_name)
select tests.workspace((u % 10 + 1)::text), tests.user_id('person ' || u), 'admin', 'p' from generate_series(1, 100) as u;
create temporary table person as select u, tests.user_id('person ' || u) as user_id, tests.workspace((u % 10 + 1)::text) as workspace_id from generate_series(1, 100) as u;
-- the rows are given complete; filling the tables is not the subject
alter table dashboard.conversations disable trigger user;
alter table dashboard.messages disable trigger user;
alter table dashboard.ai_tasks disable trigger user;
insert into dashboard.chat_projects (id, user_id, name) overriding system value
select 10000 + u * 10 + n, user_id, 'project ' || n from person, generate_series(0, 9) as n;
insert into dashboard.agents (id, workspace_id, name) overriding system value
select 10000 + w * 100 + n, tests.workspace(w::text), 'agent ' || n from generate_series(1, 10) as w, generate_series(0, 49) as n;
insert into dashboard.conversations (id, user_id, workspace_id, chat_project_id, agent_id, session_id, title, is_pinned, archived, last_message_at, message_count) overriding system value
select 1000000 + u * 1000 + n, user_id, workspace_id, case when n % 3 = 0 then 10000 + u * 10 + n % 10 end, case when n % 2 = 0 then 10000 + (u % 10 + 1) * 100 + n % 50 end,
  's' || u || '-' || n, 'c' || n, n % 9 = 0, n % 4 = 3, now() - make_interval(mins => n), 10
from person, generate_series(0, 49) as n;
insert into dashboard.messages (id, user_id, conversation_id, role, content, created_at) overriding system value
select c.id * 100 + n, c.user_id, c.id, case n % 2 when 0 then 'user' else 'assistant' end, 'message ' || n, now() - make_interval(mins => 100 - n)
from dashboard.conversations as c, generate_series(0, 19) as n where c.id between 1000000 and 1101000;
insert into dashboard.ai_tasks (id, user_id, workspace_id, conversation_id, message_id, description, status, completed_at, category, created_at) overriding system value
select m.id, m.user_id, c.workspace_id, c.id, m.id, 'task', 'completed', now(), 'research', now() - make_interval(hours => (m.id / 10 % 2000)::integer)
from dashboard.messages as m join dashboard.conversations as c on c.id = m.conversation_id where m.id % 10 = 1 and m.id >= 100000000;
insert into dashboard.files_processed (id, user_id, ai_task_id, filename, created_at) overriding system value
select t.id, t.user_id, t.id, 'f', t.created_at from dashboard.ai_tasks as t where t.id >= 100000000;
insert into dashboard.automation_candidates (workspace_id, pattern_description, frequency, status)
select tests.workspace(w::text), 'pattern ' || n, n, case n % 4 when 0 then 'identified' else 'dismissed' end from generate_series(1, 10) as w, generate_series(1, 500) as n;
insert into dashboard.activity_logs (workspace_id, user_id, log_type, created_at)
select workspace_id, user_id, 'api', now() - make_interval(hours => n * 8) from person, generate_series(1, 300) as n order by n desc;
alter table dashboard.conversations enable trigger user;
alter table dashboard.messages enable trigger user;
alter table dashboard.ai_tasks enable trigger user;
analyze dashboard.chat_projects, dashboard.agents, dashboard.conversations, dashboard.messages, dashboard.ai_tasks, dashboard.files_processed,
  dashboard.automation_candidates, dashboard.activity_logs, public.workspace_members, public.profiles;

create function pg_temp.plan_of(query text) returns text language plpgsql as $$
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
grant execute on function pg_temp.plan_of(text) to authenticated;

create temporary table hot (name text, index text, query text);
insert into hot values
  ('the list of conversations', 'conversations_list_idx', 'select * from dashboard.recent_conversations() limit 50'),
  ('the list of what was put away', 'conversations_list_idx', 'select * from dashboard.recent_conversations(true) limit 50'),
  ('all conversations, newest first', 'conversations_user_id_last_message_at_idx', 'select * from dashboard.conversations order by last_message_at desc, id desc limit 10'),
  ('one conversation', 'conversations_(pkey|user_id_id_key)', 'select * from dashboard.conversations where id = 1042007'),
  ('a session', 'conversations_user_id_session_id_key', $$ select * from dashboard.conversations where session_id = 's42-7' $$),
  ('the conversations of a project', 'conversations_chat_project_id_idx', 'select * from dashboard.conversations where chat_project_id = 10423 order by last_message_at desc limit 20'),
  ('a page of a conversation in order', 'messages_order_idx', 'select * from dashboard.messages where conversation_id = 1042007 order by created_at, id limit 5'),
  ('the last messages', 'messages_order_idx', 'select * from dashboard.messages where conversation_id = 1042007 order by created_at desc, id desc limit 5'),
  ('the last messages, by their function', 'messages_order_idx', 'select * from dashboard.last_messages(1042007, 5)'),
  ('embedded messages', 'messages_', 'select c.id, m.* from dashboard.conversations as c join dashboard.messages as m on m.user_id = c.user_id and m.conversation_id = c.id where c.id = 1042007'),
  ('the preview of a conversation', 'messages_order_idx', $$ select left(m.content, 100) from dashboard.messages as m
     where m.user_id = tests.user_id('person 42') and m.conversation_id = 1042007 and m.role in ('user', 'assistant') and m.content <> '' order by m.created_at desc, m.id desc limit 1 $$),
  ('what follows a message', 'messages_parent_id_idx', 'select * from dashboard.messages where conversation_id = 1042007 and parent_id = 104200700'),
  ('AI tasks, newest first', 'ai_tasks_user_id_created_at_idx', 'select * from dashboard.ai_tasks order by created_at desc limit 20'),
  ('AI tasks of a conversation', 'ai_tasks_conversation_id_idx', 'select * from dashboard.ai_tasks where conversation_id = 1042007 order by created_at'),
  ('the summary of a month', 'ai_tasks_user_id_created_at_idx', 'select * from dashboard.ai_task_summary(30)'),
  ('the days of a month', 'ai_tasks_user_id_created_at_idx', 'select * from dashboard.ai_tasks_per_day(30)'),
  ('a breakdown', 'ai_tasks_user_id_created_at_idx', $$ select * from dashboard.ai_task_breakdown('category', 7) $$),
  ('the log of files', 'files_processed_user_id_created_at_idx', 'select * from dashboard.files_processed order by created_at desc limit 20'),
  ('candidates by frequency', 'automation_candidates_list_idx',
    $$ select * from dashboard.automation_candidates where workspace_id = tests.workspace('3') and status = 'identified' order by frequency desc, id limit 10 $$),
  ('the log of a workspace', 'activity_logs_workspace_id_created_at_idx',
    $$ select * from dashboard.activity_logs where workspace_id = tests.workspace('3') order by created_at desc, id desc limit 50 $$);
grant select on hot to authenticated;

select ok((select count(*) from dashboard.messages) >= 100000, 'a hundred thousand messages are there');

-- acting as one of the hundred
select tests.act_as('person 42');
select matches(pg_temp.plan_of(h.query), h.index || '.*Index Cond', h.name || ' uses its index') from hot as h;
select doesnt_match(pg_temp.plan_of(h.query), 'Seq Scan', h.name || ' scans no table') from hot as h;
select doesnt_match(pg_temp.plan_of(h.query), 'Sort', h.name || ' comes in order') from hot as h
where h.name in ('a page of a conversation in order', 'the last messages', 'AI tasks, newest first', 'the log of files');

-- what the database asks itself
select tests.act_as_owner();
select matches(pg_temp.plan_of('select o.id from dashboard.activity_logs as o where o.created_at < now() - interval ''90 days'' order by o.created_at limit 10000 for update skip locked'),
  'activity_logs_created_at_idx.*Index Cond', 'forgetting reads what is old only');

select * from finish();
rollback;
