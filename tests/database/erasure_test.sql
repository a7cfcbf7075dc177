-- What is deleted is gone: its words are in no table, index or queue, but where docs/reference/erasure.md says so.
begin;
select plan(29);

select tests.create_team('team', 'ann admin', 'cal admin');

-- every column of every table in which a word occurs, whatever its type, and the words of indexes
create function tests.places_of_word(word text) returns setof text
language plpgsql as $$
declare
  place record;
  hits  bigint;
begin
  for place in
    select n.nspname, c.relname, a.attname from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace and n.nspname not in ('pg_catalog', 'information_schema', 'tests', 'pg_toast') and n.nspname !~ '^pg_temp'
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and a.atttypid in ('text'::regtype, 'varchar'::regtype, 'jsonb'::regtype, 'json'::regtype, 'tsvector'::regtype, 'text[]'::regtype, 'bytea'::regtype)
    where c.relkind in ('r', 'p') and has_table_privilege(c.oid, 'select')
    order by 1, 2, 3
  loop
    execute format('select count(*) from %I.%I where %I::text ilike %L', place.nspname, place.relname, place.attname, '%' || word || '%') into hits;
    if hits > 0 then
      return next format('%s.%s.%s', place.nspname, place.relname, place.attname);
    end if;
  end loop;
end $$;

-- a conversation with everything that a conversation has: question with a file, answer, title, summary, feedback, task
create table tests.turns (name text primary key, turn jsonb not null);
grant all on tests.turns to authenticated, service_role;
create function tests.store_file(name text, word text) returns text language plpgsql as $$
declare path constant text := format('chat/user_%s/%s.txt', tests.user_id('ann'), store_file.name); file uuid;
begin
  insert into storage.objects (bucket_id, name, owner, owner_id, metadata)
  values ('apex-files', path, tests.user_id('ann'), tests.user_id('ann')::text, '{"size": 5, "mimetype": "text/plain"}');
  select a.id into file from public.artifacts as a where a.filepath = path;
  insert into public.documents (id, workspace_id, artifact_id, type, title) select a.id, a.workspace_id, a.id, 'text', store_file.word from public.artifacts as a where a.id = file;
  insert into public.search_chunks (workspace_id, document_id, source_type, text) select a.workspace_id, a.id, 'text', 'A file about ' || store_file.word from public.artifacts as a where a.id = file;
  return path;
end $$;
create function tests.talk(name text, word text, files text[] default '{}') returns void language plpgsql as $$
begin
  perform tests.act_as('ann');
  insert into tests.turns values (talk.name, dashboard.chat_begin_turn(jsonb_build_object('providers', array['builtin'], 'max_passages', 0, 'max_memories', 0,
    'session_id', talk.name, 'message', jsonb_build_object('content', 'Ask ' || talk.word, 'parts', (
      select coalesce(jsonb_agg(jsonb_build_object('type', 'file', 'mediaType', 'text/plain', 'url', 'storage://apex-files/' || f.path)), '[]') from unnest(talk.files) as f (path))))))
    on conflict on constraint turns_pkey do update set turn = excluded.turn;
  perform tests.act_as_service();
  perform dashboard.chat_finish_turn((t.turn ->> 'turn_id')::uuid, jsonb_build_object('status', 'complete', 'content', 'Tell ' || talk.word))
  from tests.turns as t where t.name = talk.name;
  perform tests.act_as_owner();
end $$;
create function tests.conversation(name text) returns bigint language sql stable as $$
  select (t.turn ->> 'conversation_id')::bigint from tests.turns as t where t.name = conversation.name $$;
create function tests.artifacts_of(path text) returns bigint language sql stable as $$
  select count(*) from public.artifacts as a where a.filepath = artifacts_of.path $$;

create table tests.files as select n.name, tests.store_file(n.name, n.word) as path
from (values ('own', 'zebrafish'), ('shared', 'okapi'), ('unsent', 'narwhal')) as n (name, word);
create function tests.path(name text) returns text language sql stable as $$ select f.path from tests.files as f where f.name = path.name $$;
grant execute on all functions in schema tests to authenticated, service_role;
grant select on tests.files to authenticated;
select tests.talk('first', 'zebrafish', array[tests.path('own'), tests.path('shared')]);
update dashboard.conversations set title = 'About zebrafish' where id = tests.conversation('first');
select tests.act_as_service();
select is(dashboard.chat_store_summary(tests.conversation('first'), 'They spoke of zebrafish.', (t.turn ->> 'message_id')::bigint), true, 'the conversation has a summary')
from tests.turns as t where t.name = 'first';
select tests.act_as('ann');
select lives_ok($$ select dashboard.rate_message((t.turn ->> 'message_id')::bigint, 1, 'Good zebrafish') from tests.turns as t where t.name = 'first' $$, 'and feedback');
select tests.act_as_owner();
select tests.talk('second', 'okapi', array[tests.path('shared')]);

select cmp_ok((select count(*) from tests.places_of_word('zebrafish')), '>=', 9::bigint, 'the words of a conversation are in many places');
select tests.act_as('ann');
delete from dashboard.conversations where id = tests.conversation('first');
select tests.act_as_owner();
select is_empty($$ select tests.places_of_word('zebrafish') $$, 'none of them is left after it was deleted');
select is(tests.artifacts_of(tests.path('own')), 0::bigint, 'its file is deleted');
select is((select count(*) from private.object_removals as r where r.name = tests.path('own')), 1::bigint, 'and the stored object is queued for removal');
select is(tests.artifacts_of(tests.path('shared')), 1::bigint, 'a file that another conversation shows stays');
select is(tests.artifacts_of(tests.path('unsent')), 1::bigint, 'and so does one that no message ever showed');
select results_eq($$ select k.description, k.outcome, k.status from dashboard.ai_tasks as k where k.user_id = tests.user_id('ann') and k.conversation_id is null $$,
  $$ values ('Deleted', null, 'completed') $$, 'its task is counted, without words');

-- a message
select tests.talk('second', 'wombat');
select cmp_ok((select count(*) from tests.places_of_word('wombat')), '>=', 3::bigint, 'a second question and answer');
select tests.act_as('ann');
delete from dashboard.messages where conversation_id = tests.conversation('second') and content in ('Ask wombat', 'Tell wombat');
select tests.act_as_owner();
select is_empty($$ select tests.places_of_word('wombat') $$, 'leave nothing when both are deleted');
select tests.talk('second', 'quokka');
select tests.act_as('ann');
delete from dashboard.messages where conversation_id = tests.conversation('second') and content = 'Ask quokka';
select tests.act_as_owner();
select is((select k.description from dashboard.ai_tasks as k join tests.turns as t on t.name = 'second' and k.message_id = (t.turn ->> 'message_id')::bigint), 'Deleted',
  'the task of a deleted question forgets it, though the answer stays');
select is((select k.outcome from dashboard.ai_tasks as k join tests.turns as t on t.name = 'second' and k.message_id = (t.turn ->> 'message_id')::bigint), null, 'with what was answered');
select tests.act_as('ann');
delete from dashboard.messages where conversation_id = tests.conversation('second') and content = 'Ask okapi';
select tests.act_as_owner();
select is(tests.artifacts_of(tests.path('shared')), 0::bigint, 'the last message that shows a file takes it away');

-- files that messages name do not all belong to them
insert into storage.objects (bucket_id, name, owner, owner_id, metadata)
select 'apex-files', format('files/workspace_%s/plan.txt', tests.workspace('team')), tests.user_id('ann'), tests.user_id('ann')::text, '{"size": 5}'::jsonb
union all select 'apex-files', format('chat/user_%s/other.txt', tests.user_id('cal')), tests.user_id('cal'), tests.user_id('cal')::text, '{"size": 5}';
select tests.talk('third', 'tapir', array[format('files/workspace_%s/plan.txt', tests.workspace('team')), format('chat/user_%s/other.txt', tests.user_id('cal'))]);
select tests.act_as('ann');
delete from dashboard.conversations where id = tests.conversation('third');
select tests.act_as_owner();
select is(tests.artifacts_of(format('files/workspace_%s/plan.txt', tests.workspace('team'))), 1::bigint, 'a file of the workspace stays when a conversation that names it is deleted');
select is(tests.artifacts_of(format('chat/user_%s/other.txt', tests.user_id('cal'))), 1::bigint, 'and nobody deletes a file of another by naming it');
select lives_ok($$ insert into dashboard.messages (user_id, conversation_id, content, parts)
  select user_id, id, 'Odd', '["file", 1, null, {"type": "file"}, {"type": "file", "url": 7}, {"type": "file", "url": "https://example.test/x"}]' from dashboard.conversations where id = tests.conversation('second') $$,
  'parts of any shape are messages');

-- a running answer of a deleted conversation
select tests.act_as('ann');
insert into tests.turns values ('late', dashboard.chat_begin_turn('{"providers": ["builtin"], "max_passages": 0, "max_memories": 0, "session_id": "late", "message": {"content": "Ask aardvark"}}'));
delete from dashboard.conversations where id = tests.conversation('late');
select tests.act_as_service();
select dashboard.chat_finish_turn((t.turn ->> 'turn_id')::uuid, '{"status": "complete", "content": "Tell aardvark"}') from tests.turns as t where t.name = 'late';
select tests.act_as_owner();
select is_empty($$ select tests.places_of_word('aardvark') $$, 'an answer that ends after its conversation was deleted is stored nowhere');

-- a file
select tests.store_file('solo', 'dugong');
insert into public.hrm_runs (workspace_id, user_id, document_id, mode, steps, latency_ms, payload)
select d.workspace_id, tests.user_id('ann'), d.id, 'ask', 2, 5, '{"answer": "dugong"}' from public.documents as d where d.title = 'dugong';
delete from public.artifacts where filename = 'solo.txt';
select is_empty($$ select tests.places_of_word('dugong') $$, 'what was read from a deleted file is gone');
select is((select r.steps from public.hrm_runs as r where r.user_id = tests.user_id('ann')), 2, 'the measurements of its runs are kept, without words');

-- tasks and notes
select tests.act_as('ann');
insert into dashboard.tasks (title, description, due_date, reminder_at) values ('Call numbat', 'numbat', current_date - 1, now() - interval '1 minute');
insert into dashboard.notes (title, content) values ('numbat', 'numbat'), ('Other', 'See [[numbat]]');
insert into dashboard.inbox_items (content) values ('numbat');
select tests.act_as_owner();
select private.send_reminders();
select is((select n.title from dashboard.notifications as n where n.user_id = tests.user_id('ann')), 'Call numbat', 'a task was reminded of');
select tests.act_as('ann');
delete from dashboard.tasks where title = 'Call numbat';
delete from dashboard.notes where title = 'numbat';
delete from dashboard.inbox_items where content = 'numbat';
select tests.act_as_owner();
select results_eq($$ select tests.places_of_word('numbat') $$, $$ values ('dashboard.note_links.target_key'), ('dashboard.note_links.target_title'), ('dashboard.notes.content'), ('private.note_search.words') $$, 'of deleted tasks and notes, only what other notes say about them is left');

-- a person, with all that is personal
select tests.talk('fourth', 'capybara', array[tests.store_file('fourth', 'capybara')]);
select tests.act_as('ann');
insert into dashboard.tasks (title) values ('Feed the capybara');
insert into dashboard.notes (title, content) values ('Capybara', 'A capybara, see [[Capybara food]]');
insert into dashboard.inbox_items (content) values ('capybara');
insert into public.memories (episodic_memory) values ('["saw a capybara"]') on conflict (user_id) do update set episodic_memory = excluded.episodic_memory;
select tests.act_as_owner();
select cmp_ok((select count(*) from tests.places_of_word('capybara')), '>=', 12::bigint, 'a person has words in many places');
delete from auth.users where id = tests.user_id('ann');
select is_empty($$ select tests.places_of_word('capybara') $$, 'and in none after the account was deleted');

-- a workspace
select tests.act_as('cal');
insert into business.clients (name) values ('Gecko Ltd');
insert into business.jobs (job_number) values ('gecko-1');
insert into business.notes (job_id, content) select j.id, 'gecko' from business.jobs as j where j.job_number = 'gecko-1';
insert into business.estimates (job_id, amount, notes) select j.id, 5, 'gecko' from business.jobs as j where j.job_number = 'gecko-1';
insert into public.documents (id, type, title) values (gen_random_uuid(), 'text', 'gecko');
insert into public.search_chunks (source_type, text) values ('text', 'gecko');
insert into dashboard.tasks (title, job_id) select 'Call', j.id from business.jobs as j where j.job_number = 'gecko-1';
select tests.act_as_owner();
select cmp_ok((select count(*) from tests.places_of_word('gecko')), '>=', 8::bigint, 'a company has words in many places');
select tests.act_as('cal');
delete from public.workspaces where id = tests.workspace('team');
select tests.act_as_owner();
select is_empty($$ select tests.places_of_word('gecko') $$, 'and in none after it was deleted');
select is((select count(*) from dashboard.tasks where title = 'Call' and job_id is null), 1::bigint, 'a personal task about its job is kept, without the job');

select is((select count(*) from private.message_files as f where not exists (select from dashboard.messages as m where m.id = f.message_id)), 0::bigint, 'no link to a message outlives it');
select is((select count(*) from public.artifacts as a where a.user_id is null and a.filepath like 'chat/%'), 0::bigint, 'no file of a chat outlives its owner');
select * from finish();
rollback;
