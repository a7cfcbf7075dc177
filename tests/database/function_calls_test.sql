-- Calls of edge functions from the database: what is handed to pg_net, or to the stand-in of the local platform.
begin;
select plan(16);

select tests.create_user('ann');
select vault.update_secret(s.id, 'https://project.example/') from vault.secrets as s where s.name = 'project_url';
select vault.update_secret(s.id, 'sb_secret_example') from vault.secrets as s where s.name = 'secret_key';

create function tests.request(id bigint)
returns table (method text, url text, headers jsonb, body jsonb, timeout_milliseconds integer)
language sql
as $$
  select q.method, q.url, q.headers, convert_from(q.body, 'UTF8')::jsonb, q.timeout_milliseconds
  from net.http_request_queue as q where q.id = request.id
$$;

select results_eq(
  $$ select * from tests.request(private.invoke_function('index-note', '{"note_id": 1}')) $$,
  $$ values ('POST', 'https://project.example/functions/v1/index-note',
    '{"content-type": "application/json", "apikey": "sb_secret_example"}'::jsonb, '{"note_id": 1}'::jsonb, 60000) $$,
  'a call is a POST with the secret key');
select results_eq(
  $$ select length(body ->> 'text') from tests.request(private.invoke_function('index-note', jsonb_build_object('text', repeat('x', 20000)))) $$,
  array[20000], 'a body may be longer than a notification');
select results_eq($$ select body from tests.request(private.invoke_function('sweep')) $$, array['{}'::jsonb], 'a call needs no body');

select throws_ok($$ select private.invoke_function('../auth/v1/admin') $$, '22023',
  'name must consist of lowercase letters, digits, - and _, and must not begin with - or _.', 'a name cannot lead to another path');
select throws_ok($$ select private.invoke_function(null) $$, '22023',
  'name must consist of lowercase letters, digits, - and _, and must not begin with - or _.', 'a name is required');
select throws_ok($$ select private.invoke_function('sweep', '[1]') $$, '22023', 'body must be a JSON object.', 'a body is an object');
select throws_ok($$ select private.invoke_function('sweep', null) $$, '22023', 'body must be a JSON object.', 'a body is not null');

-- what jobs call works as long as it is told, and the database waits longer
insert into private.object_removals (object_id, bucket_id, name) values (gen_random_uuid(), 'apex-files', 'gone.txt');
select private.invoke_file_work();
select results_eq(
  $$ select r.body, r.timeout_milliseconds > 1000 * (r.body ->> 'budget_seconds')::integer
    from tests.request((select max(q.id) from net.http_request_queue as q)) as r $$,
  $$ values ('{"budget_seconds": 45}'::jsonb, true) $$, 'the database waits longer than it tells a function to work');
delete from private.embedding_jobs;
create temporary table asked as select coalesce(max(q.id), 0) as last from net.http_request_queue as q;
select private.invoke_embed_work();
select is_empty($$ select 1 from net.http_request_queue as q, asked where q.id > asked.last $$, 'without texts to embed, no function is called');
insert into public.search_chunks (workspace_id, source_type, text)
select w.id, 'text', 'one' from public.workspaces as w where w.personal_of = tests.user_id('ann');
select private.invoke_embed_work();
select results_eq($$ select q.url, convert_from(q.body, 'UTF8')::jsonb from net.http_request_queue as q, asked where q.id > asked.last $$,
  $$ values ('https://project.example/functions/v1/embed-work', '{"budget_seconds": 45}'::jsonb) $$, 'with some, embed-work is called');
select cmp_ok(private.work_seconds(), '<', 60, 'and the work ends before the next call');

select tests.act_as('ann');
select throws_ok($$ select private.invoke_function('sweep') $$, '42501', 'permission denied for schema private',
  'a signed-in user cannot make the database call functions');
select throws_ok($$ select * from vault.decrypted_secrets $$, '42501', 'permission denied for schema vault',
  'a signed-in user cannot read the key');
select tests.act_as_service();
select throws_ok($$ select private.invoke_function('sweep') $$, '42501', 'permission denied for schema private',
  'neither can the secret key');
select tests.act_as_owner();

delete from vault.secrets as s where s.name = 'secret_key';
select throws_ok($$ select private.invoke_function('sweep') $$, '55000', 'The URL or the key of the edge functions is not configured.',
  'without the secrets a call is refused');
select vault.create_secret('sb_secret_example', 'secret_key');
delete from vault.secrets as s where s.name = 'project_url';
select throws_ok($$ select private.invoke_function('sweep') $$, '55000', 'The URL or the key of the edge functions is not configured.',
  'nor does the key suffice without the URL');

select * from finish();
rollback;
