-- Ratings of answers by the owner of the conversation.
begin;
select plan(20);

select tests.create_team('team', 'ann employee', 'cal admin');
select tests.create_user('bob');
insert into dashboard.conversations (id, user_id) overriding system value values (9001, tests.user_id('ann')), (9002, tests.user_id('bob'));
insert into dashboard.messages (id, user_id, conversation_id, role, content, status) overriding system value values
  (90001, tests.user_id('ann'), 9001, 'user', 'How dry?', 'complete'), (90002, tests.user_id('ann'), 9001, 'assistant', 'Quite.', 'complete'),
  (90003, tests.user_id('ann'), 9001, 'assistant', '', 'streaming'), (90004, tests.user_id('bob'), 9002, 'assistant', 'Secret.', 'complete');

select tests.act_as('ann');
select results_eq($$ select f.message_id, f.rating, f.comment from dashboard.rate_message(90002, 1, ' Right to the point ') as f $$,
  $$ values (90002::bigint, 1, 'Right to the point') $$, 'the owner rates an answer');
select results_eq($$ select f.rating, f.comment from dashboard.rate_message(90002, -1) as f $$, $$ values (-1, null::text) $$, 'the owner changes the rating');
select results_eq($$ select count(*) from dashboard.message_feedback $$, array[1::bigint], 'an answer has one rating');
select is((dashboard.rate_message(90002)).rating, null, 'a null rating deletes it');
select is_empty($$ select * from dashboard.message_feedback $$, 'the rating is deleted');
select lives_ok($$ select dashboard.rate_message(90002) $$, 'deleting a rating that does not exist succeeds');
select throws_ok($$ select dashboard.rate_message(90002, 0) $$, '23514', 'new row for relation "message_feedback" violates check constraint "message_feedback_rating_allowed"', 'a rating other than 1 and -1 is refused');
select throws_ok($$ select dashboard.rate_message(90002, 1, repeat('x', 2001)) $$, '23514', 'new row for relation "message_feedback" violates check constraint "message_feedback_comment_length"', 'a comment that is too long is refused');
select throws_ok($$ select dashboard.rate_message(90001, 1) $$, '22023', 'Only completed assistant messages can be rated.', 'a question cannot be rated');
select throws_ok($$ select dashboard.rate_message(90003, 1) $$, '22023', 'Only completed assistant messages can be rated.', 'an answer that is still streaming cannot be rated');
select throws_ok($$ select dashboard.rate_message(90004, 1) $$, 'PT404', 'The message does not exist.', 'an answer of another user is not found');
select throws_ok($$ insert into dashboard.message_feedback (user_id, message_id, rating) values (auth.uid(), 90001, 1) $$,
  '42501', 'permission denied for table message_feedback', 'users cannot insert ratings directly');
select lives_ok($$ select dashboard.rate_message(90002, 1, 'Good') $$, 'the owner adds a rating');
select throws_ok($$ update dashboard.message_feedback set rating = -1 $$, '42501', 'permission denied for table message_feedback', 'users cannot update ratings directly');

select tests.act_as('cal');
select is_empty($$ select * from dashboard.message_feedback $$, 'colleagues, including admins, do not see a rating');
select is_empty($$ delete from dashboard.message_feedback returning 1 $$, 'a colleague cannot delete a rating');
select throws_ok($$ select dashboard.rate_message(90002, -1) $$, 'PT404', 'The message does not exist.', 'a colleague cannot rate the answer');
select tests.act_as_anon();
select throws_ok($$ select * from dashboard.message_feedback $$, '42501', 'permission denied for table message_feedback', 'anon cannot rate');
select tests.act_as_owner();
select results_eq($$ select f.rating, f.comment from dashboard.message_feedback as f where f.message_id = 90002 $$, $$ values (1, 'Good') $$, 'refused calls changed nothing');
delete from dashboard.messages where id = 90002;
select is_empty($$ select * from dashboard.message_feedback as f where f.message_id = 90002 $$, 'deleting an answer deletes its rating');

select * from finish();
rollback;
