-- Who may hear and speak in which private topic of Realtime, tried as the service tries it: a row of realtime.messages
-- that is looked for, or stored, as the caller.
begin;
select plan(46);

select tests.create_user(u) from unnest(array['ann', 'ben', 'cal', 'stranger']) as u;
insert into public.workspaces (id, name) values (tests.workspace('harbor'), 'Harbor');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('harbor'), tests.user_id('ann'), 'admin', 'Ann'),
  (tests.workspace('harbor'), tests.user_id('ben'), 'employee', 'Ben');
insert into dashboard.conversations (id, user_id, workspace_id) overriding system value
values (900001, tests.user_id('ann'), tests.workspace('harbor'));
insert into business.jobs (id, workspace_id) overriding system value values (900001, tests.workspace('harbor'));

create function tests.hears(topic text, extension text default 'broadcast') returns boolean
language plpgsql
as $$
declare
  caller constant text := current_setting('role');
  probe uuid := gen_random_uuid();
  found boolean;
begin
  perform set_config('role', 'none', true);
  insert into realtime.messages (id, topic, extension) values (probe, hears.topic, hears.extension);
  perform set_config('realtime.topic', hears.topic, true), set_config('role', caller, true);
  found := exists (select from realtime.messages as m where m.id = probe);
  perform set_config('realtime.topic', '', true);
  return found;
end
$$;
create function tests.speaks(topic text, extension text default 'broadcast') returns text
language plpgsql
as $$
begin
  perform set_config('realtime.topic', speaks.topic, true);
  insert into realtime.messages (topic, extension) values (speaks.topic, speaks.extension);
  return 'yes';
exception
  when insufficient_privilege then
    return sqlerrm;
end
$$;
grant execute on function tests.hears(text, text), tests.speaks(text, text) to anon, authenticated;

-- the owner of an account
select tests.act_as('ann');
select ok(tests.hears('user:' || tests.user_id('ann')), 'a user hears their own topic');
select is(tests.speaks('user:' || tests.user_id('ann')), 'yes', 'a user speaks in their own topic');
select ok(tests.hears('user:' || tests.user_id('ann'), 'presence'), 'a user sees who is present in their own topic');
select is(tests.speaks('user:' || tests.user_id('ann'), 'presence'), 'yes', 'a user is present in their own topic');
select is(tests.speaks('user:' || tests.user_id('ben')), 'new row violates row-level security policy for table "messages"',
  'a colleague does not speak in it');
select ok(not tests.hears('user:' || tests.user_id('ben')), 'a colleague does not hear it');

select ok(tests.hears('conversation:900001'), 'a user hears their own conversation');
select is(tests.speaks('conversation:900001', 'presence'), 'yes', 'a user is present in their own conversation');

-- an admin
select ok(tests.hears('workspace:' || tests.workspace('harbor')), 'an admin hears the workspace');
select is(tests.speaks('workspace:' || tests.workspace('harbor')), 'yes', 'an admin speaks in the workspace');
select ok(tests.hears('job:900001'), 'an admin hears a job');
select is(tests.speaks('job:900001'), 'yes', 'an admin speaks about a job');

-- an employee of the same workspace
select tests.act_as('ben');
select ok(tests.hears('workspace:' || tests.workspace('harbor')), 'an employee hears the workspace');
select is(tests.speaks('workspace:' || tests.workspace('harbor'), 'presence'), 'yes', 'an employee is present in the workspace');
select ok(tests.hears('job:900001'), 'an employee hears a job');
select is(tests.speaks('job:900001'), 'yes', 'an employee speaks about a job');
select ok(not tests.hears('user:' || tests.user_id('ann')), 'an employee does not hear a colleague''s own topic');
select ok(not tests.hears('conversation:900001'), 'a colleague does not hear a conversation, although of the same workspace');
select is(tests.speaks('conversation:900001'), 'new row violates row-level security policy for table "messages"',
  'a colleague does not speak in it');

-- somebody else
select tests.act_as('stranger');
select ok(not tests.hears('workspace:' || tests.workspace('harbor')), 'a stranger does not hear a workspace');
select is(tests.speaks('workspace:' || tests.workspace('harbor')),
  'new row violates row-level security policy for table "messages"', 'a stranger does not speak in a workspace');
select ok(not tests.hears('workspace:' || tests.workspace('harbor'), 'presence'), 'a stranger does not see who is there');
select ok(not tests.hears('job:900001'), 'a stranger does not hear a job');
select is(tests.speaks('job:900001'), 'new row violates row-level security policy for table "messages"',
  'a stranger does not speak about a job');
select ok(not tests.hears('user:' || tests.user_id('ann')), 'a stranger does not hear a user');
select ok(not tests.hears('conversation:900001'), 'a stranger does not hear a conversation');

-- what is no topic, or no id, is refused without an error
select ok(not tests.hears(t.topic), format('nobody hears %L', t.topic))
from (values (1, 'workspace:'), (2, 'workspace'), (3, 'workspace:not-a-uuid'), (4, 'job:'), (5, 'job:one'), (6, 'job:-1'),
  (7, 'job:1 or true'), (8, 'job:99999999999999999999999'), (9, 'workflow:1'), (10, 'room'), (11, ':'), (12, ''), (13, 'conversation:one')) as t (n, topic)
order by t.n;
select is(tests.speaks('job:99999999999999999999999'), 'new row violates row-level security policy for table "messages"',
  'nobody speaks about a job of an impossible number');

-- a member who is removed
select tests.act_as_owner();
delete from public.workspace_members where user_id = tests.user_id('ben') and workspace_id = tests.workspace('harbor');
select tests.act_as('ben');
select ok(not tests.hears('workspace:' || tests.workspace('harbor')), 'who was removed no longer hears the workspace');
select ok(not tests.hears('job:900001'), 'who was removed no longer hears its jobs');

-- a row of one topic is not seen through another
select tests.act_as_owner();
insert into realtime.messages (id, topic, extension) values ('b0000000-0000-4000-8000-000000000001', 'job:900001', 'broadcast');
select tests.act_as('stranger');
select set_config('realtime.topic', 'user:' || tests.user_id('stranger'), true);
select is_empty($$ select from realtime.messages where id = 'b0000000-0000-4000-8000-000000000001' $$,
  'being allowed in one topic shows nothing of another');
select throws_ok($$ insert into realtime.messages (topic, extension) values ('job:900001', 'broadcast') $$, '42501',
  'new row violates row-level security policy for table "messages"', 'being allowed in one topic stores nothing for another');

-- without a user
select tests.act_as_anon();
select ok(not tests.hears('workspace:' || tests.workspace('harbor')), 'nobody hears a private topic without signing in');
select is(tests.speaks('workspace:' || tests.workspace('harbor')),
  'new row violates row-level security policy for table "messages"', 'nobody speaks in one without signing in');

select * from finish();
rollback;
