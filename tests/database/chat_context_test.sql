-- The context of a turn: instructions in order, numbered passages, memories, tools and the model.
begin;
select plan(44);

select tests.create_team('team', 'ann employee', 'cal admin');
select tests.create_team('others', 'bob admin');
insert into public.workspaces (id, name) values (tests.workspace('second'), 'Second');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values (tests.workspace('second'), tests.user_id('ann'), 'employee', 'Ann');
update public.profiles set time_zone = 'America/Denver', display_name = 'Ann Other' where id = tests.user_id('ann');
insert into business.clients (id, workspace_id, name) overriding system value values (9001, tests.workspace('team'), 'Mill Lane Ltd'), (9002, tests.workspace('others'), 'Secret Ltd');
insert into business.jobs (id, workspace_id, job_number, client_id, status) overriding system value values
  (9001, tests.workspace('team'), '202601-001-MIT', 9001, 'active'), (9002, tests.workspace('others'), '202601-777-MIT', 9002, 'active');
insert into dashboard.chat_projects (id, user_id, name, description, instructions, linked_job_number) overriding system value values
  (9001, tests.user_id('ann'), 'Mill Lane', 'Drying of a kitchen.', 'Answer in one sentence.', '202601-001-MIT'),
  (9002, tests.user_id('ann'), 'Elsewhere', null, null, '202601-777-MIT');
insert into dashboard.agents (id, workspace_id, name, system_prompt, model_id) overriding system value values
  (9001, tests.workspace('team'), 'Helper', 'You help.', 'claude-haiku-4-5');
insert into public.memories (user_id, core_instructions, identity) values
  (tests.user_id('ann'), '["Be brief."]', '{"role": "estimator"}'), (tests.user_id('bob'), '["Keep it secret."]', '{}');
insert into public.cipher_memory (user_id, content, category) values
  (tests.user_id('ann'), '"The kitchen of Mill Lane has oak floors"', 'fact'), (tests.user_id('bob'), '"The kitchen is haunted"', 'fact');
insert into dashboard.mcp_connections (id, workspace_id, name, server_type, status) overriding system value values
  (9001, tests.workspace('team'), 'Active', 'sdk', 'active'), (9002, tests.workspace('team'), 'Idle', 'sdk', 'inactive'), (9003, tests.workspace('others'), 'Theirs', 'sdk', 'active'), (9004, tests.workspace('team'), 'Failed once', 'sdk', 'error');
insert into public.documents (id, workspace_id, title, type) values
  (md5('team')::uuid, tests.workspace('team'), 'Drying log', 'pdf'), (md5('second')::uuid, tests.workspace('second'), 'Manual', 'pdf'), (md5('others')::uuid, tests.workspace('others'), 'Secrets', 'pdf');
insert into public.search_chunks (id, workspace_id, document_id, source_type, heading, text, page, meta) values
  (md5('t1')::uuid, tests.workspace('team'), md5('team')::uuid, 'pdf', 'Readings', 'The moisture of the kitchen wall was 14 percent.', 3, '{"deeplink": {"panel": "workspace", "page": 3}}'),
  (md5('t2')::uuid, tests.workspace('team'), md5('team')::uuid, 'csv', null, 'Moisture of the hall: 20 percent.', null, '{"row_start": 7}'),
  (md5('s1')::uuid, tests.workspace('second'), md5('second')::uuid, 'pdf', null, 'Moisture of a kitchen wall below 15 percent counts as dry; kitchen moisture, wall moisture.', 1, '{}'),
  (md5('o1')::uuid, tests.workspace('others'), md5('others')::uuid, 'pdf', null, 'Moisture of the kitchen wall of another firm.', 1, '{}');
create function tests.ask(turn jsonb) returns jsonb
language sql
as $$ select dashboard.chat_begin_turn('{"providers": ["anthropic", "builtin"], "message": {"content": "What was the moisture of the kitchen wall?"}}' || ask.turn) $$;
create table tests.began (name text primary key, turn jsonb not null);
grant all on tests.began to authenticated, service_role;
grant execute on all functions in schema tests to authenticated;
select tests.stop_clock('2026-11-21 03:00:00+00');

select tests.act_as('ann@team');
select public.share_memories(true);
insert into tests.began
select 'full', tests.ask(jsonb_build_object('workspace_id', tests.workspace('team'), 'agent_id', 9001, 'chat_project_id', 9001));
select tests.act_as('ann@second');
insert into tests.began
select 'plain', tests.ask(jsonb_build_object('chat_project_id', 9002, 'max_passages', 1, 'max_memories', 0));
insert into tests.began select 'unshared', tests.ask('{}');
insert into tests.began select 'personal', tests.ask('{"workspace_id": null}');
select tests.act_as('ann@team');

-- instructions
select is((select turn ->> 'agent_prompt' from tests.began where name = 'full'), 'You help.', 'the prompt of an agent, which only admins write, stands alone');
select is((select turn -> 'agent_prompt' from tests.began where name = 'plain'), 'null', 'without an agent there is none');
select matches((select turn ->> 'instructions' from tests.began where name = 'full'),
  '^\["# Project.*the project \\"Mill Lane\\"\..*<project_description>\\nDrying of a kitchen\.\\n</project_description>.*<project_rules>\\nAnswer in one sentence\.\\n</project_rules>", "# Rules of the user.*<user_rules>.*", "You are talking with \\"Ann Other\\"',
  'instructions are the project, the user and the date, in this order, one section each');
select is((select turn -> 'project_job' from tests.began where name = 'full'), '{"job_number": "202601-001-MIT", "client_name": "Mill Lane Ltd", "status": "active"}',
  'the job of the project, which colleagues write, stands beside the instructions');
select is((select turn -> 'project_job' from tests.began where name = 'plain'), 'null', 'a job of others with the same number is not found');
select is((select turn -> 'project_job' from tests.began where name = 'unshared'), 'null', 'nor is there one without a project');
select matches((select turn ->> 'instructions' from tests.began where name = 'full'), 'Be brief\..*estimator', 'instructions contain the user''s instructions');
select doesnt_match((select turn ->> 'instructions' from tests.began where name = 'full'), 'Keep it secret', 'instructions do not contain those of others');
select is((select array_agg(m[1]) from tests.began as b, regexp_matches(b.turn ->> 'instructions', 'You are talking with ([^.]*)\.', 'g') as m where b.name = 'full'),
  array['\"Ann Other\"'], 'instructions name the user, and no other');
select matches((select turn ->> 'instructions' from tests.began where name = 'full'), 'Today is Friday, 20 November 2026, in the time zone \\"America/Denver\\"\."\]$', 'the date is that of the user''s time zone');

-- passages
select results_eq($$ select (e ->> 'n')::integer, e ->> 'chunk_id' from tests.began as b, jsonb_array_elements(b.turn -> 'passages') as e where b.name = 'full' order by 1 $$,
  $$ values (1, md5('t1')::uuid::text), (2, md5('t2')::uuid::text) $$,
  'passages are those of the workspace of the conversation, numbered from 1');
select results_eq($$ select e ->> 'chunk_id' from tests.began as b, jsonb_array_elements(b.turn -> 'passages') as e where b.name = 'unshared' $$,
  $$ values (md5('s1')::uuid::text) $$, 'a conversation of another workspace reads the passages of that one only');
select is((select turn -> 'passages' from tests.began where name = 'personal'), '[]'::jsonb, 'a personal conversation reads no passages of shared workspaces');
select results_eq($$ select e ->> 'title', e ->> 'section', e -> 'page', e -> 'row', e -> 'deeplink' ->> 'panel', e ->> 'text' from tests.began as b, jsonb_array_elements(b.turn -> 'passages') as e where b.name = 'full' and e ->> 'n' = '1' $$,
  $$ values ('Drying log', 'Readings', '3'::jsonb, 'null'::jsonb, 'workspace', 'The moisture of the kitchen wall was 14 percent.') $$, 'a passage has its location');
select is((select e -> 'row' from tests.began as b, jsonb_array_elements(b.turn -> 'passages') as e where b.name = 'full' and e ->> 'n' = '2'), '7', 'a passage of a table has its row');
select doesnt_match((select turn::text from tests.began where name = 'full'), 'another firm', 'passages of others are not included');
select results_eq($$ select jsonb_array_length(turn -> 'passages'), turn #>> '{passages,0,chunk_id}' from tests.began where name = 'plain' $$, $$ values (1, md5('s1')::uuid::text) $$, 'max_passages limits the passages');
select is((tests.ask('{"max_passages": 0}') -> 'passages'), '[]', 'max_passages 0 returns no passages');
select throws_ok($$ select tests.ask('{"query_embedding": [1, 2, 3], "embedding_model": "x"}') $$, '22023', 'query_embedding must have 384 or 1024 dimensions.', 'a vector of an unsupported size is refused');
select is(jsonb_array_length(tests.ask(jsonb_build_object('query_embedding', array_fill(0.1, array[384]), 'embedding_model', 'x', 'workspace_id', tests.workspace('team'))) -> 'passages'), 2, 'a vector is accepted as a JSON array');

-- memories
select results_eq($$ select e ->> 'content', e ->> 'category' from tests.began as b, jsonb_array_elements(b.turn -> 'memories') as e where b.name = 'full' $$,
  $$ values ('The kitchen of Mill Lane has oak floors', 'fact') $$, 'matching memories of the user are included, those of others are not');
select results_eq($$ select b.name, b.turn -> 'shares_memories', jsonb_array_length(b.turn -> 'memories'), b.turn ->> 'instructions' ~ 'Be brief' from tests.began as b order by b.name $$,
  $$ values ('full', 'true'::jsonb, 1, true), ('personal', 'true', 1, true), ('plain', 'false', 0, false), ('unshared', 'false', 0, false) $$,
  'memories are used in personal conversations, and in workspaces where the user shares them');
select results_eq($$ select b.name, (b.turn ->> 'workspace_id')::uuid from tests.began as b order by b.name $$,
  $$ values ('full', tests.workspace('team')), ('personal', (select w.id from public.workspaces as w where w.personal_of = tests.user_id('ann'))),
    ('plain', tests.workspace('second')), ('unshared', tests.workspace('second')) $$, 'a turn returns the workspace that it reads and writes');
select is((select turn -> 'memories' from tests.began where name = 'plain'), '[]'::jsonb, 'max_memories 0 returns no memories');
select is((select m.recall_count > 0 from public.cipher_memory as m where m.user_id = tests.user_id('ann')), true, 'a recalled memory is refreshed');

-- tools and models
select is((select turn -> 'mcp_connection_ids' from tests.began where name = 'full'), '[9001, 9004]', 'MCP connections are the active ones of the workspace');
select is((select turn -> 'mcp_connection_ids' from tests.began where name = 'plain'), '[]', 'another workspace has its own MCP connections');
select is((select turn #>> '{model,id}' from tests.began where name = 'full'), 'claude-haiku-4-5', 'the agent''s model answers');
select isnt((select turn #>> '{model,id}' from tests.began where name = 'plain'), 'claude-haiku-4-5', 'without an agent, the first model of an available provider answers');
select is((tests.ask('{"model_id": "builtin-retrieval"}') #>> '{model,id}'), 'builtin-retrieval', 'a requested model answers');
select is((select turn -> 'tools' from tests.began where name = 'full'), '[]', 'an agent without tools has an empty list of tools');
select is((select turn -> 'tools' from tests.began where name = 'plain'), 'null', 'without an agent, tools are null');

-- limits
select tests.act_as_owner();
insert into studio.budgets (workspace_id, user_id, period, limit_tokens) values (tests.workspace('team'), null, 'day', 10);
select private.record_usage(jsonb_build_object('user_id', tests.user_id('cal'), 'workspace_id', tests.workspace('team'), 'endpoint', 'chat', 'model_id', 'builtin-retrieval',
  'input_tokens', 10, 'output_tokens', 10, 'status', 'complete'));
create table tests.before as select (select count(*) from dashboard.messages) as messages, (select count(*) from private.chat_turns) as turns;
select matches(tests.answer('ann@team', 'select tests.ask(''{}'')'), '^PT402 ', 'a budget that is used up refuses a turn');
select matches(tests.answer('ann@second', 'select tests.ask(''{}'')'), '1 rows', 'a budget does not apply to another workspace');
update private.rate_limits set tokens = 0, counted_at = clock_timestamp() where user_id = tests.user_id('ann');
select matches(tests.answer('ann@second', 'select tests.ask(''{}'')'), '^PT429 .*\n\{"retry_after": [0-9]', 'a rate limit refuses with the seconds to wait');
select results_eq($$ select (select count(*) from dashboard.messages), (select count(*) from private.chat_turns) $$, $$ select * from tests.before $$, 'a refused turn stores nothing');

-- titles
select tests.act_as_service();
select is(dashboard.chat_set_title((select (turn ->> 'conversation_id')::bigint from tests.began where name = 'full'), E'  Moisture\nof a wall '), true, 'the service role sets the title of a conversation');
select is((select c.title from dashboard.conversations as c join tests.began as b on c.id = (b.turn ->> 'conversation_id')::bigint where b.name = 'full'), 'Moisture of a wall', 'a title is one line');
select is(dashboard.chat_set_title((select (turn ->> 'conversation_id')::bigint from tests.began where name = 'full'), 'Another'), false, 'an existing title is not replaced');
select is(dashboard.chat_set_title((select (turn ->> 'conversation_id')::bigint from tests.began where name = 'plain'), ' '), false, 'an empty title is not set');
select tests.act_as('ann');
select throws_ok($$ select dashboard.chat_set_title(1, 'Mine') $$, '42501', 'permission denied for function chat_set_title', 'users cannot call chat_set_title');

-- every text of the workspace
select tests.act_as_owner();
create temporary table planted (place text);
do $$
declare
  place record;
begin
  for place in
    select t.name as tab, a.attname as col
    from pg_catalog.pg_attribute as a join tests.workspace_tables() as t on t.id = a.attrelid
    where a.atttypid = 'text'::regtype and a.attnum > 0 and a.attgenerated = '' and a.attname <> 'job_number'
      and (a.attrelid, a.attname) <> ('dashboard.agents'::regclass, 'system_prompt')
  loop
    begin
      execute format('update %s set %I = ''PLANTED ''', place.tab, place.col);
      insert into planted values (format('%s.%s', place.tab, place.col));
    exception when others then -- a column of few values has none of this one
    end;
  end loop;
end $$;
select set_has($$ select place from planted $$, $$ values ('business.clients.name'), ('business.jobs.address'), ('public.documents.title') $$, 'texts of the workspace are planted');
select doesnt_match((select private.chat_instructions(tests.user_id('ann'), c)::text from dashboard.conversations as c
  where c.id = (select (turn ->> 'conversation_id')::bigint from tests.began where name = 'full')), 'PLANTED|202601-001', 'none of them stands in the instructions');

select tests.act_as_owner();
select results_eq($$ select u.name, private.shares_memories(tests.user_id(u.name), tests.workspace('team')) from unnest(array['ann', 'cal']) as u (name) order by 1 $$,
  $$ values ('ann', true), ('cal', false) $$, 'that a member shares memories says nothing about other members');
select * from finish();
rollback;
