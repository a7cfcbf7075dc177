-- Plans: the hot queries over notes, inbox and notifications, asked as a person among the notes of a hundred people, use an
-- index and scan no table.
select plan(39);

insert into tests.hot values
  ('all notes, last changed first', 'notes_user_id_updated_at_idx', 'select * from dashboard.notes order by updated_at desc limit 50'),
  ('one note', '(notes_pkey|notes_user_id_id_key)', 'select * from dashboard.notes where id = 1042007'),
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

select ok((select count(*) from dashboard.notes) >= 100 * tests.scale('rows of a person'), 'many notes are there');

-- acting as one of the hundred
select tests.act_as('person 42');
select matches(tests.plan_of(h.query), h.index || '.*(Index|Recheck) Cond', h.name || ' uses its index') from tests.hot as h;
select doesnt_match(tests.plan_of(h.query), 'Seq Scan', h.name || ' scans no table') from tests.hot as h;

-- what the definer function of search asks, with the words as parameters
select tests.act_as_owner();
prepare note_plans_matching (tsquery, tsquery) as
  select s.note_id, ts_rank(s.words, $1, 1) as rank from private.note_search as s where s.words @@ ($1 && $2) and numnode($1) > 0;
set local plan_cache_mode = force_generic_plan;
select matches(tests.plan_of(format('execute note_plans_matching (%L, %L)', 'water', quote_literal(private.owner_word(tests.user_id('person 42'))))),
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
select is(pg_temp.found_by_index(format('execute note_plans_matching (%L, %L)', 'water', quote_literal(private.owner_word(tests.user_id('person 42'))))), tests.scale('rows of a person'),
  'and finds the owner''s notes in it, not all those that hold the word');
select is(pg_temp.found_by_index(format('execute note_plans_matching (%L, %L)', 'pump & water', quote_literal(private.owner_word(tests.user_id('person 42'))))), tests.scale('rows of a person') / 10,
  'or those of them with both words');
deallocate note_plans_matching; -- a rollback would keep it

-- the jobs
select matches(tests.plan_of($$ select r.task_id from private.task_reminders as r where r.remind_at <= now() order by r.remind_at limit 1000 for update skip locked $$),
  'Index Scan using task_reminders_remind_at_idx', 'reminders that are due are found by index');
select matches(tests.plan_of($$ delete from dashboard.notifications as n where n.is_read and n.read_at < now() - interval '90 days' $$),
  'notifications_read_at_idx', 'so are notifications to tidy away');

select * from finish();
