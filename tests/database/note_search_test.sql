-- Full-text search over one's own notes.
begin;
select plan(67);

-- arrange: Ann and her colleague Cal share a workspace, Bob is a stranger to both
select tests.create_user(u) from unnest(array['ann', 'bob', 'cal']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'employee', 'ann'), (tests.workspace('team'), tests.user_id('cal'), 'admin', 'cal');
insert into dashboard.notes (user_id, title, content) values (tests.user_id('bob'), 'Zebra', 'zebra of Bob'), (tests.user_id('cal'), 'Zebra', 'zebra of Cal');

select tests.act_as('ann');
insert into dashboard.notes (title, content, type, attendees, archived) values
  ('Dehumidifiers', 'Where they stand. One is lent out.', 'reference', '{}', false),
  ('Pier Street', 'The dehumidifier in the hall was drying all week. Ask the Who about the fires.', 'journal', '{}', false),
  ('Meeting', 'About prices', 'meeting', '{Priya Raman}', false),
  ('Straße in Köln', 'Der Trockner läuft', 'note', '{}', false),
  ('Old plan', 'a dehumidifier, put away', 'plan', '{}', true);
insert into dashboard.tags (name) values ('water'), ('area');
insert into dashboard.note_tags (note_id, tag_id)
select n.id, t.id from dashboard.notes as n, dashboard.tags as t where n.title = 'Pier Street' or n.title = 'Meeting' and t.name = 'area';

-- what is found
select results_eq(format('select title from dashboard.search_notes(%L)', s.query), s.titles, s.name)
from (values
  ('dehumidifier', array['Dehumidifiers', 'Pier Street'], 'a word finds its plural; a match in the title counts most'),
  ('DRIED', array['Pier Street'], 'and its other forms, in any case'),
  ('"drying all week"', array['Pier Street'], 'words in quotation marks stand together'),
  ('"week all drying"', null, 'in this order'),
  ('dehumidifier -hall', array['Dehumidifiers'], 'a word with a minus is not there'),
  ('prices or trockner', array['Meeting', 'Straße in Köln'], 'or means either'),
  ('lent prices', null, 'otherwise every word is there'),
  ('raman', array['Meeting'], 'attendees are found'),
  ('köln', array['Straße in Köln'], 'words of other languages are found as written'),
  ('läuft', array['Straße in Köln'], 'with their accents'),
  ('the who', array['Pier Street'], 'so are words that English leaves out'),
  ('Pier street hall', array['Pier Street'], 'title and text count together'),
  ('zebra', null, 'notes of others are not found'),
  ('!!! ---', null, 'a question without words finds nothing'),
  ('''); drop table dashboard.notes; --', null, 'nor does anything else that is no word'),
  ('& | ! <-> :*', null, 'operators of the engine mean nothing')
) as s (query, titles, name);
select results_eq($$ select title, total from dashboard.search_notes('') $$,
  $$ select title, 4::bigint from dashboard.notes where not archived order by updated_at desc, id desc $$, 'an empty question lists all, last changed first');
select results_eq($$ select count(*) from dashboard.search_notes(null) $$, array[4::bigint], 'and so does none');
select results_eq($$ select count(*) from dashboard.search_notes(repeat('pier ', 100000)) $$, array[1::bigint], 'a question of any length is answered');

-- filters
select results_eq(format('select title from dashboard.search_notes(%s)', s.arguments), s.titles, s.name)
from (values
  ($$ 'dehumidifier', archived => true $$, array['Old plan'], 'archived notes are found when asked for'),
  ($$ 'dehumidifier', archived => null $$, array['Dehumidifiers', 'Old plan', 'Pier Street'], 'alone or with the others'),
  ($$ 'dehumidifier', type => 'journal' $$, array['Pier Street'], 'a type narrows'),
  ($$ 'dehumidifier', type => 'book' $$, null, 'to nothing where there is none'),
  ($$ tag_id => (select id from dashboard.tags where name = 'water') $$, array['Pier Street'], 'a tag narrows'),
  ($$ 'prices', tag_id => (select id from dashboard.tags where name = 'area') $$, array['Meeting'], 'together with words'),
  ($$ 'dehumidifier', tag_id => -1 $$, null, 'an unknown tag finds nothing'),
  ($$ 'dehumidifier', project_id => -1 $$, null, 'nor does an unknown project'),
  ($$ 'dehumidifier', job_id => -1 $$, null, 'or job')
) as s (arguments, titles, name);
select results_eq($$ select tags from dashboard.search_notes('hall') $$, $$ values (array['area', 'water']) $$, 'tags come along');

-- pages
insert into dashboard.notes (title, content) select 'Page ' || g, 'pagination' from generate_series(1, 60) as g;
select results_eq($$ select count(*), min(total) from dashboard.search_notes('pagination') $$, $$ values (20::bigint, 60::bigint) $$, 'a page holds twenty and tells how many there are');
select results_eq($$ select count(*) from dashboard.search_notes('pagination', max_results => 1000) $$, array[50::bigint], 'fifty at most');
select results_eq($$ select count(*) from dashboard.search_notes('pagination', max_results => 0) $$, array[1::bigint], 'one at least');
select results_eq($$ select count(*) from dashboard.search_notes('pagination', max_results => 50, skip => 50) $$, array[10::bigint], 'and the rest is on the next');
select is_empty($$ (select id from dashboard.search_notes('pagination', max_results => 30)) intersect (select id from dashboard.search_notes('pagination', max_results => 30, skip => 30)) $$,
  'no note is on two pages');
select results_eq($$ select count(*) from dashboard.search_notes('pagination', skip => -5) $$, array[20::bigint], 'less than nothing is skipped as nothing');
delete from dashboard.notes where title like 'Page %';

-- slips of the finger
select results_eq($$ select title, fuzzy from dashboard.search_notes('dehumidifyers') $$, $$ values ('Dehumidifiers', true) $$, 'where no word fits, a title spelled alike does');
select results_eq($$ select title, fuzzy from dashboard.search_notes('peer street') $$, $$ values ('Pier Street', true) $$, 'also in the first word');
select results_eq($$ select title, fuzzy from dashboard.search_notes('dehumidifier') limit 1 $$, $$ values ('Dehumidifiers', false) $$, 'where words fit, only they count');
select is_empty($$ select 1 from dashboard.search_notes('dehumidifyers', type => 'book') $$, 'filters hold for it as well');
select is_empty($$ select 1 from dashboard.search_notes('xylophone') $$, 'what resembles nothing finds nothing');
select is_empty(format('select 1 from dashboard.search_notes(%L)', q), 'a query of hyphens finds nothing: ' || left(q, 6))
from unnest(array[repeat('-', 1000), repeat('- ', 500), repeat('-!-(', 250)]) as q;
select is_empty($$ select 1 from dashboard.search_notes('zebras zebrra') $$, 'nor is a title of others guessed');

-- excerpts are safe to show
insert into dashboard.notes (title, content) values (E'<b>Sink</b> & "tap"\ue000', E'x < y <script>alert(1)</script> the faucet & ''drip'' > \ue001 <img src=x onerror=alert(1)> &lt;b&gt; faucets \ue000');
select results_eq($$ select title_html, excerpt_html ~ '<mark>faucet</mark>.*<mark>faucets</mark>',
    regexp_replace(regexp_replace(excerpt_html, '</?mark>', '', 'g'), '&(amp|lt|gt|quot|#39);', '', 'g') !~ '[<>&"'']'
    from dashboard.search_notes('faucet') $$,
  $$ values ('&lt;b&gt;Sink&lt;/b&gt; &amp; &quot;tap&quot;', true, true) $$, 'excerpts mark the matches and hold no other HTML, whatever the text holds');
select results_eq($$ select title_html from dashboard.search_notes('sink') $$, $$ values ('&lt;b&gt;<mark>Sink</mark>&lt;/b&gt; &amp; &quot;tap&quot;') $$, 'titles as well');
insert into dashboard.notes (title, content) values ('Book', repeat('filler ', 5000) || 'the manometer reads low ' || repeat('filler ', 5000));
select matches((select excerpt_html from dashboard.search_notes('manometer')), '<mark>manometer</mark> reads low', 'also deep within a long text');
select matches((select excerpt_html from dashboard.search_notes('manometers')), '<mark>manometer</mark>', 'in another form of the word');

-- a change is found at once
update dashboard.notes set content = 'nothing left' where title = 'Book';
select is_empty($$ select 1 from dashboard.search_notes('manometer') $$, 'what was edited out is found no more');
select results_eq($$ select title from dashboard.search_notes('nothing left') $$, array['Book'], 'and what was written in is');
update dashboard.notes set title = 'Volume' where title = 'Book';
update dashboard.notes set attendees = '{Quentin}' where title = 'Volume';
select results_eq($$ select title from dashboard.search_notes('volume quentin') $$, array['Volume'], 'title and attendees too');
delete from dashboard.notes where title = 'Volume';
select is_empty($$ select 1 from dashboard.search_notes('quentin') $$, 'a deleted note is found no more');

-- acting as a colleague, a stranger and anon
select tests.act_as('cal');
select results_eq($$ select title, excerpt_html from dashboard.search_notes('zebra') $$, $$ values ('Zebra', '<mark>zebra</mark> of Cal') $$, 'a colleague finds their own notes only');
select is_empty($$ select 1 from dashboard.search_notes('dehumidifier', archived => null) $$, 'and none of Ann''s');
select is_empty($$ select 1 from dashboard.search_notes('dehumidifyers') $$, 'not by a slip of the finger either');
select is_empty(format($$ select 1 from dashboard.search_notes('owner %s') $$, tests.user_id('ann')), 'nor by the word that stands for an owner');
select is_empty(format($$ select 1 from dashboard.search_notes('"owner %s"') $$, tests.user_id('ann')), 'however it is quoted');
insert into dashboard.notes (title, content) values ('Trap', 'owner ' || tests.user_id('bob') || ' zebra');
select tests.act_as('bob');
select results_eq($$ select title from dashboard.search_notes('zebra') $$, array['Zebra'], 'nobody can put a note among those of another');
select tests.act_as_anon();
select throws_ok($$ select 1 from dashboard.search_notes('zebra') $$, '42501', 'permission denied for function search_notes', 'anon calls nothing');
select tests.act_as_service();
select throws_ok($$ select 1 from dashboard.search_notes('zebra') $$, '42501', 'permission denied for function search_notes', 'nor does the service, which owns no notes');

-- the function that reads above row level security finds what the policy shows, and only that
select tests.act_as_owner();
insert into dashboard.notes (user_id, title, content, archived)
select tests.user_id(u), 'Shared ' || g, 'quokka', g % 2 = 0 from unnest(array['ann', 'bob', 'cal']) as u, generate_series(1, 10) as g;
create function pg_temp.found_as_definer(query text) returns setof bigint language sql security definer set search_path = '' as $$
  select s.note_id from private.search_notes(found_as_definer.query, null, null, null, null, null, 50, 0) as s
$$;
grant execute on function pg_temp.found_as_definer(text) to authenticated;
select tests.act_as('ann');
select bag_eq($$ select pg_temp.found_as_definer('quokka') $$, $$ select id from dashboard.notes where content = 'quokka' $$,
  'ann is told of exactly the notes that the policy shows');
select bag_eq($$ select pg_temp.found_as_definer('sharrd') $$, $$ select id from dashboard.notes where content = 'quokka' $$,
  'and of no others by a slip of the finger');
select tests.act_as('bob');
select bag_eq($$ select pg_temp.found_as_definer('quokka') $$, $$ select id from dashboard.notes where content = 'quokka' $$,
  'bob is told of exactly the notes that the policy shows');
select bag_eq($$ select pg_temp.found_as_definer('sharrd') $$, $$ select id from dashboard.notes where content = 'quokka' $$,
  'and of no others by a slip of the finger');
select tests.act_as('cal');
select bag_eq($$ select pg_temp.found_as_definer('quokka') $$, $$ select id from dashboard.notes where content = 'quokka' $$,
  'cal is told of exactly the notes that the policy shows');
select bag_eq($$ select pg_temp.found_as_definer('sharrd') $$, $$ select id from dashboard.notes where content = 'quokka' $$,
  'and of no others by a slip of the finger');
select tests.act_as_owner();
select results_eq($$ select count(*) from private.note_search $$, $$ select count(*) from dashboard.notes $$, 'every note has its words, and nothing else has');

select * from finish();
rollback;
