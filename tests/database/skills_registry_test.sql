-- Skills: who sees one that is switched off, in whose name one is added, versions, and which of them are listed.
begin;
select plan(20);
select tests.create_team('harbor', 'ann admin', 'mia manager', 'eve employee');
select tests.create_team('elsewhere', 'zoe admin');
insert into public.skills_registry (workspace_id, name, version, description, enabled, created_by) values
  (null, 'summarize', 1, 'global', true, null), (null, 'translate', 1, 'global', true, null), (null, 'global and off', 1, '', false, null),
  (tests.workspace('harbor'), 'summarize', 1, 'first', true, null), (tests.workspace('harbor'), 'summarize', 2, 'second', true, null),
  (tests.workspace('harbor'), 'summarize', 3, 'third', false, null), (tests.workspace('elsewhere'), 'summarize', 7, 'foreign', true, null);

-- reading
select is(tests.answer(p.name, $$ select from public.skills_registry where description = 'second' $$), p.rows,
  format('%s sees %s of a skill of the workspace', p.name, p.rows))
from (values ('ann', '1 rows'), ('mia', '1 rows'), ('eve', '1 rows'), ('zoe', '0 rows')) as p (name, rows);
select is(tests.answer(p.name, $$ select from public.skills_registry where description = 'third' $$), p.rows,
  format('%s sees %s of one that is switched off', p.name, p.rows))
from (values ('ann', '1 rows'), ('mia', '0 rows'), ('eve', '0 rows'), ('zoe', '0 rows')) as p (name, rows);
select is(tests.answer(p.name, $$ select from public.skills_registry where name = 'global and off' $$), '0 rows',
  format('%s does not see a global one that is switched off', p.name))
from (values ('ann'), ('eve')) as p (name);

-- adding and editing
create function pg_temp.add(author text, workspace uuid default tests.workspace('harbor')) returns text language sql as $$
  select format('insert into public.skills_registry (workspace_id, name, created_by) values (%L, ''new'', %L)', add.workspace, tests.user_id(add.author)) $$;
select is(tests.answer('ann', pg_temp.add('ann')), '1 rows', 'an admin adds a skill');
select is(tests.answer('ann', pg_temp.add('eve')), '42501 new row violates row-level security policy for table "skills_registry"',
  'not in the name of somebody else');
select is(tests.answer('ann', pg_temp.add(null)), '42501 new row violates row-level security policy for table "skills_registry"',
  'nor in the name of nobody');
select is(tests.answer('ann', pg_temp.add('ann', null)), '42501 new row violates row-level security policy for table "skills_registry"',
  'a global skill is not added by users');
select is(tests.answer('mia', pg_temp.add('mia')), '42501 new row violates row-level security policy for table "skills_registry"',
  'a manager adds none');
select is(tests.answer('ann', $$ update public.skills_registry set enabled = false where workspace_id is null $$), '0 rows',
  'a global skill is not switched off by an admin');

-- versions
select tests.act_as('ann');
insert into public.skills_registry (workspace_id, name, created_by) values (tests.workspace('harbor'), 'summarize', tests.user_id('ann'));
insert into public.skills_registry (workspace_id, name, created_by) values (tests.workspace('harbor'), 'fresh', tests.user_id('ann'));
select tests.act_as_owner();
select results_eq($$ select name, version from public.skills_registry where created_by = tests.user_id('ann') order by name $$,
  $$ values ('fresh', 1), ('summarize', 4) $$, 'the version of a new skill follows those of its name in the workspace');
delete from public.skills_registry where created_by = tests.user_id('ann');

-- the list
select tests.act_as('ann');
select results_eq('select name, description from public.list_skills() order by name',
  $$ values ('summarize', 'second'), ('translate', 'global') $$,
  'the list has the latest version that is switched on, that of the workspace before the global one');
select tests.act_as('zoe');
select results_eq('select name, description from public.list_skills() order by name',
  $$ values ('summarize', 'foreign'), ('translate', 'global') $$, 'each workspace has a list of its own');

select tests.act_as_owner();
select is((select count(*) from public.skills_registry), 7::bigint, 'refusals changed nothing');
select * from finish();
rollback;
