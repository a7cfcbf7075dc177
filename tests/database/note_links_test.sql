-- Links between notes: what counts as one, where it leads, what leads back, and that nobody learns of others by it.
begin;
select plan(46);

-- arrange: Ann and her colleague Cal share a workspace, Bob is a stranger to both
select tests.create_user(u) from unnest(array['ann', 'bob', 'cal']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'employee', 'ann'), (tests.workspace('team'), tests.user_id('cal'), 'admin', 'cal');
insert into dashboard.notes (id, user_id, title, content) values
  (9301, tests.user_id('bob'), 'Kitchen', ''), (9302, tests.user_id('bob'), 'Bob''s', 'see [[Kitchen]] and [[Secret plan]]'),
  (9303, tests.user_id('bob'), 'Secret plan', '');
create function pg_temp.links(title text) returns table (type text, target text, leads_to bigint) language sql as $$
  select l.target_type, l.target_title, dashboard.target_note_id(l)
  from dashboard.note_links as l join dashboard.notes as n on n.id = l.note_id where n.title = links.title order by 1, 2
$$;
grant execute on function pg_temp.links(text) to authenticated;

-- what counts as a link
select is((select string_agg(t.token, '' order by t.place) from private.note_tokens(c.content) as t), c.content, 'cut into tokens and joined, nothing is lost: ' || c.name)
from (values ('links', 'a [[B|c]] d'), ('brackets', '[[[a]] [b]] ]] [['), ('code', E'`[[a]]` ```\n[[b]]\n``` ` [[c]]'), ('an open fence', '``` [[a]]'),
  ('tildes', E'~~~\n[[a]] ~~b~~\n~~~~ [[c]] ~~~\n~~~ [[d]]'),
  ('line breaks', E'[[a\nb]]\n\n[[c]]'), ('characters beyond ASCII', '日本 [[Küche|🎉]] x')) as c (name, content);
select tests.act_as('ann');
insert into dashboard.notes (title, content) values ('Grammar', E'[[One]] [[ Two  words |two]] [[job:202601-001-mit]] [[JOB: X-1|the job]] ![[Embedded]] [[one|again]]\n'
  '``[[twice]] ` [[ticked]]`` a ~~~ [[Tilde]] ~~~\n~~~\n[[ ~~fenced~~ ]]\n~~~\n'
  '`[[code]]` ```sh\n[[ -f fence ]]\n``` [[]] [[ ]] [[|label]] [[a\nb]] [[a]b]] [single] [[Job: kitchen fire]] [[C#]] ```\n[[unclosed fence]]');
select results_eq($$ select type, target from pg_temp.links('Grammar') $$,
  $$ values ('job', '202601-001-mit'), ('job', 'X-1'), ('note', 'C#'), ('note', 'Embedded'), ('note', 'Job: kitchen fire'), ('note', 'One'), ('note', 'Tilde'), ('note', 'Two words') $$,
  'a link is written in double brackets, with a label or without, and never within code');
select results_eq($$ select target_key from dashboard.note_links where target_type = 'job' order by 1 $$, array['202601-001-MIT', 'X-1'],
  'job numbers are compared in capitals');
delete from dashboard.notes where title = 'Grammar';
select is_empty($$ select 1 from dashboard.note_links $$, 'links leave with their note');

-- where a link leads
insert into dashboard.notes (title, content) values ('Journal', 'Saw the [[kitchen]], [[KITCHEN|again]], the [[Attic]] and [[Secret plan]]; [[journal]] ends');
select results_eq($$ select target, leads_to from pg_temp.links('Journal') $$,
  $$ values ('Attic', null::bigint), ('Secret plan', null), ('kitchen', null) $$,
  'a link is kept once, also where nothing of that title is; links to itself and notes of strangers do not count');
insert into dashboard.notes (title) values ('Kitchen');
select results_eq($$ select target, leads_to = (select id from dashboard.notes where title = 'Kitchen') from pg_temp.links('Journal') where leads_to is not null $$,
  $$ values ('kitchen', true) $$, 'it leads to a note as soon as there is one, whatever the case');
insert into dashboard.notes (title) values ('KITCHEN ');
select results_eq($$ select n.title from pg_temp.links('Journal') as l join dashboard.notes as n on n.id = l.leads_to $$, array['Kitchen'],
  'to the oldest of several with one title');
select results_eq($$ select n.title from dashboard.notes as j join dashboard.note_links as l on l.note_id = j.id, dashboard.target_note(l) as n where j.title = 'Journal' $$,
  array['Kitchen'], 'and can be embedded');
delete from dashboard.notes where title = 'Kitchen';
select results_eq($$ select n.title from pg_temp.links('Journal') as l join dashboard.notes as n on n.id = l.leads_to $$, array['KITCHEN '],
  'when that one goes, to the next');
delete from dashboard.notes where title = 'KITCHEN ';
select is_empty($$ select 1 from pg_temp.links('Journal') where leads_to is not null $$, 'and when no one is left, nowhere');
insert into dashboard.notes (title) values ('Cellar');
update dashboard.notes set title = 'The  attic' where title = 'Cellar';
select is_empty($$ select 1 from pg_temp.links('Journal') where leads_to is not null $$, 'another title is another title');
update dashboard.notes set title = 'attic' where title = 'The  attic';
select results_eq($$ select target from pg_temp.links('Journal') where leads_to is not null $$, array['Attic'], 'a renamed note resolves a link as well');
insert into dashboard.notes (title) values (E'Ku\u0308che | [Plan]');
insert into dashboard.notes (title, content) values ('Accents', E'[[k\u00fcche plan]]');
select isnt_empty($$ select 1 from pg_temp.links('Accents') where leads_to is not null $$,
  'titles are linked without their brackets and bars, in any form of Unicode');
insert into dashboard.notes (title) values ('job:77');
insert into dashboard.notes (title, content) values ('Disguise', '[[job 77]] [[job:77]]');
select results_eq($$ select type, target, leads_to is not null from pg_temp.links('Disguise') $$,
  $$ values ('job', '77', false), ('note', 'job 77', true) $$, 'a title in the form of a job number is linked without its colon');

-- what is written is what counts
update dashboard.notes set content = 'Only the [[ATTIC]] is left' where title = 'Journal';
select results_eq($$ select target from pg_temp.links('Journal') $$, array['ATTIC'], 'links follow the text, in its spelling');
update dashboard.notes set content = 'Nothing' where title = 'Journal';
select is_empty($$ select 1 from pg_temp.links('Journal') $$, 'and go when they are edited out');
update dashboard.notes set content = '[[Journal]] [[Diary]]' where title = 'Journal';
update dashboard.notes set title = 'Diary', content = content || ' of days' where title = 'Journal';
select results_eq($$ select target from pg_temp.links('Diary') $$, array['Journal'], 'a note that takes a title it linked to does not link to itself');
select throws_ok($$ insert into dashboard.notes (title, content) select 'Index', string_agg('[[Page ' || g || ']]', ' ') from generate_series(1, 501) as g $$,
  '22023', 'A note can have at most 500 link targets.', 'links of a note are bounded');
select lives_ok($$ insert into dashboard.notes (title, content) select 'Index', string_agg('[[Page ' || g % 500 || ']]', ' ') from generate_series(1, 2000) as g $$,
  'five hundred are allowed, each as often as you like');
select throws_ok($$ update dashboard.notes set content = content || '[[One more]]' where title = 'Index' $$,
  '22023', 'A note can have at most 500 link targets.', 'and not one more by an edit');
insert into dashboard.notes (title, content) values ('Long', '[[' || repeat('x', 501) || ']] [[' || repeat('y', 500) || ']]');
select results_eq($$ select target from pg_temp.links('Long') $$, array[repeat('y', 500)], 'what is longer than a title can be is no link');

-- what leads back
delete from dashboard.notes;
insert into dashboard.notes (title) values ('Kitchen');
insert into dashboard.notes (title, content) values
  ('Short', 'In the [[kitchen]] now'),
  ('Far', repeat('word ', 100) || E'before\n the [[Kitchen|room\twith a stove]] after ' || repeat('word ', 100) || '[[kitchen]]');
select results_eq($$ select s.title, dashboard.snippet(l) from dashboard.notes as n, dashboard.backlinks(n) as l join dashboard.notes as s on s.id = l.note_id
    where n.title = 'Kitchen' order by 1 $$,
  $$ values ('Far', '…rd word word word word word word word word word word word word word before the [[Kitchen|room with a stove]] after word word word word word word word word word word word word word word wor…'),
    ('Short', 'In the [[kitchen]] now') $$, 'a note tells who links to it, with the words around the first link');
insert into dashboard.notes (title) values ('kitchen');
select results_eq($$ select n.title from dashboard.notes as n, dashboard.backlinks(n) $$, array['Kitchen', 'Kitchen'],
  'of two notes with one title only the one that links lead to');

-- jobs: those of the owner's workspaces, and no others
select tests.act_as_owner();
insert into public.workspaces (id, name) values (tests.workspace('second'), 'Second'), (tests.workspace('others'), 'Others');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('second'), tests.user_id('cal'), 'admin', 'cal'), (tests.workspace('second'), tests.user_id('ann'), 'employee', 'ann'),
  (tests.workspace('others'), tests.user_id('bob'), 'admin', 'bob');
update public.profiles set active_workspace_id = tests.workspace('team') where id = tests.user_id('ann');
insert into business.jobs (id, workspace_id, job_number) values (9101, tests.workspace('second'), '202601-001-MIT'),
  (9102, tests.workspace('team'), '202601-001-MIT'), (9103, tests.workspace('second'), 'old-7'), (9301, tests.workspace('others'), '202601-099-MIT');
select tests.act_as('ann');
insert into dashboard.notes (title, content) values ('Jobs', '[[job:202601-001-mit]] [[job:old-7]] [[job:202601-099-MIT]] [[job:none]] [[202601-001-MIT]]');
create function pg_temp.jobs() returns table (target text, job_id bigint) language sql as $$
  select l.target_title, j.id from dashboard.note_links as l join dashboard.notes as n on n.id = l.note_id left join lateral dashboard.target_job(l) as j on true
  where n.title = 'Jobs' order by 1
$$;
select results_eq('select * from pg_temp.jobs()',
  $$ values ('202601-001-MIT', null::bigint), ('202601-001-mit', 9102), ('202601-099-MIT', null), ('none', null), ('old-7', null) $$,
  'a job link leads to a job of the workspace of the request; a job of any other workspace is not shown');
do $$ begin perform public.switch_workspace(tests.workspace('second')); end $$;
select results_eq($$ select target, job_id from pg_temp.jobs() where target in ('202601-001-mit', 'old-7') $$, $$ values ('202601-001-mit', 9101::bigint), ('old-7', 9103) $$,
  'in another workspace, to the jobs there');
select tests.act_as_service();
select results_eq($$ select target_title, (select j.id from dashboard.target_job(l) as j) from dashboard.note_links as l where target_key = '202601-099-MIT' $$,
  $$ values ('202601-099-MIT', null::bigint) $$, 'the service is shown what the owner may see, not what it may see itself');
select tests.act_as('ann');
do $$ begin perform public.leave_workspace(tests.workspace('second')); end $$;
select results_eq($$ select job_id from pg_temp.jobs() where target = 'old-7' $$, array[null::bigint], 'who leaves a workspace sees its jobs no more');
delete from dashboard.notes where title = 'Jobs';

-- people write no links
select throws_ok(s.statement, '42501', 'permission denied for table note_links', 'an owner ' || s.name || ' by hand')
from (values ($$ insert into dashboard.note_links (user_id, note_id, target_type, target_key, target_title) select user_id, id, 'note', 'x', 'x' from dashboard.notes limit 1 $$, 'adds no link'),
  ($$ update dashboard.note_links set target_title = 'x' $$, 'changes none'), ('delete from dashboard.note_links', 'removes none')) as s (statement, name);

-- acting as a colleague, a stranger and anon
select tests.act_as('cal');
select is_empty($$ select 1 from dashboard.note_links $$, 'a colleague reads no links');
insert into dashboard.notes (title, content) values ('Cal''s', '[[Kitchen]] [[Short]]');
select is_empty($$ select 1 from pg_temp.links('Cal''s') where leads_to is not null $$, 'and theirs lead to no note of others');
select tests.act_as('bob');
select results_eq($$ select target, leads_to from pg_temp.links('Bob''s') $$, $$ values ('Kitchen', 9301::bigint), ('Secret plan', 9303) $$,
  'a stranger''s links lead to their own notes');
select results_eq($$ select count(*) from dashboard.notes as n, dashboard.backlinks(n) where n.title = 'Kitchen' $$, array[1::bigint], 'and come from them');
select is_empty($$ select dashboard.target_note_id(l) from (select tests.user_id('ann') as user_id) as a,
  lateral (select (row(a.user_id, 1, 'note', 'kitchen', 'Kitchen', now())::dashboard.note_links).*) as l where dashboard.target_note_id(row(a.user_id, 1, 'note', 'kitchen', 'Kitchen', now())::dashboard.note_links) is not null $$,
  'a made-up link tells nothing of others');
select tests.act_as_anon();
select throws_ok($$ select 1 from dashboard.note_links $$, '42501', 'permission denied for table note_links', 'anon is refused by grants');

-- the service
select tests.act_as_service();
select throws_ok($$ update dashboard.note_links set user_id = tests.user_id('bob') where user_id = tests.user_id('ann') $$, 'PT409',
  'A row of dashboard.note_links cannot change its owner.', 'not even the service moves a link to another user');
select throws_ok($$ update dashboard.note_links set target_type = 'person' $$, '23514',
  'new row for relation "note_links" violates check constraint "note_links_target_type_allowed"', 'a link leads to a note or a job');
select throws_ok($$ update dashboard.note_links set target_key = repeat('x', 1001) $$, '23514',
  'new row for relation "note_links" violates check constraint "note_links_target_key_length"', 'a key is bounded');
select throws_ok($$ update dashboard.note_links set target_title = '' $$, '23514',
  'new row for relation "note_links" violates check constraint "note_links_target_title_length"', 'a title is not empty');

select * from finish();
rollback;
