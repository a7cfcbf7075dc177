-- Lines of log files. One table without partitions: lines are read and deleted by document, never by month.

create table public.log_entries (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  document_id    uuid        not null,
  ts             text,
  logged_at      timestamptz,
  level          text,
  code           text,
  component      text,
  message        text,
  attrs          jsonb,
  created_at     timestamptz not null default now(),
  constraint log_entries_pkey primary key (id),
  constraint log_entries_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint log_entries_document_id_fkey foreign key (workspace_id, document_id)
    references public.documents (workspace_id, id) on delete cascade,
  constraint log_entries_ts_length check (char_length(ts) <= 100),
  constraint log_entries_level_length check (char_length(level) <= 50),
  constraint log_entries_code_length check (char_length(code) <= 100),
  constraint log_entries_component_length check (char_length(component) <= 500),
  constraint log_entries_message_length check (octet_length(message) <= 1000000),
  constraint log_entries_attrs_is_object check (jsonb_typeof(attrs) = 'object' and octet_length(attrs::text) <= 1000000)
);
comment on table public.log_entries is 'Lines of log files.';
comment on column public.log_entries.ts is 'The time as written in the log. logged_at is the parsed value.';
comment on column public.log_entries.logged_at is 'The time of ts, if it is ISO 8601; UTC if it has no zone. Filter and order by it.';
comment on column public.log_entries.level is 'As written; case is preserved.';
create index log_entries_level_code_logged_at_idx on public.log_entries (workspace_id, level, code, logged_at);
comment on index public.log_entries_level_code_logged_at_idx is 'Lines of a level and code, by time.';
create index log_entries_level_logged_at_idx on public.log_entries (workspace_id, level, logged_at desc);
comment on index public.log_entries_level_logged_at_idx is 'Entries of a level, newest first.';
create index log_entries_document_id_logged_at_idx on public.log_entries (workspace_id, document_id, logged_at);
comment on index public.log_entries_document_id_logged_at_idx is 'Lines of a document, by time.';

create trigger log_entries_refuse_workspace_change before update of workspace_id on public.log_entries
  for each row execute function private.refuse_workspace_change();
create trigger log_entries_keep_columns_on_update before update of id, document_id on public.log_entries
  for each row execute function private.keep_columns('id', 'document_id');
create trigger log_entries_set_workspace_on_insert before insert on public.log_entries
  for each row execute function private.set_workspace_from_document();
create trigger log_entries_refuse_extracted_id_on_insert before insert on public.log_entries
  for each row execute function private.refuse_extracted_id();

create function private.parse_log_time() returns trigger
language plpgsql set search_path = ''
as $$
begin
  -- Only ISO 8601; a client that knows another format sends logged_at.
  if new.ts ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?\s*(Z|[+-]\d\d(:?\d\d)?)?$' then
    new.logged_at := (replace(new.ts, ',', '.')
      || case when new.ts ~ '(Z|[+-]\d\d(:?\d\d)?)$' then '' else 'Z' end)::timestamptz;
  end if;
  return new;
exception when datetime_field_overflow then
  return new; -- has the format of a time, but no such time exists: the 32nd of a month
end
$$;
comment on function private.parse_log_time() is 'Before insert without logged_at: parses ts as ISO 8601. Other formats, and dates that do not exist, leave it null.';
revoke execute on function private.parse_log_time() from public, anon, authenticated, service_role;
create trigger log_entries_parse_time_on_insert before insert on public.log_entries
  for each row when (new.logged_at is null and new.ts is not null) execute function private.parse_log_time();

alter table public.log_entries enable row level security;
alter table public.log_entries force row level security;
create policy "Members read the log lines of their workspaces" on public.log_entries for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Managers add log lines to their workspaces" on public.log_entries for insert to authenticated
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers edit the log lines of their workspaces" on public.log_entries for update to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')))
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers delete the log lines of their workspaces" on public.log_entries for delete to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));

revoke all on table public.log_entries from public, anon, authenticated, service_role;
grant select, delete,
  insert (id, document_id, ts, logged_at, level, code, component, message, attrs),
  update (id, document_id, ts, logged_at, level, code, component, message, attrs)
  on table public.log_entries to authenticated;
grant select, insert, update, delete on table public.log_entries to service_role;
