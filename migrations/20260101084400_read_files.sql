-- Reading files: a worker claims a file, stores what it extracts in parts, and finishes. The lease of a worker that died
-- expires; the next one extracts the same rows with the same ids, and existing rows are kept. A file of which two workers
-- died without getting further fails: it would end a third one, too.
-- Extracted rows have UUIDs of version 8 (RFC 9562), computed from the file; rows that users add have version 4.

create function private.delete_extraction(artifact_id uuid, workspace_id uuid) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  part text;
begin
  delete from public.tags as t
  where t.workspace_id = delete_extraction.workspace_id and t.document_id = delete_extraction.artifact_id and substr(t.id::text, 15, 1) = '8';
  delete from public.facts as f
  where f.workspace_id = delete_extraction.workspace_id and f.artifact_id = delete_extraction.artifact_id and substr(f.id::text, 15, 1) = '8';
  delete from public.evidence as e
  where e.workspace_id = delete_extraction.workspace_id and e.artifact_id = delete_extraction.artifact_id and substr(e.id::text, 15, 1) = '8';
  delete from public.documents as d
  where d.workspace_id = delete_extraction.workspace_id and d.id = delete_extraction.artifact_id
    and not exists (select from public.tags as t where t.workspace_id = d.workspace_id and t.document_id = d.id)
    and not exists (select from public.tag_prompts as p where p.workspace_id = d.workspace_id and p.document_id = d.id);
  if not found then
    -- Tags and prompts that users added keep the document.
    for part in select unnest(array['document_sections', 'document_tables', 'document_structure', 'document_entities',
      'document_metric_hits', 'api_endpoints', 'log_entries', 'search_chunks'])
    loop
      execute format('delete from public.%I as p where p.workspace_id = $1 and p.document_id = $2', part)
      using delete_extraction.workspace_id, delete_extraction.artifact_id;
    end loop;
  end if;
end
$$;
comment on function private.delete_extraction(uuid, uuid) is
  'Deletes the rows that were extracted from a file. Facts, evidence, tags and prompts that users added are kept. Called by definer functions only.';

create function private.give_up_ingestion(artifact_id uuid, workspace_id uuid) returns void
language sql volatile set search_path = ''
as $$
  select private.delete_extraction(give_up_ingestion.artifact_id, give_up_ingestion.workspace_id);
  update private.ingestion_jobs as j
  set claim_id = null, failed_at = now(), last_error = case
    when j.deaths >= 1 then 'reader_died: The process that read the file ended before it was done, twice. Split the file, or save it in another format.'
    else coalesce(j.last_error, 'reader_died: The process that read the file ended before it was done.') end
  where j.workspace_id = give_up_ingestion.workspace_id and j.artifact_id = give_up_ingestion.artifact_id;
  update public.artifacts as a set status = 'failed', last_error = j.last_error
  from private.ingestion_jobs as j
  where j.workspace_id = a.workspace_id and j.artifact_id = a.id
    and a.workspace_id = give_up_ingestion.workspace_id and a.id = give_up_ingestion.artifact_id
$$;
comment on function private.give_up_ingestion(uuid, uuid) is
  'Fails a file of which two workers died, or whose lease expired five times, so that it does not hold up the others. The caller has locked it. Called by definer functions only.';

create function private.take_ingestion_job(account_id uuid, workspace_id uuid) returns uuid
language plpgsql volatile set search_path = ''
as $$
declare
  due record;
begin
  for level in 0 .. 2 loop
    loop
      select j.artifact_id, j.attempts, j.claim_id is not null and j.deaths >= 1 as died_again into due
      from private.ingestion_jobs as j join public.artifacts as a on a.workspace_id = j.workspace_id and a.id = j.artifact_id
      where j.account_id = take_ingestion_job.account_id and j.workspace_id = take_ingestion_job.workspace_id
        and j.failed_at is null and j.priority = level and j.available_at <= now()
      order by j.available_at, j.created_at
      limit 1
      for update of a, j skip locked;
      exit when not found;
      -- A claim that is still there when its lease has expired is that of a worker that died.
      if due.attempts < 5 and not due.died_again then
        return due.artifact_id;
      end if;
      perform private.give_up_ingestion(due.artifact_id, take_ingestion_job.workspace_id);
    end loop;
  end loop;
  return null;
end
$$;
comment on function private.take_ingestion_job(uuid, uuid) is
  'The next due file of a workspace among the jobs of an account, locked; null if there is none. One look-up per priority, so that claimed and paused jobs are not read. Called by definer functions only.';

create function private.take_small_ingestion_job(account_id uuid, workspace_id uuid) returns uuid
language plpgsql volatile set search_path = ''
as $$
declare
  due uuid;
begin
  -- An account has one of the readers of small files at a time, so that the others are there for others.
  if exists (
    select from private.ingestion_jobs as j
    where j.account_id = take_small_ingestion_job.account_id and j.failed_at is null and j.is_small
      and j.claim_id is not null and j.available_at > now()
  ) then
    return null;
  end if;
  for level in 0 .. 2 loop
    -- A file of which a reader died, or an expired claim, is left to the reader of all files, which reads nothing beside it.
    select j.artifact_id into due
    from private.ingestion_jobs as j join public.artifacts as a on a.workspace_id = j.workspace_id and a.id = j.artifact_id
    where j.account_id = take_small_ingestion_job.account_id and j.workspace_id = take_small_ingestion_job.workspace_id
      and j.failed_at is null and j.is_small and j.deaths = 0 and j.priority = level and j.available_at <= now()
      and j.claim_id is null and j.attempts < 5
    order by j.available_at, j.created_at
    limit 1
    for update of a, j skip locked;
    exit when found;
  end loop;
  return due;
end
$$;
comment on function private.take_small_ingestion_job(uuid, uuid) is
  'The next due small file of a workspace, locked; null if there is none, or if a small file of the account is being read. Called by definer functions only.';

create function private.claim_ingestion_job(lease_seconds integer, small_only boolean)
returns table (
  artifact_id uuid, attempt uuid, bucket_id text, filepath text, filename text, media_type text, file_size bigint,
  report_week text, source_url text
)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  turn       private.queue_turn := private.begin_round('ingestion_jobs');
  claimed_id uuid;
  claim      constant uuid := gen_random_uuid();
begin
  while claimed_id is null loop
    turn := private.next_turn(turn);
    if turn.workspace_id is null then
      return;
    end if;
    claimed_id := case when claim_ingestion_job.small_only
      then private.take_small_ingestion_job(turn.account_id, turn.workspace_id)
      else private.take_ingestion_job(turn.account_id, turn.workspace_id) end;
  end loop;
  perform private.end_round(turn, turn.account_id);
  update private.ingestion_jobs as j
  set claim_id = claim, attempts = j.attempts + 1, deaths = case when j.claim_id is null then j.deaths else j.deaths + 1 end,
    available_at = now() + private.lease(claim_ingestion_job.lease_seconds)
  where j.workspace_id = turn.workspace_id and j.artifact_id = claimed_id;
  return query
  update public.artifacts as a set status = 'processing', last_error = null
  where a.workspace_id = turn.workspace_id and a.id = claimed_id
  returning a.id, claim, a.bucket_id, a.filepath, a.filename, a.media_type, a.file_size, a.report_week, a.source_url;
end
$$;
comment on function private.claim_ingestion_job(integer, boolean) is 'Definer: API roles have no rights on the queue. See public.claim_ingestion_job.';

create function private.lock_ingestion(artifact_id uuid, attempt uuid) returns public.artifacts
language plpgsql volatile set search_path = ''
as $$
declare
  held public.artifacts;
begin
  select a.* into held from public.artifacts as a where a.id = lock_ingestion.artifact_id for no key update;
  perform from private.ingestion_jobs as j
  where j.workspace_id = held.workspace_id and j.artifact_id = held.id and j.claim_id = lock_ingestion.attempt
  for update;
  if not found then
    raise exception using errcode = 'PT409', message = 'This ingestion lease has expired.',
      hint = 'The file was deleted, or another worker has claimed it.';
  end if;
  return held;
end
$$;
comment on function private.lock_ingestion(uuid, uuid) is
  'The file of a claim, locked until the transaction ends; PT409 if the claim is no longer valid. Called by definer functions only.';

create function private.store_extracted_document(file public.artifacts, parts jsonb) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  insert into public.documents as d (id, workspace_id, artifact_id, path, type, title, source, language, page_count, metadata)
  select file.id, file.workspace_id, file.id, file.filepath, r.type, left(r.title, 1000), file.source_url, left(r.language, 35), r.page_count,
    case when octet_length(r.metadata::text) <= 900000 then r.metadata else '{}' end
  from jsonb_to_recordset(parts -> 'documents')
    as r (type text, title text, language text, page_count integer, metadata jsonb)
  on conflict on constraint documents_pkey do update set
    type = excluded.type, title = excluded.title, language = excluded.language, page_count = excluded.page_count,
    metadata = excluded.metadata
  where d.workspace_id = excluded.workspace_id;
  -- The parts of a document take its workspace, so nothing is stored beside a document of another one.
  if exists (select from public.documents as d where d.id = file.id and d.workspace_id <> file.workspace_id) then
    raise exception using errcode = 'PT409', message = 'The document of this file belongs to another workspace.',
      hint = 'Upload the file again.';
  end if;

  insert into public.document_sections as s (id, workspace_id, document_id, "order", level, heading, text, page)
  select r.id, file.workspace_id, file.id, r."order", least(r.level, 20), left(r.heading, 1000), r.text, r.page
  from jsonb_to_recordset(parts -> 'sections')
    as r (id uuid, "order" integer, level integer, heading text, text text, page integer)
  on conflict on constraint document_sections_pkey do nothing;

  insert into public.document_tables as t (id, workspace_id, document_id, "order", json, caption, page)
  select r.id, file.workspace_id, file.id, r."order", r.json, left(r.caption, 1000), r.page
  from jsonb_to_recordset(parts -> 'tables') as r (id uuid, "order" integer, json jsonb, caption text, page integer)
  on conflict on constraint document_tables_pkey do nothing;

  insert into public.document_structure as s (document_id, workspace_id, hierarchy)
  select file.id, file.workspace_id, case when octet_length(r.hierarchy::text) <= 10000000 then r.hierarchy end
  from jsonb_to_recordset(parts -> 'structures') as r (hierarchy jsonb)
  on conflict on constraint document_structure_pkey do nothing;
end
$$;
comment on function private.store_extracted_document(public.artifacts, jsonb) is
  'Stores the document of a file with sections, tables and outline. Metadata and outlines that are too large are left out. Called by definer functions only.';

create function private.store_extracted_findings(file public.artifacts, parts jsonb) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  insert into public.document_entities as e
    (id, workspace_id, document_id, label, text, start_char, end_char, page, source_index, context)
  select r.id, file.workspace_id, file.id, left(r.label, 100), left(r.text, 2000), r.start_char, r.end_char, r.page, r.source_index,
    left(r.context, 5000)
  from jsonb_to_recordset(parts -> 'entities') as r (
    id uuid, label text, text text, start_char integer, end_char integer, page integer, source_index integer, context text)
  on conflict on constraint document_entities_pkey do nothing;

  insert into public.document_metric_hits as m
    (id, workspace_id, document_id, type, value, "position", page, source_index, context)
  select r.id, file.workspace_id, file.id, r.type, left(r.value, 500), r."position", r.page, r.source_index, left(r.context, 5000)
  from jsonb_to_recordset(parts -> 'metric_hits') as r (
    id uuid, type text, value text, "position" integer, page integer, source_index integer, context text)
  on conflict on constraint document_metric_hits_pkey do nothing;

  insert into public.api_endpoints as p
    (id, workspace_id, document_id, name, summary, method, path, tags, params_json, responses_json)
  select r.id, file.workspace_id, file.id, left(r.name, 500), left(r.summary, 20000), r.method, left(r.path, 4000),
    case when octet_length(r.tags::text) <= 20000 then r.tags else '[]' end,
    case when octet_length(r.params::text) <= 2000000 then nullif(r.params, 'null') end,
    case when octet_length(r.responses::text) <= 2000000 then nullif(r.responses, 'null') end
  from jsonb_to_recordset(parts -> 'endpoints') as r (
    id uuid, name text, summary text, method text, path text, tags jsonb, params jsonb, responses jsonb)
  on conflict on constraint api_endpoints_pkey do nothing;

  insert into public.log_entries as l
    (id, workspace_id, document_id, ts, logged_at, level, code, component, message, attrs)
  select r.id, file.workspace_id, file.id, left(r.ts, 100), r.logged_at, left(r.level, 50), left(r.code, 100), left(r.component, 500),
    left(r.message, 250000), case when octet_length(r.attrs::text) <= 1000000 then nullif(r.attrs, 'null') end
  from jsonb_to_recordset(parts -> 'log_entries') as r (
    id uuid, ts text, logged_at timestamptz, level text, code text, component text, message text, attrs jsonb)
  on conflict on constraint log_entries_pkey do nothing;

  insert into public.tags as t (id, workspace_id, document_id, tag, score, source_ptr)
  select r.id, file.workspace_id, file.id, left(r.tag, 200), r.score, left(r.source_ptr, 500)
  from jsonb_to_recordset(parts -> 'tags') as r (id uuid, tag text, score double precision, source_ptr text)
  where btrim(left(r.tag, 200)) <> ''
  on conflict do nothing;
end
$$;
comment on function private.store_extracted_findings(public.artifacts, jsonb) is
  'Stores what was found in a document: entities, metrics, endpoints, log lines and tags. Values that are too large are cut or left out. Called by definer functions only.';

create function private.store_extracted_facts(file public.artifacts, parts jsonb) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  insert into public.evidence as e (id, workspace_id, artifact_id, locator, preview, content_type, coordinates, full_data)
  select r.id, file.workspace_id, file.id, left(r.locator, 2000), left(r.preview, 20000), r.content_type, nullif(r.coordinates, 'null'),
    case when jsonb_typeof(r.full_data) in ('object', 'array') then r.full_data end
  from jsonb_to_recordset(parts -> 'evidence') as r (
    id uuid, locator text, preview text, content_type text, coordinates jsonb, full_data jsonb)
  on conflict on constraint evidence_pkey do nothing;

  insert into public.facts as f (id, workspace_id, artifact_id, report_week, entity, metrics, evidence_id)
  select r.id, file.workspace_id, file.id, file.report_week, left(r.entity, 1000),
    case when octet_length(r.metrics::text) <= 200000 then r.metrics else '{}' end, e.id
  from jsonb_to_recordset(parts -> 'facts') as r (id uuid, entity text, metrics jsonb, evidence_id uuid)
  left join public.evidence as e on e.id = r.evidence_id and e.workspace_id = file.workspace_id
  on conflict on constraint facts_pkey do nothing;
end
$$;
comment on function private.store_extracted_facts(public.artifacts, jsonb) is
  'Stores evidence and facts of a file; evidence comes first, because facts refer to it. Called by definer functions only.';

create function private.store_extracted_chunks(file public.artifacts, parts jsonb) returns bigint
language plpgsql volatile set search_path = ''
as $$
declare
  added bigint;
begin
  insert into public.search_chunks as c
    (id, workspace_id, document_id, source_type, language, chunk_index, heading, text, page, token_count, meta)
  select r.id, file.workspace_id, file.id, r.source_type, r.language, r.chunk_index, left(r.heading, 2000), left(r.text, 20000), r.page, r.token_count,
    case when octet_length(r.meta::text) <= 100000 then r.meta else jsonb_build_object('deeplink', r.meta -> 'deeplink') end
  from jsonb_to_recordset(parts -> 'chunks') as r (
    id uuid, source_type text, language text, chunk_index integer, heading text, text text, page integer, token_count integer, meta jsonb)
  where r.text <> ''
  on conflict on constraint search_chunks_pkey do nothing;
  get diagnostics added = row_count;
  return added;
end
$$;
comment on function private.store_extracted_chunks(public.artifacts, jsonb) is
  'Stores the passages of a document and returns how many are new; of metadata that is too large only the deep link. Called by definer functions only.';

create function private.store_extraction(artifact_id uuid, attempt uuid, parts jsonb, lease_seconds integer) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  file constant public.artifacts := private.lock_ingestion(store_extraction.artifact_id, store_extraction.attempt);
begin
  update private.ingestion_jobs as j set available_at = now() + private.lease(store_extraction.lease_seconds)
  where j.workspace_id = file.workspace_id and j.artifact_id = file.id;
  perform private.store_extracted_document(file, store_extraction.parts);
  perform private.store_extracted_findings(file, store_extraction.parts);
  perform private.store_extracted_facts(file, store_extraction.parts);
  -- A claim that gets further than those before was not ended by the file: the platform may end at any time.
  if private.store_extracted_chunks(file, store_extraction.parts) > 0 then
    update private.ingestion_jobs as j set deaths = 0
    where j.workspace_id = file.workspace_id and j.artifact_id = file.id and j.deaths > 0;
  end if;
end
$$;
comment on function private.store_extraction(uuid, uuid, jsonb, integer) is
  'Definer: API roles have no rights on the queue. See public.store_extraction.';

create function private.mark_searchable() returns integer
language sql volatile security definer set search_path = ''
as $$
  with ready as (
    select a.id, a.workspace_id from public.artifacts as a
    where a.status = 'processed' and a.bucket_id is not null and (
      -- From the last passage, which is embedded last: a file with a queue is passed over at once, and no queue is read whole.
      select j.id from public.search_chunks as c
      join private.embedding_jobs as j
        on j.workspace_id = c.workspace_id and j.chunk_id = c.id and not j.for_next and j.failed_at is null
      where c.workspace_id = a.workspace_id and c.document_id = a.id
      order by c.chunk_index desc limit 1) is null
    for no key update of a skip locked
  ), marked as (
    update public.artifacts as a set status = 'searchable' from ready as r
    where a.workspace_id = r.workspace_id and a.id = r.id
    returning a.id
  )
  select count(*)::integer from marked
$$;
comment on function private.mark_searchable() is
  'Run every minute: sets files to searchable when no passage of them is queued. Returns their number. Definer: API roles have no rights on the queue.';

create function private.finish_ingestion(artifact_id uuid, attempt uuid, summary jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  file constant public.artifacts := private.lock_ingestion(finish_ingestion.artifact_id, finish_ingestion.attempt);
  info constant jsonb := coalesce(finish_ingestion.summary, '{}');
begin
  update public.documents as d set metadata = d.metadata || jsonb_build_object('warnings', info -> 'warnings')
  where d.workspace_id = file.workspace_id and d.id = file.id and jsonb_typeof(info -> 'warnings') = 'array' and octet_length(info::text) <= 100000;
  update public.artifacts as a
  set status = 'processed', last_error = null, media_type = coalesce(left(info ->> 'media_type', 200), a.media_type),
    extras = case
      when jsonb_typeof(info -> 'extras') = 'object' and octet_length(info::text) + octet_length(a.extras::text) <= 900000
        then a.extras || (info -> 'extras')
      else a.extras end
  where a.workspace_id = file.workspace_id and a.id = file.id;
  delete from private.ingestion_jobs as j where j.workspace_id = file.workspace_id and j.artifact_id = file.id;
end
$$;
comment on function private.finish_ingestion(uuid, uuid, jsonb) is 'Definer: API roles have no rights on the queue. See public.finish_ingestion.';

create function private.fail_ingestion(artifact_id uuid, attempt uuid, reason text, retry_seconds integer) returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  file    constant public.artifacts := private.lock_ingestion(fail_ingestion.artifact_id, fail_ingestion.attempt);
  has_failed boolean;
begin
  update private.ingestion_jobs as j
  set claim_id = null, last_error = left(fail_ingestion.reason, 2000),
    attempts = j.attempts - case when fail_ingestion.retry_seconds <= 0 then 1 else 0 end,
    available_at = now() + private.backoff(j.attempts, interval '1 second' * greatest(fail_ingestion.retry_seconds, 0)),
    failed_at = case when fail_ingestion.retry_seconds is null or fail_ingestion.retry_seconds > 0 and j.attempts >= 5 then now() end
  where j.workspace_id = file.workspace_id and j.artifact_id = file.id
  returning j.failed_at is not null into has_failed;
  if has_failed then
    perform private.delete_extraction(file.id, file.workspace_id);
  end if;
  update public.artifacts as a
  set status = case when has_failed then 'failed' else 'uploaded' end, last_error = left(fail_ingestion.reason, 2000)
  where a.workspace_id = file.workspace_id and a.id = file.id;
  return case when has_failed then 'failed' else 'uploaded' end;
end
$$;
comment on function private.fail_ingestion(uuid, uuid, text, integer) is 'Definer: API roles have no rights on the queue. See public.fail_ingestion.';

create function public.claim_ingestion_job(lease_seconds integer default 120, small_only boolean default false)
returns table (
  artifact_id uuid, attempt uuid, bucket_id text, filepath text, filename text, media_type text, file_size bigint,
  report_week text, source_url text
)
language sql volatile set search_path = ''
begin atomic
  select j.artifact_id, j.attempt, j.bucket_id, j.filepath, j.filename, j.media_type, j.file_size, j.report_week, j.source_url
  from private.claim_ingestion_job(lease_seconds, small_only) as j;
end;
comment on function public.claim_ingestion_job(integer, boolean) is
  'Secret key only: claims a file, if any, until the lease expires. Accounts take turns, each with one of its workspaces; of one workspace, files that members added come first, then the oldest. With small_only only a file of at most a megabyte, of an account of which no such file is being read. attempt is the id of the claim for the next calls.';

create function public.store_extraction(artifact_id uuid, attempt uuid, parts jsonb, lease_seconds integer default 120)
returns void
language sql volatile set search_path = ''
begin atomic
  select private.store_extraction(artifact_id, attempt, parts, lease_seconds);
end;
comment on function public.store_extraction(uuid, uuid, jsonb, integer) is
  'Secret key only: stores rows that were extracted from a file, by table, and renews the lease. Existing rows are not changed. PT409 if the claim is no longer valid.';

create function public.finish_ingestion(artifact_id uuid, attempt uuid, summary jsonb default '{}') returns void
language sql volatile set search_path = ''
begin atomic
  select private.finish_ingestion(artifact_id, attempt, summary);
end;
comment on function public.finish_ingestion(uuid, uuid, jsonb) is
  'Secret key only: ends the reading of a file when all rows are stored. summary: {"media_type", "extras", "warnings"}. PT409 if the claim is no longer valid.';

create function public.fail_ingestion(artifact_id uuid, attempt uuid, reason text, retry_seconds integer default null) returns text
language sql volatile set search_path = ''
begin atomic
  select private.fail_ingestion(artifact_id, attempt, reason, retry_seconds);
end;
comment on function public.fail_ingestion(uuid, uuid, text, integer) is
  'Secret key only: reports that a file was not read, and returns its status. Without retry_seconds it has failed; with 0 it is available at once, and the attempt is not counted; else it is tried again after that pause, doubled with each attempt, at most five times. A worker that dies reports nothing: at the second time the file fails with reader_died. PT409 if the claim is no longer valid.';

create function public.mark_searchable() returns integer
language sql volatile set search_path = ''
begin atomic
  select private.mark_searchable();
end;
comment on function public.mark_searchable() is
  'Secret key only: sets files to searchable when all their passages have vectors; returns their number.';

revoke execute on function private.delete_extraction(uuid, uuid), private.give_up_ingestion(uuid, uuid), private.take_ingestion_job(uuid, uuid),
  private.take_small_ingestion_job(uuid, uuid), private.lock_ingestion(uuid, uuid), private.claim_ingestion_job(integer, boolean),
  private.store_extracted_document(public.artifacts, jsonb), private.store_extracted_findings(public.artifacts, jsonb),
  private.store_extracted_facts(public.artifacts, jsonb), private.store_extracted_chunks(public.artifacts, jsonb),
  private.store_extraction(uuid, uuid, jsonb, integer), private.mark_searchable(), private.finish_ingestion(uuid, uuid, jsonb),
  private.fail_ingestion(uuid, uuid, text, integer), public.claim_ingestion_job(integer, boolean),
  public.store_extraction(uuid, uuid, jsonb, integer), public.finish_ingestion(uuid, uuid, jsonb),
  public.fail_ingestion(uuid, uuid, text, integer), public.mark_searchable()
  from public, anon, authenticated, service_role;
grant execute on function private.claim_ingestion_job(integer, boolean), private.store_extraction(uuid, uuid, jsonb, integer),
  private.mark_searchable(), private.finish_ingestion(uuid, uuid, jsonb), private.fail_ingestion(uuid, uuid, text, integer),
  public.claim_ingestion_job(integer, boolean), public.store_extraction(uuid, uuid, jsonb, integer),
  public.finish_ingestion(uuid, uuid, jsonb), public.fail_ingestion(uuid, uuid, text, integer), public.mark_searchable()
  to service_role;
select cron.schedule('mark-searchable-files', '* * * * *', 'select private.mark_searchable()');
