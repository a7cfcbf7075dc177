-- A workspace with members always has an admin, and is deleted with its last member.

create function private.appoint_admin(workspace_id uuid) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  heir uuid;
begin
  -- First among those whom no other transaction changes, so that two accounts can be deleted at the same time.
  select m.user_id into heir from public.workspace_members as m
  where m.workspace_id = appoint_admin.workspace_id
  order by m.role desc, m.created_at, m.user_id limit 1
  for update skip locked;
  if heir is null then
    select m.user_id into heir from public.workspace_members as m
    where m.workspace_id = appoint_admin.workspace_id
    order by m.role desc, m.created_at, m.user_id limit 1
    for update;
  end if;
  update public.workspace_members as m set role = 'admin'
  where m.workspace_id = appoint_admin.workspace_id and m.user_id = heir;
end
$$;
comment on function private.appoint_admin(uuid) is
  'Makes the longest-standing member of the highest role admin. Called by private.keep_an_admin() only.';

create function private.keep_an_admin() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Serializes admins who leave at the same time, so that the second one sees that the first is gone.
  -- A workspace that is being deleted is not found and needs no admin.
  perform from public.workspaces as w where w.id = old.workspace_id for update;
  if not found then
    return null;
  end if;
  if not exists (select from public.workspace_members as m where m.workspace_id = old.workspace_id) then
    delete from public.workspaces as w where w.id = old.workspace_id;
  elsif not exists (
    select from public.workspace_members as m where m.workspace_id = old.workspace_id and m.role = 'admin'
  ) then
    if old.user_id = auth.uid() or exists (select from auth.users as u where u.id = old.user_id) then
      raise exception using errcode = 'PT409',
        message = 'A workspace needs an admin.',
        hint = 'Make another member admin first, with transfer_admin or set_member_role.';
    end if;
    -- An operator deleted the account, who must be able to delete any, and knows nothing of workspaces.
    perform private.appoint_admin(old.workspace_id);
  end if;
  return null;
end
$$;
comment on function private.keep_an_admin() is
  'After a member leaves or changes role: PT409 without an admin, unless an operator deleted the account of the last one: then another member becomes admin. Deletes a workspace without members. Definer: the caller may no longer read the members or delete the workspace.';
revoke execute on function private.appoint_admin(uuid), private.keep_an_admin() from public, anon, authenticated, service_role;

create trigger workspace_members_keep_an_admin_on_delete after delete on public.workspace_members
  for each row execute function private.keep_an_admin();
create trigger workspace_members_keep_an_admin_on_update after update of role on public.workspace_members
  for each row when (old.role = 'admin' and new.role <> 'admin') execute function private.keep_an_admin();
