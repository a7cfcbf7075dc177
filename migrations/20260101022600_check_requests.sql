-- What PostgREST calls before the statement of every request, as the caller: refusals that do not depend on rows.

create function private.check_request() returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
  if auth.uid() is not null and not exists (select from auth.users as u where u.id = auth.uid()) then
    raise exception using errcode = 'PT401', message = 'This account no longer exists.', hint = 'Sign in again.';
  end if;
  perform private.check_workspace_header();
  -- These counts come from statistics of the planner about rows of all workspaces, which no policy hides.
  if auth.role() is distinct from 'service_role'
    and nullif(current_setting('request.headers', true), '')::json ->> 'prefer' ~* 'count\s*=\s*"?(planned|estimated)'
  then
    raise exception using errcode = '22023', message = 'Only count=exact is available.',
      hint = 'Send Prefer: count=exact, or ask for one row more than a page.';
  end if;
end
$$;
comment on function private.check_request() is 'Definer: callers cannot read auth.users.';

create function public.check_request() returns void
language sql stable set search_path = ''
begin atomic
  select private.check_request();
end;
comment on function public.check_request() is
  'Called by PostgREST before every request (pgrst.db_pre_request). PT401 for the token of a deleted account; PT403 if the header x-workspace-id names a workspace that the caller does not belong to, 22023 if it is no UUID, and for Prefer: count=planned or count=estimated, which reveal rows of others.';

revoke execute on function private.check_request(), public.check_request() from public, anon, authenticated, service_role;
grant execute on function private.check_request(), public.check_request() to anon, authenticated, service_role;

alter role authenticator set pgrst.db_pre_request = 'public.check_request';
notify pgrst, 'reload config';
