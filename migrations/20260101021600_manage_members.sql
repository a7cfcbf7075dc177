-- Creating workspaces and managing their members and roles.

create function private.require_admin(workspace_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.require_membership(require_admin.workspace_id);
  -- The role is read after the lock, so that a concurrent demotion is seen.
  perform from public.workspaces as w where w.id = require_admin.workspace_id for no key update;
  if not private.is_member(require_admin.workspace_id, 'admin') then
    raise exception using errcode = '42501', message = 'Only an admin of the workspace may do this.',
      hint = 'Ask an admin; the table workspace_members lists them.';
  end if;
end
$$;
comment on function private.require_admin(uuid) is
  'Raises unless the caller is an admin: PT404 without membership, 42501 for other members. Locks the workspace, so that changes by admins are serialized. Definer: callers cannot lock it. Called by definer functions only.';

create function private.require_member(workspace_id uuid, user_id uuid) returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
  if not exists (
    select from public.workspace_members as m
    where m.workspace_id = require_member.workspace_id and m.user_id = require_member.user_id
  ) then
    raise exception using errcode = 'PT404', message = 'No such member.', hint = 'The table workspace_members lists the members.';
  end if;
end
$$;
comment on function private.require_member(uuid, uuid) is
  'Raises PT404 unless the user belongs to the workspace. Definer: independent of the rights of the caller. Called by definer functions only.';

create function private.create_workspace(name text) returns setof public.workspaces
language plpgsql security definer set search_path = ''
as $$
declare
  created public.workspaces;
begin
  -- The lock keeps the count correct for concurrent calls of one user.
  perform from public.profiles as p where p.id = auth.uid() for no key update;
  if not found then
    raise exception using errcode = 'PT401', message = 'This account no longer exists.', hint = 'Sign in again.';
  end if;
  if (select count(*) from private.my_workspace_ids('admin')) >= 100 then
    raise exception using errcode = 'PT429', message = 'You are admin of too many workspaces; the limit is 100.',
      hint = 'Delete a workspace, or transfer it to another admin.';
  end if;
  insert into public.workspaces (name, created_by, account_id) values (create_workspace.name, auth.uid(), auth.uid()) returning * into created;
  insert into public.workspace_members (workspace_id, user_id, role, display_name, avatar_url)
  select created.id, p.id, 'admin', p.display_name, p.avatar_url from public.profiles as p where p.id = auth.uid();
  update public.profiles as p set active_workspace_id = created.id where p.id = auth.uid();
  return next created;
end
$$;
comment on function private.create_workspace(text) is 'Definer: callers cannot insert workspaces and members.';

create function private.set_member_role(workspace_id uuid, user_id uuid, role public.app_role) returns void
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.require_admin(set_member_role.workspace_id);
  perform private.require_member(set_member_role.workspace_id, set_member_role.user_id);
  update public.workspace_members as m set role = set_member_role.role
  where m.workspace_id = set_member_role.workspace_id and m.user_id = set_member_role.user_id;
end
$$;
comment on function private.set_member_role(uuid, uuid, public.app_role) is 'Definer: callers cannot update members. Requires an admin.';

create function private.remove_member(workspace_id uuid, user_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
  if remove_member.user_id is distinct from auth.uid() then
    perform private.require_admin(remove_member.workspace_id);
  end if;
  perform private.require_member(remove_member.workspace_id, remove_member.user_id);
  if exists (
    select from public.workspaces as w
    where w.id = remove_member.workspace_id and w.personal_of = remove_member.user_id
  ) then
    raise exception using errcode = 'PT409', message = 'A personal workspace cannot be left.',
      hint = 'It is deleted with the account; use delete_account.';
  end if;
  if not exists (
    select from public.workspace_members as m
    where m.workspace_id = remove_member.workspace_id and m.user_id <> remove_member.user_id
  ) then
    raise exception using errcode = 'PT409', message = 'The last member cannot leave a workspace.',
      hint = 'Delete the workspace instead.';
  end if;
  delete from public.workspace_members as m
  where m.workspace_id = remove_member.workspace_id and m.user_id = remove_member.user_id;
end
$$;
comment on function private.remove_member(uuid, uuid) is 'Definer: callers cannot delete members. Members can remove themselves, admins all members.';

create function private.share_memories(shares boolean) returns void
language plpgsql security definer set search_path = ''
as $$
declare
  workspace constant uuid := private.require_workspace();
begin
  update public.workspace_members as m set shares_memories = coalesce(share_memories.shares, false)
  where m.workspace_id = workspace and m.user_id = auth.uid();
end
$$;
comment on function private.share_memories(boolean) is 'Definer: callers cannot update members. Changes the caller''s own membership only.';

create function private.transfer_admin(workspace_id uuid, to_user_id uuid) returns void
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.require_admin(transfer_admin.workspace_id);
  perform private.require_member(transfer_admin.workspace_id, transfer_admin.to_user_id);
  if transfer_admin.to_user_id = auth.uid() then
    raise exception using errcode = 'PT409', message = 'You are an admin of the workspace already.', hint = 'Use the id of another member.';
  end if;
  update public.workspace_members as m set role = 'admin'
  where m.workspace_id = transfer_admin.workspace_id and m.user_id = transfer_admin.to_user_id;
  update public.workspace_members as m set role = 'manager'
  where m.workspace_id = transfer_admin.workspace_id and m.user_id = auth.uid();
end
$$;
comment on function private.transfer_admin(uuid, uuid) is 'Definer: callers cannot update members. Requires an admin.';

create function private.claim_workspace_account() returns void
language plpgsql security definer set search_path = ''
as $$
declare
  workspace constant uuid := private.require_workspace();
begin
  perform private.require_admin(workspace);
  update public.workspaces as w set account_id = auth.uid() where w.id = workspace;
end
$$;
comment on function private.claim_workspace_account() is
  'Definer: callers cannot update the account. Requires an admin, and sets the caller alone: no other member can be made to pay.';

create function private.delete_account() returns void
language plpgsql security definer set search_path = ''
as $$
begin
  delete from auth.users as u where u.id = auth.uid();
end
$$;
comment on function private.delete_account() is
  'Definer: only the owner role of the platform can delete users. Foreign keys delete personal rows; keep_an_admin handles workspaces.';

create function public.create_workspace(name text) returns setof public.workspaces
language sql volatile set search_path = ''
begin atomic
  select w.id, w.name, w.personal_of, w.created_by, w.account_id, w.created_at, w.updated_at from private.create_workspace(name) as w;
end;
comment on function public.create_workspace(text) is
  'Creates a workspace with the caller as admin, makes it the active one and returns it. 23514 for a name that is empty or over 100 characters, PT429 beyond 100 workspaces.';

create function public.set_member_role(workspace_id uuid, user_id uuid, role public.app_role) returns void
language sql volatile set search_path = ''
begin atomic
  select private.set_member_role(workspace_id, user_id, role);
end;
comment on function public.set_member_role(uuid, uuid, public.app_role) is
  'Admins: changes the role of a member. PT404 for an unknown workspace or member, 42501 for members who are not admins, PT409 for the last admin.';

create function public.remove_member(workspace_id uuid, user_id uuid) returns void
language sql volatile set search_path = ''
begin atomic
  select private.remove_member(workspace_id, user_id);
end;
comment on function public.remove_member(uuid, uuid) is
  'Admins: ends a membership. PT404, 42501 as set_member_role; PT409 for the last admin or member and for the owner of a personal workspace.';

create function public.leave_workspace(workspace_id uuid) returns void
language sql volatile set search_path = ''
begin atomic
  select private.remove_member(workspace_id, (select auth.uid()));
end;
comment on function public.leave_workspace(uuid) is
  'Ends the caller''s membership. PT409 for the last admin, who must transfer the role first, for the last member, who must delete the workspace, and for a personal workspace.';

create function public.share_memories(shares boolean default true) returns void
language sql volatile set search_path = ''
begin atomic
  select private.share_memories(shares);
end;
comment on function public.share_memories(boolean) is
  'Whether the assistant uses the caller''s personal memories in conversations of the workspace of the request, for example in answers of its agents. Off until the member allows it; in the personal workspace they are always used. PT404 without a workspace.';

create function public.transfer_admin(workspace_id uuid, to_user_id uuid) returns void
language sql volatile set search_path = ''
begin atomic
  select private.transfer_admin(workspace_id, to_user_id);
end;
comment on function public.transfer_admin(uuid, uuid) is 'Admins: makes a member an admin and the caller a manager, in one step. PT404, 42501 as set_member_role.';

create function public.claim_workspace_account() returns void
language sql volatile set search_path = ''
begin atomic
  select private.claim_workspace_account();
end;
comment on function public.claim_workspace_account() is
  'Admins: from now on the queued work of the workspace of the request (files, embeddings) counts for the limits of the caller''s account, for example after the member who created it has left. PT404 without a workspace, 42501 for members who are not admins.';

create function public.delete_account() returns void
language sql volatile set search_path = ''
begin atomic
  select private.delete_account();
end;
comment on function public.delete_account() is
  'Deletes the account of the caller and all personal data. PT409, without any change, while the caller is the only admin of a workspace with other members.';

revoke execute on function private.require_admin(uuid), private.require_member(uuid, uuid), private.create_workspace(text),
  private.set_member_role(uuid, uuid, public.app_role), private.remove_member(uuid, uuid),
  private.share_memories(boolean), private.transfer_admin(uuid, uuid), private.claim_workspace_account(), private.delete_account(),
  public.create_workspace(text), public.set_member_role(uuid, uuid, public.app_role), public.remove_member(uuid, uuid),
  public.leave_workspace(uuid), public.share_memories(boolean), public.transfer_admin(uuid, uuid),
  public.claim_workspace_account(), public.delete_account()
  from public, anon, authenticated, service_role;
grant execute on function private.create_workspace(text), private.set_member_role(uuid, uuid, public.app_role),
  private.remove_member(uuid, uuid), private.share_memories(boolean), private.transfer_admin(uuid, uuid),
  private.claim_workspace_account(), private.delete_account(), public.create_workspace(text),
  public.set_member_role(uuid, uuid, public.app_role), public.remove_member(uuid, uuid), public.leave_workspace(uuid), public.share_memories(boolean),
  public.transfer_admin(uuid, uuid), public.claim_workspace_account(), public.delete_account()
  to authenticated;
