-- Who can read and write which private topic of Realtime. As Realtime does, the tests select or insert a row of
-- realtime.messages as the caller.
begin;
select plan(48);

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
select ok(tests.hears('user:' || tests.user_id('ann')), 'a user reads their own topic');
select is(tests.speaks('user:' || tests.user_id('ann')), 'yes', 'a user writes to their own topic');
select ok(tests.hears('user:' || tests.user_id('ann'), 'presence'), 'a user reads the presence of their own topic');
select is(tests.speaks('user:' || tests.user_id('ann'), 'presence'), 'yes', 'a user is present in their own topic');
select ok(not tests.hears('user:' || tests.user_id('ann'), 'postgres_changes'), 'row changes are not read from a topic');
select is(tests.speaks('user:' || tests.user_id('ann'), 'postgres_changes'), 'new row violates row-level security policy for table "messages"',
  'nor written to it');
select is(tests.speaks('user:' || tests.user_id('ben')), 'new row violates row-level security policy for table "messages"',
  'a colleague cannot write to the topic of a user');
select ok(not tests.hears('user:' || tests.user_id('ben')), 'a colleague cannot read the topic of a user');

select ok(tests.hears('conversation:900001'), 'a user reads the topic of their conversation');
select is(tests.speaks('conversation:900001', 'presence'), 'yes', 'a user is present in the topic of their conversation');

-- an admin
select ok(tests.hears('workspace:' || tests.workspace('harbor')), 'an admin reads the topic of the workspace');
select is(tests.speaks('workspace:' || tests.workspace('harbor')), 'yes', 'an admin writes to the topic of the workspace');
select ok(tests.hears('job:900001'), 'an admin reads the topic of a job');
select is(tests.speaks('job:900001'), 'yes', 'an admin writes to the topic of a job');

-- an employee of the same workspace
select tests.act_as('ben');
select ok(tests.hears('workspace:' || tests.workspace('harbor')), 'an employee reads the topic of the workspace');
select is(tests.speaks('workspace:' || tests.workspace('harbor'), 'presence'), 'yes', 'an employee is present in the topic of the workspace');
select ok(tests.hears('job:900001'), 'an employee reads the topic of a job');
select is(tests.speaks('job:900001'), 'yes', 'an employee writes to the topic of a job');
select ok(not tests.hears('user:' || tests.user_id('ann')), 'an employee cannot read the topic of a colleague');
select ok(not tests.hears('conversation:900001'), 'a colleague in the same workspace cannot read the topic of a conversation');
select is(tests.speaks('conversation:900001'), 'new row violates row-level security policy for table "messages"',
  'a colleague cannot write to the topic of a conversation');

-- a stranger
select tests.act_as('stranger');
select ok(not tests.hears('workspace:' || tests.workspace('harbor')), 'a stranger cannot read the topic of a workspace');
select is(tests.speaks('workspace:' || tests.workspace('harbor')),
  'new row violates row-level security policy for table "messages"', 'a stranger cannot write to the topic of a workspace');
select ok(not tests.hears('workspace:' || tests.workspace('harbor'), 'presence'), 'a stranger cannot read the presence of a workspace');
select ok(not tests.hears('job:900001'), 'a stranger cannot read the topic of a job');
select is(tests.speaks('job:900001'), 'new row violates row-level security policy for table "messages"',
  'a stranger cannot write to the topic of a job');
select ok(not tests.hears('user:' || tests.user_id('ann')), 'a stranger cannot read the topic of a user');
select ok(not tests.hears('conversation:900001'), 'a stranger cannot read the topic of a conversation');

-- unknown topics and invalid ids are refused without an error
select ok(not tests.hears(t.topic), format('no one can read the topic %L', t.topic))
from (values (1, 'workspace:'), (2, 'workspace'), (3, 'workspace:not-a-uuid'), (4, 'job:'), (5, 'job:one'), (6, 'job:-1'),
  (7, 'job:1 or true'), (8, 'job:99999999999999999999999'), (9, 'workflow:1'), (10, 'room'), (11, ':'), (12, ''), (13, 'conversation:one')) as t (n, topic)
order by t.n;
select is(tests.speaks('job:99999999999999999999999'), 'new row violates row-level security policy for table "messages"',
  'a job id out of range is refused');

-- a removed member
select tests.act_as_owner();
delete from public.workspace_members where user_id = tests.user_id('ben') and workspace_id = tests.workspace('harbor');
select tests.act_as('ben');
select ok(not tests.hears('workspace:' || tests.workspace('harbor')), 'a removed member cannot read the topic of the workspace');
select ok(not tests.hears('job:900001'), 'a removed member cannot read the topics of its jobs');

-- a row of one topic is not visible in another
select tests.act_as_owner();
insert into realtime.messages (id, topic, extension) values ('b0000000-0000-4000-8000-000000000001', 'job:900001', 'broadcast');
select tests.act_as('stranger');
select set_config('realtime.topic', 'user:' || tests.user_id('stranger'), true);
select is_empty($$ select from realtime.messages where id = 'b0000000-0000-4000-8000-000000000001' $$,
  'a row of one topic is not visible in another topic');
select throws_ok($$ insert into realtime.messages (topic, extension) values ('job:900001', 'broadcast') $$, '42501',
  'new row violates row-level security policy for table "messages"', 'a row for another topic cannot be stored');

-- without a user
select tests.act_as_anon();
select ok(not tests.hears('workspace:' || tests.workspace('harbor')), 'anon cannot read a private topic');
select is(tests.speaks('workspace:' || tests.workspace('harbor')),
  'new row violates row-level security policy for table "messages"', 'anon cannot write to a private topic');

select * from finish();
rollback;
