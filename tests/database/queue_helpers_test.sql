-- Queues: turns of accounts, the lease of a claim and the pause between attempts.
begin;
select plan(57);

select is(private.lease(null), interval '2 minutes', 'a lease is two minutes by default');
select is(private.lease(0), interval '1 second', 'a lease is at least a second');
select is(private.lease(100000), interval '1 hour', 'a lease is at most an hour');
select is(private.backoff(1), interval '20 seconds', 'the pause after the first attempt is 20 seconds');
select is(private.backoff(3), interval '80 seconds', 'the pause doubles with every attempt');
select is(private.backoff(0, '30 seconds'), interval '30 seconds', 'a queue can set its first pause');
select is(private.backoff(1000, '1 hour'), interval '1 day', 'a pause is at most a day');

-- files
select tests.create_team('a', 'ann admin');
select tests.create_team('b', 'bob admin');
select tests.create_team('c', 'cat admin');
delete from private.ingestion_jobs;
delete from private.embedding_jobs;
create function pg_temp.add_files(label text, number integer, priority integer default 1) returns void language sql as $$
  with added as (
    insert into public.artifacts (id, workspace_id, filename)
    select gen_random_uuid(), tests.workspace(add_files.label), format('%s %s-%s', add_files.label, add_files.priority, i)
    from generate_series(1, add_files.number) as i
    returning id, workspace_id, filename)
  insert into private.ingestion_jobs (artifact_id, workspace_id, priority, created_at)
  select a.id, a.workspace_id, add_files.priority, now() + split_part(a.filename, '-', 2)::integer * interval '1 millisecond' from added as a $$;
-- The files of the next claims.
create function pg_temp.next_files(number integer) returns text[] language plpgsql as $$
declare claimed text[];
begin
  for i in 1 .. number loop
    claimed := claimed || (select c.filename from public.claim_ingestion_job() as c);
  end loop;
  return claimed;
end $$;
create function pg_temp.owners(names text[]) returns text language sql as $$
  select string_agg(left(n.name, 1), '' order by n.place) from unnest(owners.names) with ordinality as n (name, place) $$;
select pg_temp.add_files('a', 1000);
select is(cardinality(pg_temp.next_files(5)), 5, 'the only workspace with files has every turn');
select pg_temp.add_files('b', 1);
select pg_temp.add_files('c', 3);
select is((select count(*) from unnest(pg_temp.next_files(3)) as f (name) where f.name = 'b 1-1'), 1::bigint,
  'the one file of a workspace is claimed among the next three, behind a thousand of another');
select ok(pg_temp.owners(pg_temp.next_files(4)) in ('acac', 'caca'), 'workspaces with files take turns');
select is(pg_temp.owners(pg_temp.next_files(3)), 'aaa', 'a workspace without files is skipped');
delete from private.ingestion_jobs;
select pg_temp.add_files('a', 2, 2);
select pg_temp.add_files('a', 2, 1);
select pg_temp.add_files('a', 2, 0);
select pg_temp.add_files('b', 1, 2);
select is(array_remove(pg_temp.next_files(7), 'b 2-1'), array['a 0-1', 'a 0-2', 'a 1-1', 'a 1-2', 'a 2-1', 'a 2-2'],
  'of a workspace, files that a person waits for come first, then the oldest');
select is((select count(*) from private.ingestion_jobs where attempts = 1), 7::bigint,
  'a file of the lowest priority has the turn of its workspace');
select is(pg_temp.next_files(1), array[null], 'claimed files are not claimed again');
update private.ingestion_jobs set available_at = now() + interval '1 hour', attempts = 1;
select is(pg_temp.next_files(1), array[null], 'paused files have no turn');
update private.ingestion_jobs set available_at = now(), attempts = 5 where workspace_id = tests.workspace('a');
update private.ingestion_jobs set available_at = now() where workspace_id = tests.workspace('b');
select is(pg_temp.next_files(2), array['b 2-1', null], 'files that are given up do not use the turn of others up');
select is((select count(*) from private.ingestion_jobs where failed_at is not null), 6::bigint, 'all files whose lease expired five times are given up');
select throws_ok($$ select private.begin_round('lunch') $$, '22023', 'There is no queue lunch.', 'an unknown queue has no turns');
delete from private.ingestion_jobs;

-- an account with many workspaces has one turn
select tests.create_team('a' || i, 'ann admin') from generate_series(2, 6) as i;
select is(private.account_of(tests.workspace('a3')), tests.user_id('ann'), 'the jobs of a workspace count for the account of a member');

-- the creator of a workspace cannot make its work count for another member
select tests.create_user('eve');
select tests.create_user('sam');
select tests.act_as('eve');
create temporary table made as select w.id from public.create_workspace('Trap') as w;
select tests.act_as_owner();
insert into public.workspace_members (workspace_id, user_id, display_name) select m.id, tests.user_id('sam'), 'Sam' from made as m;
select tests.act_as('eve');
select public.transfer_admin(m.id, tests.user_id('sam')) from made as m;
select tests.act_as_owner();
select is((select m.role::text from public.workspace_members as m join made on made.id = m.workspace_id where m.user_id = tests.user_id('sam')), 'admin',
  'a member becomes the only admin of a workspace without asking for it');
select is((select private.account_of(m.id) from made as m), tests.user_id('eve'), 'its jobs still count for the account that created it');
with added as (insert into public.artifacts (id, workspace_id, filename) select gen_random_uuid(), m.id, 'trap ' || i from made as m, generate_series(1, 3) as i returning id, workspace_id)
insert into private.ingestion_jobs (artifact_id, workspace_id) select a.id, a.workspace_id from added as a;
insert into public.search_chunks (workspace_id, source_type, text) select m.id, 'text', 'trap' from made as m;
select results_eq($$ select j.account_id, count(*) from private.ingestion_jobs as j join made on made.id = j.workspace_id group by 1 $$,
  $$ values (tests.user_id('eve'), 3::bigint) $$, 'its files use up the creator''s limit of queued files');
select results_eq($$ select j.account_id from private.embedding_jobs as j join made on made.id = j.workspace_id $$, array[tests.user_id('eve')],
  'its texts count for the creator''s limits of models');
select is((select private.account_of(w.id) from public.workspaces as w where w.personal_of = tests.user_id('sam')), tests.user_id('sam'),
  'those of a personal workspace count for its user');
select is((select w.created_by from public.workspaces as w where w.personal_of = tests.user_id('sam')), tests.user_id('sam'), 'who created it by signing up');
select is(tests.answer('sam', 'update public.workspaces set created_by = tests.user_id(''ann'')'), '42501 permission denied for table workspaces',
  'no user changes who created a workspace');
select tests.act_as('eve');
select public.remove_member(m.id, tests.user_id('eve')) from made as m;
select tests.act_as_owner();
select is((select w.account_id from public.workspaces as w join made on made.id = w.id), null::uuid, 'when the creator has left, the jobs count for no member');
select is((select private.account_of(m.id) from made as m), md5('left ' || tests.user_id('eve'))::uuid, 'they count for an account of their own');
select tests.act_as('eve');
insert into made select w.id from public.create_workspace('Second trap') as w;
select tests.act_as_owner();
insert into public.workspace_members (workspace_id, user_id, display_name, role)
select m.id, tests.user_id('sam'), 'Sam', 'admin' from made as m on conflict do nothing;
delete from public.workspace_members as m using made where made.id = m.workspace_id and m.user_id = tests.user_id('eve');
select is((select count(distinct private.account_of(m.id)) from made as m), 1::bigint, 'all workspaces that an account has left count as one');
select is(tests.answer('sam', 'update public.workspaces set account_id = tests.user_id(''ann'')'), '42501 permission denied for table workspaces',
  'no user chooses the account of another');
select tests.create_user('kim');
insert into public.workspace_members (workspace_id, user_id, display_name, role) select m.id, tests.user_id('kim'), 'Kim', 'manager' from made as m;
update public.profiles as p set active_workspace_id = (select m.id from made as m join public.workspaces as w on w.id = m.id where w.name = 'Trap')
where p.id in (tests.user_id('sam'), tests.user_id('kim'));
select tests.act_as('kim');
select throws_ok('select public.claim_workspace_account()', '42501', 'Only an admin of the workspace may do this.', 'a manager does not take the account over');
select tests.act_as('sam');
select public.claim_workspace_account();
select tests.act_as_owner();
select results_eq('select w.name, private.account_of(w.id) = tests.user_id(''sam'') from public.workspaces as w join made on made.id = w.id order by w.name',
  $$ values ('Second trap', false), ('Trap', true) $$, 'an admin takes over the workspace of the request, and no other');
delete from public.workspaces as w where w.id in (select m.id from made as m);

select pg_temp.add_files(label, 10) from unnest(array['a', 'a2', 'a3', 'a4', 'a5', 'a6']) as label;
select pg_temp.add_files('b', 5);
select ok(pg_temp.owners(pg_temp.next_files(10)) in ('ababababab', 'bababababa'), 'an account with six workspaces has as many turns as one with a single one');
select ok((select count(distinct split_part(f.name, ' ', 1)) from unnest(pg_temp.next_files(30)) as f (name)) > 2,
  'the workspaces of an account share its turns');
select is((select count(*) from unnest(pg_temp.next_files(60)) as f (name) where f.name is not null), 25::bigint, 'all of them are served in the end');
delete from private.ingestion_jobs;
select pg_temp.add_files('a', 1);
select pg_temp.add_files('a2', 1);
update private.ingestion_jobs set available_at = now() + interval '1 hour' where workspace_id = tests.workspace('a');
select is(pg_temp.next_files(1), array['a2 1-1'], 'a workspace whose jobs are paused does not use the turn of its account up');
delete from private.ingestion_jobs;
delete from public.workspaces where id in (select tests.workspace('a' || i) from generate_series(2, 5) as i);

-- a workspace whose earlier jobs count for another account
select pg_temp.add_files('a', 1);
update private.ingestion_jobs set account_id = tests.user_id('bob');
select is(private.take_ingestion_job(tests.user_id('ann'), tests.workspace('a')), null, 'the turn of an account takes no file that counts for another one');
delete from private.ingestion_jobs;

-- who waits for a file
insert into storage.objects (bucket_id, name, owner_id) values
  ('apex-files', format('files/workspace_%s/import.txt', tests.workspace('a')), null),
  ('apex-files', format('files/workspace_%s/upload.txt', tests.workspace('a')), tests.user_id('ann'));
select is(pg_temp.next_files(2), array['upload.txt', 'import.txt'], 'a file of a member is read before an imported one');
select public.store_extraction(j.artifact_id, j.claim_id, jsonb_build_object('documents', '[{"type": "text", "metadata": {}}]'::jsonb,
    'chunks', jsonb_build_array(jsonb_build_object('id', gen_random_uuid(), 'source_type', 'text', 'chunk_index', 0, 'text', a.filename, 'meta', '{}'::jsonb))))
from private.ingestion_jobs as j join public.artifacts as a on a.id = j.artifact_id where a.filename in ('upload.txt', 'import.txt');
select results_eq($$ select c.text, j.priority::integer from private.embedding_jobs as j join public.search_chunks as c on c.id = j.chunk_id order by 1 $$,
  $$ values ('import.txt', 1), ('upload.txt', 0) $$, 'passages have the priority of their file');
update private.ingestion_jobs set failed_at = now();
select tests.act_as('ann');
select public.reprocess_artifact(a.id) from public.artifacts as a where a.filename = 'import.txt';
select tests.act_as_owner();
select is((select j.priority from private.ingestion_jobs as j where j.failed_at is null), 0, 'a member waits for a file that they read again');
delete from private.ingestion_jobs;

-- texts to embed
delete from private.embedding_jobs;
delete from public.search_chunks;
insert into private.embedding_models (workspace_id, model, dimensions)
select tests.workspace(l), 'm', 384 from unnest(array['a', 'b', 'c']) as l on conflict (workspace_id) do update set model = 'm', dimensions = 384;
create function pg_temp.add_texts(label text, number integer) returns void language sql as $$
  insert into public.search_chunks (workspace_id, source_type, chunk_index, text)
  select tests.workspace(add_texts.label), 'text', i, format('%s %s', add_texts.label, i) from generate_series(1, add_texts.number) as i $$;
create function pg_temp.next_texts(batch integer, model text default 'm') returns text[] language sql as $$
  select array_agg(c.content order by c.content) from public.claim_embedding_jobs(next_texts.model, 384, next_texts.batch) as c $$;
select pg_temp.add_texts('a', 1000);
select pg_temp.next_texts(8);
select pg_temp.add_texts('b', 1);
select pg_temp.add_texts('c', 1);
select ok(pg_temp.next_texts(8) @> array['b 1', 'c 1'], 'texts of all workspaces are in the next batch, behind a thousand of one of them');
select is(cardinality(pg_temp.next_texts(32)), 32, 'a workspace fills the batch when no other has texts');
delete from private.embedding_jobs;
insert into private.embedding_models (workspace_id, model, dimensions) values (tests.workspace('a6'), 'm', 384);
select pg_temp.add_texts('a', 50);
select pg_temp.add_texts('a6', 50);
select pg_temp.add_texts('b', 50);
select is((select count(*) from unnest(pg_temp.next_texts(8)) as t (text) where t.text like 'b %'), 4::bigint,
  'an account with two workspaces has half of a batch beside an account with one');
select is((select count(*) from unnest(pg_temp.next_texts(40)) as t (text) where t.text like 'b %'), 20::bigint, 'in every batch');
create function pg_temp.owners_of_texts(number integer) returns text language plpgsql as $$
declare owners text := '';
begin
  for i in 1 .. number loop
    owners := owners || left((pg_temp.next_texts(1))[1], 1);
  end loop;
  return owners;
end $$;
update private.queue_turns set account_id = tests.user_id('cat') where queue <> 'embedding_jobs';
select ok(pg_temp.owners_of_texts(4) in ('abab', 'baba'), 'accounts take turns from one small batch to the next');
select is_empty($$ select 1 from private.queue_turns as t where t.queue <> 'embedding_jobs' and t.account_id is distinct from tests.user_id('cat') $$,
  'and whose turn it is in other queues stays as it was');
delete from private.embedding_jobs;
delete from public.search_chunks;
select pg_temp.add_texts('a', 2);
select tests.act_as('ann');
select public.reembed('m', 384);
select lives_ok($$ insert into public.search_chunks (source_type, chunk_index, text) values ('text', 9, 'a note') $$, 'a member adds a passage');
select tests.act_as_owner();
select is(pg_temp.next_texts(1), array['a note'], 'a passage of a member is embedded before imported ones');
select is(pg_temp.next_texts(2), array['a 1', 'a 2'], 'the texts of a change of model come last');
select is(pg_temp.next_texts(9), array['a 1', 'a 2', 'a note'], 'and then come the texts of the change');
delete from private.embedding_jobs;
delete from private.embedding_models where workspace_id = tests.workspace('b');
select pg_temp.add_texts('a', 100);
select pg_temp.add_texts('b', 1);
select is(pg_temp.next_texts(3, 'other'), array['b 1'], 'workspaces with another model are skipped');
update private.embedding_models set model = 'n' where workspace_id = tests.workspace('a6');
select pg_temp.add_texts('a6', 1);
select is(pg_temp.next_texts(3, 'n'), array['a6 1'], 'also those of the same account');

-- rebuilds of search
set local jit = off;
delete from public.search_rebuilds;
insert into public.documents (id, workspace_id, type)
select md5(l || i)::uuid, tests.workspace(l), 'text' from (values ('a', 8), ('b', 1)) as v (l, number), generate_series(1, v.number) as i;
select tests.act_as('ann');
select public.rebuild_search();
select public.rebuild_search(array[md5('a7')::uuid]);
select tests.act_as('bob');
select public.rebuild_search();
select tests.act_as_owner();
select is(private.rebuild_documents(tests.user_id('bob'), tests.workspace('a'), 1), 0, 'the turn of an account rebuilds no document that counts for another one');
select is(private.rebuild_documents(tests.user_id('ann'), tests.workspace('b'), 1), 0, 'nor one of another workspace');
select is(private.rebuild_documents(tests.user_id('ann'), tests.workspace('a'), 1), 1, 'a turn is limited');
select is((select t.document_id from private.search_rebuild_documents as t where t.done_at is not null), md5('a7')::uuid,
  'documents that an admin named are rebuilt before the others');
select is(private.run_rebuilds(), (select count(*)::integer - 1 from public.documents where workspace_id in (tests.workspace('a'), tests.workspace('b'))),
  'a run rebuilds the documents of all workspaces');

select * from finish();
rollback;
