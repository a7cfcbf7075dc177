-- Plans of search: which indexes each way through it scans, and that it never scans the table. Counted, not explained: it
-- is about the statements of the function as they are.
select plan(14);

-- as if there were more of it than a test can afford
insert into private.search_corpora (workspace_id, passages, mean_length) values (tests.workspace('large'), 60000, 40);
insert into private.search_terms (workspace_id, lexeme, passages)
select tests.workspace('large'), w.word, 60000 from unnest(array['common', 'number', 'subject']) as w (word) union all select tests.workspace('large'), 'subject' || i, 700 from generate_series(0, 39) as i;

-- the indexes that a search scans, and the table if it is scanned
create function pg_temp.scans() returns table (relation text, scans bigint) language sql as $$
  select c.relname::text, pg_stat_get_xact_numscans(c.oid)
  from pg_class as c where c.oid = 'public.search_chunks'::regclass
  or c.oid in (select i.indexrelid from pg_index as i where i.indrelid = 'public.search_chunks'::regclass)
$$;
create function pg_temp.scanned_by(persona text, statement text) returns text language plpgsql as $$
declare
  before jsonb := (select jsonb_object_agg(s.relation, s.scans) from pg_temp.scans() as s);
begin
  perform tests.act_as(scanned_by.persona);
  execute scanned_by.statement;
  perform tests.act_as_owner();
  return (select ' ' || string_agg(s.relation, '  ' order by s.relation) || ' ' from pg_temp.scans() as s where s.scans > (before ->> s.relation)::bigint);
end
$$;
create function pg_temp.question(dimensions integer) returns extensions.vector language sql as $$ select tests.vector_of(1, question.dimensions) $$;
grant execute on function pg_temp.question(integer) to authenticated;

create temporary table ways (name text, who text, uses text, spares text, statement text);
insert into ways values
  ('by words, in a large workspace', 'ann@large', 'search_chunks_search_idx', 'search_chunks_embedding_idx',
    $$ select count(*) from public.search('number500 subject7 subject8 subject9 subject10') $$),
  ('by meaning, in a large workspace', 'ann@large', 'search_chunks_embedding_idx', 'search_chunks_workspace_id_embedding_idx',
    $$ select count(*) from public.search('', pg_temp.question(384), 'm') $$),
  ('by meaning, with 1024 dimensions', 'ann@large', 'search_chunks_embedding_1024_idx', 'search_chunks_embedding_idx',
    $$ select count(*) from public.search('', pg_temp.question(1024), 'big') $$),
  ('by meaning, in a small workspace', 'bob@small', 'search_chunks_workspace_id_embedding_idx', 'search_chunks_embedding_idx',
    $$ select count(*) from public.search('', pg_temp.question(384), 'm') $$),
  ('by meaning, narrowed by metadata', 'ann@large', 'search_chunks_search_idx', 'search_chunks_embedding_idx',
    $$ select count(*) from public.search('', pg_temp.question(384), 'm', metadata => '{"n": 8}') $$),
  ('by meaning, narrowed by words in quotes', 'ann@large', 'search_chunks_search_idx', 'search_chunks_embedding_idx',
    $$ select count(*) from public.search('"passage number500"', pg_temp.question(384), 'm', syntax => 'operators') $$),
  ('by meaning, narrowed by date', 'ann@large', 'search_chunks_workspace_id_created_at_idx', 'search_chunks_embedding_idx',
    $$ select count(*) from public.search('', pg_temp.question(384), 'm', created_before => now() - interval '1 day') $$);
create temporary table seen as select w.name, pg_temp.scanned_by(w.who, w.statement) as scanned from ways as w;
select matches(s.scanned, ' ' || w.uses || ' ', w.name || ': scans ' || w.uses) from ways as w join seen as s on s.name = w.name;
select doesnt_match(s.scanned, format(' (search_chunks|%s) ', w.spares), format('%s: scans neither the table nor %s', w.name, w.spares))
from ways as w join seen as s on s.name = w.name;

select * from finish();
