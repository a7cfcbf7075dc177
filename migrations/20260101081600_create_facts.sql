-- Facts with their evidence: the place in a file from which each was read.

create table public.evidence (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  artifact_id    uuid,
  locator        text,
  preview        text,
  content_type   text,
  coordinates    jsonb,
  full_data      jsonb,
  created_at     timestamptz not null default now(),
  constraint evidence_pkey primary key (id),
  constraint evidence_workspace_id_id_key unique (workspace_id, id),
  constraint evidence_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint evidence_artifact_id_fkey foreign key (workspace_id, artifact_id)
    references public.artifacts (workspace_id, id) on delete cascade,
  constraint evidence_locator_length check (char_length(locator) <= 2000),
  constraint evidence_preview_length check (char_length(preview) <= 20000),
  constraint evidence_content_type_length check (char_length(content_type) <= 100),
  constraint evidence_coordinates_is_json check (
    jsonb_typeof(coordinates) in ('object', 'array') and octet_length(coordinates::text) <= 1000000),
  constraint evidence_full_data_is_json check (
    jsonb_typeof(full_data) in ('object', 'array') and octet_length(full_data::text) <= 50000000)
);
comment on table public.evidence is 'Places in files from which facts were read.';
comment on column public.evidence.locator is 'Place in the file: {file}#table{n}, #section{n}, #{sheet}, or a URL.';
comment on column public.evidence.preview is 'Beginning of the content, for display.';
comment on column public.evidence.content_type is
  'table, financial_table, text, chart, formula, csv, xlsx, media_transcript, media_metadata, image_ocr, web_page or another kind.';
comment on column public.evidence.coordinates is 'Position on the page: {"page", "bbox"}, or a list of these.';
create index evidence_artifact_id_idx on public.evidence (workspace_id, artifact_id, content_type);
comment on index public.evidence_artifact_id_idx is 'Evidence of a file, by kind.';
create index evidence_content_type_idx on public.evidence (workspace_id, content_type);
comment on index public.evidence_content_type_idx is 'Evidence of one kind.';

create trigger evidence_refuse_workspace_change before update of workspace_id on public.evidence
  for each row execute function private.refuse_workspace_change();
create trigger evidence_keep_columns_on_update before update of id, artifact_id on public.evidence
  for each row execute function private.keep_columns('id', 'artifact_id');
create trigger evidence_set_workspace_on_insert before insert on public.evidence
  for each row execute function private.set_workspace_from_artifact();
create trigger evidence_refuse_extracted_id_on_insert before insert on public.evidence
  for each row execute function private.refuse_extracted_id();

alter table public.evidence enable row level security;
alter table public.evidence force row level security;
create policy "Members read the evidence of their workspaces" on public.evidence for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Managers add evidence to their workspaces" on public.evidence for insert to authenticated
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers edit the evidence of their workspaces" on public.evidence for update to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')))
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers delete the evidence of their workspaces" on public.evidence for delete to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));

revoke all on table public.evidence from public, anon, authenticated, service_role;
grant select, delete,
  insert (id, workspace_id, artifact_id, locator, preview, content_type, coordinates, full_data),
  update (id, workspace_id, artifact_id, locator, preview, content_type, coordinates, full_data)
  on table public.evidence to authenticated;
grant select, insert, update, delete on table public.evidence to service_role;

create table public.facts (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  artifact_id    uuid,
  report_week    text,
  entity         text,
  metrics        jsonb       not null default '{}',
  evidence_id    uuid,
  content        tsvector    not null generated always as (
    to_tsvector('pg_catalog.simple', coalesce(entity, '') || ' ' || metrics::text)
    || to_tsvector('pg_catalog.english', coalesce(entity, '') || ' ' || metrics::text)
    || private.words(coalesce(entity, '') || ' ' || metrics::text, null)) stored,
  created_at     timestamptz not null default now(),
  constraint facts_pkey primary key (id),
  constraint facts_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint facts_artifact_id_fkey foreign key (workspace_id, artifact_id)
    references public.artifacts (workspace_id, id) on delete cascade,
  constraint facts_evidence_id_fkey foreign key (workspace_id, evidence_id)
    references public.evidence (workspace_id, id) on delete set null (evidence_id),
  constraint facts_report_week_length check (char_length(report_week) <= 50),
  constraint facts_entity_length check (char_length(entity) <= 1000),
  constraint facts_metrics_is_object check (jsonb_typeof(metrics) = 'object' and octet_length(metrics::text) <= 200000)
);
comment on table public.facts is 'Metrics that were read from files, each with its evidence.';
comment on column public.facts.metrics is 'Name to number, text or list, for example {"revenue": 1200}.';
comment on column public.facts.content is 'Words of entity and metrics, as written, as English stems, and as the words of every full text (private.words), for filters such as content=fts.revenue: stored, since a filter on a text would parse it for each row. Written by the database.';
create index facts_workspace_id_created_at_idx on public.facts (workspace_id, created_at desc);
comment on index public.facts_workspace_id_created_at_idx is 'Facts of a workspace, newest first.';
create index facts_artifact_id_idx on public.facts (workspace_id, artifact_id);
comment on index public.facts_artifact_id_idx is 'Facts of a file.';
create index facts_report_week_idx on public.facts (workspace_id, report_week);
comment on index public.facts_report_week_idx is 'Facts of a week.';
create index facts_evidence_id_idx on public.facts (workspace_id, evidence_id);
comment on index public.facts_evidence_id_idx is 'Facts of a row of evidence.';

create trigger facts_refuse_workspace_change before update of workspace_id on public.facts
  for each row execute function private.refuse_workspace_change();
create trigger facts_keep_columns_on_update before update of id, artifact_id on public.facts
  for each row execute function private.keep_columns('id', 'artifact_id');
create trigger facts_set_workspace_on_insert before insert on public.facts
  for each row execute function private.set_workspace_from_artifact();
create trigger facts_refuse_extracted_id_on_insert before insert on public.facts
  for each row execute function private.refuse_extracted_id();

alter table public.facts enable row level security;
alter table public.facts force row level security;
create policy "Members read the facts of their workspaces" on public.facts for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Managers add facts to their workspaces" on public.facts for insert to authenticated
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers edit the facts of their workspaces" on public.facts for update to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')))
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers delete the facts of their workspaces" on public.facts for delete to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));

revoke all on table public.facts from public, anon, authenticated, service_role;
grant select, delete,
  insert (id, workspace_id, artifact_id, report_week, entity, metrics, evidence_id),
  update (id, workspace_id, artifact_id, report_week, entity, metrics, evidence_id)
  on table public.facts to authenticated;
grant select, insert, update, delete on table public.facts to service_role;

create function private.count_evidence() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Locked in the order of ids, so that two statements on the same files do not deadlock.
  perform from public.artifacts as a where a.id in (select c.artifact_id from changed as c) order by a.id for no key update;
  update public.artifacts as a set
    table_evidence    = n.tables,
    chart_evidence    = n.charts,
    formula_evidence  = n.formulas,
    media_transcripts = n.transcripts,
    media_metadata    = n.media,
    web_pages         = n.pages,
    image_ocr         = n.images
  from (
    select t.id,
      count(e.id) filter (where e.content_type in ('table', 'financial_table', 'csv', 'xlsx')) as tables,
      count(e.id) filter (where e.content_type = 'chart') as charts,
      count(e.id) filter (where e.content_type = 'formula') as formulas,
      count(e.id) filter (where e.content_type in ('media_transcript', 'audio_transcript', 'video_transcript')) as transcripts,
      count(e.id) filter (where e.content_type = 'media_metadata') as media,
      count(e.id) filter (where e.content_type = 'web_page') as pages,
      count(e.id) filter (where e.content_type = 'image_ocr') as images
    from (select distinct c.artifact_id as id, c.workspace_id from changed as c where c.artifact_id is not null) as t
    left join public.evidence as e on e.workspace_id = t.workspace_id and e.artifact_id = t.id
    group by t.id
  ) as n
  where a.id = n.id;
  return null;
end
$$;
comment on function private.count_evidence() is
  'After a statement on evidence: updates the counts of each affected file, by kind. Definer: a role that adds evidence may have no right to update the file.';
revoke execute on function private.count_evidence() from public, anon, authenticated, service_role;
create trigger evidence_count_on_insert after insert on public.evidence
  referencing new table as changed for each statement execute function private.count_evidence();
create trigger evidence_count_on_update after update on public.evidence
  referencing new table as changed for each statement execute function private.count_evidence();
create trigger evidence_count_on_delete after delete on public.evidence
  referencing old table as changed for each statement execute function private.count_evidence();
