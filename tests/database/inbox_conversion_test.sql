-- Sorting the inbox: an item becomes a task or a note in one call, and back while nothing was done with it.
begin;
select plan(72);

-- arrange: Ann and her colleague Cal share a workspace, Bob is a stranger to both
select tests.create_user(u) from unnest(array['ann', 'bob', 'cal']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'employee', 'ann'), (tests.workspace('team'), tests.user_id('cal'), 'admin', 'cal');
insert into dashboard.task_lists (id, user_id, name) values (9101, tests.user_id('ann'), 'Ann''s'), (9301, tests.user_id('bob'), 'Bob''s');
insert into dashboard.inbox_items (id, user_id, content) values (9301, tests.user_id('bob'), 'Bob''s');
insert into dashboard.inbox_items (id, user_id, type, title, content, source, source_url, file_path) values
  (9101, tests.user_id('ann'), null, null, E'\n  Call Kim \nabout the roof\n', 'manual', null, null),
  (9102, tests.user_id('ann'), null, 'Own title', 'the text', 'email', 'https://example.com/m', null),
  (9103, tests.user_id('ann'), 'audio', null, null, 'voice', null, 'inbox/2026/memo.m4a'),
  (9104, tests.user_id('ann'), null, null, repeat('long ', 200), 'manual', null, null),
  (9105, tests.user_id('ann'), null, null, 'First line' || E'\n' || repeat('x', 30000), 'api', null, null),
  (9106, tests.user_id('ann'), null, null, 'One line', 'chrome_extension', 'https://example.com/a', null),
  (9107, tests.user_id('ann'), null, null, 'Overridden', 'manual', null, null),
  (9108, tests.user_id('ann'), null, null, 'Refused', 'manual', null, null),
  (9109, tests.user_id('ann'), null, null, 'Dismissed', 'manual', null, null);
insert into dashboard.inbox_items (id, user_id, content, processed, converted_to_type) values (9190, tests.user_id('ann'), 'Elsewhere', true, 'project');

insert into business.jobs (id, workspace_id) values (9101, tests.workspace('team'));
insert into dashboard.projects (id, user_id, name) values (9101, tests.user_id('ann'), 'Ann''s'), (9301, tests.user_id('bob'), 'Bob''s');
insert into dashboard.inbox_items (id, user_id, content, job_id) values (9110, tests.user_id('ann'), 'For the job', 9101), (9111, tests.user_id('ann'), 'Of the job', 9101);

-- acting as the owner: what an item becomes
select tests.act_as('ann');
select results_eq($$ select i.processed, i.processed_at, i.converted_to_type, i.converted_to_id = i.converted_task_id, i.converted_note_id
    from dashboard.convert_inbox_item(9101, 'task') as i $$,
  $$ values (true, now(), 'task', true, null::bigint) $$, 'an item becomes a task and says which');
select results_eq($$ select t.user_id, t.title, t.description, t.status, t.list_id from dashboard.inbox_items as i join dashboard.tasks as t on t.id = i.converted_to_id where i.id = 9101 $$,
  $$ values (tests.user_id('ann'), 'Call Kim', E'Call Kim \nabout the roof', 'open', null::bigint) $$, 'its first line is the title, all of it the description');
select lives_ok($$ select dashboard.convert_inbox_item(9102, 'note') $$, 'an item becomes a note');
select results_eq($$ select n.title, n.content, n.source_url, n.type, i.converted_to_type from dashboard.inbox_items as i join dashboard.notes as n on n.id = i.converted_to_id where i.id = 9102 $$,
  $$ values ('Own title', 'the text', 'https://example.com/m', 'web_clip', 'note') $$, 'an item with a title keeps it; a note keeps the source');
select lives_ok($$ select dashboard.convert_inbox_item(9103, 'note') $$, 'a file becomes a note');
select results_eq($$ select n.title, n.content, n.type, n.audio_url from dashboard.inbox_items as i join dashboard.notes as n on n.id = i.converted_note_id where i.id = 9103 $$,
  $$ values ('memo.m4a', '', 'voice_note', 'inbox/2026/memo.m4a') $$, 'of its name, and a recording a voice note');
select lives_ok($$ select dashboard.convert_inbox_item(9104, 'task') $$, 'a long line becomes a task');
select results_eq($$ select char_length(t.title), right(t.title, 1), t.description = btrim(repeat('long ', 200)) from dashboard.inbox_items as i join dashboard.tasks as t on t.id = i.converted_task_id where i.id = 9104 $$,
  $$ values (500, '…', true) $$, 'whose title is cut and whose description is not');
select lives_ok($$ select dashboard.convert_inbox_item(9105, 'task') $$, 'a long text becomes a task');
select results_eq($$ select t.title, t.description, char_length(t.notes) from dashboard.inbox_items as i join dashboard.tasks as t on t.id = i.converted_task_id where i.id = 9105 $$,
  $$ values ('First line', null::text, 30011) $$, 'with the text in its notes');
select lives_ok($$ select dashboard.convert_inbox_item(9106, 'task') $$, 'a clipping becomes a task');
select results_eq($$ select t.title, t.description from dashboard.inbox_items as i join dashboard.tasks as t on t.id = i.converted_task_id where i.id = 9106 $$,
  $$ values ('One line', 'https://example.com/a') $$, 'whose description is the page; one line is not said twice');

select lives_ok($$ select dashboard.convert_inbox_item(9110, 'task', '{"project_id": 9101}'), dashboard.convert_inbox_item(9111, 'note', '{"project_id": 9101}') $$, 'items of a job are converted');
select results_eq($$ select t.job_id, t.project_id, n.job_id, n.project_id from dashboard.tasks as t, dashboard.notes as n where t.title = 'For the job' and n.title = 'Of the job' $$,
  $$ values (9101::bigint, 9101::bigint, 9101::bigint, 9101::bigint) $$, 'and keep their job; a project can be set');

-- what the caller sets
select lives_ok($$ select dashboard.convert_inbox_item(9107, 'task',
  '{"title": "Mine", "list_id": 9101, "due_date": "2026-03-01", "due_time": "09:30", "priority": "high", "context": ["@phone"], "is_my_day": true, "description": null}') $$,
  'fields of the task can be set');
select results_eq($$ select t.title, t.list_id, t.due_date, t.due_time, t.priority, t.context, t.my_day_date is not null, t.description
    from dashboard.inbox_items as i join dashboard.tasks as t on t.id = i.converted_task_id where i.id = 9107 $$,
  $$ values ('Mine', 9101::bigint, '2026-03-01'::date, '09:30'::time, 'high', '{@phone}'::text[], true, null::text) $$, 'and replace what the item says');
select throws_ok(format('select dashboard.convert_inbox_item(9108, %L, %L)', v.target, v.overrides), v.code, v.message, v.rule)
from (values
  ('project', '{}', '22023', 'target must be task or note.', 'an item becomes nothing else'),
  (null, '{}', '22023', 'target must be task or note.', 'and something'),
  ('task', '[]', '22023', 'overrides must be a JSON object.', 'fields come as an object'),
  ('task', '{"content": "x"}', '22023', 'overrides contains the unknown key "content".', 'a task has no field of a note'),
  ('note', '{"due_date": "2026-03-01"}', '22023', 'overrides contains the unknown key "due_date".', 'nor a note one of a task'),
  ('task', format('{"user_id": "%s"}', tests.user_id('bob')), '22023', 'overrides contains the unknown key "user_id".', 'the owner is not a choice'),
  ('task', '{"id": 1}', '22023', 'overrides contains the unknown key "id".', 'nor is the id'),
  ('task', '{"completed_at": "2026-01-01"}', '22023', 'overrides contains the unknown key "completed_at".', 'nor what the database writes'),
  ('note', '{"word_count": 5}', '22023', 'overrides contains the unknown key "word_count".', 'of a note either'),
  ('task', '{"title\") values (1); --": 1}', '22023', 'overrides contains the unknown key "title") values (1); --".', 'a name is never run as a command'),
  ('task', '{"title": ""}', '23514', 'new row for relation "tasks" violates check constraint "tasks_title_length"', 'the rules of a task hold'),
  ('task', '{"due_date": "soon"}', '22007', 'invalid input syntax for type date: "soon"', 'and its types'),
  ('task', '{"project_id": 9301}', '23503', 'insert or update on table "tasks" violates foreign key constraint "tasks_project_id_fkey"', 'a project of a stranger is no project'),
  ('note', '{"job_id": 99999999}', '23503', 'insert or update on table "notes" violates foreign key constraint "notes_job_id_fkey"', 'nor is a missing job a job'),
  ('task', '{"list_id": 9301}', '23503', 'insert or update on table "tasks" violates foreign key constraint "tasks_list_id_fkey"', 'a list of a stranger is no list')
) as v (target, overrides, code, message, rule);
select results_eq($$ select processed, converted_to_type from dashboard.inbox_items where id = 9108 $$, $$ values (false, null::text) $$, 'a refused conversion leaves the item as it was');

-- once
select throws_ok($$ select dashboard.convert_inbox_item(9101, 'task') $$, 'PT409', 'The inbox item is already converted to a task.', 'an item becomes one thing once');
select throws_ok($$ select dashboard.convert_inbox_item(9101, 'note') $$, 'PT409', 'The inbox item is already converted to a task.', 'not another afterwards');
select dashboard.dismiss_inbox_item(9109);
select throws_ok($$ select dashboard.convert_inbox_item(9109, 'task') $$, 'PT409', 'The inbox item is dismissed.', 'a dismissed item comes back first');
select throws_ok($$ select dashboard.dismiss_inbox_item(9101) $$, 'PT409', 'The inbox item is already converted to a task.', 'a sorted item is not dismissed');
select results_eq($$ select processed from dashboard.inbox_items where id = 9101 $$, array[true], 'and stays sorted');
select throws_ok($$ update dashboard.inbox_items set processed = false where id = 9101 $$, 'PT409', 'The inbox item is converted to a task.', 'nor reopened by setting a flag');
select results_eq($$ select count(*) from dashboard.tasks as t where t.title = 'Call Kim' $$, array[1::bigint], 'one task was made');
select throws_ok($$ select dashboard.convert_inbox_item(9301, 'task') $$, 'PT404', 'The inbox item does not exist.', 'an item of a stranger is not there');
select throws_ok($$ select dashboard.convert_inbox_item(99999999, 'task') $$, 'PT404', 'The inbox item does not exist.', 'no more than a missing one');
select throws_ok($$ select dashboard.convert_inbox_item(null, 'task') $$, 'PT404', 'The inbox item does not exist.', 'or none at all');

-- and back
select results_eq($$ select processed, processed_at, converted_to_type, converted_to_id from dashboard.undo_inbox_conversion(9101) $$,
  $$ values (false, null::timestamptz, null::text, null::bigint) $$, 'undoing brings the item back');
select is_empty($$ select 1 from dashboard.tasks where title = 'Call Kim' $$, 'and removes the task');
select results_eq($$ select converted_to_type from dashboard.convert_inbox_item(9101, 'note') $$, array['note'], 'it may become something else now');
select results_eq($$ select converted_to_type from dashboard.undo_inbox_conversion(9101) $$, array[null::text], 'which can be undone in turn');
select is_empty($$ select 1 from dashboard.notes where title = 'Call Kim' $$, 'with the note');
select throws_ok(format('select dashboard.undo_inbox_conversion(%s)', v.id), v.code, v.message, v.rule)
from (values (9101, 'PT409', 'The inbox item is not converted.', 'what is not sorted cannot be undone'), (9109, 'PT409', 'The inbox item is not converted.', 'nor what was dismissed'),
  (9190, 'PT409', 'The inbox item is not converted.', 'nor what became a project'),
  (9301, 'PT404', 'The inbox item does not exist.', 'an item of a stranger is not there'), (99999999, 'PT404', 'The inbox item does not exist.', 'no more than a missing one'))
  as v (id, code, message, rule);

-- not once something was done with it; the clock stands still here, so what was made is made to be older
insert into dashboard.tasks (title, parent_id) select 'step', converted_task_id from dashboard.inbox_items where id = 9104;
insert into dashboard.time_entries (task_id, clock_in, clock_out) select converted_task_id, now() - interval '1 hour', now() from dashboard.inbox_items where id = 9110;
insert into dashboard.tags (name) values ('tag');
insert into dashboard.task_tags (task_id, tag_id) select i.converted_task_id, t.id from dashboard.inbox_items as i, dashboard.tags as t where i.id = 9105;
insert into dashboard.note_tags (note_id, tag_id) select i.converted_note_id, t.id from dashboard.inbox_items as i, dashboard.tags as t where i.id = 9103;
select tests.act_as_owner();
alter table dashboard.tasks disable trigger user;
update dashboard.tasks set created_at = now() - interval '1 minute', updated_at = now() - interval '1 minute'
where id in (select converted_task_id from dashboard.inbox_items where id in (9106, 9107));
alter table dashboard.tasks enable trigger user;
alter table dashboard.notes disable trigger user;
update dashboard.notes set created_at = now() - interval '1 minute', updated_at = now() - interval '1 minute'
where id = (select converted_note_id from dashboard.inbox_items where id = 9102);
alter table dashboard.notes enable trigger user;
select tests.act_as('ann');
update dashboard.tasks set is_important = true where id = (select converted_task_id from dashboard.inbox_items where id = 9107);
update dashboard.notes set content = 'more' where id = (select converted_note_id from dashboard.inbox_items where id = 9102);
select throws_ok(format('select dashboard.undo_inbox_conversion(%s)', v.id), 'PT409', format('The %s was changed after the conversion.', v.made), v.rule)
from (values (9107, 'task', 'a task that was edited stays'), (9104, 'task', 'as does one with subtasks'), (9105, 'task', 'one with tags'), (9110, 'task', 'one that was worked on'),
  (9102, 'note', 'a note that was edited'), (9103, 'note', 'and one with tags')) as v (id, made, rule);
select results_eq($$ select count(*) from dashboard.inbox_items where converted_to_id is not null $$, array[8::bigint], 'and the items stay sorted');
select results_eq($$ select processed from dashboard.undo_inbox_conversion(9106) $$, array[false], 'a task that is merely old can go');
delete from dashboard.tasks where id = (select converted_task_id from dashboard.inbox_items where id = 9107);
select results_eq($$ select processed, converted_to_type, converted_to_id from dashboard.inbox_items where id = 9107 $$,
  $$ values (true, 'task', null::bigint) $$, 'an item outlives its task and still says what it was made into');
select results_eq($$ select processed from dashboard.undo_inbox_conversion(9107) $$, array[false], 'it can come back as well');
delete from dashboard.notes where id = (select converted_note_id from dashboard.inbox_items where id = 9102);
select results_eq($$ select processed, converted_to_type, converted_to_id from dashboard.inbox_items where id = 9102 $$,
  $$ values (true, 'note', null::bigint) $$, 'as it outlives its note');
delete from dashboard.inbox_items where id = 9105;
select isnt_empty($$ select 1 from dashboard.tasks where title = 'First line' $$, 'a task outlives its item');

-- acting as a colleague, a stranger, anon and the service
select tests.act_as('cal');
select throws_ok($$ select dashboard.convert_inbox_item(9108, 'task') $$, 'PT404', 'The inbox item does not exist.', 'a colleague converts nothing');
select throws_ok($$ select dashboard.undo_inbox_conversion(9103) $$, 'PT404', 'The inbox item does not exist.', 'and undoes nothing');
select tests.act_as('bob');
select throws_ok($$ select dashboard.convert_inbox_item(9108, 'task') $$, 'PT404', 'The inbox item does not exist.', 'a stranger neither');
select results_eq($$ select user_id, converted_to_type from dashboard.convert_inbox_item(9301, 'task') $$, $$ values (tests.user_id('bob'), 'task') $$, 'but their own');
select tests.act_as_anon();
select throws_ok($$ select dashboard.convert_inbox_item(9108, 'task') $$, '42501', 'permission denied for function convert_inbox_item', 'anon calls nothing');
select throws_ok($$ select dashboard.undo_inbox_conversion(9108) $$, '42501', 'permission denied for function undo_inbox_conversion', 'and undoes nothing');
select tests.act_as_service();
select throws_ok($$ select dashboard.convert_inbox_item(9108, 'task') $$, '42501', 'permission denied for function convert_inbox_item', 'the service has no inbox');
select tests.act_as_owner();
select results_eq($$ select distinct user_id from dashboard.tasks where title in ('Call Kim', 'One line', 'First line', 'Mine')
    and user_id in (select tests.user_id(p) from unnest(array['ann', 'bob']) as p) $$, $$ select tests.user_id('ann') $$, 'everything was made for its owner');

select * from finish();
rollback;
