-- Notes: who may see and write them, what a row may hold, and what the database writes of them.
begin;
select plan(78);

-- arrange: Ann and her colleague Cal share a workspace, Bob is a stranger to both
select tests.create_user(u) from unnest(array['ann', 'bob', 'cal']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'employee', 'ann'), (tests.workspace('team'), tests.user_id('cal'), 'admin', 'cal');
insert into dashboard.notes (id, user_id, title, content) values (9101, tests.user_id('bob'), 'Bob''s note', 'of Bob');
insert into dashboard.projects (id, user_id, name) values (9101, tests.user_id('ann'), 'Ann''s'), (9301, tests.user_id('bob'), 'Bob''s');
insert into public.workspaces (id, name) values (tests.workspace('others'), 'Others');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values (tests.workspace('others'), tests.user_id('bob'), 'admin', 'bob');
insert into business.jobs (id, workspace_id) values (9101, tests.workspace('team')), (9301, tests.workspace('others'));

-- acting as the owner
select tests.act_as('ann');
select results_eq(
  $$ insert into dashboard.notes (title) values ('Moisture log')
     returning user_id, project_id, job_id, content, type, attendees, word_count, is_favorite, is_pinned, archived $$,
  $$ values (tests.user_id('ann'), null::bigint, null::bigint, '', 'note', '{}'::text[], 0, false, false, false) $$,
  'a note needs a title only and belongs to the caller');
select results_eq(
  $$ insert into dashboard.notes (user_id, title, content, type, source_url, audio_url, duration_seconds, meeting_date, attendees,
       is_favorite, is_pinned, archived)
     values (tests.user_id('ann'), 'All of it', 'one two', 'meeting', 'https://example.com/a?b=c', 'voice/2026/memo 1.m4a', 90,
       '2026-03-01 09:00+00', '{Kim,Lee}', true, true, true)
     returning type, duration_seconds, attendees, word_count $$,
  $$ values ('meeting', 90, '{Kim,Lee}'::text[], 2) $$, 'every field of a note can be given');
select results_eq(
  $$ insert into dashboard.notes (title, content, attendees) values ('Nulls', null, null) returning content, attendees, word_count $$,
  $$ values ('', '{}'::text[], 0) $$, 'an explicit null of a form means that there is none');
select results_eq($$ update dashboard.notes set content = null, attendees = null where title = 'All of it' returning content, attendees, word_count $$,
  $$ values ('', '{}'::text[], 0) $$, 'also when a note is changed');
select results_eq($$ update dashboard.notes set title = 'Moisture readings' where title = 'Moisture log' returning title, title_key $$,
  $$ values ('Moisture readings', 'moisture readings') $$, 'an owner edits');

-- words are counted in any language
insert into dashboard.notes (title, content) values ('Words', 'x');
select results_eq(format('update dashboard.notes set content = %L where title = %L returning word_count', w.content, 'Words'),
  array[w.words], format('%s: %s words', w.name, w.words))
from (values
  ('nothing', '', 0), ('spaces, a tab and a line break', E' \t\n ', 0), ('spaces beyond ASCII', E'\u00a0\u3000\u2003', 0),
  ('one letter', 'a', 1), ('accents', 'naïve café', 2), ('an apostrophe and a hyphen', 'don''t over-dry', 2),
  ('a lone dash', 'kitchen – hall', 2), ('Markdown', E'# Title\n- [ ] buy **two** fans', 4), ('Cyrillic', 'привет, мир', 2),
  ('Japanese', '日本語', 3), ('Latin next to Chinese', 'x日本', 3), ('Korean', '한국어 단어', 2), ('emoji alone', '🎉 👍', 0),
  ('emoji at a word', 'done🎉', 1), ('numbers', '3.14 and $5', 3), ('a link', '[[Moisture readings|log]]', 2),
  ('no-break space', E'a\u00a0b', 2), ('punctuation', '… !! --', 0)
) as w (name, content, words);

-- links to a project of the owner and to a job the owner may see; a foreign id looks exactly like a missing one
select results_eq($$ insert into dashboard.notes (title, project_id, job_id) values ('Linked', 9101, 9101) returning project_id, job_id $$,
  $$ values (9101::bigint, 9101::bigint) $$, 'a note may belong to a project and a job');
select throws_ok(format(s.statement, s.id), '23503', format('insert or update on table "notes" violates foreign key constraint "notes_%s_id_fkey"', s.target), s.name || ' ' || s.id)
from (values
  ('insert into dashboard.notes (title, project_id) values (''x'', %s)', 'project', 'a note cannot enter a stranger''s project', 9301),
  ('insert into dashboard.notes (title, project_id) values (''x'', %s)', 'project', 'nor a missing one', 99999999),
  ('update dashboard.notes set project_id = %s', 'project', 'nor be moved there', 9301),
  ('insert into dashboard.notes (title, job_id) values (''x'', %s)', 'job', 'a note is not about a job of others', 9301),
  ('insert into dashboard.notes (title, job_id) values (''x'', %s)', 'job', 'nor about a missing one', 99999999),
  ('update dashboard.notes set job_id = %s', 'job', 'nor put to one', 9301)
) as s (statement, target, name, id);

-- columns that only the database writes
select throws_ok(format('insert into dashboard.notes (title, %I) values (%L, null)', c, 'x'), '42501',
  'permission denied for table notes', 'a caller does not choose ' || c || ' of a new note')
from unnest(array['id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update dashboard.notes set %I = null', c), '42501',
  'permission denied for table notes', 'a caller does not change ' || c)
from unnest(array['id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update dashboard.notes set %I = null', c), '428C9', format('column "%s" can only be updated to DEFAULT', c), c || ' follows from the rest')
from unnest(array['title_key', 'word_count']) as c;
select throws_ok($$ insert into dashboard.notes (user_id, title) values (tests.user_id('bob'), 'x') $$, '42501',
  'new row violates row-level security policy for table "notes"', 'a note cannot be added for someone else');

-- every named check has a value that fails it by name
select throws_ok(v.statement, '23514', format('new row for relation "notes" violates check constraint "%s"', v.name), v.rule)
from (values
  ($$ insert into dashboard.notes (title) values ('') $$, 'notes_title_length', 'a title is not empty'),
  ($$ insert into dashboard.notes (title) values ('   ') $$, 'notes_title_length', 'nor blank'),
  ($$ insert into dashboard.notes (title) values (repeat('x', 501)) $$, 'notes_title_length', 'a title ends at 500 characters'),
  ($$ insert into dashboard.notes (title, content) values ('x', repeat('x', 150001)) $$, 'notes_content_length', 'a content is bounded'),
  ($$ insert into dashboard.notes (title, type) values ('x', 'memo') $$, 'notes_type_allowed', 'a type is one of eleven words'),
  ($$ insert into dashboard.notes (title, source_url) values ('x', 'javascript:alert(1)') $$, 'notes_source_url_format', 'a source is a web page'),
  ($$ insert into dashboard.notes (title, source_url) values ('x', 'https://' || repeat('x', 2000)) $$, 'notes_source_url_format', 'of a bounded address'),
  ($$ insert into dashboard.notes (title, audio_url) values ('x', 'data:audio/mp3,x') $$, 'notes_audio_url_format', 'a recording is an address or a path'),
  ($$ insert into dashboard.notes (title, audio_url) values ('x', repeat('x', 2001)) $$, 'notes_audio_url_format', 'of bounded length'),
  ($$ insert into dashboard.notes (title, duration_seconds) values ('x', -1) $$, 'notes_duration_seconds_range', 'a recording has a length'),
  ($$ insert into dashboard.notes (title, duration_seconds) values ('x', 1000001) $$, 'notes_duration_seconds_range', 'within reason'),
  ($$ insert into dashboard.notes (title, meeting_date) values ('x', 'infinity') $$, 'notes_meeting_date_range', 'a meeting comes'),
  ($$ insert into dashboard.notes (title, meeting_date) values ('x', '1899-12-31 00:00+00') $$, 'notes_meeting_date_range', 'and is within reason'),
  ($$ insert into dashboard.notes (title, attendees) values ('x', array_fill('a'::text, array[101])) $$, 'notes_attendees_bounded', 'attendees are at most a hundred'),
  ($$ insert into dashboard.notes (title, attendees) values ('x', array[repeat('a', 5001)]) $$, 'notes_attendees_bounded', 'of bounded names'),
  ($$ insert into dashboard.notes (title, attendees) values ('x', '{Kim,NULL}') $$, 'notes_attendees_bounded', 'an attendee is not null'),
  ($$ insert into dashboard.notes (title, attendees) values ('x', '{""}') $$, 'notes_attendees_bounded', 'an attendee has a name'),
  ($$ insert into dashboard.notes (title, attendees) values ('x', '{{a},{b}}') $$, 'notes_attendees_bounded', 'attendees are a plain list')
) as v (statement, name, rule);
select lives_ok($$ insert into dashboard.notes (title, content, duration_seconds, attendees)
  values (repeat('x', 500), repeat('x', 150000), 1000000, array_fill('a'::text, array[100])) $$, 'the bounds themselves are allowed');
-- hyphenated words of four-byte letters fill a search vector as nothing else does
select lives_ok($$ insert into dashboard.notes (title, content)
  select 'Dense', left(string_agg(chr(97 + g % 26) || '-' || chr(131072 + g % 5000) || chr(131072 + g / 5000), ' '), 150000)
  from generate_series(1, 50000) as g $$, 'even the densest text of that length can be searched');
select lives_ok($$ insert into dashboard.notes (title, type) select 'of type ' || t, t
  from unnest(array['note', 'journal', 'meeting', 'web_clip', 'idea', 'reference', 'voice_note', 'book', 'lecture', 'plan', 'recipe']) as t $$,
  'all eleven types are allowed');

-- acting as a colleague: sharing a workspace shares no notes
select tests.act_as('cal');
select is_empty($$ select 1 from dashboard.notes $$, 'a colleague reads no personal note');
select is_empty($$ update dashboard.notes set title = 'mine' returning 1 $$, 'a colleague edits none');
select is_empty($$ delete from dashboard.notes returning 1 $$, 'a colleague deletes none');

-- acting as a stranger
select tests.act_as('bob');
select results_eq($$ select title from dashboard.notes $$, array['Bob''s note'], 'a stranger reads only their own notes');
select is_empty($$ update dashboard.notes set title = 'mine' where title <> 'Bob''s note' returning 1 $$, 'a stranger edits no other');
select is_empty($$ delete from dashboard.notes where title <> 'Bob''s note' returning 1 $$, 'a stranger deletes no other');

-- acting as anon
select tests.act_as_anon();
select throws_ok(s.statement, '42501', 'permission denied for table notes', 'anon ' || s.name)
from (values ('select 1 from dashboard.notes', 'reads nothing'), ($$ insert into dashboard.notes (title) values ('x') $$, 'adds nothing'),
  ($$ update dashboard.notes set title = 'x' $$, 'edits nothing'), ('delete from dashboard.notes', 'deletes nothing')) as s (statement, name);

-- acting as the service role
select tests.act_as_service();
select throws_ok($$ update dashboard.notes set user_id = tests.user_id('bob') where title = 'Moisture readings' $$,
  'PT409', 'A row of dashboard.notes cannot change its owner.', 'not even the service moves a note to another user');
select throws_ok($$ update dashboard.notes set word_count = 7 $$, '428C9', 'column "word_count" can only be updated to DEFAULT',
  'nor counts its words differently');

-- the refusals above were not vacuous
select tests.act_as_owner();
select results_eq($$ select count(*) from dashboard.notes where user_id = tests.user_id('ann') $$, array[18::bigint],
  'Ann''s notes survived every refused write');
update dashboard.notes set created_at = '2020-01-01' where title = 'Moisture readings';
alter table dashboard.notes disable trigger notes_set_updated_at;
update dashboard.notes set updated_at = '2020-01-01' where title = 'Moisture readings';
alter table dashboard.notes enable trigger notes_set_updated_at;
select tests.act_as('ann');
select results_eq($$ update dashboard.notes set is_pinned = true where title = 'Moisture readings' returning updated_at, created_at $$,
  $$ values (now(), '2020-01-01'::timestamptz) $$, 'a change stamps updated_at and nothing else');
delete from dashboard.projects where id = 9101;
select results_eq($$ select user_id, project_id, job_id from dashboard.notes where title = 'Linked' $$,
  $$ values (tests.user_id('ann'), null::bigint, 9101::bigint) $$, 'a note outlives its project');
select tests.act_as_owner();
delete from business.jobs where id = 9101;
select results_eq($$ select user_id, job_id from dashboard.notes where title = 'Linked' $$,
  $$ values (tests.user_id('ann'), null::bigint) $$, 'and its job');
select tests.act_as('ann');
select results_eq($$ delete from dashboard.notes where title = 'Moisture readings' returning title $$, array['Moisture readings'], 'an owner deletes');
select tests.act_as_owner();
do $$ begin perform set_config('tests.ann', tests.user_id('ann')::text, true); end $$; -- the name is gone with the account
delete from auth.users where id = tests.user_id('ann');
select results_eq($$ select distinct user_id from dashboard.notes where user_id in (current_setting('tests.ann')::uuid, tests.user_id('bob')) $$,
  $$ values (tests.user_id('bob')) $$, 'notes leave with their owner and nobody else''s do');

select * from finish();
rollback;
