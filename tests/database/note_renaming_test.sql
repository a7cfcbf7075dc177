-- Renaming a note takes the links along that led to it, and no others.
begin;
select plan(21);

select tests.create_user('ann');
select tests.create_user('bob');
insert into dashboard.notes (user_id, title, content) values (tests.user_id('bob'), 'Bob''s', 'see [[Kitchen]]'),
  -- older notes of a stranger, with the titles before and after
  (tests.user_id('bob'), 'Kitchen', 'Bob''s kitchen'), (tests.user_id('bob'), 'Galley', 'Bob''s galley');
create function pg_temp.content(title text) returns text language sql as $$ select n.content from dashboard.notes as n where n.title = content.title $$;
grant execute on function pg_temp.content(text) to authenticated, service_role;

select tests.act_as('ann');
insert into dashboard.notes (title, content) values ('Kitchen', 'Part of [[Kitchen|this]] house');
insert into dashboard.notes (title, content) values
  ('Journal', 'Saw [[kitchen]], then [[ KITCHEN |the room]], then [[Bath]]; `[[Kitchen]]` stays code'), ('Other', '[[Bath]]');
update dashboard.notes set title = 'Galley' where title = 'Kitchen';
select is(pg_temp.content('Journal'), 'Saw [[Galley]], then [[Galley|the room]], then [[Bath]]; `[[Kitchen]]` stays code',
  'links are rewritten in every spelling; labels, other links and code stay');
select is(pg_temp.content('Galley'), 'Part of [[Galley|this]] house', 'a note''s links to itself follow as well');
select is(pg_temp.content('Other'), '[[Bath]]', 'a note without such a link is left alone');
select results_eq($$ select l.target_title, dashboard.target_note_id(l) = (select id from dashboard.notes where title = 'Galley')
    from dashboard.note_links as l join dashboard.notes as n on n.id = l.note_id where n.title = 'Journal' order by 1 $$,
  $$ values ('Bath', null::boolean), ('Galley', true) $$, 'the stored links say the same as the text');
update dashboard.notes set title = 'GALLEY' where title = 'Galley';
select matches(pg_temp.content('Journal'), '\[\[GALLEY\]\]', 'another spelling is taken over too');
update dashboard.notes set title = 'Galley [new] | ship' where title = 'GALLEY';
select matches(pg_temp.content('Journal'), 'Saw \[\[Galley new ship\]\], then \[\[Galley new ship\|the room\]\]',
  'brackets and bars of a title are left out of its links');
update dashboard.notes set title = 'Galley', content = 'Was [[Galley new ship]] once' where title = 'Galley [new] | ship';
select is(pg_temp.content('Galley'), 'Was [[Galley new ship]] once', 'a text that comes with the new title stays as it was sent');
select matches(pg_temp.content('Journal'), 'Saw \[\[Galley\]\]', 'while the texts of others follow');

-- several notes with one title
insert into dashboard.notes (title) values ('galley');
update dashboard.notes set title = 'Younger' where title = 'galley';
select matches(pg_temp.content('Journal'), 'Saw \[\[Galley\]\]', 'links stay when a younger note of the title is renamed, since they led to the older');
insert into dashboard.notes (title) values ('galley');
update dashboard.notes set title = 'Older' where title = 'Galley';
select matches(pg_temp.content('Journal'), 'Saw \[\[Older\]\]', 'and follow the older one away from a younger');
insert into dashboard.notes (title, content) values ('Links to Younger', '[[Younger]]');
update dashboard.notes set title = 'Journal' where title = 'Younger';
select is(pg_temp.content('Links to Younger'), '[[Younger]]', 'a title that belongs to an older note is not written: the links would lead there');
update dashboard.notes set title = 'Younger' where title = 'Journal' and content = '';
select ok((select dashboard.target_note_id(l) is not null from dashboard.note_links as l where l.target_key = 'younger'), 'so that renaming back mends them');

-- several at once
delete from dashboard.notes;
insert into dashboard.notes (title) values ('A'), ('B');
insert into dashboard.notes (title, content) values ('Both', '[[A]] [[B]] [[C]]');
update dashboard.notes set title = case title when 'A' then 'B' else 'A' end where title in ('A', 'B');
select is(pg_temp.content('Both'), '[[B]] [[A]] [[C]]', 'two notes that change titles in one statement change their links');
insert into dashboard.notes (title, content) values ('Twin', 'elder'), ('Twin', 'younger'), ('Sees twins', '[[twin]]');
update dashboard.notes set title = 'Twin ' || content where title = 'Twin';
select is(pg_temp.content('Sees twins'), '[[Twin elder]]', 'of two renamed notes of one title the older one takes the links along');
update dashboard.notes set title = title where title = 'A';
update dashboard.notes set is_pinned = true;
select is(pg_temp.content('Both'), '[[B]] [[A]] [[C]]', 'other changes rewrite nothing');

-- bounds
insert into dashboard.notes (title) values ('Hub');
insert into dashboard.notes (title, content) select 'Spoke ' || g, '[[hub]]' from generate_series(1, 1000) as g;
update dashboard.notes set title = 'Center' where title = 'Hub';
select results_eq($$ select count(*) from dashboard.notes where content = '[[Center]]' $$, array[1000::bigint], 'a thousand notes follow');
insert into dashboard.notes (title, content) values ('One more', '[[Center]]');
select throws_ok($$ update dashboard.notes set title = 'Hub' where title = 'Center' $$, 'PT409', 'More than 1000 notes link to this title.',
  'more are refused rather than left behind');
select results_eq($$ select count(*) from dashboard.notes where title = 'Center' or content = '[[Center]]' $$, array[1002::bigint], 'and nothing has changed');

-- nobody else's notes, whoever renames
select tests.act_as_service();
update dashboard.notes set title = 'Kitchen' where title = 'A' and user_id = tests.user_id('ann');
update dashboard.notes set title = 'Cellar' where title = 'Kitchen' and user_id = tests.user_id('ann');
select is(pg_temp.content('Bob''s'), 'see [[Kitchen]]', 'a stranger''s link to a title of the same name stays');
select matches(pg_temp.content('Both'), 'Cellar', 'the service renames like the owner');

-- an import that renames notes of several users at once
select tests.act_as_owner();
insert into dashboard.notes (user_id, title, content) values (tests.user_id('ann'), 'Common', ''), (tests.user_id('bob'), 'Common', ''),
  (tests.user_id('ann'), 'Ann sees', '[[Common]]'), (tests.user_id('bob'), 'Bob sees', '[[Common]]');
update dashboard.notes set title = 'Shared' where title = 'Common';
select results_eq($$ select pg_temp.content('Ann sees'), pg_temp.content('Bob sees') $$, $$ values ('[[Shared]]', '[[Shared]]') $$,
  'the links of each of them follow their own note');

select * from finish();
rollback;
