-- Plans: the hot queries over notes, inbox and notifications, asked as a person among 100 000 notes of a hundred people,
-- use an index and scan no table.
begin;
select plan(39);

select count(tests.create_user('person ' || u)) from generate_series(1, 100) as u;
alter table dashboard.notes disable trigger user; -- the rows are given complete; filling the table is not the subject
alter table dashboard.inbox_items disable trigger user;
alter table dashboard.notifications disable trigger user;
alter table dashboard.tasks disable trigger user;
-- every note holds the word "water", one of ten the word "pump"; the owner's are spread all over the table
insert into dashboard.notes (id, user_id, title, content, meeting_date, updated_at) overriding system value
select 1000000 + u * 1000 + n, p.user_id, 'note ' || n, '', case when n % 10 = 0 then now() - n * interval '1 hour' end, now() - n * interval '1 minute'
from generate_series(0, 999) as n, generate_series(1, 100) as u, lateral (select tests.user_id('person ' || u) as user_id) as p;
insert into private.note_search (note_id, words)
select n.id, case when n.id % 10 = 0 then to_tsvector('english', 'water pump') else to_tsvector('english', 'water') end
  || array_to_tsvector(array[private.owner_word(n.user_id)])
from dashboard.notes as n where n.id > 1000000;
insert into dashboard.tags (id, user_id, name) overriding system value
select 100000 + u * 10 + g, tests.user_id('person ' || u), 'tag ' || g from generate_series(1, 100) as u, generate_series(0, 9) as g;
insert into dashboard.note_tags (user_id, note_id, tag_id)
select n.user_id, n.id, 100000 + (n.id - 1000000) / 1000 * 10 + n.id % 10 from dashboard.notes as n where n.id % 5 = 3 and n.id > 1000000;
insert into dashboard.note_links (user_id, note_id, target_type, target_key, target_title)
select n.user_id, n.id, 'note', 'note ' || n.id % 100, 'note ' || n.id % 100 from dashboard.notes as n where n.id > 1000000;
insert into dashboard.inbox_items (id, user_id, content, processed, processed_at, capture_key, created_at) overriding system value
select 1000000 + u * 1000 + n, p.user_id, 'item ' || n, n % 10 > 0, case when n % 10 > 0 then now() end, 'key ' || n, now() - n * interval '1 minute'
from generate_series(0, 999) as n, generate_series(1, 100) as u, lateral (select tests.user_id('person ' || u) as user_id) as p;
insert into dashboard.notifications (user_id, type, title, is_read, read_at, created_at)
select p.user_id, 'system', 'n', n % 50 > 0, case when n % 50 > 0 then now() - n * interval '1 hour' end, now() - n * interval '1 hour'
from generate_series(0, 999) as n, generate_series(1, 100) as u, lateral (select tests.user_id('person ' || u) as user_id) as p;
insert into dashboard.tasks (id, user_id, title, sort_order) overriding system value
select 5000000 + n, tests.user_id('person ' || 1 + n % 100), 'task', n from generate_series(0, 9999) as n;
insert into private.task_reminders (task_id, remind_at) select 5000000 + n, now() + n * interval '1 minute' from generate_series(0, 9999) as n;
alter table dashboard.tasks enable trigger user;
alter table dashboard.notifications enable trigger user;
alter table dashboard.inbox_items enable trigger user;
alter table dashboard.notes enable trigger user;
analyze dashboard.notes, private.note_search, dashboard.tags, dashboard.note_tags, dashboard.note_links, dashboard.inbox_items,
  dashboard.notifications, dashboard.tasks, private.task_reminders, public.profiles;

create function pg_temp.plan_of(query text) returns text language plpgsql as $$
declare
  line text;
  plan text := '';
begin
  for line in execute 'explain (costs off) ' || query loop
    plan := plan || line || E'\n';
  end loop;
  return plan;
end
$$;
grant execute on function pg_temp.plan_of(text) to authenticated;

create temporary table hot (name text, index text, query text);
insert into hot values
  ('all notes, last changed first', 'notes_user_id_updated_at_idx', 'select * from dashboard.notes order by updated_at desc limit 50'),
  ('one note', 'notes_pkey', 'select * from dashboard.notes where id = 1042007'),
  ('notes of a project', 'notes_project_id_idx', 'select * from dashboard.notes where project_id = 7 order by updated_at desc limit 50'),
  ('notes on a job', 'notes_job_id_idx', 'select * from dashboard.notes where job_id = 7'),
  ('meetings, latest first', 'notes_meeting_date_idx', 'select * from dashboard.notes where meeting_date is not null order by meeting_date desc limit 20'),
  ('embedded tags', 'note_tags_pkey',
    'select g.* from dashboard.notes as n join dashboard.note_tags as l on l.user_id = n.user_id and l.note_id = n.id
     join dashboard.tags as g on g.user_id = l.user_id and g.id = l.tag_id where n.id = 1042003'),
  ('notes of a tag', 'note_tags_tag_id_idx',
    'select n.* from dashboard.note_tags as l join dashboard.notes as n on n.user_id = l.user_id and n.id = l.note_id where l.tag_id = 100423'),
  ('embedded links', 'note_links_pkey', 'select l.* from dashboard.notes as n join dashboard.note_links as l on l.user_id = n.user_id and l.note_id = n.id where n.id = 1042003'),
  ('where a link leads', 'notes_title_key_idx', 'select t.* from dashboard.note_links as l, dashboard.target_note(l) as t where l.note_id = 1042003'),
  ('who links to a note', 'note_links_target_key_idx', 'select b.* from dashboard.notes as n, dashboard.backlinks(n) as b where n.id = 1042003'),
  ('the inbox, newest first', 'inbox_items_open_idx', 'select * from dashboard.inbox_items where not processed order by created_at desc limit 50'),
  ('everything captured', 'inbox_items_user_id_created_at_idx', 'select * from dashboard.inbox_items order by created_at desc limit 50'),
  ('an item by its key', 'inbox_items_user_id_capture_key_key', $$ select * from dashboard.inbox_items where capture_key = 'key 7' $$),
  ('the item a task was made from', 'inbox_items_converted_task_id_idx', 'select * from dashboard.inbox_items where converted_task_id = 7'),
  ('notifications, newest first', 'notifications_user_id_created_at_idx', 'select * from dashboard.notifications order by created_at desc limit 50'),
  ('the number of unread notifications', 'notifications_unread_idx', 'select count(*) from dashboard.notifications where not is_read');
grant select on hot to authenticated;

select ok((select count(*) from dashboard.notes) >= 100000, 'a hundred thousand notes are there');

-- acting as one of the hundred
select tests.act_as('person 42');
select matches(pg_temp.plan_of(h.query), h.index || '.*(Index|Recheck) Cond', h.name || ' uses its index') from hot as h;
select doesnt_match(pg_temp.plan_of(h.query), 'Seq Scan', h.name || ' scans no table') from hot as h;

-- what the definer function of search asks, with the words as parameters
select tests.act_as_owner();
prepare note_plans_matching (tsquery, tsquery) as
  select s.note_id, ts_rank(s.words, $1, 1) as rank from private.note_search as s where s.words @@ ($1 && $2) and numnode($1) > 0;
set local plan_cache_mode = force_generic_plan;
select matches(pg_temp.plan_of(format('execute note_plans_matching (%L, %L)', 'water', quote_literal(private.owner_word(tests.user_id('person 42'))))),
  'Bitmap Index Scan on note_search_words_idx', 'search uses its index, whatever is asked');
select ok((select position('where s.words @@ (sought && owner) and numnode(sought) > 0' in p.prosrc) > 0 from pg_proc as p where p.proname = 'search_notes' and p.prosecdef),
  'and asks in these words');
-- how much it reads: the index alone finds the owner's notes among all that hold the word
create function pg_temp.found_by_index(query text) returns integer language plpgsql as $$
declare
  plan jsonb;
begin
  execute 'explain (analyze, format json, timing off, costs off) ' || query into plan;
  return (jsonb_path_query_first(plan, '$.**."Plans"[*] ? (@."Node Type" == "Bitmap Index Scan")') ->> 'Actual Rows')::numeric::integer;
end
$$;
select is(pg_temp.found_by_index(format('execute note_plans_matching (%L, %L)', 'water', quote_literal(private.owner_word(tests.user_id('person 42'))))), 1000,
  'and finds the owner''s thousand notes in it, not the hundred thousand that hold the word');
select is(pg_temp.found_by_index(format('execute note_plans_matching (%L, %L)', 'pump & water', quote_literal(private.owner_word(tests.user_id('person 42'))))), 100,
  'or those of them with both words');
deallocate note_plans_matching; -- a rollback would keep it

-- the jobs
select matches(pg_temp.plan_of($$ select r.task_id from private.task_reminders as r where r.remind_at <= now() order by r.remind_at limit 1000 for update skip locked $$),
  'Index Scan using task_reminders_remind_at_idx', 'reminders that are due are found by index');
select matches(pg_temp.plan_of($$ delete from dashboard.notifications as n where n.is_read and n.read_at < now() - interval '90 days' $$),
  'notifications_read_at_idx', 'so are notifications to tidy away');

select * from finish();
rollback;
