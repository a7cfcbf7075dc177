-- Preferences of users: one row per user with common settings, and a JSON object for those of clients.

create table public.user_prefs (
  user_id        uuid        not null default auth.uid(),
  preferences    jsonb       not null default '{}',
  theme          text        not null default 'system',
  language       text        not null default 'en',
  week_starts_on integer     not null default 1,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  constraint user_prefs_pkey primary key (user_id),
  constraint user_prefs_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint user_prefs_preferences_object check (jsonb_typeof(preferences) = 'object'),
  constraint user_prefs_preferences_size check (octet_length(preferences::text) <= 65536),
  constraint user_prefs_theme_known check (theme in ('system', 'light', 'dark')),
  constraint user_prefs_language_format check (char_length(language) <= 35 and language ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$'),
  constraint user_prefs_week_starts_on_weekday check (week_starts_on between 1 and 7)
);
comment on table public.user_prefs is 'Preferences of users. Only the owner reads and writes them.';
comment on column public.user_prefs.user_id is 'Taken from the token. Writable because upserts send it; the policies allow only the caller''s id.';
comment on column public.user_prefs.preferences is 'Settings of clients by key; at most 64 KiB. set_user_pref() changes one key.';
comment on column public.user_prefs.theme is 'system, light or dark.';
comment on column public.user_prefs.language is 'BCP 47 tag, such as en or pt-BR.';
comment on column public.user_prefs.week_starts_on is 'First day of the week: 1 is Monday (the default), 7 is Sunday.';

create index user_prefs_updated_at_idx on public.user_prefs (updated_at);

create trigger user_prefs_set_updated_at before update on public.user_prefs
  for each row execute function private.set_updated_at();

alter table public.user_prefs enable row level security;
alter table public.user_prefs force row level security;
create policy "Users read their own preferences" on public.user_prefs for select to authenticated
  using (user_id = (select auth.uid()));
create policy "Users add their own preferences" on public.user_prefs for insert to authenticated
  with check (user_id = (select auth.uid()));
create policy "Users change their own preferences" on public.user_prefs for update to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));
create policy "Users delete their own preferences" on public.user_prefs for delete to authenticated
  using (user_id = (select auth.uid()));

revoke all on table public.user_prefs from public, anon, authenticated, service_role;
grant
  select,
  insert (user_id, preferences, theme, language, week_starts_on),
  update (user_id, preferences, theme, language, week_starts_on),
  delete
  on table public.user_prefs to authenticated;
grant select, insert, update, delete on table public.user_prefs to service_role;

create function private.person(user_id uuid) returns uuid
language plpgsql stable set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
begin
  if caller is not null and person.user_id <> caller then
    raise exception using errcode = '42501', message = 'user_id must be your own.',
      hint = 'Leave it out; only a secret key names another user.';
  end if;
  if caller is not null or auth.role() is distinct from 'service_role' then
    return caller;
  end if;
  if person.user_id is null then
    raise exception using errcode = '22023', message = 'user_id is required with a secret key.', hint = 'Name the user that the call is about.';
  end if;
  return person.user_id;
end
$$;
comment on function private.person(uuid) is
  'The user that a call is about: the caller, or with a secret key the one that it names. 42501 for a user who names another, 22023 for a secret key that names no user. Call it in a separate statement.';

create function public.set_user_pref(key text, value jsonb, user_id uuid default null) returns jsonb
language sql volatile set search_path = ''
begin atomic
  insert into public.user_prefs as p (user_id, preferences)
  values (private.person(set_user_pref.user_id), case when value is null then '{}' else jsonb_build_object(key, value) end)
  on conflict (user_id) do update
    set preferences = case when value is null then p.preferences - key else p.preferences || excluded.preferences end
  returning p.preferences;
end;
comment on function public.set_user_pref(text, jsonb, uuid) is
  'Sets one key of the caller''s preferences, or with a secret key of those of user_id, and keeps the others, in one statement; a null value removes the key. Returns all of them.';
revoke execute on function private.person(uuid), public.set_user_pref(text, jsonb, uuid)
  from public, anon, authenticated, service_role;
grant execute on function private.person(uuid), public.set_user_pref(text, jsonb, uuid) to authenticated, service_role;
