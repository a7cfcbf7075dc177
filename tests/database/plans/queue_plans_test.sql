-- Claims: how many pages one reads does not depend on the number of jobs that are queued.
select plan(5);

-- The pages that a statement reads from memory and disk, counting those of the functions it calls. The least of three, since
-- the first run reads the catalog and a page may be filled in any of them.
create function pg_temp.pages(statement text) returns bigint language plpgsql as $$
declare
  explained json;
  least_of  bigint;
begin
  for i in 1 .. 3 loop
    execute 'explain (analyze, buffers, timing off, format json) ' || pages.statement into explained;
    least_of := least(least_of, (explained #>> '{0,Plan,Shared Hit Blocks}')::bigint + (explained #>> '{0,Plan,Shared Read Blocks}')::bigint);
  end loop;
  return least_of;
end $$;
create function pg_temp.add_jobs(number integer) returns void language sql as $$
  with added as (
    insert into public.artifacts (workspace_id, filename)
    select tests.workspace('company ' || i % 3 + 1), 'file' from generate_series(1, add_jobs.number) as i
    returning id, workspace_id)
  insert into private.ingestion_jobs (artifact_id, workspace_id, priority)
  select a.id, a.workspace_id, row_number() over () % 3 from added as a;
  insert into public.search_chunks (workspace_id, source_type, chunk_index, text)
  select tests.workspace('company ' || i % 3 + 1), 'text', i % 50, 'text' from generate_series(1, add_jobs.number) as i;
$$;
create temporary table measured (size integer, file bigint, texts bigint);

delete from private.ingestion_jobs;
delete from private.embedding_jobs;
-- the first claim gives the workspaces their model
select pg_temp.add_jobs(1000);
select count(*) from public.claim_embedding_jobs('m', 384, 9);
analyze private.ingestion_jobs, private.embedding_jobs, public.artifacts;
do $$
begin
  for doubled in 0 .. 2 loop
    insert into measured values (2 ^ doubled, pg_temp.pages('select * from public.claim_ingestion_job()'),
      pg_temp.pages($c$ select * from public.claim_embedding_jobs('m', 384, 8) $c$));
    perform pg_temp.add_jobs((1000 * 2 ^ doubled)::integer);
  end loop;
end $$;
select diag(format('pages at %s000 jobs: %s for a file, %s for eight texts', m.size, m.file, m.texts)) from measured as m order by m.size;
select cmp_ok((select count(*) from private.ingestion_jobs), '>=', 7000::bigint, 'many files are queued');
-- A half more, for another level of the indexes and for what the claims before have left; the jobs themselves are four times as many.
select cmp_ok(m.file, '<=', (select f.file * 3 / 2 from measured as f where f.size = 1),
  format('with %s times as many files, a claim does not read more', m.size)) from measured as m where m.size > 1;
select cmp_ok(m.texts, '<=', (select f.texts * 3 / 2 from measured as f where f.size = 1),
  format('with %s times as many texts, a claim does not read more', m.size)) from measured as m where m.size > 1;

select * from finish();
