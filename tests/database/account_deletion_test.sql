-- Deleting an account: everything personal goes, nothing of others is touched, and no row is left pointing nowhere.
begin;
select plan(33);

-- arrange: Ann is admin of team with Cal, and alone in solo; Bob, a stranger, has the same kinds of rows as Ann
select tests.create_user(u) from unnest(array['ann', 'cal', 'bob']) as u;
insert into public.workspaces (id, name) values
  (tests.workspace('team'), 'Team'), (tests.workspace('solo'), 'Solo'), (tests.workspace('strangers'), 'Strangers');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'admin', 'ann'), (tests.workspace('team'), tests.user_id('cal'), 'employee', 'cal'),
  (tests.workspace('solo'), tests.user_id('ann'), 'admin', 'ann'), (tests.workspace('strangers'), tests.user_id('bob'), 'admin', 'bob');
insert into public.user_prefs (user_id) values (tests.user_id('ann')), (tests.user_id('bob'));
insert into public.workspace_invitations (workspace_id, email, invited_by) values
  (tests.workspace('team'), 'x@example.test', tests.user_id('ann')), (tests.workspace('solo'), 'x@example.test', tests.user_id('ann')),
  (tests.workspace('strangers'), 'x@example.test', tests.user_id('bob'));
insert into public.workspace_invitations (workspace_id, email, accepted_at, accepted_by) values
  (tests.workspace('strangers'), 'ann@example.test', now(), tests.user_id('ann')),
  (tests.workspace('strangers'), 'bob@example.test', now(), tests.user_id('bob'));
insert into private.invitation_tokens (workspace_id, invitation_id, digest)
select i.workspace_id, i.id, sha256(convert_to(i.id::text, 'UTF8')) from public.workspace_invitations as i where i.workspace_id in (tests.workspace('solo'), tests.workspace('strangers'));
insert into dashboard.task_lists (user_id, name) values (tests.user_id('ann'), 'Ann''s'), (tests.user_id('bob'), 'Bob''s');
insert into dashboard.tasks (user_id, list_id, title) select l.user_id, l.id, 'Task' from dashboard.task_lists as l
where l.user_id in (tests.user_id('ann'), tests.user_id('bob'));
insert into dashboard.tags (user_id, name) values (tests.user_id('ann'), 'tag'), (tests.user_id('bob'), 'tag');
insert into dashboard.task_tags (user_id, task_id, tag_id)
select t.user_id, t.id, g.id from dashboard.tasks as t join dashboard.tags as g on g.user_id = t.user_id
where t.user_id in (tests.user_id('ann'), tests.user_id('bob'));
insert into dashboard.goals (user_id, tag_id, name) select g.user_id, g.id, 'Goal' from dashboard.tags as g where g.user_id in (tests.user_id('ann'), tests.user_id('bob'));
insert into dashboard.milestones (user_id, goal_id, name) select g.user_id, g.id, 'Step' from dashboard.goals as g where g.user_id in (tests.user_id('ann'), tests.user_id('bob'));
insert into dashboard.projects (user_id, goal_id, name) select g.user_id, g.id, 'Project' from dashboard.goals as g where g.user_id in (tests.user_id('ann'), tests.user_id('bob'));
insert into dashboard.time_entries (user_id, project_id) select p.user_id, p.id from dashboard.projects as p
where p.user_id in (tests.user_id('ann'), tests.user_id('bob'));
insert into dashboard.notes (user_id, project_id, title, content) select p.user_id, p.id, 'Note', '[[Other]]' from dashboard.projects as p
where p.user_id in (tests.user_id('ann'), tests.user_id('bob'));
insert into dashboard.note_tags (user_id, note_id, tag_id)
select n.user_id, n.id, g.id from dashboard.notes as n join dashboard.tags as g on g.user_id = n.user_id
where n.user_id in (tests.user_id('ann'), tests.user_id('bob'));
insert into dashboard.inbox_items (user_id, content, processed, converted_to_type, converted_note_id)
select n.user_id, 'Item', true, 'note', n.id from dashboard.notes as n where n.user_id in (tests.user_id('ann'), tests.user_id('bob'));
insert into dashboard.notifications (user_id, type, title) values (tests.user_id('ann'), 'system', 'Told'), (tests.user_id('bob'), 'system', 'Told');
insert into private.daily_digests (user_id, sent_on) values (tests.user_id('ann'), current_date), (tests.user_id('bob'), current_date);
insert into auth.identities (user_id, provider_id, provider, identity_data) select u.id, u.id, 'email', '{}' from auth.users as u where u.email in ('ann@example.test', 'bob@example.test');
create table tests.kept as select tests.user_id('ann') as ann, tests.user_id('cal') as cal, tests.user_id('bob') as bob,
  (select id from public.workspaces where personal_of = tests.user_id('ann')) as anns_own;
grant select on tests.kept to authenticated;

-- every place in the schema where an id occurs, foreign key or not
create function tests.places_of(id uuid) returns setof text
language plpgsql
as $$
declare
  place record;
  hits  bigint;
begin
  for place in
    select format('%I.%I', n.nspname, c.relname) as relation, a.attname as name
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace and n.nspname not in ('pg_catalog', 'information_schema', 'tests')
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.atttypid = 'uuid'::regtype
    where c.relkind in ('r', 'p')
    order by 1, 2
  loop
    execute format('select count(*) from %s where %I = $1', place.relation, place.name) into hits using places_of.id;
    if hits > 0 then
      return next format('%s.%s %s', place.relation, place.name, hits);
    end if;
  end loop;
end
$$;

-- every row that points at nothing, for every foreign key of every schema
create function tests.orphans() returns setof text
language plpgsql
as $$
declare
  key  record;
  hits bigint;
begin
  for key in
    select k.conname, k.conrelid::regclass as child, k.confrelid::regclass as parent,
      string_agg(format('p.%I = c.%I', pa.attname, ca.attname), ' and ') as matching,
      string_agg(format('c.%I is not null', ca.attname), ' and ') as filled
    from pg_constraint as k
    cross join lateral unnest(k.conkey, k.confkey) as pair (child, parent)
    join pg_attribute as ca on ca.attrelid = k.conrelid and ca.attnum = pair.child
    join pg_attribute as pa on pa.attrelid = k.confrelid and pa.attnum = pair.parent
    where k.contype = 'f' and k.conparentid = 0
    group by k.oid, k.conname, k.conrelid, k.confrelid
  loop
    execute format('select count(*) from %s as c where %s and not exists (select from %s as p where %s)',
      key.child, key.filled, key.parent, key.matching) into hits;
    if hits > 0 then
      return next format('%s %s', key.conname, hits);
    end if;
  end loop;
end
$$;
create table tests.before as
  select places.* from tests.kept as k, tests.places_of(k.bob) as places (place);

-- the helpers see what they are meant to see
select cmp_ok((select count(*) from tests.kept as k, tests.places_of(k.ann)), '>=', 10::bigint, 'Ann occurs in many places');
select set_has($$ select split_part(places.place, ' ', 1) from tests.kept as k, tests.places_of(k.ann) as places (place) $$,
  $$ values ('public.profiles.id'), ('public.workspace_members.user_id'), ('public.workspaces.personal_of'), ('public.workspace_invitations.invited_by'),
    ('public.workspace_invitations.accepted_by'), ('public.user_prefs.user_id'), ('dashboard.task_lists.user_id'), ('dashboard.tasks.user_id'),
    ('dashboard.tags.user_id'), ('dashboard.task_tags.user_id'), ('dashboard.goals.user_id'), ('dashboard.milestones.user_id'),
    ('dashboard.projects.user_id'), ('dashboard.time_entries.user_id'), ('auth.identities.user_id') $$, 'of every kind');

-- refused while she is the last admin among others
select tests.act_as('ann');
select throws_ok($$ select public.delete_account() $$, 'PT409', 'A workspace needs an admin.', 'the last admin of others does not delete the account');
select isnt_empty($$ select 1 from public.profiles $$, 'and nothing is deleted');
select is((select count(*) from public.workspaces), 3::bigint, 'not even the workspaces she has alone');
select lives_ok($$ select public.transfer_admin(tests.workspace('team'), k.cal) from tests.kept as k $$, 'she hands the team over');

-- deleted
select lives_ok($$ select public.delete_account() $$, 'then the account is deleted');
select is_empty($$ select 1 from public.profiles $$, 'her token reads nothing any more');
select is(public.current_workspace(), null, 'and her requests have no workspace');
select lives_ok($$ select public.delete_account() $$, 'deleting again changes nothing');
select tests.act_as_owner();
select is_empty($$ select tests.places_of(k.ann) from tests.kept as k $$, 'Ann occurs nowhere, foreign key or not');
select is_empty($$ select tests.places_of(k.anns_own) from tests.kept as k $$, 'nor does her personal workspace');
select is_empty($$ select tests.places_of(tests.workspace('solo')) $$, 'nor the workspace she had alone');
select is_empty($$ select 1 from public.workspace_invitations where email = 'ann@example.test' $$, 'her address went with the invitation she accepted');
select is_empty($$ select tests.orphans() $$, 'no row of any table points at nothing');
select results_eq($$ select m.user_id, m.role from public.workspace_members as m where m.workspace_id = tests.workspace('team') $$,
  $$ select k.cal, 'admin'::public.app_role from tests.kept as k $$, 'the team stays, with its new admin');
select results_eq($$ select i.email, i.invited_by from public.workspace_invitations as i where i.workspace_id = tests.workspace('team') $$,
  $$ values ('x@example.test', null::uuid) $$, 'so does the invitation she sent for it, without her');
select bag_eq($$ select places.* from tests.kept as k, tests.places_of(k.bob) as places (place) $$,
  $$ select * from tests.before $$, 'nothing of the stranger was touched');
select is((select count(*) from public.workspace_invitations where workspace_id = tests.workspace('strangers')), 2::bigint, 'but for the invitation that held her address');

-- the auth service, too, deletes accounts, by the same rules: keep_an_admin and appoint_admin
create function tests.members(label text) returns table (member text, role public.app_role)
language sql
as $$
  select m.display_name, m.role from public.workspace_members as m where m.workspace_id = tests.workspace(label) order by 1
$$;
select tests.create_user(u) from unnest(array['new', 'old']) as u;
insert into public.workspace_members (workspace_id, user_id, role, display_name, created_at)
select tests.workspace('team'), k.bob, 'employee'::public.app_role, 'bob', now() - interval '3 years' from tests.kept as k
union all select tests.workspace('team'), tests.user_id('new'), 'manager', 'new', now() - interval '1 year'
union all select tests.workspace('team'), tests.user_id('old'), 'manager', 'old', now() - interval '2 years'
-- who is chosen is an employee of another workspace, whose admin is the longest-standing member of all
union all select tests.workspace('strangers'), tests.user_id('old'), 'employee', 'old', now();
update public.workspace_members as m set created_at = now() - interval '9 years' from tests.kept as k
where m.workspace_id = tests.workspace('strangers') and m.user_id = k.bob;
select lives_ok($$ delete from auth.users where id = (select cal from tests.kept) $$, 'an operator deletes the last admin of others');
select results_eq($$ select * from tests.members('team') $$,
  $$ values ('bob', 'employee'::public.app_role), ('new', 'manager'), ('old', 'admin') $$,
  'the longest-standing member of the highest role is admin');
select results_eq($$ select * from tests.members('strangers') $$, $$ values ('bob', 'admin'::public.app_role), ('old', 'employee') $$,
  'and nobody of another workspace has another role, not even the new admin');
select lives_ok($$ delete from auth.users where id in (tests.user_id('new'), tests.user_id('old')) $$, 'an operator deletes several members at once');
select results_eq($$ select * from tests.members('team') $$, $$ values ('bob', 'admin'::public.app_role) $$, 'the last one has become admin');
select lives_ok($$ delete from auth.users where id = (select bob from tests.kept) $$, 'the last one there can be deleted');
select is_empty($$ select tests.places_of(k.bob) from tests.kept as k $$, 'and leaves no trace');
select is_empty($$ select tests.places_of(tests.workspace('team')) $$, 'and the workspace goes too');
select is_empty($$ select tests.orphans() $$, 'again no row points at nothing');

-- a personal workspace has no other member who could keep it
select tests.create_user(u) from unnest(array['dan', 'eve']) as u;
insert into tests.kept (ann, anns_own) select w.personal_of, w.id from public.workspaces as w where w.personal_of = tests.user_id('dan');
select throws_ok($$ insert into public.workspace_members (workspace_id, user_id, role, display_name)
  select w.id, tests.user_id('eve'), 'admin', 'eve' from public.workspaces as w where w.personal_of = tests.user_id('dan') $$,
  'PT409', 'A personal workspace has no other members.', 'another admin cannot be added to a personal workspace, not even by its owner in the database');
select lives_ok($$ delete from auth.users where id = tests.user_id('dan') $$, 'the user of a personal workspace can be deleted');
select is_empty($$ select 1 from tests.kept as k join public.workspaces as w on w.id = k.anns_own $$, 'the personal workspace is deleted with the user');
select is_empty($$ select tests.orphans() $$, 'and no row refers to a missing row');

select tests.act_as_anon();
select throws_ok($$ select public.delete_account() $$, '42501', 'permission denied for function delete_account', 'anon has no account to delete');

select * from finish();
rollback;
