-- Chat projects and conversations: whose they are, what a row may hold, and which workspace a conversation may be about.
begin;
select plan(95);

-- arrange: Ann is employee of a workspace that Cal leads; Bob, a stranger, has a workspace with an agent of his own
select tests.create_user(u) from unnest(array['ann', 'bob', 'cal']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team'), (tests.workspace('strangers'), 'Strangers');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('cal'), 'admin', 'cal'), (tests.workspace('team'), tests.user_id('ann'), 'employee', 'ann'),
  (tests.workspace('strangers'), tests.user_id('bob'), 'admin', 'bob');
update public.profiles set active_workspace_id = tests.workspace('team') where id = tests.user_id('ann');
insert into dashboard.agents (id, workspace_id, name) overriding system value values
  (9001, tests.workspace('team'), 'ours'), (9002, tests.workspace('strangers'), 'theirs');
insert into dashboard.chat_projects (id, user_id, name) overriding system value values
  (9101, tests.user_id('ann'), 'Ann''s'), (9102, tests.user_id('bob'), 'Bob''s');
insert into dashboard.conversations (id, user_id, workspace_id, agent_id, session_id, title) overriding system value values
  (9201, tests.user_id('bob'), tests.workspace('strangers'), 9002, 'taken', 'Bob''s'), (9202, tests.user_id('cal'), tests.workspace('team'), 9001, 'c', 'Cal''s');

-- acting as the owner
select tests.act_as('ann');
select results_eq(
  $$ insert into dashboard.conversations default values
     returning user_id, workspace_id, chat_project_id, agent_id, title, is_active, is_pinned, archived, message_count,
       last_message_at = created_at, last_model_id, related_task_ids, session_id ~ '^[0-9a-f-]{36}$' $$,
  $$ values (tests.user_id('ann'), tests.workspace('team'), null::bigint, null::bigint, null::text, true, false, false, 0,
       true, null::text, '[]'::jsonb, true) $$,
  'a conversation needs no values; it belongs to the caller and the workspace of the request');
select results_eq(
  $$ insert into dashboard.conversations (user_id, workspace_id, chat_project_id, agent_id, session_id, title, summary, is_active, is_pinned, archived)
     values (tests.user_id('ann'), tests.workspace('team'), 9101, 9001, 'session-1', 'All of it', 's', false, true, true)
     returning chat_project_id, agent_id, session_id, summary, is_pinned $$,
  $$ values (9101::bigint, 9001::bigint, 'session-1', 's', true) $$, 'everything people may say of it can be given');
select lives_ok($$ insert into dashboard.conversations (session_id) values ('taken') $$, 'another user''s session id is no obstacle');
select throws_ok($$ insert into dashboard.conversations (session_id) values ('session-1') $$, '23505',
  'duplicate key value violates unique constraint "conversations_user_id_session_id_key"', 'one''s own is: a session is one conversation');
select results_eq($$ update dashboard.conversations set title = 'Renamed', is_pinned = true where session_id = 'session-1' returning title $$,
  array['Renamed'], 'an owner renames and pins');
select lives_ok($$ insert into dashboard.conversations (title) select 'one of many' from generate_series(1, 3) $$, 'a session id need not be given');
select is((select count(distinct session_id) from dashboard.conversations where title = 'one of many'), 3::bigint, 'each conversation has one of its own');

-- projects
select results_eq(
  $$ insert into dashboard.chat_projects (name, description, instructions, knowledge_path, linked_job_number)
     values ('Pier Street', 'd', 'Be brief.', '/files/pier', '202601-001-MIT') returning user_id, linked_job_number $$,
  $$ values (tests.user_id('ann'), '202601-001-MIT') $$, 'a project names a job by its number');
select lives_ok($$ insert into dashboard.chat_projects (name) values ('Pier Street') $$, 'names of projects may repeat');
select results_eq($$ update dashboard.chat_projects set instructions = 'Be kind.' where linked_job_number is not null returning instructions $$,
  array['Be kind.'], 'an owner edits a project');

-- links stay with their owner and workspace, and a foreign id looks exactly like a missing one
select throws_ok(v.statement, '23503', format('insert or update on table "conversations" violates foreign key constraint "%s"', v.name), v.rule)
from (values
  ($$ insert into dashboard.conversations (chat_project_id) values (9102) $$, 'conversations_chat_project_id_fkey', 'a conversation cannot enter a stranger''s project'),
  ($$ insert into dashboard.conversations (chat_project_id) values (99999999) $$, 'conversations_chat_project_id_fkey', 'nor one that does not exist'),
  ($$ update dashboard.conversations set chat_project_id = 9102 $$, 'conversations_chat_project_id_fkey', 'nor be moved there'),
  ($$ insert into dashboard.conversations (agent_id) values (9002) $$, 'conversations_agent_id_fkey', 'a stranger''s agent does not answer'),
  ($$ insert into dashboard.conversations (agent_id) values (99999999) $$, 'conversations_agent_id_fkey', 'nor one that does not exist'),
  ($$ update dashboard.conversations set agent_id = 9002 $$, 'conversations_agent_id_fkey', 'nor later'),
  ($$ insert into dashboard.conversations (workspace_id) values (tests.workspace('strangers')) $$, 'conversations_workspace_id_fkey', 'a conversation is about no workspace of others'),
  ($$ insert into dashboard.conversations (workspace_id) values (gen_random_uuid()) $$, 'conversations_workspace_id_fkey', 'nor about one that does not exist')
) as v (statement, name, rule);

-- columns that only the database and the service write
select throws_ok(format('insert into dashboard.conversations (title, %I) values (%L, null)', c, 'x'), '42501',
  'permission denied for table conversations', 'a caller does not choose ' || c || ' of a new conversation')
from unnest(array['id', 'message_count', 'last_message_at', 'last_model_id', 'related_task_ids', 'created_at', 'updated_at']) as c;
select throws_ok(format('update dashboard.conversations set %I = null', c), '42501',
  'permission denied for table conversations', 'a caller does not change ' || c)
from unnest(array['id', 'message_count', 'last_message_at', 'last_model_id', 'related_task_ids', 'created_at', 'updated_at']) as c;
select throws_ok(format('insert into dashboard.chat_projects (name, %I) values (%L, null)', c, 'x'), '42501',
  'permission denied for table chat_projects', 'a caller does not choose ' || c || ' of a new project')
from unnest(array['id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update dashboard.chat_projects set %I = null', c), '42501',
  'permission denied for table chat_projects', 'a caller does not change ' || c || ' of a project')
from unnest(array['id', 'created_at', 'updated_at']) as c;
select throws_ok(format('insert into dashboard.%I (user_id, %I) values (tests.user_id(%L), %L)', v.t, v.c, 'bob', 'x'), '42501',
  format('new row violates row-level security policy for table "%s"', v.t), v.rule)
from (values ('conversations', 'title', 'a conversation cannot be added for someone else'), ('chat_projects', 'name', 'nor a project')) as v (t, c, rule);

-- every named check has a value that fails it by name
select throws_ok(v.statement, '23514', format('new row for relation "%s" violates check constraint "%s"', split_part(v.name, ' ', 1), split_part(v.name, ' ', 2)), v.rule)
from (values
  ($$ insert into dashboard.conversations (session_id) values ('') $$, 'conversations conversations_session_id_length', 'a session id is not empty'),
  ($$ insert into dashboard.conversations (session_id) values (repeat('x', 201)) $$, 'conversations conversations_session_id_length', 'a session id is bounded'),
  ($$ insert into dashboard.conversations (title) values ('') $$, 'conversations conversations_title_length', 'a title is null rather than empty'),
  ($$ insert into dashboard.conversations (title) values (repeat('x', 201)) $$, 'conversations conversations_title_length', 'a title is bounded'),
  ($$ insert into dashboard.conversations (summary) values (repeat('x', 100001)) $$, 'conversations conversations_summary_length', 'a summary is bounded'),
  ($$ insert into dashboard.conversations (workspace_id, agent_id) values (null, 9001) $$, 'conversations conversations_agent_id_needs_workspace', 'an agent answers in its workspace only'),
  ($$ insert into dashboard.chat_projects (name) values ('') $$, 'chat_projects chat_projects_name_length', 'a project has a name'),
  ($$ insert into dashboard.chat_projects (name) values (repeat('x', 201)) $$, 'chat_projects chat_projects_name_length', 'which is bounded'),
  ($$ insert into dashboard.chat_projects (name, description) values ('x', repeat('x', 5001)) $$, 'chat_projects chat_projects_description_length', 'a description is bounded'),
  ($$ insert into dashboard.chat_projects (name, instructions) values ('x', repeat('x', 100001)) $$, 'chat_projects chat_projects_instructions_length', 'instructions are bounded'),
  ($$ insert into dashboard.chat_projects (name, knowledge_path) values ('x', repeat('x', 1001)) $$, 'chat_projects chat_projects_knowledge_path_length', 'a path is bounded'),
  ($$ insert into dashboard.chat_projects (name, linked_job_number) values ('x', '') $$, 'chat_projects chat_projects_linked_job_number_length', 'a job number is null rather than empty'),
  ($$ insert into dashboard.chat_projects (name, linked_job_number) values ('x', repeat('x', 51)) $$, 'chat_projects chat_projects_linked_job_number_length', 'and bounded')
) as v (statement, name, rule);

-- deleting a project keeps its conversations
select lives_ok($$ delete from dashboard.chat_projects where id = 9101 $$, 'a project can be deleted while it holds conversations');
select results_eq($$ select user_id, chat_project_id, agent_id from dashboard.conversations where session_id = 'session-1' $$,
  $$ values (tests.user_id('ann'), null::bigint, 9001::bigint) $$, 'they stay, without a project');

-- acting as a colleague, even the admin of the workspace it is about
select tests.act_as('cal');
select results_eq($$ select title from dashboard.conversations $$, array['Cal''s'], 'an admin of the workspace reads none of a colleague''s conversations');
select is_empty($$ update dashboard.conversations set title = 'mine' where id <> 9202 returning 1 $$, 'edits none');
select is_empty($$ delete from dashboard.conversations where id <> 9202 returning 1 $$, 'deletes none');
select is_empty($$ select 1 from dashboard.chat_projects $$, 'and sees no project');

-- acting as a stranger
select tests.act_as('bob');
select results_eq($$ select title from dashboard.conversations $$, array['Bob''s'], 'a stranger reads only their own conversations');
select is_empty($$ update dashboard.conversations set title = 'mine' where id <> 9201 returning 1 $$, 'a stranger edits no other');
select is_empty($$ delete from dashboard.conversations where id <> 9201 returning 1 $$, 'a stranger deletes no other');
select results_eq($$ select name from dashboard.chat_projects $$, array['Bob''s'], 'nor sees another''s project');

-- acting as anon
select tests.act_as_anon();
select throws_ok(format(v.statement, t), '42501', 'permission denied for table ' || t, format(v.rule, t))
from unnest(array['conversations', 'chat_projects']) as t, (values
  ('select 1 from dashboard.%I', 'anon reads no %s'), ('insert into dashboard.%I default values', 'anon adds no %s'),
  ('update dashboard.%I set id = 1', 'anon edits no %s'), ('delete from dashboard.%I', 'anon deletes no %s')) as v (statement, rule);

-- acting as the service role
select tests.act_as_service();
select throws_ok($$ update dashboard.conversations set user_id = tests.user_id('bob') where session_id = 'session-1' $$,
  'PT409', 'A row of dashboard.conversations cannot change its owner.', 'not even the service moves a conversation to another user');
select throws_ok($$ update dashboard.chat_projects set user_id = tests.user_id('ann') where id = 9102 $$,
  'PT409', 'A row of dashboard.chat_projects cannot change its owner.', 'nor a project');
select throws_ok(v.statement, '23514', format('new row for relation "conversations" violates check constraint "%s"', v.name), v.rule)
from (values
  ($$ update dashboard.conversations set related_task_ids = '{}' $$, 'conversations_related_task_ids_array', 'related tasks are a list'),
  ($$ update dashboard.conversations set related_task_ids = '["1"]' $$, 'conversations_related_task_ids_numbers', 'of numbers'),
  ($$ update dashboard.conversations set related_task_ids = (select jsonb_agg(n) from generate_series(1, 20000) as n) $$, 'conversations_related_task_ids_size', 'and not endless')
) as v (statement, name, rule);
select tests.act_as_owner();
alter table dashboard.conversations disable trigger conversations_keep_counts_on_update;
select throws_ok($$ update dashboard.conversations set message_count = -1 $$, '23514',
  'new row for relation "conversations" violates check constraint "conversations_message_count_not_negative"', 'no conversation holds less than nothing');
select throws_ok($$ update dashboard.conversations set last_model_id = '' $$, '23514',
  'new row for relation "conversations" violates check constraint "conversations_last_model_id_length"', 'a model has a name');
alter table dashboard.conversations enable trigger conversations_keep_counts_on_update;

-- the workspace of a conversation is always one that its owner belongs to
select tests.act_as('ann');
select lives_ok($$ update dashboard.conversations set agent_id = 9001, is_pinned = false where session_id = 'taken' $$, 'an agent of the workspace answers');
select results_eq($$ update dashboard.conversations set workspace_id = public.current_workspace(), title = 't' where session_id = 'taken' returning agent_id $$,
  array[9001::bigint], 'and goes on while the workspace stays');
-- and never another one: its text was read and written there
select tests.act_as_owner();
insert into public.workspaces (id, name) values (tests.workspace('second'), 'Second');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values (tests.workspace('second'), tests.user_id('ann'), 'employee', 'ann');
insert into dashboard.conversations (id, user_id, workspace_id, session_id) overriding system value values (9203, tests.user_id('ann'), null, 'personal');
insert into dashboard.ai_tasks (id, user_id, workspace_id, description) overriding system value values
  (9301, tests.user_id('ann'), tests.workspace('team'), 'Here'), (9302, tests.user_id('ann'), null, 'Personal');
select is(split_part(tests.answer(v.who, v.statement), E'\n', 1), format('PT409 A row of dashboard.%s cannot change its workspace.', v.t), v.rule)
from (values
  ('ann', 'conversations', 'update dashboard.conversations set workspace_id = tests.workspace(''second'') where session_id = ''taken''', 'a conversation is not taken to another workspace of its owner'),
  ('ann', 'conversations', 'update dashboard.conversations set workspace_id = null where session_id = ''taken''', 'nor made a personal one'),
  ('ann', 'conversations', 'update dashboard.conversations set workspace_id = tests.workspace(''second'') where session_id = ''personal''', 'nor is a personal one, which may be one of a workspace that its owner left, taken into a workspace'),
  ('ann', 'conversations', 'insert into dashboard.conversations (session_id, workspace_id) values (''taken'', tests.workspace(''second''))
    on conflict (user_id, session_id) do update set workspace_id = excluded.workspace_id', 'nor by an upsert'),
  ('service', 'conversations', 'update dashboard.conversations set workspace_id = tests.workspace(''second'') where session_id = ''taken''', 'nor with a secret key'),
  ('service', 'ai_tasks', 'update dashboard.ai_tasks set workspace_id = tests.workspace(''second'') where id = 9301', 'an AI task stays in its workspace, too'),
  ('service', 'ai_tasks', 'update dashboard.ai_tasks set workspace_id = null where id = 9301', 'as long as its owner does'),
  ('service', 'ai_tasks', 'update dashboard.ai_tasks set workspace_id = tests.workspace(''second'') where id = 9302', 'and a personal one enters none')
) as v (who, t, statement, rule);
select tests.act_as('ann');
select lives_ok($$ select public.leave_workspace(tests.workspace('team')) $$, 'a member leaves');
select results_eq($$ select workspace_id, agent_id, title from dashboard.conversations where session_id = 'session-1' $$,
  $$ values (null::uuid, null::bigint, 'Renamed') $$, 'and keeps the conversations, without the workspace and its agent');

-- an account takes all of it along
select tests.act_as_owner();
do $$ begin perform set_config('tests.ann', tests.user_id('ann')::text, true); end $$; -- the name is gone with the account
select isnt_empty($$ select 1 from dashboard.conversations where user_id = current_setting('tests.ann')::uuid $$, 'the refusals above met rows');
delete from auth.users where id = tests.user_id('ann');
select is_empty(
  $$ select 1 from dashboard.conversations where user_id = current_setting('tests.ann')::uuid
     union all select 1 from dashboard.chat_projects where user_id = current_setting('tests.ann')::uuid $$,
  'conversations and projects leave with their owner');
select bag_eq($$ select title from dashboard.conversations where id in (9201, 9202) $$, array['Bob''s', 'Cal''s'], 'and nobody else''s do');

-- a workspace that is deleted leaves the conversations about it
delete from public.workspaces where id = tests.workspace('strangers');
select results_eq($$ select workspace_id, agent_id from dashboard.conversations where id = 9201 $$,
  $$ values (null::uuid, null::bigint) $$, 'a conversation outlives the workspace it was about');
delete from dashboard.agents where id = 9001;
select results_eq($$ select workspace_id, agent_id from dashboard.conversations where id = 9202 $$,
  $$ values (tests.workspace('team'), null::bigint) $$, 'and the agent that answered it');

select * from finish();
rollback;
