-- The log of the application: the service writes it, admins of the workspace read it, and it forgets.
begin;
select plan(40);

select tests.create_user(u) from unnest(array['ann', 'meg', 'eve', 'bob']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team'), (tests.workspace('strangers'), 'Strangers');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'admin', 'ann'), (tests.workspace('team'), tests.user_id('meg'), 'manager', 'meg'),
  (tests.workspace('team'), tests.user_id('eve'), 'employee', 'eve'), (tests.workspace('strangers'), tests.user_id('bob'), 'admin', 'bob');
insert into dashboard.conversations (id, user_id, title) overriding system value values (9001, tests.user_id('eve'), 'Eve''s'), (9002, tests.user_id('bob'), 'Bob''s');

-- acting as the service role
select tests.act_as_service();
select results_eq(
  $$ insert into dashboard.activity_logs (workspace_id, log_type) values (tests.workspace('team'), 'api') returning user_id, session_id, data, severity $$,
  $$ values (null::uuid, null::text, '{}'::jsonb, 'info') $$, 'the service logs for a workspace');
select results_eq(
  $$ insert into dashboard.activity_logs (workspace_id, user_id, log_type, session_id, conversation_id, data, severity)
     values (tests.workspace('team'), tests.user_id('eve'), 'chat', 'session-1-x', 9001, '{"duration_ms": 12}', 'warning') returning severity $$,
  array['warning'], 'and whose request it was');
select lives_ok(format('insert into dashboard.activity_logs (workspace_id, log_type) values (tests.workspace(%L), %L)', 'strangers', t), t || ' is a kind of row')
from unnest(array['websocket', 'model', 'file', 'error', 'mcp', 'claude', 'tool']) as t;
select throws_ok(v.statement, v.code, v.message, v.rule)
from (values
  ($$ insert into dashboard.activity_logs (log_type) values ('api') $$, '23502', 'null value in column "workspace_id" of relation "activity_logs" violates not-null constraint', 'it says of which workspace'),
  ($$ insert into dashboard.activity_logs (workspace_id, user_id, log_type, conversation_id) values (tests.workspace('team'), tests.user_id('eve'), 'chat', 9002) $$, '23503',
    'insert or update on table "activity_logs" violates foreign key constraint "activity_logs_conversation_id_fkey"', 'a conversation is of the same user')
) as v (statement, code, message, rule);
select throws_ok(format('insert into dashboard.activity_logs (workspace_id, log_type, %s) values (tests.workspace(%L), %s)', v.columns, 'team', v.value), '23514',
  format('new row for relation "activity_logs" violates check constraint "activity_logs_%s"', v.name), v.name || ' refuses ' || left(v.value, 30))
from (values ('session_id', $$ 'api', '' $$, 'session_id_length'), ('session_id', $$ 'api', repeat('x', 201) $$, 'session_id_length'), ('data', $$ 'api', '[]' $$, 'data_object'),
  ('data', $$ 'api', jsonb_build_object('x', repeat('x', 65536)) $$, 'data_size'), ('severity', $$ 'api', 'fatal' $$, 'severity_allowed'),
  ('severity', $$ 'sms', 'info' $$, 'log_type_allowed'), ('conversation_id', $$ 'api', 9001 $$, 'conversation_id_needs_user')) as v (columns, value, name);

-- acting as people
select tests.act_as('ann@team');
select results_eq($$ select log_type, severity from dashboard.activity_logs order by id $$, $$ values ('api', 'info'), ('chat', 'warning') $$, 'an admin reads the log of the workspace');
select is_empty($$ select 1 from dashboard.conversations $$, 'but not the conversation it names');
select tests.act_as('meg@team');
select is_empty($$ select 1 from dashboard.activity_logs $$, 'a manager reads none of it');
select tests.act_as('eve@team');
select is_empty($$ select 1 from dashboard.activity_logs $$, 'nor does an employee, not even rows about themselves');
select tests.act_as('bob@strangers');
select is((select count(*) from dashboard.activity_logs), 7::bigint, 'an admin of another workspace reads the log of that one');
select throws_ok(format(v.statement, p), '42501', 'permission denied for table activity_logs', format(v.rule, p))
from unnest(array['an admin']) as p, (values ('insert into dashboard.activity_logs (log_type) values (''api'')', '%s writes nothing'),
  ('update dashboard.activity_logs set severity = ''info''', '%s changes nothing'), ('delete from dashboard.activity_logs', '%s deletes nothing')) as v (statement, rule);
select tests.act_as_anon();
select throws_ok($$ select 1 from dashboard.activity_logs $$, '42501', 'permission denied for table activity_logs', 'anon reads nothing');
select throws_ok($$ insert into dashboard.activity_logs (log_type) values ('api') $$, '42501', 'permission denied for table activity_logs', 'and writes nothing');

-- what goes with what
select tests.act_as('eve');
delete from dashboard.conversations where id = 9001;
select tests.act_as_owner();
select results_eq($$ select conversation_id, user_id from dashboard.activity_logs where log_type = 'chat' $$, $$ values (null::bigint, tests.user_id('eve')) $$, 'a row outlives the conversation');
delete from auth.users where id = tests.user_id('eve');
select is_empty($$ select 1 from dashboard.activity_logs where log_type = 'chat' $$, 'but not the account it is about');

-- forgetting
select isnt_empty($$ select 1 from cron.job where jobname = 'delete-old-activity-logs' and active and command = 'select private.delete_old_activity_logs()' $$, 'it forgets by itself');
select tests.act_as_service();
insert into dashboard.activity_logs (workspace_id, log_type, session_id, created_at)
select tests.workspace('team'), 'api', 'day ' || d, now() - make_interval(days => d) from generate_series(85, 95) as d;
select throws_ok($$ select private.delete_old_activity_logs() $$, '42501', 'permission denied for schema private', 'not when the service asks');
select tests.act_as_owner();
select is(private.delete_old_activity_logs(2), 2, 'it forgets a batch at a time');
select bag_eq($$ select session_id from dashboard.activity_logs where session_id ~ '^day' $$, array['day 85', 'day 86', 'day 87', 'day 88', 'day 89', 'day 90', 'day 91', 'day 92', 'day 93'], 'the oldest first');
select is(private.delete_old_activity_logs(), 3, 'then the rest');
select bag_eq($$ select session_id from dashboard.activity_logs where session_id ~ '^day' $$, array['day 85', 'day 86', 'day 87', 'day 88', 'day 89', 'day 90'], 'ninety days are kept');
select is(private.delete_old_activity_logs(), 0, 'and then there is nothing to forget');
select isnt_empty($$ select 1 from dashboard.activity_logs where workspace_id = tests.workspace('team') $$, 'the workspace has a log');
delete from public.workspaces where id = tests.workspace('team');
select is_empty($$ select 1 from dashboard.activity_logs where workspace_id = tests.workspace('team') $$, 'which goes with it');
select isnt_empty($$ select 1 from dashboard.activity_logs where workspace_id = tests.workspace('strangers') $$, 'and no other does');

select * from finish();
rollback;
