-- Profiles of users. Only the owner reads a profile; others read workspace_members.

create function private.is_time_zone(name text) returns boolean
language sql stable set search_path = ''
as $$
  -- Stricter than Postgres, which also accepts PST or Foo/Bar+3, which clients do not support.
  select is_time_zone.name = 'UTC'
    or exists (select from pg_catalog.pg_timezone_names as z where z.name = is_time_zone.name and z.name !~ '^(posix|right)/')
$$;
comment on function private.is_time_zone(text) is 'Whether it is a time zone name of the server with an area, for example America/Denver.';
revoke execute on function private.is_time_zone(text) from public, anon, authenticated, service_role;

create table public.profiles (
  id                  uuid        not null default auth.uid(),
  display_name        text        not null,
  avatar_url          text,
  time_zone           text        not null default 'UTC',
  active_workspace_id uuid,
  created_at          timestamptz not null default now(),
  updated_at          timestamptz not null default now(),
  constraint profiles_pkey primary key (id),
  constraint profiles_id_fkey foreign key (id) references auth.users (id) on delete cascade,
  constraint profiles_active_workspace_id_fkey foreign key (active_workspace_id, id)
    references public.workspace_members (workspace_id, user_id) on delete set null (active_workspace_id),
  constraint profiles_display_name_length check (char_length(display_name) between 1 and 100 and btrim(display_name) <> ''),
  constraint profiles_avatar_url_format check (char_length(avatar_url) <= 2000 and avatar_url ~ '^https?://[^\s]+$'),
  constraint profiles_time_zone_length check (char_length(time_zone) between 1 and 64)
);
comment on table public.profiles is 'One row per user, created by sign-up. Deleted with the account.';
comment on column public.profiles.avatar_url is 'URL of an image. Only http and https, so that clients can display it safely.';
comment on column public.profiles.time_zone is 'IANA name. Determines the user''s current date. An unknown name is refused with 22023.';
comment on column public.profiles.active_workspace_id is
  'Default workspace of inserts, one that the user belongs to. Null: the workspace joined first.';

create index profiles_active_workspace_id_idx on public.profiles (active_workspace_id, id);

create function private.check_time_zone() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if not private.is_time_zone(new.time_zone) then
    raise exception using errcode = '22023', message = 'time_zone is unknown.', column = 'time_zone',
      hint = 'Use an IANA name such as America/Denver.';
  end if;
  return new;
end
$$;
comment on function private.check_time_zone() is 'Before a time zone is written: 22023 for an unknown one. A trigger, because a check constraint must not read a catalog. Definer: callers have no right on is_time_zone.';
revoke execute on function private.check_time_zone() from public, anon, authenticated, service_role;

create function private.copy_profile_to_members() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.workspace_members as m set display_name = new.display_name, avatar_url = new.avatar_url
  where m.user_id = new.id;
  return null;
end
$$;
comment on function private.copy_profile_to_members() is 'After name or picture of a profile change: updates the copies. Definer: no API role of users can write members.';
revoke execute on function private.copy_profile_to_members() from public, anon, authenticated, service_role;

create trigger profiles_check_time_zone before insert or update of time_zone on public.profiles
  for each row execute function private.check_time_zone();
create trigger profiles_set_updated_at before update on public.profiles
  for each row execute function private.set_updated_at();
create trigger profiles_keep_columns_on_update before update of id on public.profiles
  for each row execute function private.keep_columns('id');
create trigger profiles_copy_to_members_on_update after update of display_name, avatar_url on public.profiles
  for each row execute function private.copy_profile_to_members();

alter table public.profiles enable row level security;
alter table public.profiles force row level security;
create policy "Users read their own profile" on public.profiles for select to authenticated
  using (id = (select auth.uid()));
-- It was made with the account; an upsert needs the right.
create policy "Users upsert their own profile" on public.profiles for insert to authenticated
  with check (id = (select auth.uid()));
create policy "Users edit their own profile" on public.profiles for update to authenticated
  using (id = (select auth.uid()))
  with check (id = (select auth.uid()));

revoke all on table public.profiles from public, anon, authenticated, service_role;
grant select, insert (id, display_name, avatar_url, time_zone), update (id, display_name, avatar_url, time_zone)
  on table public.profiles to authenticated;
grant select, insert, update, delete on table public.profiles to service_role;
