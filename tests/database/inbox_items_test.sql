-- The inbox: who may see and write it, what an item may hold, capturing twice, dismissing.
begin;
select plan(75);

-- arrange: Ann and her colleague Cal share a workspace, Bob is a stranger to both
select tests.create_user(u) from unnest(array['ann', 'bob', 'cal']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'employee', 'ann'), (tests.workspace('team'), tests.user_id('cal'), 'admin', 'cal');
insert into dashboard.inbox_items (id, user_id, content) values (9301, tests.user_id('bob'), 'Bob''s');
insert into dashboard.tasks (id, user_id, title) values (9101, tests.user_id('ann'), 'a task'), (9301, tests.user_id('bob'), 'a task of Bob');
insert into dashboard.notes (id, user_id, title) values (9101, tests.user_id('ann'), 'a note'), (9301, tests.user_id('bob'), 'a note of Bob');

insert into public.workspaces (id, name) values (tests.workspace('others'), 'Others');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values (tests.workspace('others'), tests.user_id('bob'), 'admin', 'bob');
insert into business.jobs (id, workspace_id) values (9101, tests.workspace('team')), (9301, tests.workspace('others'));

-- acting as the owner
select tests.act_as('ann');
select results_eq(
  $$ insert into dashboard.inbox_items (content) values ('Call Kim')
     returning user_id, type, title, source, processed, processed_at, converted_to_type, converted_to_id, created_at $$,
  $$ values (tests.user_id('ann'), null::text, null::text, 'manual', false, null::timestamptz, null::text, null::bigint, now()) $$,
  'an item needs some content only and belongs to the caller');
select lives_ok($$ insert into dashboard.inbox_items (user_id, type, title, content, source, source_url, file_path, file_size, mime_type, capture_key)
  values (tests.user_id('ann'), 'photo', 't', 'c', 'mobile', 'https://example.com/', 'inbox/1.jpg', 5, 'image/jpeg', 'k') $$, 'every field of an item can be given');
select lives_ok($$ insert into dashboard.inbox_items (title) values ('only a title') $$, 'a title is enough');
select lives_ok($$ insert into dashboard.inbox_items (file_path) values ('inbox/2.m4a') $$, 'so is a file');
select results_eq($$ update dashboard.inbox_items set content = 'Call Kim back' where content = 'Call Kim' returning content $$, array['Call Kim back'], 'an owner edits');

-- capturing
select results_eq($$ select content, source, type from dashboard.capture('Roof leak', 'voice', type => 'audio', file_path => 'a.m4a') $$,
  $$ values ('Roof leak', 'voice', 'audio') $$, 'capture stores an item and returns it');
select results_eq($$ select a.id = b.id, b.content from dashboard.capture('first', capture_key => 'once') as a, dashboard.capture('again', capture_key => 'once') as b $$,
  $$ values (true, 'first') $$, 'with a key, a repeated capture answers with the first item');
select results_eq($$ select count(*) from dashboard.inbox_items where capture_key = 'once' $$, array[1::bigint], 'and stores nothing more');
select isnt((select id from dashboard.capture('same')), (select id from dashboard.capture('same')), 'without a key, every capture is an item');
select throws_ok($$ insert into dashboard.inbox_items (content, capture_key) values ('x', 'once') $$, '23505',
  'duplicate key value violates unique constraint "inbox_items_user_id_capture_key_key"', 'a plain insert with a used key is refused');
select throws_ok($$ select dashboard.capture() $$, '23514',
  'new row for relation "inbox_items" violates check constraint "inbox_items_not_empty"', 'nothing is not captured');

select throws_ok(format(s.statement, s.id), '23503', 'insert or update on table "inbox_items" violates foreign key constraint "inbox_items_job_id_fkey"', s.name || ' ' || s.id)
from (values ('select dashboard.capture(''x'', job_id => %s)', 'an item is not about a job of others', 9301),
  ('select dashboard.capture(''x'', job_id => %s)', 'nor about a missing one', 99999999), ('update dashboard.inbox_items set job_id = %s', 'nor put to one', 9301)) as s (statement, name, id);
select results_eq($$ update dashboard.inbox_items set job_id = 9101 where content = 'Call Kim back' returning job_id $$, array[9101::bigint], 'but about one that its owner may see');
select results_eq('select inbox_unprocessed from dashboard.today_summary()', $$ select count(*)::integer from dashboard.inbox_items where not processed $$,
  'the summary of today counts what waits');

-- columns that only the database writes
select throws_ok(format('insert into dashboard.inbox_items (content, %I) values (%L, null)', c, 'x'), '42501',
  'permission denied for table inbox_items', 'a caller does not choose ' || c || ' of a new item')
from unnest(array['id', 'processed', 'processed_at', 'converted_to_type', 'converted_task_id', 'converted_note_id', 'created_at']) as c;
select throws_ok(format('update dashboard.inbox_items set %I = null', c), '42501',
  'permission denied for table inbox_items', 'a caller does not change ' || c)
from unnest(array['id', 'processed_at', 'converted_to_type', 'converted_task_id', 'converted_note_id', 'created_at']) as c;
select throws_ok($$ update dashboard.inbox_items set converted_to_id = 1 $$, '428C9', 'column "converted_to_id" can only be updated to DEFAULT', 'converted_to_id follows from the rest');
select throws_ok($$ insert into dashboard.inbox_items (user_id, content) values (tests.user_id('bob'), 'x') $$, '42501',
  'new row violates row-level security policy for table "inbox_items"', 'an item cannot be added for someone else');

-- every named check has a value that fails it by name
select throws_ok(v.statement, '23514', format('new row for relation "inbox_items" violates check constraint "%s"', v.name), v.rule)
from (values
  ($$ insert into dashboard.inbox_items (content) values (null) $$, 'inbox_items_not_empty', 'an item holds something'),
  ($$ insert into dashboard.inbox_items (content, title) values (E' \n', '  ') $$, 'inbox_items_not_empty', 'more than spaces'),
  ($$ insert into dashboard.inbox_items (content) values (repeat('x', 100001)) $$, 'inbox_items_content_length', 'a content is bounded'),
  ($$ insert into dashboard.inbox_items (title) values (repeat('x', 501)) $$, 'inbox_items_title_length', 'a title is bounded'),
  ($$ insert into dashboard.inbox_items (content, type) values ('x', 'video') $$, 'inbox_items_type_allowed', 'a type is one of five words'),
  ($$ insert into dashboard.inbox_items (content, source) values ('x', 'fax') $$, 'inbox_items_source_allowed', 'a source is one of seven words'),
  ($$ insert into dashboard.inbox_items (content, source_url) values ('x', 'javascript:alert(1)') $$, 'inbox_items_source_url_format', 'a source is a web page'),
  ($$ insert into dashboard.inbox_items (content, file_path) values ('x', '') $$, 'inbox_items_file_path_length', 'a path leads somewhere'),
  ($$ insert into dashboard.inbox_items (content, file_path) values ('x', repeat('x', 1001)) $$, 'inbox_items_file_path_length', 'and ends'),
  ($$ insert into dashboard.inbox_items (content, file_size) values ('x', -1) $$, 'inbox_items_file_size_not_negative', 'a file has a size'),
  ($$ insert into dashboard.inbox_items (content, mime_type) values ('x', repeat('x', 256)) $$, 'inbox_items_mime_type_length', 'a media type is bounded'),
  ($$ insert into dashboard.inbox_items (content, capture_key) values ('x', '') $$, 'inbox_items_capture_key_length', 'a key is not empty'),
  ($$ insert into dashboard.inbox_items (content, capture_key) values ('x', repeat('x', 201)) $$, 'inbox_items_capture_key_length', 'and bounded')
) as v (statement, name, rule);
select lives_ok($$ insert into dashboard.inbox_items (title, content, file_path, mime_type, capture_key)
  values (repeat('x', 500), repeat('x', 100000), repeat('x', 1000), repeat('x', 255), repeat('x', 200)) $$, 'the bounds themselves are allowed');

-- dismissing, and bringing back
select results_eq($$ update dashboard.inbox_items set processed = true where content = 'Call Kim back' returning processed_at $$, $$ values (now()) $$, 'an item that is put away says when');
select results_eq($$ update dashboard.inbox_items set processed = false where content = 'Call Kim back' returning processed_at $$, $$ values (null::timestamptz) $$, 'and forgets it when it is brought back');
select results_eq($$ select d.processed, d.converted_to_type from dashboard.inbox_items as i, dashboard.dismiss_inbox_item(i.id) as d where i.content = 'Call Kim back' $$,
  $$ values (true, null::text) $$, 'dismissing puts an item away');
select results_eq($$ select d.processed from dashboard.inbox_items as i, dashboard.dismiss_inbox_item(i.id) as d where i.content = 'Call Kim back' $$, array[true], 'and may be repeated');
select throws_ok($$ select dashboard.dismiss_inbox_item(9301) $$, 'PT404', 'The inbox item does not exist.', 'an item of a stranger is not there to dismiss');
select throws_ok($$ select dashboard.dismiss_inbox_item(99999999) $$, 'PT404', 'The inbox item does not exist.', 'no more than a missing one');

-- acting as a colleague: sharing a workspace shares no inbox
select tests.act_as('cal');
select is_empty($$ select 1 from dashboard.inbox_items $$, 'a colleague reads nothing');
select is_empty($$ update dashboard.inbox_items set content = 'mine' returning 1 $$, 'a colleague edits nothing');
select is_empty($$ delete from dashboard.inbox_items returning 1 $$, 'a colleague deletes nothing');
select results_eq($$ select content from dashboard.capture('Cal''s', capture_key => 'once') $$, array['Cal''s'], 'a key of one user is free for another');

-- acting as a stranger and anon
select tests.act_as('bob');
select results_eq($$ select content from dashboard.inbox_items $$, array['Bob''s'], 'a stranger reads only their own');
select tests.act_as_anon();
select throws_ok(s.statement, '42501', s.message, 'anon ' || s.name)
from (values ('select 1 from dashboard.inbox_items', 'permission denied for table inbox_items', 'reads nothing'),
  ($$ insert into dashboard.inbox_items (content) values ('x') $$, 'permission denied for table inbox_items', 'adds nothing'),
  ($$ select dashboard.capture('x') $$, 'permission denied for function capture', 'captures nothing'),
  ($$ select dashboard.dismiss_inbox_item(9301) $$, 'permission denied for function dismiss_inbox_item', 'dismisses nothing')) as s (statement, message, name);

-- the service passes the policies, not the rules
select tests.act_as_service();
select results_eq($$ insert into dashboard.inbox_items (user_id, content, processed, processed_at, converted_to_type)
    values (tests.user_id('ann'), 'imported', true, '2020-01-01', 'project') returning processed_at, converted_to_id $$,
  $$ values ('2020-01-01'::timestamptz, null::bigint) $$, 'an imported item keeps the time it was sorted');
select throws_ok(v.statement, v.code, v.message, v.rule)
from (values
  ($$ update dashboard.inbox_items set user_id = tests.user_id('bob') where content = 'imported' $$, 'PT409',
    'A row of dashboard.inbox_items cannot change its owner.', 'not even the service moves an item to another user'),
  ($$ update dashboard.inbox_items set processed = false where content = 'imported' $$, 'PT409',
    'The inbox item is converted to a project.', 'what was made of an item is not forgotten by setting a flag'),
  ($$ insert into dashboard.inbox_items (user_id, content, processed, converted_to_type, converted_task_id) values (tests.user_id('ann'), 'x', true, 'task', 9301) $$, '23503',
    'insert or update on table "inbox_items" violates foreign key constraint "inbox_items_converted_task_id_fkey"', 'an item becomes a task of its owner'),
  ($$ insert into dashboard.inbox_items (user_id, content, processed, converted_to_type, converted_note_id) values (tests.user_id('ann'), 'x', true, 'note', 9301) $$, '23503',
    'insert or update on table "inbox_items" violates foreign key constraint "inbox_items_converted_note_id_fkey"', 'or a note of its owner'),
  ($$ insert into dashboard.inbox_items (user_id, content, processed, converted_to_type) values (tests.user_id('ann'), 'x', true, 'person') $$, '23514',
    'new row for relation "inbox_items" violates check constraint "inbox_items_converted_to_type_allowed"', 'and nothing unheard of'),
  ($$ insert into dashboard.inbox_items (user_id, content, processed, converted_task_id) values (tests.user_id('ann'), 'x', true, 9101) $$, '23514',
    'new row for relation "inbox_items" violates check constraint "inbox_items_converted_task_matches_type"', 'what points to a task says so'),
  ($$ insert into dashboard.inbox_items (user_id, content, processed, converted_to_type, converted_note_id) values (tests.user_id('ann'), 'x', true, 'task', 9101) $$, '23514',
    'new row for relation "inbox_items" violates check constraint "inbox_items_converted_note_matches_type"', 'and what points to a note'),
  ($$ insert into dashboard.inbox_items (user_id, content, converted_to_type) values (tests.user_id('ann'), 'x', 'task') $$, '23514',
    'new row for relation "inbox_items" violates check constraint "inbox_items_converted_is_processed"', 'only a sorted item became something')
) as v (statement, code, message, rule);

-- the refusals above were not vacuous
select tests.act_as_owner();
alter table dashboard.inbox_items disable trigger inbox_items_stamp_processed_on_write;
select throws_ok($$ update dashboard.inbox_items set processed_at = null where content = 'imported' $$, '23514',
  'new row for relation "inbox_items" violates check constraint "inbox_items_processed_at_matches_processed"', 'a sorted item has its time');
alter table dashboard.inbox_items enable trigger inbox_items_stamp_processed_on_write;
select results_eq($$ select count(*) from dashboard.inbox_items where user_id = tests.user_id('ann') $$, array[10::bigint], 'Ann''s inbox survived every refused write');
select tests.act_as('ann');
select results_eq('select inbox_unprocessed from dashboard.today_summary()', array[8], 'and not what was sorted');
select tests.act_as_owner();
delete from business.jobs where id = 9101;
select tests.act_as('ann');
select results_eq($$ select job_id from dashboard.inbox_items where content = 'Call Kim back' $$, array[null::bigint], 'an item outlives its job');
select results_eq($$ delete from dashboard.inbox_items where content = 'Call Kim back' returning content $$, array['Call Kim back'], 'an owner deletes');
select tests.act_as_owner();
do $$ begin perform set_config('tests.ann', tests.user_id('ann')::text, true); end $$; -- the name is gone with the account
delete from auth.users where id = tests.user_id('ann');
select results_eq($$ select distinct user_id from dashboard.inbox_items where user_id in (current_setting('tests.ann')::uuid, tests.user_id('bob')) $$,
  $$ values (tests.user_id('bob')) $$, 'an inbox leaves with its owner and nobody else''s does');

select * from finish();
rollback;
