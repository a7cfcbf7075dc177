-- The check of membership for reports and other functions.

create function private.require_membership(workspace_id uuid) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  if not private.is_member(require_membership.workspace_id) then
    raise exception using errcode = 'PT404', message = 'No such workspace.', hint = 'Choose one you belong to.';
  end if;
  return require_membership.workspace_id;
end
$$;
comment on function private.require_membership(uuid) is
  'Returns the workspace, or raises PT404 unless the caller belongs to it, so that a report about another workspace is refused instead of empty. Reports call it in a separate statement, because within a query it would run only if the query reads a row. Definer: reports run as the caller, who has no right on schema private.';
revoke execute on function private.require_membership(uuid) from public, anon, authenticated, service_role;
grant execute on function private.require_membership(uuid) to authenticated;
