-- How a worker reads files: it claims one, hands in what it found piece by piece, and finishes. Whoever died leaves a
-- claim that runs out; whoever comes next does it again, with the same ids, and what is there already stays.
-- Ids of what a worker found are UUIDs of version 8 (RFC 9562), computed from the file: so they are told from those of
-- people, which are of version 4.

create function private.forget_extraction(artifact_id uuid) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  space constant uuid := (select a.workspace_id from public.artifacts as a where a.id = forget_extraction.artifact_id);
  part  text;
begin
  delete from public.tags as t
  where t.workspace_id = space and t.document_id = forget_extraction.artifact_id and substr(t.id::text, 15, 1) = '8';
  delete from public.facts as f
  where f.workspace_id = space and f.artifact_id = forget_extraction.artifact_id and substr(f.id::text, 15, 1) = '8';
  delete from public.evidence as e
  where e.workspace_id = space and e.artifact_id = forget_extraction.artifact_id and substr(e.id::text, 15, 1) = '8';
  delete from public.documents as d
  where d.id = forget_extraction.artifact_id
    and not exists (select from public.tags as t where t.workspace_id = d.workspace_id and t.document_id = d.id)
    and not exists (select from public.tag_prompts as p where p.workspace_id = d.workspace_id and p.document_id = d.id);
  if not found then
    -- what people added keeps the document
    for part in select unnest(array['document_sections', 'document_tables', 'document_structure', 'document_entities',
      'document_metric_hits', 'api_endpoints', 'log_entries', 'search_chunks'])
    loop
      execute format('delete from public.%I as p where p.workspace_id = $1 and p.document_id = $2', part)
      using space, forget_extraction.artifact_id;
    end loop;
  end if;
end
$$;
comment on function private.forget_extraction(uuid) is
  'Removes what a worker read from a file. Facts, evidence, tags and prompts that people added stay. Called by definer functions only.';

create function private.claim_ingestion_job(lease_seconds integer)
returns table (
  artifact_id uuid, attempt uuid, bucket_id text, filepath text, filename text, media_type text, file_size bigint,
  report_week text, source_url text
)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  given_up uuid;
  claimed  uuid;
  claim    constant uuid := gen_random_uuid();
begin
  -- whoever was claimed five times and never came back does not stop the others
  for given_up in
    select j.artifact_id from private.ingestion_jobs as j join public.artifacts as a on a.id = j.artifact_id
    where j.failed_at is null and j.available_at <= now() and j.tries >= 5
    order by j.artifact_id
    for update of a, j skip locked
  loop
    perform private.forget_extraction(given_up);
    update private.ingestion_jobs as j
    set attempt = null, failed_at = now(), last_error = coalesce(j.last_error, 'Reading began five times, and never ended.')
    where j.artifact_id = given_up;
    update public.artifacts as a set status = 'failed', last_error = j.last_error
    from private.ingestion_jobs as j where j.artifact_id = a.id and a.id = given_up;
  end loop;

  select j.artifact_id into claimed
  from private.ingestion_jobs as j join public.artifacts as a on a.id = j.artifact_id
  where j.failed_at is null and j.available_at <= now() and j.tries < 5
  order by j.available_at, j.created_at
  limit 1
  for update of a, j skip locked;
  if claimed is null then
    return;
  end if;
  update private.ingestion_jobs as j
  set attempt = claim, tries = j.tries + 1,
    available_at = now() + interval '1 second' * least(greatest(coalesce(claim_ingestion_job.lease_seconds, 120), 1), 3600)
  where j.artifact_id = claimed;
  return query
  update public.artifacts as a set status = 'processing', last_error = null
  where a.id = claimed
  returning a.id, claim, a.bucket_id, a.filepath, a.filename, a.media_type, a.file_size, a.report_week, a.source_url;
end
$$;
comment on function private.claim_ingestion_job(integer) is 'Definer: nobody reads the queue. See public.claim_ingestion_job.';

create function private.hold_ingestion(artifact_id uuid, attempt uuid) returns public.artifacts
language plpgsql volatile set search_path = ''
as $$
declare
  held public.artifacts;
begin
  select a.* into held from public.artifacts as a where a.id = hold_ingestion.artifact_id for no key update;
  perform from private.ingestion_jobs as j
  where j.artifact_id = hold_ingestion.artifact_id and j.attempt = hold_ingestion.attempt and j.failed_at is null
  for update;
  if not found then
    raise exception using errcode = 'PT409', message = 'This attempt to read the file is over.',
      hint = 'The file is gone, or somebody else reads it now.';
  end if;
  return held;
end
$$;
comment on function private.hold_ingestion(uuid, uuid) is
  'The file of an attempt, kept from others for the rest of the transaction; PT409 for an attempt that is over. Called by definer functions only.';

create function private.store_extraction(artifact_id uuid, attempt uuid, parts jsonb, lease_seconds integer) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  held  constant public.artifacts := private.hold_ingestion(store_extraction.artifact_id, store_extraction.attempt);
  space constant uuid := held.workspace_id;
  found jsonb := coalesce(store_extraction.parts, '{}');
begin
  update private.ingestion_jobs as j
  set available_at = now() + interval '1 second' * least(greatest(coalesce(store_extraction.lease_seconds, 120), 1), 3600)
  where j.artifact_id = held.id;

  insert into public.documents as d (id, workspace_id, artifact_id, path, type, title, source, language, page_count, metadata)
  select held.id, space, held.id, held.filepath, r.type, left(r.title, 1000), held.source_url, left(r.language, 35), r.page_count,
    case when octet_length(r.metadata::text) <= 900000 then r.metadata else '{}' end
  from jsonb_to_recordset(found -> 'documents')
    as r (type text, title text, language text, page_count integer, metadata jsonb)
  on conflict on constraint documents_pkey do update set
    type = excluded.type, title = excluded.title, language = excluded.language, page_count = excluded.page_count,
    metadata = excluded.metadata;

  insert into public.document_sections as s (id, workspace_id, document_id, "order", level, heading, text, page)
  select r.id, space, held.id, r."order", least(r.level, 20), left(r.heading, 1000), r.text, r.page
  from jsonb_to_recordset(found -> 'sections')
    as r (id uuid, "order" integer, level integer, heading text, text text, page integer)
  on conflict on constraint document_sections_pkey do nothing;

  insert into public.document_tables as t (id, workspace_id, document_id, "order", json, caption, page)
  select r.id, space, held.id, r."order", r.json, left(r.caption, 1000), r.page
  from jsonb_to_recordset(found -> 'tables') as r (id uuid, "order" integer, json jsonb, caption text, page integer)
  on conflict on constraint document_tables_pkey do nothing;

  insert into public.document_structure as s (document_id, workspace_id, hierarchy)
  select held.id, space, case when octet_length(r.hierarchy::text) <= 10000000 then r.hierarchy end
  from jsonb_to_recordset(found -> 'structures') as r (hierarchy jsonb)
  on conflict on constraint document_structure_pkey do nothing;

  insert into public.document_entities as e
    (id, workspace_id, document_id, label, text, start_char, end_char, page, source_index, context)
  select r.id, space, held.id, left(r.label, 100), left(r.text, 2000), r.start_char, r.end_char, r.page, r.source_index,
    left(r.context, 5000)
  from jsonb_to_recordset(found -> 'entities') as r (
    id uuid, label text, text text, start_char integer, end_char integer, page integer, source_index integer, context text)
  on conflict on constraint document_entities_pkey do nothing;

  insert into public.document_metric_hits as m
    (id, workspace_id, document_id, type, value, "position", page, source_index, context)
  select r.id, space, held.id, r.type, left(r.value, 500), r."position", r.page, r.source_index, left(r.context, 5000)
  from jsonb_to_recordset(found -> 'metric_hits') as r (
    id uuid, type text, value text, "position" integer, page integer, source_index integer, context text)
  on conflict on constraint document_metric_hits_pkey do nothing;

  insert into public.api_endpoints as p
    (id, workspace_id, document_id, name, summary, method, path, tags, params_json, responses_json)
  select r.id, space, held.id, left(r.name, 500), left(r.summary, 20000), r.method, left(r.path, 4000),
    case when octet_length(r.tags::text) <= 20000 then r.tags else '[]' end,
    case when octet_length(r.params::text) <= 2000000 then nullif(r.params, 'null') end,
    case when octet_length(r.responses::text) <= 2000000 then nullif(r.responses, 'null') end
  from jsonb_to_recordset(found -> 'endpoints') as r (
    id uuid, name text, summary text, method text, path text, tags jsonb, params jsonb, responses jsonb)
  on conflict on constraint api_endpoints_pkey do nothing;

  insert into public.log_entries as l
    (id, workspace_id, document_id, ts, logged_at, level, code, component, message, attrs)
  select r.id, space, held.id, left(r.ts, 100), r.logged_at, left(r.level, 50), left(r.code, 100), left(r.component, 500),
    left(r.message, 250000), case when octet_length(r.attrs::text) <= 1000000 then nullif(r.attrs, 'null') end
  from jsonb_to_recordset(found -> 'log_entries') as r (
    id uuid, ts text, logged_at timestamptz, level text, code text, component text, message text, attrs jsonb)
  on conflict on constraint log_entries_pkey do nothing;

  insert into public.tags as t (id, workspace_id, document_id, tag, score, source_ptr)
  select r.id, space, held.id, left(r.tag, 200), r.score, left(r.source_ptr, 500)
  from jsonb_to_recordset(found -> 'tags') as r (id uuid, tag text, score double precision, source_ptr text)
  where btrim(left(r.tag, 200)) <> ''
  on conflict do nothing;

  insert into public.evidence as e (id, workspace_id, artifact_id, locator, preview, content_type, coordinates, full_data)
  select r.id, space, held.id, left(r.locator, 2000), left(r.preview, 20000), r.content_type, nullif(r.coordinates, 'null'),
    case when jsonb_typeof(r.full_data) in ('object', 'array') then r.full_data end
  from jsonb_to_recordset(found -> 'evidence') as r (
    id uuid, locator text, preview text, content_type text, coordinates jsonb, full_data jsonb)
  on conflict on constraint evidence_pkey do nothing;

  insert into public.facts as f (id, workspace_id, artifact_id, report_week, entity, metrics, evidence_id)
  select r.id, space, held.id, held.report_week, left(r.entity, 1000),
    case when octet_length(r.metrics::text) <= 200000 then r.metrics else '{}' end, e.id
  from jsonb_to_recordset(found -> 'facts') as r (id uuid, entity text, metrics jsonb, evidence_id uuid)
  left join public.evidence as e on e.id = r.evidence_id and e.workspace_id = space
  on conflict on constraint facts_pkey do nothing;

  insert into public.search_chunks as c
    (id, workspace_id, document_id, source_type, chunk_index, heading, text, page, token_count, meta)
  select r.id, space, held.id, r.source_type, r.chunk_index, left(r.heading, 2000), left(r.text, 20000), r.page, r.token_count,
    case when octet_length(r.meta::text) <= 100000 then r.meta else jsonb_build_object('deeplink', r.meta -> 'deeplink') end
  from jsonb_to_recordset(found -> 'chunks') as r (
    id uuid, source_type text, chunk_index integer, heading text, text text, page integer, token_count integer, meta jsonb)
  where r.text <> ''
  on conflict on constraint search_chunks_pkey do nothing;
end
$$;
comment on function private.store_extraction(uuid, uuid, jsonb, integer) is
  'Definer: one door for all tables that a file is read into. See public.store_extraction.';

create function private.mark_searchable() returns integer
language sql volatile security definer set search_path = ''
as $$
  with ready as (
    select a.id from public.artifacts as a
    where a.status = 'processed' and a.bucket_id is not null and not exists (
      select from public.search_chunks as c
      join private.embedding_jobs as j on j.chunk_id = c.id and not j.for_next and j.failed_at is null
      where c.workspace_id = a.workspace_id and c.document_id = a.id)
    for no key update of a skip locked
  ), marked as (
    update public.artifacts as a set status = 'searchable' from ready as r where a.id = r.id returning a.id
  )
  select count(*)::integer from marked
$$;
comment on function private.mark_searchable() is
  'Run every minute: files none of whose passages waits for a vector become searchable. Returns how many. Definer: nobody reads the queue.';

create function private.finish_ingestion(artifact_id uuid, attempt uuid, summary jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  held constant public.artifacts := private.hold_ingestion(finish_ingestion.artifact_id, finish_ingestion.attempt);
  told constant jsonb := coalesce(finish_ingestion.summary, '{}');
begin
  update public.documents as d set metadata = d.metadata || jsonb_build_object('warnings', told -> 'warnings')
  where d.id = held.id and jsonb_typeof(told -> 'warnings') = 'array' and octet_length(told::text) <= 100000;
  update public.artifacts as a
  set status = 'processed', last_error = null, media_type = coalesce(left(told ->> 'media_type', 200), a.media_type),
    extras = case
      when jsonb_typeof(told -> 'extras') = 'object' and octet_length(told::text) + octet_length(a.extras::text) <= 900000
        then a.extras || (told -> 'extras')
      else a.extras end
  where a.id = held.id;
  delete from private.ingestion_jobs as j where j.artifact_id = held.id;
end
$$;
comment on function private.finish_ingestion(uuid, uuid, jsonb) is 'Definer: nobody writes the queue. See public.finish_ingestion.';

create function private.fail_ingestion(artifact_id uuid, attempt uuid, reason text, retry_seconds integer) returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  held    constant public.artifacts := private.hold_ingestion(fail_ingestion.artifact_id, fail_ingestion.attempt);
  is_over boolean;
begin
  update private.ingestion_jobs as j
  set attempt = null, last_error = left(fail_ingestion.reason, 2000),
    tries = j.tries - case when fail_ingestion.retry_seconds <= 0 then 1 else 0 end,
    available_at = now() + interval '1 second' * least(greatest(fail_ingestion.retry_seconds, 0) * 2 ^ least(j.tries, 10), 86400),
    failed_at = case when fail_ingestion.retry_seconds is null or fail_ingestion.retry_seconds > 0 and j.tries >= 5 then now() end
  where j.artifact_id = held.id
  returning j.failed_at is not null into is_over;
  if is_over then
    perform private.forget_extraction(held.id);
  end if;
  update public.artifacts as a
  set status = case when is_over then 'failed' else 'uploaded' end, last_error = left(fail_ingestion.reason, 2000)
  where a.id = held.id;
  return case when is_over then 'failed' else 'uploaded' end;
end
$$;
comment on function private.fail_ingestion(uuid, uuid, text, integer) is 'Definer: nobody writes the queue. See public.fail_ingestion.';

create function public.claim_ingestion_job(lease_seconds integer default 120)
returns table (
  artifact_id uuid, attempt uuid, bucket_id text, filepath text, filename text, media_type text, file_size bigint,
  report_week text, source_url text
)
language sql volatile set search_path = ''
begin atomic
  select j.artifact_id, j.attempt, j.bucket_id, j.filepath, j.filename, j.media_type, j.file_size, j.report_week, j.source_url
  from private.claim_ingestion_job(lease_seconds) as j;
end;
comment on function public.claim_ingestion_job(integer) is
  'Secret key only: takes the file that waits longest, if any, and keeps it from others for the lease. attempt names the claim in the calls that follow.';

create function public.store_extraction(artifact_id uuid, attempt uuid, parts jsonb, lease_seconds integer default 120)
returns void
language sql volatile set search_path = ''
begin atomic
  select private.store_extraction(artifact_id, attempt, parts, lease_seconds);
end;
comment on function public.store_extraction(uuid, uuid, jsonb, integer) is
  'Secret key only: stores rows that were read from a file, by table, and renews the lease. Rows that are there stay as they are. PT409 for an attempt that is over.';

create function public.finish_ingestion(artifact_id uuid, attempt uuid, summary jsonb default '{}') returns void
language sql volatile set search_path = ''
begin atomic
  select private.finish_ingestion(artifact_id, attempt, summary);
end;
comment on function public.finish_ingestion(uuid, uuid, jsonb) is
  'Secret key only: all of a file was stored. summary: {"media_type", "extras", "warnings"}. PT409 for an attempt that is over.';

create function public.fail_ingestion(artifact_id uuid, attempt uuid, reason text, retry_seconds integer default null) returns text
language sql volatile set search_path = ''
begin atomic
  select private.fail_ingestion(artifact_id, attempt, reason, retry_seconds);
end;
comment on function public.fail_ingestion(uuid, uuid, text, integer) is
  'Secret key only: gives a file back and returns its status. Without retry_seconds it has failed for good; with 0 it waits again as if it had not been tried; else it waits that long, doubled with each of five tries. PT409 for an attempt that is over.';

create function public.mark_searchable() returns integer
language sql volatile set search_path = ''
begin atomic
  select private.mark_searchable();
end;
comment on function public.mark_searchable() is
  'Secret key only: files that were read and whose passages all have their vectors become searchable; returns how many.';

revoke execute on function private.forget_extraction(uuid), private.hold_ingestion(uuid, uuid), private.claim_ingestion_job(integer),
  private.store_extraction(uuid, uuid, jsonb, integer), private.mark_searchable(), private.finish_ingestion(uuid, uuid, jsonb),
  private.fail_ingestion(uuid, uuid, text, integer), public.claim_ingestion_job(integer),
  public.store_extraction(uuid, uuid, jsonb, integer), public.finish_ingestion(uuid, uuid, jsonb),
  public.fail_ingestion(uuid, uuid, text, integer), public.mark_searchable()
  from public, anon, authenticated, service_role;
grant execute on function private.claim_ingestion_job(integer), private.store_extraction(uuid, uuid, jsonb, integer),
  private.mark_searchable(), private.finish_ingestion(uuid, uuid, jsonb), private.fail_ingestion(uuid, uuid, text, integer),
  public.claim_ingestion_job(integer), public.store_extraction(uuid, uuid, jsonb, integer),
  public.finish_ingestion(uuid, uuid, jsonb), public.fail_ingestion(uuid, uuid, text, integer), public.mark_searchable()
  to service_role;
select cron.schedule('mark what is searchable', '* * * * *', 'select private.mark_searchable()');
