-- Notifications: written by the database alone, read, marked and deleted by the one they are for.
begin;
select plan(67);

-- arrange: Ann and her colleague Cal share a workspace, Bob is a stranger to both
select tests.create_user(u) from unnest(array['ann', 'bob', 'cal']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'employee', 'ann'), (tests.workspace('team'), tests.user_id('cal'), 'admin', 'cal');
select isnt(private.notify(tests.user_id('ann'), 'mention', 'one'), null, 'the database tells a user something');
select lives_ok($$ select private.notify(tests.user_id('ann'), 'assignment', repeat('x', 600), repeat('y', 6000), 'job', 7, '/jobs/7?tab=notes#last') $$, 'at any length');
select results_eq($$ select user_id, type, char_length(title), char_length(message), source_type, source_id, link, is_read, read_at, created_at from dashboard.notifications where source_id = 7 $$,
  $$ values (tests.user_id('ann'), 'assignment', 500, 5000, 'job', 7::bigint, '/jobs/7?tab=notes#last', false, null::timestamptz, now()) $$, 'and cuts it to what fits');
insert into dashboard.notifications (id, user_id, type, title) values
  (-9101, tests.user_id('ann'), 'system', 'two'), (-9102, tests.user_id('ann'), 'alert', 'three'), (-9301, tests.user_id('bob'), 'system', 'for Bob');

-- acting as the one it is for
select tests.act_as('ann');
select results_eq($$ select count(*) from dashboard.notifications $$, array[4::bigint], 'a user reads their notifications');
select throws_ok(s.statement, '42501', 'permission denied for table notifications', s.name)
from (values ($$ insert into dashboard.notifications (user_id, type, title) values (tests.user_id('ann'), 'system', 'x') $$, 'nobody writes to themselves'),
  ($$ insert into dashboard.notifications (user_id, type, title) values (tests.user_id('bob'), 'mention', 'click here') $$, 'nor to others')) as s (statement, name);
select throws_ok(format('update dashboard.notifications set %I = null', c), '42501', 'permission denied for table notifications', 'a user does not change ' || c)
from unnest(array['id', 'user_id', 'type', 'title', 'message', 'source_type', 'source_id', 'link', 'read_at', 'created_at']) as c;
select results_eq($$ update dashboard.notifications set is_read = true where title = 'one' returning read_at $$, $$ values (now()) $$, 'marking one as read says when');
select results_eq($$ update dashboard.notifications set is_read = false where title = 'one' returning read_at $$, $$ values (null::timestamptz) $$, 'and marking it as unread forgets it');
select is(dashboard.mark_notifications_read(array(select id from dashboard.notifications where title in ('one', 'two'))), 2::bigint, 'several are marked by their ids');
select is(dashboard.mark_notifications_read(array(select id from dashboard.notifications where title in ('one', 'three'))), 1::bigint, 'what was read counts no more');
select is(dashboard.mark_notifications_read('{}'), 0::bigint, 'none are marked where none is named');
select results_eq('select notifications_unread from dashboard.today_summary()', array[1], 'the summary of today counts what is unread');
select is(dashboard.mark_notifications_read(), 1::bigint, 'all are marked where nothing is said');
select results_eq($$ select count(*) from dashboard.notifications where is_read and read_at is not null $$, array[4::bigint], 'and then all are read');
select results_eq($$ delete from dashboard.notifications where title = 'three' returning title $$, array['three'], 'a user deletes one');

-- acting as a colleague, a stranger and anon
select tests.act_as('cal');
select is_empty($$ select 1 from dashboard.notifications $$, 'a colleague reads nothing');
select is_empty($$ update dashboard.notifications set is_read = false returning 1 $$, 'marks nothing');
select is_empty($$ delete from dashboard.notifications returning 1 $$, 'and deletes nothing');
select tests.act_as('bob');
select is(dashboard.mark_notifications_read('{-9101,-9102,-9301}'), 1::bigint, 'a stranger marks only their own, whatever ids they name');
select results_eq($$ select title from dashboard.notifications $$, array['for Bob'], 'and reads only their own');
select tests.act_as_anon();
select throws_ok($$ select 1 from dashboard.notifications $$, '42501', 'permission denied for table notifications', 'anon reads nothing');
select throws_ok($$ select dashboard.mark_notifications_read() $$, '42501', 'permission denied for function mark_notifications_read', 'anon calls nothing');

-- the service writes them, within the rules
select tests.act_as_service();
select lives_ok(format($$ insert into dashboard.notifications (user_id, type, title, link) values (tests.user_id('bob'), 'system', 'link', %L) $$, l), 'a link may be ' || coalesce(l, 'missing'))
from unnest(array[null, '/', '/tasks/7', '/notes?q=a%20b#top', 'https://example.com', 'https://example.com/a?b=c']) as l;
select throws_ok(format($$ insert into dashboard.notifications (user_id, type, title, link) values (tests.user_id('bob'), 'system', 'x', %L) $$, l), '23514',
  'new row for relation "notifications" violates check constraint "notifications_link_format"', 'a link is never ' || left(to_json(l)::text, 40))
from unnest(array['', 'tasks/7', 'http://example.com', 'javascript:alert(1)', 'JaVaScRiPt:alert(1)', '//evil.example', '/\evil.example', E'/\t/evil.example', '/a b',
  'https://', 'https:///x', E'https://a\nb', 'data:text/html,x', ' /tasks', '/tasks\7', '/' || repeat('x', 2000)]) as l;
select throws_ok(v.statement, v.code, v.message, v.rule)
from (values
  ($$ insert into dashboard.notifications (user_id, type, title) values (tests.user_id('bob'), 'advert', 'x') $$, '23514',
    'new row for relation "notifications" violates check constraint "notifications_type_allowed"', 'a type is one of seven words'),
  ($$ insert into dashboard.notifications (user_id, type, title) values (tests.user_id('bob'), 'system', '') $$, '23514',
    'new row for relation "notifications" violates check constraint "notifications_title_length"', 'a title is not empty'),
  ($$ insert into dashboard.notifications (user_id, type, title) values (tests.user_id('bob'), 'system', repeat('x', 501)) $$, '23514',
    'new row for relation "notifications" violates check constraint "notifications_title_length"', 'and bounded'),
  ($$ insert into dashboard.notifications (user_id, type, title, message) values (tests.user_id('bob'), 'system', 'x', repeat('x', 5001)) $$, '23514',
    'new row for relation "notifications" violates check constraint "notifications_message_length"', 'so is a message'),
  ($$ insert into dashboard.notifications (user_id, type, title, source_type) values (tests.user_id('bob'), 'system', 'x', repeat('x', 51)) $$, '23514',
    'new row for relation "notifications" violates check constraint "notifications_source_type_length"', 'and a kind of source'),
  ($$ insert into dashboard.notifications (user_id, type, title, source_id) values (tests.user_id('bob'), 'system', 'x', 1) $$, '23514',
    'new row for relation "notifications" violates check constraint "notifications_source_id_needs_source_type"', 'a number alone is no source'),
  ($$ insert into dashboard.notifications (user_id, type, title) values (null, 'system', 'x') $$, '23502',
    'null value in column "user_id" of relation "notifications" violates not-null constraint', 'a notification is for somebody'),
  ($$ update dashboard.notifications set user_id = tests.user_id('bob') where title = 'one' $$, 'PT409',
    'A row of dashboard.notifications cannot change its owner.', 'and stays theirs')
) as v (statement, code, message, rule);
select results_eq($$ insert into dashboard.notifications (user_id, type, title, is_read, read_at) values (tests.user_id('bob'), 'system', 'imported', true, '2020-01-01') returning read_at $$,
  $$ values ('2020-01-01'::timestamptz) $$, 'an imported one keeps the time it was read');
select results_eq($$ insert into dashboard.notifications (user_id, type, title, is_read, read_at) values (tests.user_id('bob'), 'system', 'unread', false, '2020-01-01') returning read_at $$,
  $$ values (null::timestamptz) $$, 'unless it was not');

-- retention
select tests.act_as_owner();
alter table dashboard.notifications disable trigger notifications_stamp_read_on_write;
select throws_ok($$ update dashboard.notifications set read_at = null where title = 'imported' $$, '23514',
  'new row for relation "notifications" violates check constraint "notifications_read_at_matches_is_read"', 'what is read has its time');
alter table dashboard.notifications enable trigger notifications_stamp_read_on_write;
insert into dashboard.notifications (user_id, type, title, is_read, read_at, created_at) values
  (tests.user_id('bob'), 'system', 'read long ago', true, now() - interval '91 days', now() - interval '1 year'),
  (tests.user_id('bob'), 'system', 'read lately', true, now() - interval '89 days', now() - interval '1 year'),
  (tests.user_id('bob'), 'system', 'never read', false, null, now() - interval '1 year');
select private.delete_old_records();
select bag_eq($$ select title from dashboard.notifications where title in ('read long ago', 'read lately', 'never read') $$, array['read lately', 'never read'],
  'what was read 90 days ago is tidied away, and nothing else');
do $$ begin perform set_config('tests.ann', tests.user_id('ann')::text, true); end $$; -- the name is gone with the account
delete from auth.users where id = tests.user_id('ann');
select is_empty($$ select 1 from dashboard.notifications where user_id = current_setting('tests.ann')::uuid $$, 'notifications leave with their user');

select * from finish();
rollback;
