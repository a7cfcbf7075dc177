-- Agents of a workspace: members use them, admins set them up, and only the service counts.
begin;
select plan(46);

select tests.create_user(u) from unnest(array['ann', 'meg', 'eve', 'bob']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team'), (tests.workspace('strangers'), 'Strangers');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'admin', 'ann'), (tests.workspace('team'), tests.user_id('meg'), 'manager', 'meg'),
  (tests.workspace('team'), tests.user_id('eve'), 'employee', 'eve'), (tests.workspace('strangers'), tests.user_id('bob'), 'admin', 'bob');
update public.profiles as p set active_workspace_id = m.workspace_id from public.workspace_members as m
where m.user_id = p.id and m.workspace_id in (tests.workspace('team'), tests.workspace('strangers'));

-- acting as an admin
select tests.act_as('ann');
select results_eq(
  $$ insert into dashboard.agents (name) values ('orchestrator')
     returning workspace_id, description, capabilities, system_prompt, model_id, tools, is_active, times_used, last_used_at $$,
  $$ values (tests.workspace('team'), null::text, '[]'::jsonb, null::text, null::text, '[]'::jsonb, true, 0, null::timestamptz) $$,
  'an agent needs a name, and works in the active workspace');
select results_eq(
  $$ insert into dashboard.agents (workspace_id, name, description, capabilities, system_prompt, model_id, tools, is_active)
     values (tests.workspace('team'), 'estimator', 'd', '["prices"]', 'You estimate.', 'claude-opus-4-5', '["read", {"name": "search"}]', false) returning tools -> 0 $$,
  $$ values ('"read"'::jsonb) $$, 'everything of an agent can be given');
select throws_ok($$ insert into dashboard.agents (name) values ('orchestrator') $$, '23505',
  'duplicate key value violates unique constraint "agents_workspace_id_name_key"', 'a name is used once in a workspace');
select throws_ok($$ insert into dashboard.agents (workspace_id, name) values (tests.workspace('strangers'), 'x') $$, '42501',
  'new row violates row-level security policy for table "agents"', 'an admin adds to no other workspace');
select results_eq($$ update dashboard.agents set is_active = true, model_id = 'claude-haiku-4-5' where name = 'estimator' returning is_active $$, array[true], 'an admin edits');
select throws_ok(format('insert into dashboard.agents (name, %I) values (%L, null)', c, 'x'), '42501',
  'permission denied for table agents', 'an admin does not choose ' || c || ' of a new agent')
from unnest(array['id', 'times_used', 'last_used_at', 'created_at', 'updated_at']) as c;
select throws_ok(format('update dashboard.agents set %I = null', c), '42501', 'permission denied for table agents', 'an admin does not change ' || c)
from unnest(array['id', 'times_used', 'last_used_at', 'created_at', 'updated_at']) as c;
select throws_ok(v.statement, '23514', format('new row for relation "agents" violates check constraint "%s"', v.name), v.rule)
from (values
  ($$ insert into dashboard.agents (name) values ('') $$, 'agents_name_length', 'a name is not empty'),
  ($$ insert into dashboard.agents (name) values (repeat('x', 101)) $$, 'agents_name_length', 'a name is bounded'),
  ($$ insert into dashboard.agents (name, description) values ('x', repeat('x', 5001)) $$, 'agents_description_length', 'a description is bounded'),
  ($$ insert into dashboard.agents (name, capabilities) values ('x', '{}') $$, 'agents_capabilities_array', 'capabilities are a list'),
  ($$ insert into dashboard.agents (name, capabilities) values ('x', '[1]') $$, 'agents_capabilities_texts', 'of texts'),
  ($$ insert into dashboard.agents (name, capabilities) values ('x', jsonb_build_array(repeat('x', 16384))) $$, 'agents_capabilities_size', 'which ends'),
  ($$ insert into dashboard.agents (name, system_prompt) values ('x', repeat('x', 100001)) $$, 'agents_system_prompt_length', 'a prompt is bounded'),
  ($$ insert into dashboard.agents (name, model_id) values ('x', '') $$, 'agents_model_id_length', 'a model is null rather than empty'),
  ($$ insert into dashboard.agents (name, tools) values ('x', '"read"') $$, 'agents_tools_array', 'tools are a list'),
  ($$ insert into dashboard.agents (name, tools) values ('x', jsonb_build_array(repeat('x', 65536))) $$, 'agents_tools_size', 'which ends, too')
) as v (statement, name, rule);

-- acting as members: they read
select tests.act_as('meg');
select results_eq($$ select name from dashboard.agents order by name $$, array['estimator', 'orchestrator'], 'a manager reads the agents');
select throws_ok($$ insert into dashboard.agents (name) values ('x') $$, '42501', 'new row violates row-level security policy for table "agents"', 'a manager adds none');
select is_empty($$ update dashboard.agents set is_active = false returning 1 $$, 'a manager retires none');
select is_empty($$ delete from dashboard.agents returning 1 $$, 'a manager removes none');
select tests.act_as('eve');
select results_eq($$ select name from dashboard.agents order by name $$, array['estimator', 'orchestrator'], 'an employee reads the agents');
select throws_ok($$ insert into dashboard.agents (name) values ('x') $$, '42501', 'new row violates row-level security policy for table "agents"', 'an employee adds none');
select is_empty($$ update dashboard.agents set is_active = false returning 1 $$, 'an employee retires none');

-- acting as a stranger and anon
select tests.act_as('bob');
select is_empty($$ select 1 from dashboard.agents $$, 'a stranger reads none');
select is_empty($$ update dashboard.agents set name = 'x' returning 1 $$, 'edits none');
select is_empty($$ delete from dashboard.agents returning 1 $$, 'removes none');
select lives_ok($$ insert into dashboard.agents (name) values ('orchestrator') $$, 'and may use the same name at home');
select tests.act_as_anon();
select throws_ok($$ select 1 from dashboard.agents $$, '42501', 'permission denied for table agents', 'anon reads nothing');

-- usage
select tests.act_as('ann');
select throws_ok(format('select dashboard.record_agent_use(%s)', (select id from dashboard.agents where name = 'estimator' and workspace_id = tests.workspace('team'))), '42501',
  'permission denied for function record_agent_use', 'people do not count uses');
select tests.act_as_service();
select lives_ok(format('select dashboard.record_agent_use(%s)', (select id from dashboard.agents where name = 'estimator' and workspace_id = tests.workspace('team'))), 'the service does');
select lives_ok(format('select dashboard.record_agent_use(%s)', (select id from dashboard.agents where name = 'estimator' and workspace_id = tests.workspace('team'))), 'one by one');
select bag_eq($$ select name, times_used, last_used_at from dashboard.agents where workspace_id = tests.workspace('team') $$,
  $$ values ('orchestrator', 0, null::timestamptz), ('estimator', 2, now()) $$, 'each use counts, for that agent');
select throws_ok($$ update dashboard.agents set times_used = -1 $$, '23514',
  'new row for relation "agents" violates check constraint "agents_times_used_not_negative"', 'nothing is used less than never');
select throws_ok($$ update dashboard.agents set workspace_id = tests.workspace('strangers') where name = 'estimator' and workspace_id = tests.workspace('team') $$, 'PT409',
  'A row of dashboard.agents cannot change its workspace.', 'not even the service moves an agent');

-- leaving
select tests.act_as('ann');
select results_eq($$ delete from dashboard.agents where name = 'estimator' returning name $$, array['estimator'], 'an admin removes an agent');
select tests.act_as_owner();
select bag_eq($$ select name from dashboard.agents where workspace_id in (tests.workspace('team'), tests.workspace('strangers')) $$,
  array['orchestrator', 'orchestrator'], 'the refused writes changed nothing');
delete from public.workspaces where id = tests.workspace('team');
select results_eq($$ select workspace_id from dashboard.agents where workspace_id in (tests.workspace('team'), tests.workspace('strangers')) $$,
  $$ values (tests.workspace('strangers')) $$, 'agents go with their workspace');

select * from finish();
rollback;
