-- Messages: people add what they say themselves and delete; nobody rewrites, moves or answers in another's name.
begin;
select plan(100);

-- arrange: Ann and Bob have a conversation each, Cal shares Ann's workspace
select tests.create_user(u) from unnest(array['ann', 'bob', 'cal']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('cal'), 'admin', 'cal'), (tests.workspace('team'), tests.user_id('ann'), 'employee', 'ann');
insert into dashboard.conversations (id, user_id, workspace_id, title) overriding system value values
  (9001, tests.user_id('ann'), tests.workspace('team'), 'Ann''s'), (9002, tests.user_id('bob'), null, 'Bob''s'), (9003, tests.user_id('ann'), null, 'Ann''s other');
insert into dashboard.messages (id, user_id, conversation_id, content) overriding system value values
  (9101, tests.user_id('bob'), 9002, 'Bob''s question'), (9102, tests.user_id('ann'), 9003, 'elsewhere');

-- acting as the owner
select tests.act_as('ann');
select results_eq(
  $$ insert into dashboard.messages (conversation_id, content) values (9001, 'How dry is it?')
     returning user_id, parent_id, client_id, role, parts, status, model_id, tools_used, tool_calls, tool_results, citations, input_tokens, error, metadata $$,
  $$ values (tests.user_id('ann'), null::bigint, null::text, 'user', '[]'::jsonb, 'complete', null::text, '[]'::jsonb, '[]'::jsonb, '[]'::jsonb,
       '[]'::jsonb, null::integer, null::jsonb, '{}'::jsonb) $$,
  'a message needs a conversation, and is what its owner says');
select results_eq(
  $$ insert into dashboard.messages (user_id, conversation_id, parent_id, client_id, role, content, parts)
     select m.user_id, 9001, m.id, 'c-1', 'user', 'And here?', '[{"type": "text", "text": "And here?"}]' from dashboard.messages as m where m.conversation_id = 9001
     returning client_id, parent_id is not null $$,
  $$ values ('c-1', true) $$, 'it can follow another one, and carry parts and an id of the client');
select throws_ok($$ insert into dashboard.messages (conversation_id, client_id, content) values (9001, 'c-1', 'And here?') $$, '23505',
  'duplicate key value violates unique constraint "messages_client_id_idx"', 'sent twice it is stored once');
select lives_ok($$ insert into dashboard.messages (conversation_id, client_id, content) values (9003, 'c-1', 'x') $$, 'that id is free in another conversation');

select throws_ok(format('insert into dashboard.messages (conversation_id, role, content) values (9001, %L, %L)', r, 'x'), '42501',
  'new row violates row-level security policy for table "messages"', 'nobody speaks as ' || r)
from unnest(array['assistant', 'system', 'tool']) as r;
select throws_ok($$ insert into dashboard.messages (user_id, conversation_id, content) values (tests.user_id('bob'), 9002, 'x') $$, '42501',
  'new row violates row-level security policy for table "messages"', 'nor for someone else');
select throws_ok(v.statement, '23503', format('insert or update on table "messages" violates foreign key constraint "%s"', v.name), v.rule)
from (values
  ($$ insert into dashboard.messages (conversation_id, content) values (9002, 'x') $$, 'messages_conversation_id_fkey', 'nor in a stranger''s conversation'),
  ($$ insert into dashboard.messages (conversation_id, content) values (99999999, 'x') $$, 'messages_conversation_id_fkey', 'which looks like one that does not exist'),
  ($$ insert into dashboard.messages (conversation_id, parent_id, content) values (9001, 9101, 'x') $$, 'messages_parent_id_fkey', 'a message follows no stranger''s message'),
  ($$ insert into dashboard.messages (conversation_id, parent_id, content) values (9001, 99999999, 'x') $$, 'messages_parent_id_fkey', 'nor one that does not exist'),
  ($$ insert into dashboard.messages (conversation_id, parent_id, content) values (9001, 9102, 'x') $$, 'messages_parent_id_fkey', 'nor one of another conversation')
) as v (statement, name, rule);

select throws_ok(format('insert into dashboard.messages (conversation_id, %I) values (9001, null)', c), '42501',
  'permission denied for table messages', 'a caller does not choose ' || c || ' of a new message')
from unnest(array['id', 'status', 'model_id', 'model_name', 'tools_used', 'tool_calls', 'tool_results', 'citations', 'input_tokens', 'output_tokens',
  'error', 'metadata', 'created_at', 'updated_at']) as c;
select throws_ok(format('update dashboard.messages set %I = null', a.attname), '42501', 'permission denied for table messages',
  'what was said stays: no caller changes ' || a.attname)
from pg_attribute as a where a.attrelid = 'dashboard.messages'::regclass and a.attnum > 0 and not a.attisdropped;

-- every named check has a value that fails it by name
select throws_ok(v.statement, '23514', format('new row for relation "messages" violates check constraint "%s"', v.name), v.rule)
from (values
  ($$ insert into dashboard.messages (conversation_id, content) values (9001, repeat('x', 1000001)) $$, 'messages_content_length', 'a text is bounded'),
  ($$ insert into dashboard.messages (conversation_id, client_id) values (9001, '') $$, 'messages_client_id_length', 'an id of the client is not empty'),
  ($$ insert into dashboard.messages (conversation_id, client_id) values (9001, repeat('x', 201)) $$, 'messages_client_id_length', 'and is bounded'),
  ($$ insert into dashboard.messages (conversation_id, parent_id, starts_branch) select 9001, max(m.id), true from dashboard.messages as m where m.conversation_id = 9001 $$,
    'messages_starts_branch_without_parent', 'the beginning of a branch follows nothing'),
  ($$ insert into dashboard.messages (conversation_id, parts) values (9001, '{}') $$, 'messages_parts_array', 'parts are a list'),
  ($$ insert into dashboard.messages (conversation_id, parts) values (9001, jsonb_build_array(repeat('x', 4194304))) $$, 'messages_parts_size', 'parts are bounded')
) as v (statement, name, rule);

-- acting as the service role, which writes answers
select tests.act_as_service();
select results_eq(
  $$ insert into dashboard.messages (user_id, conversation_id, parent_id, role, content, status, model_id, model_name)
     select m.user_id, 9001, m.id, 'assistant', 'Very', 'streaming', 'claude-sonnet-4-5', 'Sonnet 4.5' from dashboard.messages as m where m.client_id = 'c-1' and m.conversation_id = 9001
     returning status $$, array['streaming'], 'the service starts an answer');
select results_eq(
  $$ update dashboard.messages set content = 'Very dry.', status = 'complete', input_tokens = 900, output_tokens = 12, citations = '[{"id": 1}]',
       tool_calls = '[{}]', tool_results = '[{}]', tools_used = '[{"id": "t1", "name": "read", "input": {}, "status": "completed"}]', metadata = '{"finish_reason": "stop"}'
     where status = 'streaming' returning content, updated_at = now() $$, $$ values ('Very dry.', true) $$, 'and finishes it');
select throws_ok(v.statement, v.code, v.message, v.rule)
from (values
  ($$ update dashboard.messages set conversation_id = 9003 where role = 'assistant' $$, 'PT409', 'A message cannot change its conversation or role.', 'not even the service moves a message'),
  ($$ update dashboard.messages set role = 'user' where role = 'assistant' $$, 'PT409', 'A message cannot change its conversation or role.', 'nor makes an answer a question'),
  ($$ update dashboard.messages set user_id = tests.user_id('bob') where role = 'assistant' $$, 'PT409', 'A row of dashboard.messages cannot change its owner.', 'nor gives it to another')
) as v (statement, code, message, rule);
select lives_ok($$ update dashboard.messages set conversation_id = conversation_id, role = role, content = 'Very dry!' where role = 'assistant' $$,
  'a whole row written back is no move');
select throws_ok(v.statement, '23514', format('new row for relation "messages" violates check constraint "%s"', v.name), v.rule)
from (values
  ($$ insert into dashboard.messages (user_id, conversation_id, role) values (tests.user_id('ann'), 9001, 'bot') $$, 'messages_role_allowed', 'a role is one of four words'),
  ($$ update dashboard.messages set status = 'done' where role = 'assistant' $$, 'messages_status_allowed', 'a status is one of four words'),
  ($$ update dashboard.messages set status = 'streaming' where role = 'user' $$, 'messages_status_of_people', 'what people say is complete'),
  ($$ update dashboard.messages set parent_id = id where role = 'assistant' $$, 'messages_parent_id_not_itself', 'no message follows itself'),
  ($$ update dashboard.messages set model_id = '' where role = 'assistant' $$, 'messages_model_id_length', 'a model has an id'),
  ($$ update dashboard.messages set model_name = repeat('x', 201) where role = 'assistant' $$, 'messages_model_name_length', 'its name is bounded'),
  ($$ update dashboard.messages set tools_used = '{}' where role = 'assistant' $$, 'messages_tools_used_array', 'tools are a list'),
  ($$ update dashboard.messages set tools_used = jsonb_build_array(repeat('x', 1048576)) where role = 'assistant' $$, 'messages_tools_used_size', 'of bounded size'),
  ($$ update dashboard.messages set tool_calls = '1' where role = 'assistant' $$, 'messages_tool_calls_array', 'calls are a list'),
  ($$ update dashboard.messages set tool_calls = jsonb_build_array(repeat('x', 1048576)) where role = 'assistant' $$, 'messages_tool_calls_size', 'of bounded size too'),
  ($$ update dashboard.messages set tool_results = '"x"' where role = 'assistant' $$, 'messages_tool_results_array', 'results are a list'),
  ($$ update dashboard.messages set tool_results = jsonb_build_array(repeat('x', 4194304)) where role = 'assistant' $$, 'messages_tool_results_size', 'bounded as well'),
  ($$ update dashboard.messages set citations = '{}' where role = 'assistant' $$, 'messages_citations_array', 'citations are a list'),
  ($$ update dashboard.messages set citations = jsonb_build_array(repeat('x', 1048576)) where role = 'assistant' $$, 'messages_citations_size', 'and end'),
  ($$ update dashboard.messages set input_tokens = -1 where role = 'assistant' $$, 'messages_input_tokens_not_negative', 'nobody reads less than nothing'),
  ($$ update dashboard.messages set output_tokens = -1 where role = 'assistant' $$, 'messages_output_tokens_not_negative', 'nor writes less'),
  ($$ update dashboard.messages set status = 'failed', error = '"x"' where role = 'assistant' $$, 'messages_error_object', 'an error is an object'),
  ($$ update dashboard.messages set status = 'failed', error = jsonb_build_object('x', repeat('x', 16384)) where role = 'assistant' $$, 'messages_error_size', 'of bounded size, too'),
  ($$ update dashboard.messages set error = '{}' where role = 'assistant' $$, 'messages_error_of_failure', 'only what failed has one'),
  ($$ update dashboard.messages set metadata = '[]' where role = 'assistant' $$, 'messages_metadata_object', 'metadata is an object'),
  ($$ update dashboard.messages set metadata = jsonb_build_object('x', repeat('x', 65536)) where role = 'assistant' $$, 'messages_metadata_size', 'which is bounded')
) as v (statement, name, rule);
select lives_ok(format('update dashboard.messages set status = %L, error = %s where role = %L', s, case s when 'failed' then '''{"code": "timeout"}''' else 'null' end, 'assistant'),
  'an answer can be ' || s) from unnest(array['cancelled', 'failed', 'complete']) as s;

-- acting as a colleague and a stranger
select tests.act_as('cal');
select is_empty($$ select 1 from dashboard.messages $$, 'an admin of the workspace reads no message of a colleague');
select is_empty($$ delete from dashboard.messages returning 1 $$, 'and deletes none');
select tests.act_as('bob');
select results_eq($$ select content from dashboard.messages $$, array['Bob''s question'], 'a stranger reads only their own');
select is_empty($$ delete from dashboard.messages where id <> 9101 returning 1 $$, 'and deletes no other');

-- acting as anon
select tests.act_as_anon();
select throws_ok(v.statement, '42501', 'permission denied for table messages', v.rule)
from (values ('select 1 from dashboard.messages', 'anon reads nothing'), ('insert into dashboard.messages default values', 'anon adds nothing'),
  ('update dashboard.messages set id = 1', 'anon edits nothing'), ('delete from dashboard.messages', 'anon deletes nothing')) as v (statement, rule);

-- deleting
select tests.act_as('ann');
select results_eq($$ delete from dashboard.messages where client_id = 'c-1' and conversation_id = 9001 returning content $$, array['And here?'], 'an owner takes back what they said');
select results_eq($$ select m.role, p.content from dashboard.messages as m left join dashboard.messages as p on p.id = m.parent_id where m.role = 'assistant' $$,
  $$ values ('assistant', 'How dry is it?') $$, 'its answer stays, and follows what it followed');
select results_eq($$ delete from dashboard.messages where role = 'assistant' returning content $$, array['Very dry!'], 'an owner deletes an answer');
select lives_ok($$ delete from dashboard.conversations where id = 9001 $$, 'an owner deletes a conversation');
select tests.act_as_owner();
select is_empty($$ select 1 from dashboard.messages where conversation_id = 9001 $$, 'and its messages with it');
select isnt_empty($$ select 1 from dashboard.messages where conversation_id = 9003 $$, 'not those of another');
do $$ begin perform set_config('tests.ann', tests.user_id('ann')::text, true); end $$;
delete from auth.users where id = tests.user_id('ann');
select results_eq($$ select user_id from dashboard.messages where user_id in (current_setting('tests.ann')::uuid, tests.user_id('bob')) $$,
  $$ values (tests.user_id('bob')) $$, 'messages leave with their owner, and nobody else''s do');

select * from finish();
rollback;
