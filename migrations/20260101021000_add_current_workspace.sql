-- The workspace of a request, and the caller's current date and time zone.
--
-- A request works in one workspace. It is the header x-workspace-id, else the claim workspace_id of the token, else the
-- active workspace of the profile, else the workspace joined first. Policies of tables that belong to workspaces compare
-- with it, so a list never mixes workspaces, and an index on (workspace_id, ...) gives both rows and order.

create function private.requested_workspace() returns text
language plpgsql stable set search_path = ''
as $$
begin
  return nullif(nullif(current_setting('request.headers', true), '')::json ->> 'x-workspace-id', '');
end
$$;
comment on function private.requested_workspace() is 'The header x-workspace-id of the request, or null.';

create function private.current_workspace() returns uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
  me     constant uuid := auth.uid();
  header constant text := private.requested_workspace();
  claim  constant text := auth.jwt() ->> 'workspace_id';
begin
  -- Servers with the secret key bypass the policies; for them the header is the default of inserts.
  if header is not null and auth.role() = 'service_role' then
    return header::uuid;
  end if;
  -- A workspace that the request or its token names is not replaced by another where the caller does not belong to it.
  -- That is no error here: policies are checked for some rows and not for others, and Realtime checks those of all
  -- subscribers in one statement. check_request() refuses the header.
  if header is not null or claim is not null then
    return (
      select m.workspace_id from public.workspace_members as m
      where m.user_id = me and m.workspace_id::text = lower(coalesce(header, claim)));
  end if;
  return coalesce(
    (select p.active_workspace_id from public.profiles as p where p.id = me),
    (select m.workspace_id from public.workspace_members as m where m.user_id = me
     order by m.created_at, m.workspace_id limit 1));
end
$$;
comment on function private.current_workspace() is
  'The workspace of the request, or null: one that the caller belongs to at this moment. Policies and column defaults use it. Definer: callers cannot read their memberships without it, and a default needs no right on profiles.';

create function private.has_role(minimum_role public.app_role) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
  workspace constant uuid := private.current_workspace();
begin
  return exists (
    select from public.workspace_members as m
    where m.workspace_id = workspace and m.user_id = auth.uid() and m.role >= has_role.minimum_role);
end
$$;
comment on function private.has_role(public.app_role) is
  'Whether the caller has at least a role in the workspace of the request, independent of the token. Definer, as current_workspace().';

create function private.check_workspace_header() returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
  header constant text := private.requested_workspace();
begin
  if header !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    raise exception using errcode = '22023', message = 'The header x-workspace-id must be a UUID.',
      hint = 'Send the id of a workspace, or leave the header out.';
  end if;
  if header is not null and auth.role() = 'authenticated' and private.current_workspace() is null then
    raise exception using errcode = 'PT403', message = 'You do not belong to the workspace of the header x-workspace-id.',
      hint = 'The table workspaces lists yours.';
  end if;
end
$$;
comment on function private.check_workspace_header() is
  'Raises PT403 if the header x-workspace-id names a workspace that the caller does not belong to, and 22023 if it is no UUID. Definer, as current_workspace(). Called by definer functions only.';

create function private.require_workspace() returns uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
  workspace constant uuid := private.current_workspace();
begin
  if workspace is null then
    perform private.check_workspace_header();
    raise exception using errcode = 'PT404', message = 'The request has no workspace.',
      hint = 'Send the header x-workspace-id, or call switch_workspace and refresh the session.';
  end if;
  return workspace;
end
$$;
comment on function private.require_workspace() is
  'The workspace of the request; PT404 if there is none, PT403 if the header names one of others. Reports call it in a separate statement, because within a query it would run only if the query reads a row. Definer, as current_workspace().';

create function private.today_of(user_id uuid) returns date
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (now() at time zone coalesce((select p.time_zone from public.profiles as p where p.id = today_of.user_id), 'UTC'))::date;
end
$$;
comment on function private.today_of(uuid) is 'The current local date of a user; in UTC without a user. For triggers and cron jobs. Definer: callers cannot read profiles of others.';

create function private.my_time_zone() returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce((select p.time_zone from public.profiles as p where p.id = (select auth.uid())), 'UTC');
end
$$;
comment on function private.my_time_zone() is 'The caller''s time zone. Definer, so that policies and views of any schema can use it.';

create function private.my_today() returns date
language plpgsql stable security definer set search_path = ''
as $$
begin
  return private.today_of((select auth.uid()));
end
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

create function public.current_workspace() returns uuid
language sql stable set search_path = ''
begin atomic
  select private.current_workspace();
end;
comment on function public.current_workspace() is
  'The id of the workspace of the request: of the header x-workspace-id, else of the token, else the active workspace. Null for a user without one.';

create function public.switch_workspace(workspace_id uuid) returns uuid
language sql volatile set search_path = ''
begin atomic
  select private.switch_workspace(workspace_id);
end;
comment on function public.switch_workspace(uuid) is
  'Makes a workspace of the caller the active one and returns its id. PT404 for any other workspace. Refresh the session afterwards: requests without the header x-workspace-id work in the workspace of the token.';

revoke execute on function private.requested_workspace(), private.current_workspace(), private.has_role(public.app_role),
  private.check_workspace_header(), private.require_workspace(),
  private.today_of(uuid), private.my_time_zone(), private.my_today(), private.switch_workspace(uuid), public.current_workspace(),
  public.switch_workspace(uuid)
  from public, anon, authenticated, service_role;
grant execute on function private.current_workspace(), private.has_role(public.app_role), private.require_workspace(),
  private.my_time_zone(), private.my_today(), private.switch_workspace(uuid), public.current_workspace(),
  public.switch_workspace(uuid) to authenticated;
-- Column defaults are computed with the rights of the writer.
grant execute on function private.current_workspace(), private.my_today() to service_role;
