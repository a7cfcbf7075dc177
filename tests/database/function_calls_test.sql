begin;
select plan(18);

select tests.create_user('ann');

-- Without pg_net, as here, a call waits in a table; with it, pg_net makes the call.
select lives_ok($$ select private.invoke_function('index-note', '{"note_id": 1}') $$, 'the owner asks for a call');
select lives_ok(
  $$ select private.invoke_function('index-note', jsonb_build_object('text', repeat('x', 20000))) $$,
  'a body may be longer than a notification');
select lives_ok($$ select private.invoke_function('sweep') $$, 'a call needs no body');
select results_eq(
  $$ select name, attempts from private.function_calls order by id $$,
  $$ values ('index-note', 0), ('index-note', 0), ('sweep', 0) $$, 'the calls wait in their order');
select throws_ok($$ select private.invoke_function('../auth/v1/admin') $$, '22023',
  'The name of a function has lower case letters, digits, - and _.', 'a name cannot leave the path of functions');
select throws_ok($$ select private.invoke_function(null) $$, '22023',
  'The name of a function has lower case letters, digits, - and _.', 'a call needs a name');
select throws_ok($$ select private.invoke_function('sweep', '[1]') $$, '23514',
  'new row for relation "function_calls" violates check constraint "function_calls_body_object"', 'a body is an object');

select results_eq(
  $$ select name, body ->> 'note_id', attempts from private.claim_function_calls(1) $$,
  $$ values ('index-note', '1', 1) $$, 'a claim takes the oldest');
select results_eq($$ select count(*) from private.claim_function_calls() $$, array[2::bigint], 'the next takes the others');
select is_empty($$ select * from private.claim_function_calls() $$, 'what is claimed is not claimed again');

update private.function_calls set available_at = now();
select results_eq($$ select count(*) from private.claim_function_calls() $$, array[3::bigint], 'a lease that ran out gives them back');

select lives_ok(
  $$ select private.fail_function_call(c.id, repeat('x', 5000)) from private.function_calls as c where c.name = 'sweep' $$,
  'a failure is recorded');
select results_eq(
  $$ select length(last_error), available_at - now(), dead_at from private.function_calls where name = 'sweep' $$,
  $$ values (2000, interval '4 seconds', null::timestamptz) $$, 'the reason is bounded and the second pause is four seconds');
update private.function_calls set attempts = 5 where name = 'sweep';
select lives_ok(
  $$ select private.fail_function_call(c.id, 'the last') from private.function_calls as c where c.name = 'sweep' $$,
  'the fifth attempt fails');
update private.function_calls set available_at = now() where name = 'sweep';
select results_eq(
  $$ select dead_at is not null from private.function_calls where name = 'sweep' $$, array[true], 'the call is dead');
select is_empty($$ select * from private.claim_function_calls() $$, 'a dead call is not made again');

select tests.act_as('ann');
select throws_ok($$ select private.invoke_function('sweep') $$, '42501', 'permission denied for schema private',
  'a signed-in user cannot make the database call functions');
select tests.act_as_service();
select throws_ok($$ select * from private.function_calls $$, '42501', 'permission denied for schema private',
  'the service role does not see the calls');

select * from finish();
rollback;
