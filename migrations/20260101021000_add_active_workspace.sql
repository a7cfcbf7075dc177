-- The workspace that the caller works in now, and the day it is where the caller is.

create function private.active_workspace() returns uuid
language sql stable security definer set search_path = ''
as $$
  select coalesce(
    (select p.active_workspace_id from public.profiles as p where p.id = (select auth.uid())),
    (select m.workspace_id from public.workspace_members as m where m.user_id = (select auth.uid())
     order by m.created_at, m.workspace_id limit 1))
$$;
comment on function private.active_workspace() is
  'Default of workspace_id everywhere. Definer, so that a column default needs no right on profiles or members.';

create function private.today_of(user_id uuid) returns date
language sql stable security definer set search_path = ''
as $$
  select (now() at time zone coalesce((select p.time_zone from public.profiles as p where p.id = today_of.user_id), 'UTC'))::date
$$;
comment on function private.today_of(uuid) is 'The local date of a user now; of UTC for nobody. Definer: profiles are private. For triggers and jobs.';

create function private.my_time_zone() returns text
language sql stable security definer set search_path = ''
as $$
  select coalesce((select p.time_zone from public.profiles as p where p.id = (select auth.uid())), 'UTC')
$$;
comment on function private.my_time_zone() is 'The caller''s time zone. Definer: usable in policies and views of any schema.';

create function private.my_today() returns date
language sql stable security definer set search_path = ''
as $$
  select private.today_of((select auth.uid()))
$$;
comment on function private.my_today() is 'The caller''s local date now. Definer, since callers may not ask for the date of others.';

create function private.switch_workspace(workspace_id uuid) returns uuid
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.require_membership(switch_workspace.workspace_id);
  update public.profiles as p set active_workspace_id = switch_workspace.workspace_id where p.id = auth.uid();
  return switch_workspace.workspace_id;
end
$$;
comment on function private.switch_workspace(uuid) is 'Definer: active_workspace_id is not open to updates. Checks membership itself.';

create function public.active_workspace() returns uuid
language sql stable set search_path = ''
begin atomic
  select private.active_workspace();
end;
comment on function public.active_workspace() is 'Id of the workspace that the caller''s inserts go to by default.';

create function public.switch_workspace(workspace_id uuid) returns uuid
language sql volatile set search_path = ''
begin atomic
  select private.switch_workspace(workspace_id);
end;
comment on function public.switch_workspace(uuid) is
  'Makes a workspace of the caller the active one and returns its id. PT404 for any other. Refresh the session to see it in the token.';

revoke execute on function private.active_workspace(), private.today_of(uuid), private.my_time_zone(), private.my_today(),
  private.switch_workspace(uuid), public.active_workspace(), public.switch_workspace(uuid)
  from public, anon, authenticated, service_role;
grant execute on function private.active_workspace(), private.my_time_zone(), private.my_today(),
  private.switch_workspace(uuid), public.active_workspace(), public.switch_workspace(uuid) to authenticated;
-- A default is computed as the one who inserts.
grant execute on function private.active_workspace(), private.my_today() to service_role;
