-- What reports ask before they count anything.

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
  'The workspace, or PT404 unless the caller belongs to it: a report about a workspace of others is refused, not empty. A statement of its own: as part of a query it would only run if that met a row. Definer: reports run as the caller, who may not name anything in schema private.';
revoke execute on function private.require_membership(uuid) from public, anon, authenticated, service_role;
grant execute on function private.require_membership(uuid) to authenticated;
