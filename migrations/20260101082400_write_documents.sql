-- Writes to documents that take more than one statement: each succeeds or fails as a whole, with the caller's rights.

create function public.upsert_artifact_with_document(artifact jsonb, document jsonb) returns uuid
language plpgsql volatile set search_path = ''
as $$
declare
  file    public.artifacts;
  content public.documents;
begin
  if jsonb_typeof(upsert_artifact_with_document.artifact) is distinct from 'object'
    or jsonb_typeof(upsert_artifact_with_document.document) is distinct from 'object'
  then
    raise exception using errcode = '22023', message = 'artifact and document must be JSON objects.', hint = 'Send the columns of each.';
  end if;
  file := jsonb_populate_record(null::public.artifacts, upsert_artifact_with_document.artifact);
  content := jsonb_populate_record(null::public.documents, upsert_artifact_with_document.document);
  file.id := coalesce(file.id, content.id, gen_random_uuid());

  insert into public.artifacts as a (id, workspace_id, filename, filepath, filetype, media_type, file_size, report_week, status, source_url, extras)
  values (file.id, coalesce(file.workspace_id, public.current_workspace()), file.filename, coalesce(file.filepath, ''),
    coalesce(file.filetype, ''), file.media_type, file.file_size, file.report_week, coalesce(file.status, 'uploaded'),
    file.source_url, coalesce(file.extras, '{}'))
  on conflict on constraint artifacts_pkey do update set
    filename    = excluded.filename,
    report_week = coalesce(file.report_week, a.report_week),
    status      = coalesce(file.status, a.status),
    extras      = a.extras || excluded.extras;
  insert into public.documents as d (id, artifact_id, path, type, title, source, language, page_count, metadata)
  values (coalesce(content.id, file.id), file.id, coalesce(content.path, ''), content.type, content.title, content.source, content.language, content.page_count,
    coalesce(content.metadata, '{}'))
  on conflict on constraint documents_pkey do update set
    path       = excluded.path,
    type       = excluded.type,
    title      = excluded.title,
    source     = excluded.source,
    language   = excluded.language,
    page_count = excluded.page_count,
    metadata   = d.metadata || excluded.metadata;
  return file.id;
end
$$;
comment on function public.upsert_artifact_with_document(jsonb, jsonb) is
  'Adds or updates a file and its document; fields as in the tables. extras and metadata are merged, one level deep. Missing ids are generated; the document gets the id of the file. Returns the id of the file. 22023 if a parameter is not an object, 23502 without filename or type, 42501 without write access.';

create function public.replace_findings(
  document_id uuid, entities jsonb default null, metric_hits jsonb default null, structure jsonb default null
) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  perform from public.documents as d where d.id = replace_findings.document_id for no key update;
  if not found then
    raise exception using errcode = 'PT404', message = 'No such document.', hint = 'It does not exist, or you may not edit it.';
  end if;
  if jsonb_typeof(coalesce(replace_findings.entities, '[]')) <> 'array'
    or jsonb_typeof(coalesce(replace_findings.metric_hits, '[]')) <> 'array'
  then
    raise exception using errcode = '22023', message = 'entities and metric_hits must be JSON arrays.', hint = 'Send [] to delete all.';
  end if;
  if replace_findings.entities is not null then
    delete from public.document_entities as e where e.document_id = replace_findings.document_id;
    insert into public.document_entities (document_id, label, text, start_char, end_char, page, source_index, context)
    select replace_findings.document_id, r.label, r.text, r.start_char, r.end_char, r.page, r.source_index, r.context
    from jsonb_populate_recordset(null::public.document_entities, replace_findings.entities) as r;
  end if;
  if replace_findings.metric_hits is not null then
    delete from public.document_metric_hits as h where h.document_id = replace_findings.document_id;
    insert into public.document_metric_hits (document_id, type, value, position, page, source_index, context)
    select replace_findings.document_id, r.type, r.value, r.position, r.page, r.source_index, r.context
    from jsonb_populate_recordset(null::public.document_metric_hits, replace_findings.metric_hits) as r;
  end if;
  if replace_findings.structure = 'null' then
    delete from public.document_structure as s where s.document_id = replace_findings.document_id;
  elsif replace_findings.structure is not null then
    insert into public.document_structure as s (document_id, hierarchy)
    values (replace_findings.document_id, replace_findings.structure)
    on conflict on constraint document_structure_pkey do update set hierarchy = excluded.hierarchy;
  end if;
end
$$;
comment on function public.replace_findings(uuid, jsonb, jsonb, jsonb) is
  'Managers: replaces entities, metric hits and outline of a document; parameters left out change nothing. [] deletes a list, JSON null the outline. Also with a secret key. PT404 for a document that the caller may not edit, 22023 for a parameter that is not an array.';

create function public.tag_document(document_id uuid, tags text[], source_ptr text default null, hrm_steps integer default null) returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  added integer;
begin
  -- Concurrent calls for one document run one after the other, so that no tag is added twice.
  perform pg_advisory_xact_lock(hashtextextended('public.tags ' || tag_document.document_id, 0));
  insert into public.tags (document_id, tag, source_ptr, hrm_steps)
  select tag_document.document_id, n.tag, tag_document.source_ptr, tag_document.hrm_steps
  from (
    select distinct on (lower(btrim(u.tag))) btrim(u.tag) as tag, u.place
    from unnest(tag_document.tags) with ordinality as u (tag, place)
    where btrim(u.tag) <> ''
    order by lower(btrim(u.tag)), u.place
  ) as n
  where not exists (
    select from public.tags as t where t.document_id = tag_document.document_id and lower(btrim(t.tag)) = lower(n.tag))
  order by n.place;
  get diagnostics added = row_count;
  return added;
end
$$;
comment on function public.tag_document(uuid, text[], text, integer) is
  'Adds the tags that a document does not have, ignoring case and surrounding blanks. Returns the number of added tags. 23503 for a document of others.';

create function public.has_tag(document_id uuid, tag text) returns boolean
language sql stable set search_path = ''
begin atomic
  select exists (
    select from public.tags as t where t.document_id = has_tag.document_id and lower(btrim(t.tag)) = lower(btrim(has_tag.tag)));
end;
comment on function public.has_tag(uuid, text) is 'Whether a document has a tag, ignoring case and surrounding blanks.';

revoke execute on function public.upsert_artifact_with_document(jsonb, jsonb), public.replace_findings(uuid, jsonb, jsonb, jsonb),
  public.tag_document(uuid, text[], text, integer), public.has_tag(uuid, text) from public, anon, authenticated, service_role;
grant execute on function public.upsert_artifact_with_document(jsonb, jsonb), public.replace_findings(uuid, jsonb, jsonb, jsonb),
  public.tag_document(uuid, text[], text, integer), public.has_tag(uuid, text) to authenticated, service_role;
