-- Lines of logs. One table, not one a month: lines go with their document and are asked for by it, so that no month is
-- ever dropped or read alone.

create table public.log_entries (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.active_workspace(),
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
comment on table public.log_entries is 'Lines of logs, as they are written.';
comment on column public.log_entries.ts is 'The time as written. logged_at is what it means.';
comment on column public.log_entries.logged_at is 'The instant, if ts names one; UTC where it has no zone. Filter and order by it.';
comment on column public.log_entries.level is 'As written: case is kept.';
create index log_entries_level_code_logged_at_idx on public.log_entries (workspace_id, level, code, logged_at);
comment on index public.log_entries_level_code_logged_at_idx is 'Lines of a level and code in time.';
create index log_entries_document_id_logged_at_idx on public.log_entries (workspace_id, document_id, logged_at);
comment on index public.log_entries_document_id_logged_at_idx is 'Lines of a document in time.';

create trigger log_entries_refuse_workspace_change before update of workspace_id on public.log_entries
  for each row execute function private.refuse_workspace_change();
create trigger log_entries_belong_to_document_on_insert before insert on public.log_entries
  for each row execute function private.take_workspace_of_document();

create function private.read_log_time() returns trigger
language plpgsql set search_path = ''
as $$
begin
  -- ISO 8601 alone: what else a log may write is read by whoever knows its format, and given as logged_at
  if new.ts ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?\s*(Z|[+-]\d\d(:?\d\d)?)?$' then
    new.logged_at := (replace(new.ts, ',', '.')
      || case when new.ts ~ '(Z|[+-]\d\d(:?\d\d)?)$' then '' else 'Z' end)::timestamptz;
  end if;
  return new;
exception when datetime_field_overflow then
  return new; -- looks like a time and is none: the 32nd of a month
end
$$;
comment on function private.read_log_time() is 'Before a line is stored without logged_at: reads ISO 8601 from ts; anything else, and a date that does not exist, stays null.';
revoke execute on function private.read_log_time() from public, anon, authenticated, service_role;
create trigger log_entries_read_time_on_insert before insert on public.log_entries
  for each row when (new.logged_at is null and new.ts is not null) execute function private.read_log_time();

alter table public.log_entries enable row level security;
alter table public.log_entries force row level security;
create policy "Members read the log lines of their workspaces" on public.log_entries for select to authenticated
  using (workspace_id = any (array(select private.my_workspace_ids())));
create policy "Managers add log lines to their workspaces" on public.log_entries for insert to authenticated
  with check (workspace_id = any (array(select private.my_workspace_ids('manager'))));
create policy "Managers edit the log lines of their workspaces" on public.log_entries for update to authenticated
  using (workspace_id = any (array(select private.my_workspace_ids('manager'))))
  with check (workspace_id = any (array(select private.my_workspace_ids('manager'))));
create policy "Managers delete the log lines of their workspaces" on public.log_entries for delete to authenticated
  using (workspace_id = any (array(select private.my_workspace_ids('manager'))));

revoke all on table public.log_entries from public, anon, authenticated, service_role;
grant select, delete,
  insert (id, document_id, ts, logged_at, level, code, component, message, attrs),
  update (ts, logged_at, level, code, component, message, attrs)
  on table public.log_entries to authenticated;
grant select, insert, update, delete on table public.log_entries to service_role;
