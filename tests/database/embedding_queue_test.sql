-- The queue of passages and memories to embed.
begin;
select plan(61);

select tests.create_user('ann');
select tests.create_user('bob');
insert into public.workspaces (id, name) values (tests.workspace('a'), 'A');
insert into public.workspace_members (workspace_id, user_id, role, display_name)
values (tests.workspace('a'), tests.user_id('ann'), 'admin', 'Ann'), (tests.workspace('a'), tests.user_id('bob'), 'manager', 'Bob');
insert into public.documents (id, workspace_id, type) values ('d1111111-0000-4000-8000-000000000001', tests.workspace('a'), 'text');
create function pg_temp.axis(n integer, dimensions integer default 384) returns jsonb language sql as
  $$ select jsonb_agg(case when i = axis.n then 1 else 0 end order by i) from generate_series(1, axis.dimensions) as i $$;
create temporary table claimed (job_id bigint, revision integer, content text, attempts integer);
create function pg_temp.results(n integer) returns jsonb language sql as $$
  select jsonb_agg(jsonb_build_object('job_id', c.job_id, 'revision', c.revision, 'embedding', pg_temp.axis(results.n)))
  from pg_temp.claimed as c $$;
create function pg_temp.claim(model text, dimensions integer default 384, batch integer default 32) returns bigint language sql as $$
  delete from pg_temp.claimed;
  insert into pg_temp.claimed select c.job_id, c.revision, c.content, c.attempts from public.claim_embedding_jobs(claim.model, claim.dimensions, claim.batch) as c;
  select count(*) from pg_temp.claimed $$;
-- without jobs of the seed
delete from private.embedding_jobs;

insert into public.search_chunks (document_id, source_type, heading, text) values
  ('d1111111-0000-4000-8000-000000000001', 'text', 'Roof > Leaks', 'one'), ('d1111111-0000-4000-8000-000000000001', 'text', null, 'two');
select is((select count(*) from private.embedding_jobs), 2::bigint, 'passages without a vector are queued');
insert into public.search_chunks (document_id, source_type, text, embedding)
values ('d1111111-0000-4000-8000-000000000001', 'text', 'three', pg_temp.axis(1)::text::extensions.vector);
select is((select count(*) from private.embedding_jobs), 2::bigint, 'a passage with a vector is not queued');
select is((select embedding_model from public.search_chunks where text = 'three'), 'all-MiniLM-L6-v2',
  'a vector without a model gets the published model');
delete from public.search_chunks where text = 'three';

-- claims
select is((select count(*) from public.claim_embedding_jobs('m', 384, adopt => false)), 0::bigint,
  'with adopt false, a workspace gets no model');
select is(pg_temp.claim('m', batch => 1), 1::bigint, 'batch limits a claim');
select is((select attempts from pg_temp.claimed), 1, 'claims are counted');
select is(pg_temp.claim('m'), 1::bigint, 'a claim takes the remaining job');
select is(pg_temp.claim('m'), 0::bigint, 'a job is not claimed twice during its lease');
select is((select model from private.embedding_models where workspace_id = tests.workspace('a')), 'm',
  'the first worker sets the model of the workspace');
update private.embedding_jobs set available_at = now();
select is(pg_temp.claim('another'), 0::bigint, 'a worker of another model claims nothing');
select is(pg_temp.claim('m'), 2::bigint, 'a job whose lease expired is claimed again');
select results_eq($$ select content, attempts from pg_temp.claimed order by content $$,
  $$ values (E'Roof > Leaks\none', 2), ('two', 2) $$, 'heading and text are embedded');
select throws_ok($$ select public.claim_embedding_jobs('m', 500) $$, '22023',
  'dimensions must be 384 or 1024; model is required.', 'an unsupported size is refused');
select throws_ok($$ select public.claim_embedding_jobs(null, 384) $$, '22023',
  'dimensions must be 384 or 1024; model is required.', 'a claim names its model');

-- storing
select throws_ok(format($$ select public.finish_embedding_jobs('m', %L) $$,
    (select jsonb_agg(jsonb_build_object('job_id', job_id, 'revision', revision, 'embedding', pg_temp.axis(1, 10))) from claimed)),
  '22000', 'expected 384 dimensions, not 10', 'a vector of another size is refused');
select is((select count(*) from private.embedding_jobs), 2::bigint, 'a refused call keeps the jobs');
select is(public.finish_embedding_jobs('m', pg_temp.results(1)), 2, 'vectors are stored');
select is((select count(*) from private.embedding_jobs), 0::bigint, 'their jobs are deleted');
select results_eq($$ select embedding_model, embedding::text = pg_temp.axis(1)::text::extensions.vector::text from public.search_chunks where workspace_id = tests.workspace('a') $$,
  $$ values ('m', true), ('m', true) $$, 'vectors have the name of the model');
select is(public.finish_embedding_jobs('m', pg_temp.results(2)), 0, 'finishing a job again stores nothing');

-- changes
update public.search_chunks set meta = '{"a": 1}' where text = 'two';
select is((select count(*) from private.embedding_jobs), 0::bigint, 'an update of other columns queues nothing');
update public.search_chunks set text = 'two again' where text = 'two';
select is((select embedding from public.search_chunks where text = 'two again'), null, 'an update of the text removes the vector');
select is(pg_temp.claim('m'), 1::bigint, 'the new text is queued');
update public.search_chunks set text = 'two for the third time' where text = 'two again';
select is(public.finish_embedding_jobs('m', pg_temp.results(3)), 0, 'a vector of a former text is not stored');
select is(pg_temp.claim('m'), 1::bigint, 'a changed text is claimed at once');
select is((select content from pg_temp.claimed), 'two for the third time', 'a claim returns the current text');

-- failures
select public.fail_embedding_job(job_id, revision, 'stopped', 'give_back') from pg_temp.claimed;
select is(pg_temp.claim('m'), 1::bigint, 'a job that a worker gives back is available at once');
select is((select attempts from pg_temp.claimed), 1, 'the attempt is not counted');
select throws_ok($$ select public.fail_embedding_job(1, 1, 'x', 'y') $$, '22023', 'outcome must be retry, give_back or refused.', 'an unknown outcome is refused');
select public.fail_embedding_job(job_id, revision, 'no luck') from pg_temp.claimed;
select is(pg_temp.claim('m'), 0::bigint, 'a failure is followed by a pause');
update private.embedding_jobs set attempts = 5, available_at = now();
select is(pg_temp.claim('m'), 0::bigint, 'a job fails after five attempts');
select public.fail_embedding_job(j.id, j.revision, 'no luck', 'refused') from private.embedding_jobs as j;
select is((select count(*) from private.embedding_jobs where failed_at is not null), 1::bigint, 'a refused job is not tried again');
select tests.act_as('bob@a');
select results_eq($$ select model, waiting, failed, last_error from public.embedding_status() $$,
  $$ values ('m', 0::bigint, 1::bigint, 'no luck') $$, 'a member reads the progress');
select throws_ok($$ select public.reembed('n', 384) $$, '42501', 'Only an admin of the workspace may do this.',
  'a manager cannot change the model of a workspace');
select throws_ok($$ select public.claim_embedding_jobs('m', 384) $$, '42501', 'permission denied for function claim_embedding_jobs',
  'users cannot claim jobs');

-- another model
select tests.act_as('ann@a');
select is(public.reembed('n', 1024), 2::bigint, 'an admin changes the model of the workspace');
select throws_ok($$ select public.reembed('n', 7) $$, '22023',
  'dimensions must be 384 or 1024; model must have 1 to 200 characters.', 'an unsupported size is refused');
select throws_ok(format('select public.reembed(%L, %L)', v.model, v.dimensions), '22023',
  'dimensions must be 384 or 1024; model must have 1 to 200 characters.', v.rule)
from (values (' ', 384, 'a model has a name'), (repeat('m', 201), 384, 'of at most 200 characters'), ('m', null, 'and a size'))
  as v (model, dimensions, rule);
select tests.work_in('b');
select throws_ok($$ select public.embedding_status() $$, 'PT403', 'You do not belong to the workspace of the header x-workspace-id.', 'the status of a workspace of others is refused');
select throws_ok($$ select public.reembed('n', 1024) $$, 'PT403', 'You do not belong to the workspace of the header x-workspace-id.', 'so is a change of its model');
select tests.act_as_owner();
select private.switch_embedding_models();
select is((select model from private.embedding_models where workspace_id = tests.workspace('a')), 'm', 'the workspace keeps its model while vectors are missing');
select is((select count(*) from public.search_chunks where embedding_model = 'm' and workspace_id = tests.workspace('a')), 1::bigint,
  'search keeps the current vectors');
select is(pg_temp.claim('n', 1024), 2::bigint, 'a worker of the new model claims all jobs');
select is(public.finish_embedding_jobs('n', (select jsonb_agg(jsonb_build_object('job_id', job_id, 'revision', revision, 'embedding', pg_temp.axis(4, 1024))) from pg_temp.claimed)),
  2, 'the new vectors are stored');
select private.switch_embedding_models();
select results_eq($$ select embedding_model, embedding_1024_model from public.search_chunks where workspace_id = tests.workspace('a') $$,
  $$ values (null::text, 'n'), (null, 'n') $$, 'all passages switch at once');
select is((select count(*) from private.embedding_jobs), 0::bigint, 'no jobs are left');

-- passages of a transaction that was not committed when a change of model began or ended
select tests.act_as('ann@a');
select is(public.reembed('m', 384), 2::bigint, 'the workspace changes back');
select tests.act_as_owner();
select pg_temp.claim('m');
select public.finish_embedding_jobs('m', pg_temp.results(6));
insert into public.search_chunks (document_id, source_type, text, embedding_1024, embedding_1024_model)
values ('d1111111-0000-4000-8000-000000000001', 'text', 'unseen', pg_temp.axis(1, 1024)::text::extensions.vector, 'n');
delete from private.embedding_jobs where chunk_id = (select id from public.search_chunks where text = 'unseen');
select private.switch_embedding_models();
select is(pg_temp.claim('m'), 1::bigint, 'a row that got a vector of the former model during the change is queued for the new one');
select is(public.finish_embedding_jobs('m', pg_temp.results(7)), 1, 'its new vector is stored');
insert into private.embedding_jobs (chunk_id, workspace_id, for_next)
select id, workspace_id, true from public.search_chunks where text = 'unseen';
select private.switch_embedding_models();
select is((select count(*) from private.embedding_jobs), 0::bigint, 'jobs for a change that is over are deleted');
select results_eq($$ select distinct embedding_model from public.search_chunks where workspace_id = tests.workspace('a') $$, array['m'],
  'no passage is left with only the former model');
delete from public.search_chunks where text = 'unseen';
select tests.act_as('ann@a');
select public.reembed('n', 1024);
select tests.act_as_owner();
select pg_temp.claim('n', 1024);
select public.finish_embedding_jobs('n', (select jsonb_agg(jsonb_build_object('job_id', job_id, 'revision', revision, 'embedding', pg_temp.axis(4, 1024))) from pg_temp.claimed));
select private.switch_embedding_models();

-- memories belong to the personal workspace
select tests.act_as('ann');
select public.remember('"likes tea"');
select tests.act_as_owner();
select is((select w.personal_of from private.embedding_jobs as j join public.workspaces as w on w.id = j.workspace_id), tests.user_id('ann'),
  'a memory is queued for the personal workspace');
select is(pg_temp.claim('m'), 1::bigint, 'a memory is claimed like a passage');
select is(public.finish_embedding_jobs('m', pg_temp.results(5)), 1, 'the vector of a memory is stored');
select is((select embedding_model from public.cipher_memory where user_id = tests.user_id('ann')), 'm', 'the memory has the name of the model');
select tests.act_as('ann');
update public.cipher_memory set context = '{"n": 1}';
select tests.act_as_owner();
select is((select count(*) from private.embedding_jobs where memory_id is not null), 0::bigint, 'another context of a memory queues nothing');
select tests.act_as('ann');
update public.cipher_memory set content = '"likes coffee"';
select tests.act_as_owner();
select results_eq($$ select m.content, m.embedding is null and m.embedding_1024 is null
    from private.embedding_jobs as j join public.cipher_memory as m on m.id = j.memory_id $$,
  $$ values ('"likes coffee"'::jsonb, true) $$, 'a memory with other content is queued again, without its vector');

delete from private.embedding_jobs;
select tests.act_as('ann');
select public.remember('"likes cake"');
select tests.act_as_owner();
select pg_temp.claim('m');
select results_eq('select content from pg_temp.claimed', array['likes cake'], 'the text of a job is that of its own memory');

-- a large document, followed by a small one
delete from private.embedding_jobs;
insert into public.documents (id, workspace_id, type) values ('d1111111-0000-4000-8000-000000000002', tests.workspace('a'), 'text');
insert into public.search_chunks (document_id, source_type, chunk_index, text)
select 'd1111111-0000-4000-8000-000000000001', 'text', i, 'large ' || i from generate_series(0, 99) as i;
insert into public.search_chunks (document_id, source_type, chunk_index, text)
select 'd1111111-0000-4000-8000-000000000002', 'text', i, 'small ' || i from generate_series(0, 1) as i;
select pg_temp.claim('n', 1024, 4);
select results_eq($$ select content from pg_temp.claimed order by content $$,
  $$ values ('large 0'), ('large 1'), ('small 0'), ('small 1') $$, 'a small document is embedded before the rest of a large one');
select * from finish();
rollback;
