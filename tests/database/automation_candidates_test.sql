-- Automation candidates: managers keep them, completed tasks add to them, and what somebody asked stays with them.
begin;
select plan(49);

select tests.create_user(u) from unnest(array['ann', 'meg', 'eve', 'bob']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team'), (tests.workspace('strangers'), 'Strangers');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'admin', 'ann'), (tests.workspace('team'), tests.user_id('meg'), 'manager', 'meg'),
  (tests.workspace('team'), tests.user_id('eve'), 'employee', 'eve'), (tests.workspace('strangers'), tests.user_id('bob'), 'admin', 'bob');
update public.profiles as p set active_workspace_id = m.workspace_id from public.workspace_members as m
where m.user_id = p.id and m.workspace_id in (tests.workspace('team'), tests.workspace('strangers'));

-- acting as a manager
select tests.act_as('meg');
select results_eq(
  $$ insert into dashboard.automation_candidates (pattern_description) values ('Weekly photo report')
     returning workspace_id, pattern_key, frequency, automation_type, status, related_task_ids $$,
  $$ values (tests.workspace('team'), null::text, 1, null::text, 'identified', '[]'::jsonb) $$, 'a candidate needs a pattern, and belongs to the active workspace');
select results_eq(
  $$ insert into dashboard.automation_candidates (workspace_id, pattern_description, frequency, suggested_automation, automation_type, status, notes, related_task_ids)
     values (tests.workspace('team'), 'All of it', 4, 's', 'sub-agent', 'in_review', 'n', '[1, 2]') returning notes $$, array['n'], 'everything of it can be given');
select results_eq($$ update dashboard.automation_candidates set status = 'dismissed' where pattern_description = 'All of it' returning status $$, array['dismissed'], 'a manager decides');
select results_eq($$ delete from dashboard.automation_candidates where pattern_description = 'All of it' returning 1 $$, array[1], 'and removes');
select throws_ok(format('insert into dashboard.automation_candidates (pattern_description, %I) values (%L, null)', c, 'x'), '42501',
  'permission denied for table automation_candidates', 'a manager does not choose ' || c || ' of a new candidate')
from unnest(array['id', 'pattern_key', 'created_at', 'updated_at']) as c;
select throws_ok(format('update dashboard.automation_candidates set %I = null', c), '42501', 'permission denied for table automation_candidates', 'nor changes ' || c)
from unnest(array['id', 'pattern_key', 'created_at', 'updated_at']) as c;
select throws_ok($$ insert into dashboard.automation_candidates (workspace_id, pattern_description) values (tests.workspace('strangers'), 'x') $$, '42501',
  'new row violates row-level security policy for table "automation_candidates"', 'a manager adds to no other workspace');
select throws_ok(format('insert into dashboard.automation_candidates (%s) values (%s)', v.columns, v.value), '23514',
  format('new row for relation "automation_candidates" violates check constraint "automation_candidates_%s"', v.name), v.name || ' refuses ' || left(v.value, 30))
from (values
  ('pattern_description', $$ '' $$, 'pattern_description_length'), ('pattern_description', $$ repeat('x', 2001) $$, 'pattern_description_length'),
  ('pattern_description, frequency', $$ 'x', -1 $$, 'frequency_not_negative'),
  ('pattern_description, suggested_automation', $$ 'x', repeat('x', 5001) $$, 'suggested_automation_length'),
  ('pattern_description, automation_type', $$ 'x', 'subagent' $$, 'automation_type_allowed'),
  ('pattern_description, status', $$ 'x', 'done' $$, 'status_allowed'), ('pattern_description, notes', $$ 'x', repeat('x', 20001) $$, 'notes_length'),
  ('pattern_description, related_task_ids', $$ 'x', '{}' $$, 'related_task_ids_array'), ('pattern_description, related_task_ids', $$ 'x', '["1"]' $$, 'related_task_ids_numbers'),
  ('pattern_description, related_task_ids', $$ 'x', (select jsonb_agg(n) from generate_series(1, 20000) as n) $$, 'related_task_ids_size')
) as v (columns, value, name);

-- acting as an employee, a stranger, anon
select tests.act_as('eve');
select is_empty($$ select 1 from dashboard.automation_candidates $$, 'an employee reads none');
select throws_ok($$ insert into dashboard.automation_candidates (pattern_description) values ('x') $$, '42501',
  'new row violates row-level security policy for table "automation_candidates"', 'adds none');
select is_empty($$ update dashboard.automation_candidates set notes = 'x' returning 1 $$, 'edits none');
select is_empty($$ delete from dashboard.automation_candidates returning 1 $$, 'removes none');
select tests.act_as('bob');
select is_empty($$ select 1 from dashboard.automation_candidates $$, 'a stranger reads none');
select is_empty($$ update dashboard.automation_candidates set notes = 'x' returning 1 $$, 'and edits none');
select tests.act_as_anon();
select throws_ok($$ select 1 from dashboard.automation_candidates $$, '42501', 'permission denied for table automation_candidates', 'anon reads nothing');

-- what the database finds
select tests.act_as('eve');
select lives_ok($$ insert into dashboard.ai_tasks (description, status, category, reusability, tools_used, steps_required)
  values ('Price the kitchen of Mrs Miller', 'in_progress', 'estimates', 'high', '["search", "read"]', 2) $$, 'an employee has the assistant at work');
select tests.act_as('meg');
select is((select count(*) from dashboard.automation_candidates), 1::bigint, 'which recommends nothing yet');
select tests.act_as('eve');
update dashboard.ai_tasks set status = 'completed';
select tests.act_as('meg');
select results_eq(
  $$ select workspace_id, pattern_description, frequency, automation_type, status, suggested_automation, jsonb_array_length(related_task_ids)
     from dashboard.automation_candidates where pattern_key is not null $$,
  $$ values (tests.workspace('team'), 'Tasks of category estimates with read, search', 1, 'skill', 'identified', 'A skill: few steps, hardly a decision.', 1) $$,
  'once it is completed, its managers see the pattern and not what was asked');
select is_empty($$ select 1 from dashboard.automation_candidates as c where c::text ~* 'miller|kitchen' $$, 'no word of it');
select tests.act_as('eve');
update dashboard.ai_tasks set quality_rating = 5, status = 'completed';
update dashboard.ai_tasks set status = 'failed';
update dashboard.ai_tasks set status = 'completed';
select tests.act_as('meg');
select results_eq($$ select frequency from dashboard.automation_candidates where pattern_key is not null $$, array[1], 'a task counts once, however often it is written');
update dashboard.automation_candidates set status = 'dismissed' where pattern_key is not null;

-- more of them, of other people, in one statement
insert into dashboard.ai_tasks (description, status, category, reusability, tools_used, steps_required, decision_points) values
  ('a', 'completed', 'estimates', 'medium', '["read", "search"]', 1, 0), ('b', 'completed', 'estimates', 'high', '["search", "read", "read"]', 6, 4),
  ('c', 'completed', 'research', 'high', '["read", "search", "write"]', 6, 4), ('d', 'completed', null, 'high', '["read"]', 3, 0),
  ('e', 'completed', 'estimates', 'low', '["x"]', 1, 0), ('f', 'completed', 'estimates', null, '["x"]', 1, 0), ('g', 'failed', 'estimates', 'high', '["x"]', 1, 0),
  ('h', 'completed', null, 'high', '[]', 1, 0);
select results_eq(
  $$ select pattern_description, frequency, automation_type, status from dashboard.automation_candidates where pattern_key is not null order by pattern_description $$,
  $$ values ('Tasks of category estimates with read, search', 3, 'sub-agent', 'dismissed'), ('Tasks of category other with read', 1, 'sub-agent', 'identified'),
       ('Tasks of category research with read, search, write', 1, 'combo', 'identified') $$,
  'the same category and tools are one pattern; only what was completed and likely comes again counts; a decision of people stays');
select results_eq($$ select count(*) from dashboard.automation_candidates as c, jsonb_array_elements(c.related_task_ids) as t (id)
  join dashboard.ai_tasks as a on a.id = t.id::bigint where c.pattern_key is not null $$, array[4::bigint], 'it keeps which tasks those were');
-- for nobody's workspace, nothing
select tests.act_as_owner();
insert into dashboard.ai_tasks (user_id, description, status, category, reusability) values (tests.user_id('eve'), 'p', 'completed', 'financial', 'high');
select is_empty($$ select 1 from dashboard.automation_candidates where workspace_id = tests.workspace('team') and pattern_description ~ 'financial' $$, 'what was done for no workspace recommends nothing');
insert into dashboard.ai_tasks (user_id, workspace_id, description, status, category, reusability)
select tests.user_id('bob'), tests.workspace('strangers'), 'many', 'completed', 'admin', 'high' from generate_series(1, 600);
select results_eq($$ select workspace_id, pattern_description, frequency, jsonb_array_length(related_task_ids) from dashboard.automation_candidates where workspace_id = tests.workspace('strangers') $$,
  $$ values (tests.workspace('strangers'), 'Tasks of category admin', 600, 500) $$, 'every workspace has its own, and a list of tasks that ends');
insert into dashboard.ai_tasks (user_id, workspace_id, description, status, category, reusability)
values (tests.user_id('eve'), tests.workspace('team'), 'quarter', 'in_progress', 'financial', 'high');
insert into dashboard.automation_candidates (workspace_id, pattern_key, pattern_description, related_task_ids)
select tests.workspace('strangers'), md5('financial'), 'Planted', jsonb_build_array(t.id) from dashboard.ai_tasks as t where t.description = 'quarter';
update dashboard.ai_tasks set status = 'completed' where description = 'quarter';
select results_eq($$ select frequency from dashboard.automation_candidates where workspace_id = tests.workspace('team') and pattern_key = md5('financial') $$, array[1],
  'a candidate of another workspace that lists the task does not hide the pattern');
delete from dashboard.automation_candidates where pattern_key = md5('financial');
select results_eq($$ select related_task_ids ->> -1 = max(t.id)::text from dashboard.automation_candidates as c, dashboard.ai_tasks as t
  where c.workspace_id = tests.workspace('strangers') and t.description = 'many' group by c.related_task_ids $$, array[true], 'with the newest');

-- nobody moves one, and keys are keys
select tests.act_as_service();
select throws_ok($$ update dashboard.automation_candidates set workspace_id = tests.workspace('strangers') where pattern_key is null $$, 'PT409',
  'A row of dashboard.automation_candidates cannot change its workspace.', 'not even the service moves a candidate');
select throws_ok($$ update dashboard.automation_candidates set pattern_key = 'x' where pattern_key is null $$, '23514',
  'new row for relation "automation_candidates" violates check constraint "automation_candidates_pattern_key_format"', 'a key is a key');
select throws_ok($$ insert into dashboard.automation_candidates (workspace_id, pattern_key, pattern_description)
  select workspace_id, pattern_key, 'x' from dashboard.automation_candidates where workspace_id = tests.workspace('strangers') $$, '23505',
  'duplicate key value violates unique constraint "automation_candidates_workspace_id_pattern_key_key"', 'of one pattern');
select tests.act_as('eve');
select lives_ok($$ delete from dashboard.ai_tasks $$, 'an employee deletes the tasks');
select tests.act_as('ann');
select results_eq($$ select frequency from dashboard.automation_candidates where pattern_description ~ 'estimates' $$, array[3], 'the pattern stays counted, and an admin reads it');
select lives_ok($$ delete from dashboard.automation_candidates where pattern_description ~ 'research' $$, 'and removes it');
select tests.act_as_owner();
select isnt_empty($$ select 1 from dashboard.automation_candidates where workspace_id = tests.workspace('team') $$, 'the workspace has some');
delete from public.workspaces where id = tests.workspace('team');
select results_eq($$ select distinct workspace_id from dashboard.automation_candidates where workspace_id in (tests.workspace('team'), tests.workspace('strangers')) $$,
  $$ values (tests.workspace('strangers')) $$, 'and they go with it');

select * from finish();
rollback;
