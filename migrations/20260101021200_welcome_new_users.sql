-- Sign-up creates a profile and a personal workspace with the user as admin.

create function private.clean_text(value text, max_length integer) returns text
language sql immutable set search_path = ''
as $$
  select nullif(btrim(left(regexp_replace(clean_text.value, '[[:cntrl:][:space:]]+', ' ', 'g'), clean_text.max_length)), '')
$$;
comment on function private.clean_text(text, integer) is 'Normalizes untrusted text to one line of limited length; null if it is empty.';

create function private.handle_new_user() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  -- Invalid metadata is replaced, so that a sign-up does not fail because of it.
  display_name text := coalesce(
    private.clean_text(new.raw_user_meta_data ->> 'display_name', 100),
    private.clean_text(new.raw_user_meta_data ->> 'full_name', 100),
    private.clean_text(new.raw_user_meta_data ->> 'name', 100),
    private.clean_text(split_part(new.email, '@', 1), 100),
    'New user');
  time_zone    text := coalesce(private.clean_text(new.raw_user_meta_data ->> 'time_zone', 64), 'UTC');
  avatar_url   text := substring(new.raw_user_meta_data ->> 'avatar_url' from '^https?://[^\s]+$');
  workspace_id uuid;
begin
  if char_length(avatar_url) > 2000 then
    avatar_url := null;
  end if;
  insert into public.profiles (id, display_name, avatar_url, time_zone)
  values (new.id, display_name, avatar_url, case when private.is_time_zone(time_zone) then time_zone else 'UTC' end);
  insert into public.workspaces (name, personal_of, created_by, account_id)
  values (left(display_name, 88) || '''s space', new.id, new.id, new.id)
  returning id into workspace_id;
  insert into public.workspace_members (workspace_id, user_id, role, display_name, avatar_url)
  values (workspace_id, new.id, 'admin', display_name, avatar_url);
  update public.profiles as p set active_workspace_id = workspace_id where p.id = new.id;
  return null;
end
$$;
comment on function private.handle_new_user() is
  'After insert on auth.users. Reads name, picture and time zone from the metadata that the client sends, never a role. Definer: the auth service has no rights on Plinth''s tables.';

revoke execute on function private.clean_text(text, integer), private.handle_new_user()
  from public, anon, authenticated, service_role;

create trigger users_welcome_on_insert after insert on auth.users
  for each row execute function private.handle_new_user();
