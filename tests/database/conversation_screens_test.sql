-- The list of conversations, how each begins again and ends: what they show, in which order, to whom.
begin;
select plan(37);

select tests.create_user(u) from unnest(array['ann', 'bob']) as u;
insert into dashboard.conversations (id, user_id, title, is_pinned, archived, is_active, session_id) overriding system value values
  (9001, tests.user_id('ann'), 'pinned old', true, false, true, 's1'), (9002, tests.user_id('ann'), 'newest', false, false, true, 's2'),
  (9003, tests.user_id('ann'), 'older', false, false, false, 's3'), (9004, tests.user_id('ann'), 'pinned new', true, false, true, 's4'),
  (9005, tests.user_id('ann'), 'put away', false, true, true, 's5'), (9006, tests.user_id('ann'), 'put away, pinned', true, true, true, 's6'),
  (9007, tests.user_id('bob'), 'Bob''s', true, false, true, 's7');
insert into dashboard.messages (user_id, conversation_id, role, content, model_id, model_name, created_at) values
  (tests.user_id('ann'), 9001, 'user', 'p', null, null, '2026-01-01'), (tests.user_id('ann'), 9004, 'user', 'q', null, null, '2026-01-02'),
  (tests.user_id('ann'), 9003, 'user', 'first', null, null, '2026-01-03'),
  (tests.user_id('ann'), 9003, 'assistant', E'  An answer\n\n  on   lines  ', 'claude-opus-4-5', 'Opus 4.5', '2026-01-04'),
  (tests.user_id('ann'), 9003, 'tool', 'raw output', null, null, '2026-01-05'), (tests.user_id('ann'), 9003, 'system', 'be kind', null, null, '2026-01-06'),
  (tests.user_id('ann'), 9003, 'assistant', '', null, null, '2026-01-07'),
  (tests.user_id('ann'), 9002, 'assistant', repeat('long ', 200), 'unknown-model', null, '2026-01-08'),
  (tests.user_id('bob'), 9007, 'user', 'secret of Bob', null, null, '2026-01-09');

select tests.act_as('ann');
select results_eq($$ select title from dashboard.recent_conversations() $$, array['pinned new', 'pinned old', 'newest', 'older'],
  'the list shows pinned conversations first, then the newest, and leaves out what was put away');
select results_eq($$ select title from dashboard.recent_conversations(true) $$, array['put away, pinned', 'put away'], 'what was put away has a list of its own');
select results_eq($$ select title from dashboard.recent_conversations() where not is_active $$, array['older'], 'it can be filtered like the table');
select results_eq($$ select c.title, c.preview from dashboard.recent_conversations() as c where id in (9001, 9003) $$,
  $$ values ('pinned old', 'p'), ('older', 'An answer on lines') $$, 'each shows how its newest message begins, on one line');
select is((select dashboard.preview(c) from dashboard.conversations as c where id = 9002), left(repeat('long ', 200), 100), 'cut at a hundred characters');
select is((select dashboard.preview(c) from dashboard.conversations as c where id = 9005), null, 'or nothing where nothing was said');
select is_empty($$ select 1 from dashboard.conversation_list as l full join dashboard.conversations as c using (id)
  where (l.user_id, l.workspace_id, l.chat_project_id, l.agent_id, l.session_id, l.title, l.last_model_id, l.message_count, l.is_active, l.is_pinned, l.archived, l.last_message_at, l.created_at, l.updated_at,
      l.preview, l.last_model_name)
    is distinct from (c.user_id, c.workspace_id, c.chat_project_id, c.agent_id, c.session_id, c.title, c.last_model_id, c.message_count, c.is_active, c.is_pinned, c.archived, c.last_message_at, c.created_at, c.updated_at,
      dashboard.preview(c), dashboard.last_model_name(c)) $$, 'the view holds every conversation of the caller, as it is, and no other');
select results_eq($$ select dashboard.last_model_name(c) from dashboard.conversations as c where id in (9001, 9002, 9003) order by id $$,
  array[null, 'unknown-model', 'Opus 4.5'], 'and the model of its newest answer, by name where it has one');

-- the end of a conversation
insert into dashboard.messages (conversation_id, content) select 9005, 'm' || n from generate_series(1, 12) as n;
select results_eq($$ select content from dashboard.last_messages(9005) $$, $$ select 'm' || n from generate_series(3, 12) as n $$,
  'the last ten messages, oldest first; the id decides between equal times');
select results_eq($$ select content from dashboard.last_messages(9005, 2) $$, array['m11', 'm12'], 'or as many as are asked for');
select results_eq($$ select content from dashboard.last_messages(9005, 0) $$, array['m12'], 'at least one');
select is((select count(*) from dashboard.last_messages(9005, null)), 10::bigint, 'ten where no number is given');
insert into dashboard.messages (conversation_id, content) select 9006, 'm' || n from generate_series(1, 205) as n;
select is((select count(*) from dashboard.last_messages(9006, 100000)), 200::bigint, 'at most two hundred');
select is_empty($$ select 1 from dashboard.last_messages(9007) $$, 'of another''s conversation none');

-- resuming
select results_eq(
  $$ select r.id, r.is_active, r.session_id ~ '^[0-9a-f]{8}-', r.session_id <> 's3', r.title from dashboard.resume_conversation(9003) as r $$,
  $$ values (9003::bigint, true, true, true, 'older') $$, 'a conversation that is resumed is active, under a new session');
create temporary table session as select session_id from dashboard.conversations where id = 9003;
select results_eq($$ select r.session_id = (select s.session_id from session as s) from dashboard.resume_conversation(9003) as r $$, array[false], 'a new one each time');
select is((select is_active from dashboard.conversations where id = 9003), true, 'and stays so');
select is((select count(*) from dashboard.conversations where id = 9003 and session_id = 's3'), 0::bigint, 'the old session names it no more');
select throws_ok($$ select dashboard.resume_conversation(9007) $$, 'PT404', 'The conversation does not exist.', 'another''s cannot be resumed');
select throws_ok($$ select dashboard.resume_conversation(99999999) $$, 'PT404', 'The conversation does not exist.', 'which looks like one that does not exist');
select throws_ok($$ select dashboard.resume_conversation(null) $$, 'PT404', 'The conversation does not exist.', 'nor can none');

-- acting as a stranger, who hands in what is not theirs
select tests.act_as('bob');
select results_eq($$ select title from dashboard.recent_conversations() $$, array['Bob''s'], 'a stranger lists their own');
select results_eq($$ select title from dashboard.conversation_list $$, array['Bob''s'], 'in the view as well');
select is_empty($$ select 1 from dashboard.last_messages(9003) $$, 'and reads no message of another');
select is(
  dashboard.preview(row(9003, tests.user_id('ann'), null, null, null, 's', null, null, true, false, false, 1, now(), null, '[]', now(), now())::dashboard.conversations),
  null, 'not even by handing in another''s conversation');
select is(
  dashboard.last_model_name(row(9003, tests.user_id('ann'), null, null, null, 's', null, null, true, false, false, 1, now(), null, '[]', now(), now())::dashboard.conversations),
  null, 'nor learns its model');
select tests.act_as_owner();
select is((select session_id from dashboard.conversations where id = 9007), 's7', 'and Ann changed nothing of Bob''s');

select tests.act_as_anon();
select throws_ok($$ select 1 from dashboard.conversation_list $$, '42501', 'permission denied for view conversation_list', 'anon sees no list');
select throws_ok(format('select dashboard.%s', v.call), '42501', 'permission denied for function ' || split_part(v.call, '(', 1), 'anon does not call ' || split_part(v.call, '(', 1))
from (values ('recent_conversations()'), ('last_messages(1)'), ('resume_conversation(1)'), ('preview(null)'), ('last_model_name(null)')) as v (call);

-- the service acts for those whose conversation it is
select tests.act_as_service();
select results_eq($$ select r.id, r.is_active from dashboard.resume_conversation(9003) as r $$, $$ values (9003::bigint, true) $$, 'the service resumes any');
select results_eq($$ select dashboard.preview(c) from dashboard.conversations as c where id = 9007 $$, array['secret of Bob'], 'and previews any');
select is_empty($$ select 1 from dashboard.recent_conversations() $$, 'but has no list of its own');
select is((select count(*) from dashboard.conversation_list where id between 9001 and 9007), 7::bigint, 'it sees everybody''s in the view');

select * from finish();
rollback;
