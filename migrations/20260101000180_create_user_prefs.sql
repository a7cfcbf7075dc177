-- Settings of one person, by key: what a client wants to find again on another device.

create table public.user_prefs (
  user_id    uuid        not null default auth.uid(),
  key        text        not null,
  value      jsonb       not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint user_prefs_pkey primary key (user_id, key),
  constraint user_prefs_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint user_prefs_key_format check (char_length(key) <= 100 and key ~ '^[A-Za-z0-9][A-Za-z0-9_.:-]*$'),
  constraint user_prefs_value_size check (pg_column_size(value) <= 65536)
);
comment on table public.user_prefs is 'Preferences of one user, read and written by that user alone. Upsert on (user_id, key).';
comment on column public.user_prefs.key is 'For example editor.theme; at most 100 characters.';
comment on column public.user_prefs.value is 'Any JSON of at most 64 KiB.';

create trigger user_prefs_set_updated_at before update on public.user_prefs
  for each row execute function private.set_updated_at();

alter table public.user_prefs enable row level security;
alter table public.user_prefs force row level security;
create policy "Users read their preferences" on public.user_prefs for select to authenticated
  using (user_id = (select auth.uid()));
create policy "Users add preferences for themselves" on public.user_prefs for insert to authenticated
  with check (user_id = (select auth.uid()));
create policy "Users edit their preferences" on public.user_prefs for update to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));
create policy "Users delete their preferences" on public.user_prefs for delete to authenticated
  using (user_id = (select auth.uid()));

revoke all on table public.user_prefs from public, anon, authenticated, service_role;
-- An upsert sets every column it inserts; the policy keeps user_id what it is.
grant select, insert (user_id, key, value), update (user_id, key, value), delete on table public.user_prefs to authenticated;
grant select, insert, update, delete on table public.user_prefs to service_role;
