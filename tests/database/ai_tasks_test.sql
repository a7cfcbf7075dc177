-- AI tasks and the files they were about: whose they are, what a row may hold, and what the database works out.
begin;
select plan(117);

select tests.create_user(u) from unnest(array['ann', 'bob', 'cal']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team'), (tests.workspace('strangers'), 'Strangers');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('cal'), 'admin', 'cal'), (tests.workspace('team'), tests.user_id('ann'), 'employee', 'ann'),
  (tests.workspace('strangers'), tests.user_id('bob'), 'admin', 'bob');
update public.profiles set active_workspace_id = tests.workspace('team') where id = tests.user_id('ann');
insert into dashboard.conversations (id, user_id) overriding system value values (9001, tests.user_id('ann')), (9002, tests.user_id('bob'));
insert into dashboard.messages (id, user_id, conversation_id) overriding system value values (9101, tests.user_id('ann'), 9001), (9102, tests.user_id('bob'), 9002);
insert into dashboard.ai_tasks (id, user_id, description) overriding system value values (9201, tests.user_id('bob'), 'Bob''s task');

-- the rules, on both sides of each limit
select is(private.complexity_score(v.steps, v.decisions, v.tools), v.score,
  format('%s steps, %s decisions and %s tools are of complexity %s', coalesce(v.steps::text, 'unknown'), coalesce(v.decisions::text, 'unknown'), coalesce(v.tools::text, 'unknown'), v.score))
from (values (null, null, null, 1), (0, 0, 0, 1), (2, 0, 0, 1), (3, 0, 0, 2), (5, 0, 0, 2), (6, 0, 0, 3), (0, 1, 0, 2), (0, 3, 0, 2), (0, 4, 0, 3),
  (0, 0, 3, 1), (0, 0, 4, 2), (6, 4, 0, 5), (5, 3, 4, 4), (100, 100, 100, 5)) as v (steps, decisions, tools, score);
select is(private.automation_type(v.score, v.steps, v.decisions, v.tools, v.reusability), v.type,
  format('complexity %s, %s steps, %s decisions, %s tools, reusability %s: %s', v.score, v.steps, v.decisions, v.tools, coalesce(v.reusability, 'unknown'), v.type))
from (values (2, 2, 1, 0, 'medium', 'skill'), (1, 0, 0, 5, 'high', 'skill'), (3, 2, 1, 2, 'high', 'sub-agent'), (2, 3, 1, 0, 'high', 'sub-agent'),
  (2, 2, 2, 0, 'high', 'sub-agent'), (2, 2, 1, 0, 'low', 'sub-agent'), (2, 2, 1, 0, null, 'sub-agent'), (3, 4, 0, 3, 'low', 'combo'),
  (3, 4, 0, 2, 'high', 'sub-agent'), (2, 3, 0, 3, 'high', 'sub-agent'), (null, null, null, null, null, 'sub-agent')) as v (score, steps, decisions, tools, reusability, type);

-- acting as the owner
select tests.act_as('ann');
select results_eq(
  $$ insert into dashboard.ai_tasks (description) values ('Write to the adjuster')
     returning user_id, workspace_id, conversation_id, status, category, complexity_score, tools_used, human_corrections, follow_up_tasks, time_to_complete, completed_at $$,
  $$ values (tests.user_id('ann'), tests.workspace('team'), null::bigint, 'pending', null::text, null::integer, '[]'::jsonb, 0, 0, null::integer, null::timestamptz) $$,
  'a task needs a description, and is done for the active workspace');
select results_eq(
  $$ insert into dashboard.ai_tasks (user_id, workspace_id, conversation_id, message_id, description, status, outcome, category, agent_used, model_id, complexity_score,
       quality_rating, steps_required, decision_points, context_needed, reusability, input_type, output_type, frequency_tag, tools_used, human_corrections, follow_up_tasks, time_to_complete)
     values (tests.user_id('ann'), tests.workspace('team'), 9001, 9101, 'All of it', 'completed', 'Done.', 'estimates', 'orchestrator', 'claude-sonnet-4-5', 5, 4, 1, 0, 'low', 'high',
       'structured_data', 'table', 'weekly', '["read", "search"]', 1, 2, 90)
     returning complexity_score, completed_at = created_at + interval '90 seconds' $$,
  $$ values (5, true) $$, 'every field can be given; a completed one ended when it says');
select results_eq($$ update dashboard.ai_tasks set quality_rating = 5, category = 'adjuster_comms' where description = 'Write to the adjuster' returning quality_rating $$,
  array[5], 'an owner rates');

-- completion
select tests.act_as_owner();
update dashboard.ai_tasks set created_at = now() - interval '95.9 seconds' where description = 'Write to the adjuster';
select tests.act_as('ann');
select results_eq($$ update dashboard.ai_tasks set status = 'completed' where description = 'Write to the adjuster' returning completed_at = now(), time_to_complete $$,
  $$ values (true, 95) $$, 'a task that is completed knows when, and after how many whole seconds');
select results_eq($$ update dashboard.ai_tasks set status = 'failed' where description = 'Write to the adjuster' returning completed_at, time_to_complete $$,
  $$ values (null::timestamptz, 95) $$, 'one that failed after all is not completed');
select results_eq($$ update dashboard.ai_tasks set status = 'completed' where description = 'Write to the adjuster' returning completed_at = now(), time_to_complete $$,
  $$ values (true, 95) $$, 'and a given time is kept');
select results_eq($$ insert into dashboard.ai_tasks (description, status) values ('quick', 'completed') returning completed_at = created_at, time_to_complete $$,
  $$ values (true, null::integer) $$, 'a task that is logged when done ended then');

-- complexity follows from what is known, until somebody says otherwise
select results_eq($$ insert into dashboard.ai_tasks (description, steps_required) values ('counted', 3) returning complexity_score $$, array[2], 'the database works the complexity out');
select results_eq($$ update dashboard.ai_tasks set steps_required = 6, decision_points = 4 where description = 'counted' returning complexity_score $$, array[5], 'again when more is known');
select results_eq($$ update dashboard.ai_tasks set decision_points = 0 where description = 'counted' returning complexity_score $$, array[3], 'or less');
select results_eq($$ update dashboard.ai_tasks set tools_used = '["a", "b", "c", "d"]' where description = 'counted' returning complexity_score $$, array[4], 'tools count too');
select results_eq($$ update dashboard.ai_tasks set complexity_score = 1 where description = 'counted' returning complexity_score $$, array[1], 'an owner may say otherwise');
select results_eq($$ update dashboard.ai_tasks set steps_required = 1 where description = 'counted' returning complexity_score $$, array[1], 'and is not overruled');
select results_eq($$ update dashboard.ai_tasks set tools_used = '["a"]' where description = 'quick' returning complexity_score $$, array[1], 'an unknown complexity becomes known');

-- links
select throws_ok(v.statement, '23503', format('insert or update on table "%s" violates foreign key constraint "%s"', split_part(v.name, ' ', 1), split_part(v.name, ' ', 2)), v.rule)
from (values
  ($$ insert into dashboard.ai_tasks (description, conversation_id) values ('x', 9002) $$, 'ai_tasks ai_tasks_conversation_id_fkey', 'a task belongs to no stranger''s conversation'),
  ($$ insert into dashboard.ai_tasks (description, conversation_id) values ('x', 99999999) $$, 'ai_tasks ai_tasks_conversation_id_fkey', 'which looks like one that does not exist'),
  ($$ insert into dashboard.ai_tasks (description, message_id) values ('x', 9102) $$, 'ai_tasks ai_tasks_message_id_fkey', 'nor to a stranger''s message'),
  ($$ update dashboard.ai_tasks set message_id = 9102 $$, 'ai_tasks ai_tasks_message_id_fkey', 'nor later'),
  ($$ insert into dashboard.ai_tasks (description, workspace_id) values ('x', tests.workspace('strangers')) $$, 'ai_tasks ai_tasks_workspace_id_fkey', 'nor to a workspace of others'),
  ($$ insert into dashboard.files_processed (filename, ai_task_id) values ('x', 9201) $$, 'files_processed files_processed_ai_task_id_fkey', 'a file belongs to no stranger''s task'),
  ($$ insert into dashboard.files_processed (filename, ai_task_id) values ('x', 99999999) $$, 'files_processed files_processed_ai_task_id_fkey', 'nor to one that does not exist')
) as v (statement, name, rule);
select results_eq(
  $$ insert into dashboard.files_processed (ai_task_id, filename, file_type, file_path, file_size, purpose)
     select t.id, 'estimate.pdf', 'application/pdf', 'chat/estimate.pdf', 12345678901, 'prices' from dashboard.ai_tasks as t where t.description = 'All of it'
     returning user_id, file_size $$, $$ values (tests.user_id('ann'), 12345678901) $$, 'a file is logged with its task');
select throws_ok(format('update dashboard.files_processed set %I = null', a.attname), '42501', 'permission denied for table files_processed', 'the log of files is not rewritten: ' || a.attname)
from pg_attribute as a where a.attrelid = 'dashboard.files_processed'::regclass and a.attnum > 0 and not a.attisdropped;

-- columns and owners
select throws_ok(format('insert into dashboard.ai_tasks (description, %I) values (%L, null)', c, 'x'), '42501', 'permission denied for table ai_tasks', 'a caller does not choose ' || c || ' of a new task')
from unnest(array['id', 'completed_at', 'created_at', 'updated_at']) as c;
select throws_ok(format('update dashboard.ai_tasks set %I = null', c), '42501', 'permission denied for table ai_tasks', 'a caller does not change ' || c)
from unnest(array['id', 'completed_at', 'created_at', 'updated_at']) as c;
select throws_ok($$ insert into dashboard.ai_tasks (user_id, description) values (tests.user_id('bob'), 'x') $$, '42501',
  'new row violates row-level security policy for table "ai_tasks"', 'a task cannot be logged for someone else');
select throws_ok($$ insert into dashboard.files_processed (user_id, filename) values (tests.user_id('bob'), 'x') $$, '42501',
  'new row violates row-level security policy for table "files_processed"', 'nor a file');

-- every named check has a value that fails it by name
select throws_ok(format('insert into dashboard.%s values (%L, %s)', v.target, 'x', v.value), '23514',
  format('new row for relation "%s" violates check constraint "%s"', split_part(v.target, ' ', 1), v.name), v.name || ' refuses ' || left(v.value, 30))
from (values
  ('ai_tasks (output_type, description)', $$ '' $$, 'ai_tasks_description_length'),
  ('ai_tasks (output_type, description)', $$ repeat('x', 2001) $$, 'ai_tasks_description_length'),
  ('ai_tasks (description, status)', $$ 'open' $$, 'ai_tasks_status_allowed'),
  ('ai_tasks (description, outcome)', $$ repeat('x', 10001) $$, 'ai_tasks_outcome_length'),
  ('ai_tasks (description, category)', $$ 'chat' $$, 'ai_tasks_category_allowed'),
  ('ai_tasks (description, agent_used)', $$ '' $$, 'ai_tasks_agent_used_length'),
  ('ai_tasks (description, model_id)', $$ '' $$, 'ai_tasks_model_id_length'),
  ('ai_tasks (description, complexity_score)', '0', 'ai_tasks_complexity_score_range'),
  ('ai_tasks (description, complexity_score)', '6', 'ai_tasks_complexity_score_range'),
  ('ai_tasks (description, quality_rating)', '0', 'ai_tasks_quality_rating_range'),
  ('ai_tasks (description, quality_rating)', '6', 'ai_tasks_quality_rating_range'),
  ('ai_tasks (description, steps_required)', '-1', 'ai_tasks_steps_required_not_negative'),
  ('ai_tasks (description, decision_points)', '-1', 'ai_tasks_decision_points_not_negative'),
  ('ai_tasks (description, context_needed)', $$ 'none' $$, 'ai_tasks_context_needed_allowed'),
  ('ai_tasks (description, reusability)', $$ 'yes' $$, 'ai_tasks_reusability_allowed'),
  ('ai_tasks (description, input_type)', $$ 'voice' $$, 'ai_tasks_input_type_allowed'),
  ('ai_tasks (description, output_type)', $$ '' $$, 'ai_tasks_output_type_length'),
  ('ai_tasks (description, frequency_tag)', $$ repeat('x', 101) $$, 'ai_tasks_frequency_tag_length'),
  ('ai_tasks (description, tools_used)', $$ '{}' $$, 'ai_tasks_tools_used_array'),
  ('ai_tasks (description, tools_used)', $$ '[{"name": "read"}]' $$, 'ai_tasks_tools_used_texts'),
  ('ai_tasks (description, tools_used)', $$ jsonb_build_array(repeat('x', 16384)) $$, 'ai_tasks_tools_used_size'),
  ('ai_tasks (description, human_corrections)', '-1', 'ai_tasks_human_corrections_not_negative'),
  ('ai_tasks (description, follow_up_tasks)', '-1', 'ai_tasks_follow_up_tasks_not_negative'),
  ('ai_tasks (description, time_to_complete)', '-1', 'ai_tasks_time_to_complete_not_negative'),
  ('files_processed (purpose, filename)', $$ '' $$, 'files_processed_filename_length'),
  ('files_processed (filename, file_type)', $$ '' $$, 'files_processed_file_type_length'),
  ('files_processed (filename, file_path)', $$ repeat('x', 2001) $$, 'files_processed_file_path_length'),
  ('files_processed (filename, file_size)', '-1', 'files_processed_file_size_not_negative'),
  ('files_processed (filename, purpose)', $$ repeat('x', 2001) $$, 'files_processed_purpose_length')
) as v (target, value, name);

-- what is deleted leaves the log
select lives_ok($$ delete from dashboard.messages where id = 9101 $$, 'an answer can be deleted');
select results_eq($$ select description, conversation_id, message_id from dashboard.ai_tasks where agent_used = 'orchestrator' and frequency_tag = 'weekly' $$, $$ values ('Deleted', 9001::bigint, null::bigint) $$, 'its task stays, without words');
select lives_ok($$ delete from dashboard.conversations where id = 9001 $$, 'so can the conversation');
select results_eq($$ select user_id, conversation_id from dashboard.ai_tasks where agent_used = 'orchestrator' and frequency_tag = 'weekly' $$, $$ values (tests.user_id('ann'), null::bigint) $$, 'the task stays all the same');
select lives_ok($$ delete from dashboard.ai_tasks where agent_used = 'orchestrator' and frequency_tag = 'weekly' $$, 'and can be deleted');
select results_eq($$ select filename, ai_task_id from dashboard.files_processed $$, $$ values ('estimate.pdf', null::bigint) $$, 'its file stays logged');
select results_eq($$ with added as (insert into dashboard.files_processed (filename) values ('mistake.pdf') returning id) select count(*) from added $$, array[1::bigint], 'another is logged by mistake');
select results_eq($$ delete from dashboard.files_processed where filename = 'mistake.pdf' returning filename $$, array['mistake.pdf'], 'and taken out again');
select lives_ok($$ select public.leave_workspace(tests.workspace('team')) $$, 'who leaves the workspace');
select results_eq($$ select distinct workspace_id from dashboard.ai_tasks $$, $$ values (null::uuid) $$, 'takes the log along');

-- others
select tests.act_as('cal');
select is_empty($$ select 1 from dashboard.ai_tasks union all select 1 from dashboard.files_processed $$, 'an admin of the workspace reads no task and no file of a colleague');
select is_empty($$ update dashboard.ai_tasks set description = 'mine' returning 1 $$, 'edits none');
select is_empty($$ delete from dashboard.ai_tasks returning 1 $$, 'deletes none');
select tests.act_as('bob');
select results_eq($$ select description from dashboard.ai_tasks $$, array['Bob''s task'], 'a stranger reads only their own');
select is_empty($$ delete from dashboard.files_processed returning 1 $$, 'and deletes no other''s file');
select tests.act_as_anon();
select throws_ok('select 1 from dashboard.' || t, '42501', 'permission denied for table ' || t, 'anon reads no ' || t) from unnest(array['ai_tasks', 'files_processed']) as t;
select tests.act_as_service();
select throws_ok($$ update dashboard.ai_tasks set user_id = tests.user_id('bob') where description = 'quick' $$, 'PT409', 'A row of dashboard.ai_tasks cannot change its owner.', 'not even the service moves a task to another');
select throws_ok($$ update dashboard.files_processed set user_id = tests.user_id('bob') where filename = 'estimate.pdf' $$, 'PT409', 'A row of dashboard.files_processed cannot change its owner.', 'nor a file');
select tests.act_as_owner();
alter table dashboard.ai_tasks disable trigger ai_tasks_measure_on_write;
select throws_ok($$ update dashboard.ai_tasks set completed_at = null where description = 'quick' $$, '23514',
  'new row for relation "ai_tasks" violates check constraint "ai_tasks_completed_at_matches_status"', 'completed and completed_at are one thing');
alter table dashboard.ai_tasks enable trigger ai_tasks_measure_on_write;
do $$ begin perform set_config('tests.ann', tests.user_id('ann')::text, true); end $$;
delete from auth.users where id = tests.user_id('ann');
select is_empty($$ select 1 from dashboard.ai_tasks where user_id = current_setting('tests.ann')::uuid
  union all select 1 from dashboard.files_processed where user_id = current_setting('tests.ann')::uuid $$, 'the log leaves with its owner');
select results_eq($$ select description from dashboard.ai_tasks where id = 9201 $$, array['Bob''s task'], 'nobody else''s does');

select * from finish();
rollback;
