-- Files are read at once: whoever stores one has the readers called, and small files have readers of their own.
begin;
select plan(18);
select tests.create_team('a', 'ann admin');
select tests.create_team('b', 'bob admin');
delete from private.ingestion_jobs;
delete from net.http_request_queue;
delete from vault.secrets where name in ('project_url', 'secret_key');
create function pg_temp.store(team text, owner text, name text, bytes bigint) returns void language sql as $$
  insert into storage.objects (bucket_id, name, owner_id, metadata) values ('apex-files',
    format('files/workspace_%s/%s', tests.workspace(store.team), store.name), tests.user_id(store.owner),
    jsonb_build_object('mimetype', 'text/plain', 'size', store.bytes)) $$;
create function pg_temp.calls() returns bigint language sql as
  $$ select count(*) from net.http_request_queue as q where q.url like '%/functions/v1/files-work' $$;
-- As if another transaction began.
create function pg_temp.next_transaction() returns void language sql as $$ select set_config('plinth.called_readers', '', true) $$;

select lives_ok($$ select pg_temp.store('a', 'ann', 'zero.txt', 5) $$, 'without the address of the functions a file is stored');
select is(pg_temp.calls(), 0::bigint, 'and nothing is called');
delete from private.ingestion_jobs;
select vault.create_secret('https://project.example', 'project_url');
select vault.create_secret('sb_secret_x', 'secret_key');
select pg_temp.store('a', 'ann', 'one.txt', 5);
select is(pg_temp.calls(), 1::bigint, 'storing a file calls the readers');
select pg_temp.store('a', 'ann', 'two.txt', 5);
select is(pg_temp.calls(), 1::bigint, 'once in a transaction');
select pg_temp.next_transaction();
select pg_temp.store('a', 'ann', 'three.txt', 5);
select is(pg_temp.calls(), 2::bigint, 'and again in the next');
select pg_temp.store('a', 'ann', n || '.txt', 5) from generate_series(4, 9) as n;
select pg_temp.next_transaction();
select pg_temp.store('a', 'ann', 'ten.txt', 5);
select is(pg_temp.calls(), 2::bigint, 'not while many files of the account wait for calls that were made');
select pg_temp.store('b', 'bob', 'one.txt', 5);
select is(pg_temp.calls(), 3::bigint, 'which says nothing about the files of others');

delete from private.ingestion_jobs;
select pg_temp.next_transaction();
select pg_temp.store('a', 'ann', 'again.txt', 5);
select is(pg_temp.calls(), 4::bigint, 'a file that is stored is called for');
select pg_temp.next_transaction();
select tests.act_as('ann');
select public.reprocess_artifact(a.id) from public.artifacts as a where a.filename = 'again.txt';
select tests.act_as_owner();
select is(pg_temp.calls(), 4::bigint, 'asking to read it again while it waits makes no further call');
update private.ingestion_jobs set failed_at = now();
select pg_temp.next_transaction();
select tests.act_as('ann');
select public.reprocess_artifact(a.id) from public.artifacts as a where a.filename = 'again.txt';
select tests.act_as_owner();
select is(pg_temp.calls(), 5::bigint, 'of one that failed it does');
delete from private.ingestion_jobs;
select pg_temp.next_transaction();
alter function private.invoke_function(text, jsonb) rename to invoke_function_away;
select lives_ok($$ select pg_temp.store('a', 'ann', 'kept.txt', 5) $$, 'whatever is wrong with the call, a file is stored');
alter function private.invoke_function_away(text, jsonb) rename to invoke_function;

-- the readers of small files
delete from private.ingestion_jobs;
select pg_temp.store('a', 'ann', 'large.csv', 30000000), pg_temp.store('a', 'ann', 'page.txt', 4000),
  pg_temp.store('a', 'ann', 'note.txt', 4000), pg_temp.store('b', 'bob', 'letter.txt', 4000);
update private.ingestion_jobs as j set created_at = now() - interval '1 hour' from public.artifacts as a
where a.id = j.artifact_id and a.filename in ('large.csv', 'page.txt');
create function pg_temp.claim_small() returns text language sql as $$ select filename from public.claim_ingestion_job(60, true) $$;
create temporary table small as select pg_temp.claim_small() as filename union all select pg_temp.claim_small();
select set_eq('select filename from small', array['page.txt', 'letter.txt'], 'a small file of each account is claimed, and no large one');
select is(pg_temp.claim_small(), null, 'an account has one of these readers at a time');
select is((select filename from public.claim_ingestion_job()), 'large.csv', 'the reader of all files takes the oldest');
select is((select filename from public.claim_ingestion_job()), 'note.txt', 'and small ones as well');
update private.ingestion_jobs set available_at = now() - interval '1 second';
select is(pg_temp.claim_small(), null, 'a small file of which a reader died is not read beside others');
select is((select count(*) from public.claim_ingestion_job()), 1::bigint, 'but by the reader of all files');
update private.ingestion_jobs set claim_id = null, deaths = 1;
select is(pg_temp.claim_small(), null, 'nor when it is tried again');
select * from finish();
rollback;
