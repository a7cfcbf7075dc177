-- The active workspace of the caller, and the caller's current date and time zone.

create function private.active_workspace() returns uuid
language sql stable security definer set search_path = ''
as $$
  select coalesce(
    (select p.active_workspace_id from public.profiles as p where p.id = (select auth.uid())),
    (select m.workspace_id from public.workspace_members as m where m.user_id = (select auth.uid())
     order by m.created_at, m.workspace_id limit 1))
$$;
comment on function private.active_workspace() is
  'Default of all columns workspace_id. Definer, so that a default needs no right on profiles and members.';

create function private.today_of(user_id uuid) returns date
language sql stable security definer set search_path = ''
as $$
  select (now() at time zone coalesce((select p.time_zone from public.profiles as p where p.id = today_of.user_id), 'UTC'))::date
$$;
comment on function private.today_of(uuid) is 'The current local date of a user; in UTC without a user. For triggers and cron jobs. Definer: callers cannot read profiles of others.';

create function private.my_time_zone() returns text
language sql stable security definer set search_path = ''
as $$
  select coalesce((select p.time_zone from public.profiles as p where p.id = (select auth.uid())), 'UTC')
$$;
comment on function private.my_time_zone() is 'The caller''s time zone. Definer, so that policies and views of any schema can use it.';

create function private.my_today() returns date
language sql stable security definer set search_path = ''
as $$
  select private.today_of((select auth.uid()))
$$;
comment on function private.my_today() is 'The caller''s current local date. Definer: callers have no right on today_of.';

create function private.switch_workspace(workspace_id uuid) returns uuid
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.require_membership(switch_workspace.workspace_id);
  update public.profiles as p set active_workspace_id = switch_workspace.workspace_id where p.id = auth.uid();
  return switch_workspace.workspace_id;
end
$$;
comment on function private.switch_workspace(uuid) is 'Definer: callers cannot update active_workspace_id. Requires a membership.';

create function public.active_workspace() returns uuid
language sql stable set search_path = ''
begin atomic
  select private.active_workspace();
end;
comment on function public.active_workspace() is 'Id of the caller''s active workspace, the default of inserts.';

create function public.switch_workspace(workspace_id uuid) returns uuid
language sql volatile set search_path = ''
begin atomic
  select private.switch_workspace(workspace_id);
end;
comment on function public.switch_workspace(uuid) is
  'Makes a workspace of the caller the active one and returns its id. PT404 for any other workspace. The token changes when the session is refreshed.';

revoke execute on function private.active_workspace(), private.today_of(uuid), private.my_time_zone(), private.my_today(),
  private.switch_workspace(uuid), public.active_workspace(), public.switch_workspace(uuid)
  from public, anon, authenticated, service_role;
grant execute on function private.active_workspace(), private.my_time_zone(), private.my_today(),
  private.switch_workspace(uuid), public.active_workspace(), public.switch_workspace(uuid) to authenticated;
-- Column defaults are computed with the rights of the writer.
grant execute on function private.active_workspace(), private.my_today() to service_role;
