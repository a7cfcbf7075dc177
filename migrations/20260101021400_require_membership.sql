-- The check of membership of functions that name a workspace.

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
  'Returns the workspace, or raises PT404 unless the caller belongs to it, independent of the workspace of the request. Definer: called by functions of members, who have no right on is_member. Called by definer functions only.';
revoke execute on function private.require_membership(uuid) from public, anon, authenticated, service_role;

