-- Attempts of users who know the ids of a workspace that they do not work in, and what these change. What an attempt writes
-- stays, so that workers and schedules run over it.

-- The word that every text of the attacked workspace contains.
create function tests.marker() returns text
language sql immutable
as $$
  select 'zqmarker'
$$;

-- Foreign keys of the exposed tables by column, and what they reference.
create function tests.links() returns table (relation text, column_name text, target text, target_column text)
language sql stable set search_path = ''
as $$
  select r.name, a.attname::text, k.confrelid::regclass::text, b.attname::text
  from tests.exposed_relations('rp') as r
  join pg_catalog.pg_class as c on c.oid = r.id and not c.relispartition
  join pg_catalog.pg_constraint as k on k.conrelid = r.id and k.contype = 'f'
  cross join lateral unnest(k.conkey, k.confkey) as p (here, there)
  join pg_catalog.pg_attribute as a on a.attrelid = k.conrelid and a.attnum = p.here
  join pg_catalog.pg_attribute as b on b.attrelid = k.confrelid and b.attnum = p.there
$$;

-- The exposed tables whose unique constraints an upsert can name.
create function tests.unique_keys() returns table (relation text, columns text[])
language sql stable set search_path = ''
as $$
  select r.name, (select array_agg(a.attname::text order by a.attnum) from pg_catalog.pg_attribute as a
    where a.attrelid = k.conrelid and a.attnum = any (k.conkey))
  from tests.exposed_relations('rp') as r
  join pg_catalog.pg_class as c on c.oid = r.id and not c.relispartition
  join pg_catalog.pg_constraint as k on k.conrelid = r.id and k.contype in ('p', 'u')
$$;

-- The functions that users call, with their arguments.
create function tests.calls() returns table (name text, arguments jsonb)
language sql stable set search_path = ''
as $$
  select format('%s.%s', f.schema_name, p.proname),
    (select coalesce(jsonb_agg(jsonb_build_object('name', a.name, 'type', pg_catalog.format_type(a.type, null),
       'row', (select c.oid::regclass::text from pg_catalog.pg_class as c where c.reltype = a.type),
       'optional', a.n > p.pronargs - p.pronargdefaults) order by a.n), '[]')
     from unnest(p.proargtypes::oid[], p.proargnames[1:p.pronargs]) with ordinality as a (type, name, n))
  from tests.own_functions() as f
  join pg_catalog.pg_proc as p on p.oid = f.id
  where f.schema_name <> 'private' and pg_catalog.has_function_privilege('authenticated', f.id, 'execute')
  order by 1
$$;

-- Every folder of a path that belongs to a workspace or user, as resolve_file_path knows them.
create function tests.file_folders(workspace_id uuid, user_id uuid, job_id bigint) returns setof text
language sql stable
as $$
  select distinct w.word || '/' || h.holder
  from pg_proc as p
  cross join regexp_matches(p.prosrc, '''([a-z]+)''', 'g') as m (words)
  cross join lateral (select m.words[1]) as w (word)
  cross join unnest(array['workspace_' || workspace_id, 'user_' || user_id, 'job_' || job_id]) as h (holder)
  where p.oid = 'private.resolve_file_path(text)'::regprocedure
    and exists (select from private.resolve_file_path(w.word || '/' || h.holder || '/x'))
$$;

-- Makes the ids of a table unlike those of every other table.
create function tests.spread_ids() returns void
language plpgsql
as $$
declare
  number record;
begin
  for number in
    select s.oid::regclass as id, row_number() over (order by s.oid) as place
    from pg_class as s join pg_namespace as n on n.oid = s.relnamespace
    where s.relkind = 'S' and n.nspname in (select tests.exposed_schemas())
  loop
    perform setval(number.id, 7000000000 + 1000000 * number.place);
  end loop;
end
$$;

-- Puts the marker into every text and JSON column of a row that accepts it, and does not delete one of the other rows, each a
-- table with a condition. Returns their number.
create function tests.mark(relation text, condition text, others text[]) returns integer
language plpgsql
as $$
declare
  part   record;
  value  text;
  other  text;
  kept   boolean;
  marked integer := 0;
begin
  for part in
    select a.attname as name, format_type(a.atttypid, null) as type
    from pg_attribute as a
    where a.attrelid = mark.relation::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      and format_type(a.atttypid, null) in ('text', 'jsonb', 'text[]')
    order by a.attnum
  loop
    foreach value in array case part.type
      when 'text' then array[tests.marker(), tests.marker() || '@example.test', 'https://example.test/' || tests.marker()]
      when 'text[]' then array[format('{%s}', tests.marker())]
      else array[format('{"text": "%s"}', tests.marker()), format('["%s"]', tests.marker()), format('"%s"', tests.marker())]
    end
    loop
      begin
        execute format('update %s set %I = %L where %s', mark.relation, part.name, value, mark.condition);
        foreach other in array mark.others loop
          execute format('select exists (select from %s)', other) into strict kept;
          assert kept;
        end loop;
        marked := marked + 1;
        exit;
      exception when assert_failure or others then
        continue;
      end;
    end loop;
  end loop;
  return marked;
end
$$;

-- The rows, in tables of every kind, that match a pattern, without the columns that time changes.
create function tests.rows_with(pattern text) returns table (relation text, content jsonb)
language plpgsql
as $$
declare
  each_table text;
begin
  for each_table in
    select t.name from tests.own_tables() as t where not t.is_partition
    union all select 'storage.objects'
  loop
    return query execute format(
      'select %L, r.content from (select to_jsonb(t) - %L::text[] as content from %s as t) as r where r.content::text ~ %L',
      each_table, array(select v.column_name from tests.changing_columns() as v where v.relation = each_table), each_table,
      rows_with.pattern);
  end loop;
end
$$;

-- Columns that change without an attempt.
create function tests.changing_columns() returns table (relation text, column_name text, reason text)
language sql immutable
as $$
  values
    ('public.cipher_memory', 'confidence', 'The schedule deletes memories that are not recalled.'),
    ('private.search_corpora', 'counted_at', 'The schedule counts passages.'),
    ('private.queue_turns', 'account_id', 'Every claim sets the account that was served.')
$$;

-- The rows that the attempts must not change are those that contain the marker, or an id of the attacked workspace.
create function tests.remember_rows(pattern text) returns void
language plpgsql
as $$
begin
  create temporary table known_pattern on commit drop as
  select remember_rows.pattern || '|' || tests.user_id('ann') || '|' || w.id as pattern
  from public.workspaces as w where w.personal_of = tests.user_id('ann');
  create temporary table known_rows on commit drop as select r.* from tests.rows_with((select k.pattern from pg_temp.known_pattern as k)) as r;
end
$$;

-- At most so many differences between these rows and what is there now.
create function tests.changes_of_known_rows(most integer) returns setof text
language plpgsql
as $$
begin
  return query
  with present as materialized (
    select r.* from tests.rows_with((select k.pattern from pg_temp.known_pattern as k)) as r
  ), lost as (
    table pg_temp.known_rows except all table present
  ), gained as (
    table present except all table pg_temp.known_rows
  )
  select format('%s lost %s', l.relation, left(l.content::text, 1500)) from lost as l
  union all
  select format('%s has %s', g.relation, left(g.content::text, 1500)) from gained as g
  limit changes_of_known_rows.most;
end
$$;

-- What became of an attempt, {"persona", "claim", "statement", "reads", "undone"}: the number of rows it met, an error word for
-- word, or "reads the content". A persona is one of tests.act_as; claim is the label of the workspace that the token names.
create function tests.try_known_id(attempt jsonb) returns text
language plpgsql
as $$
declare
  met    integer;
  answer text;
  detail text;
  hint   text;
begin
  perform tests.act_as(attempt ->> 'persona');
  if attempt ? 'claim' then
    perform set_config('request.jwt.claims', (current_setting('request.jwt.claims')::jsonb
      || jsonb_build_object('workspace_id', tests.workspace(attempt ->> 'claim')))::text, true);
  end if;
  perform public.check_request();
  if (attempt ->> 'reads')::boolean then
    execute format('select count(*), string_agg(to_jsonb(r)::text, '' '') from (%s) as r', attempt ->> 'statement') into met, answer;
  else
    execute attempt ->> 'statement';
    get diagnostics met = row_count;
  end if;
  set constraints all immediate;
  set constraints all deferred;
  perform tests.act_as_owner();
  answer := case when answer ~ tests.marker() then 'reads the content' else format('%s rows', met) end;
  if (attempt ->> 'undone')::boolean then
    raise exception using errcode = 'TRIED';
  end if;
  return answer;
exception
  when sqlstate 'TRIED' then
    return answer;
  when others then
    get stacked diagnostics detail = pg_exception_detail, hint = pg_exception_hint;
    answer := concat_ws(' ', sqlstate, sqlerrm, nullif(detail, ''), nullif(hint, ''));
    return case when answer ~ tests.marker() then 'reads the content: ' else '' end || answer;
end
$$;

create function tests.try_known_ids(attempts jsonb) returns text[]
language plpgsql
as $$
declare
  attempt  jsonb;
  outcomes text[] := '{}';
begin
  for attempt in select a.value from jsonb_array_elements(attempts) with ordinality as a (value, n) order by a.n loop
    outcomes := outcomes || tests.try_known_id(attempt);
  end loop;
  perform tests.act_as_owner();
  return outcomes;
end
$$;

-- Every schedule and worker, until nothing is queued. Returns the number of texts, files and objects of each claim.
create function tests.run_workers() returns integer
language plpgsql
as $$
declare
  command text;
  job     record;
  done    integer := 0;
begin
  for round in 1 .. 3 loop
    -- Everything is due.
    update private.ingestion_jobs set available_at = now() where failed_at is null;
    update private.embedding_jobs set available_at = now() where failed_at is null;
    update private.search_rebuild_documents set available_at = now() where failed_at is null and done_at is null;
    update private.object_removals set available_at = now();
    perform tests.act_as_service();
    loop
      select j.* into job from public.claim_ingestion_job() as j;
      exit when not found;
      perform public.store_extraction(job.artifact_id, job.attempt, jsonb_build_object(
        'documents', jsonb_build_array(jsonb_build_object('type', 'text', 'title', 'Read', 'metadata', '{}'::jsonb)),
        'sections', jsonb_build_array(jsonb_build_object('id', overlay(md5('section ' || job.artifact_id) placing '8' from 13)::uuid,
          'order', 0, 'level', 1, 'text', 'Text of a file.')),
        'chunks', jsonb_build_array(jsonb_build_object('id', overlay(md5('chunk ' || job.artifact_id) placing '8' from 13)::uuid,
          'source_type', 'text', 'chunk_index', 0, 'text', 'Text of a file.', 'meta', '{}'::jsonb))));
      perform public.finish_ingestion(job.artifact_id, job.attempt);
      done := done + 1;
    end loop;
    for job in
      select j.* from (values ('model-a', 384), ('model-b', 1024)) as m (model, dimensions)
      cross join lateral (select m.model, c.*, m.dimensions from public.claim_embedding_jobs(m.model, m.dimensions, 500) as c) as j
    loop
      perform public.finish_embedding_jobs(job.model, jsonb_build_array(jsonb_build_object('job_id', job.job_id,
        'revision', job.revision, 'embedding', to_jsonb(array_fill(0.1::real, array[job.dimensions])))));
      done := done + 1;
    end loop;
    perform public.claim_object_removals();
    perform tests.act_as_owner();
    for command in select c.command from cron.job as c order by c.jobname loop
      execute command;
    end loop;
  end loop;
  return done;
end
$$;

grant execute on all functions in schema tests to anon, authenticated, service_role;
