-- Workspaces, the tenants, and their members with one of three ordered roles. Two rules follow, one file each: a workspace
-- keeps an admin, and has AI settings.

create type public.app_role as enum ('employee', 'manager', 'admin');
comment on type public.app_role is 'The role of a member in a workspace: employee < manager < admin.';

create table public.workspaces (
  id          uuid        not null default gen_random_uuid(),
  name        text        not null,
  personal_of uuid,
  created_by  uuid,
  account_id  uuid,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  constraint workspaces_pkey primary key (id),
  constraint workspaces_personal_of_key unique (personal_of),
  constraint workspaces_personal_of_fkey foreign key (personal_of) references auth.users (id) on delete set null,
  constraint workspaces_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null,
  constraint workspaces_account_id_fkey foreign key (account_id) references auth.users (id) on delete set null,
  constraint workspaces_name_length check (char_length(name) between 1 and 100 and btrim(name) <> '')
);
comment on table public.workspaces is 'Tenants: a business, or the personal workspace of a user. Created by sign-up and create_workspace.';
comment on column public.workspaces.personal_of is
  'The user of a personal workspace, or null. A personal workspace has no other members, and can be neither left nor deleted, except with the account.';
comment on column public.workspaces.created_by is
  'The user who created it. No user can change it.';
comment on column public.workspaces.account_id is
  'The member whose account its queued work counts for: the creator, until an admin takes it over with claim_workspace_account. Null after this member has left: a role that another member gives does not make a user pay.';
create index workspaces_created_by_idx on public.workspaces (created_by);
comment on index public.workspaces_created_by_idx is 'Used when the account is deleted.';
create index workspaces_account_id_idx on public.workspaces (account_id);
comment on index public.workspaces_account_id_idx is 'Used when the account is deleted.';

create table public.workspace_members (
  workspace_id    uuid            not null,
  user_id         uuid            not null,
  role            public.app_role not null default 'employee',
  display_name    text            not null,
  avatar_url      text,
  shares_memories boolean         not null default false,
  created_at      timestamptz     not null default now(),
  updated_at      timestamptz     not null default now(),
  constraint workspace_members_pkey primary key (workspace_id, user_id),
  constraint workspace_members_workspace_id_fkey
    foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint workspace_members_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint workspace_members_display_name_length check (char_length(display_name) between 1 and 100),
  constraint workspace_members_avatar_url_format check (char_length(avatar_url) <= 2000 and avatar_url ~ '^https?://[^\s]+$')
);
comment on table public.workspace_members is
  'Members of workspaces, with the name that other members see. Written only by the functions that manage members.';
comment on column public.workspace_members.display_name is 'Copy from the profile, because members cannot read profiles of others.';
comment on column public.workspace_members.avatar_url is 'Copy from the profile.';
comment on column public.workspace_members.shares_memories is
  'Whether conversations of the workspace use the personal memories of the member. Set by share_memories().';
create index workspace_members_user_id_idx on public.workspace_members (user_id, workspace_id);
comment on index public.workspace_members_user_id_idx is 'The workspaces of a user, which every policy reads.';


create function private.my_workspace_ids(minimum_role public.app_role default 'employee') returns setof uuid
language sql stable security definer set search_path = ''
as $$
  select m.workspace_id from public.workspace_members as m
  where m.user_id = (select auth.uid()) and m.role >= my_workspace_ids.minimum_role
$$;
comment on function private.my_workspace_ids(public.app_role) is
  'Workspaces in which the caller currently has at least a role, independent of the token. Definer, so that policies can read members without recursion into the policies of members.';

create function private.is_member(workspace_id uuid, minimum_role public.app_role default 'employee') returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (select from private.my_workspace_ids(is_member.minimum_role) as w (id) where w.id = is_member.workspace_id);
end
$$;
comment on function private.is_member(uuid, public.app_role) is
  'Whether the caller has at least a role in a workspace. Definer: called by definer functions only, which check one workspace; policies compare with my_workspace_ids() instead.';
revoke execute on function private.my_workspace_ids(public.app_role), private.is_member(uuid, public.app_role)
  from public, anon, authenticated, service_role;
grant execute on function private.my_workspace_ids(public.app_role) to authenticated;

create function private.refuse_guest() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  owner uuid;
begin
  -- The lock makes a concurrent change of personal_of wait, which then reads this member.
  select w.personal_of into owner from public.workspaces as w where w.id = new.workspace_id for key share;
  if owner <> new.user_id then
    raise exception using errcode = 'PT409', message = 'A personal workspace has no other members.',
      hint = 'Create a workspace with create_workspace, and add members there.';
  end if;
  return new;
end
$$;
comment on function private.refuse_guest() is
  'PT409 for a second member of a personal workspace, who could read and delete what its owner stores there. Definer: it locks the workspace, on which writers may have no right.';

create function private.refuse_guests() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if exists (select from public.workspace_members as m where m.workspace_id = new.id and m.user_id <> new.personal_of) then
    raise exception using errcode = 'PT409', message = 'A personal workspace has no other members.',
      hint = 'Remove the other members first.';
  end if;
  return new;
end
$$;
comment on function private.refuse_guests() is
  'PT409 for a workspace with other members that becomes personal. Definer: it reads all members.';
revoke execute on function private.refuse_guest(), private.refuse_guests() from public, anon, authenticated, service_role;

create trigger workspace_members_refuse_guest_on_insert before insert or update of workspace_id, user_id on public.workspace_members
  for each row execute function private.refuse_guest();
create trigger workspaces_refuse_guests_on_update before update of personal_of on public.workspaces
  for each row when (new.personal_of is not null) execute function private.refuse_guests();
create trigger workspaces_set_updated_at before update on public.workspaces
  for each row execute function private.set_updated_at();
create trigger workspace_members_set_updated_at before update on public.workspace_members
  for each row execute function private.set_updated_at();

-- No foreign key to the membership: clients that embed workspace_members in workspaces would have to name one of two.
create function private.release_account() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update public.workspaces as w set account_id = null from ended as e where w.id = e.workspace_id and w.account_id = e.user_id;
  return null;
end
$$;
comment on function private.release_account() is
  'After memberships ended: a workspace no longer counts for the account of a former member. Definer: members cannot update the account.';
revoke execute on function private.release_account() from public, anon, authenticated, service_role;
create trigger workspace_members_release_account_on_delete after delete on public.workspace_members
  referencing old table as ended for each statement execute function private.release_account();

create function private.notify_rights() returns trigger
language plpgsql set search_path = ''
as $$
begin
  perform pg_notify('realtime_rights', old.user_id::text);
  return null;
end
$$;
comment on function private.notify_rights() is
  'After a membership ends or its role changes: notifies the local platform, which checks the private topics that the user has joined. Hosted Realtime checks them when the token is refreshed.';
revoke execute on function private.notify_rights() from public, anon, authenticated, service_role;
create trigger workspace_members_notify_rights_on_update after update of workspace_id, user_id, role on public.workspace_members
  for each row execute function private.notify_rights();
create trigger workspace_members_notify_rights_on_delete after delete on public.workspace_members
  for each row execute function private.notify_rights();

alter table public.workspaces enable row level security;
alter table public.workspaces force row level security;
create policy "Members read their workspaces" on public.workspaces for select to authenticated
  using (id = any (array(select private.my_workspace_ids())));
create policy "Admins rename their workspaces" on public.workspaces for update to authenticated
  using (id = any (array(select private.my_workspace_ids('admin'))))
  with check (id = any (array(select private.my_workspace_ids('admin'))));
create policy "Admins delete their workspaces, except personal ones" on public.workspaces for delete to authenticated
  using (personal_of is null and id = any (array(select private.my_workspace_ids('admin'))));

alter table public.workspace_members enable row level security;
alter table public.workspace_members force row level security;
create policy "Members read the members of their workspaces" on public.workspace_members for select to authenticated
  using (workspace_id = any (array(select private.my_workspace_ids())));

revoke all on table public.workspaces, public.workspace_members from public, anon, authenticated, service_role;
grant select, update (name), delete on table public.workspaces to authenticated;
grant select on table public.workspace_members to authenticated;
grant select, insert, update, delete on table public.workspaces, public.workspace_members to service_role;
