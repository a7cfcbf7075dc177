-- Changing the embedding model of several workspaces at a time: each switches alone, with its own vectors and jobs.
begin;
select plan(21);

select tests.create_user('ann');
select tests.create_user('bob');
select tests.create_user('cal');
delete from private.embedding_jobs;
delete from private.next_embeddings;
delete from private.embedding_models;

create function pg_temp.home(label text) returns uuid language sql as
  $$ select w.id from public.workspaces as w where w.personal_of = tests.user_id(home.label) $$;
create function pg_temp.vector() returns extensions.vector language sql as $$ select ('[1' || repeat(',0', 383) || ']')::extensions.vector $$;
create function pg_temp.key(label text) returns uuid language sql immutable as $$ select md5('model ' || key.label)::uuid $$;

-- in each personal workspace a passage and a memory with vectors of the current model, and ones without a next vector
insert into public.documents (id, workspace_id, type)
select pg_temp.key(p.name || ' document'), pg_temp.home(p.name), 'text' from unnest(array['ann', 'bob', 'cal']) as p (name);
insert into public.search_chunks (id, document_id, source_type, text, embedding, embedding_model)
select pg_temp.key(p.name || s.suffix), pg_temp.key(p.name || ' document'), 'text', p.name || s.suffix, pg_temp.vector(), 'old'
from unnest(array['ann', 'bob', 'cal']) as p (name), unnest(array[' passage', ' other passage']) as s (suffix);
insert into public.cipher_memory (id, user_id, content, embedding, embedding_model)
select pg_temp.key(p.name || s.suffix), tests.user_id(p.name), to_jsonb(p.name || s.suffix), pg_temp.vector(), 'old'
from unnest(array['ann', 'bob', 'cal']) as p (name), unnest(array[' memory', ' other memory', ' third memory']) as s (suffix);
delete from private.embedding_jobs;

-- ann's is complete but for one that failed; bob's is not; cal's does not change
insert into private.embedding_models (workspace_id, model, dimensions, next_model, next_dimensions) values
  (pg_temp.home('ann'), 'old', 384, 'new', 384), (pg_temp.home('bob'), 'old', 384, 'new', 384), (pg_temp.home('cal'), 'old', 384, null, null);
insert into private.next_embeddings (workspace_id, chunk_id, memory_id, model, embedding) values
  (pg_temp.home('ann'), pg_temp.key('ann passage'), null, 'new', pg_temp.vector()),
  (pg_temp.home('ann'), null, pg_temp.key('ann memory'), 'new', pg_temp.vector()),
  (pg_temp.home('ann'), pg_temp.key('ann other passage'), null, 'another', pg_temp.vector()),
  (pg_temp.home('ann'), null, pg_temp.key('ann other memory'), 'another', pg_temp.vector()),
  (pg_temp.home('ann'), null, pg_temp.key('cal memory'), 'new', pg_temp.vector()),
  (pg_temp.home('bob'), pg_temp.key('bob passage'), null, 'new', pg_temp.vector()),
  (pg_temp.home('bob'), null, pg_temp.key('bob memory'), 'new', pg_temp.vector());
insert into private.embedding_jobs (workspace_id, chunk_id, for_next, failed_at) values
  (pg_temp.home('ann'), pg_temp.key('ann other passage'), true, now()),
  (pg_temp.home('ann'), pg_temp.key('ann passage'), false, null),
  (pg_temp.home('bob'), pg_temp.key('bob other passage'), true, null),
  (pg_temp.home('bob'), pg_temp.key('bob passage'), false, null),
  (pg_temp.home('cal'), pg_temp.key('cal passage'), true, null),
  (pg_temp.home('cal'), pg_temp.key('cal other passage'), false, null);
select private.switch_embedding_models();

create function pg_temp.models(who text) returns text language sql as $$
  select string_agg(t.name || ' ' || t.model, ', ' order by t.name) from (
    select c.text as name, c.embedding_model as model from public.search_chunks as c where c.workspace_id = pg_temp.home(models.who)
    union all
    select m.content #>> '{}', m.embedding_model from public.cipher_memory as m where m.user_id = tests.user_id(models.who)
  ) as t $$;
create function pg_temp.jobs(who text) returns text language sql as $$
  select string_agg(c.text || case when j.for_next then ' for the next model' else '' end || case when j.failed_at is null then '' else ', failed' end,
    '; ' order by c.text, j.for_next)
  from private.embedding_jobs as j join public.search_chunks as c on c.id = j.chunk_id where j.workspace_id = pg_temp.home(jobs.who) $$;

select results_eq($$ select model, next_model from private.embedding_models where workspace_id = pg_temp.home('ann') $$, $$ values ('new', null::text) $$,
  'a workspace switches when no job for its next model is left but failed ones');
select is(pg_temp.models('ann'),
  'ann memory new, ann other memory old, ann other passage old, ann passage new, ann third memory old',
  'what has a vector of the next model switches, no other passage or memory');
select is(pg_temp.jobs('ann'), 'ann other passage, failed', 'a failed job stays, for the new model; jobs for the former one are deleted');
select is((select count(*) from private.embedding_jobs as j where j.memory_id = any (array[pg_temp.key('ann other memory'), pg_temp.key('ann third memory')])), 2::bigint,
  'what has no vector of the new model is queued');
select is((select count(*) from private.next_embeddings where workspace_id = pg_temp.home('ann')), 0::bigint, 'its next vectors are deleted');

select results_eq($$ select model, next_model from private.embedding_models where workspace_id = pg_temp.home('bob') $$, $$ values ('old', 'new') $$,
  'a workspace with jobs for its next model does not switch');
select is(pg_temp.models('bob'), 'bob memory old, bob other memory old, bob other passage old, bob passage old, bob third memory old',
  'its passages and memories keep their vectors');
select is(pg_temp.jobs('bob'), 'bob other passage for the next model; bob passage', 'it keeps its jobs');
select is((select count(*) from private.next_embeddings where workspace_id = pg_temp.home('bob')), 2::bigint, 'and its next vectors');

select results_eq($$ select model, next_model from private.embedding_models where workspace_id = pg_temp.home('cal') $$, $$ values ('old', null::text) $$,
  'a workspace that does not change keeps its model');
select is(pg_temp.models('cal'), 'cal memory old, cal other memory old, cal other passage old, cal passage old, cal third memory old',
  'no other workspace changes its memory');
select is(pg_temp.jobs('cal'), 'cal other passage', 'jobs for a change that is over are deleted, those for the current model are not');

-- the first model of a workspace
delete from private.embedding_models;
select private.set_first_model(pg_temp.home('ann'), 'first', 384);
select is((select count(*) from private.embedding_models), 1::bigint, 'a workspace with work gets the model of the worker');
delete from private.embedding_jobs as j where j.workspace_id = pg_temp.home('bob');
select private.set_first_model(pg_temp.home('bob'), 'first', 384);
select is((select count(*) from private.embedding_models), 1::bigint, 'a workspace without work gets none, whatever others have');
update private.embedding_jobs set failed_at = now() where workspace_id = pg_temp.home('cal');
select private.set_first_model(pg_temp.home('cal'), 'first', 384);
select is((select count(*) from private.embedding_models), 1::bigint, 'nor one with failed work only');
-- beginning a change, and beginning it again
delete from private.embedding_models;
insert into public.search_chunks (document_id, source_type, text) values (pg_temp.key('ann document'), 'text', 'ann new passage');
delete from private.embedding_jobs;
delete from private.next_embeddings;
select tests.act_as('ann');
select is(public.reembed('first', 384), 1::bigint, 'the first model of a workspace is for what has no vector');
select is(public.reembed('second', 384), 6::bigint, 'the next one is for all passages and memories');
select tests.act_as_owner();
insert into private.next_embeddings (workspace_id, chunk_id, memory_id, model, embedding) values
  (pg_temp.home('ann'), pg_temp.key('ann passage'), null, 'second', pg_temp.vector()),
  (pg_temp.home('ann'), null, pg_temp.key('ann memory'), 'second', pg_temp.vector()),
  (pg_temp.home('bob'), pg_temp.key('bob passage'), null, 'third', pg_temp.vector());
select tests.act_as('ann');
select is(public.reembed('second', 384), 4::bigint, 'asked for again, it is for what has no vector of it yet');
select tests.act_as_owner();
select is((select count(*) from private.next_embeddings), 3::bigint, 'whose vectors are kept, like those of other workspaces');
select tests.act_as('ann');
select is(public.reembed('fourth', 384), 6::bigint, 'another one begins anew');
select tests.act_as_owner();
select results_eq('select model from private.next_embeddings', array['third'], 'without the vectors of the one before');
select * from finish();
rollback;
